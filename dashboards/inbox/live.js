// What others do meanwhile: changes and who looks on, by one long question to the API at a time, and whether it answers at all.

const WAIT = 5 // seconds the API keeps a question open
const SAY = 4000 // ms between two words that one is still here
const TYPED = 3000 // ms after a key for which one counts as writing
const AGAIN = 1000 // ms until an API that did not answer is asked again
const MANY = 100 // changes after which the list is read anew

export class Live {
  constructor(inbox) {
    this.inbox = inbox
    this.after = null
    this.others = []
    this.onsight = () => this.look()
    this.onoffline = () => this.lost()
    document.addEventListener("visibilitychange", this.onsight)
    window.addEventListener("offline", this.onoffline)
    window.addEventListener("online", this.onsight)
    this.saying = setInterval(() => this.say(), SAY)
  }

  end() {
    document.removeEventListener("visibilitychange", this.onsight)
    window.removeEventListener("offline", this.onoffline)
    window.removeEventListener("online", this.onsight)
    clearInterval(this.saying)
    clearTimeout(this.retrying)
    this.ended = true
    this.asking?.abort()
    this.leave()
  }

  // Ask anew, about the thread that is looked at now. A hidden page asks nothing: browsers open six connections at most.
  look() {
    clearTimeout(this.retrying)
    this.asking?.abort()
    if (this.ended || document.hidden) return
    this.asking = new AbortController()
    this.follow(this.asking.signal)
  }

  watch(thread) {
    if (thread === this.thread) return
    this.leave()
    this.thread = thread
    this.others = []
    this.typedAt = null
    this.say()
    this.look()
  }

  // To look at another thread keeps the claim on this one; to close the page does not.
  leave() {
    if (this.thread) this.inbox.api.delete(`threads/${this.thread}/presence?keep=true`).catch(() => {})
  }

  async follow(signal) {
    try {
      while (!signal.aborted) {
        const { thread } = this
        const about = thread ? `&thread=${thread}` : ""
        const after = this.after == null ? "" : `&after=${this.after}&wait=${WAIT}`
        const found = await this.inbox.api.get(`changes?${(about + after).slice(1)}`, signal)
        if (signal.aborted) return
        this.back()
        this.after = found.next
        if (thread === this.thread) this.seen(found.others ?? [])
        if (found.changes.length >= MANY) await this.inbox.opened.anew()
        else await this.changed(found.changes)
      }
    } catch (problem) {
      if (problem.name === "AbortError" || signal.aborted) return
      if (problem.status === 0) this.lost()
      this.retrying = setTimeout(() => this.look(), AGAIN)
    }
  }

  seen(others) {
    if (JSON.stringify(others) === JSON.stringify(this.others)) return
    this.others = others
    this.inbox.paintHead()
  }

  // Each change names what it was about; what is not loaded here needs no look.
  async changed(changes) {
    const { inbox } = this
    const subjects = new Set(changes.map(change => change.subject))
    changes.filter(change => change.action === "wake").forEach(change => inbox.woken.add(change.subject.slice(7)))
    const named = kind => [...subjects].filter(one => one.startsWith(`${kind}/`)).map(one => one.slice(kind.length + 1))
    const looks = named("thread").filter(thread => inbox.has(thread) && !inbox.threads.busy(thread)).map(thread => inbox.opened.lookAt(thread))
    const comments = named("comment").map(Number)
    inbox.replied?.(named("reply"))
    if (subjects.has("bulk")) comments.push(...inbox.list.rows.map(row => row.id), inbox.shown?.id)
    if (named("tagger").length) comments.push(...inbox.list.rows.filter(row => !row.language).map(row => row.id))
    if (comments.length) looks.push(inbox.opened.refresh(comments))
    if (named("source").length) looks.push(inbox.list.newer(), inbox.shown && inbox.opened.again(inbox.shown.id))
    await Promise.allSettled(looks)
  }

  typed() {
    const begins = !this.typing()
    this.typedAt = Date.now()
    if (begins) this.say()
  }

  typing() {
    return this.typedAt != null && Date.now() - this.typedAt < TYPED
  }

  say() {
    if (!this.thread || document.hidden || this.inbox.offline) return
    this.inbox.api.post(`threads/${this.thread}/presence`, { typing: this.typing() }).catch(() => {})
  }

  lost() {
    this.inbox.offlineSince(true)
  }

  back() {
    if (!this.inbox.offline) return
    this.inbox.offlineSince(false)
    this.inbox.list.again()
  }
}
