"""Who did what, when, and what it was before: read from the audit, which has a row for every write."""

from collections.abc import Iterator
from typing import Any

from curation.actions import needs
from curation.models import Who
from curation.store import Store, access
from curation.store.access import Activity

Row = dict[str, Any]

AT_ONCE = 5_000


@needs("administer")
def listed(
    store: Store, who: Who, wanted: Activity | None = None, before: int | None = None, limit: int = 100
) -> list[Row]:
    """List what was done, newest first; `comment` is the id, as text, of the comment a row is about, or None."""
    rows = access.activity(store, before, limit, wanted)
    comments = access.comments_of(store, (row["subject"] for row in rows))
    return [{**row, "comment": comments.get(row["subject"])} for row in rows]


@needs("administer")
def actors(store: Store, who: Who) -> dict[str, list[str]]:
    """Return everybody who ever did something, and every action there was."""
    return access.actors(store)


@needs("administer")
def exported(store: Store, who: Who, wanted: Activity) -> Iterator[list[Row]]:
    """Give everything a filter finds, newest first, piece by piece; nothing of it is held whole."""

    def pieces() -> Iterator[list[Row]]:
        before = None
        while rows := listed(store, who, wanted, before, AT_ONCE):
            yield rows
            before = rows[-1]["id"]

    return pieces()
