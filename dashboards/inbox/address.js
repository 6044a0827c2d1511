// What the list is narrowed to, as the page's address has it: `?source=a&source=b&since=2026-11-01`. The names are the API's.

const MANY = ["source", "language", "sentiment", "topic", "status", "intent", "urgency", "unsure"]
const ONE = ["since", "until", "person", "q", "deleted"]
const NAMES = [...MANY, ...ONE]
const LONGEST = 2_000 // of a search: a server reads no longer address
const DAY = 864e5
const LAST = "9999-12-31"

const day = value => /^(?!0000)\d{4}-\d\d-\d\d$/.test(value) && !Number.isNaN(Date.parse(value)) && new Date(value).toISOString().startsWith(value)
const id = value => /^-?\d{1,19}$/.test(value) && BigInt.asIntN(64, BigInt(value)) === BigInt(value)
const VALID = { since: day, until: day, person: id, deleted: value => value === "true" }

// The pairs of an address that mean something. `known`: for a name, all values it can have.
export function pairsOf(search, known) {
  const params = new URLSearchParams(search)
  const valid = (name, value) => value && (known[name]?.includes(value) ?? VALID[name]?.(value) ?? true)
  const many = MANY.flatMap(name => [...new Set(params.getAll(name))].map(value => [name, value]))
  const one = ONE.map(name => [name, (params.getAll(name).at(-1) ?? "").slice(0, LONGEST)])
  return [...many, ...one].filter(([name, value]) => valid(name, value))
}

// The same for the API, for which `until` is the first moment left out.
export function forApi(pairs) {
  const next = value => (value >= LAST ? LAST : new Date(Date.parse(value) + DAY).toISOString().slice(0, 10))
  return new URLSearchParams(pairs.map(([name, value]) => [name, name === "until" ? next(value) : value])).toString()
}

// The page's address with other filters; which comment is open is not kept. `order`: the list's, where another is wanted.
export function withPairs(pairs, order = null) {
  const url = new URL(location.href)
  const kept = order ?? url.searchParams.get("order")
  for (const name of [...NAMES, "comment", "order"]) url.searchParams.delete(name)
  for (const [name, value] of pairs) url.searchParams.append(name, value)
  if (kept === "queue") url.searchParams.set("order", kept)
  return url
}
