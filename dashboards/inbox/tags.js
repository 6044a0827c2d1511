// Tags with their provenance, corrected in place: a person's value over the tagger's, and the way back.

import { button, el, fill } from "./dom.js"
import { sign } from "./list.js"
import { topicMenu } from "./menus.js"
import { safe } from "./text.js"
import { why } from "./why.js"

const SENTIMENTS = ["negative", "neutral", "positive"]

const words = tag => {
  if (!tag?.evidence) return []
  try {
    return [JSON.parse(tag.evidence)].flat().map(String)
  } catch {
    return [tag.evidence]
  }
}

// `tags` is a list once the comment is opened; the list knows only the values.
const listed = comment => (Array.isArray(comment.tags) ? comment.tags : [])

export const evidence = comment =>
  listed(comment)
    .filter(tag => tag.name === "sentiment" || comment.topics.includes(tag.value))
    .flatMap(words)

export function tags(inbox, comment) {
  return [
    confirmation(inbox, comment),
    sentiment(inbox, comment),
    topics(inbox, comment),
    one(inbox, comment, "intent", inbox.texts.intents),
    one(inbox, comment, "urgency", inbox.texts.urgencies),
    entities(inbox, comment),
    language(inbox, comment),
  ]
}

// What is right teaches the tagger as much as what is wrong.
function confirmation({ texts, times, act }, comment) {
  if (!listed(comment).length) return null
  if (!comment.confirmed)
    return el("section", { class: "confirmation" }, button(`✓ ${texts.confirm}`, () => act.confirm(true), { "aria-keyshortcuts": "y", data: { focus: "confirm" } }))
  return el(
    "section",
    { class: "confirmation" },
    el("p", { class: "origin" }, `✓ ${fill(texts.confirmed, { when: times.ago(comment.confirmed) })}`),
    button(texts.undo, () => act.confirm(false), { class: "quiet", data: { focus: "confirm" } }),
  )
}

// The tagger may abstain: its best guess is shown, and that it is one.
const block = ({ texts }, comment, name, title, ...inside) =>
  el(
    "section",
    { class: `head-of-tags of-${name}` },
    el("h3", {}, title, comment.unsure?.includes(name) && el("span", { class: "flag" }, texts.unsure)),
    ...inside,
  )

const by = (comment, name, origin, value) =>
  listed(comment).find(tag => tag.name === name && tag.origin === origin && (value == null || tag.value === value))

function sentiment(inbox, comment) {
  const { texts, act } = inbox
  return block(
    inbox,
    comment,
    "sentiment",
    texts.sentiment,
    el(
      "div",
      { class: "choices sentiments", role: "group", "aria-label": texts.sentiment },
      ...SENTIMENTS.map((value, index) =>
        button(`${sign(value)} ${texts.sentiments[value]}`, () => act.sentiment(value), {
          class: value,
          "aria-pressed": String(comment.sentiment === value),
          "aria-keyshortcuts": index + 1,
          data: { focus: `sentiment-${value}` },
        }),
      ),
    ),
    ...origin(inbox, comment, "sentiment", value => texts.sentiments[value] ?? value, () => act.sentiment("")),
  )
}

function language(inbox, comment) {
  const { texts, times, choices, act } = inbox
  // The browser calls "und" the root of all languages.
  const named = code => (code === "und" ? texts.undetermined : times.language(code))
  const codes = [...new Set([comment.language ?? "", ...choices.languages])]
  const select = el(
    "select",
    { "aria-label": texts.language, data: { focus: "language" }, onchange: event => act.language(event.target.value) },
    ...codes.map(code =>
      el("option", { value: code, selected: code === (comment.language ?? ""), disabled: !code }, code ? named(code) : texts.untagged),
    ),
  )
  return block(inbox, comment, "language", texts.language, select, ...origin(inbox, comment, "language", named, () => act.language("")))
}

// A head of one label of a few: intent, urgency.
function one(inbox, comment, name, names) {
  const { texts, act } = inbox
  const value = comment[name] ?? ""
  const select = el(
    "select",
    { "aria-label": texts[name], data: { focus: name }, onchange: event => act[name](event.target.value) },
    !value && el("option", { value: "", selected: true, disabled: true }, texts.untagged),
    ...Object.entries(names).map(([code, label]) => el("option", { value: code, selected: code === value }, label)),
  )
  return block(inbox, comment, name, texts[name], select, ...origin(inbox, comment, name, code => names[code] ?? code, () => act[name]("")))
}

function entities({ texts }, comment) {
  const found = listed(comment).filter(tag => tag.name === "entity")
  if (!found.length) return null
  const shown = found.slice(0, 20).map(({ value }) => {
    const [kind, ...rest] = value.split(":")
    return el("li", {}, el("span", { class: "origin" }, texts.kinds[kind] ?? kind), " ", el("span", { dir: "auto" }, safe(rest.join(":").slice(0, 80))))
  })
  return el("section", { class: "head-of-tags" }, el("h3", {}, texts.entities), el("ul", { class: "entities" }, ...shown))
}

// Who says so: the tagger's version with score and words, or a person over it, with the way back.
function origin(inbox, comment, name, shown, undo) {
  const { texts, times } = inbox
  const person = by(comment, name, "person")
  const tagger = by(comment, name, "tagger")
  const because = tagger ? why(inbox, comment, name, tagger.value) : []
  if (!person) return tagger ? [machine(inbox, tagger), ...because] : []
  const lines = [el("p", { class: "origin" }, fill(texts.by_person, { who: person.by, when: times.ago(person.at) }))]
  if (tagger) lines.push(el("p", { class: "origin" }, `${fill(texts.tagger_said, { value: shown(tagger.value) })} `), machine(inbox, tagger), ...because)
  lines.push(button(texts.undo, undo, { class: "quiet", data: { focus: `undo-${name}` } }))
  return lines
}

function machine({ texts, times }, tag) {
  const said = words(tag)
  const line = el("p", { class: "origin" }, `${tag.by} · ${times.percent(tag.score)}`)
  if (said.length) {
    line.append(` · ${texts.because} `)
    said.slice(0, 6).forEach((word, i) => line.append(i ? ", " : "", el("q", {}, safe(word.slice(0, 60)))))
  }
  return line
}

function topics(inbox, comment) {
  const { texts, topics, act } = inbox
  const refused = listed(comment).filter(tag => tag.name === "topic" && tag.origin === "person" && !tag.holds)
  return block(
    inbox,
    comment,
    "topic",
    texts.topics,
    el(
      "ul",
      { class: "topics" },
      ...comment.topics.map(id => topic(inbox, comment, id)),
      ...refused.map(tag =>
        el(
          "li",
          { class: "refused" },
          el("span", { class: "chip" }, el("s", {}, topics.full(tag.value)), button("↺", () => act.addTopic(tag.value), { "aria-label": fill(texts.add_back, { topic: topics.full(tag.value) }) })),
          el("p", { class: "origin" }, fill(texts.removed_by, { who: tag.by })),
        ),
      ),
    ),
    comment.topics.length || refused.length ? null : el("p", { class: "origin" }, topics.none),
    // No list of all topics here: it would be built anew at every step.
    button(texts.add_topic, () => topicMenu(inbox), { "aria-keyshortcuts": "t", "aria-haspopup": "dialog", data: { focus: "add-topic" } }),
  )
}

function topic(inbox, comment, id) {
  const { texts, times, topics, act } = inbox
  const person = by(comment, "topic", "person", id)
  const tagger = by(comment, "topic", "tagger", id)
  return el(
    "li",
    {},
    el(
      "span",
      { class: "chip" },
      tagger?.sentiment && el("span", { class: `mood ${tagger.sentiment}`, role: "img", "aria-label": texts.sentiments[tagger.sentiment], title: texts.sentiments[tagger.sentiment] }, sign(tagger.sentiment)),
      topics.full(id),
      button("×", () => act.dropTopic(id), { "aria-label": fill(texts.remove, { topic: topics.full(id) }), data: { focus: `drop-${id}` } }),
    ),
    person ? el("p", { class: "origin" }, fill(texts.by_person, { who: person.by, when: times.ago(person.at) })) : tagger && machine(inbox, tagger),
    ...(tagger ? why(inbox, comment, "topic", id) : []),
  )
}
