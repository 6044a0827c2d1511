"""What readers see of a quote: its words as they are, and no more of its author than was agreed."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid5

from curation.publishing.clearing import called, obstacle

Row = Mapping[str, Any]

_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\u202d\u202e]")
"""What XML 1.0 (2.2) and HTML cannot hold, and the overrides that would have words read backwards (Unicode TR 36, 2.5)."""

_WEB = re.compile(r"https?://[^\s/?#\[\]@]+(?:[/?#]\S*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A quote as it is published. `name` is empty for nobody, `link` where none was agreed to. Times are aware, UTC."""

    id: str
    words: str
    name: str
    link: str
    language: str
    day: date
    excerpt: bool
    testimonial: bool
    added_at: datetime
    changed_at: datetime


def entries(collection: Row, quotes: Sequence[Row], use: str, today: date) -> list[Entry]:
    """Return the quotes of a collection that may be published for `use` today, in their order."""
    return [_entry(collection, quote) for quote in quotes if obstacle(quote, use, today) is None]


def _entry(collection: Row, quote: Row) -> Entry:
    clearance = quote["clearance"]
    language = quote["language"] or ""
    return Entry(
        id=uuid5(UUID(collection["id"]), str(quote["id"])).urn,
        words=writable(quote["text"]),
        name=writable(called(clearance)),
        link=link(quote["url"]) if clearance["linked"] else "",
        language="" if language == "und" else language,
        day=quote["created_at"].date(),
        excerpt=quote["excerpt"],
        testimonial=clearance["kind"] == "consent",
        added_at=quote["added_at"].replace(tzinfo=UTC),
        changed_at=max(quote["added_at"], clearance["made_at"]).replace(tzinfo=UTC),
    )


def writable(text: str) -> str:
    """Put U+FFFD in the place of a character that a page or a feed must not have."""
    return _UNWRITABLE.sub("\ufffd", text)


def link(url: str | None) -> str:
    """Return an address of the web that can be followed safely, or nothing."""
    return writable(url) if url and _WEB.fullmatch(url) else ""
