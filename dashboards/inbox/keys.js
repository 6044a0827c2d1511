// Every key: what it does, and the name it goes by in the help and on its button.

import { button, el } from "./dom.js"
import { open } from "./choose.js"
import { assignMenu, goMenu, mergeMenu, snoozeMenu, topicMenu } from "./menus.js"
import { views } from "./views.js"

const tag = value => inbox => inbox.act?.sentiment(value)

// `bar`: it has a button of its own beside the comment, with this sign, or else its name, on it.
export const KEYS = [
  { group: "move", key: "j", text: "next", bar: "↓", act: inbox => inbox.step(1) },
  { group: "move", key: "k", text: "previous", bar: "↑", act: inbox => inbox.step(-1) },
  { group: "move", key: "Enter", text: "open_it" },
  { group: "move", key: "Escape", text: "back" },
  { group: "move", key: "/", text: "search", act: inbox => inbox.filters.focus() },
  { group: "move", key: "f", text: "filters", act: inbox => inbox.filters.enter() },
  { group: "move", key: "g", text: "go_to", act: goMenu },
  { group: "move", key: "v", text: "views", act: views },
  { group: "thread", key: "c", text: "claim", bar: "", act: inbox => inbox.shown && inbox.triage.claim(inbox.shown) },
  { group: "thread", key: "e", text: "resolve", bar: "", act: inbox => inbox.resolve() },
  { group: "thread", key: "s", text: "snooze", bar: "", act: inbox => inbox.shown && snoozeMenu(inbox) },
  { group: "thread", key: "a", text: "assign", bar: "", act: inbox => inbox.shown && assignMenu(inbox) },
  { group: "thread", key: "r", text: "reply", bar: "", act: inbox => inbox.reply?.() },
  { group: "thread", key: "n", text: "note", bar: "", act: inbox => inbox.notes.write() },
  { group: "thread", key: "m", text: "merge", bar: "", act: mergeMenu },
  { group: "tags", key: "t", text: "add_topic", act: topicMenu },
  { group: "tags", key: "1", text: "negative", act: tag("negative") },
  { group: "tags", key: "2", text: "neutral", act: tag("neutral") },
  { group: "tags", key: "3", text: "positive", act: tag("positive") },
  { group: "tags", key: "y", text: "confirm", act: inbox => inbox.shown?.tags?.length > 0 && !inbox.shown.confirmed && inbox.act.confirm(true) },
  { group: "many", key: "x", text: "select", act: inbox => inbox.bulk.toggle(inbox.selected) },
  { group: "many", key: "X", text: "select_range", act: inbox => inbox.bulk.range(inbox.selected) },
  { group: "many", key: "u", text: "undo_last", bar: "↶", act: inbox => inbox.triage.undo() },
  { group: "many", key: "U", text: "redo", act: inbox => inbox.triage.redo() },
  { group: "many", key: "?", text: "help", act: inbox => help(inbox) },
]

const HELD = ["j", "k", "ArrowDown", "ArrowUp"]
const BY_KEY = new Map(KEYS.filter(one => one.act).map(one => [one.key, one]))

export function pressed(inbox, event) {
  const on = event.composedPath()[0]
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || event.isComposing) return
  if (/^(input|textarea|select)$/i.test(on?.tagName) || on?.isContentEditable) return
  if (inbox.box.querySelector("dialog[open]")) return
  const act = moving(inbox, event, on) ?? BY_KEY.get(event.key)?.act
  if (!act) return
  event.preventDefault()
  // A key that is held down walks on; it does nothing else twice.
  if (!event.repeat || HELD.includes(event.key)) act(inbox)
}

// Keys that mean something else in other places.
function moving(inbox, event, on) {
  const rows = inbox.$(".rows")
  const onList = on === rows || on === document.body
  return {
    ArrowDown: onList && (() => inbox.step(1)),
    ArrowUp: onList && (() => inbox.step(-1)),
    Home: on === rows && (() => inbox.step(-Infinity)),
    End: on === rows && (() => inbox.step(Infinity)),
    Enter: onList && inbox.selected != null && (() => inbox.enter()),
    Escape: (event.composedPath().includes(inbox.$(".filtering")) && (() => inbox.filters.toggle(false))) || (inbox.bulk.size && (() => inbox.bulk.clear())) || (event.composedPath().includes(inbox.box) && (() => inbox.back())),
  }[event.key] || null
}

export const named = (inbox, one) => inbox.texts.keys[one.text]

// A button for each deed, with its key: what the keyboard can, a finger can.
export function bar(inbox, pressedNow = {}) {
  return el(
    "div",
    { class: "deeds", role: "toolbar", "aria-label": inbox.texts.deeds_bar },
    ...KEYS.filter(one => one.bar != null).map(one =>
      button(one.bar || (pressedNow[one.text] ?? named(inbox, one)), () => one.act(inbox), {
        class: `of-${one.text}`,
        title: `${named(inbox, one)} (${one.key})`,
        "aria-label": one.bar ? named(inbox, one) : null,
        "aria-keyshortcuts": one.key,
        data: { focus: `deed-${one.text}` },
      }),
    ),
  )
}

export function help(inbox) {
  const { texts } = inbox
  const groups = [...new Set(KEYS.map(one => one.group))].map(group =>
    el(
      "section",
      {},
      el("h3", {}, texts.key_groups[group]),
      el("dl", {}, ...KEYS.filter(one => one.group === group).flatMap(one => [el("dt", {}, el("kbd", {}, one.key)), el("dd", {}, named(inbox, one))])),
    ),
  )
  open(inbox, texts.help, el("div", { class: "keys-help" }, ...groups)).classList.add("wide")
}
