"""Take a MIME message apart: headers, the texts a reader would see, what is attached.

The bytes are hostile: nothing here raises for what is in them, every header, part, level and text has a bound, and
the work grows linearly with the size. Python's own `email.parser` is not used for the tree: it recurses once per
level and looks at every open boundary for every line. What cannot be read is left out; the raw keeps it.
"""

import binascii
import codecs
import email.header
import email.utils
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.errors import MessageError
from email.message import Message
from typing import Any

import charset_normalizer

HEAD, VALUE, DEPTH, PARTS, TEXT = 256 * 1024, 8_000, 12, 300, 2 * 1024 * 1024
"""Bounds: bytes of a part's head, characters of one header, levels, parts, bytes of text read from one message."""

Headers = dict[str, list[str]]
"""Values by lower-case name, in the order received: unfolded, readable, not yet decoded as of RFC 2047."""

Text = tuple[str, str]
"""A text and its kind: html, plain or another subtype."""

_BLANK = re.compile(rb"\r?\n\r?\n")
_FOLD = re.compile(rb"\r?\n(?![ \t])")
_GUESS = re.compile(rb"^--([^\s-][^\r\n]{0,200}?)[ \t]*\r?$", re.M)
_NO_TEXT = ("x-amp-html", "calendar", "rfc822-headers")
_ODD = ("idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined")
_WIDER = {"ascii": "cp1252", "iso8859-1": "cp1252", "gb2312": "gb18030", "gbk": "gb18030", "euc_kr": "cp949"}
_MULTIBYTE = ("utf", "gb", "big5", "euc", "shift", "iso2022", "hz", "johab", "cp932", "cp949", "cp950")
_STUB = re.compile(r"[^\n]{0,200}\bhtml\b[^\n]{0,200}$", re.I)


@dataclass(slots=True)
class Parts:
    """What a message holds. `original`: the Message-ID of a message enclosed; `truncated`: a bound was met."""

    texts: list[Text] = field(default_factory=list)
    attachments: list[dict[str, Any]] = field(default_factory=list)
    original: str | None = None
    truncated: bool = False
    left: int = PARTS
    room: int = TEXT


def split(message: bytes) -> tuple[Headers, bytes]:
    """Cut a message or a part into its headers and its body."""
    if message.startswith((b"\n", b"\r\n")):
        return {}, message
    blank = _BLANK.search(message)
    head, body = (message[: blank.start()], message[blank.end() :]) if blank else (message, b"")
    headers: Headers = {}
    for line in _FOLD.split(head[:HEAD]):
        name, colon, value = line.partition(b":")
        if colon and len(name) < 100:
            unfolded = value[:VALUE].replace(b"\r", b"").replace(b"\n", b"")
            headers.setdefault(name.strip().lower().decode("latin-1"), []).append(decode(unfolded).strip())
    return headers, body


def first(headers: Headers, name: str) -> str:
    """Return the topmost value of a header, or ''."""
    return headers.get(name, [""])[0]


def words(value: str) -> str:
    """Decode RFC 2047 words, whatever their charset; white space becomes single spaces."""
    if "=?" in value:
        try:
            pieces = email.header.decode_header(value)
            value = "".join(
                p if isinstance(p, str) else decode(p, (c or "").split("*")[0]) for p, c in pieces
            )
        except (ValueError, MessageError):
            pass  # shown as it came
    return " ".join(value.split())


def parts(message: bytes) -> Parts:
    """Walk a message's parts."""
    found = Parts()
    found.texts = _walk(message, 0, found)
    return found


def _walk(raw: bytes, depth: int, found: Parts) -> list[Text]:
    if found.left <= 0 or depth > DEPTH:
        found.truncated = True
        return []
    found.left -= 1
    headers, body = split(raw)
    meta = Message()
    meta["Content-Type"] = first(headers, "content-type")[:2000] or "text/plain"
    meta["Content-Disposition"] = disposition = first(headers, "content-disposition")[:2000]
    kind, subtype = meta.get_content_maintype(), meta.get_content_subtype()
    children = (
        [_walk(child, depth + 1, found) for child in _children(body, meta)] if kind == "multipart" else []
    )
    if children:
        return _chosen(subtype, children)
    if subtype in ("rfc822", "rfc822-headers") and not found.original:
        found.original = first(split(body.lstrip())[0], "message-id")
    name = _name(meta)
    attached = disposition.lower().startswith("attachment") or (depth > 0 and name is not None)
    if kind in ("text", "multipart") and not attached:
        return [] if subtype in _NO_TEXT else [(_text(headers, meta, body, found), subtype)]
    if subtype != "delivery-status":
        size = _size(first(headers, "content-transfer-encoding").lower(), body)
        found.attachments.append({"name": name, "type": f"{kind}/{subtype}"[:200], "size": size})
    return []


def _chosen(subtype: str, children: list[list[Text]]) -> list[Text]:
    """Of alternatives take the plain one, unless it only says that there is HTML; of related parts the first."""
    filled = [texts for texts in children if any(text.strip() for text, _ in texts)]
    if not filled:
        return []
    if subtype == "alternative":
        plain = [texts for texts in filled if all(kind != "html" for _, kind in texts)]
        said = [texts for texts in plain if len(filled) == 1 or not _STUB.match(texts[0][0].strip()[:500])]
        return (said or filled[-1:])[0]
    if subtype in ("related", "report"):
        return filled[0]
    return [text for texts in filled for text in texts]


def _children(body: bytes, meta: Message) -> Iterator[bytes]:
    """Cut a multipart's body at its boundary; one that is not there is read off the first line that looks like one."""
    boundary = _param(meta, "boundary").encode("utf-8", "replace")
    if not boundary or b"--" + boundary not in body:
        guess = _GUESS.search(body[:HEAD])
        if not guess:
            return
        boundary = guess[1]
    mark, start, at = b"--" + boundary, -1, 0
    while (at := body.find(mark, at)) >= 0:
        end = at + len(mark)
        closing = body[end : end + 2] == b"--"
        if (at and body[at - 1 : at] != b"\n") or not (closing or not body[end : end + 1].strip()):
            at = end
            continue
        if start >= 0:
            yield body[start:at].removesuffix(b"\n").removesuffix(b"\r")
        if closing:
            return
        line = body.find(b"\n", end)
        start = at = line + 1 if line >= 0 else len(body)
    if start >= 0:
        yield body[start:]


def _param(meta: Message, name: str) -> str:
    try:
        return email.utils.collapse_rfc2231_value(meta.get_param(name) or "").strip()
    except (ValueError, LookupError, TypeError):
        return ""


def _name(meta: Message) -> str | None:
    try:
        name = meta.get_filename()
    except (ValueError, LookupError, TypeError):
        return "?"
    return None if name is None else words(name)[:255]


def _text(headers: Headers, meta: Message, body: bytes, found: Parts) -> str:
    coding = first(headers, "content-transfer-encoding").lower()
    if coding == "base64":
        body = _base64(body[: 2 * TEXT])
    elif coding == "quoted-printable":
        body = quopri.decodestring(body[: 3 * TEXT])
    found.truncated = found.truncated or len(body) > found.room
    body = body[: found.room]
    found.room -= len(body)
    text = decode(body, _param(meta, "charset").strip("'\""))
    flowed = _param(meta, "format").lower() == "flowed"
    return _unflowed(text, _param(meta, "delsp").lower() == "yes") if flowed else text


def _base64(body: bytes) -> bytes:
    letters = re.sub(rb"[^A-Za-z0-9+/]+", b"", body)
    whole = letters[: len(letters) - (len(letters) % 4 == 1)]
    return binascii.a2b_base64(whole + b"=" * (-len(whole) % 4))


def _size(coding: str, body: bytes) -> int:
    """Return the decoded size in bytes, without decoding."""
    if coding != "base64":
        return len(body)
    return (len(body) - body.count(b"\n") - body.count(b"\r")) * 3 // 4 - body.rstrip()[-2:].count(b"=")


def _unflowed(text: str, delete_space: bool) -> str:
    """Join the lines of format=flowed (RFC 3676); quoted ones stay as they are."""
    paragraphs: list[list[str]] = []
    flowing = False
    for line in text.replace("\r\n", "\n").split("\n"):
        fixed = line.startswith(">") or line == "-- "
        line = line.removeprefix(" ")
        if not flowing or fixed:
            paragraphs.append([])
        flowing = line.endswith(" ") and not fixed
        paragraphs[-1].append(line[:-1] if flowing and delete_space else line)
    return "\n".join("".join(pieces) for pieces in paragraphs)


def decode(data: bytes, charset: str = "") -> str:
    """Decode with the declared charset if it fits, else UTF-8, else the likeliest guess, else Windows-1252.

    Bytes that are valid UTF-8 beyond ASCII are UTF-8, whatever single-byte charset was declared.
    """
    try:
        known = codecs.lookup(charset[:40].strip()).name if charset else "utf-8"
    except (LookupError, ValueError):
        known = "utf-8"
    known = "utf-8" if known in _ODD else _WIDER.get(known, known)
    for name in (known, "utf-8") if known.startswith(_MULTIBYTE) else ("utf-8", known):
        try:
            return data.decode(name).encode("utf-8", "replace").decode("utf-8")
        except (UnicodeError, LookupError):  # a codec that is not one of text is a LookupError
            continue
    if known == "utf-8" and len(data) > 30 and (best := charset_normalizer.from_bytes(data[:4096]).best()):
        return data.decode(best.encoding, "replace")
    return data.decode("cp1252", "replace")
