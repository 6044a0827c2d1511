"""What a person triaging does to threads: one or many, each deed to be undone by its number."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from curation import config
from curation.actions import needs
from curation.errors import Invalid
from curation.models import Who
from curation.store import Store, bulk, deeds, holding, notes, threads, undoing
from curation.store.filters import Filter, utc

Row = dict[str, Any]

MOST_MERGED = 100


@needs("read")
def opened(store: Store, who: Who, thread: int) -> Row:
    """Return a thread's `state`, its `notes`, and `others` who look at it now. Raises NotFound."""
    head = threads.head(store.read(), thread)
    return {
        "state": threads.state(store, head),
        "notes": notes.listed(store, head),
        "others": store.presence.others(head, who.name),
    }


@needs("triage")
def claim(store: Store, who: Who, thread: int, version: int | None = None) -> Row:
    """Take a thread, or renew the claim one has. Raises Stale where somebody else has it."""
    minutes = config.load(store.config.home).triage.claim_minutes
    return holding.claim(store, who.name, thread, minutes, version)


@needs("triage")
def release(store: Store, who: Who, thread: int) -> Row:
    """Let a claimed thread go. Raises Stale where somebody else has it."""
    return holding.release(store, who.name, thread)


@needs("triage")
def set_status(
    store: Store, who: Who, thread: int, status: str, version: int | None = None, seen: int | None = None
) -> Row:
    """Move a thread to a status. See `store.threads.set_status`."""
    return threads.set_status(store, who.name, thread, status, version, seen)


@needs("triage")
def assign(store: Store, who: Who, thread: int, to: str | None, version: int | None = None) -> Row:
    """Give a thread to a member, or with None to nobody."""
    return holding.assign(store, who.name, thread, to, version)


@needs("triage")
def people(store: Store, who: Who) -> list[str]:
    """Name whom a thread can be assigned to."""
    return holding.members(store)


@needs("triage")
def snooze(store: Store, who: Who, thread: int, until: datetime | None, version: int | None = None) -> Row:
    """Put a thread aside until a time, or with None until the next message."""
    return holding.snooze(store, who.name, thread, utc(until), version)


@needs("triage")
def merge(store: Store, who: Who, thread: int, others: Sequence[int], version: int | None = None) -> Row:
    """Read other threads as parts of one."""
    if len(others) > MOST_MERGED:
        raise Invalid(f"At most {MOST_MERGED} threads are merged at once.")
    return holding.merge(store, who.name, thread, others, version)


@needs("triage")
def unmerge(store: Store, who: Who, thread: int, others: Sequence[int]) -> Row:
    """Take threads out of the one they were merged into."""
    return holding.unmerge(store, who.name, thread, others)


@needs("triage")
def add_note(store: Store, who: Who, thread: int, text: str) -> Row:
    """Keep an internal note; `@name` in it tells that member."""
    return notes.add(store, who.name, thread, text)


@needs("read")
def needing(store: Store, who: Who) -> Row:
    """Return what waits for oneself: mentions, assigned threads, claims with their end."""
    return notes.needing(store, who.name)


@needs("read")
def seen(store: Store, who: Who, ids: list[int]) -> int:
    """Remember that one has seen the mentions in some notes."""
    return notes.seen(store, who.name, ids)


@needs("triage")
def undo(store: Store, who: Who, deed: int, partly: bool = False) -> Row:
    """Take a deed back, as one. Raises Stale where something newer happened; `partly` leaves that alone."""
    return undoing.turn(store, who.name, deed, True, partly)


@needs("triage")
def redo(store: Store, who: Who, deed: int, partly: bool = False) -> Row:
    """Put a deed in force again that was undone."""
    return undoing.turn(store, who.name, deed, False, partly)


@needs("read")
def done(store: Store, who: Who, mine: bool = False, before: int | None = None, limit: int = 50) -> list[Row]:
    """List deeds, newest first."""
    return deeds.listed(store, who.name if mine else None, before, limit)


class Bulk(BaseModel):
    """What is done to many threads. `status`: also `snoozed`, `until` a time or the next message. `assign`: `to` a member or nobody."""

    model_config = ConfigDict(extra="forbid")

    action: Literal["status", "assign"]
    status: str | None = Field(default=None, max_length=20)
    until: datetime | None = None
    to: str | None = Field(default=None, max_length=100)
    expected: int | None = Field(default=None, ge=0)


@needs("triage")
def in_bulk(store: Store, who: Who, wanted: Filter, act: Bulk, dry_run: bool = False) -> Row:
    """Do one deed to every thread with a comment in a filter; `dry_run` says what it would do. See `store.bulk`.

    Raises Invalid, Stale where there are others than `expected`.
    """
    if not any(getattr(wanted, name) for name in Filter.__dataclass_fields__ if name != "deleted"):
        raise Invalid("Narrow the filter first: a bulk deed is never for all threads there are.")
    sets = _sets(store, act)
    if dry_run:
        return bulk.preview(store, who.name, wanted, sets)
    return bulk.do(store, who.name, act.action, wanted, sets, act.expected)


def _sets(store: Store, act: Bulk) -> Row:
    if act.action == "assign":
        return {"assignee": holding.assignee(store, act.to)}
    if act.status is None:
        raise Invalid("Say which status.")
    if act.until is not None and act.status != "snoozed":
        raise Invalid("Only a snoozed thread wakes at a time.")
    return threads.moved_to(threads.known(act.status), holding.waking(utc(act.until)))


@needs("read")
def look(store: Store, who: Who, thread: int, typing: bool) -> list[Row]:
    """Say that one looks at a thread, and whether one writes; return who else does. Good for some seconds. Raises NotFound."""
    con = store.read()
    head = threads.heads(con, [thread])[thread]
    if not store.presence.watched(head):
        threads.head(con, head)
    store.presence.say(head, who.name, typing)
    return store.presence.others(head, who.name)


@needs("read")
def leave(store: Store, who: Who, thread: int, keep: bool = False) -> None:
    """Say that one has left a thread; a claim one has on it ends with that where one may triage, unless one wants to `keep` it."""
    head = threads.heads(store.read(), [thread])[thread]
    store.presence.leave(head, who.name)
    if not keep and "triage" in who.permissions and threads.state(store, head)["claimed_by"] == who.name:
        holding.release(store, who.name, head)
