// Bars, columns and the strip. Widths and heights are shares of the largest.

const make = (name, kind, text) => {
  const node = document.createElement(name)
  node.className = kind
  if (text != null) node.textContent = text
  return node
}

function link(kind, to, says, text) {
  const node = make(to ? "a" : "span", kind, text)
  if (to) node.href = to
  if (says) node.dataset.says = says
  return node
}

// The next round number above a quarter of the largest: 1, 2, 5, 10, 20, …
export function tick(most) {
  const rough = most / 4
  const power = 10 ** Math.floor(Math.log10(rough))
  return Math.max(1, [1, 2, 5, 10].find(n => n * power >= rough) * power)
}

export function bars(rows, none = "") {
  if (!rows.length) return none ? [make("p", "none", none)] : []
  const most = Math.max(1, ...rows.map(row => row.value))
  const hasSpark = rows.some(row => row.spark?.length > 1)
  return rows.map(row => {
    const line = make("div", `bar level-${row.level}${hasSpark ? " with-spark" : ""}`)
    const label = link("label", row.to, row.says, row.label)
    label.setAttribute("aria-label", row.says)
    line.append(label)
    if (hasSpark) line.append(spark(row.spark))
    line.append(track(row, most), make("span", "value", row.written))
    return line
  })
}

function track(row, most) {
  const box = make("div", "track")
  const parts = row.segments ?? [{ kind: "whole", value: row.value, says: row.says, to: row.to }]
  const sum = parts.reduce((total, part) => total + part.value, 0) || 1
  for (const part of parts) {
    const node = link(`part ${part.kind}`, part.to, part.says)
    node.style.width = `${(part.value / sum) * (row.value / most) * 100}%`
    if (part.to) {
      node.tabIndex = -1
      node.setAttribute("aria-label", part.says)
    }
    box.append(node)
  }
  return box
}

function spark(values = []) {
  const most = Math.max(1, ...values)
  const place = (value, i) => `${((i / Math.max(1, values.length - 1)) * 60).toFixed(1)},${(15 - (value / most) * 13).toFixed(1)}`
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg")
  svg.setAttribute("viewBox", "0 0 60 16")
  svg.setAttribute("aria-hidden", "true")
  svg.setAttribute("class", "spark")
  const line = document.createElementNS(svg.namespaceURI, "polyline")
  line.setAttribute("points", values.map(place).join(" "))
  svg.append(line)
  return svg
}

export function column({ label, to, segments }, top, named) {
  const box = make("div", "column")
  const stack = make("div", "stack")
  for (const part of segments) {
    const node = link(`part ${part.kind}`, part.to, part.says)
    node.style.height = `${(part.value / top) * 100}%`
    if (part.to) {
      node.tabIndex = -1
      node.setAttribute("aria-label", part.says)
    }
    stack.append(node)
  }
  const name = link("when", named ? to : null, null, named ? label : "")
  if (named) name.tabIndex = -1
  box.append(stack, name)
  return box
}

export function strip(parts) {
  const sum = parts.reduce((total, part) => total + part.value, 0) || 1
  return parts.map(part => {
    const node = link(`part ${part.kind}`, part.to, part.says)
    node.style.flexGrow = part.value
    node.setAttribute("aria-label", part.says)
    if (part.value / sum > 0.09) node.textContent = part.written
    return node
  })
}
