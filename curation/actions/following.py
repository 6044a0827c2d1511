"""What others do meanwhile: follow the changes, and keep filters under a name."""

from typing import Any

from curation.actions import needs
from curation.errors import Forbidden, Invalid
from curation.models import Who
from curation.store import Store, access, threads, views

Row = dict[str, Any]


@needs("read")
def changes(store: Store, who: Who, after: int | None, head: int | None = None) -> Row:
    """Return `changes` after a number, the number to go on from as `next`, and with `head`, the `others` who look at that thread.

    A thread whose snooze has ended wakes by this. Where nothing was written since anybody asked, all of it is in memory.
    """
    threads.wake(store)
    upto, rows = access.changes(store, after)
    found: Row = {"next": upto, "changes": rows}
    if head is not None:
        found["others"] = others(store, who, head)
    return found


def others(store: Store, who: Who, head: int | None) -> list[Row] | None:
    """Return who else looks at a thread now, from memory; None for no thread."""
    return None if head is None else store.presence.others(head, who.name)


@needs("read")
def read_in(store: Store, who: Who, thread: int) -> int:
    """Return the thread that another one is read in: itself, or the one it was merged into."""
    return threads.heads(store.read(), [thread])[thread]


def moved(store: Store) -> tuple[int, int]:
    """Return a mark that is another one once anything was written or anybody came or went; it costs nothing to ask."""
    return store.writes, store.presence.moved


@needs("read")
def list_views(store: Store, who: Who) -> list[Row]:
    """List one's own views and those others share."""
    return views.listed(store, who.name)


@needs("read")
def save_view(store: Store, who: Who, name: str, query: str, shared: bool = False) -> Row:
    """Keep a filter, as an address has it, under a name of one's own; to share it needs the permission to triage."""
    if shared and "triage" not in who.permissions:
        raise Forbidden(f"{who.name} may not share a view: it needs the permission 'triage'.")
    if len(query) > 10_000:
        raise Invalid("A view has at most 10,000 characters.")
    return views.save(store, who.name, name, query, shared)


@needs("read")
def delete_view(store: Store, who: Who, name: str, owner: str | None = None) -> None:
    """Delete a view of one's own, or another's where one administers."""
    if owner not in (None, who.name) and "administer" not in who.permissions:
        raise Forbidden(f"Only {owner}, or who administers, may delete this view.")
    views.delete(store, who.name, name, owner)
