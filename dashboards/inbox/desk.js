// Where one comment is answered: the draft, what the API says of it, and what a person can do with it.

import { Draft, writable } from "./draft.js"
import { Writing } from "./writing.js"

const AGAIN = 10_000 // ms between looks where nobody tells of a change
const CHECK = 400 // ms without a keystroke until the channel and the coach are asked about a text
const LEFT = ["queued", "sending", "sent"]

export class Desk {
  constructor(inbox, comment) {
    Object.assign(this, { inbox, comment, api: inbox.api, texts: inbox.texts.reply })
    this.draft = new Draft(inbox.api, comment.id, inbox.me, () => this.paint())
    this.state = null // what the API's draft route gave last
    this.rules = null // what the channel asks
    this.told = [] // what stands in the way of this text
    this.begun = new Map() // new texts of replies that were sent, by marker, as far as they are written
    this.remarks = new Map() // what a reviewer wrote of another's text, by marker, and did not send yet: { why, lines }
    this.writing = new Writing(this)
  }

  get box() {
    return this.writing.box
  }

  get path() {
    return `comments/${this.comment.id}`
  }

  // Called at every paint of the comment.
  show(comment) {
    const before = this.comment.digest
    const anew = !this.shown || (comment.digest && comment.digest !== before)
    this.moved ||= Boolean(before && comment.digest && before !== comment.digest && this.draft.text)
    this.comment = comment
    this.shown = true
    if (anew) this.look()
    this.paint()
  }

  rest() {
    this.shown = false
    clearTimeout(this.looking)
  }

  focus() {
    this.another = true
    this.paint()
    this.writing.field.focus()
    this.box.scrollIntoView({ block: "nearest" })
  }

  paint() {
    this.writing?.paint()
  }

  // Ask how things stand, and again as long as this comment is shown.
  look(after = 0) {
    clearTimeout(this.looking)
    this.looking = setTimeout(async () => {
      if (!document.hidden) await this.ask()
      if (this.shown && this.box.isConnected) this.look(AGAIN)
    }, after)
  }

  // Replies changed, perhaps of other threads: those known here are looked at, and new ones where somebody else is here too.
  replied(markers) {
    const { row } = this.draft
    const own = row?.state === "draft" ? row.marker : null
    const known = new Set([...(this.state?.replies ?? []), ...(this.state?.others ?? [])].map(one => one.marker))
    const told = markers.filter(marker => marker !== own && (known.has(marker) || this.inbox.live.others.length))
    if (this.shown && told.length) this.look()
  }

  async ask() {
    try {
      this.took(await this.api.get(`${this.path}/draft`))
    } catch (problem) {
      this.unread = problem
      this.paint()
    }
  }

  took(state) {
    const first = !this.state
    this.state = state
    this.unread = null
    this.ahead = new Date(state.at) - Date.now()
    this.draft.take(state.draft)
    if (this.comment.digest && state.digest !== this.comment.digest) this.inbox.opened.fetch(this.comment.id)
    if (first || this.unchecked) this.check()
    this.paint()
  }

  typed(text, suggestion) {
    this.draft.write(text, suggestion)
    clearTimeout(this.checking)
    this.checking = setTimeout(() => this.check(), CHECK)
  }

  async check() {
    const { text } = this.draft
    this.writing.coach.look(text)
    try {
      const { rules, problems } = await this.api.post(`${this.path}/replies/check`, { text })
      this.unchecked = false
      if (text !== this.draft.text) return
      this.rules = rules
      this.told = problems.filter(one => one.kind !== "empty")
    } catch (problem) {
      this.unchecked = !problem.status // asked again once something answers
      // Offline is said once, where saving is. What was asked for first says more of a source that is gone.
      const said = { NotFound: this.texts.no_source, Invalid: this.texts.only_reads }
      if (problem.status) this.told = [{ why: said[problem.kind] ?? this.state?.obstacles[0] ?? problem.message }]
    }
    this.paint()
  }

  // What Ctrl+Enter does now: { label, act }, or nothing.
  main() {
    const { texts, state, draft } = this
    if (!state || draft.conflict || !draft.text.trim()) return null
    const stands = draft.kept ? draft.row.state : "draft"
    const sends = state.may.includes("send")
    if (stands === "in_review" && (state.needs || !sends)) return null
    if ((state.needs || !sends) && stands !== "approved") return { label: texts.ask, act: () => this.leave("ask") }
    return sends ? { label: texts.send, act: () => this.leave("send") } : null
  }

  // Save first; what then leaves is just that text, and a second press meets a version that has moved on.
  async leave(way) {
    await this.once(async () => {
      if (!(await this.draft.save())) return
      const { marker, version } = this.draft.row
      const seen = way === "send" ? { digest: this.comment.digest, aware_of: this.draft.aware } : {}
      this.went(await this.api.post(`replies/${marker}/${way}`, { version, ...seen }))
    })
  }

  went(row) {
    this.moved = this.another = false
    this.draft.became(row)
    this.put(row)
    // The keys of the list work again, and no further one changes what left.
    this.inbox.$(".detail").focus({ preventScroll: true })
    if (row.state === "in_review") return this.inbox.say(this.texts.asked)
    this.box.scrollIntoView({ block: "nearest" })
  }

  // A reply changed here: show it at once.
  put(row) {
    this.state.replies = [row, ...this.state.replies.filter(one => one.marker !== row.marker)]
    this.paint()
  }

  // One deed at a time: what the API refuses is shown, and how things stand is asked anew.
  async once(deed, said = {}) {
    if (this.busy) return null
    this.busy = true
    this.paint()
    try {
      return await deed()
    } catch (problem) {
      this.refused(problem, said[problem.status])
      return null
    } finally {
      this.busy = false
      this.paint()
      this.look()
    }
  }

  // `said`: what the refusal means, where the deed knows.
  refused(problem, said) {
    const current = problem.status === 409 ? problem.current : null
    if (current?.others?.length) return this.draft.failed(problem, this.draft.text)
    // The answer to the first press was lost: it did leave.
    if (current && current.marker === this.draft.row?.marker && LEFT.includes(current.state)) return this.went(current)
    this.inbox.say(current ? this.texts.moved_on : said ?? problem.message, true)
    if (current) this.inbox.opened.fetch(this.comment.id)
  }

  // Do something with a reply, and show what became of it.
  move(row, way, about = {}) {
    const early = way === "settle" && !about.arrived
    return this.once(
      async () => {
        const now = await this.api.post(`replies/${row.marker}/${way}`, { version: row.version, ...about })
        this.put(now)
        return now
      },
      early ? { 422: this.texts.too_early } : {},
    )
  }

  // Take back what has not left, and go on writing it.
  async undo(row) {
    const { draft } = this
    const now = await this.move(row, "withdraw")
    if (!now) return
    if (draft.row?.marker === row.marker) draft.became(now)
    // What was begun after it stays below it.
    draft.write([row.text, draft.text].filter(Boolean).join("\n\n"))
    this.focus()
  }

  // Saved first: so it is found again.
  async discard() {
    const { draft } = this
    if (!(await draft.save())) return
    const { row } = draft
    if (!writable(row)) return
    const now = await this.move(row, "withdraw")
    if (!now) return
    draft.became(now)
    this.inbox.say(this.texts.discarded)
  }

  // An answer on the phone or in the shop is recorded, not sent.
  async record(via) {
    const { text } = this.draft
    if (!text.trim()) return this.inbox.say(this.texts.no_text, true)
    // Named here: where the answer is lost and a person tries again, it is recorded once.
    if (this.recording?.text !== text || this.recording.via !== via) this.recording = { text, via, marker: marker() }
    const row = await this.once(() => this.api.post(`${this.path}/replies/elsewhere`, this.recording))
    if (!row) return
    await this.discard()
    this.put(row)
    return row
  }
}

const LETTERS = "abcdefghijklmnopqrstuvwxyz234567"

const marker = () => [...crypto.getRandomValues(new Uint8Array(26))].map(one => LETTERS[one % 32]).join("")
