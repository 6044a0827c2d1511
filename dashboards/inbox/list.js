// A row of the list: one option a comment. The options are plain; all keys are handled in keys.js.

import { el, fill } from "./dom.js"
import { overdue, reasons } from "./queue.js"
import { line } from "./text.js"

const SIGNS = { negative: "−", neutral: "○", positive: "+" }

export const sign = sentiment => SIGNS[sentiment] ?? "·"

export function row(comment, ctx) {
  const { texts, times } = ctx
  const said = comment.title && !comment.text.startsWith(comment.title) ? `${comment.title} — ${comment.text}` : comment.text
  const made = el(
    "li",
    { id: `row-${comment.id}`, role: "option", class: "row", "aria-selected": "false", "aria-checked": String(ctx.bulk.ids.has(comment.id)), data: { id: comment.id } },
    el(
      "span",
      { class: "picks" },
      el("span", { class: `sign ${comment.sentiment ?? "none"}`, title: texts.sentiments[comment.sentiment] ?? texts.untagged }, sign(comment.sentiment)),
      el("span", { class: "pick", "aria-hidden": "true", title: `${texts.keys.select} (x)` }),
    ),
    el(
      "span",
      { class: "who" },
      el("span", { class: "author", dir: "auto" }, comment.author ? line(comment.author, 80) : texts.nobody),
      comment.role !== "customer" && el("span", { class: `role ${comment.role}` }, texts.roles[comment.role] ?? comment.role),
      el("time", { datetime: comment.created_at }, times.short(comment.created_at)),
    ),
    el("span", { class: `said-in-short${comment.deleted_at ? " gone" : ""}`, dir: "auto" }, line(said, 220)),
    el("span", { class: "stands" }),
    el("span", { class: "about" }, ...about(comment, ctx)),
  )
  paintState(made, comment, ctx)
  return made
}

// What changes while people work: status, who has it, for how long it has waited.
export function paintState(option, comment, ctx) {
  const { texts, threads, woken } = ctx
  const state = threads.of(comment.thread_id)
  const status = state?.status ?? comment.status
  const { waits } = comment
  const done = Boolean(waits) && !["new", "open"].includes(status)
  option.classList.toggle("done", done)
  option.querySelector(".stands").replaceChildren(
    ...[
      status !== "new" && el("span", { class: `status ${status}` }, texts.statuses[status] ?? status),
      woken.has(threads.head(comment.thread_id)) && el("span", { class: "flag" }, texts.woken),
      state?.claimed_by && el("span", { class: "holder" }, fill(texts.has_it, { who: state.claimed_by })),
      state?.assignee && el("span", { class: "assignee" }, fill(texts.assigned, { who: state.assignee })),
      waits && !done && el("span", { class: `reasons${overdue(waits) ? " overdue" : ""}` }, reasons(waits, ctx).join(" · ")),
    ].filter(Boolean),
  )
}

function about(comment, { texts, topics }) {
  return [
    comment.urgency === "high" && el("span", { class: "urgent" }, texts.urgencies.high),
    el("span", { class: "source" }, comment.source),
    comment.intent && comment.intent !== "none" && el("span", { class: "intent" }, texts.intents[comment.intent] ?? comment.intent),
    comment.rating != null && el("span", { class: "rating" }, fill(texts.rating_short, { n: comment.rating })),
    comment.deleted_at && el("span", { class: "flag" }, texts.deleted),
    comment.version > 1 && el("span", { class: "flag" }, texts.edited),
    ...comment.topics.slice(0, 3).map(id => el("span", { class: "topic" }, topics.short(id))),
    comment.unsure?.length > 0 && el("span", { class: "flag" }, fill(texts.unsure_of, { heads: comment.unsure.map(name => texts.heads[name] ?? name).join(", ") })),
    comment.topics.length > 3 && el("span", { class: "topic" }, `+${comment.topics.length - 3}`),
  ]
}
