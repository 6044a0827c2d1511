// The answer below the thread: one desk a comment, kept with its text while others are looked at.

import { Desk } from "./desk.js"
import { el } from "./dom.js"

const DESKS = 50

const desks = new WeakMap()

// A comment that only the list knows has a place held for it: walking through the list asks and builds nothing.
export function replying(inbox, comment) {
  if (!inbox.may("draft")) return null
  if (!desks.has(inbox)) desks.set(inbox, new Map())
  const known = desks.get(inbox)
  for (const [id, desk] of known) if (id !== comment.id) desk.rest()
  if (!known.has(comment.id)) {
    if (!comment.thread_comments) return el("section", { class: "reply" })
    known.set(comment.id, new Desk(inbox, comment))
    forget(known)
  }
  const desk = known.get(comment.id)
  desk.show(comment)
  inbox.reply = () => desk.focus()
  inbox.replied = markers => desk.replied(markers)
  return desk.box
}

// The longest unseen go first, but none whose text is only here.
function forget(known) {
  for (const [id, desk] of known) {
    if (known.size <= DESKS) return
    if (!desk.shown && desk.draft.kept) known.delete(id)
  }
}
