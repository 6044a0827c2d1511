// The menus behind the keys: what is chosen there is done to the shown comment, or to all that are selected.

import { choose } from "./choose.js"
import { el, fill } from "./dom.js"
import { line } from "./text.js"

const HOUR = 36e5

export function snoozeMenu(inbox) {
  const { texts, times } = inbox
  const hint = at => times.moment(at)
  const [hour, tomorrow, week] = [new Date(Date.now() + HOUR), morning(1), morning(((8 - new Date().getDay()) % 7) || 7)]
  choose(inbox, {
    title: texts.snooze_until,
    options: [
      { key: "h", label: texts.in_an_hour, hint: hint(hour), value: hour },
      { key: "t", label: texts.tomorrow_morning, hint: hint(tomorrow), value: tomorrow },
      { key: "w", label: texts.next_week, hint: hint(week), value: week },
      { key: "m", label: texts.next_message, value: null },
    ],
    extra: take => own(inbox, take),
    chosen: until => inbox.does("snooze", until),
  })
}

// Eight in the morning, so many days ahead.
function morning(days) {
  const at = new Date()
  at.setDate(at.getDate() + days)
  at.setHours(8, 0, 0, 0)
  return at
}

function own({ texts }, take) {
  const local = at => new Date(at - at.getTimezoneOffset() * 6e4).toISOString().slice(0, 16)
  const field = el("input", { type: "datetime-local", required: true, min: local(new Date(Date.now() + 6e4)), value: local(morning(2)) })
  const submit = event => {
    event.preventDefault()
    take(new Date(field.value))
  }
  return el("form", { class: "own", onsubmit: submit }, el("label", {}, texts.own_time, field), el("button", { type: "submit" }, texts.snooze))
}

export function topicMenu(inbox) {
  const { texts, topics, shown } = inbox
  if (!shown) return
  choose(inbox, {
    title: texts.add_topic,
    find: true,
    empty: texts.no_such,
    options: topics.all.filter(([id]) => !shown.topics.includes(id)).map(([id]) => ({ label: topics.full(id), value: id })),
    chosen: id => inbox.act.addTopic(id),
  })
}

export function assignMenu(inbox) {
  const { texts, me } = inbox
  const option = name => ({ label: name, value: name, hint: name === me ? texts.yourself : "" })
  choose(inbox, {
    title: texts.assign_to,
    find: true,
    free: texts.assign_free,
    options: [option(me), { label: texts.nobody_assigned, value: null }],
    more: inbox.api.get("people").then(names => names.map(option)),
    chosen: to => inbox.does("assign", to),
  })
}

// With others selected, they are merged into the one that is shown; else what resembles it is offered.
export function mergeMenu(inbox) {
  const { texts, shown, times } = inbox
  if (!shown) return
  const into = inbox.threads.head(shown.thread_id)
  const others = [...new Set(inbox.chosen().map(row => inbox.threads.head(row.thread_id)))].filter(thread => thread !== into)
  const option = (thread, comment, why) => ({
    value: thread,
    label: `${comment.author ?? texts.nobody} ${comment.text.slice(0, 200)}`,
    node: el("span", {}, el("strong", {}, comment.author ? line(comment.author, 60) : texts.nobody), " ", line(comment.text, 140)),
    hint: [times.short(comment.created_at), ...why.map(({ code }) => texts.alike[code] ?? code)].join(" · "),
  })
  const all = others.length > 0 && { value: others, label: fill(texts.merge_selected, { n: others.length }) }
  choose(inbox, {
    title: texts.merge_into_this,
    find: true,
    empty: texts.no_duplicates,
    options: all ? [all] : [],
    more: inbox.api.get(`threads/${into}/duplicates`).then(found => found.map(one => option(one.thread, one.comment, one.why))),
    chosen: picked => inbox.triage.merge(shown, [picked].flat()),
  })
}

// Each page gets the first letter of its address that is free. By Streamlit's own link, where one is drawn, it opens without
// loading everything anew.
export function goMenu(inbox) {
  const taken = new Set()
  const options = inbox.pages.map(([path, label]) => {
    const key = [...(path || "inbox")].find(letter => !taken.has(letter))
    taken.add(key)
    return { key, label, value: `/${path}` }
  })
  choose(inbox, { title: inbox.texts.go_to, options, empty: inbox.texts.no_such, chosen: open })
}

function open(path) {
  const links = [...document.querySelectorAll("[data-testid=stTopNavLink], [data-testid=stSidebarNavLink]")]
  const link = links.find(one => one.pathname === path)
  if (link) link.click()
  else location.assign(path)
}
