"""Two ways through a listing, resumable at every page, with nothing lost between one pull and the next.

Both read again what a lag window holds, since listings show things late and times are equal or out of order; the store
knows a comment by its key, so nothing is doubled. A cursor moves to a new beginning only at a listing's end, and never
into the future: one device whose clock is wrong must not hide what others write meanwhile.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from curation.errors import Invalid, NotFound, TryAgain
from curation.models import Cursor, Gap, Page, Raw

Entry = tuple[datetime, Raw]
"""When the channel says it was written or changed (aware), and the raw."""


class Trail:
    """The pages a walk has met: pages that lead in a circle would be read for ever."""

    def __init__(self) -> None:
        self._met: Counter[tuple[int, str]] = Counter()
        self._last, self._same = hash(()), 0

    def met(self, keys: Iterable[str | None], following: Any = None) -> None:
        """Note a page by its entries' keys and the token it gave. Raises TryAgain where it leads in a circle.

        The same page may come twice: where one begins at the time at which the one before ended. Empty ones may follow
        one another where all that stood there was left out.
        """
        page = hash(tuple(keys))
        self._same = self._same + 1 if page == self._last else 1
        self._last = page
        self._met[page, repr(following)] += 1
        if self._same > (1_000 if page == hash(()) else 2) or self._met[page, repr(following)] > 2:
            raise TryAgain(
                "The channel's pages lead in a circle. They are read anew at the next pull.", after=600
            )


def newest_first(
    stream: str,
    cursor: Cursor | None,
    fetch: Callable[[Any], tuple[Sequence[Entry], Any]],
    *,
    lag: timedelta,
    since: date | None = None,
) -> Iterator[Page]:
    """Walk a listing that only goes from new to old, down to what the last whole walk began with, less `lag`.

    `fetch` takes a page's token (None: the newest page) and returns the entries and the next token, None at the end. A
    cursor is {until, walk}: `until` the newest time of the last whole walk, `walk` {next, newest} of one that was broken
    off. A token the channel no longer knows (NotFound, Invalid) begins the walk anew. A listing that ends
    before `until` is a gap nothing can read: the channel shows no more.
    """
    until = datetime.fromisoformat(cursor["until"]) if cursor and cursor.get("until") else None
    walk = (cursor or {}).get("walk")
    token, newest = (walk["next"], walk.get("newest")) if walk else (None, None)
    bottom = until - lag if until else _start(since)
    oldest: datetime | None = None
    trail = Trail()
    while True:
        try:
            entries, following = fetch(token)
        except (Invalid, NotFound):
            if token is None:
                raise
            token, newest = None, None
            continue
        try:
            trail.met((raw.key for _, raw in entries), following)
        except TryAgain:
            yield Page(stream=stream, raws=[], cursor={"until": (cursor or {}).get("until"), "walk": None})
            raise
        newest = _newest(newest, entries)
        for at, _ in entries:
            oldest = min(oldest or at, at)
        raws = [raw for at, raw in entries if bottom is None or at >= bottom]
        # The last one's time, not any: one odd time in the middle is no reason to stop.
        reached = bottom is not None and bool(entries) and entries[-1][0] < bottom
        over = reached or following is None or not entries
        before = until.isoformat() if until else None
        if not over:
            walked = {"next": following, "newest": newest}
            yield Page(stream=stream, raws=raws, cursor={"until": before, "walk": walked})
            token, walk = following, walked
            continue
        gap = None
        if not reached and until and oldest and oldest > until:
            gap = Gap(
                why=f"{stream}: the channel's list ended at {oldest:%Y-%m-%d %H:%M} UTC, and what was read before ends at"
                f" {until:%Y-%m-%d %H:%M} UTC. It shows nothing in between. Pull more often."
            )
        ended = newest if newest and (until is None or datetime.fromisoformat(newest) > until) else before
        if raws or gap or ended != before or walk:
            yield Page(stream=stream, raws=raws, cursor={"until": ended, "walk": None}, gap=gap)
        return


def oldest_first(
    stream: str,
    cursor: Cursor | None,
    fetch: Callable[[datetime | None, Any], tuple[Sequence[Entry], Any]],
    *,
    lag: timedelta,
    since: date | None = None,
) -> Iterator[Page]:
    """Walk a listing that can begin at a time, page by page, from the newest time of the last whole walk, less `lag`.

    `fetch` takes the time to begin at (None: the very beginning) and a page's token (None: the first), and returns
    entries and the next token, None at the end. A cursor is {since, next, newest}; `since` moves when the walk ends. A
    token the channel no longer knows (NotFound, Invalid) begins the walk anew.
    """
    known = cursor or {}
    begin = known.get("since")
    token, newest = known.get("next"), known.get("newest")
    start = datetime.fromisoformat(begin) - lag if begin else _start(since)
    trail = Trail()
    while True:
        try:
            entries, following = fetch(start, token)
        except (Invalid, NotFound):
            if token is None:
                raise
            token, newest = None, None
            continue
        newest = _newest(newest, entries)
        raws = [raw for _, raw in entries]
        try:
            trail.met((raw.key for raw in raws), following)
        except TryAgain:
            yield Page(stream=stream, raws=[], cursor={"since": begin, "next": None, "newest": None})
            raise
        if following is None:
            ended = newest if newest and (not begin or _later(newest, begin)) else begin
            if raws or ended != begin or token:
                yield Page(stream=stream, raws=raws, cursor={"since": ended, "next": None, "newest": None})
            return
        yield Page(stream=stream, raws=raws, cursor={"since": begin, "next": following, "newest": newest})
        token = following


def _newest(known: str | None, entries: Sequence[Entry]) -> str | None:
    """Return the newest time known so far; what lies in the future does not count."""
    now = datetime.now(UTC)
    times = [at for at, _ in entries if at <= now] + ([datetime.fromisoformat(known)] if known else [])
    return max(times).isoformat() if times else None


def _later(one: str, other: str) -> bool:
    return datetime.fromisoformat(one) > datetime.fromisoformat(other)


def _start(since: date | None) -> datetime | None:
    return datetime.combine(since, time(), UTC) if since else None


def moment(value: Any) -> datetime:
    """Read a channel's time: ISO 8601 (UTC where it names no zone) or seconds since 1970. Raises ValueError."""
    if isinstance(value, bool) or value is None:
        raise ValueError(f"{value!r} is no time")
    try:
        if isinstance(value, int | float):
            return datetime.fromtimestamp(value, UTC)
        found = datetime.fromisoformat(str(value))
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (OverflowError, OSError) as error:
        raise ValueError(f"{str(value)[:40]!r} is no time: {error}") from None
