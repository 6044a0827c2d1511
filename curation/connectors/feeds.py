"""Read RSS and Atom documents nobody vouches for, with feedparser behind a guard.

feedparser opens what looks like a path, so it gets a stream; expands entities a document declares, so such a document is
refused; and takes what it can of one that is cut off, so that is told from a whole one here.
"""

import io
import json
import re
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, NamedTuple

import feedparser
import httpx

from curation.connectors.answers import Answer
from curation.connectors.shapes import deep, some, text
from curation.errors import Refused, TryAgain

MOST = 2_000
"""Entries of one document that are read."""
_DATES = ("published_parsed", "updated_parsed", "created_parsed")
_END = re.compile(rb"</\s*(?:[\w.-]+:)?(?:rss|feed|rdf|channel)\s*>", re.I)

_HALF = re.compile(
    rb"&#(?:x0*d[89a-f][0-9a-f]{2}|0*5(?:529[6-9]|5[3-9]\d\d|6\d{3}|7[0-2]\d\d|73[0-3]\d|734[0-3]));", re.I
)
"""Half a surrogate pair, on which feedparser gives up the whole feed."""


class Entry(NamedTuple):
    """One entry: its lasting key, its date (UTC, None where it has none), and all of it as JSON."""

    key: str
    at: datetime | None
    data: dict[str, Any]


def read(answer: Answer) -> tuple[list[Entry], str | None]:
    """Return a feed's entries in its order, and the address of its next page (RFC 5005).

    Raises Refused for a web page and for what declares entities, TryAgain for what is no feed or cut off.
    """
    host, plain = answer.url.host, answer.content.replace(b"\0", b"")  # UTF-16 hides nothing
    if b"<!entity" in plain.lower():
        raise Refused(
            f"{host} sends a feed that declares entities of its own, which may be a bomb; it is not read."
        )
    # Without an address: feedparser would make ids of it, and they must outlive a move to another host.
    about = {"content-type": answer.headers.get("content-type", "")}
    whole = io.BytesIO(_HALF.sub(b"&#xFFFD;", answer.content))
    try:
        found = feedparser.parse(
            whole, response_headers=about, sanitize_html=False, resolve_relative_uris=False
        )
        feed = json.loads(json.dumps(found, default=str, ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError) as error:
        raise TryAgain(
            f"{host} sends a feed that cannot be read ({type(error).__name__}).", after=600
        ) from None
    if not feed.get("version"):
        if b"<html" in plain[:2_000].lower():
            raise Refused(
                f"{host} sends a web page instead of a feed: the address is wrong, or it wants a sign-in."
            )
        raise TryAgain(f"{host} sends no feed.", after=600)
    if not _END.search(plain[-2_000:]):
        raise TryAgain(f"{host} sends a feed that is cut off.", after=60)
    entries = []
    for one in some(feed, "entries")[:MOST]:
        link = text(one, "link", longest=2_000)
        if link and link == text(one, "id") and "://" not in link:
            link = None  # feedparser's guess, where an entry has no address.
        entries.append(Entry(_key(one), published(one), {**one, "link": _joined(answer, link)}))
    ahead = (text(link, "href") for link in some(feed, "feed", "links") if link.get("rel") == "next")
    return entries, _joined(answer, next(ahead, None))


def _key(one: dict[str, Any]) -> str:
    """Return the entry's id, else its address, else a sum of what it says; a long one shortened to its sum."""
    said = text(one, "id") or text(one, "link")
    parts = [text(one, name) for name in ("title", "author", "published", "updated", "summary")]
    whole = said or json.dumps([*parts, deep(one, "content", 0, "value")])
    return whole if said and len(said) <= 300 else blake2b(whole.encode(), digest_size=16).hexdigest()


def published(one: Any) -> datetime | None:
    """Return when an entry was published, else updated, in UTC; None where neither can be read."""
    for name in _DATES:
        parsed = deep(one, name)
        with suppress(TypeError, ValueError, OverflowError):
            year, month, day, hour, minute, second = parsed[:6]
            return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    return None


def _joined(answer: Answer, address: str | None) -> str | None:
    try:
        return str(answer.url.join(address)) if address else None
    except httpx.InvalidURL:
        return None
