// Ask the API. Its errors are problem+json and are thrown as Problem.

export class Problem extends Error {
  // `type` ends in the error's name in curation.errors.
  constructor({ status = 0, title = "", detail = "", type = "", current = null }) {
    super(detail || title)
    Object.assign(this, { status, title, current, kind: type.split("/").at(-1) })
  }
}

export class Api {
  // `renew` asks the page for a new token; the page answers by calling `use`.
  constructor(renew) {
    this.renew = renew
    this.token = ""
    this.waiting = []
  }

  use(token, texts) {
    this.texts = texts
    this.token = token
    this.waiting.splice(0).forEach(go => go())
  }

  get(path, signal) {
    return this.ask(path, { signal })
  }

  post(path, body) {
    return this.ask(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) })
  }

  delete(path) {
    return this.ask(path, { method: "DELETE" })
  }

  put(path, body) {
    return this.ask(path, { method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify(body) })
  }

  // The last word of a page that closes.
  last(path) {
    fetch(`/api/${path}`, { method: "DELETE", keepalive: true, headers: { authorization: `Bearer ${this.token}` } }).catch(() => {})
  }

  async ask(path, options, again = true) {
    const headers = { ...options.headers, authorization: `Bearer ${this.token}` }
    const lost = error => {
      if (error.name === "AbortError") throw error
      throw new Problem({ detail: this.texts.offline })
    }
    const answer = await fetch(`/api/${path}`, { ...options, headers }).catch(lost)
    if (answer.status === 401 && again && (await this.renewed())) return this.ask(path, options, false)
    if (answer.ok) return answer.json().catch(lost)
    const about = await answer.json().catch(() => ({ title: answer.statusText }))
    const detail = this.texts.problems[answer.status] ?? about.detail
    throw new Problem({ ...about, detail, status: answer.status })
  }

  renewed() {
    return new Promise(done => {
      this.waiting.push(() => done(true))
      setTimeout(() => done(false), 5000)
      this.renew()
    })
  }
}
