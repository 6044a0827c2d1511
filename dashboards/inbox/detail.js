// The opened comment: who wrote it, its thread, its tags, its history.

import { actions } from "./actions.js"
import { button, el, fill } from "./dom.js"
import { history } from "./history.js"
import { bar } from "./keys.js"
import { overdue, reasons } from "./queue.js"
import { replying } from "./reply.js"
import { evidence, tags } from "./tags.js"
import { line, safe } from "./text.js"
import { thread } from "./thread.js"

const OPENABLE = /^https?:\/\//i

// The regions of a comment's page. They stay while it changes: what is being written in them keeps the cursor.
function regions(inbox) {
  const box = inbox.$(".detail")
  if (box.regions) return box.regions
  const made = { head: el("header", { class: "head" }), conversation: el("div", {}), answer: el("div", {}), past: el("div", {}), aside: el("aside", { class: "aside" }) }
  const talk = el("div", { class: "talk" }, made.conversation, made.answer, inbox.notes.element, made.past)
  made.body = el("div", { class: "body" }, talk, made.aside)
  made.nothing = el("p", { class: "nothing" })
  return (box.regions = made)
}

export function detail(inbox, comment) {
  const box = inbox.$(".detail")
  const parts = regions(inbox)
  inbox.act = comment ? actions(inbox, comment) : null
  if (!comment) {
    parts.nothing.textContent = inbox.texts.nothing
    box.replaceChildren(parts.nothing)
    delete box.dataset.id
    return
  }
  if (!parts.body.isConnected) box.replaceChildren(parts.head, parts.body)
  const another = comment.id !== Number(box.dataset.id)
  // Before anything changes: afterwards it would make the browser lay out the page a second time.
  if (another && inbox.narrow) box.scrollIntoView()
  else if (another) box.scrollTop = 0
  const unfolded = another ? [] : [...parts.past.querySelectorAll("details")].map(fold => fold.open)
  box.dataset.id = comment.id
  box.setAttribute("aria-busy", String(!comment.thread_comments))
  inbox.notes.show(comment.thread_id)
  parts.aside.setAttribute("aria-label", inbox.texts.tags)
  keepingFocus(inbox, () => {
    parts.head.replaceChildren(...head(inbox, comment))
    parts.conversation.replaceChildren(...thread(inbox, comment, evidence(comment)), ...merged(inbox, comment))
    parts.past.replaceChildren(...history(inbox, comment))
    parts.aside.replaceChildren(...tags(inbox, comment).filter(Boolean))
  })
  const answer = replying(inbox, comment)
  if (answer !== parts.answer.firstChild) parts.answer.replaceChildren(...(answer ? [answer] : []))
  parts.past.querySelectorAll("details").forEach((fold, i) => (fold.open = Boolean(unfolded[i])))
}

// Only what a thread's state or somebody's presence changes.
export function paintHead(inbox, comment) {
  const { head: box } = regions(inbox)
  keepingFocus(inbox, () => box.replaceChildren(...head(inbox, comment)))
}

function keepingFocus(inbox, paint) {
  const focused = inbox.root.activeElement?.dataset.focus
  paint()
  if (focused && inbox.root.activeElement?.dataset.focus !== focused) inbox.$(`.detail [data-focus="${focused}"]`)?.focus({ preventScroll: true })
}

function head(inbox, comment) {
  const { texts, times } = inbox
  const waits = inbox.list.row(comment.id)?.waits
  return [
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
        ...counts(comment.counts ?? {}, inbox),
        comment.author_id && button(texts.same_person, () => inbox.filters.go([["person", comment.author_id]], "newest"), { class: "quiet" }),
        comment.version > 1 && el("span", { class: "flag" }, texts.edited),
        comment.deleted_at && el("span", { class: "flag" }, `${texts.deleted} ${times.ago(comment.deleted_at)}`),
      ),
      comment.url && original(comment.url, texts),
      waits && el("p", { class: `reasons${overdue(waits) ? " overdue" : ""}` }, reasons(waits, inbox).join(" · ")),
    ),
    moves(inbox, comment),
  ]
}

// What the channel counts beside it, as far as there is a word for it.
function counts(counted, { texts, times }) {
  const told = Object.entries(counted).filter(([name]) => texts.counts[name])
  return told.map(([name, n]) => el("span", {}, fill(texts.counts[name][times.many(n) ? 1 : 0], { n: times.number(n) })))
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
  const { texts, choices, triage } = inbox
  const state = inbox.threads.of(comment.thread_id) ?? { status: comment.status }
  const mine = state.claimed_by === inbox.me
  return el(
    "div",
    { class: "moves" },
    el(
      "div",
      { class: "choices", role: "group", "aria-label": texts.status },
      ...choices.statuses.map(name =>
        button(texts.statuses[name] ?? name, () => triage.move(comment, name), {
          "aria-pressed": String(name === state.status),
          data: { focus: `status-${name}` },
        }),
      ),
    ),
    standing(inbox, state),
    bar(inbox, { claim: mine ? texts.release : texts.keys.claim }),
    inbox.conflict?.thread === inbox.shownThread() && conflict(inbox, inbox.conflict),
  )
}

// Who has it, for whom it is, until when it sleeps, and who looks on.
function standing({ texts, times, live, me }, state) {
  const typing = live.others.filter(one => one.typing).map(one => one.who)
  const looking = live.others.filter(one => !one.typing).map(one => one.who)
  const said = [
    state.status === "snoozed" && (state.snoozed_until ? fill(texts.sleeps_until, { when: times.moment(state.snoozed_until) }) : texts.sleeps_until_message),
    state.claimed_by && held(texts, times, state, me),
    state.assignee && fill(texts.assigned, { who: state.assignee === me ? texts.yourself : state.assignee }),
  ].filter(Boolean)
  const here = [typing.length > 0 && fill(texts.writes, { who: typing.join(", ") }), looking.length > 0 && fill(texts.looks, { who: looking.join(", ") })].filter(Boolean)
  return el(
    "p",
    { class: "standing" },
    ...said.map(text => el("span", {}, text)),
    el("span", { class: "here", role: "status" }, here.join(" · ")),
  )
}

// While a claim is being saved, nobody knows yet until when it holds.
function held(texts, times, { claimed_by: who, claimed_until: until }, me) {
  const mine = who === me
  if (!until) return mine ? texts.you_have_it : fill(texts.has_it, { who })
  return fill(mine ? texts.you_have_it_until : texts.claimed_until, { who, when: times.clock(until) })
}

// What was merged into this thread, each with the way out.
function merged(inbox, comment) {
  const { texts, triage } = inbox
  const parts = inbox.threads.of(comment.thread_id)?.merged ?? []
  if (!parts.length) return []
  const first = part => comment.thread_comments?.find(one => one.thread_id === part)
  const about = one => (one ? [el("strong", {}, one.author ? line(one.author, 60) : texts.nobody), " ", line(one.text, 100)] : [])
  return [
    el(
      "section",
      { class: "merged" },
      el("h3", {}, fill(texts.merged, { n: parts.length })),
      el("ul", {}, ...parts.map(part => el("li", {}, el("span", { dir: "auto" }, ...about(first(part))), button(texts.unmerge, () => triage.unmerge(comment, [part]), { data: { focus: `unmerge-${part}` } })))),
    ),
  ]
}

function conflict({ texts, triage }, { theirs, mine }) {
  const name = status => texts.statuses[status] ?? status
  return el(
    "div",
    { class: "conflict", role: "alert" },
    el("p", {}, mine ? fill(texts.conflict, { theirs: name(theirs.status), mine: name(mine) }) : fill(texts.changed_meanwhile, { status: name(theirs.status) })),
    button(fill(texts.keep_theirs, { status: name(theirs.status) }), () => triage.settle(false)),
    button(mine ? fill(texts.use_mine, { status: name(mine) }) : texts.all_the_same, () => triage.settle(true)),
  )
}
