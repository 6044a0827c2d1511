"""The filters of a page, as its address carries them: `?source=a&source=b&language=fr&since=2026-11-01`.

The names are those of the API, so that one address narrows the pages, the component and an export alike.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from curation.models import HEADS, INTENTS, SENTIMENTS, STATUSES, URGENCIES
from curation.store.filters import Filter

MANY = ("source", "language", "sentiment", "topic", "status", "intent", "urgency", "unsure")
ONE = ("since", "until", "person", "q", "deleted")
NAMES = (*MANY, *ONE)

Pairs = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a page shows. `since` and `until` are days, both included; `person` is an author's id as text."""

    source: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    sentiment: tuple[str, ...] = ()
    topic: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    intent: tuple[str, ...] = ()
    urgency: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    person: str | None = None
    q: str = ""
    deleted: bool = False

    def pairs(self) -> Pairs:
        """Return it as an address has it; `until` counts its own day in."""
        many = [(name, value) for name in MANY for value in getattr(self, name)]
        one = [
            ("since", self.since.isoformat() if self.since else ""),
            ("until", self.until.isoformat() if self.until else ""),
            ("person", self.person or ""),
            ("q", self.q),
            ("deleted", "true" if self.deleted else ""),
        ]
        return many + [(name, value) for name, value in one if value]

    def filter(self) -> Filter:
        """Return it as the library's own filter."""
        return Filter(
            sources=self.source,
            languages=self.language,
            sentiments=self.sentiment,
            topics=self.topic,
            statuses=self.status,
            intents=self.intent,
            urgencies=self.urgency,
            unsure=self.unsure,
            since=self.since,
            until=self._end() if self.until else None,
            person=int(self.person) if self.person else None,
            query=self.q,
            deleted=self.deleted,
        )

    def but(self, **changes: Any) -> Pairs:
        """Return the address of this with `changes`."""
        return replace(self, **changes).pairs()

    def _end(self) -> date:
        return min(self.until or date.max, date.max - timedelta(days=1)) + timedelta(days=1)


def read(params: Mapping[str, Sequence[str]]) -> Wanted:
    """Read an address; what is not a valid value of a filter is left out rather than shown as an error."""
    person = _last(params, "person")
    return Wanted(
        source=_known(params, "source"),
        language=_known(params, "language"),
        sentiment=_known(params, "sentiment", SENTIMENTS),
        topic=_known(params, "topic"),
        status=_known(params, "status", STATUSES),
        intent=_known(params, "intent", INTENTS),
        urgency=_known(params, "urgency", URGENCIES),
        unsure=_known(params, "unsure", HEADS),
        since=_day(_last(params, "since")),
        until=_day(_last(params, "until")),
        person=person if person.removeprefix("-").isdecimal() and len(person) < 20 else None,
        q=_last(params, "q")[:10_000],
        deleted=_last(params, "deleted") == "true",
    )


def _known(
    params: Mapping[str, Sequence[str]], name: str, values: Iterable[str] | None = None
) -> tuple[str, ...]:
    given = dict.fromkeys(value for value in params.get(name, ()) if value)
    return tuple(value for value in given if values is None or value in values)


def _last(params: Mapping[str, Sequence[str]], name: str) -> str:
    values = params.get(name) or [""]
    return values[-1]


def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        return None
