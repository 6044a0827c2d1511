"""Read comments, and what a person triaging does to them."""

import re
from typing import Any

import pyarrow as pa

from curation.actions import needs
from curation.actions.taxonomy import active
from curation.errors import Invalid
from curation.models import Who
from curation.store import Store, comments, overview, tags, threads
from curation.store.filters import Filter

Row = dict[str, Any]

PAGE_LIMIT = 500
LANGUAGE = re.compile("[a-z]{2,3}")


@needs("read")
def page(store: Store, who: Who, wanted: Filter, before: int | None = None, limit: int = 50) -> list[Row]:
    """List comments newest first; the last one's `rank` is the next page's `before`."""
    if not 1 <= limit <= PAGE_LIMIT:
        raise Invalid(f"A page has 1 to {PAGE_LIMIT} comments, not {limit}; to take more, use the export.")
    return comments.page(store, wanted, before, limit)


@needs("read")
def states(store: Store, who: Who, rows: list[Row]) -> list[Row]:
    """Return the states of those threads of a page that somebody touched: who has one, whose it is."""
    return threads.touched(store, rows)


@needs("read")
def count(store: Store, who: Who, wanted: Filter) -> dict[str, int]:
    """Count the comments of a filter and the distinct people behind them."""
    return comments.count(store, wanted)


@needs("read")
def opened(store: Store, who: Who, comment: int) -> Row:
    """Return one comment with thread, versions, tags with provenance and the thread's state."""
    return comments.opened(store, comment)


@needs("read")
def find(store: Store, who: Who, source: str, key: str) -> Row:
    """Return the comment with the channel's own key."""
    return comments.find(store, source, key)


@needs("read")
def raw(store: Store, who: Who, comment: int) -> Row:
    """Return the payload a comment came from, as received."""
    return comments.raw(store, comment)


@needs("read")
def export(store: Store, who: Who, wanted: Filter, limit: int | None = None) -> pa.RecordBatchReader:
    """Stream every comment of a filter, newest first."""
    return comments.export(store, wanted, limit)


@needs("read")
def overview_of(store: Store, who: Who, wanted: Filter, step: str = "week") -> Row:
    """Count by time step, sentiment, topic, source and language. See `store.overview.overview`."""
    return overview.overview(store, wanted, step)


@needs("triage")
def set_status(store: Store, who: Who, comment: int, status: str, version: int | None = None) -> Row:
    """Move a comment's thread to `status`; `version` is the state the decision was based on."""
    return threads.set_status(store, who.name, threads.of_comment(store, comment), status, version)


@needs("triage")
def correct(store: Store, who: Who, comment: int, name: str, value: str, holds: bool = True) -> Row:
    """Put a person's tag over the tagger's; return what holds now. Raises Invalid for a topic the taxonomy lacks."""
    if name == "topic" and holds and value not in (known := _topics(store)):
        raise Invalid(f"There is no topic {value[:100]!r}. There are: {', '.join(known)}.")
    if not holds and name != "topic":
        raise Invalid(f"Only a topic can be taken away. Say which {name} it is instead.")
    if name == "language" and value and not LANGUAGE.fullmatch(value):
        raise Invalid(f"A language is a code such as 'fr', or 'und', not {value[:100]!r}.")
    return tags.correct(store, who.name, comment, name, value, holds)


@needs("triage")
def confirm(store: Store, who: Who, comment: int, right: bool = True) -> Row:
    """Say that every tag of a comment is right, or with `right` false take that back; return what holds."""
    act = tags.confirm if right else tags.unconfirm
    return act(store, who.name, comment)


def _topics(store: Store) -> list[str]:
    return list(active(store))
