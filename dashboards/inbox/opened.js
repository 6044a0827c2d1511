// Comments as they are when opened: with thread, history and the tags' origins. Fetched a moment after they are shown.

const REST = 70 // ms a selection has to rest before its thread is fetched: holding j down asks nothing
const KEPT = 200
const MOST_REFRESHED = 500

export class Opened {
  constructor(inbox) {
    this.inbox = inbox
    this.known = new Map()
  }

  end() {
    clearTimeout(this.resting)
    this.asking?.abort()
  }

  get(id) {
    return this.known.get(id)
  }

  keep(comment) {
    this.inbox.threads.learn(comment.state)
    this.known.delete(comment.id)
    this.known.set(comment.id, comment)
    if (this.known.size > KEPT) this.known.delete(this.known.keys().next().value)
  }

  // A browser takes a new address only so often: it gets that of what rests.
  rest(id, address) {
    this.end()
    this.resting = setTimeout(() => {
      if (address) this.inbox.address(id)
      this.fetch(id)
    }, REST)
  }

  async fetch(id, { open = false } = {}) {
    const { inbox } = this
    this.asking = new AbortController()
    try {
      const comment = await inbox.api.get(`comments/${id}`, this.asking.signal)
      this.keep(comment)
      if (open) inbox.selected = id
      if (open) inbox.box.classList.add("opened")
      if (inbox.selected !== id) return
      inbox.show(comment)
      inbox.live.watch(comment.thread_id)
      await this.lookAt(comment.thread_id)
    } catch (problem) {
      if (problem.name === "AbortError") return
      // That nothing answers is told once, for all that is asked meanwhile.
      if (problem.status === 0) inbox.live.lost()
      else inbox.say(problem.message, true)
    }
  }

  // Read one comment anew that is shown, or was.
  async again(id) {
    this.inbox.changed(await this.inbox.api.get(`comments/${id}`))
  }

  // Read a thread's state and notes anew; its messages too, where others were merged into it or taken out.
  async lookAt(thread) {
    const { threads, notes, shown } = this.inbox
    const before = threads.of(thread)?.merged ?? []
    const found = await threads.fetched(thread)
    const { state } = found
    notes.known(state.thread, found.notes)
    const apart = before.filter(part => !state.merged.includes(part))
    await Promise.all(apart.map(part => threads.fetched(part)))
    if (!shown?.state || ![state.thread, ...apart].includes(this.inbox.shownThread())) return
    if (String(shown.state.merged) !== String(state.merged)) await this.again(shown.id)
  }

  // After a night, or much else: nothing that was read before counts.
  async anew() {
    const { list, shown } = this.inbox
    this.known.clear()
    await list.again()
    if (shown) await this.refresh([shown.id])
  }

  // Read comments anew that others changed, as far as they are loaded.
  async refresh(ids) {
    const { list, shown, threads, api } = this.inbox
    const here = [...new Set(ids)].filter(id => list.row(id) || shown?.id === id).slice(0, MOST_REFRESHED)
    if (!here.length) return
    const sought = encodeURIComponent(here.map(id => `id:${id}`).join(" "))
    const { comments, states } = await api.get(`comments?deleted=true&limit=${here.length}&q=${sought}`)
    states.forEach(state => threads.learn(state))
    for (const comment of comments) {
      const row = list.row(comment.id)
      if (row) list.paint(Object.assign(row, comment))
      this.known.delete(comment.id)
    }
    if (!here.includes(shown?.id)) return
    await this.again(shown.id)
    await this.lookAt(shown.thread_id)
  }
}
