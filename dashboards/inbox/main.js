// The inbox: keeps what is loaded and selected, listens to keys and clicks, and lets the other modules draw.

import { Api } from "./api.js"
import { detail } from "./detail.js"
import { button, el, fill } from "./dom.js"
import { row } from "./list.js"
import { times } from "./time.js"
import { topicNames } from "./topics.js"

const REST = 70 // ms a selection has to rest before its thread is fetched: holding j down asks nothing
const KEPT = 200
const MOST_ROWS = 1000

const inboxes = new WeakMap()

export default function mount(component) {
  const root = component.parentElement
  if (!inboxes.has(root)) inboxes.set(root, new Inbox(root))
  inboxes.get(root).take(component)
  return () => {
    inboxes.get(root)?.end()
    inboxes.delete(root)
  }
}

class Inbox {
  constructor(root) {
    this.root = root
    this.box = root.querySelector(".inbox")
    this.rows = []
    this.opened = new Map()
    this.explained = new Map()
    this.api = new Api(() => this.trigger("renew", Date.now()))
    this.$(".rows").addEventListener("click", event => this.clicked(event))
    this.$(".more").addEventListener("click", () => this.more())
    this.onkey = event => this.key(event)
    this.onsize = () => this.fit()
    this.onback = () => new URL(location.href).searchParams.has("comment") || this.close()
    document.addEventListener("keydown", this.onkey)
    window.addEventListener("resize", this.onsize)
    window.addEventListener("popstate", this.onback)
  }

  end() {
    document.removeEventListener("keydown", this.onkey)
    window.removeEventListener("resize", this.onsize)
    window.removeEventListener("popstate", this.onback)
    clearTimeout(this.resting)
    this.asking?.abort()
  }

  $(query) {
    return this.root.querySelector(query)
  }

  get narrow() {
    return this.box.clientWidth < 720
  }

  // Take what the page gives: texts and token always, a first page of comments where the filters changed.
  take({ data, setTriggerValue }) {
    this.trigger = setTriggerValue
    this.texts = data.texts
    this.times = times(navigator.languages.find(l => l.startsWith(data.locale)) ?? data.locale)
    this.topics = topicNames(data.topics, data.texts.no_topic)
    this.choices = { statuses: data.statuses, languages: data.languages }
    this.api.use(data.token, data.texts)
    if (data.rev === this.rev) return
    this.rev = data.rev
    this.query = data.query
    this.dress(data)
    const { comments, next } = JSON.parse(data.page)
    this.rows = []
    this.next = next
    this.$(".rows").replaceChildren()
    this.add(comments)
    this.empty(data)
    this.count()
    this.fit()
    const wanted = data.selected && comments.find(c => String(c.id) === data.selected)
    this.selected = null
    if (wanted) this.select(wanted.id, { open: true })
    else if (data.selected) this.fetched(Number(data.selected), { open: true })
    else if (!this.narrow && comments.length) this.select(comments[0].id, { address: false })
    else this.show(null)
  }

  dress(data) {
    const { texts } = this
    this.$(".rows").setAttribute("aria-label", texts.comments)
    this.$(".detail").setAttribute("aria-label", texts.comment)
    this.$(".keys").textContent = texts.keys
    this.$(".more").textContent = texts.more
    this.$(".count").textContent = ""
    this.$(".chips").replaceChildren(
      ...data.chips.map(([name, value, label]) =>
        button(el("span", { dir: "auto" }, label), () => this.trigger("drop", { name, value, at: Date.now() }), {
          class: "chip",
          "aria-label": fill(texts.drop, { filter: label }),
        }),
      ),
    )
  }

  empty(data) {
    const box = this.$(".empty")
    box.hidden = this.rows.length > 0
    box.replaceChildren(el("strong", {}, data.empty[0]), el("span", {}, data.empty[1]))
  }

  add(comments) {
    const known = new Set(this.rows.map(c => c.id))
    const fresh = comments.filter(c => !known.has(c.id))
    this.rows.push(...fresh)
    this.$(".rows").append(...fresh.map(comment => row(comment, this)))
    this.$(".more").hidden = !this.next || this.rows.length >= MOST_ROWS
  }

  async count() {
    const rev = this.rev
    try {
      const { comments, people } = await this.api.get(`comments/count?${this.query}`)
      if (rev !== this.rev) return
      const say = (forms, n) => fill(forms[this.times.many(n) ? 1 : 0], { n: this.times.number(n) })
      this.$(".count").textContent = `${say(this.texts.n_comments, comments)} · ${say(this.texts.n_people, people)}`
    } catch (problem) {
      this.$(".count").textContent = problem.message
    }
  }

  async more() {
    const rev = this.rev
    if (!this.next || this.loading) return
    this.loading = true
    try {
      const found = await this.api.get(`comments?${this.query}${this.query ? "&" : ""}limit=50&before=${this.next}`)
      if (rev !== this.rev) return
      this.next = found.next
      this.add(found.comments)
    } catch (problem) {
      this.say(problem.message, true)
    } finally {
      this.loading = false
    }
  }

  clicked(event) {
    const option = event.target.closest(".row")
    if (option) this.select(Number(option.dataset.id), { open: true })
  }

  step(by) {
    const at = this.rows.findIndex(c => c.id === this.selected)
    const to = Math.max(0, Math.min(this.rows.length - 1, at + by))
    if (this.rows[to]) this.select(this.rows[to].id)
    if (to > this.rows.length - 8) this.more()
  }

  // Select paints at once with what the list knows; the thread, the history and the tags' origins follow.
  select(id, { open = false, address = true } = {}) {
    const comment = this.rows.find(c => c.id === id)
    if (!comment) return
    const list = this.$(".rows")
    this.$(".row[aria-selected=true]")?.setAttribute("aria-selected", "false")
    const option = this.$(`#row-${id}`)
    option.setAttribute("aria-selected", "true")
    list.setAttribute("aria-activedescendant", option.id)
    option.scrollIntoView({ block: "nearest" })
    const opens = open && this.narrow && !this.box.classList.contains("opened")
    if (open) this.box.classList.add("opened")
    if (id === this.selected && !open) return
    this.selected = id
    if (address) this.address(id, opens)
    this.show(this.opened.get(id) ?? comment)
    if (open && this.narrow) this.$(".detail").focus()
    this.rest(id)
  }

  rest(id) {
    clearTimeout(this.resting)
    this.asking?.abort()
    this.resting = setTimeout(() => this.fetched(id), REST)
  }

  async fetched(id, { open = false } = {}) {
    this.asking = new AbortController()
    try {
      const comment = await this.api.get(`comments/${id}`, this.asking.signal)
      this.keep(comment)
      if (open) this.selected = id
      if (open) this.box.classList.add("opened")
      if (this.selected === id) this.show(comment)
    } catch (problem) {
      if (problem.name !== "AbortError") this.say(problem.message, true)
    }
  }

  keep(comment) {
    this.opened.delete(comment.id)
    this.opened.set(comment.id, comment)
    if (this.opened.size > KEPT) this.opened.delete(this.opened.keys().next().value)
  }

  show(comment) {
    this.shown = comment
    detail(this, comment)
  }

  // A comment changed here: paint it in the list and in the detail. `state` and `tags` are the detail's own.
  changed(comment) {
    const known = this.rows.find(c => c.id === comment.id)
    if (known) {
      const { language, sentiment, topics, status, intent, urgency, unsure } = comment
      Object.assign(known, { language, sentiment, topics, status, intent, urgency, unsure })
      const fresh = row(known, this)
      fresh.setAttribute("aria-selected", String(this.selected === known.id))
      this.$(`#row-${known.id}`).replaceWith(fresh)
    }
    this.keep(comment)
    if (this.selected === comment.id) this.show(comment)
  }

  back() {
    if (this.narrow && history.state?.opened) return history.back()
    this.address(null)
    this.close()
  }

  close() {
    this.box.classList.remove("opened")
    this.$(".rows").focus()
    this.$(".row[aria-selected=true]")?.scrollIntoView({ block: "nearest" })
  }

  // Reloading the page, or sharing its address, opens the same comment. On a phone, Back leads to the list.
  address(id, opens = false) {
    const url = new URL(location.href)
    if (id == null) url.searchParams.delete("comment")
    else url.searchParams.set("comment", id)
    if (opens) history.pushState({ ...history.state, opened: true }, "", url)
    else history.replaceState(history.state, "", url)
  }

  say(text, wrong = false) {
    const said = this.$(".said")
    said.textContent = text
    said.classList.toggle("wrong", wrong)
    clearTimeout(this.hush)
    this.hush = setTimeout(() => (said.textContent = ""), wrong ? 8000 : 3000)
  }

  key(event) {
    const on = event.composedPath()[0]
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return
    if (/^(input|textarea|select)$/i.test(on?.tagName) || on?.isContentEditable) return
    const inside = event.composedPath().includes(this.box)
    const onList = on === this.$(".rows") || on === document.body
    const acts = {
      j: () => this.step(1),
      k: () => this.step(-1),
      ArrowDown: onList && (() => this.step(1)),
      ArrowUp: onList && (() => this.step(-1)),
      Home: on === this.$(".rows") && (() => this.step(-Infinity)),
      End: on === this.$(".rows") && (() => this.step(Infinity)),
      Enter: onList && this.selected != null && (() => this.enter()),
      Escape: inside && (() => this.back()),
      "/": () => document.querySelector(".st-key-filter_q input")?.focus(),
      1: () => this.act?.sentiment("negative"),
      2: () => this.act?.sentiment("neutral"),
      3: () => this.act?.sentiment("positive"),
      y: this.shown?.tags?.length > 0 && !this.shown.confirmed && (() => this.act?.confirm(true)),
    }
    const act = acts[event.key]
    if (!act) return
    event.preventDefault()
    act()
  }

  enter() {
    this.select(this.selected, { open: true })
    this.$(".detail").focus()
  }

  // On a wide screen list and detail fill what is left of the window, and scroll each by itself.
  fit() {
    const scrolled = document.querySelector("[data-testid=stMain]")?.scrollTop ?? 0
    const top = this.box.getBoundingClientRect().top + scrolled
    this.box.style.setProperty("--top", `${Math.max(0, Math.round(top))}px`)
  }
}
