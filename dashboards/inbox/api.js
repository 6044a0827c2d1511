// Ask the API. Its errors are problem+json and are thrown as Problem.

export class Problem extends Error {
  constructor({ status = 0, title = "", detail = "", current = null }) {
    super(detail || title)
    Object.assign(this, { status, title, current })
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

  async ask(path, options, again = true) {
    const headers = { ...options.headers, authorization: `Bearer ${this.token}` }
    let answer
    try {
      answer = await fetch(`/api/${path}`, { ...options, headers })
    } catch (error) {
      if (error.name === "AbortError") throw error
      throw new Problem({ detail: this.texts.offline })
    }
    if (answer.status === 401 && again && (await this.renewed())) return this.ask(path, options, false)
    if (answer.ok) return answer.json()
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
