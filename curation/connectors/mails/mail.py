"""Read one message (RFC 5322) as a comment needs it: who, when, in answer to what, in which words.

Nothing here raises for what is in a message; see `mime` for the bounds.
"""

import email.utils
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from curation.connectors import markup
from curation.connectors.mails.mime import Headers, Text, first, parts, split, words
from curation.connectors.mails.quoting import visible

_ID = re.compile(r"<\s*([^<>\s]{1,500})\s*>")
_BARE_ID = re.compile(r"[^\s<>,]{1,500}")
_LOOSE_ADDRESS = re.compile(r"[^\s<>(),;:\"@]{1,64}@[^\s<>(),;:\"@]{1,255}")
_AUTOMATIC_SUBJECT = re.compile(
    r"(?:automatic reply|auto(?:matic)?[- ]?reply|réponse automatique|absence du bureau|automatische antwort|"
    r"abwesenheitsnotiz|respuesta automática|risposta automatica)\s?[:：]|out of (?:the )?office\b",
    re.I,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A message. `sent`: aware, UTC. `root`: the first message of its thread, as far as it tells.

    `answer_to`: where Reply-To asks answers to go. `references`: the thread's messages, the first and the last fifty.
    `automatic`: auto-reply, bounce or list where a machine wrote it, else None.
    """

    message_id: str | None
    subject: str | None
    name: str | None
    address: str | None
    to: list[str]
    cc: list[str]
    sent: datetime
    reply_to: str | None
    root: str | None
    references: list[str]
    answer_to: str | None
    text: str
    attachments: list[dict[str, Any]]
    automatic: str | None
    truncated: bool


def read(message: bytes, received: datetime) -> Mail:
    """Read one message. `received`: aware; stands in for a date that is missing or absurd."""
    headers, _ = split(message)
    found = parts(message)
    references = _ids(first(headers, "references"))
    parents = _ids(first(headers, "in-reply-to")) or references[-1:] or _ids(found.original or "")
    senders = _addresses(headers, "from") or [(None, None)]
    name, address = senders[0]
    return Mail(
        message_id=_message_id(headers),
        subject=words(first(headers, "subject"))[:1000] or None,
        name=name or address,
        address=address,
        to=[address for _, address in _addresses(headers, "to") if address],
        cc=[address for _, address in _addresses(headers, "cc") if address],
        sent=_sent(headers, received),
        reply_to=parents[0] if parents else None,
        root=next(iter(references or parents), None),
        references=references[:1] + references[1:][-50:],
        answer_to=next((address for _, address in _addresses(headers, "reply-to") if address), None),
        text=visible(_plain(found.texts, quotes=False)) or visible(_plain(found.texts, quotes=True)),
        attachments=found.attachments,
        automatic=machine(headers, address or ""),
        truncated=found.truncated,
    )


def key(message: bytes) -> str:
    """Return the Message-ID, or the SHA-256 of the bytes where there is none: the same in every folder."""
    return _message_id(split(message)[0]) or f"sha256:{hashlib.sha256(message).hexdigest()}"


def _plain(texts: list[Text], *, quotes: bool) -> str:
    """Join the texts a reader sees, HTML made plain."""
    return "\n\n".join(
        markup.text(text, quotes=quotes) if kind == "html" else text.strip("\r\n") for text, kind in texts
    )


def _message_id(headers: Headers) -> str | None:
    value = first(headers, "message-id")
    bare = value.strip("<>")
    return next(iter(_ID.findall(value)), bare if _BARE_ID.fullmatch(bare) else None)


def _ids(value: str) -> list[str]:
    return _ID.findall(value) or [word for word in _BARE_ID.findall(value) if "@" in word]


def _addresses(headers: Headers, name: str) -> list[tuple[str | None, str | None]]:
    """Return (name, lower-case address) of the first hundred people in a header."""
    value = first(headers, name)
    try:
        pairs = email.utils.getaddresses([value])
    except (RecursionError, ValueError, IndexError):
        pairs = []
    found = [
        (words(person) or None, words(address).lower()) for person, address in pairs[:100] if address.strip()
    ]
    if value and not any("@" in address for _, address in found):
        found = [(None, address.lower()) for address in _LOOSE_ADDRESS.findall(value)[:100]] or found
    return [(person, address) for person, address in found]


def _sent(headers: Headers, received: datetime) -> datetime:
    """Believe the sender's clock unless it says what cannot be; then the last relay's, then the mailbox's."""
    relayed = _date(first(headers, "received").rpartition(";")[2])
    latest = min(relayed or received, received) + timedelta(days=2)
    earliest = (
        relayed - timedelta(days=366) if relayed and relayed.year > 1990 else datetime(1990, 1, 1, tzinfo=UTC)
    )
    for date in (_date(first(headers, "date")), relayed):
        if date and earliest <= date <= latest:
            return date
    return received.astimezone(UTC)


def _date(value: str) -> datetime | None:
    try:
        date = email.utils.parsedate_to_datetime(value[:200])
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def machine(headers: Headers, address: str) -> str | None:
    """Tell what kind of machine wrote this (RFC 3834, and what servers did before and beside it)."""
    kind = first(headers, "content-type").lower()
    precedence = first(headers, "precedence").lower()
    submitted = first(headers, "auto-submitted").lower()
    if "delivery-status" in kind or "x-failed-recipients" in headers:
        return "bounce"
    if address.partition("@")[0] in ("mailer-daemon", "postmaster"):
        return "bounce"
    if (
        (submitted and not submitted.startswith("no"))
        or precedence == "auto_reply"
        or headers.keys() & {"x-autoreply", "x-autorespond", "x-autoresponder"}
        or first(headers, "return-path").replace(" ", "") == "<>"
        or "disposition-notification" in kind
        or _AUTOMATIC_SUBJECT.match(words(first(headers, "subject")))
    ):
        return "auto-reply"
    announced = "list-unsubscribe" in headers and "list-post" not in headers
    return "list" if announced or precedence in ("bulk", "junk") else None
