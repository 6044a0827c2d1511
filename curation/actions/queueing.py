"""One queue for all: threads that wait for an answer, by when it is due and what makes them matter more, each with why."""

from datetime import datetime, timedelta
from itertools import groupby, islice, product
from typing import Any

from curation import config, connectors, triage
from curation.actions import needs
from curation.config import Config
from curation.connectors import Answering
from curation.errors import Invalid, TribuneError
from curation.models import URGENCIES, Who
from curation.store import Store, comments, queue, threads
from curation.store.connection import now
from curation.store.filters import Filter, source_names
from curation.triage import Group, Place, Promise, Waiting

Row = dict[str, Any]

PAGE_LIMIT = 200
SPARE = 4
"""How many more messages than threads on a page are looked at to tell how far it reaches; some are answered, or of one thread."""


@needs("read")
def page(
    store: Store, who: Who, wanted: Filter, after: Place | None = None, limit: int = 50, free: bool = False
) -> Row:
    """Return `threads` in their order, and `next`, the place a next page goes on from, None at the end.

    A row: `thread`, `comment` (whole: the earliest that waits), `state`, `due_at`, `why` (see `triage.why`) and `place`. `free`:
    without what somebody else has. What waits for longer than `[triage] days` is left out.
    """
    if not 1 <= limit <= PAGE_LIMIT:
        raise Invalid(f"A page of the queue has 1 to {PAGE_LIMIT} threads, not {limit}.")
    threads.wake(store)
    settings = config.load(store.config.home)
    oldest = now() - timedelta(days=settings.triage.days)
    promises = _promises(store, settings, oldest)
    behind = _behind(promises, after) if after else []
    reach = _reach(store, wanted, oldest, promises, behind, limit)
    while True:
        rows = queue.candidates(
            store,
            who.name,
            wanted,
            oldest=oldest,
            most=(triage.MOST_MESSAGES, triage.MOST_TENFOLDS),
            free=free,
            behind=behind,
            reach=reach,
            limit=limit + 1,
        )
        groups = [list(map(_waiting, found)) for _, found in groupby(rows, _group)]
        found = list(islice(triage.in_order(groups, promises, after), limit + 1))
        last = found[-1][0].at if len(found) > limit else None
        # Rarely, so much within reach is answered or somebody's that the page ends beyond it: then all is looked at.
        if all(
            last and last < promises[one].due(moment) - triage.MOST_AHEAD for one, moment in reach.items()
        ):
            break
        reach = {}
    shown = found[:limit]
    whole = {row["id"]: row for row in comments.some(store, [one.comment for _, one in shown])}
    states = threads.states_in(store.read(), [one.thread for _, one in shown])
    return {
        "threads": [
            {
                "thread": str(one.thread),
                "comment": whole[one.comment],
                "state": states[one.thread],
                "due_at": promises[one.group.source].due(one.since),
                "why": triage.why(one, promises[one.group.source], now()),
                "place": place,
            }
            for place, one in shown
            if one.comment in whole
        ],
        "next": shown[-1][0] if len(found) > limit else None,
    }


def _group(row: Row) -> Group:
    return Group(row["source"], row["urgency"], row["m"], row["o"])


def _waiting(row: Row) -> Waiting:
    return Waiting(
        row["since"], row["thread"], row["comment"], row["messages"], row["others"], row["likes"], _group(row)
    )


def _behind(promises: dict[int, Promise], after: Place) -> list[Row]:
    """Say for every group there may be where it goes on behind a place."""
    known: dict[tuple[Promise, timedelta], tuple[Any, int]] = {}
    rows = []
    counts = range(1, triage.MOST_MESSAGES + 1), range(triage.MOST_TENFOLDS + 1)
    for (source, promise), urgency, m, o in product(promises.items(), URGENCIES, *counts):
        start = triage.head_start(urgency, m, o)
        if (promise, start) not in known:
            known[promise, start] = triage.resume(promise, start, after)
        since, thread = known[promise, start]
        rows.append({"source": source, "urgency": urgency, "m": m, "o": o, "since": since, "thread": thread})
    return rows


def _reach(
    store: Store,
    wanted: Filter,
    oldest: datetime,
    promises: dict[int, Promise],
    behind: list[Row],
    limit: int,
) -> dict[int, datetime]:
    """Say by source up to which moment threads can be on a page of `limit`; a source that has few is not in it."""
    floor: dict[int, datetime] = {}
    for row in behind:
        floor[row["source"]] = min(row["since"], floor.get(row["source"], row["since"]))
    enough = SPARE * (limit + 1)
    found = queue.earliest(store, wanted, oldest, floor, enough)
    return {
        source: triage.reach(promises[source], moments[-1])
        for source, moments in found.items()
        if len(moments) == enough
    }


def _promises(store: Store, settings: Config, oldest: datetime) -> dict[int, Promise]:
    """Return what every source the store has promises, by its number."""
    samples = queue.samples(store, oldest) if settings.sources else {}
    found = {}
    for number, name in source_names(store).items():
        source = settings.sources.get(name)
        hours = (source.hours if source else None) or settings.hours
        within = (source.reply_within if source else None) or settings.triage.reply_within
        window = _window(store, settings, name, samples[name]) if name in samples and source else None
        zone = hours.timezone or settings.flows.timezone
        found[number] = Promise(config.promise(within), hours, zone, window)
    return found


def _window(store: Store, settings: Config, name: str, sample: int) -> timedelta | None:
    """For how long a channel takes an answer, as its connector says of the newest comment; None where it always does."""
    try:
        connector = connectors.make(settings.sources[name], settings.home)
        if not isinstance(connector, Answering):
            return None
        return connector.rules(connectors.comment_of(comments.answered(store, sample))).window
    except TribuneError:
        # A source that cannot be read just now, such as for want of its secret, has its place in the queue all the same.
        return None
