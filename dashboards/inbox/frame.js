// What surrounds the list: its order, its views, the filters in use, and a word where nothing is listed.

import { button, el, fill } from "./dom.js"
import { help } from "./keys.js"
import { views } from "./views.js"

export function dress(inbox, { chips }) {
  const { texts } = inbox
  const said = { ".keys": "keys_line", ".more": "more", ".newer": "newer", ".offline": "not_connected" }
  for (const [place, name] of Object.entries(said)) inbox.$(place).textContent = texts[name]
  const labels = { ".rows": "comments", ".detail": "comment", ".orders": "order" }
  for (const [place, name] of Object.entries(labels)) inbox.$(place).setAttribute("aria-label", texts[name])
  inbox.$(".count").textContent = ""
  inbox.$(".orders").replaceChildren(...orders(inbox))
  inbox.$(".tools").replaceChildren(
    button(texts.views, () => views(inbox), { "aria-keyshortcuts": "v" }),
    button("?", () => help(inbox), { "aria-label": texts.help, title: texts.help, "aria-keyshortcuts": "?" }),
  )
  inbox.$(".chips").replaceChildren(
    ...chips.map(([name, value, label]) =>
      button(el("span", { dir: "auto" }, label), () => inbox.trigger("drop", { name, value, at: Date.now() }), {
        class: "chip",
        "aria-label": fill(texts.drop, { filter: label }),
      }),
    ),
  )
  inbox.notes.dress(inbox)
}

export function orders({ list, texts }) {
  return ["queue", "newest"].map(order => button(texts.orders[order], () => list.turn(order), { "aria-pressed": String(order === list.order) }))
}

export function empty({ list, texts, nothing, root }) {
  const box = root.querySelector(".empty")
  box.hidden = list.rows.length > 0
  const [title, text] = list.order === "queue" ? texts.nothing_waits : nothing
  box.replaceChildren(el("strong", {}, title), el("span", {}, text))
}
