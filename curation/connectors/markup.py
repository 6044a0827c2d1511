"""Turn the HTML of a message into the text a reader sees.

One pass over the tags, with no tree: mail is not well-formed, and a tree costs quadratic time or loses the rest on
hostile input (a hundred thousand attributes on one element, ten thousand levels, a table whose columns are padded).
"""

import html
import re

_TAG = re.compile(
    r"<!--.*?(?:-->|\Z)"
    r"|<(?P<end>/?)(?P<name>[a-zA-Z][a-zA-Z0-9:]*)(?P<attributes>(?:\"[^\"<]*\"|'[^'<]*'|[^\"'<>])*+)>"
    r"|</?[a-zA-Z!?\[][^<>]*>",
    re.S,
)
_SPACE = re.compile(r"[ \t\r\n\f\u200b\ufeff]+")
_ALT = re.compile(r"\balt\s*=\s*[\"']([^\"'<>]{1,8})[\"']", re.I)
_HIDDEN = re.compile(r"\bdisplay\s*:\s*none|\bhidden\b(?!\s*[:=])", re.I)
_QUOTE = re.compile(
    r"\btype\s*=\s*[\"']?cite|\bclass\s*=\s*[\"'][^\"']*(?:gmail_attr|moz-cite-prefix|yahoo_quoted|protonmail_quote)",
    re.I,
)
_GMAIL = re.compile(r"\bclass\s*=\s*[\"'][^\"']*gmail_quote", re.I)
_SIGNATURE = re.compile(
    r"\b(?:class|id)\s*=\s*[\"']?[^\"']*?(?:gmail_signature|moz-signature|protonmail_signature_block|"
    r"ms-outlook-mobile-signature)|\bid\s*=\s*[\"']?Signature\b",
    re.I,
)
_REST = re.compile(r"\bid\s*=\s*[\"']?(?:divRplyFwdMsg|mail-editor-reference-message-container)", re.I)

_UNSEEN = {"script", "style", "title", "template"}
_LINE = set(
    [
        "address",
        "article",
        "aside",
        "center",
        "dd",
        "div",
        "dl",
        "dt",
        "figcaption",
        "footer",
        "form",
        "header",
        "hr",
        "li",
        "main",
        "nav",
        "ol",
        "section",
        "table",
        "tr",
        "ul",
    ]
)
_PARAGRAPH = set(["blockquote", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "p", "pre"])


def text(markup: str, *, quotes: bool = True) -> str:
    """Return the visible text; without `quotes`, a reply's quotation becomes one line ">" and signatures go."""
    page = _Page()
    lower, at = markup.lower(), 0
    skipping, depth, left_behind = "", 0, ""
    while tag := _TAG.search(markup, at):
        if not skipping:
            page.write(markup[at : tag.start()])
        at = tag.end()
        name, end = (tag["name"] or "").lower(), bool(tag["end"])
        if skipping:
            depth += 0 if name != skipping else -1 if end else 1
            if not depth:
                skipping = ""
                page.line(left_behind)
            continue
        if name in _UNSEEN and not end:
            at = _after(lower, name, at)
            continue
        attributes = (tag["attributes"] or "")[:2000]
        if not end and not quotes and _REST.search(attributes):
            page.line(">")
            return str(page)
        if not end and (skip := _skipped(name, attributes, quotes)) is not None:
            skipping, depth, left_behind = name, 1, skip
            continue
        page.tag(name, end, attributes)
    if not skipping:
        page.write(markup[at:])
    return str(page)


def lined(markup: str | None) -> str:
    """Read markup in which the ends of lines count too, as blogs take it."""
    return text("<br>".join((markup or "").splitlines()))


def _skipped(name: str, attributes: str, quotes: bool) -> str | None:
    """Return what to leave in place of this element, or None to show it."""
    if not attributes or name in ("br", "img", "hr", "input", "meta", "link", "body", "html"):
        return None
    if _HIDDEN.search(attributes):
        return ""
    if quotes:
        return None
    if _QUOTE.search(attributes) or (name == "blockquote" and _GMAIL.search(attributes)):
        return ">"
    return "" if _SIGNATURE.search(attributes) else None


def _after(lower: str, name: str, at: int) -> int:
    """Find where an element that shows nothing ends; one that never ends takes the rest."""
    close = lower.find(f"</{name}", at)
    return len(lower) if close < 0 else close


class _Page:
    """Text being laid out: breaks wait until there is something to put after them."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.breaks = 0
        self.space = False
        self.verbatim = 0

    def write(self, markup: str) -> None:
        if not markup:
            return
        plain = html.unescape(markup)
        if not self.verbatim:
            plain = _SPACE.sub(" ", plain)
            self.space = self.space or plain.startswith(" ")
            plain, trailing = plain.strip(" "), plain.endswith(" ")
            if not plain:
                return
        else:
            trailing = False
        if self.pieces:
            self.pieces.append("\n" * min(self.breaks, 3) if self.breaks else " " if self.space else "")
        self.pieces.append(plain)
        self.breaks, self.space = 0, trailing

    def line(self, said: str) -> None:
        self.breaks = max(self.breaks, 1)
        if said:
            self.write(html.escape(said))
            self.breaks = 1

    def tag(self, name: str, end: bool, attributes: str) -> None:
        if name == "br":
            self.breaks += 1
        elif name in _LINE:
            self.breaks = max(self.breaks, 1)
            if name == "li" and not end:
                self.write("- ")
        elif name in _PARAGRAPH:
            self.breaks = max(self.breaks, 2)
        elif name in ("td", "th"):
            self.space = True
        elif name == "img" and (alt := _ALT.search(attributes)) and not alt[1].isascii():
            self.write(alt[1])  # an emoji, as Gmail and Outlook send it
        if name == "pre":
            self.verbatim = max(0, self.verbatim + (-1 if end else 1))

    def __str__(self) -> str:
        return "".join(self.pieces).replace("\xa0", " ").strip()
