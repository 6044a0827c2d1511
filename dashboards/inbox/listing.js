// What is listed: newest first, or the queue; page after page, and kept as others change it.

import { fill } from "./dom.js"
import { empty, orders } from "./frame.js"
import { row, paintState } from "./list.js"

const PAGE = 50
const MOST_ROWS = 1000
const MOST_ANEW = 200
const PAINTED = 100 // ms a list has to be painted in; to count it takes every core of the server, which may be this machine
const TICK = 30_000 // ms until "due in 40 min" is told anew

export class Listing {
  constructor(inbox) {
    this.inbox = inbox
    this.rows = []
    this.ticking = setInterval(() => this.rows.some(one => one.waits) && this.rows.forEach(one => this.state(one)), TICK)
  }

  end() {
    clearInterval(this.ticking)
  }

  get order() {
    return new URL(location.href).searchParams.get("order") === "queue" ? "queue" : "newest"
  }

  row(id) {
    return this.rows.find(one => one.id === id)
  }

  option(id) {
    return this.inbox.$(`#row-${id}`)
  }

  // What was listed stays in sight until the answer is there.
  async begin() {
    const { inbox, order } = this
    const { rev } = inbox
    this.next = null
    this.drawn = order
    let problem
    const found = await this.asked().catch(error => (problem = error) && null)
    if (rev !== inbox.rev || order !== this.order) return
    if (problem?.status === 0) throw problem
    this.rows = []
    inbox.$(".rows").replaceChildren()
    inbox.$(".newer").hidden = inbox.$(".more").hidden = true
    if (problem) throw problem
    this.add(found)
    inbox.$(".scroll").scrollTop = 0
  }

  async turn(order) {
    const url = new URL(location.href)
    if (order === "queue") url.searchParams.set("order", order)
    else url.searchParams.delete("order")
    history.replaceState(history.state, "", url)
    this.inbox.bulk.clear()
    this.inbox.$(".orders").replaceChildren(...orders(this.inbox))
    await this.again()
  }

  // The address may have got another order from elsewhere, such as from a view.
  follow() {
    if (this.drawn !== this.order) this.turn(this.order)
  }

  // `states`: of the threads that somebody touched.
  add({ comments, next, states }) {
    states.forEach(state => this.inbox.threads.learn(state))
    const known = new Set(this.rows.map(one => one.id))
    const fresh = comments.filter(one => !known.has(one.id))
    this.next = next
    this.rows.push(...fresh)
    this.inbox.$(".rows").append(...fresh.map(one => row(one, this.inbox)))
    this.inbox.$(".more").hidden = !this.next || this.rows.length >= MOST_ROWS
  }

  async asked(limit = PAGE, from = null) {
    const { api, query } = this.inbox
    const joined = (name, place) => [query, `limit=${limit}`, place && `${name}=${place}`].filter(Boolean).join("&")
    if (this.order !== "queue") return api.get(`comments?${joined("before", from)}`)
    const found = await api.get(`queue?${joined("after", from)}`)
    const asked = Date.now()
    const comments = found.threads.map(one => ({ ...one.comment, waits: { why: one.why, due_at: one.due_at, asked } }))
    return { comments, next: found.next, states: found.threads.map(one => one.state) }
  }

  async more() {
    const { rev } = this.inbox
    if (!this.next || this.loading) return
    this.loading = true
    const from = this.next
    try {
      const found = await this.asked(PAGE, from)
      if (rev === this.inbox.rev && from === this.next) this.add(found)
    } catch (problem) {
      this.inbox.say(problem.message, true)
    } finally {
      this.loading = false
    }
  }

  // Read the list anew; what is selected stays selected.
  async again() {
    const { inbox, order } = this
    const { rev } = inbox
    try {
      const found = await this.asked(Math.min(MOST_ANEW, Math.max(PAGE, this.rows.length)))
      if (rev !== inbox.rev || order !== this.order) return
      this.drawn = this.order
      this.rows = []
      inbox.$(".rows").replaceChildren()
      inbox.$(".newer").hidden = true
      this.add(found)
      inbox.marked()
      inbox.bulk.keep(this.rows)
      empty(inbox)
      await this.count()
    } catch (problem) {
      inbox.say(problem.message, true)
    }
  }

  // Something was pulled: say so where the list would begin with another one.
  async newer() {
    const { inbox } = this
    const found = await this.asked(1)
    inbox.$(".newer").hidden = !found.comments.length || this.row(found.comments[0].id) !== undefined
  }

  async count() {
    const { inbox } = this
    const { rev, texts, times } = inbox
    const say = (forms, n, more = "") => fill(forms[times.many(n) ? 1 : 0], { n: times.number(n) + more })
    const box = inbox.$(".count")
    if (this.order === "queue") return (box.textContent = say(texts.n_waiting, this.rows.length, this.next ? "+" : ""))
    await new Promise(done => setTimeout(done, PAINTED))
    if (rev !== inbox.rev) return
    try {
      const { comments, people } = await inbox.api.get(`comments/count?${inbox.query}`)
      if (rev === inbox.rev && this.order !== "queue") box.textContent = `${say(texts.n_comments, comments)} · ${say(texts.n_people, people)}`
    } catch (problem) {
      if (rev === inbox.rev) box.textContent = problem.message
    }
  }

  // Paint one comment's row anew, in its place.
  paint(comment) {
    const old = this.option(comment.id)
    if (!old) return
    const fresh = row(comment, this.inbox)
    fresh.setAttribute("aria-selected", old.getAttribute("aria-selected"))
    old.replaceWith(fresh)
  }

  state(comment) {
    const old = this.option(comment.id)
    if (old) paintState(old, comment, this.inbox)
  }
}
