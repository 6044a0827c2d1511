// One choice out of a list, in a dialog: by typing, by arrows, by a key of its own, or by touch.

import { button, el } from "./dom.js"

let made = 0

// `options`: {label, value, hint, key, node}. `find`: a field that narrows them. `free`: what was typed may be chosen itself.
// `more`: a promise of further options. `extra`: an element below, given a function that chooses a value.
// `chosen` is called with the value; nothing is where a person leaves.
export function choose(inbox, { title, options, find = false, free, more, extra, empty, chosen }) {
  const id = `choose-${++made}`
  let all = options
  let shown = []
  let at = 0
  const list = el("ul", { id, role: "listbox", "aria-label": title, tabindex: find ? null : "0", autofocus: !find })
  const field = find && el("input", { type: "text", role: "combobox", "aria-label": title, "aria-controls": id, "aria-expanded": "true", autocomplete: "off", autofocus: true, maxlength: 100 })
  const none = el("p", { class: "none", role: "status" })
  const dialog = open(inbox, title, field, list, none, extra?.(take))

  function take(value) {
    dialog.close()
    chosen(value)
  }

  function draw() {
    const sought = field ? field.value.trim().toLocaleLowerCase() : ""
    shown = all.filter(one => one.label.toLocaleLowerCase().includes(sought) || one.hint?.toLocaleLowerCase().includes(sought))
    if (free && sought && !shown.some(one => one.label.toLocaleLowerCase() === sought))
      shown.push({ label: free.replace("{typed}", field.value.trim()), value: field.value.trim() })
    list.replaceChildren(...shown.map(option))
    list.hidden = !shown.length
    none.textContent = shown.length ? "" : (empty ?? "")
    mark(0)
  }

  const option = (one, index) =>
    el(
      "li",
      { id: `${id}-${index}`, role: "option", "aria-keyshortcuts": one.key, onclick: () => take(one.value) },
      one.key && el("kbd", {}, one.key),
      el("span", { class: "label", dir: "auto" }, one.node ?? one.label),
      one.hint && el("span", { class: "hint", dir: "auto" }, one.hint),
    )

  function mark(to) {
    at = Math.max(0, Math.min(shown.length - 1, to))
    shown.forEach((_, index) => list.children[index].setAttribute("aria-selected", String(index === at)))
    const on = shown.length ? `${id}-${at}` : ""
    ;(field || list).setAttribute("aria-activedescendant", on)
    if (shown.length) list.children[at].scrollIntoView({ block: "nearest" })
  }

  dialog.addEventListener("keydown", event => {
    const on = event.composedPath()[0]
    if (on !== list && on !== field) return
    const keyed = !field && shown.find(one => one.key === event.key)
    const acts = {
      ArrowDown: () => mark(at + 1),
      ArrowUp: () => mark(at - 1),
      Home: !field && (() => mark(0)),
      End: !field && (() => mark(shown.length - 1)),
      Enter: () => shown[at] && take(shown[at].value),
    }
    const act = keyed ? () => take(keyed.value) : acts[event.key]
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    act()
  })
  field && field.addEventListener("input", draw)
  draw()
  more?.then(
    found => {
      all = [...all, ...found.filter(one => !all.some(other => other.value === one.value))]
      if (dialog.open) draw()
    },
    problem => (none.textContent = problem.message),
  )
  return dialog
}

// A dialog that takes the keyboard until it closes, and then gives it back. The browser itself keeps the focus inside.
export function open(inbox, title, ...inside) {
  const before = inbox.root.activeElement
  const heading = el("h2", { id: `dialog-${++made}` }, title)
  const close = button("×", () => dialog.close(), { class: "close", "aria-label": inbox.texts.close })
  const dialog = el("dialog", { "aria-labelledby": heading.id, "aria-modal": "true" }, el("header", {}, heading, close), ...inside)
  inbox.box.append(dialog)
  dialog.addEventListener("click", event => event.target === dialog && dialog.close())
  dialog.addEventListener("close", () => {
    dialog.remove()
    if (before?.isConnected) before.focus({ preventScroll: true })
  })
  dialog.showModal()
  return dialog
}
