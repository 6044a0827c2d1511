// Claims of this page: renewed while somebody can see it, let go when it closes. A reload takes them again.

const EVERY = 60_000 // ms; a claim lasts for minutes
const KEPT = "tribune-claims"

export class Claims {
  constructor(inbox) {
    this.inbox = inbox
    this.mine = new Set()
    this.renewing = setInterval(() => this.renew(), EVERY)
    this.onleave = () => this.leave()
    this.onreturn = event => event.persisted && this.renew()
    this.onsight = () => this.again()
    window.addEventListener("pagehide", this.onleave)
    window.addEventListener("pageshow", this.onreturn)
    document.addEventListener("visibilitychange", this.onsight)
  }

  end() {
    clearInterval(this.renewing)
    window.removeEventListener("pagehide", this.onleave)
    window.removeEventListener("pageshow", this.onreturn)
    document.removeEventListener("visibilitychange", this.onsight)
  }

  // What a reload let go is taken again; sessionStorage ends with the tab.
  begin() {
    if (this.begun) return
    this.begun = true
    for (const thread of JSON.parse(sessionStorage.getItem(KEPT) ?? "[]")) this.mine.add(thread)
    this.renew()
  }

  took({ thread }) {
    this.mine.add(thread)
    this.keep()
  }

  gave(thread) {
    this.mine.delete(thread)
    this.keep()
  }

  keep() {
    sessionStorage.setItem(KEPT, JSON.stringify([...this.mine]))
  }

  // Back in sight: what ended meanwhile is not taken again unasked.
  async again() {
    if (document.hidden) return
    await Promise.allSettled([...this.mine].map(thread => this.inbox.threads.fetched(thread)))
    await this.renew()
  }

  async renew() {
    const { inbox } = this
    if (document.hidden) return
    for (const thread of this.mine) {
      const state = inbox.threads.of(thread)
      // Set aside, or given up in another tab: there is nothing to renew.
      if (state && state.claimed_by !== inbox.me) {
        this.gave(thread)
        continue
      }
      try {
        inbox.threads.learn(await inbox.api.post(`threads/${thread}/claim`, {}))
      } catch (problem) {
        if (problem.status === 0) return
        this.gave(thread)
        inbox.say(inbox.texts.claim_lost, true)
        if (problem.current?.thread) inbox.threads.learn(problem.current)
      }
    }
  }

  leave() {
    const { inbox } = this
    const left = new Set(this.mine)
    const { thread } = inbox.live
    if (thread && inbox.threads.of(thread)?.claimed_by !== inbox.me) left.add(inbox.threads.head(thread))
    for (const one of left) inbox.api.last(`threads/${one}/presence`)
  }
}
