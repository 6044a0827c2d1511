// A text, with what was taken out of an earlier one and put in.

import { diff } from "../inbox/diff.js"
import { el } from "../inbox/dom.js"
import { safe } from "../inbox/text.js"

const NAMES = { gone: "del", new: "ins" }

export default function mount({ data, parentElement }) {
  const box = parentElement.querySelector(".difference")
  box.setAttribute("aria-label", data.label)
  const pieces = data.before == null ? [["same", data.now]] : diff(data.before, data.now)
  box.replaceChildren(...pieces.map(([kind, text]) => (kind === "same" ? safe(text) : el(NAMES[kind], {}, safe(text)))))
}
