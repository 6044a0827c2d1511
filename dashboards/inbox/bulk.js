// One deed for many: those selected one by one, or all of a filter; what changes is shown before it is done.

import { open } from "./choose.js"
import { button, el, fill } from "./dom.js"
import { line } from "./text.js"

export class Bulk {
  constructor(inbox) {
    this.inbox = inbox
    this.ids = new Set()
    this.whole = false
  }

  get size() {
    return this.whole ? Infinity : this.ids.size
  }

  toggle(id) {
    if (id == null) return
    this.whole = false
    if (!this.ids.delete(id)) this.ids.add(id)
    this.last = id
    this.paint([id])
  }

  // From the row that was selected last to this one.
  range(id) {
    const rows = this.inbox.list.rows.map(row => row.id)
    const [from, to] = [rows.indexOf(this.last ?? id), rows.indexOf(id)].sort((a, b) => a - b)
    if (from < 0) return this.toggle(id)
    const ids = rows.slice(from, to + 1)
    ids.forEach(one => this.ids.add(one))
    this.last = id
    this.paint(ids)
  }

  clear() {
    const ids = [...this.ids]
    this.ids.clear()
    this.whole = false
    this.paint(ids)
  }

  // Rows that are gone are selected no more.
  keep(rows) {
    const there = new Set(rows.map(row => row.id))
    this.ids.forEach(id => there.has(id) || this.ids.delete(id))
    this.paint([])
  }

  paint(ids) {
    const { inbox } = this
    for (const id of ids) inbox.list.option(id)?.setAttribute("aria-checked", String(this.ids.has(id)))
    const { texts, times } = inbox
    const strip = inbox.$(".chosen")
    strip.hidden = !this.size
    if (strip.hidden) return strip.replaceChildren()
    const all = !this.whole && inbox.list.order !== "queue" && inbox.query !== ""
    const count = this.whole ? texts.whole_filter : fill(texts.n_selected[times.many(this.ids.size) ? 1 : 0], { n: times.number(this.ids.size) })
    strip.replaceChildren(
      el("span", { role: "status" }, count),
      ...(all ? [button(texts.select_filter, () => this.all(), { class: "quiet" })] : []),
      button(texts.clear_selection, () => this.clear(), { class: "quiet" }),
    )
  }

  all() {
    this.whole = true
    this.paint([])
  }

  // `act`: move, snooze or assign, as in triage.js; `value`: what to.
  async ask(act, value) {
    const { inbox } = this
    const { texts } = inbox
    const [body, what, title = what] = deed(act, value, inbox)
    try {
      const seen = await this.post(body, true)
      const go = button(texts.do_it, () => {
        dialog.close()
        this.do({ ...body, expected: seen.threads }, what)
      }, { class: "primary", autofocus: true })
      if (!seen.threads) go.disabled = true
      const dialog = open(inbox, title, el("div", { class: "preview" }, ...this.preview(seen, body.action)), el("footer", {}, go, button(texts.cancel, () => dialog.close())))
    } catch (problem) {
      const unknown = problem.status === 404 && body.to
      inbox.say(unknown ? fill(texts.no_member, { who: body.to }) : fill(texts.not_saved, { why: problem.message }), true)
    }
  }

  preview(seen, action) {
    const { texts, times } = this.inbox
    const named = value => (action === "assign" ? (value ?? texts.nobody_assigned) : (texts.statuses[value] ?? value))
    const count = (forms, n) => fill(forms[times.many(n) ? 1 : 0], { n: times.number(n) })
    return [
      el("p", {}, el("strong", {}, count(texts.n_threads, seen.threads))),
      seen.held > 0 && el("p", { class: "held" }, count(texts.n_held, seen.held)),
      el("p", {}, texts.now_they_are, " ", seen.from.map(({ value, threads }) => `${named(value)}: ${times.number(threads)}`).join(" · ")),
      el("ul", {}, ...seen.examples.map(one => el("li", {}, el("strong", { dir: "auto" }, one.author ? line(one.author, 60) : texts.nobody), " ", el("span", { dir: "auto" }, line(one.text, 120))))),
    ].filter(Boolean)
  }

  async do(body, what) {
    const { inbox } = this
    const { texts, times } = inbox
    const ids = this.whole ? inbox.list.rows.map(row => row.id) : [...this.ids]
    try {
      const done = await inbox.triage.track(this.post(body))
      this.clear()
      inbox.triage.did(`${what}: ${fill(texts.n_threads[times.many(done.changed) ? 1 : 0], { n: times.number(done.changed) })}`, done.deed, "bulk")
      await inbox.opened.refresh(ids)
    } catch (problem) {
      inbox.say(problem.status === 409 ? texts.others_by_now : fill(texts.not_saved, { why: problem.message }), true)
    }
  }

  post(body, dry = false) {
    const query = this.whole ? `${this.inbox.query}&` : ""
    const ids = this.whole ? [] : [...this.ids]
    return this.inbox.api.post(`bulk?${query}dry_run=${dry}`, { ...body, ids })
  }
}

function deed(act, value, { texts, times }) {
  if (act === "assign") return [{ action: "assign", to: value }, value ? fill(texts.did_assign, { who: value }) : texts.did_unassign]
  if (act === "move") return [{ action: "status", status: value }, texts.statuses[value], fill(texts.use_mine, { status: texts.statuses[value] })]
  const said = value ? fill(texts.did_snooze, { when: times.moment(value) }) : texts.did_snooze_message
  return [{ action: "status", status: "snoozed", until: value?.toISOString() ?? null }, said]
}
