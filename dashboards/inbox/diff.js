// What changed between two texts, word by word: the longest common subsequence, within what both begin and end with.

const MOST = 4_000_000 // cells of the table; beyond, the middle counts as replaced

// Return pieces [kind, text], kind "same", "gone" or "new".
export function diff(before, after) {
  const [a, b] = [words(before), words(after)]
  let from = 0
  while (from < a.length && from < b.length && a[from] === b[from]) from++
  let ends = 0
  while (ends < a.length - from && ends < b.length - from && a.at(-1 - ends) === b.at(-1 - ends)) ends++
  const middle = between(a.slice(from, a.length - ends), b.slice(from, b.length - ends))
  return merged([["same", a.slice(0, from).join("")], ...middle, ["same", a.slice(a.length - ends).join("")]])
}

const words = text => text.match(/[\p{L}\p{N}]+|\s+|[^\p{L}\p{N}\s]/gu) ?? []

function between(a, b) {
  if (a.length * b.length > MOST) return [["gone", a.join("")], ["new", b.join("")]]
  const width = b.length + 1
  const longest = new Uint16Array((a.length + 1) * width)
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      longest[i * width + j] = a[i] === b[j] ? longest[(i + 1) * width + j + 1] + 1 : Math.max(longest[(i + 1) * width + j], longest[i * width + j + 1])
  const pieces = []
  let [i, j] = [0, 0]
  while (i < a.length && j < b.length) {
    if (a[i] === b[j]) {
      pieces.push(["same", a[i++]])
      j++
    } else if (longest[(i + 1) * width + j] >= longest[i * width + j + 1]) pieces.push(["gone", a[i++]])
    else pieces.push(["new", b[j++]])
  }
  return [...pieces, ["gone", a.slice(i).join("")], ["new", b.slice(j).join("")]]
}

function merged(pieces) {
  const out = []
  for (const [kind, text] of pieces) {
    if (!text) continue
    if (out.at(-1)?.[0] === kind) out.at(-1)[1] += text
    else out.push([kind, text])
  }
  return out
}
