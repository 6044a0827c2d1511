// What a person does to a comment. Each is painted at once, saved, and taken back where saving fails.

import { fill } from "./dom.js"

export function actions(inbox, comment) {
  const { texts, api } = inbox

  async function save(now, request, done) {
    inbox.changed({ ...comment, ...now })
    try {
      done(await request())
    } catch (problem) {
      inbox.changed({ ...(inbox.opened.get(comment.id) ?? comment), ...before(comment) })
      // A conflict is told where it happened, with both states.
      if (problem.status !== 409) inbox.say(fill(texts.not_saved, { why: problem.message }), true)
      throw problem
    }
  }

  // The answer says what holds; who said so, and when, comes with the comment.
  async function tag(name, value, holds, now) {
    const body = { name, value, holds }
    await save(now, () => api.post(`comments/${comment.id}/tags`, body), () => inbox.say(texts.saved)).catch(() => {})
    await refresh()
  }

  async function confirm(right) {
    const path = `comments/${comment.id}/confirm`
    const request = () => (right ? api.post(path) : api.delete(path))
    await save({ confirmed: right ? new Date().toISOString() : null }, request, () => inbox.say(texts.saved)).catch(() => {})
    await refresh()
  }

  async function refresh() {
    await inbox.fetched(comment.id)
    const fresh = inbox.opened.get(comment.id)
    if (fresh) inbox.changed(fresh)
  }

  async function move(status, version = comment.state?.version) {
    const state = { ...comment.state, status }
    try {
      await save({ status, state, conflict: null }, () => api.post(`comments/${comment.id}/status`, { status, version }), saved => {
        inbox.changed({ ...(inbox.opened.get(comment.id) ?? comment), status: saved.status, state: { ...state, ...saved } })
        inbox.say(texts.saved)
      })
    } catch (problem) {
      if (problem.status !== 409 || !problem.current) return
      const theirs = problem.current
      inbox.changed({ ...comment, status: theirs.status, state: { ...comment.state, ...theirs }, conflict: { theirs, mine: status } })
    }
  }

  return {
    sentiment: value => tag("sentiment", value, true, value ? { sentiment: value } : {}),
    language: value => tag("language", value, true, value ? { language: value } : {}),
    intent: value => tag("intent", value, true, value ? { intent: value } : {}),
    urgency: value => tag("urgency", value, true, value ? { urgency: value } : {}),
    addTopic: id => tag("topic", id, true, { topics: [...new Set([...comment.topics, id])].sort() }),
    dropTopic: id => tag("topic", id, false, { topics: comment.topics.filter(topic => topic !== id) }),
    confirm: right => confirm(right),
    move: status => move(status),
    settle: mine => (mine ? move(mine, comment.conflict.theirs.version) : inbox.changed({ ...comment, conflict: null })),
  }
}

const before = ({ language, sentiment, topics, status, state, intent, urgency, unsure, confirmed }) => ({ language, sentiment, topics, status, state, intent, urgency, unsure, confirmed })
