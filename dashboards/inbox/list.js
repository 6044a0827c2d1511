// The list: one option a comment, newest first. The options are plain; all keys are handled in main.js.

import { el, fill } from "./dom.js"
import { line } from "./text.js"

const SIGNS = { negative: "−", neutral: "○", positive: "+" }

export const sign = sentiment => SIGNS[sentiment] ?? "·"

export function row(comment, ctx) {
  const { texts, times } = ctx
  const said = comment.title && !comment.text.startsWith(comment.title) ? `${comment.title} — ${comment.text}` : comment.text
  return el(
    "li",
    { id: `row-${comment.id}`, role: "option", class: "row", "aria-selected": "false", data: { id: comment.id } },
    el("span", { class: `sign ${comment.sentiment ?? "none"}`, title: texts.sentiments[comment.sentiment] ?? texts.untagged }, sign(comment.sentiment)),
    el(
      "span",
      { class: "who" },
      el("span", { class: "author", dir: "auto" }, comment.author ? line(comment.author, 80) : texts.nobody),
      comment.role !== "customer" && el("span", { class: `role ${comment.role}` }, texts.roles[comment.role] ?? comment.role),
      el("time", { datetime: comment.created_at }, times.short(comment.created_at)),
    ),
    el("span", { class: `said-in-short${comment.deleted_at ? " gone" : ""}`, dir: "auto" }, line(said, 220)),
    el("span", { class: "about" }, ...about(comment, ctx)),
  )
}

function about(comment, { texts, topics }) {
  return [
    comment.urgency === "high" && el("span", { class: "urgent" }, texts.urgencies.high),
    el("span", { class: "source" }, comment.source),
    comment.intent && comment.intent !== "none" && el("span", { class: "intent" }, texts.intents[comment.intent] ?? comment.intent),
    comment.status !== "new" && el("span", { class: `status ${comment.status}` }, texts.statuses[comment.status] ?? comment.status),
    comment.rating != null && el("span", { class: "rating" }, fill(texts.rating_short, { n: comment.rating })),
    comment.deleted_at && el("span", { class: "flag" }, texts.deleted),
    comment.version > 1 && el("span", { class: "flag" }, texts.edited),
    ...comment.topics.slice(0, 3).map(id => el("span", { class: "topic" }, topics.short(id))),
    comment.unsure?.length > 0 && el("span", { class: "flag" }, fill(texts.unsure_of, { heads: comment.unsure.map(name => texts.heads[name] ?? name).join(", ") })),
    comment.topics.length > 3 && el("span", { class: "topic" }, `+${comment.topics.length - 3}`),
  ]
}
