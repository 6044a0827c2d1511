// A draft that is never lost: kept on this device at every keystroke, and by the server half a second after the last one.

import { forget, recall, remember } from "./memory.js"

const PAUSE = 500 // ms without a keystroke
const AGAIN = [2000, 5000, 15000, 30000] // ms until a save is tried again that the server did not answer
const OPEN = ["draft", "in_review", "changes_requested", "approved"]

export const writable = row => OPEN.includes(row?.state)

// An answer that was asked for before the last save may come after it.
const newer = (row, known) => row && (!known || (row.marker === known.marker ? row.version > known.version : row.made_at > known.made_at))

export class Draft {
  // `tell` is called after every change of what a page shows.
  constructor(api, comment, who, tell) {
    Object.assign(this, { api, comment, who, tell })
    const left = JSON.parse(recall(this.key))
    this.text = left?.text ?? "" // until the server has answered, what this device has
    this.from = left?.version ?? 0
    this.suggestion = left?.suggestion
    this.row = null // as the server last gave it
    this.known = new Map() // replies of others that were shown: by marker their version
    this.conflict = null // { why, reply, others }
    this.problem = null
    this.tries = 0
  }

  get kept() {
    return this.text === (writable(this.row) ? this.row.text : "")
  }

  get version() {
    return writable(this.row) ? this.row.version : this.begun ? 0 : this.from
  }

  get aware() {
    return [...this.known].map(([marker, version]) => ({ marker, version }))
  }

  knows(others) {
    for (const { marker, version } of others) this.known.set(marker, Math.max(version, this.known.get(marker) ?? 0))
  }

  // Take what the server has. A text that is not saved yet stays as it is: saving it shows both.
  take(row) {
    if (this.saving || this.conflict) return
    if (!this.begun) return this.begin(row)
    if (!this.kept || !newer(row, this.row)) return
    this.row = row
    this.text = writable(row) ? row.text : ""
  }

  begin(row) {
    const { text, from } = this
    const server = writable(row) ? row.text : ""
    this.begun = true
    this.row = row
    if (!text || [server, row?.text].includes(text)) {
      this.text = server
      return this.forget()
    }
    if (writable(row) && from !== row.version) this.conflict = { why: "device", reply: row, others: [], mine: text }
    this.write(text)
  }

  write(text, suggestion = this.suggestion) {
    this.text = text
    this.suggestion = suggestion
    this.remember()
    clearTimeout(this.waiting)
    this.waiting = setTimeout(() => this.save(), PAUSE)
    this.tell()
  }

  // Begin to save, or go on; the answer is whether all is saved.
  save() {
    clearTimeout(this.waiting)
    this.saving ??= this.put().finally(() => {
      this.saving = null
      this.tell()
    })
    this.tell()
    return this.saving
  }

  async put() {
    while (!this.kept && !this.conflict) {
      const { text, suggestion } = this
      try {
        this.row = await this.api.put(`comments/${this.comment}/draft`, { text, version: this.version, aware_of: this.aware, suggestion })
        this.begun = true
        this.problem = null
        this.tries = 0
      } catch (problem) {
        this.failed(problem, text)
        return false
      }
    }
    if (this.conflict) return false
    this.forget()
    return true
  }

  // Whether saving would be refused again: then a person has to act.
  get final() {
    return this.problem?.status >= 400 && this.problem.status < 500
  }

  failed(problem, mine) {
    if (problem.status === 409 && problem.current) {
      const { reply, others } = problem.current
      this.problem = null
      this.conflict = { why: problem.message, reply, others, mine }
      return
    }
    this.problem = problem
    if (this.final) return
    this.waiting = setTimeout(() => this.save(), AGAIN[Math.min(this.tries++, AGAIN.length - 1)])
  }

  // The person has seen both texts and goes on with `text`.
  settle(text) {
    const { reply, others } = this.conflict
    this.conflict = null
    this.begun = true
    if (reply !== undefined) this.row = reply
    this.knows(others)
    this.write(text)
    return this.save()
  }

  // It left, was put before reviewers, or was taken back. What was written meanwhile is not in it, and stays.
  became(row) {
    this.row = row
    if (!writable(row) && this.text === row.text) this.text = ""
    this.suggestion = null
    if (this.kept) this.forget()
    else this.remember()
    this.tell()
  }

  get key() {
    return `tribune.draft.${this.who}.${this.comment}`
  }

  remember() {
    const { text, version, suggestion } = this
    remember(this.key, JSON.stringify({ text, version, suggestion }))
  }

  forget() {
    forget(this.key)
  }
}
