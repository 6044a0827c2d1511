// What left, is about to leave, or did not arrive: each reply of the thread with what a person can do about it.

import { change, changing } from "./changing.js"
import { button, el, fill } from "./dom.js"
import { writable } from "./draft.js"
import { safe } from "./text.js"

const SHOWN = 5
const WEB = /^https?:\/\//i

export function outbox(desk, away) {
  const rows = desk.state?.replies.filter(row => !writable(row) && row.state !== "withdrawn" && row.state !== "superseded") ?? []
  return [
    ...rows.slice(0, SHOWN).reverse().map(row => desk.writing.card(row.marker, [row, change(desk, row), desk.state.changeable, desk.state.may], () => card(desk, row))),
    away && desk.writing.card("another", null, () => button(desk.texts.another, () => desk.focus(), { class: "quiet" })),
  ]
}

function card(desk, row) {
  const { texts } = desk
  return el(
    "article",
    { class: `sent ${row.state}`, "aria-label": fill(texts.reply_by, { who: row.who }) },
    el("p", { class: "fate" }, fate(desk, row)),
    row.state !== "sent" && el("div", { class: "text", dir: "auto" }, safe(row.text)),
    row.why && el("p", { class: row.state === "sent" ? "origin" : "why-not" }, texts.whys[row.why] ?? row.why),
    row.state === "sent" ? changing(desk, row) : el("p", { class: "choices-of-text" }, ...deeds(desk, row)),
  )
}

function fate(desk, row) {
  const { texts, inbox } = desk
  const values = { who: row.who, via: row.via, when: row.sent_at ? inbox.times.ago(row.sent_at) : "" }
  if (row.state === "queued") return row.why ? el("span", {}, texts.waits) : countdown(desk, row)
  if (row.state === "sent") return el("span", {}, fill(row.via ? texts.given : texts.was_sent, values), " ", link(row, texts))
  return el("span", { role: "status" }, texts.fates[row.state])
}

const link = (row, texts) => WEB.test(row.receipt_url ?? "") && el("a", { href: row.receipt_url, target: "_blank", rel: "noopener noreferrer" }, texts.see)

// Only its digits change each second; a screen reader is told once.
function countdown(desk, row) {
  const { texts, inbox } = desk
  const shown = el("span", { role: "timer" })
  const left = () => Math.ceil((new Date(row.not_before) - Date.now() - (desk.ahead ?? 0)) / 1000)
  const tick = () => {
    const seconds = left()
    shown.textContent = seconds > 0 ? fill(texts.leaves, { n: inbox.times.number(seconds) }) : texts.fates.sending
    if (seconds > 0 && (shown.isConnected || !shown.dataset.begun)) setTimeout(tick, 250)
    shown.dataset.begun = "yes"
  }
  tick()
  return shown
}

function deeds(desk, row) {
  const { texts, state } = desk
  if (!state.may.includes("send")) return []
  const own = row.who === state.who
  return {
    queued: [button(texts.undo, () => (own ? desk.undo(row) : desk.move(row, "withdraw")), { class: "main" })],
    failed: [button(texts.again, () => desk.move(row, "again"), { class: "main" }), button(texts.rewrite, () => (own ? desk.undo(row) : desk.move(row, "withdraw")))],
    unknown: [button(texts.found, () => desk.move(row, "settle", { arrived: true })), button(texts.not_there, () => desk.move(row, "settle", { arrived: false }))],
  }[row.state] ?? []
}
