// Why a tag: the words that weighed most, asked for when a person wants to know, and marked in the text.

import { button, el, fill } from "./dom.js"
import { safe } from "./text.js"

const same = (comment, name, value) => comment.why?.name === name && comment.why?.value === value

// What rounds to nothing explains nothing.
const weights = (inbox, comment, name, value) =>
  inbox.explained.get(key(comment))?.find(tag => tag.name === name && tag.value === value)?.weights.filter(one => Math.abs(one.weight) >= 0.05)

// An edited comment is another text.
const key = comment => `${comment.id} ${comment.version}`

// What `weighed` marks in the title or the text, null where nothing is to be explained.
export function spans(inbox, comment, part) {
  const { why } = comment
  const found = why && weights(inbox, comment, why.name, why.value)
  return found ? found.filter(one => one.part === part).map(one => [one.start, one.end, one.weight]) : null
}

// The button behind a tag, and below it what was found.
export function why(inbox, comment, name, value) {
  const { texts } = inbox
  if (value == null || !Array.isArray(comment.tags)) return []
  const open = same(comment, name, value)
  const asks = button(open ? texts.why_not : texts.why, () => toggle(inbox, comment, name, value), {
    class: "quiet why",
    "aria-expanded": String(open),
    data: { focus: `why-${name}-${value}` },
  })
  return open ? [asks, answer(inbox, comment, name, value)] : [asks]
}

function answer(inbox, comment, name, value) {
  const { texts, times } = inbox
  const box = inside => el("div", { class: "words", role: "status" }, inside)
  if (!inbox.explained.has(key(comment))) return box(el("p", { class: "origin" }, texts.asking))
  const found = weights(inbox, comment, name, value) ?? []
  if (!found.length) return box(el("p", { class: "origin" }, texts.no_words))
  return box(
    el(
      "ul",
      {},
      ...found.map(({ words, weight }) =>
        el(
          "li",
          {},
          el("span", { class: weight > 0 ? "for" : "against", title: weight > 0 ? texts.speaks_for : texts.speaks_against }, weight > 0 ? "+" : "−"),
          el("q", { dir: "auto" }, safe(words.slice(0, 60))),
          el("span", { class: "weight" }, times.number(Math.abs(Math.round(weight * 10) / 10))),
        ),
      ),
    ),
  )
}

async function toggle(inbox, comment, name, value) {
  const shown = same(comment, name, value)
  const now = why => inbox.shown?.id === comment.id && inbox.show({ ...inbox.shown, why })
  now(shown ? null : { name, value })
  if (shown || inbox.explained.has(key(comment))) return
  try {
    const { tags } = await inbox.api.get(`comments/${comment.id}/explanation`)
    inbox.explained.set(key(comment), tags)
    if (inbox.shown?.id === comment.id) inbox.show(inbox.shown)
  } catch (problem) {
    now(null)
    inbox.say(fill(inbox.texts.not_explained, { why: problem.message }), true)
  }
}
