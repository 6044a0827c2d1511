// What an answer can begin with: canned replies, the team's own past answers, a model's, one's own earlier texts. And answers given elsewhere.

import { button, el, fill } from "./dom.js"
import { safe } from "./text.js"

const SHORT = 400

export class Tray {
  constructor(desk) {
    this.desk = desk
    this.suggestions = null
    this.open = null
    this.content = el("div", { class: "tray", hidden: true })
    this.ask = button(desk.texts.ask_model, () => this.write(), { class: "ask" })
    this.model = el("div", { class: "model", "aria-live": "polite" })
    this.buttons = Object.fromEntries(
      ["canned", "suggested", "earlier", "elsewhere"].map(name => [name, button(desk.texts[name], () => this.toggle(name), { "aria-expanded": "false" })]),
    )
    this.box = el("div", { class: "beginnings" }, el("div", { class: "tool-row" }, ...Object.values(this.buttons)), this.content)
  }

  // Once somebody begins to write: what was answered before is looked for.
  async begin() {
    if (this.asked) return
    this.asked = true
    try {
      this.suggestions = await this.desk.api.get(`comments/${this.desk.comment.id}/suggestions`)
      const { texts } = this.desk
      this.buttons.suggested.textContent = fill(texts.n_suggested, { n: this.suggestions.length })
      if (this.open === "suggested") this.show("suggested")
    } catch {
      this.asked = false
    }
  }

  toggle(name) {
    this.show(this.open === name ? null : name)
  }

  async show(name) {
    this.open = name
    for (const [of, one] of Object.entries(this.buttons)) one.setAttribute("aria-expanded", String(of === name))
    this.content.hidden = !name
    if (!name) return
    this.content.replaceChildren(el("p", { class: "origin" }, this.desk.texts.fetching))
    let found
    try {
      found = await this[name]()
    } catch (problem) {
      found = [el("p", { class: "why-not" }, problem.message)]
    }
    if (this.open === name) this.content.replaceChildren(...found)
  }

  async canned() {
    const { api, comment, texts, inbox } = this.desk
    const all = await api.get("canned")
    const fits = one => one.language === comment.language && (!one.topic || comment.topics.some(topic => `${topic}.`.startsWith(`${one.topic}.`)))
    const sorted = [...all.filter(fits), ...all.filter(one => !fits(one))]
    if (!sorted.length) return [el("p", { class: "origin" }, texts.no_canned)]
    const about = one => [inbox.times.language(one.language), one.topic && inbox.topics.name?.(one.topic), fill(texts.uses, { n: one.uses })].filter(Boolean).join(" · ")
    return sorted.map(one => choice(one.key, about(one), one.text, () => this.fillIn(one)))
  }

  async fillIn(one) {
    const { api, comment, texts, inbox } = this.desk
    try {
      const { text, missing } = await api.post(`comments/${comment.id}/canned/${one.key}`, { language: one.language })
      this.desk.writing.insert(text)
      if (missing.length) inbox.say(fill(texts.missing, { names: missing.map(name => `{${name}}`).join(", ") }), true)
      this.show(null)
    } catch (problem) {
      inbox.say(problem.message, true)
    }
  }

  async suggested() {
    const { texts, inbox } = this.desk
    await this.begin()
    const model = this.desk.state?.model ? [this.model, this.ask] : []
    if (!this.suggestions?.length) return [el("p", { class: "origin" }, texts.no_suggested), ...model]
    const about = (one, at) => `${fill(texts.suggestion_key, { n: at + 1 })} · ${fill(texts.answered, { when: inbox.times.ago(one.at) })}`
    return [
      el("p", { class: "origin" }, texts.suggested_from),
      ...this.suggestions.map((one, at) => choice(about(one, at), one.asked, one.text, () => this.suggest(at + 1), "suggestion")),
      ...model,
    ]
  }

  // Only when a person asks: it costs money, and shows the comment to a server elsewhere.
  async write() {
    const { api, comment, texts, state } = this.desk
    if (this.writing) return
    this.busy(true)
    this.model.querySelector(".why-not")?.remove()
    try {
      const one = await api.post(`comments/${comment.id}/suggestions`)
      this.model.replaceChildren(choice(fill(texts.written_by, one), null, one.text, () => this.use(one), "suggestion", one.text.length))
    } catch (problem) {
      this.model.replaceChildren(el("p", { class: "why-not" }, fill(texts.model_problems[problem.status] ?? "{why}", { model: state.model, why: problem.message })))
    }
    this.busy(false)
  }

  // The button stays where the keyboard is.
  busy(writing) {
    this.writing = writing
    this.ask.setAttribute("aria-disabled", String(writing))
    this.ask.textContent = writing ? fill(this.desk.texts.model_writes, { model: this.desk.state.model }) : this.desk.texts.ask_model
  }

  // Insert the suggestion of this number; false where there is none.
  suggest(number) {
    const one = this.suggestions?.[number - 1]
    if (one) this.use(one)
    return Boolean(one)
  }

  use(one) {
    this.desk.writing.insert(one.text, { suggestion: one.text })
    this.desk.inbox.say(this.desk.texts.began_with)
    this.show(null)
  }

  async earlier() {
    const { api, comment, texts, inbox } = this.desk
    const all = await api.get(`comments/${comment.id}/draft/texts`)
    if (!all.length) return [el("p", { class: "origin" }, texts.no_earlier)]
    const about = one => [inbox.times.full(one.made_at), !one.marker && texts.put_aside].filter(Boolean).join(" · ")
    return all.map(one => choice(about(one), null, one.text, () => this.restore(one)))
  }

  // What stands there now is saved first: so it is found again.
  async restore(one) {
    if (!(await this.desk.draft.save())) return
    this.desk.writing.insert(one.text, { whole: true })
    this.show(null)
  }

  // For a channel that takes no answer, or when the customer rang up.
  elsewhere() {
    const { texts } = this.desk
    const via = el("input", { type: "text", maxlength: 60, "aria-label": texts.via, placeholder: texts.via })
    const record = async () => {
      if (!via.value.trim()) return via.focus()
      if (await this.desk.record(via.value.trim())) this.show(null)
    }
    return [el("p", { class: "origin" }, texts.elsewhere_how), via, button(texts.record, record)]
  }
}

function choice(title, about, text, onclick, kind = "", longest = SHORT) {
  const shown = text.length > longest ? `${text.slice(0, longest)}…` : text
  return el(
    "button",
    { type: "button", class: `choice ${kind}`, onclick },
    el("strong", { dir: "auto" }, safe(title)),
    about && el("span", { class: "origin", dir: "auto" }, safe(about.slice(0, 160))),
    el("span", { class: "text", dir: "auto" }, safe(shown)),
  )
}
