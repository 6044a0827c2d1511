// The answer as it is seen: the field, what is said about it, and the buttons. Only what changed is drawn anew.

import { Coach } from "./coach.js"
import { both } from "./conflict.js"
import { button, el, fill, settle } from "./dom.js"
import { writable } from "./draft.js"
import { review, verdicts } from "./review.js"
import { outbox } from "./sent.js"
import { Tray } from "./tray.js"

const PARTS = ["outbox", "others", "conflict", "about", "verdicts", "state", "obstacles", "moves"]
const LONGEST = 100_000 // characters that the API keeps
const UNDOABLE = 5000 // characters that the browser inserts quickly in a way that its own undo takes back

export class Writing {
  constructor(desk) {
    this.desk = desk
    this.keys = {}
    this.cards = new Map() // by name: { key, node }
    const { texts } = desk
    const id = `answer-${desk.comment.id}`
    this.field = el("textarea", {
      id,
      dir: "auto",
      rows: 3,
      "aria-describedby": `${id}-state`,
      data: { focus: "answer" },
      oninput: () => desk.typed(this.field.value),
      onkeydown: event => this.key(event),
      onfocus: () => this.tray.begin(),
    })
    this.parts = Object.fromEntries(PARTS.map(name => [name, el("div", { class: `reply-${name}` })]))
    this.parts.state.id = `${id}-state`
    this.tray = new Tray(desk)
    this.coach = new Coach(desk)
    const { outbox, others, conflict, about, verdicts, state, obstacles, moves } = this.parts
    const label = el("label", { for: id, class: "reply-label" }, texts.answer)
    this.paper = el("div", { class: "writing" }, label, about, verdicts, this.field, state, obstacles, this.tray.box, moves, this.coach.box)
    this.box = el("section", { class: "reply", "aria-label": texts.answer, onfocusout: () => setTimeout(() => this.paint()) }, outbox, others, conflict, this.paper)
  }

  key(event) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault()
      this.desk.main()?.act()
    } else if (event.altKey && /^Digit[1-5]$/.test(event.code) && this.tray.suggest(Number(event.code.at(-1)))) {
      event.preventDefault()
    } else if (event.key === "Escape") {
      event.stopPropagation()
      this.desk.inbox.$(".detail").focus()
    }
  }

  // Put a text in the place of what is marked, or of all where nothing is written yet, or `whole` says so.
  insert(text, { suggestion, whole = false } = {}) {
    const { field } = this
    field.focus()
    if (whole || !field.value.trim()) field.select()
    const undoable = text.length <= UNDOABLE && document.execCommand("insertText", false, text)
    if (!undoable) field.setRangeText(text, field.selectionStart, field.selectionEnd, "end")
    this.desk.typed(field.value, suggestion)
  }

  paint() {
    const { desk, field } = this
    const { draft, state } = desk
    this.put(draft.text)
    // While one's own answer is on its way, a second one has to be asked for.
    const away = ["queued", "sending", "unknown", "failed"].includes(draft.row?.state) && !draft.text && !desk.another
    this.paper.hidden = away
    settle(this.parts.outbox, outbox(desk, away).filter(Boolean))
    settle(this.parts.others, review(desk))
    this.part("conflict", [draft.conflict], () => both(desk))
    this.part("about", [state?.needs, state?.rules, desk.rules, desk.moved, draft.row?.state], () => this.about())
    this.part("verdicts", [draft.row?.marker, draft.row?.version, draft.kept], () => verdicts(desk))
    this.part("state", [this.said(), draft.text.length, desk.rules], () => this.status())
    this.part("obstacles", [desk.told], () => this.obstacles())
    const main = desk.main()
    this.part("moves", [desk.busy, main?.label, draft.row?.state, Boolean(draft.text), this.over()], () => this.moves(main))
  }

  // A field turns line ends into its own: told apart by them, it would be written anew at every paint, and lose the caret.
  put(text) {
    const { field } = this
    if (field.value === text || field.value === text.replace(/\r\n?/g, "\n")) return
    const at = field.selectionStart
    field.value = text
    if (this.desk.inbox.root.activeElement === field) field.setSelectionRange(at, at)
  }

  // A card stays where it would show the same, and as long as somebody types into it: what it shows is then checked by its version.
  card(name, about, build) {
    const key = JSON.stringify(about)
    const known = this.cards.get(name)
    const on = this.desk.inbox.root.activeElement
    if (known && (known.key === key || (on?.matches("textarea, input") && known.node.contains(on)))) return known.node
    const node = build()
    this.cards.set(name, { key, node })
    return node
  }

  // What somebody reads stays, where it would show the same.
  part(name, about, build) {
    const key = JSON.stringify(about)
    if (this.keys[name] === key) return
    this.keys[name] = key
    this.parts[name].replaceChildren(...build().filter(Boolean))
  }

  about() {
    const { texts, state, rules, moved, draft } = this.desk
    return [
      rules && el("span", {}, rules.public ? texts.public : texts.private),
      rules?.mention && el("span", {}, fill(texts.mention, { mention: rules.mention.trim() })),
      rules?.note && el("span", {}, rules.note),
      state?.needs > 0 && el("p", { class: "needs" }, this.needs()),
      moved && el("p", { class: "needs", role: "status" }, texts.thread_moved),
      draft.row?.state === "superseded" && el("p", { class: "needs", role: "status" }, texts.superseded),
    ]
  }

  needs() {
    const { texts, state, inbox } = this.desk
    const name = value => inbox.texts.sentiments[value] ?? inbox.texts.urgencies[value] ?? value
    const words = rule => Object.entries(rule).map(([key, value]) => fill(texts.rules[key] ?? "{value}", { value: name(value) }))
    const why = state.rules.map(rule => words(rule).join(", ") || texts.rules.all).join("; ")
    return fill(texts.needs[state.needs > 1 ? 1 : 0], { n: state.needs, why })
  }

  said() {
    const { texts, draft, unread, state } = this.desk
    if (draft.conflict) return texts.two_texts
    if (unread && !state) return fill(texts.unread, { why: unread.message })
    if (draft.problem) return fill(draft.final ? texts.not_saved : texts.not_yet, { why: this.why() })
    if (!draft.kept) return texts.saving
    return draft.text ? texts.saved : ""
  }

  // Why it was not saved: where it is too long, by how much.
  why() {
    const { texts, draft, inbox } = this.desk
    const more = length(draft.text) - LONGEST
    return more > 0 ? fill(texts.too_long, { most: inbox.times.number(LONGEST), more: inbox.times.number(more) }) : draft.problem.message
  }

  // [how much is written, how much there may be] as the channel counts.
  size() {
    const { rules, draft } = this.desk
    const text = (rules?.mention ?? "") + draft.text
    // A long one takes a while, and is asked about at every paint.
    if (text !== this.counted?.text || rules !== this.counted.rules) this.counted = { text, rules, size: length(text, rules?.unit) }
    return [this.counted.size, rules?.longest ?? null]
  }

  over() {
    const [size, longest] = this.size()
    return longest != null && size > longest
  }

  status() {
    const { texts, inbox, draft } = this.desk
    const [n, most] = this.size().map(value => value && inbox.times.number(value))
    return [
      el("span", { role: "status", class: draft.problem ? "wrong" : null }, this.said()),
      draft.text && el("span", { class: this.over() ? "size wrong" : "size" }, fill(most ? texts.count_of : texts.count, { n, most })),
    ]
  }

  // What is too long says so by its counter already.
  obstacles() {
    const { texts, rules, inbox, told } = this.desk
    const late = rules?.until && fill(texts.late, { until: inbox.times.full(rules.until) })
    const words = { deleted: texts.gone, late }
    return told.filter(one => one.kind !== "long").map(one => el("p", { class: "obstacle" }, words[one.kind] ?? one.why))
  }

  moves(main) {
    const { desk } = this
    const { texts, state, draft } = desk
    const asks = main && main.label === texts.send && !["in_review", "approved"].includes(draft.row?.state)
    return [
      main && button(main.label, () => main.act(), { class: "main", disabled: desk.busy || this.over(), title: texts.main_key }),
      asks && button(texts.ask_anyway, () => desk.leave("ask"), { disabled: desk.busy }),
      draft.text && button(texts.discard, () => desk.discard(), { class: "quiet" }),
    ]
  }
}

const graphemes = new Intl.Segmenter()
const SIMPLE = /^[\u0000-\u02ff\u4e00-\u9fff]*$/ // each character a grapheme of its own

// Each segment carries the text it was found in: of a long text at once they would fill the memory.
function length(text, unit) {
  if (unit === "bytes") return new TextEncoder().encode(text).length
  if (unit === "graphemes")
    return (text.match(/\s{1,200}|\S{1,200}/gu) ?? []).reduce((n, piece) => n + (SIMPLE.test(piece) ? piece.length : [...graphemes.segment(piece)].length), 0)
  return [...text].length
}
