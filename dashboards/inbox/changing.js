// A reply that was sent: rewrite it on its channel, or take it away, where that is possible.

import { button, el, fill } from "./dom.js"

// What is being done to it, or failed.
export const change = ({ state }, row) => state.changes.find(one => one.marker === row.marker)

export function changing(desk, row) {
  const { texts, state } = desk
  const asked = change(desk, row)
  if (asked?.state === "queued") return el("p", { role: "status" }, asked.text == null ? texts.being_deleted : texts.being_changed)
  if (!state.changeable || row.via || !row.receipt_key || !state.may.includes("send")) return null
  const box = el("div", { class: "changing" })
  const rewrite = () => box.replaceChildren(...rewriting(desk, row, asked?.text ?? row.text, start))
  const start = () => {
    desk.begun.delete(row.marker)
    const failed = asked && el("p", { class: "why-not" }, fill(texts.not_changed, { why: asked.why }))
    const edit = button(texts.edit, rewrite, { class: "quiet" })
    const remove = button(texts.delete, () => box.replaceChildren(...removing(desk, row, start)), { class: "quiet" })
    box.replaceChildren(...[failed, edit, " ", remove].filter(Boolean))
  }
  if (desk.begun.has(row.marker)) rewrite()
  else start()
  return box
}

function rewriting(desk, row, text, stop) {
  const { texts } = desk
  const begun = () => desk.begun.set(row.marker, field.value)
  const field = el("textarea", { rows: 3, dir: "auto", "aria-label": texts.sent_text, oninput: begun })
  field.value = desk.begun.get(row.marker) ?? text
  const save = async () => {
    if (!field.value.trim()) return desk.inbox.say(texts.no_text, true)
    if (await desk.move(row, "change", { text: field.value })) desk.begun.delete(row.marker)
  }
  return [
    field,
    button(texts.change, save, { class: "main" }),
    " ",
    button(texts.cancel, stop),
  ]
}

function removing(desk, row, stop) {
  const { texts } = desk
  return [el("p", {}, texts.really), button(texts.delete, () => desk.move(row, "change", { text: null }), { class: "main" }), " ", button(texts.cancel, stop)]
}
