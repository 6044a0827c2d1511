// What surrounds the list: its order, its views, and a word where nothing is listed.

import { button, el } from "./dom.js"
import { help } from "./keys.js"
import { views } from "./views.js"

export function dress(inbox) {
  const { texts } = inbox
  const said = { ".keys": "keys_line", ".more": "more", ".newer": "newer", ".offline": "not_connected" }
  for (const [place, name] of Object.entries(said)) inbox.$(place).textContent = texts[name]
  const labels = { ".rows": "comments", ".detail": "comment", ".orders": "order" }
  for (const [place, name] of Object.entries(labels)) inbox.$(place).setAttribute("aria-label", texts[name])
  inbox.$(".count").textContent = ""
  inbox.$(".tools").replaceChildren(
    button(texts.views, () => views(inbox), { "aria-keyshortcuts": "v" }),
    button("?", () => help(inbox), { "aria-label": texts.help, title: texts.help, "aria-keyshortcuts": "?" }),
  )
  inbox.notes.dress(inbox)
}

export function orders({ list, texts }) {
  return ["queue", "newest"].map(order => button(texts.orders[order], () => list.turn(order), { "aria-pressed": String(order === list.order) }))
}

// `problem`: why nothing could be listed.
export function empty({ list, texts, query, root }, problem = null) {
  const box = root.querySelector(".empty")
  box.hidden = list.rows.length > 0
  const nothing = list.order === "queue" ? texts.nothing_waits : query ? texts.nothing_fits : texts.nothing_yet
  const [title, text] = problem ? [texts.not_listed, problem.message] : nothing
  box.replaceChildren(el("strong", {}, title), el("span", {}, text))
}
