// A clock inside the page: from the key or click, as the browser stamps it, to the frame in which what it asks for is painted.

window.bench = new (class {
  constructor() {
    const begin = event => event.isTrusted && (this.began ??= event.timeStamp)
    for (const kind of ["keydown", "click"]) addEventListener(kind, begin, { capture: true })
    const ask = window.fetch
    window.fetch = async (path, options = {}) => {
      const answer = await ask(path, options)
      if (this.began && (options.method ?? "GET") !== "GET" && !String(path).includes("presence")) {
        this.durable ??= performance.now() - this.began
        this.refused ||= !answer.ok
      }
      return answer
    }
  }

  // The inbox draws in a shadow root of its own.
  get root() {
    if (!this.host?.isConnected) this.host = [...document.querySelectorAll("*")].find(one => one.shadowRoot?.querySelector(".inbox"))
    return this.host?.shadowRoot
  }

  $(query) {
    return this.root?.querySelector(query)
  }

  all(query) {
    return [...(this.root?.querySelectorAll(query) ?? [])]
  }

  get selected() {
    return this.$(".row[aria-selected=true]")?.dataset.id
  }

  get place() {
    return this.all(".row").findIndex(row => row.ariaSelected === "true")
  }

  // What is listed is marked, so that it is known when other rows have taken its place.
  mark() {
    this.all(".row").forEach(row => (row.dataset.old = "1"))
  }

  get renewed() {
    return !this.$(".row[data-old]") && this.all(".row, .empty:not([hidden])").length > 0
  }

  // Get ready to time one thing: `done` says of a frame whether it shows what was asked for.
  arm(done, limit) {
    this.began = this.durable = this.refused = undefined
    this.painted = this.when(() => this.began !== undefined && done(), limit).then(at => at && at - this.began)
  }

  // Answer with the moment the first frame that fits was painted, null once the time is up.
  when(done, limit) {
    const end = performance.now() + limit
    return new Promise(tell => {
      const { port1, port2 } = new MessageChannel()
      port1.onmessage = () => tell(performance.now())
      const look = () => {
        // A task posted from a frame's callback runs once the frame is painted.
        if (done()) port2.postMessage(0)
        else if (performance.now() > end) tell(null)
        else requestAnimationFrame(look)
      }
      requestAnimationFrame(look)
    })
  }

  async saved(limit) {
    const end = performance.now() + limit
    while (this.durable === undefined && performance.now() < end) await new Promise(next => setTimeout(next, 2))
    return this.refused ? null : (this.durable ?? null)
  }
})()
