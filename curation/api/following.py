"""Routes for working side by side: the queue, what waits for oneself, what changed, and filters under a name."""

import asyncio
import time
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from curation.actions import following, queueing, triaging
from curation.api import answers
from curation.api.auth import Caller, TheStore
from curation.api.reading import Wanted, number
from curation.errors import Invalid
from curation.store import Store
from curation.triage import Place

router = APIRouter()

LONGEST_WAIT = 5.0
"""Seconds; an app that is to stop waits for its answers."""
_LOOK = 0.1
_SLICE = 0.3
_EACH, _LONGEST_LOOK = 0.016, 2.0
"""Seconds, for each who follows: what one person does is news to all the others, who would ask again all at once."""
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - the store's times are UTC without a zone


def _said(place: Place) -> str:
    moments = [(at - _EPOCH) // timedelta(microseconds=1) for at in (place.at, place.since)]
    return f"{moments[0]}_{moments[1]}_{place.thread}"


def _read(text: str | None) -> Place | None:
    if text is None:
        return None
    try:
        at, since, thread = map(number, text.split("_"))
        microsecond = timedelta(microseconds=1)
        place = Place(_EPOCH + at * microsecond, _EPOCH + since * microsecond, thread)
    except (ValueError, OverflowError):
        place = None
    if place is None or not all(1900 < moment.year < 2300 for moment in place[:2]):
        raise Invalid(f"{text[:60]!r} is not a place this API gave out.")
    return place


@router.get("/queue", summary="Threads that wait for an answer, in their order, each with why")
def queue(
    store: TheStore,
    who: Caller,
    wanted: Wanted,
    after: Annotated[str | None, Query(max_length=80)] = None,
    limit: Annotated[int, Query(ge=1, le=queueing.PAGE_LIMIT)] = 50,
    free: bool = False,
) -> Response:
    """`next` is the `after` of the next page. `why` has codes: due or window (`in_minutes`), urgency, messages, others, likes (and reposts), waiting."""
    found = queueing.page(store, who, wanted, _read(after), limit, free)
    for row in found["threads"]:
        row["place"] = _said(row["place"])
    return answers.json({**found, "next": _said(found["next"]) if found["next"] else None})


@router.get("/changes", summary="What changed since a number, and who looks at a thread")
async def changes(
    request: Request,
    store: TheStore,
    who: Caller,
    after: Annotated[int | None, Query(ge=0, lt=2**63)] = None,
    thread: Annotated[str | None, Query(max_length=20)] = None,
    wait: Annotated[float, Query(ge=0, le=LONGEST_WAIT)] = 0,
) -> Response:
    """Without `after`: where to begin. `wait`: seconds until it answers where nothing changed. `next` is the next `after`."""
    head = None
    if thread is not None:
        head = await run_in_threadpool(following.read_in, store, who, number(thread))
    if after is None or not wait:
        return answers.json(await run_in_threadpool(following.changes, store, who, after, head))
    end, known = time.monotonic() + wait, following.others(store, who, head)
    store.recent.followers += 1
    try:
        pause = min(_LONGEST_LOOK, store.recent.followers * _EACH)
        mark = None
        if pause > _LOOK:
            await _rest(store, pause, end)
        while True:
            if (now := following.moved(store)) != mark:
                mark = now
                found = await run_in_threadpool(following.changes, store, who, after, head)
            over = time.monotonic() >= end or store.leaving.is_set()
            if over or found["changes"] or found.get("others") != known or await request.is_disconnected():
                return answers.json(found)
            await _rest(store, max(_LOOK, pause), end)
    finally:
        store.recent.followers -= 1


async def _rest(store: Store, seconds: float, end: float) -> None:
    """Wait so long, but not beyond the moment `end`, nor longer than the app has before it stops."""
    until = min(time.monotonic() + seconds, end)
    while (left := until - time.monotonic()) > 0 and not store.leaving.is_set():
        await asyncio.sleep(min(_SLICE, left))


@router.get("/needs", summary="What waits for oneself: mentions, assigned threads, claims")
def needing(store: TheStore, who: Caller) -> Response:
    """`mentions` that were not seen; `claimed` with `claimed_until`."""
    return answers.json(triaging.needing(store, who))


@router.post("/mentions/seen", summary="Remember that one has seen mentions")
def seen(
    store: TheStore,
    who: Caller,
    notes: Annotated[list[Annotated[int, Field(ge=0, lt=2**63)]], Field(max_length=1_000)],
) -> Response:
    """By the `note` of `/needs`."""
    return answers.json({"seen": triaging.seen(store, who, notes)})


class View(BaseModel):
    """`query`: a filter as the address of `/comments` or of a page has it."""

    query: str = Field(max_length=10_000)
    shared: bool = False


Name = Annotated[str, Path(max_length=100)]


@router.get("/views", summary="One's own views, and those others share")
def list_views(store: TheStore, who: Caller) -> Response:
    """`owner`, `name`, `query`, `shared`."""
    return answers.json(following.list_views(store, who))


@router.put("/views/{name:path}", summary="Keep a filter under a name")
def save_view(store: TheStore, who: Caller, name: Name, view: View) -> Response:
    """In the place of one's own of that name."""
    return answers.json(following.save_view(store, who, name, view.query, view.shared))


@router.delete("/views/{name:path}", summary="Delete a view")
def delete_view(store: TheStore, who: Caller, name: Name, owner: str | None = None) -> Response:
    """Another's needs the permission 'administer'."""
    following.delete_view(store, who, name, owner)
    return answers.json({})
