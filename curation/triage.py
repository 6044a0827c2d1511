"""When an answer is due, and which thread comes first: pure rules, every reason told.

A thread's place in the queue is a moment that does not depend on the clock: when its answer is due, less a head start for
what makes it matter more. So places stay as they are while people work, and a page goes on exactly where the last ended.
"""

import heapq
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from curation.config.hours import DAYS, Hours

MOST_YEARS = 5
"""A promise that takes longer of working time than these years have is counted around the clock."""

ALWAYS = Hours()

URGENT = {"high": timedelta(hours=4), "low": timedelta(hours=-4)}
MESSAGE, MOST_MESSAGES = timedelta(minutes=30), 4
TENFOLD, MOST_TENFOLDS = timedelta(hours=1), 3

_TICK, _LAST_THREAD = timedelta(microseconds=1), 2**63 - 1
_DAY, _FAR = timedelta(days=1), timedelta(days=10_000)


@dataclass(frozen=True, slots=True)
class Promise:
    """How soon those who write to a source are to be answered: `within` working time, in `zone`.

    `window`: how long after a message its channel takes an answer at all.
    """

    within: timedelta
    hours: Hours = ALWAYS
    zone: str = "UTC"
    window: timedelta | None = None

    def due(self, since: datetime) -> datetime:
        """Return when the answer to a message of the moment `since` is due; both in UTC, without a zone."""
        due = _after(self.hours, self.zone, since, self.within)
        return due if self.window is None else min(due, since + self.window)


@lru_cache(maxsize=512)
def _year(hours: Hours, zone: str, year: int) -> tuple[list[datetime], list[datetime], list[timedelta]]:
    """Return when a team opens and closes in a year, in UTC, and how long it has worked in it before each opening."""
    local = ZoneInfo(zone)
    opens, closes = time.fromisoformat(hours.opens), hours.closes
    begins: list[datetime] = []
    ends: list[datetime] = []
    worked = [timedelta(0)]
    day = datetime(year, 1, 1)  # noqa: DTZ001 - a day of the wall's calendar
    while day.year == year:
        if DAYS[day.weekday()] in hours.days and day.date() not in hours.holidays:
            last = (
                day + timedelta(days=1)
                if closes == "24:00"
                else datetime.combine(day, time.fromisoformat(closes))
            )
            begins.append(_utc(datetime.combine(day, opens), local))
            ends.append(_utc(last, local))
            worked.append(worked[-1] + max(ends[-1] - begins[-1], timedelta(0)))
        day += timedelta(days=1)
    return begins, ends, worked


def _utc(wall: datetime, zone: ZoneInfo) -> datetime:
    return wall.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None)


def _after(hours: Hours, zone: str, since: datetime, within: timedelta) -> datetime:
    """Return the moment at which a team has worked for `within` since a moment."""
    if hours.always:
        return since + within
    left = within
    # Where the wall's year begins up to half a day away from UTC's.
    first = max(1, (since - timedelta(days=1)).year)
    for year in range(first, min(first + MOST_YEARS, 9998)):
        begins, ends, worked = _year(hours, zone, year)
        place = bisect_right(ends, since)
        if place == len(ends):
            continue
        done = worked[place] + max(since - begins[place], timedelta(0))
        if worked[-1] - done >= left:
            # The last opening before which less had been worked than is promised.
            goal = done + left
            at = bisect_right(worked, goal) - 1
            at -= worked[at] == goal and at > place
            return begins[at] + (goal - worked[at])
        left -= worked[-1] - done
    return since + within


def head_start(urgency: str | None, messages: int, tenfolds: int) -> timedelta:
    """Return by how much earlier a thread comes than its answer is due.

    `messages`: how many of the customer's wait. `tenfolds`: how many tens, as powers, of other people say the same, and like or
    share it.
    """
    more = MESSAGE * (min(max(messages, 1), MOST_MESSAGES) - 1)
    return more + TENFOLD * min(tenfolds, MOST_TENFOLDS) + URGENT.get(urgency or "", timedelta(0))


MOST_AHEAD = head_start("high", MOST_MESSAGES, MOST_TENFOLDS)
MOST_BEHIND = head_start("low", 1, 0)


def reach(promise: Promise, since: datetime) -> datetime:
    """Return the moment from which on no thread can come before any that has waited since `since`, whatever matters in either."""
    last = promise.due(since) - MOST_BEHIND
    return _last_before(lambda later: promise.due(later) - MOST_AHEAD > last, since) + _TICK


class Group(NamedTuple):
    """Threads whose places differ by their waiting alone: source, urgency, messages and impact, as far as they count."""

    source: int
    urgency: str
    messages: int
    tenfolds: int


class Waiting(NamedTuple):
    """A thread that waits for an answer: since when, its earliest unanswered comment, how many messages, others, and likes and reposts."""

    since: datetime
    thread: int
    comment: int
    messages: int
    others: int
    likes: int
    group: Group


class Place(NamedTuple):
    """Where a thread stands in the queue, to go on from; `at` is the moment it is sorted by."""

    at: datetime
    since: datetime
    thread: int


def in_order(
    groups: Iterable[Iterable[Waiting]], promises: dict[int, Promise], after: Place | None = None
) -> Iterator[tuple[Place, Waiting]]:
    """Merge groups, each sorted by `since` and thread, into one queue, beginning behind `after`; only what is taken is computed."""

    def placed(group: Iterable[Waiting]) -> Iterator[tuple[Place, Waiting]]:
        for one in group:
            start = head_start(one.group.urgency, one.group.messages, one.group.tenfolds)
            place = Place(promises[one.group.source].due(one.since) - start, one.since, one.thread)
            if after is None or place > after:
                yield place, one

    return heapq.merge(*map(placed, groups))


def resume(promise: Promise, start: timedelta, after: Place) -> tuple[datetime, int]:
    """Return the moment and thread in a group behind which its places are those behind `after`. `start` is its head start."""
    if promise.due(after.since) - start == after.at:
        return after.since, after.thread

    def behind(since: datetime) -> bool:
        at = promise.due(since) - start
        return at > after.at or (at == after.at and since > after.since)

    return _last_before(behind, after.since), _LAST_THREAD


def _last_before(behind: Callable[[datetime], bool], near: datetime) -> datetime:
    """Return the last moment that is not behind yet, to a microsecond. Places grow with the moment, so it is found by halving."""
    low = high = near
    step = _DAY
    while behind(low) and step < _FAR:
        low, step = low - step, step * 2
    step = _DAY
    while not behind(high) and step < _FAR:
        high, step = high + step, step * 2
    while high - low > _TICK:
        middle = low + (high - low) / 2
        low, high = (low, middle) if behind(middle) else (middle, high)
    return low


def why(one: Waiting, promise: Promise, now: datetime) -> list[dict[str, Any]]:
    """Say in codes why a thread stands where it stands, the weightiest first; `in_minutes` below zero is overdue."""
    due = promise.due(one.since)
    closes = None if promise.window is None else one.since + promise.window
    said: list[dict[str, Any]] = [
        {"code": "window" if due == closes else "due", "in_minutes": int((due - now) / timedelta(minutes=1))}
    ]
    if one.group.urgency in URGENT:
        said.append({"code": "urgency", "value": one.group.urgency})
    if one.messages > 1:
        said.append({"code": "messages", "count": one.messages})
    if one.others:
        said.append({"code": "others", "count": one.others})
    if one.likes > 1:
        said.append({"code": "likes", "count": one.likes})
    said.append({"code": "waiting", "minutes": max(0, int((now - one.since) / timedelta(minutes=1)))})
    return said
