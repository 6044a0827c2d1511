// How one wishes to be told by mail.

import { el } from "../inbox/dom.js"

export function mail({ api, texts, language, languages }) {
  const way = select(Object.entries(texts.ways))
  const address = el("input", { type: "email", maxlength: 254, autocomplete: "email" })
  const tongue = select(Object.entries(languages))
  const said = el("p", { class: "hint", role: "status" })
  const form = el(
    "form",
    { onsubmit: save },
    el("label", {}, texts.how_often, way),
    el("label", {}, texts.address, address),
    el("label", {}, texts.language, tongue),
    el("button", { type: "submit" }, texts.save),
    said,
  )
  let version = 0

  function show(choice) {
    version = choice.version
    way.value = choice.way
    address.value = choice.email
    if (choice.fixed != null) address.readOnly = choice.fixed
    tongue.value = choice.version ? choice.language : language
    if (choice.possible === false) said.textContent = texts.no_server
  }

  async function save(event) {
    event.preventDefault()
    const given = { way: way.value, email: address.value, language: tongue.value, version }
    try {
      show(await api.put("notices/mail", given))
      said.textContent = texts.saved
    } catch (problem) {
      said.textContent = problem.message
      if (problem.current) show(problem.current)
    }
  }

  const box = el("details", {}, el("summary", {}, texts.mail), form)
  box.addEventListener("toggle", () => box.open && api.get("notices/mail").then(show, problem => (said.textContent = problem.message)))
  return box
}

const select = pairs => el("select", {}, ...pairs.map(([value, name]) => el("option", { value }, name)))
