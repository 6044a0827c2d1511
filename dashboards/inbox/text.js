// A customer's text, verbatim: characters that nobody sees, or that turn text around, become visible marks.

const UNSEEN =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\u3164\ufeff\uffa0\ufff9-\ufffc]|[\u{e0000}-\u{e007f}]|\r(?!\n)/gu
// Joiners belong inside emoji sequences and inside words of the scripts that write with them.
// (As alternatives: Chromium 156 does not find a pictograph at the end by one class that also has others.)
const JOINED =
  /(?:\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f|\p{sc=Arab}|\p{sc=Deva}|\p{sc=Beng}|\p{sc=Taml}|\p{sc=Telu}|\p{sc=Knda}|\p{sc=Mlym}|\p{sc=Gujr}|\p{sc=Guru}|\p{sc=Sinh}|\p{sc=Khmr}|\p{sc=Mymr}|\p{sc=Syrc}|\p{sc=Mong})$/u
const LONGEST_EVIDENCE = 40

const code = char => "U+" + char.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")

const belongs = (char, before) => (char === "\u200d" || char === "\u200c") && JOINED.test(before)

function mark(char) {
  const node = document.createElement("span")
  node.className = "unseen"
  node.textContent = code(char)
  return node
}

// Return a fragment of text nodes, marks, and <mark> around the words in `evidence`.
export function safe(text, evidence = []) {
  const out = document.createDocumentFragment()
  let at = 0
  for (const [from, to] of found(text, evidence)) {
    plain(out, text.slice(at, from))
    const node = document.createElement("mark")
    plain(node, text.slice(from, to))
    out.append(node)
    at = to
  }
  plain(out, text.slice(at))
  return out
}

// The same with words weighed for or against a tag: `spans` of [start, end, weight], in characters (code points).
export function weighed(text, spans) {
  const out = document.createDocumentFragment()
  const places = offsets(text, Math.max(0, ...spans.map(([, to]) => to)))
  const most = Math.max(...spans.map(([, , weight]) => Math.abs(weight)), 1e-9)
  let at = 0
  for (const [start, end, weight] of [...spans].sort((a, b) => a[0] - b[0])) {
    const [from, to] = [places[start], places[end]]
    if (from == null || to == null || from < at) continue
    plain(out, text.slice(at, from))
    const node = document.createElement("mark")
    node.className = weight > 0 ? "for" : "against"
    node.style.setProperty("--weight", `${Math.round(15 + (25 * Math.abs(weight)) / most)}%`)
    plain(node, text.slice(from, to))
    out.append(node)
    at = to
  }
  plain(out, text.slice(at))
  return out
}

// Where each character begins: Python counts code points, the browser counts halves of some of them.
function offsets(text, characters) {
  const places = [0]
  for (let at = 0; at < text.length && places.length <= characters; places.push(at)) at += text.codePointAt(at) > 0xffff ? 2 : 1
  return places
}

function plain(into, text) {
  let at = 0
  for (const match of text.matchAll(UNSEEN)) {
    if (belongs(match[0], text.slice(Math.max(0, match.index - 2), match.index))) continue
    into.append(text.slice(at, match.index), mark(match[0]))
    at = match.index + match[0].length
  }
  into.append(text.slice(at))
}

// Where words of the evidence stand, in order and without overlap.
function found(text, evidence) {
  const low = text.toLowerCase()
  if (low.length !== text.length) return [] // folding moved places; better no marks than wrong ones
  const ranges = []
  for (const words of evidence.slice(0, LONGEST_EVIDENCE)) {
    const sought = words.trim().toLowerCase()
    for (let at = 0; sought && (at = low.indexOf(sought, at)) >= 0; at += sought.length) {
      if (whole(low, at, at + sought.length)) ranges.push([at, at + sought.length])
    }
  }
  ranges.sort((a, b) => a[0] - b[0] || b[1] - a[1])
  return ranges.filter(([from], i) => !i || ranges.slice(0, i).every(([, to]) => to <= from))
}

const whole = (text, from, to) => !/[\p{L}\p{N}]{2}/u.test(text.slice(from - 1, from + 1)) && !/[\p{L}\p{N}]{2}/u.test(text.slice(to - 1, to + 1))

// A line for a list: short, on one line, nothing unseen.
export const line = (text, longest) => safe(text.slice(0, longest).replace(/\s+/g, " "))
