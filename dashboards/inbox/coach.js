// The coaches: what a draft still lacks, and whether its apology is one. Each point leads to the words that show it.

import { button, el, fill } from "./dom.js"

const NARROW = "(max-width: 760px)"

export class Coach {
  constructor(desk) {
    this.desk = desk
    this.points = el("div", { class: "points" })
    this.sum = el("span", { class: "sum" })
    this.head = el("button", { type: "button", class: "quiet", onclick: () => this.fold(!this.points.hidden) }, desk.texts.coach, this.sum)
    this.box = el("div", { class: "coach" }, this.head, this.points)
    this.fold(matchMedia(NARROW).matches)
  }

  fold(away) {
    this.points.hidden = away
    this.head.setAttribute("aria-expanded", String(!away))
    this.look(this.desk.draft.text)
  }

  // Say what a text lacks; nothing is asked for one that is empty, or looked at already.
  async look(text) {
    if (this.points.hidden || text === this.seen) return
    this.seen = text
    if (!text.trim()) return this.clear()
    const { api, comment, texts } = this.desk
    try {
      const found = await api.post(`comments/${comment.id}/coach?language=${texts.locale}`, { text })
      if (text === this.desk.draft.text) this.show(found, text)
    } catch (problem) {
      this.seen = null
      this.points.replaceChildren(el("p", { class: "why-not" }, problem.message))
    }
  }

  clear() {
    this.sum.textContent = ""
    this.points.replaceChildren(el("p", { class: "origin" }, this.desk.texts.coach_empty))
  }

  show({ advice, apology, score }, text) {
    const { texts, comment, inbox } = this.desk
    const count = list => ({ n: list.filter(one => one.met).length, of: list.length })
    const sorry = score > 0 || comment.sentiment === "negative" || comment.intent === "complaint"
    this.sum.textContent = ` · ${fill(texts.met_of, count(advice))}`
    this.points.replaceChildren(
      ...[
        this.list(texts.writing, advice, text),
        sorry && el("h4", {}, `${texts.apology} ${fill(texts.met_of, count(apology))} · ${inbox.times.percent(score)}`),
        sorry && this.list(texts.apology, apology, text),
      ].filter(Boolean),
    )
  }

  // What is missing comes first.
  list(label, points, text) {
    const sorted = [...points].sort((a, b) => a.met - b.met)
    return el("ul", { "aria-label": label }, ...sorted.map(one => this.point(one, text)))
  }

  point(one, text) {
    const { texts } = this.desk
    // The spans of questions stand in the customer's words.
    const spans = one.code === "questions" ? [] : [...(one.spoilers ?? []), ...one.spans]
    const places = spans.slice(0, 4).map(([from, to]) => this.place(text, from, to))
    return el("li", { class: one.met ? "met" : "missing" }, el("span", { class: "mark", role: "img", "aria-label": one.met ? texts.met : texts.lacking }, one.met ? "✓" : "○"), el("span", {}, one.words, " ", ...places))
  }

  place(text, from, to) {
    const [start, end] = [unit(text, from), unit(text, to)]
    const words = text.slice(start, end).replace(/\s+/g, " ")
    return button(words.length > 40 ? `${words.slice(0, 39)}…` : words, () => this.mark(text, start, end), { class: "quote", title: this.desk.texts.show_words })
  }

  mark(text, start, end) {
    const { field } = this.desk.writing
    field.focus()
    if (field.value === text) field.setSelectionRange(start, end)
  }
}

// Python counts characters, the browser halves of some of them.
function unit(text, characters) {
  let at = 0
  for (let n = 0; n < characters && at < text.length; n++) at += text.codePointAt(at) > 0xffff ? 2 : 1
  return at
}
