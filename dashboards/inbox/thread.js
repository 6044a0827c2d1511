// The conversation: customers on the left, the team on the right, machines dashed; the opened comment stands out.

import { button, el, fill } from "./dom.js"
import { safe, weighed } from "./text.js"
import { spans } from "./why.js"

const LONGEST = 6000
const MOST = 30

export function thread(inbox, comment, evidence) {
  const all = comment.thread_comments ?? [comment]
  const at = Math.max(0, all.findIndex(other => other.id === comment.id))
  const [from, to] = inbox.whole === comment.id ? [0, all.length] : [Math.max(0, at - MOST), at + MOST]
  const shown = all.slice(from, to)
  const hidden = all.length - shown.length
  return [
    all.length > 1 && el("p", { class: "how-many" }, fill(inbox.texts.in_thread, { n: inbox.times.number(all.length) })),
    hidden > 0 && button(fill(inbox.texts.whole_thread, { n: inbox.times.number(all.length) }), () => whole(inbox, comment), { class: "quiet" }),
    el("ol", { class: "thread" }, ...shown.map(other => bubble(inbox, other, other.id === comment.id ? comment : null, evidence, all.length))),
  ].filter(Boolean)
}

function whole(inbox, comment) {
  inbox.whole = comment.id
  inbox.show(comment)
}

function bubble(inbox, other, opened, evidence, total) {
  const { texts, times } = inbox
  return el(
    "li",
    { class: `bubble ${other.role}${opened ? " opened" : ""}${other.deleted_at ? " gone" : ""}`, "aria-current": opened && total > 1 ? "true" : null },
    total > 1 &&
      el(
        "p",
        { class: "by" },
        el("strong", { dir: "auto" }, other.author ? safe(other.author.slice(0, 80)) : texts.nobody),
        other.role !== "customer" && el("span", { class: `role ${other.role}` }, texts.roles[other.role] ?? other.role),
        el("time", { datetime: other.created_at, title: times.full(other.created_at) }, times.short(other.created_at)),
        other.version > 1 && !opened && el("span", { class: "flag" }, texts.edited),
        other.deleted_at && !opened && el("span", { class: "flag" }, texts.deleted),
      ),
    other.title && (total === 1 || opened) && el("h3", { class: "subject", dir: "auto" }, shown(other.title.slice(0, 500), [], opened && spans(inbox, opened, "title"))),
    long(other.text, opened ? evidence : [], opened && spans(inbox, opened, "text"), texts),
  )
}

const shown = (text, evidence, found) => (found ? weighed(text, found) : safe(text, evidence))

// A megabyte of text is shown by pieces; nothing of it is lost.
function long(text, evidence, found, texts) {
  const box = el("div", { class: "text", dir: "auto" }, shown(text.slice(0, LONGEST), evidence, found))
  if (text.length <= LONGEST) return box
  const more = button(texts.show_rest, () => {
    const at = box.dataset.at ? Number(box.dataset.at) : LONGEST
    const end = Math.min(text.length, at + 100_000)
    box.append(safe(text.slice(at, end)))
    box.dataset.at = end
    if (end === text.length) more.remove()
  }, { class: "quiet" })
  return el("div", {}, box, more)
}
