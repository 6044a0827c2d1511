// Review: what others write in answer to this comment, read and decided on; and what was decided on one's own text.

import { diff } from "./diff.js"
import { button, el, fill } from "./dom.js"
import { writable } from "./draft.js"
import { safe } from "./text.js"

const LONGEST_DIFF = 20_000

export function review(desk) {
  const others = desk.state?.others.filter(writable) ?? []
  desk.draft.knows(desk.state?.others ?? [])
  return others.map(other => desk.writing.card(other.marker, [other, desk.comment.digest], () => card(desk, other)))
}

function card(desk, other) {
  const { texts, state } = desk
  const judged = ["in_review", "approved"].includes(other.state) && state.may.includes("approve")
  const box = el("div", { class: "dossier" })
  if (judged) dossier(desk, other, box)
  else box.append(el("div", { class: "text", dir: "auto" }, safe(other.text)))
  return el("article", { class: "other" }, el("p", { class: "fate" }, fill(texts.state_by, { who: other.who, state: texts.states[other.state] })), box)
}

async function dossier(desk, other, box) {
  try {
    const found = await desk.api.get(`replies/${other.marker}/review`)
    box.replaceChildren(...looked(desk, found).filter(Boolean))
  } catch (problem) {
    box.replaceChildren(el("p", { class: "why-not" }, problem.message))
  }
}

function looked(desk, found) {
  const { texts } = desk
  const { reply, previous, suggestion, approvers } = found
  const text = el("div", { class: "lines" })
  if (!desk.remarks.has(reply.marker)) desk.remarks.set(reply.marker, { why: "", lines: new Map() })
  const remarks = desk.remarks.get(reply.marker)
  const show = kind => text.replaceChildren(...(kind === "text" ? lines(desk, found, remarks.lines) : [changes(kind === "previous" ? previous : suggestion, reply.text)]))
  const views = [["text", texts.whole], previous != null && ["previous", texts.since_last], suggestion != null && ["suggestion", texts.since_suggestion]].filter(Boolean)
  const choices = views.map(([kind, label]) => button(label, event => (pressed(event.currentTarget, choices), show(kind)), { "aria-pressed": String(kind === "text") }))
  show("text")
  return [
    approvers.length > 0 && el("p", {}, fill(texts.approved_by, { who: approvers.join(", ") })),
    choices.length > 1 && el("div", { class: "choices", role: "group", "aria-label": texts.compare }, ...choices),
    text,
    decisions(desk, found),
    verdict(desk, found, remarks),
  ]
}

const pressed = (chosen, all) => all.forEach(one => one.setAttribute("aria-pressed", String(one === chosen)))

function changes(before, after) {
  const box = el("div", { class: "text changes", dir: "auto" })
  if (before.length + after.length > LONGEST_DIFF * 10) return box.append(safe(after)) ?? box
  for (const [kind, text] of diff(before, after)) box.append(kind === "same" ? safe(text) : el(kind === "gone" ? "del" : "ins", {}, safe(text)))
  return box
}

// Each line with a button to say something of it, and what was said of it before.
function lines({ texts }, found, remarks) {
  return found.reply.text.split("\n").map((line, at) => {
    const number = at + 1
    const said = found.lines.filter(one => one.line === number && one.version === found.reply.version)
    const field = el("input", {
      type: "text",
      maxlength: 5000,
      hidden: !remarks.has(number),
      value: remarks.get(number),
      "aria-label": fill(texts.remark_on, { n: number }),
      oninput: () => (field.value.trim() ? remarks.set(number, field.value) : remarks.delete(number)),
    })
    const open = () => {
      field.hidden = false
      field.focus()
    }
    return el(
      "div",
      { class: "line" },
      el("span", { class: "text", dir: "auto" }, safe(line)),
      line.trim() && button(texts.remark, open, { class: "quiet", "aria-label": fill(texts.remark_on, { n: number }) }),
      ...said.map(remark),
      field,
    )
  })
}

const remark = one => el("p", { class: "remark" }, el("strong", { dir: "auto" }, one.who), " ", safe(one.text))

function decisions({ texts, inbox }, { decisions }) {
  if (!decisions.length) return null
  const say = one => fill(texts.decisions[one.decision] ?? one.decision, { who: one.who, when: inbox.times.ago(one.made_at) })
  return el("ul", { class: "decided" }, ...decisions.map(one => el("li", {}, say(one), one.why && el("span", {}, " ", safe(texts.whys[one.why] ?? one.why)))))
}

function verdict(desk, found, remarks) {
  const { texts, state } = desk
  const { reply } = found
  const why = el("textarea", { rows: 2, maxlength: 5000, "aria-label": texts.why, placeholder: texts.why, oninput: () => (remarks.why = why.value) })
  why.value = remarks.why
  const decide = approve => {
    const decision = { approve, why: why.value.trim() || null, lines: [...remarks.lines].map(([line, text]) => ({ line, text })) }
    if (!approve && !decision.why && !decision.lines.length) return desk.inbox.say(texts.say_what, true)
    return decided(desk, found, decision)
  }
  const first = reply.state === "in_review" && !found.approvers.includes(state.who)
  return el(
    "div",
    { class: "verdict" },
    why,
    first && button(texts.approve, () => decide(true), { class: "main" }),
    button(texts.ask_changes, () => decide(false)),
  )
}

// For the text and the thread as they are shown here: anything newer is refused, and shown.
async function decided(desk, { reply }, decision) {
  if (desk.busy) return
  const now = await desk.move(reply, "review", { digest: desk.comment.digest, ...decision })
  if (!now) return
  desk.remarks.delete(reply.marker)
  desk.inbox.say(desk.texts.states[now.state])
}

// Of one's own draft: where it stands, who decided what, and what was said of its lines.
export function verdicts(desk) {
  const { draft, texts } = desk
  const row = writable(draft.row) ? draft.row : null
  if (!row || (row.state === "draft" && !row.why)) return []
  const box = el("div", { class: "remarks" })
  about(desk, row, box)
  return [el("p", { class: `fate ${row.state}`, role: "status" }, texts.own[row.state] ?? texts.states[row.state]), row.why && el("p", { class: "why-not" }, texts.whys[row.why] ?? row.why), box]
}

async function about(desk, row, box) {
  try {
    const found = await desk.api.get(`replies/${row.marker}/review`)
    const said = found.lines.filter(one => one.version === Math.max(...found.lines.map(other => other.version)))
    box.replaceChildren(
      ...[
        found.approvers.length > 0 && el("p", {}, fill(desk.texts.approved_by, { who: found.approvers.join(", ") })),
        ...said.map(one => el("div", {}, el("span", { class: "origin" }, fill(desk.texts.on_line, { n: one.line })), remark(one))),
        decisions(desk, found),
      ].filter(Boolean),
    )
  } catch (problem) {
    box.replaceChildren(el("p", { class: "why-not" }, problem.message))
  }
}
