// Two texts for one answer: shown beside each other, and the person decides. Neither is lost.

import { button, el, fill } from "./dom.js"
import { writable } from "./draft.js"
import { safe } from "./text.js"

export function both(desk) {
  const { texts, draft } = desk
  const { conflict } = draft
  if (!conflict) return []
  const theirs = conflict.others.length ? conflict.others : [conflict.reply].filter(Boolean)
  return [
    el(
      "div",
      { class: "conflict", role: "alertdialog", "aria-label": texts.two_texts },
      el("p", {}, conflict.others.length ? fill(texts.answered_too, { who: names(theirs) }) : conflict.why === "device" ? texts.left_here : texts.elsewhere_changed),
      el("div", { class: "both" }, side(texts.mine, conflict.mine), ...theirs.map(one => side(title(texts, conflict, one), one.text))),
      el(
        "p",
        { class: "choices-of-text" },
        button(texts.keep_mine, () => choose(desk, conflict.mine), { class: "main" }),
        theirs.length > 0 && button(texts.take_theirs, () => choose(desk, taken(conflict, theirs))),
        theirs.length > 0 && button(texts.put_together, () => choose(desk, [conflict.mine, ...theirs.map(one => one.text)].join("\n\n"))),
      ),
    ),
  ]
}

const names = rows => [...new Set(rows.map(one => one.who))].join(", ")

const title = (texts, { others }, one) => (others.length ? fill(texts.state_by, { who: one.who, state: texts.states[one.state] ?? one.state }) : texts.saved_there)

// One's own reply that has left meanwhile needs no second one.
const taken = ({ others }, theirs) => (others.length || writable(theirs[0]) ? theirs.at(-1).text : "")

const side = (title, text) => el("div", {}, el("h4", {}, title), el("div", { class: "text", dir: "auto", tabindex: "0" }, safe(text)))

async function choose(desk, text) {
  desk.writing.field.focus()
  await desk.draft.settle(text)
  desk.look(0)
}
