// Filters under a name: one's own, and those others share.

import { open } from "./choose.js"
import { button, el, fill } from "./dom.js"

export async function views(inbox) {
  const { texts } = inbox
  const list = el("ul", { class: "views", role: "list" })
  const name = el("input", { type: "text", required: true, maxlength: 100, "aria-label": texts.view_name, placeholder: texts.view_name })
  const shared = el("input", { type: "checkbox" })
  const form = el("form", { class: "own" }, name, el("label", {}, shared, texts.share), el("button", { type: "submit" }, texts.save_view))
  form.addEventListener("submit", async event => {
    event.preventDefault()
    const view = { query: address(), shared: shared.checked }
    if (await done(inbox, () => inbox.api.put(`views/${encodeURIComponent(name.value.trim())}`, view), texts.view_saved)) name.value = ""
    await draw(inbox, list, dialog)
  })
  const dialog = open(inbox, texts.views, list, form)
  await draw(inbox, list, dialog)
}

// The filter as the address has it; which comment is open is no part of it.
function address() {
  const now = new URLSearchParams(location.search)
  now.delete("comment")
  return now.toString()
}

async function draw(inbox, list, dialog) {
  const { texts, me } = inbox
  try {
    const all = await inbox.api.get("views")
    list.replaceChildren(...all.map(view => line(inbox, view, list, dialog)))
    if (!all.length) list.append(el("li", { class: "none" }, texts.no_views))
  } catch (problem) {
    list.replaceChildren(el("li", { class: "none" }, problem.message))
  }

  function line(inbox, view, list, dialog) {
    const mine = view.owner === me
    const go = () => {
      dialog.close()
      inbox.filters.view(view.query)
    }
    const change = (act, said) => done(inbox, act, said).then(() => draw(inbox, list, dialog))
    const path = `views/${encodeURIComponent(view.name)}`
    const share = () => change(() => inbox.api.put(path, { query: view.query, shared: !view.shared }), view.shared ? texts.view_unshared : texts.view_shared)
    const drop = () => change(() => inbox.api.delete(`${path}?owner=${encodeURIComponent(view.owner)}`), texts.view_deleted)
    return el(
      "li",
      {},
      button(el("span", { dir: "auto" }, view.name), go, { class: "label", "aria-current": view.query === address() ? "true" : null }),
      el("span", { class: "hint" }, mine ? "" : fill(texts.view_of, { who: view.owner })),
      mine && button(texts.share, share, { "aria-pressed": String(view.shared) }),
      (mine || inbox.may("administer")) && button("×", drop, { "aria-label": fill(texts.delete_view, { name: view.name }) }),
    )
  }
}

async function done(inbox, act, said) {
  try {
    await act()
    inbox.say(said)
    return true
  } catch (problem) {
    inbox.say(fill(inbox.texts.not_saved, { why: problem.message }), true)
  }
}
