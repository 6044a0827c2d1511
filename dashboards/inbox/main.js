// The inbox: keeps what is loaded and selected, listens to keys and clicks, and lets the other modules draw.

import { Api } from "./api.js"
import { Bulk } from "./bulk.js"
import { Claims } from "./claims.js"
import { detail, paintHead } from "./detail.js"
import { button } from "./dom.js"
import { dress, empty, orders } from "./frame.js"
import { pressed } from "./keys.js"
import { Filters } from "./filters.js"
import { Listing } from "./listing.js"
import { Live } from "./live.js"
import { Notes } from "./notes.js"
import { Opened } from "./opened.js"
import { Threads } from "./threads.js"
import { times } from "./time.js"
import { topicNames } from "./topics.js"
import { Triage } from "./triage.js"

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
    this.path = location.pathname
    this.explained = new Map()
    this.woken = new Set()
    this.api = new Api(() => this.trigger("renew", Date.now()))
    this.threads = new Threads(this.api, state => this.stated(state))
    this.filters = new Filters(this)
    this.list = new Listing(this)
    this.opened = new Opened(this)
    this.bulk = new Bulk(this)
    this.triage = new Triage(this)
    this.notes = new Notes(this)
    this.claims = new Claims(this)
    this.live = new Live(this)
    this.listen()
  }

  listen() {
    this.$(".rows").addEventListener("click", event => this.clicked(event))
    this.$(".more").addEventListener("click", () => this.list.more())
    this.$(".newer").addEventListener("click", () => this.list.again())
    this.$(".detail").addEventListener("input", event => event.target.matches("textarea") && this.live.typed())
    this.onkey = event => pressed(this, event)
    this.onsize = () => this.fit()
    this.onback = () => this.followed()
    document.addEventListener("keydown", this.onkey)
    window.addEventListener("resize", this.onsize)
    window.addEventListener("popstate", this.onback)
  }

  end() {
    this.rev = NaN // what is answered from now on is nobody's
    document.removeEventListener("keydown", this.onkey)
    window.removeEventListener("resize", this.onsize)
    window.removeEventListener("popstate", this.onback)
    this.opened.end()
    this.list.end()
    this.claims.end()
    this.live.end()
  }

  $(query) {
    return this.root.querySelector(query)
  }

  may(permission) {
    return this.permissions.includes(permission)
  }

  // Take what the page gives: texts, token, and what one can filter by. What is listed is asked for, by the address.
  take({ data, setTriggerValue }) {
    this.trigger = setTriggerValue
    this.texts = data.texts
    this.me = data.me
    this.permissions = data.may
    this.pages = data.pages
    this.times = times(navigator.languages.find(l => l.startsWith(data.locale)) ?? data.locale)
    this.topics = topicNames(data.topics, data.texts.no_topic)
    this.choices = { statuses: data.statuses, languages: data.languages }
    this.api.use(data.token, data.texts)
    this.filters.use(data.fields)
    if (data.locale === this.locale) return this.followed(false)
    this.locale = data.locale
    dress(this)
    this.claims.begin()
    this.begin()
    this.live.look()
  }

  // The address is another one than what is listed: by Back, or from another page.
  followed(goes = true) {
    if (location.pathname !== this.path) return
    if (this.filters.moved) return this.begin()
    this.list.follow()
    if (!goes) return
    const named = new URL(location.href).searchParams.get("comment")
    this.opened.end() // else what rests would put itself into this address
    if (named) this.first(named)
    else this.close()
  }

  get query() {
    return this.filters.query
  }

  // List what the address asks for.
  async begin() {
    const rev = (this.rev = (this.rev ?? 0) + 1)
    const named = new URL(location.href).searchParams.get("comment")
    this.opened.end() // else what rests would put itself into the new address
    this.filters.read()
    this.bulk.whole = false
    this.selected = null
    const begun = this.list.begin().catch(problem => problem)
    this.filters.draw()
    this.$(".orders").replaceChildren(...orders(this))
    const problem = await begun
    if (rev !== this.rev) return
    this.fit()
    // Where nothing answered, or somebody writes by now, what is open stays open.
    const writes = this.root.activeElement?.matches(".detail textarea")
    if (problem?.status === 0 || writes) this.selected = this.shown?.id ?? null
    if (problem?.status === 0) {
      if (!this.list.rows.length) empty(this, problem)
      return this.live.lost()
    }
    this.bulk.keep(this.list.rows)
    empty(this, problem)
    if (problem) this.$(".count").textContent = problem.message
    else this.list.count()
    if (writes) return this.marked()
    const left = this.box.classList.contains("opened") && this.narrow && !named
    this.box.classList.remove("opened")
    if (left) this.$(".rows").focus({ preventScroll: true })
    this.first(named)
  }

  // Open what the address names, else on a wide screen the first.
  first(named) {
    const wanted = this.list.row(Number(named))
    if (wanted) this.select(wanted.id, { open: true, address: false })
    else if (/^\d{1,15}$/.test(named)) this.opened.fetch(Number(named), { open: true })
    else if (!this.narrow && this.list.rows.length) this.select(this.list.rows[0].id, { address: false })
    else this.show(null)
  }

  clicked(event) {
    const option = event.target.closest(".row")
    if (!option) return
    const id = Number(option.dataset.id)
    if (event.target.closest(".pick")) this.bulk.toggle(id)
    else if (event.shiftKey) this.bulk.range(id)
    else this.select(id, { open: true })
  }

  step(by) {
    const { rows } = this.list
    const at = rows.findIndex(one => one.id === this.selected)
    const to = Math.max(0, Math.min(rows.length - 1, at + by))
    if (rows[to]) this.select(rows[to].id)
    if (to > rows.length - 8) this.list.more()
  }

  // Select paints at once with what the list knows; the thread, the history and the tags' origins follow.
  select(id, { open = false, address = true } = {}) {
    const comment = this.list.row(id)
    if (!comment) return
    const opens = open && this.narrow && !this.box.classList.contains("opened")
    if (open) this.box.classList.add("opened")
    const same = id === this.selected
    this.selected = id
    if (same && !open) return this.marked()
    if (address && open) this.address(id, opens)
    this.show(this.opened.get(id) ?? comment)
    this.marked()
    if (open && this.narrow) this.$(".detail").focus()
    this.opened.rest(id, address)
  }

  // Mark the selected one in the list, where it is in there.
  marked() {
    const list = this.$(".rows")
    this.$(".row[aria-selected=true]")?.setAttribute("aria-selected", "false")
    const option = this.list.option(this.selected)
    if (!option) return list.removeAttribute("aria-activedescendant")
    option.setAttribute("aria-selected", "true")
    list.setAttribute("aria-activedescendant", option.id)
    option.scrollIntoView({ block: "nearest" })
  }

  has(thread) {
    const head = this.threads.head(thread)
    const here = one => one && this.threads.head(one.thread_id) === head
    return this.list.rows.some(here) || here(this.shown)
  }

  show(comment) {
    this.shown = comment
    detail(this, comment)
  }

  shownThread() {
    return this.shown && this.threads.head(this.shown.thread_id)
  }

  // A thread's state changed, here or elsewhere: paint what shows it.
  stated(state) {
    for (const one of this.list.rows) {
      if (this.threads.head(one.thread_id) !== state.thread) continue
      one.status = state.status
      this.list.state(one)
    }
    if (this.shownThread() === state.thread) this.paintHead()
  }

  paintHead() {
    if (this.shown) paintHead(this, this.shown)
  }

  // A comment's tags changed here: paint it in the list and in the detail. `tags` are the detail's own.
  changed(comment) {
    const known = this.list.row(comment.id)
    if (known) {
      const { language, sentiment, topics, intent, urgency, unsure } = comment
      this.list.paint(Object.assign(known, { language, sentiment, topics, intent, urgency, unsure }))
    }
    if (comment.state) this.opened.keep(comment)
    if (this.shown?.id === comment.id) this.show(comment)
  }

  // Do a deed of triage to the shown comment's thread, or to all that are selected.
  does(deed, value) {
    if (this.bulk.size) return this.bulk.ask(deed, value)
    if (this.shown) return this.triage[deed](this.shown, value)
  }

  // In the queue, the next that waits follows on what is resolved; where that could not be saved, it comes back.
  async resolve() {
    const { rows, order } = this.list
    const resolved = this.does("move", "resolved")
    if (this.bulk.size || order !== "queue" || !this.shown) return
    const from = this.selected
    const waits = ({ thread_id, status }) => ["new", "open"].includes(this.threads.of(thread_id)?.status ?? status)
    const next = rows.slice(rows.findIndex(one => one.id === from) + 1).find(waits)
    if (!next) return
    this.select(next.id)
    if (!(await resolved) && this.selected === next.id) this.select(from)
  }

  // Select what was undone, where it is listed and not shown.
  backTo(subject) {
    const [kind, id] = subject.split("/")
    if (kind === "thread" && this.shownThread() === this.threads.head(id)) return
    const row = this.list.rows.find(one => (kind === "thread" ? this.threads.head(one.thread_id) === this.threads.head(id) : kind === "comment" && String(one.id) === id))
    if (row) this.select(row.id)
  }

  chosen() {
    return this.list.rows.filter(row => this.bulk.ids.has(row.id))
  }

  back() {
    this.opened.end()
    if (this.narrow && history.state?.opened) return history.back()
    this.address(null)
    this.close()
  }

  close() {
    this.box.classList.remove("opened")
    if (!this.narrow && this.shown && !this.shown.thread_comments) this.opened.rest(this.shown.id, false)
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

  // `back`: what the button beside it does, by default to undo.
  say(text, wrong = false, back = null, name = this.texts.undo_last) {
    const said = this.$(".said")
    said.replaceChildren(text, ...(back ? [button(name, back)] : []))
    said.classList.toggle("wrong", wrong)
    clearTimeout(this.hush)
    this.hush = setTimeout(() => said.replaceChildren(), wrong || back ? 8000 : 3000)
  }

  offlineSince(now) {
    this.offline = now
    this.$(".offline").hidden = !now
  }

  enter() {
    this.select(this.selected, { open: true })
    this.$(".detail").focus()
  }

  // On a wide screen list and detail fill what is left of the window, and scroll each by itself.
  fit() {
    const scrolled = document.querySelector("[data-testid=stMain]")?.scrollTop ?? 0
    const { top: edge, width } = this.box.getBoundingClientRect()
    const top = edge + scrolled
    this.narrow = width < 720 // kept: to ask at every step would lay the page out once more
    this.box.style.setProperty("--top", `${Math.max(0, Math.round(top))}px`)
  }
}
