// What else is kept of a comment: earlier versions, the channel's own attributes, the payload as received.

import { el, fill } from "./dom.js"
import { safe } from "./text.js"

const LONGEST = 200_000

export function history(inbox, comment) {
  return [versions(inbox, comment), attributes(inbox, comment), raw(inbox, comment)].filter(Boolean)
}

const fold = (summary, ...inside) => el("details", {}, el("summary", {}, summary), ...inside)

function versions({ texts, times }, { versions }) {
  if (!versions?.length) return null
  return fold(
    fill(texts.versions, { n: versions.length }),
    el(
      "ol",
      { class: "versions" },
      ...versions.map(version =>
        el(
          "li",
          {},
          el("p", { class: "origin" }, fill(texts.until, { when: times.full(version.until) })),
          version.title && el("strong", { dir: "auto" }, safe(version.title.slice(0, 500))),
          el("div", { class: "text", dir: "auto" }, safe(version.text.slice(0, LONGEST))),
        ),
      ),
    ),
  )
}

function attributes({ texts }, { attributes }) {
  const pairs = Object.entries(attributes ?? {})
  if (!pairs.length) return null
  const shown = value => (typeof value === "string" ? value : JSON.stringify(value))
  return fold(
    texts.attributes,
    el("dl", {}, ...pairs.flatMap(([name, value]) => [el("dt", {}, safe(name)), el("dd", { dir: "auto" }, safe(shown(value).slice(0, 5000)))])),
  )
}

function raw({ texts, api, times }, comment) {
  const box = el("div", {})
  const details = fold(texts.raw, box)
  details.addEventListener("toggle", async () => {
    if (!details.open || box.childElementCount) return
    try {
      const found = await api.get(`comments/${comment.id}/raw`)
      box.append(
        el("p", { class: "origin" }, fill(texts.received, { when: times.full(found.received_at) })),
        el("pre", { tabindex: "0", dir: "auto" }, safe((found.payload ?? "").slice(0, LONGEST))),
      )
    } catch (problem) {
      box.replaceChildren(el("p", { class: "origin" }, problem.message))
    }
  })
  return details
}
