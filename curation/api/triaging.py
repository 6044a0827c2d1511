"""Routes for triage: what a person does to threads, one or many, and how it is undone."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from curation.actions import duplicates as resembling
from curation.actions import triaging
from curation.actions.triaging import Bulk
from curation.api import answers
from curation.api.auth import Caller, TheStore
from curation.api.reading import Wanted, number
from curation.store.filters import Filter
from curation.store.notes import LONGEST

router = APIRouter()

Thread = Annotated[str, Path(max_length=20)]
Deed = Annotated[int, Path(ge=0, lt=2**63)]
Version = Annotated[int | None, Field(ge=0, lt=2**31)]
Comment = Annotated[int | None, Field(ge=0, lt=2**63)]


class Based(BaseModel):
    """`version`: that of the thread's state the decision was based on; 409 with the current state where it moved on."""

    version: Version = None


class Status(Based):
    """`seen`: the id of the newest message that was seen; 409 where there is a newer one."""

    status: str
    seen: Comment = None


class Assignment(Based):
    """`to`: a member's name, or null for nobody."""

    to: str | None = Field(max_length=100)


class Snooze(Based):
    """`until`: a time, or null for until the next message."""

    until: datetime | None = None


class Others(Based):
    """Threads by their ids, as text."""

    others: Annotated[list[str], Field(min_length=1, max_length=triaging.MOST_MERGED)]


class Note(BaseModel):
    """`@name` in the text tells that member."""

    text: str = Field(max_length=LONGEST)


class Looking(BaseModel):
    """Whether one writes just now."""

    typing: bool = False


@router.get("/threads/{thread}", summary="A thread's state, its notes, and who looks at it")
def opened(store: TheStore, who: Caller, thread: Thread) -> Response:
    """Of one merged into another: that one's."""
    return answers.json(triaging.opened(store, who, number(thread)))


@router.post("/threads/{thread}/claim", summary="Take a thread, or renew one's claim")
def claim(store: TheStore, who: Caller, thread: Thread, given: Based) -> Response:
    """409 with who has it and until when. Send it again before the claim ends: that renews it."""
    return answers.json(triaging.claim(store, who, number(thread), given.version))


@router.delete("/threads/{thread}/claim", summary="Let a claimed thread go")
def release(store: TheStore, who: Caller, thread: Thread) -> Response:
    """409 where somebody else has it."""
    return answers.json(triaging.release(store, who, number(thread)))


@router.post("/threads/{thread}/status", summary="Move a thread to a status")
def set_status(store: TheStore, who: Caller, thread: Thread, given: Status) -> Response:
    """Answers with the new state and `deed`, by which it is undone."""
    return answers.json(
        triaging.set_status(store, who, number(thread), given.status, given.version, given.seen)
    )


@router.post("/threads/{thread}/assign", summary="Give a thread to a member, or to nobody")
def assign(store: TheStore, who: Caller, thread: Thread, given: Assignment) -> Response:
    """Answers with the new state and `deed`."""
    return answers.json(triaging.assign(store, who, number(thread), given.to, given.version))


@router.get("/people", summary="Whom a thread can be assigned to")
def people(store: TheStore, who: Caller) -> Response:
    """Names; where no members are kept, of those who were assigned one."""
    return answers.json(triaging.people(store, who))


@router.post("/threads/{thread}/snooze", summary="Put a thread aside until a time, or the next message")
def snooze(store: TheStore, who: Caller, thread: Thread, given: Snooze) -> Response:
    """Answers with the new state and `deed`."""
    return answers.json(triaging.snooze(store, who, number(thread), given.until, given.version))


@router.post("/threads/{thread}/merge", summary="Read other threads as parts of this one")
def merge(store: TheStore, who: Caller, thread: Thread, given: Others) -> Response:
    """Nothing of them is rewritten. Answers with the new state and `deed`."""
    others = [number(other) for other in given.others]
    return answers.json(triaging.merge(store, who, number(thread), others, given.version))


@router.post("/threads/{thread}/unmerge", summary="Take threads out of this one again")
def unmerge(store: TheStore, who: Caller, thread: Thread, given: Others) -> Response:
    """Each is as it was left. Answers with the state of this one and `deed`."""
    return answers.json(
        triaging.unmerge(store, who, number(thread), [number(other) for other in given.others])
    )


@router.get("/threads/{thread}/duplicates", summary="Threads that may be about the same")
def duplicates(store: TheStore, who: Caller, thread: Thread) -> Response:
    """Each with `why`: the same author within days, or nearly the same text."""
    return answers.json(resembling.duplicates(store, who, number(thread)))


@router.post("/threads/{thread}/notes", summary="Keep an internal note")
def add_note(store: TheStore, who: Caller, thread: Thread, given: Note) -> Response:
    """Answers with the note, the thread's `state` and `deed`, by which it is taken away."""
    return answers.json(triaging.add_note(store, who, number(thread), given.text), 201)


@router.post("/threads/{thread}/presence", summary="Say that one looks at a thread, and whether one writes")
def look(store: TheStore, who: Caller, thread: Thread, given: Looking) -> Response:
    """Good for eight seconds. `others`: who else does."""
    return answers.json({"others": triaging.look(store, who, number(thread), given.typing)})


@router.delete("/threads/{thread}/presence", summary="Leave a thread; one's claim on it ends")
def leave(store: TheStore, who: Caller, thread: Thread, keep: bool = False) -> Response:
    """What a page sends when it closes; with `keep` the claim stays, as when one looks at another thread."""
    triaging.leave(store, who, number(thread), keep)
    return answers.json({})


class Chosen(Bulk):
    """`ids`: these comments' threads, instead of those of the filter in the address."""

    ids: list[Annotated[int, Field(ge=0, lt=2**63)]] = Field(default=[], max_length=10_000)


@router.post("/bulk", summary="Do one deed to every thread of a filter, or of chosen comments")
def in_bulk(store: TheStore, who: Caller, wanted: Wanted, given: Chosen, dry_run: bool = False) -> Response:
    """`dry_run` changes nothing: `threads`, `held`, `from`, ten `examples`. 409 where there are others than `expected`."""
    if given.ids:
        wanted = Filter(ids=tuple(given.ids), deleted=True)
    return answers.json(triaging.in_bulk(store, who, wanted, given, dry_run))


@router.get("/deeds", summary="What people did, to be undone")
def done(
    store: TheStore,
    who: Caller,
    mine: bool = False,
    before: Annotated[int | None, Query(ge=0, lt=2**63)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> Response:
    """Newest first."""
    return answers.json(triaging.done(store, who, mine, before, limit))


@router.post("/deeds/{deed}/undo", summary="Take a deed back, as one")
def undo(store: TheStore, who: Caller, deed: Deed, partly: bool = False) -> Response:
    """409 where something newer happened to what it did; `partly` leaves that alone."""
    return answers.json(triaging.undo(store, who, deed, partly))


@router.post("/deeds/{deed}/redo", summary="Put a deed in force again that was undone")
def redo(store: TheStore, who: Caller, deed: Deed, partly: bool = False) -> Response:
    """409 as for undo."""
    return answers.json(triaging.redo(store, who, deed, partly))
