// What a person does to threads. Each deed is painted at once, told with its way back, and taken back where saving fails.

import { fill } from "./dom.js"

const MOST_UNDONE = 200

export class Triage {
  constructor(inbox) {
    this.inbox = inbox
    this.deeds = []
    this.undone = []
    this.saving = new Set()
    this.turning = Promise.resolve()
  }

  get api() {
    return this.inbox.api
  }

  // What is being saved has no number yet: to undo waits for it, and what is done after an undo waits for that.
  track(saved) {
    this.saving.add(saved)
    return saved.finally(() => this.saving.delete(saved))
  }

  deed(...about) {
    return this.track(this.do(...about))
  }

  async do(comment, now, path, body, said) {
    const { inbox } = this
    const thread = inbox.threads.head(comment.thread_id)
    const seen = inbox.threads.of(thread) ? null : comment.status
    if (inbox.conflict?.thread === thread) inbox.conflict = null
    try {
      const state = await inbox.threads.save(
        thread,
        now,
        known => this.api.post(`threads/${thread}/${path}`, { ...body, version: known.version }),
        seen,
        this.turning,
      )
      this.did(said, state.deed, `thread/${thread}`)
      return state
    } catch (problem) {
      this.failed(problem, comment, () => this.deed(comment, now, path, body, said), now)
    }
  }

  // Tell what was done, and keep its number, by which it is undone. `subject`: what it was done to, as the API names it.
  did(said, deed, subject, what = said) {
    if (deed != null) this.deeds.push({ deed, subject, said: what })
    if (deed != null) this.undone = []
    if (this.deeds.length > MOST_UNDONE) this.deeds.shift()
    this.inbox.say(said, false, deed != null && (() => this.undo()))
  }

  failed(problem, comment, again, now = {}) {
    const { inbox } = this
    const { texts, times, me } = inbox
    const theirs = problem.status === 409 && problem.current?.thread ? problem.current : null
    if (problem.status === 404 && now.assignee) return inbox.say(fill(texts.no_member, { who: now.assignee }), true)
    if (!theirs) return inbox.say(fill(texts.not_saved, { why: problem.message }), true)
    // A claim, or a merge of a thread that somebody else has.
    const another = theirs.thread !== inbox.threads.head(comment.thread_id)
    if ((another || now.claimed_by === me) && theirs.claimed_by && theirs.claimed_by !== me)
      return inbox.say(fill(texts.held, { who: theirs.claimed_by, when: times.clock(theirs.claimed_until) }), true)
    inbox.conflict = { thread: theirs.thread, theirs, mine: now.status, again }
    inbox.paintHead()
    if (inbox.shownThread() !== theirs.thread) inbox.say(fill(texts.changed_meanwhile, { status: texts.statuses[theirs.status] }), true)
  }

  settle(again) {
    const { conflict } = this.inbox
    this.inbox.conflict = null
    this.inbox.paintHead()
    if (again) conflict.again()
  }

  claim(comment) {
    const { inbox } = this
    const state = inbox.threads.of(comment.thread_id)
    if (state?.claimed_by === inbox.me) return this.release(comment)
    const now = { claimed_by: inbox.me, ...((state?.status ?? comment.status) === "new" && { status: "open" }) }
    return this.deed(comment, now, "claim", {}, inbox.texts.did_claim).then(state => state && inbox.claims.took(state))
  }

  async release(comment) {
    const { inbox } = this
    const thread = inbox.threads.head(comment.thread_id)
    try {
      const now = { claimed_by: null, claimed_until: null }
      const state = await inbox.threads.save(thread, now, () => this.api.delete(`threads/${thread}/claim`), null, this.turning)
      inbox.claims.gave(thread)
      this.did(inbox.texts.did_release, state.deed, `thread/${thread}`)
    } catch (problem) {
      this.failed(problem, comment, () => this.release(comment))
    }
  }

  move(comment, status) {
    const { texts } = this.inbox
    const freed = ["new", "open"].includes(status) ? {} : { claimed_by: null, claimed_until: null }
    return this.deed(comment, { status, snoozed_until: null, ...freed }, "status", { status }, texts.statuses[status])
  }

  assign(comment, to) {
    const { texts } = this.inbox
    return this.deed(comment, { assignee: to }, "assign", { to }, to ? fill(texts.did_assign, { who: to }) : texts.did_unassign)
  }

  // `until`: a Date, or null for the next message.
  snooze(comment, until) {
    const { texts, times } = this.inbox
    const at = until?.toISOString() ?? null
    const now = { status: "snoozed", snoozed_until: at, claimed_by: null, claimed_until: null }
    const said = at ? fill(texts.did_snooze, { when: times.moment(at) }) : texts.did_snooze_message
    return this.deed(comment, now, "snooze", { until: at }, said)
  }

  async merge(comment, others) {
    const said = fill(this.inbox.texts.did_merge, { n: others.length })
    if (await this.deed(comment, {}, "merge", { others }, said)) await this.inbox.opened.again(comment.id)
  }

  async unmerge(comment, others) {
    const { inbox } = this
    const thread = inbox.threads.head(comment.thread_id)
    try {
      const state = await inbox.threads.save(thread, {}, () => this.api.post(`threads/${thread}/unmerge`, { others }), null, this.turning)
      this.did(inbox.texts.did_unmerge, state.deed, `thread/${thread}`)
      await Promise.all(others.map(other => inbox.threads.fetched(other)))
      await inbox.opened.again(inbox.selected)
    } catch (problem) {
      this.failed(problem, comment, () => this.unmerge(comment, others))
    }
  }

  undo() {
    return this.inTurn(() => this.undoLast())
  }

  redo() {
    return this.inTurn(() => this.redoLast())
  }

  inTurn(act) {
    const earlier = [...this.saving]
    this.turning = this.turning.then(() => Promise.allSettled(earlier)).then(act)
    return this.turning
  }

  // The newest deed of this page; after a reload, the newest of one's own that still holds.
  async undoLast() {
    const { inbox } = this
    try {
      const last = this.deeds.pop() ?? (await this.older())
      if (!last) return inbox.say(inbox.texts.nothing_to_undo)
      await this.turn(last, "undo", this.undone, this.deeds, inbox.texts.did_undo)
    } catch (problem) {
      inbox.say(fill(inbox.texts.not_saved, { why: problem.message }), true)
    }
  }

  async redoLast() {
    const { inbox } = this
    const last = this.undone.pop()
    if (!last) return inbox.say(inbox.texts.nothing_to_redo)
    await this.turn(last, "redo", this.deeds, this.undone, inbox.texts.did_redo)
  }

  async turn(last, way, kept, from, text) {
    const { inbox } = this
    try {
      await this.api.post(`deeds/${last.deed}/${way}`)
      kept.push(last)
      inbox.say(fill(text, { what: last.said }), false, way === "undo" && (() => this.redo()), inbox.texts.redo)
      inbox.backTo(last.subject)
      await this.look(last.subject).catch(() => {})
    } catch (problem) {
      if (problem.status === 0) from.push(last)
      const said = { 409: inbox.texts.newer_than_undo, 422: inbox.texts.turned_already }
      inbox.say(said[problem.status] ?? fill(inbox.texts.not_saved, { why: problem.message }), true)
    }
  }

  look(subject) {
    const { opened, list } = this.inbox
    const [kind, id] = subject.split("/")
    if (kind === "thread") return opened.lookAt(id)
    return opened.refresh(kind === "comment" ? [Number(id)] : list.rows.map(row => row.id))
  }

  async older() {
    const mine = await this.api.get("deeds?mine=true&limit=20")
    const found = mine.find(one => !one.undone_by)
    return found && { deed: found.id, subject: found.subject, said: this.inbox.texts.deeds[found.action] ?? found.action }
  }
}
