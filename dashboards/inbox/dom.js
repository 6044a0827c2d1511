// Build elements. Text only ever becomes text nodes: nothing here reads markup.

export function el(name, about = {}, ...inside) {
  const node = document.createElement(name)
  for (const [key, value] of Object.entries(about)) {
    if (value == null || value === false) continue
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value)
    else if (key === "data") Object.assign(node.dataset, value)
    else node.setAttribute(key, value === true ? "" : String(value))
  }
  node.append(...inside.filter(child => child != null && child !== false))
  return node
}

export const button = (label, onclick, about = {}) => el("button", { type: "button", onclick, ...about }, label)

// Make `nodes` the children of `box`. Those that stay are not moved: what is typed in them keeps the cursor.
export function settle(box, nodes) {
  for (const one of [...box.childNodes]) if (!nodes.includes(one)) one.remove()
  nodes.forEach((one, at) => one === box.childNodes[at] || box.insertBefore(one, box.childNodes[at] ?? null))
}

// "{n} of {total}" with {n: 1, total: 2}
export const fill = (text, values) => text.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all)
