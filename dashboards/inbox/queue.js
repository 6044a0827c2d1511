// Why a thread stands where it stands in the queue, in words.

import { fill } from "./dom.js"

const MINUTE = 6e4

// `why` has codes, as curation.triage gives them; its minutes are told anew from the clock.
export function reasons(waits, { texts, times }) {
  const now = Date.now()
  const due = (new Date(waits.due_at) - now) / MINUTE
  const count = (code, n) => fill(texts.queue[code][times.many(n) ? 1 : 0], { n: times.number(n) })
  const said = {
    due: () => fill(due < 0 ? texts.queue.overdue : texts.queue.due, { time: times.span(Math.abs(due)) }),
    window: () => fill(due < 0 ? texts.queue.closed : texts.queue.closes, { time: times.span(Math.abs(due)) }),
    urgency: one => texts.queue[one.value],
    messages: one => count("messages", one.count),
    others: one => count("others", one.count),
    likes: one => count("likes", one.count),
    waiting: one => fill(texts.queue.waiting, { time: times.span(one.minutes + (now - waits.asked) / MINUTE) }),
  }
  return waits.why.flatMap(one => said[one.code]?.(one) ?? [])
}

export const overdue = waits => new Date(waits.due_at) < Date.now()
