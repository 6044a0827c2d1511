// What needs the person who looks: a badge on every page, its list, and how to be told by mail.

import { Api } from "../inbox/api.js"
import { button, el, fill } from "../inbox/dom.js"
import { line } from "../inbox/text.js"
import { times } from "../inbox/time.js"
import { mail } from "./mail.js"

const EVERY = 10_000 // ms between two looks
const SHORT = 160 // characters of what was said
const WHERE = { review: "/replies?section=review", failed: "/replies?section=outbox", unknown: "/replies?section=outbox" }

const badges = new WeakMap()

export default function mount(component) {
  const root = component.parentElement
  if (!badges.has(root)) badges.set(root, new Needs(root))
  badges.get(root).take(component)
  return () => {
    badges.get(root)?.end()
    badges.delete(root)
  }
}

class Needs {
  constructor(root) {
    this.box = root.querySelector(".needs")
    this.badge = root.querySelector(".badge")
    this.list = root.querySelector(".list")
    this.rows = []
    this.api = new Api(() => this.trigger("renew", Date.now()))
    this.badge.addEventListener("click", () => (this.list.hidden ? this.open() : this.close()))
    this.box.addEventListener("keydown", event => event.key === "Escape" && this.close(true))
    this.onoutside = event => event.composedPath().includes(this.box) || this.close()
    this.onsight = () => this.look()
    document.addEventListener("click", this.onoutside)
    document.addEventListener("visibilitychange", this.onsight)
    this.timer = setInterval(this.onsight, EVERY)
  }

  end() {
    clearInterval(this.timer)
    document.removeEventListener("click", this.onoutside)
    document.removeEventListener("visibilitychange", this.onsight)
  }

  take({ data, setTriggerValue }) {
    this.trigger = setTriggerValue
    Object.assign(this, { texts: data.texts, language: data.language, languages: data.languages })
    this.times = times(navigator.languages.find(l => l.startsWith(data.language)) ?? data.language)
    this.api.use(data.token, data.texts)
    this.badge.querySelector(".label").textContent = data.texts.needs
    // It is there once it has a name; how many wait comes with the first list.
    if (this.box.hidden) this.badge.setAttribute("aria-label", data.texts.needs)
    this.box.hidden = false
    this.list.setAttribute("aria-label", data.texts.needs)
    this.look()
  }

  async look() {
    if (document.hidden) return
    try {
      this.rows = await this.api.get("notices")
    } catch {
      return // the frame says that the app does not answer
    }
    this.paint()
    if (!this.list.hidden) this.draw()
  }

  paint() {
    const { rows, texts, times } = this
    const fresh = rows.filter(row => !row.seen).length
    this.badge.querySelector(".count").textContent = times.number(rows.length)
    this.badge.classList.toggle("fresh", fresh > 0)
    const said = fresh ? `, ${fill(texts.new[times.many(fresh) ? 1 : 0], { n: times.number(fresh) })}` : ""
    this.badge.setAttribute("aria-label", `${texts.needs}: ${times.number(rows.length)}${said}`)
  }

  open() {
    this.list.hidden = false
    this.badge.setAttribute("aria-expanded", "true")
    this.draw(true)
    const keys = this.rows.filter(row => !row.seen).map(row => row.key)
    // Marked while it is open; what was unread stays bold until the list is drawn again.
    if (keys.length) this.api.post("notices/seen", keys).then(() => this.rows.forEach(row => (row.seen = true))).then(() => this.paint()).catch(() => {})
  }

  close(back = false) {
    if (this.list.hidden) return
    this.list.hidden = true
    this.badge.setAttribute("aria-expanded", "false")
    if (back) this.badge.focus()
  }

  // A list that did not change stays as it is, with its focus.
  draw(anew = false) {
    const drawn = this.rows.map(row => row.key).join(" ")
    if (!anew && drawn === this.drawn) return
    this.drawn = drawn
    const { texts } = this
    this.mail ??= mail(this)
    const inside = this.rows.length ? el("ul", {}, ...this.rows.map(row => this.row(row))) : el("p", { class: "hint" }, texts.nothing)
    const top = el("div", { class: "top" }, el("h2", {}, texts.needs), button(texts.close, () => this.close(true)))
    this.list.replaceChildren(top, inside, this.mail)
  }

  row(row) {
    const said = el("strong", {}, fill(this.texts.kinds[row.kind], { by: row.by ?? "" }))
    const quote = el("span", { class: "quote", dir: "auto" }, line(row.text, SHORT))
    const at = el("time", { datetime: row.at, title: this.times.full(row.at) }, this.times.ago(row.at))
    const href = WHERE[row.kind] ?? `/?comment=${row.comment}`
    const done = row.note != null && button(this.texts.done, () => this.done(row))
    return el("li", { class: row.seen ? null : "unread" }, el("a", { href }, said, quote, at), done)
  }

  async done(row) {
    await this.api.post("mentions/seen", [row.note]).catch(() => {})
    this.look()
  }
}
