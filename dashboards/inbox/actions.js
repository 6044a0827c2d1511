// What a person does to a comment's tags. Each is painted at once, saved, and taken back where saving fails.

import { fill } from "./dom.js"

const waiting = new Map()

export function actions(inbox, comment) {
  const { texts, api } = inbox

  // One after the other; only the last is read anew, so that no earlier answer is painted over a later choice.
  async function save(what, now, request) {
    inbox.changed({ ...comment, ...now })
    const mine = inbox.triage.track((waiting.get(comment.id) ?? Promise.resolve()).then(() => saved(what, request)))
    waiting.set(comment.id, mine)
    await mine
    if (waiting.get(comment.id) !== mine) return
    waiting.delete(comment.id)
    await inbox.opened.again(comment.id).catch(() => {})
  }

  async function saved(what, request) {
    try {
      inbox.triage.did(fill(texts.did_tag, { what }), (await request()).deed, `comment/${comment.id}`, what)
    } catch (problem) {
      inbox.changed({ ...(inbox.opened.get(comment.id) ?? comment), ...before(comment) })
      inbox.say(fill(texts.not_saved, { why: problem.message }), true)
    }
  }

  // The answer says what holds; who said so, and when, comes with the comment.
  const tag = (name, value, holds, now) => save(told(inbox, name, value), now, () => api.post(`comments/${comment.id}/tags`, { name, value, holds }))

  function confirm(right) {
    const path = `comments/${comment.id}/confirm`
    return save(texts.confirm, { confirmed: right ? new Date().toISOString() : null }, () => (right ? api.post(path) : api.delete(path)))
  }

  return {
    sentiment: value => tag("sentiment", value, true, value ? { sentiment: value } : {}),
    language: value => tag("language", value, true, value ? { language: value } : {}),
    intent: value => tag("intent", value, true, value ? { intent: value } : {}),
    urgency: value => tag("urgency", value, true, value ? { urgency: value } : {}),
    addTopic: id => tag("topic", id, true, { topics: [...new Set([...comment.topics, id])].sort() }),
    dropTopic: id => tag("topic", id, false, { topics: comment.topics.filter(topic => topic !== id) }),
    confirm,
  }
}

// "Sentiment: Negative"; without a value, the tagger's holds again.
function told({ texts, topics, times }, name, value) {
  const named = { sentiment: texts.sentiments, intent: texts.intents, urgency: texts.urgencies }[name]
  const label = { topic: topics.full, language: times.language }[name] ?? (one => named[one] ?? one)
  return value ? `${texts.heads[name]}: ${label(value)}` : `${texts.heads[name]}: ${texts.undo}`
}

const before = ({ language, sentiment, topics, intent, urgency, unsure, confirmed }) => ({ language, sentiment, topics, intent, urgency, unsure, confirmed })
