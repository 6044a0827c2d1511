// The opened comment: who wrote it, its thread, its tags, its history.

import { actions } from "./actions.js"
import { button, el, fill } from "./dom.js"
import { history } from "./history.js"
import { evidence, tags } from "./tags.js"
import { safe } from "./text.js"
import { thread } from "./thread.js"

const OPENABLE = /^https?:\/\//i

export function detail(inbox, comment) {
  const box = inbox.$(".detail")
  inbox.act = comment ? actions(inbox, comment) : null
  const another = comment?.id !== Number(box.dataset.id)
  if (!comment) {
    box.replaceChildren(el("p", { class: "nothing" }, inbox.texts.nothing))
    delete box.dataset.id
    return
  }
  const focused = inbox.root.activeElement?.dataset.focus
  const unfolded = another ? [] : [...box.querySelectorAll("details")].map(fold => fold.open)
  box.dataset.id = comment.id
  box.setAttribute("aria-busy", String(!comment.thread_comments))
  box.replaceChildren(
    head(inbox, comment),
    el(
      "div",
      { class: "body" },
      el("div", { class: "talk" }, ...thread(inbox, comment, evidence(comment)), ...history(inbox, comment)),
      el("aside", { class: "aside", "aria-label": inbox.texts.tags }, ...tags(inbox, comment)),
    ),
  )
  if (another) box.scrollTop = 0
  box.querySelectorAll("details").forEach((fold, i) => (fold.open = Boolean(unfolded[i])))
  if (focused) box.querySelector(`[data-focus="${focused}"]`)?.focus()
}

function head(inbox, comment) {
  const { texts, times } = inbox
  return el(
    "header",
    { class: "head" },
    button(texts.back, () => inbox.back(), { class: "back" }),
    el(
      "div",
      { class: "title" },
      el("h2", { dir: "auto" }, comment.author ? safe(comment.author.slice(0, 200)) : texts.nobody),
      el(
        "p",
        { class: "meta" },
        el("span", { class: "source" }, comment.source),
        el("time", { datetime: comment.created_at }, `${times.full(comment.created_at)} · ${times.ago(comment.created_at)}`),
        comment.rating != null && rating(comment.rating, texts),
        comment.author_id && button(texts.same_person, () => inbox.trigger("narrow", { person: comment.author_id, at: Date.now() }), { class: "quiet" }),
        comment.version > 1 && el("span", { class: "flag" }, texts.edited),
        comment.deleted_at && el("span", { class: "flag" }, `${texts.deleted} ${times.ago(comment.deleted_at)}`),
      ),
      comment.url && original(comment.url, texts),
    ),
    moves(inbox, comment),
  )
}

function rating(value, texts) {
  const stars = Number.isInteger(value) && value >= 0 && value <= 5
  const said = fill(texts.rating, { n: value })
  if (!stars) return el("span", { class: "rating" }, said)
  return el("span", { class: "rating", role: "img", "aria-label": said, title: said }, "★".repeat(value) + "☆".repeat(5 - value))
}

// The address is shown as it is, so that a person sees where it leads; anything but the web is only shown.
function original(url, texts) {
  const shown = safe(url.slice(0, 300))
  if (!OPENABLE.test(url)) return el("p", { class: "original" }, `${texts.original} `, shown)
  const link = el("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, shown)
  return el("p", { class: "original" }, `${texts.original} `, link)
}

function moves(inbox, comment) {
  const { texts, choices, act } = inbox
  const status = comment.state?.status ?? comment.status
  return el(
    "div",
    { class: "moves" },
    el(
      "div",
      { class: "choices", role: "group", "aria-label": texts.status },
      ...choices.statuses.map(name =>
        button(texts.statuses[name] ?? name, () => act.move(name), {
          "aria-pressed": String(name === status),
          data: { focus: `status-${name}` },
        }),
      ),
    ),
    comment.conflict && conflict(inbox, comment),
  )
}

function conflict({ texts, act }, { conflict: { theirs, mine } }) {
  const name = status => texts.statuses[status] ?? status
  return el(
    "div",
    { class: "conflict", role: "alert" },
    el("p", {}, fill(texts.conflict, { theirs: name(theirs.status), mine: name(mine) })),
    button(fill(texts.keep_theirs, { status: name(theirs.status) }), () => act.settle(null)),
    button(fill(texts.use_mine, { status: name(mine) }), () => act.settle(mine)),
  )
}
