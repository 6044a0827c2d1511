"""Two ways through listings that go by id, where times say nothing: what is newest is read again at every pull.

So edits show, and what came late; and what a walk no longer shows of its window is asked after, one by one: the way to
deletions where a channel tells none. Both resume at every page.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from curation.connectors.http import Http
from curation.connectors.paging import Trail
from curation.connectors.shapes import packed
from curation.errors import NotFound, TryAgain
from curation.models import Cursor, Page, Raw


class Seen(NamedTuple):
    """An entry of a listing: its place in it, its raw's key, what the connector found out about it (JSON), and the raw.

    An entry without a place is landed and not kept in the window; one without a raw the other way round.
    """

    place: Any
    key: str
    memo: Any
    raw: Raw | None


def absent(connection: Http, path: str, key: str) -> Raw | None:
    """Return a raw {id, deleted} where nothing is at `path`/`key` any more, None where something is."""
    try:
        connection.get(f"{path}/{key}")
    except NotFound:
        return packed({"id": key, "deleted": True}, key)
    return None


def forward(
    stream: str,
    cursor: Cursor | None,
    fetch: Callable[[Any, dict[str, Any]], tuple[Sequence[Seen], Any]],
    gone: Callable[[str], Raw | None],
    *,
    keep: int,
) -> Iterator[Page]:
    """Walk a listing that can begin after any place, from old to new, beginning before its newest `keep` entries.

    `fetch` takes the place to begin after (None: the very beginning) and the memos known by key, and returns the
    entries, oldest first, and the place to go on after, None at the end. `gone` returns the raw that says so, None where
    it is still there. A cursor is {begin, at, due, window}.
    """
    state = cursor or {}
    begin, window = state.get("begin"), list(state.get("window") or [])
    due: dict[str, Any] = dict(state.get("due") or {})
    at, trail = state.get("at") or begin, Trail()
    while True:
        entries, at = fetch(at, due)
        trail.met((entry.key for entry in entries), at)
        raws = [entry.raw for entry in entries if entry.raw]
        for entry in entries:
            due.pop(entry.key, None)
        window += [[entry.place, entry.key, entry.memo] for entry in entries if entry.place is not None]
        window = window[-keep:]
        if at is None:
            break
        yield Page(stream=stream, raws=raws, cursor={"begin": begin, "at": at, "due": due, "window": window})
    raws += [raw for key in due if (raw := gone(key))]
    if len(window) == keep:
        begin = window[0][0]
    due = {key: memo for place, key, memo in window if place != begin}
    yield Page(stream=stream, raws=raws, cursor={"begin": begin, "at": None, "due": due, "window": []})


def backward(
    stream: str,
    cursor: Cursor | None,
    fetch: Callable[[int | None], tuple[Sequence[Seen], bool]],
    gone: Callable[[str], Raw | None],
    *,
    keep: int,
) -> Iterator[Page]:
    """Walk a listing that only goes from new to old, by whole numbers that rise, down to the oldest of those kept.

    `fetch` takes the place to begin below (None: the newest) and returns the entries, also those it has to leave out
    as ones without a raw, and whether older ones are wanted at all. A cursor is {kept, walk}: `kept` the newest `keep`
    [place, key] of the last whole walk, `walk` {below, read, due} of one that was broken off.
    """
    state = cursor or {}
    kept: list[list[Any]] = state.get("kept") or []
    walk = state.get("walk") or {}
    below, read = walk.get("below"), list(walk.get("read") or [])
    due: list[str] = walk["due"] if walk else [key for _, key in kept]
    floor = kept[-1][0] if kept else None
    while True:
        entries, more = fetch(below)
        # Some servers begin at the place they are given, not below it.
        fresh = [entry for entry in entries if entry.place is None or below is None or entry.place < below]
        if entries and not fresh and any(entry.place != below for entry in entries):
            raise TryAgain("The channel shows again what was read, and nothing below it.", after=600)
        places = [entry.place for entry in fresh if entry.place is not None]
        raws = [
            one.raw for one in fresh if one.raw and (one.place is None or floor is None or one.place >= floor)
        ]
        read = [*read, *([one.place, one.key] for one in fresh if one.raw and one.place is not None)][:keep]
        due = [key for key in due if key not in {entry.key for entry in fresh}]
        if not places or not more or (floor is not None and min(places) <= floor):
            break
        below = min(places)
        walked = {"below": below, "read": read, "due": due}
        yield Page(stream=stream, raws=raws, cursor={"kept": kept, "walk": walked})
    raws += [raw for key in due if (raw := gone(key))]
    yield Page(stream=stream, raws=raws, cursor={"kept": read, "walk": None})
