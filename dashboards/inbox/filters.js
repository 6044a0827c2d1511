// The search above the list, the filters below it, and a chip for each in use.

import { forApi, pairsOf, withPairs } from "./address.js"
import { choose } from "./choose.js"
import { button, el, fill, settle } from "./dom.js"
import { line } from "./text.js"

const FEW = 7 // options that are all shown; of more, one is chosen out of a list

export class Filters {
  constructor(inbox) {
    this.inbox = inbox
    this.pairs = []
    this.field = el("input", { type: "search", class: "search", autocomplete: "off", maxlength: 2_000, enterkeyhint: "search" })
    for (const event of ["change", "search"]) this.field.addEventListener(event, () => this.seek())
    this.field.addEventListener("keydown", event => this.left(event))
    this.opener = button("", () => this.toggle(), { class: "filters", "aria-controls": "filtering" })
    inbox.$(".seek").replaceChildren(this.field, this.opener, inbox.$(".tools"))
    for (const place of [".bar", ".filtering"]) inbox.$(place).addEventListener("mousedown", event => this.held(event))
  }

  // `fields`: what one can filter by, each {name, label, add, options: [[value, label]…]}; `closed` ones have no other values.
  use(fields) {
    this.fields = fields
    this.known = Object.fromEntries(fields.filter(one => one.closed).map(one => [one.name, one.options.map(([value]) => value)]))
  }

  get query() {
    return forApi(this.pairs)
  }

  // Whether the address says something else than what is listed.
  get moved() {
    return String(pairsOf(location.search, this.known)) !== String(this.pairs)
  }

  read() {
    this.pairs = pairsOf(location.search, this.known)
  }

  has(name, value) {
    return this.pairs.some(pair => pair[0] === name && pair[1] === value)
  }

  value(name) {
    return this.pairs.find(pair => pair[0] === name)?.[1] ?? ""
  }

  // Narrow the list; Back leads to what was listed before.
  go(pairs, order = null) {
    const url = withPairs(pairs, order)
    if (url.href === location.href) return
    history.pushState(history.state?.opened ? null : history.state, "", url)
    this.inbox.begin()
  }

  // A button that is pressed while a search is typed stays where it is until it is clicked: leaving the field would draw it anew.
  held(event) {
    if (this.inbox.root.activeElement === this.field && event.target.closest("button")) event.preventDefault()
  }

  flip(name, value) {
    if (name !== "q" && this.inbox.root.activeElement === this.field) this.seek()
    const rest = this.pairs.filter(pair => pair[0] !== name || pair[1] !== value)
    this.go(this.has(name, value) ? rest : [...rest, [name, value]])
  }

  set(name, value) {
    this.go([...this.pairs.filter(pair => pair[0] !== name), ...(value ? [[name, value]] : [])])
  }

  seek() {
    const sought = this.field.value.trim()
    if (sought !== this.value("q")) this.set("q", sought)
  }

  // Enter leads to what is found, Escape back to what was listed: the list's keys work again.
  left(event) {
    if (!["Enter", "Escape"].includes(event.key) || event.isComposing) return
    event.preventDefault()
    if (event.key === "Escape") this.field.value = this.value("q")
    this.seek()
    this.inbox.$(".rows").focus({ preventScroll: true })
  }

  // A filter kept under a name. Others may have written it: only what is valid of it counts.
  view(query) {
    this.go(pairsOf(query, this.known), new URLSearchParams(query).get("order") ?? "newest")
  }

  focus() {
    this.field.focus()
    this.field.select()
  }

  toggle(shown = this.inbox.$(".filtering").hidden) {
    const box = this.inbox.$(".filtering")
    const inside = box.contains(this.inbox.root.activeElement)
    box.hidden = !shown
    this.opener.setAttribute("aria-expanded", String(shown))
    if (shown) this.draw()
    else if (inside) this.opener.focus()
  }

  // By its key: what is opened has the keyboard.
  enter() {
    this.toggle()
    this.inbox.$(".filtering:not([hidden]) [data-filter]")?.focus()
  }

  // Everything is drawn anew; what had the keyboard has it again.
  draw() {
    const { inbox, pairs } = this
    const { texts } = inbox
    this.field.placeholder = texts.search_hint
    this.field.setAttribute("aria-label", texts.keys.search)
    if (this.inbox.root.activeElement !== this.field) this.field.value = this.value("q")
    const count = pairs.filter(([name]) => name !== "q").length
    this.opener.textContent = count ? `${texts.filters} (${count})` : texts.filters
    this.opener.setAttribute("aria-expanded", String(!inbox.$(".filtering").hidden))
    const chips = inbox.$(".chips")
    const at = [...chips.children].indexOf(inbox.root.activeElement)
    chips.replaceChildren(...pairs.map(([name, value]) => this.chip(name, value)))
    if (at >= 0) (chips.children[Math.min(at, pairs.length - 1)] ?? this.opener).focus()
    const box = inbox.$(".filtering")
    box.setAttribute("aria-label", texts.filters)
    if (box.hidden) return
    const on = inbox.root.activeElement?.dataset?.filter
    settle(box, [...this.fields.map(one => this.group(one)), this.days(), this.foot()])
    if (!on || inbox.root.activeElement?.dataset?.filter === on) return
    const found = name => [...box.querySelectorAll("[data-filter]")].find(one => one.dataset.filter === name)
    ;(found(on) ?? found("close")).focus()
  }

  chip(name, value) {
    const label = this.label(name, value)
    return button(el("span", { dir: "auto" }, line(label, 80)), () => this.flip(name, value), { class: "chip", "aria-label": fill(this.inbox.texts.drop, { filter: label }) })
  }

  label(name, value) {
    const { texts, times } = this.inbox
    const named = this.fields.find(one => one.name === name)?.options.find(one => one[0] === value)?.[1] ?? value
    const day = () => times.day(value)
    const said = {
      sentiment: () => texts.sentiments[value],
      language: () => times.language(value),
      topic: () => this.inbox.topics.full(value),
      unsure: () => fill(texts.unsure_of, { heads: named }),
      since: () => fill(texts.since_day, { day: day() }),
      until: () => fill(texts.until_day, { day: day() }),
      person: () => texts.one_person,
      deleted: () => texts.with_deleted,
      q: () => `“${value.slice(0, 60)}”`,
    }
    return said[name]?.() ?? named
  }

  group({ name, label, add, options }) {
    const others = this.pairs.filter(pair => pair[0] === name && !options.some(([value]) => value === pair[1])).map(([, value]) => [value, this.label(name, value)])
    const all = [...options, ...others]
    const few = all.length <= FEW
    const shown = few ? all : all.filter(([value]) => this.has(name, value))
    return el(
      "div",
      { class: `choices of-${name}`, role: "group", "aria-label": label },
      el("span", { class: "label" }, label),
      ...shown.map(([value, text]) =>
        button(el("span", { dir: "auto" }, line(text, 80)), () => this.flip(name, value), { class: name === "sentiment" && value, "aria-pressed": String(this.has(name, value)), data: { filter: `${name}/${value}` } }),
      ),
      !few && button(add, () => this.choose(name, label, all), { class: "quiet", data: { filter: name } }),
    )
  }

  choose(name, label, all) {
    const options = all.filter(([value]) => !this.has(name, value)).map(([value, text]) => ({ value, label: text }))
    choose(this.inbox, { title: label, find: true, empty: this.inbox.texts.no_such, options, chosen: value => this.flip(name, value) })
  }

  // These stay while the rest is drawn anew: a date is typed piece by piece, and each makes a whole one.
  days() {
    const { texts } = this.inbox
    this.dated ??= this.fieldsOfDays()
    const { box, since, until, deleted } = this.dated
    for (const one of [since, until]) if (this.inbox.root.activeElement !== one.field) one.field.value = this.value(one.name)
    deleted.field.checked = this.has("deleted", "true")
    const said = [[since, texts.from], [until, texts.until_day_field], [deleted, texts.also_deleted]]
    for (const [one, text] of said) one.label.textContent = text
    return box
  }

  fieldsOfDays() {
    const made = (name, about, changed) => {
      const field = el("input", { ...about, data: { filter: name } })
      field.addEventListener("change", () => field.validity.valid && changed(field))
      return { name, field, label: el("span", {}) }
    }
    const day = name => made(name, { type: "date", min: "1900-01-01", max: "9999-12-30" }, field => this.set(name, field.value))
    const [since, until] = ["since", "until"].map(day)
    const deleted = made("deleted", { type: "checkbox" }, () => this.flip("deleted", "true"))
    const box = el(
      "div",
      { class: "choices" },
      ...[since, until].map(one => el("label", {}, one.label, one.field)),
      el("label", {}, deleted.field, deleted.label),
    )
    return { box, since, until, deleted }
  }

  foot() {
    const { texts } = this.inbox
    return el("div", { class: "choices" }, this.pairs.length > 0 && button(texts.clear_filters, () => this.go([]), { class: "quiet", data: { filter: "clear" } }), button(texts.close, () => this.toggle(false), { class: "quiet", data: { filter: "close" } }))
  }
}
