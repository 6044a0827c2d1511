// Internal notes on a thread. What is written and not yet saved is kept in this browser, thread by thread.

import { el, fill } from "./dom.js"
import { forget, recall, remember } from "./memory.js"
import { safe } from "./text.js"

const LONGEST = 20_000

export class Notes {
  constructor(inbox) {
    this.inbox = inbox
    this.list = el("ol", {})
    this.field = el("textarea", { rows: 2, maxlength: LONGEST, dir: "auto" })
    this.save = el("button", { type: "submit" })
    this.heading = el("h3", {})
    const form = el("form", { onsubmit: event => this.submit(event) }, this.field, this.save)
    this.element = el("section", { class: "notes" }, this.heading, this.list, form)
    this.field.addEventListener("input", () => this.typed())
    this.field.addEventListener("keydown", event => this.key(event))
  }

  dress({ texts }) {
    this.heading.textContent = texts.notes
    this.field.placeholder = texts.note_placeholder
    this.field.setAttribute("aria-label", texts.note)
    this.save.textContent = texts.keep_note
  }

  // A thread is shown: its notes come a moment later.
  show(thread) {
    if (thread === this.thread) return
    this.thread = thread
    this.list.replaceChildren()
    this.field.value = recall(this.key) ?? ""
    this.element.classList.toggle("begun", this.field.value !== "")
  }

  get key() {
    return `tribune.note.${this.inbox.me}.${this.thread}`
  }

  known(thread, notes) {
    if (this.inbox.threads.head(this.thread) === this.inbox.threads.head(thread)) this.list.replaceChildren(...notes.map(note => this.note(note)))
  }

  note({ who, text, at, mentions }) {
    const { times } = this.inbox
    return el(
      "li",
      { class: "note" },
      el("p", { class: "by" }, el("strong", { dir: "auto" }, safe(who)), el("time", { datetime: at, title: times.full(at) }, times.ago(at))),
      el("div", { class: "text", dir: "auto" }, safe(text, mentions.map(name => `@${name}`))),
    )
  }

  write() {
    if (!this.thread) return
    this.element.classList.add("begun")
    this.field.focus()
  }

  typed() {
    if (this.field.value) remember(this.key, this.field.value)
    else forget(this.key)
  }

  key(event) {
    if (event.key === "Escape") this.inbox.$(".detail").focus()
    else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.submit(event)
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  async submit(event) {
    event.preventDefault()
    const { inbox, thread, field, key } = this
    const text = field.value.trim()
    if (!text || this.save.disabled) return
    const { me, texts, triage } = inbox
    const now = this.note({ who: me, text, at: new Date().toISOString(), mentions: [] })
    now.classList.add("saving")
    this.list.append(now)
    this.save.disabled = true
    try {
      const made = await triage.track(inbox.api.post(`threads/${thread}/notes`, { text }))
      // What was written meanwhile stays.
      if (recall(key)?.trim() === text) forget(key)
      if (this.thread === thread && field.value.trim() === text) field.value = ""
      inbox.threads.learn(made.state)
      now.replaceWith(this.note(made))
      triage.did(made.mentions.length ? fill(texts.did_mention, { who: made.mentions.join(", ") }) : texts.did_note, made.deed, `thread/${thread}`)
    } catch (problem) {
      now.remove()
      inbox.say(fill(texts.note_not_kept, { why: problem.message }), true)
    } finally {
      this.save.disabled = false
    }
  }
}
