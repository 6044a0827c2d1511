// What an answer can begin with: canned replies, the team's own past answers, one's own earlier texts. And answers given elsewhere.

import { button, el, fill } from "./dom.js"
import { safe } from "./text.js"

const SHORT = 400

export class Tray {
  constructor(desk) {
    this.desk = desk
    this.suggestions = null
    this.open = null
    this.content = el("div", { class: "tray", hidden: true })
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
    if (!this.suggestions?.length) return [el("p", { class: "origin" }, texts.no_suggested)]
    const about = (one, at) => `${fill(texts.suggestion_key, { n: at + 1 })} · ${fill(texts.answered, { when: inbox.times.ago(one.at) })}`
    return [
      el("p", { class: "origin" }, texts.suggested_from),
      ...this.suggestions.map((one, at) => choice(about(one, at), one.asked, one.text, () => this.suggest(at + 1), "suggestion")),
    ]
  }

  // Insert the suggestion of this number; false where there is none.
  suggest(number) {
    const one = this.suggestions?.[number - 1]
    if (!one) return false
    this.desk.writing.insert(one.text, { suggestion: one.text })
    this.desk.inbox.say(this.desk.texts.began_with)
    this.show(null)
    return true
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

function choice(title, about, text, onclick, kind = "") {
  const shown = text.length > SHORT ? `${text.slice(0, SHORT)}…` : text
  return el(
    "button",
    { type: "button", class: `choice ${kind}`, onclick },
    el("strong", { dir: "auto" }, safe(title)),
    about && el("span", { class: "origin", dir: "auto" }, safe(about.slice(0, 160))),
    el("span", { class: "text", dir: "auto" }, safe(shown)),
  )
}
