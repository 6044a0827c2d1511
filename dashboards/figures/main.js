// Pictures made of links: each bar, part of a bar and number leads to the comments behind it, by mouse and by key.

import { bars, column, strip, tick } from "./bars.js"

const pages = new WeakMap()

export default function mount({ data, parentElement, setTriggerValue }) {
  const $ = query => parentElement.querySelector(query)
  let page = pages.get(parentElement)
  if (!page) {
    page = { go: () => {} }
    pages.set(parentElement, page)
    const box = $(".figures")
    box.addEventListener("click", event => follow(event, page))
    for (const kind of ["pointerover", "focusin"]) box.addEventListener(kind, event => tip(event, $(".tip"), box))
    for (const kind of ["pointerleave", "focusout"]) box.addEventListener(kind, () => ($(".tip").hidden = true))
    $(".chart").addEventListener("keydown", event => walk(event, $(".chart")))
  }
  page.go = to => setTriggerValue("open", { to, at: Date.now() })
  draw($, data)
}

function draw($, data) {
  const { texts } = data
  $(".tiles").replaceChildren(...data.tiles.map(tile))
  for (const name of ["time", "topics", "share", "intents", "sources", "languages"]) $(`.${name} h2`).textContent = texts[name]
  $(".legend").replaceChildren(...data.legend.map(([kind, name]) => part("span", { class: `key ${kind}` }, name)))
  $(".note").textContent = texts.note
  $(".chart").setAttribute("aria-label", texts.time)
  chart($(".chart"), data.columns)
  $(".topics .bars").replaceChildren(...bars(data.topics, texts.no_topics))
  $(".share .strip").replaceChildren(...strip(data.share))
  $(".intents .bars").replaceChildren(...bars(data.intents))
  $(".sources .bars").replaceChildren(...bars(data.sources))
  $(".languages .bars").replaceChildren(...bars(data.languages))
}

function part(name, attributes, text) {
  const node = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value)
  if (text != null) node.textContent = text
  return node
}

function tile({ value, label, kind, to }) {
  const a = part("a", { class: `tile ${kind}`, href: to })
  a.append(part("strong", {}, value), part("span", {}, label))
  return a
}

function chart(box, columns) {
  const most = Math.max(1, ...columns.map(c => c.segments.reduce((sum, s) => sum + s.value, 0)))
  const step = tick(most)
  const top = Math.ceil(most / step) * step
  const lines = Array.from({ length: Math.round(top / step) + 1 }, (_, i) => i * step)
  const grid = part("div", { class: "grid", "aria-hidden": "true" })
  grid.append(
    ...lines.map(value => {
      const line = part("span", {}, value.toLocaleString(document.documentElement.lang))
      line.style.bottom = `${(value / top) * 100}%`
      return line
    }),
  )
  const plot = part("div", { class: "plot" })
  const every = Math.ceil(columns.length / Math.max(3, Math.floor(box.clientWidth / 90)))
  plot.append(...columns.map((c, i) => column(c, top, i % every === 0)))
  plot.querySelector("a")?.setAttribute("tabindex", "0")
  box.replaceChildren(grid, plot)
}

// One stop for Tab; arrows walk through the columns and their parts.
function walk(event, box) {
  const at = event.composedPath()[0].closest?.(".plot a")
  const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key]
  if (!at || !by) return
  event.preventDefault()
  const all = [...box.querySelectorAll(".plot a")]
  const next = all[all.indexOf(at) + by]
  if (!next) return
  at.setAttribute("tabindex", "-1")
  next.setAttribute("tabindex", "0")
  next.focus()
}

// A plain click stays within this page's session; with a modifier the browser opens its own tab.
function follow(event, page) {
  const a = event.target.closest("a")
  if (!a || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return
  event.preventDefault()
  page.go(a.getAttribute("href"))
}

function tip(event, box, within) {
  const on = event.target.closest("[data-says]")
  box.hidden = !on
  if (!on) return
  box.textContent = on.dataset.says
  const [place, frame] = [on.getBoundingClientRect(), within.getBoundingClientRect()]
  const left = place.left - frame.left + place.width / 2 - box.offsetWidth / 2
  box.style.left = `${Math.max(4, Math.min(frame.width - box.offsetWidth - 4, left))}px`
  box.style.top = `${place.top - frame.top - box.offsetHeight - 6}px`
}
