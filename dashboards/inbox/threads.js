// What is known of threads: what the server said last, and over it what is being saved just now.

import { Problem } from "./api.js"

export class Threads {
  // `painted` is told every state that is to be shown.
  constructor(api, painted) {
    this.api = api
    this.painted = painted
    this.confirmed = new Map()
    this.heads = new Map()
    this.saving = new Map()
    this.waiting = new Map()
  }

  head(thread) {
    return this.heads.get(thread) ?? thread
  }

  // The state of a thread as it is to be shown, undefined where nobody has asked for it yet.
  of(thread) {
    const head = this.head(thread)
    const over = this.saving.get(head) ?? []
    const known = this.confirmed.get(head)
    return known || over.length ? Object.assign({}, known, ...over) : undefined
  }

  busy(thread) {
    return (this.saving.get(this.head(thread)) ?? []).length > 0
  }

  // An answer that was overtaken by a newer one is left aside.
  learn(state) {
    const known = this.confirmed.get(state.thread)
    if (known && known.version > state.version) return
    known?.merged.forEach(part => this.heads.delete(part))
    state.merged.forEach(part => this.heads.set(part, state.thread))
    this.heads.delete(state.thread)
    this.confirmed.set(state.thread, state)
    this.paint(state.thread)
  }

  paint(thread) {
    const state = this.of(thread)
    if (state) this.painted(state)
  }

  async fetched(thread) {
    const found = await this.api.get(`threads/${thread}`)
    if (found.state.thread !== thread) this.heads.set(thread, found.state.thread)
    this.learn(found.state)
    return found
  }

  // Paint `now` at once, save, and paint what the server says; where it refuses, what was before.
  // Deeds on one thread go one after the other, each based on the answer to the last. `seen`: the status that was seen
  // where no more was known. `after`: what has to be done first.
  save(thread, now, request, seen, after) {
    const head = this.head(thread)
    this.saving.set(head, [...(this.saving.get(head) ?? []), now])
    this.paint(head)
    const saved = Promise.all([this.waiting.get(head), after]).then(() => this.saved(head, now, request, seen))
    this.waiting.set(head, saved.catch(() => {}))
    return saved
  }

  async saved(head, now, request, seen) {
    try {
      const known = this.confirmed.get(head) ?? (await this.asked(head, seen))
      const state = await request(known)
      this.done(head, now)
      this.learn(state)
      return state
    } catch (problem) {
      this.done(head, now)
      // What a refusal carries is how it stands now.
      if (problem.current?.thread) this.learn(problem.current)
      else if (problem.status !== 0) await this.fetched(head).catch(() => {})
      throw problem
    } finally {
      this.paint(head)
    }
  }

  done(head, now) {
    this.saving.set(head, this.saving.get(head).filter(one => one !== now))
  }

  async asked(head, seen) {
    const { state } = await this.fetched(head)
    if (seen && seen !== state.status) throw new Problem({ status: 409, current: state })
    return state
  }
}
