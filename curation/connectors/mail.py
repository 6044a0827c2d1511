"""Read a message as it came over the wire (RFC 5322, MIME) into plain values.

The bytes are hostile: nothing here raises for what is in them, every header, part, level and text has a bound, and
the work grows linearly with the size. Python's own `email.parser` is not used for the tree: it recurses once per
level and looks at every open boundary for every line. What cannot be read is left out; the raw keeps it.
"""

import binascii
import codecs
import email.header
import email.message
import email.utils
import hashlib
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import charset_normalizer
import lxml.etree
import lxml.html
from inscriptis.css_profiles import STRICT_CSS_PROFILE
from inscriptis.html_engine import Inscriptis
from inscriptis.html_properties import Display
from inscriptis.model.config import ParserConfig
from inscriptis.model.html_element import HtmlElement

from curation.connectors.quoting import visible

HEAD, VALUE = 256 * 1024, 8_000
DEPTH, PARTS = 12, 300
TEXT = 4 * 1024 * 1024
"""Bounds: bytes of a part's head, characters of one header, levels, parts, bytes of text that are read."""

Headers = dict[str, list[str]]

_ID = re.compile(r"<\s*([^<>\s]{1,500})\s*>")
_ODD_CODECS = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "unicode_internal"}
_WIDER = {"ascii": "cp1252", "iso8859-1": "cp1252", "gb2312": "gb18030", "gbk": "gb18030", "euc_kr": "cp949"}
_QUOTING = (
    "//blockquote[@type='cite' or contains(@class,'gmail_quote') or contains(@class,'protonmail_quote')]"
    "|//*[contains(@class,'gmail_attr') or contains(@class,'moz-cite-prefix') or contains(@class,'yahoo_quoted')]"
    "|//*[@id='divRplyFwdMsg' or @id='mail-editor-reference-message-container']"
    "|//*[@id='divRplyFwdMsg']/following-sibling::*"
)
_SIGNING = (
    "|//*[contains(@class,'gmail_signature') or contains(@class,'moz-signature')]"
    "|//*[contains(@class,'protonmail_signature_block') or @id='Signature' or @id='ms-outlook-mobile-signature']"
)
_HIDDEN = "|//*[contains(translate(@style,' ','') , 'display:none')]"
_PLAIN_BLOCK = {tag: HtmlElement(display=Display.block) for tag in ("tr", "table", "tbody", "dt", "dd", "hr")}
_CELL = {tag: HtmlElement(prefix=" ", suffix=" ", limit_whitespace_affixes=True) for tag in ("td", "th")}
_LAYOUT = ParserConfig(css=STRICT_CSS_PROFILE | _PLAIN_BLOCK | _CELL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A message. `sent` is aware, UTC; `automatic` is auto-reply, bounce, list, or None for a person's."""

    message_id: str | None
    subject: str | None
    name: str | None
    address: str | None
    to: list[str]
    cc: list[str]
    sent: datetime
    reply_to: str | None
    root: str | None
    text: str
    attachments: list[dict[str, Any]]
    automatic: str | None
    truncated: bool


@dataclass(slots=True)
class _Walk:
    """What is gathered while walking the parts."""

    parts: int = PARTS
    text: int = TEXT
    truncated: bool = False
    original: str | None = None
    attachments: list[dict[str, Any]] = field(default_factory=list)


def read(message: bytes, received: datetime) -> Mail:
    """Read one message. `received`: aware; stands in for a date that is missing or absurd."""
    headers = _headers(_split(message)[0])
    walk = _Walk()
    found = _texts(message, 0, walk)
    whole = "\n\n".join(_as_text(kind, text, "") for kind, text in found).strip()
    own = "\n\n".join(_as_text(kind, text, _QUOTING + _SIGNING) for kind, text in found).strip()
    ids = _ids(headers, "references")
    parents = _ids(headers, "in-reply-to") or ids[-1:] or ([walk.original] if walk.original else [])
    name, address = _addresses(headers, "from")[0] if _addresses(headers, "from") else (None, None)
    return Mail(
        message_id=_message_id(headers),
        subject=_words(_first(headers, "subject"))[:1000] or None,
        name=name or address,
        address=address,
        to=[address for _, address in _addresses(headers, "to")],
        cc=[address for _, address in _addresses(headers, "cc")],
        sent=_sent(headers, received),
        reply_to=parents[0] if parents else None,
        root=(ids or parents or [None])[0],
        text=visible(own) or visible(whole),
        attachments=walk.attachments,
        automatic=_automatic(headers, address),
        truncated=walk.truncated,
    )


def key(message: bytes) -> str:
    """Return the Message-ID, or the SHA-256 of the bytes where there is none: the same in every folder."""
    return _message_id(_headers(_split(message)[0])) or f"sha256:{hashlib.sha256(message).hexdigest()}"


# Headers


def _split(message: bytes) -> tuple[bytes, bytes]:
    if message.startswith((b"\n", b"\r\n")):
        return b"", message.lstrip(b"\r\n")
    blank = re.compile(rb"\r?\n\r?\n").search(message)
    return (message[: blank.start()], message[blank.end() :]) if blank else (message, b"")


def _headers(head: bytes) -> Headers:
    headers: Headers = {}
    for line in re.split(rb"\r?\n(?![ \t])", head[:HEAD]):
        name, colon, value = line.partition(b":")
        if colon and len(name) < 100:
            unfolded = re.sub(rb"[\r\n]", b"", value[:VALUE])
            headers.setdefault(name.strip().lower().decode("latin-1"), []).append(_decode(unfolded, None).strip())
    return headers


def _first(headers: Headers, name: str) -> str:
    return headers.get(name, [""])[0]


def _words(value: str) -> str:
    """Decode RFC 2047 words, whatever their charset; white space becomes single spaces."""
    if "=?" in value:
        try:
            pieces = email.header.decode_header(value)
        except (ValueError, email.errors.MessageError):
            pieces = []
        value = "".join(p if isinstance(p, str) else _decode(p, c and c.split("*")[0]) for p, c in pieces) or value
    return " ".join(value.split())


def _ids(headers: Headers, name: str) -> list[str]:
    value = _first(headers, name)
    return _ID.findall(value) or [word for word in value.split() if "@" in word and "<" not in word][:50]


def _message_id(headers: Headers) -> str | None:
    value = _first(headers, "message-id")
    found = _ID.findall(value)
    bare = value.strip("<>")
    return found[0] if found else bare if 0 < len(bare) <= 500 and not re.search(r"[\s<>]", bare) else None


def _addresses(headers: Headers, name: str) -> list[tuple[str | None, str]]:
    value = _first(headers, name)
    try:
        pairs = email.utils.getaddresses([value], strict=False)
    except TypeError:  # Python without the `strict` of 2024
        pairs = email.utils.getaddresses([value])
    except (RecursionError, ValueError, IndexError):
        pairs = []
    found = [(_words(name) or None, address.strip().lower()) for name, address in pairs if address.strip()][:100]
    if not any("@" in address for _, address in found):
        loose = re.findall(r"[^\s<>(),;:\"]{1,64}@[^\s<>(),;:\"]{1,255}", value)
        found = [(None, address.lower()) for address in loose[:100]] or found
    return found


def _sent(headers: Headers, received: datetime) -> datetime:
    """Believe the sender's date unless it lies beyond what can be; then the relay's, then the mailbox's."""
    arrived = _date(_first(headers, "received").rpartition(";")[2])
    latest = min(arrived or received, received) + timedelta(days=2)
    earliest = (arrived - timedelta(days=366)) if arrived else datetime(1990, 1, 1, tzinfo=UTC)
    for date in (_date(_first(headers, "date")), arrived):
        if date and earliest <= date <= latest and date.year >= 1990:
            return date
    return received.astimezone(UTC)


def _date(value: str) -> datetime | None:
    try:
        date = email.utils.parsedate_to_datetime(value[:200])
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _automatic(headers: Headers, address: str | None) -> str | None:
    """Tell what kind of machine wrote this (RFC 3834 and what servers did before and beside it), or None."""
    kind, sender = _first(headers, "content-type").lower(), (address or "").partition("@")[0]
    if "delivery-status" in kind or "x-failed-recipients" in headers or sender in ("mailer-daemon", "postmaster"):
        return "bounce"
    precedence, submitted = _first(headers, "precedence").lower(), _first(headers, "auto-submitted").lower()
    subject = _words(_first(headers, "subject")).lower()
    if (
        (submitted and not submitted.startswith("no"))
        or precedence == "auto_reply"
        or headers.keys() & {"x-autoreply", "x-autorespond", "x-autoresponder"}
        or _first(headers, "return-path").replace(" ", "") == "<>"
        or "disposition-notification" in kind
        or _AUTO_SUBJECT.match(subject)
    ):
        return "auto-reply"
    bulk = precedence in ("bulk", "junk") or ("list-unsubscribe" in headers and "list-post" not in headers)
    return "list" if bulk else None


_AUTO_SUBJECT = re.compile(
    r"(?:automatic reply|auto(?:matic)?[- ]?reply|autoreply|réponse automatique|absence du bureau|"
    r"automatische antwort|abwesenheitsnotiz|respuesta automática|risposta automatica)\s?[:：]"
    r"|out of (?:the )?office\b"
)

# Parts


def _texts(raw: bytes, depth: int, walk: _Walk) -> list[tuple[str, str]]:
    """Return (subtype, text) of what a reader would show of this part, and list the attachments on the way."""
    if walk.parts <= 0 or depth > DEPTH:
        walk.truncated = True
        return []
    walk.parts -= 1
    head, body = _split(raw)
    headers = _headers(head)
    meta = email.message.Message()
    meta["Content-Type"] = _first(headers, "content-type")[:2000] or "text/plain"
    meta["Content-Disposition"] = _first(headers, "content-disposition")[:2000]
    kind, subtype = meta.get_content_maintype(), meta.get_content_subtype()
    if kind == "multipart" and (children := list(_children(body, meta))):
        return _chosen(subtype, [_texts(child, depth + 1, walk) for child in children])
    if subtype in ("rfc822", "rfc822-headers") and not walk.original:
        walk.original = _message_id(_headers(_split(body.lstrip(b"\r\n"))[0]))
    name, disposition = _name(meta), _first(headers, "content-disposition").lower()
    attached = disposition.startswith("attachment") or (depth > 0 and name is not None)
    if (kind in ("text", "multipart") or not meta["Content-Type"].strip()) and not attached:
        if subtype in ("x-amp-html", "rfc822-headers", "calendar"):
            return []
        text = _decode(_content(headers, body, walk), _charset(meta))
        flowed = str(_param(meta, "format")).lower() == "flowed"
        return [(subtype, _unflowed(text, str(_param(meta, "delsp")).lower() == "yes") if flowed else text)]
    if subtype != "delivery-status":
        walk.attachments.append({"name": name, "type": f"{kind}/{subtype}"[:200], "size": _size(headers, body)})
    return []


def _chosen(subtype: str, children: list[list[tuple[str, str]]]) -> list[tuple[str, str]]:
    filled = [child for child in children if any(text.strip() for _, text in child)]
    if subtype == "alternative" and filled:
        plain = [child for child in filled if not any(kind == "html" for kind, _ in child)]
        meaningful = [c for c in plain if len(filled) == 1 or not _PLACEHOLDER.match(c[0][1][:300])]
        return (meaningful or filled[-1:])[0]
    if subtype in ("related", "report"):
        return filled[0] if filled else []
    return [text for child in filled for text in child]


_PLACEHOLDER = re.compile(r"[^\n]{0,200}\b(?:html)\b[^\n]{0,100}\s*(?:\n\s*\S{0,200}\s*)?$", re.I)


def _children(body: bytes, meta: email.message.Message) -> Iterator[bytes]:
    """Cut a multipart's body at its boundary; a missing boundary is read off the first line that looks like one."""
    boundary = str(_param(meta, "boundary") or "").encode("utf-8", "replace")
    if not boundary or b"--" + boundary not in body:
        guess = re.search(rb"^--([^\s-][^\r\n]{0,200}?)[ \t]*\r?$", body[:HEAD], re.M)
        if not guess:
            return
        boundary = guess[1]
    mark, start, at = b"--" + boundary, None, 0
    while (at := body.find(mark, at)) >= 0:
        end = at + len(mark)
        if (at and body[at - 1 : at] != b"\n") or body[end : end + 2].strip() not in (b"", b"-", b"--"):
            at = end
            continue
        if start is not None:
            yield body[start:at].removesuffix(b"\n").removesuffix(b"\r")
        if body[end : end + 2] == b"--":
            return
        line = body.find(b"\n", end)
        start = at = line + 1 if line >= 0 else len(body)
    if start is not None:
        yield body[start:]


def _param(meta: email.message.Message, name: str) -> Any:
    try:
        return email.utils.collapse_rfc2231_value(meta.get_param(name) or "")
    except (ValueError, LookupError, TypeError):
        return ""


def _charset(meta: email.message.Message) -> str:
    return str(_param(meta, "charset")).strip("'\" ")


def _name(meta: email.message.Message) -> str | None:
    try:
        name = meta.get_filename()
    except (ValueError, LookupError, TypeError):
        return "?"
    return None if name is None else _words(name)[:255]


def _content(headers: Headers, body: bytes, walk: _Walk) -> bytes:
    coding = _first(headers, "content-transfer-encoding").lower()
    if len(body) > (limit := walk.text * 2):
        body, walk.truncated = body[:limit], True
    if coding == "base64":
        letters = re.sub(rb"[^A-Za-z0-9+/]", b"", body)
        body = binascii.a2b_base64(letters[: len(letters) // 4 * 4] + (letters[-(len(letters) % 4) :] + b"==")[:4] * (len(letters) % 4 > 1))
    elif coding == "quoted-printable":
        body = quopri.decodestring(body)
    walk.text -= len(body)
    return body


def _size(headers: Headers, body: bytes) -> int:
    """Return the decoded size in bytes without decoding."""
    if _first(headers, "content-transfer-encoding").lower() != "base64":
        return len(body)
    return (len(body) - body.count(b"\n") - body.count(b"\r")) * 3 // 4 - body[-4:].count(b"=")
