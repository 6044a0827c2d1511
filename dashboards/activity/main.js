// Who did what: a list for each day, newest first. Every text is set as text.

const make = (name, kind, ...inside) => {
  const node = document.createElement(name)
  node.className = kind
  node.append(...inside.filter(one => one != null))
  return node
}

export default function mount({ data, parentElement }) {
  const day = new Intl.DateTimeFormat(data.locale, { dateStyle: "full" })
  const clock = new Intl.DateTimeFormat(data.locale, { timeStyle: "short" })
  const days = new Map()
  for (const row of data.rows) {
    const name = day.format(new Date(row.at))
    days.set(name, [...(days.get(name) ?? []), line(row, clock, data.texts)])
  }
  parentElement
    .querySelector(".activity")
    .replaceChildren(...[...days].flatMap(([name, lines]) => [make("h2", "day", name), make("ol", "rows", ...lines)]))
}

function line(row, clock, texts) {
  const time = make("time", "at", clock.format(new Date(row.at)))
  time.dateTime = row.at
  const about = make(row.to ? "a" : "span", "about", row.about)
  if (row.to) about.href = row.to
  about.dir = "auto"
  const who = make("strong", "who", row.who)
  who.dir = "auto"
  const said = make("p", "said", who, " ", row.did, " · ", about)
  return make("li", "row", time, make("div", "what", said, changes(row.changes, texts)))
}

function changes(list, texts) {
  if (!list.length) return null
  return make("ul", "changes", ...list.map(({ name, before, after }) => make("li", "change", ...change(name, before, after, texts))))
}

function change(name, before, after, texts) {
  const value = (kind, text) => {
    const node = make(kind, "value", text ?? texts.nothing)
    node.dir = "auto"
    return node
  }
  const both = before == null ? [value("ins", after)] : [value("del", before), texts.becomes, value("ins", after)]
  return name ? [make("span", "name", name), ...both] : both
}
