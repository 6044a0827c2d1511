"""When an answer is due, and the queue's order: pure rules."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from curation.config import Hours, promise
from curation.triage import (
    MOST_AHEAD,
    MOST_BEHIND,
    Group,
    Place,
    Promise,
    Waiting,
    head_start,
    in_order,
    reach,
    resume,
    why,
)

OFFICE = Hours(
    days=("mon", "tue", "wed", "thu", "fri"), opens="09:00", closes="17:00", timezone="Europe/Paris"
)


def utc(text: str, zone: str = "UTC") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).replace(tzinfo=None)


def paris(text: str) -> datetime:
    return utc(text, "Europe/Paris")


@pytest.mark.parametrize(
    ("since", "hours", "due"),
    [
        ("2026-11-02 10:00", 2, "2026-11-02 12:00"),  # a Monday
        ("2026-11-02 16:00", 2, "2026-11-03 10:00"),
        ("2026-11-02 06:00", 2, "2026-11-02 11:00"),
        ("2026-11-06 16:00", 8, "2026-11-09 16:00"),  # over the weekend
        ("2026-11-07 12:00", 8, "2026-11-09 17:00"),  # to the very end of a day, not to the next morning
        ("2026-11-02 17:00", 1, "2026-11-03 10:00"),
        ("2026-12-31 16:00", 2, "2027-01-01 10:00"),  # over the year's end
    ],
)
def test_a_promise_is_counted_in_working_time(since: str, hours: int, due: str) -> None:
    told = Promise(timedelta(hours=hours), OFFICE, "Europe/Paris")
    assert told.due(paris(since)) == paris(due)


def test_holidays_are_left_out() -> None:
    closed = OFFICE.model_copy(update={"holidays": (date(2026, 12, 25),)})
    told = Promise(timedelta(hours=4), closed, "Europe/Paris")
    assert told.due(paris("2026-12-24 15:00")) == paris("2026-12-28 11:00")


@pytest.mark.parametrize("day", ["2026-03-28", "2026-10-24"])
def test_a_clock_put_forward_or_back_changes_the_hour_and_not_the_work(day: str) -> None:
    weekend = Hours(opens="08:00", closes="10:00")
    told = Promise(timedelta(hours=3), weekend, "Europe/Paris")
    assert told.due(paris(f"{day} 08:00")) == paris(f"{day} 09:00") + timedelta(days=1) + (
        timedelta(hours=-1) if day == "2026-03-28" else timedelta(hours=1)
    )


def test_a_night_that_loses_an_hour_is_an_hour_shorter() -> None:
    told = Promise(timedelta(hours=23), Hours(days=("sun",)), "Europe/Paris")
    begins = paris("2026-03-29 00:00")
    assert told.due(begins) == begins + timedelta(hours=23) == paris("2026-03-30 00:00")


def test_around_the_clock_and_the_channels_window() -> None:
    told = Promise(timedelta(hours=24), window=timedelta(hours=6))
    since = utc("2026-11-07 12:00")
    assert told.due(since) == since + timedelta(hours=6)
    assert Promise(timedelta(hours=24)).due(since) == since + timedelta(hours=24)


def test_years_without_work_do_not_hang() -> None:
    never = Hours(days=("mon",), opens="09:00", closes="09:01")
    since = utc("2026-11-07 12:00")
    assert Promise(timedelta(hours=9999), never).due(since) == since + timedelta(hours=9999)


def test_promises_and_hours_are_checked() -> None:
    assert promise("30m") == timedelta(minutes=30) and promise("8 h") == timedelta(hours=8)
    for wrong in ("", "8", "0h", "2d", "-1h", "1e9h"):
        with pytest.raises(ValueError, match="working time"):
            promise(wrong)
    for given_ in (
        {"opens": "18:00", "closes": "09:00"},
        {"days": []},
        {"timezone": "Mars"},
        {"opens": "25:00"},
    ):
        with pytest.raises(ValidationError):
            Hours(**given_)  # type: ignore[arg-type]


PLACES = {1: Promise(timedelta(hours=8), OFFICE, "Europe/Paris"), 2: Promise(timedelta(hours=24))}
NOW = utc("2026-11-02 12:00")

waitings = st.builds(
    lambda minutes, thread, source, urgency, messages, others, likes: Waiting(
        NOW - timedelta(minutes=minutes),
        thread,
        thread,
        messages,
        others,
        likes,
        Group(source, urgency, messages, min(others + likes, 3)),
    ),
    st.integers(0, 20_000),
    st.integers(1, 10**6),
    st.sampled_from([1, 2]),
    st.sampled_from(["low", "normal", "high"]),
    st.integers(1, 4),
    st.integers(0, 3),
    st.integers(0, 3),
)


@given(st.lists(waitings, unique_by=lambda one: one.thread, max_size=40), st.integers(1, 7))
def test_pages_meet_every_thread_once_in_one_order(found: list[Waiting], size: int) -> None:
    groups: dict[Group, list[Waiting]] = {}
    for one in sorted(found):
        groups.setdefault(one.group, []).append(one)
    whole = [place for place, _ in in_order(groups.values(), PLACES)]
    assert whole == sorted(whole) and len(whole) == len(found)
    paged: list[Place] = []
    after: Place | None = None
    while True:
        rest = groups.values()
        if after:
            rest = [
                [
                    one
                    for one in group
                    if (one.since, one.thread) > resume(PLACES[key.source], _start(key), after)
                ]
                for key, group in groups.items()
            ]
            # Nothing is skipped only because a group was cut short by what lies before the place.
            assert sum(map(len, rest)) == len(found) - len(paged)
        page = [place for place, _ in in_order(rest, PLACES, after)][:size]
        if not page:
            break
        paged += page
        after = page[-1]
    assert paged == whole


def _start(group: Group) -> timedelta:
    return head_start(group.urgency, group.messages, group.tenfolds)


@given(st.sampled_from([1, 2]), st.integers(0, 20_000), st.integers(0, 3_000))
def test_nothing_beyond_reach_can_come_first(source: int, minutes: int, later: int) -> None:
    told, since = PLACES[source], NOW - timedelta(minutes=minutes)
    end = reach(told, since)
    assert end >= since
    beyond = end + timedelta(minutes=later)
    assert told.due(beyond) - MOST_AHEAD > told.due(since) - MOST_BEHIND
    assert told.due(end - timedelta(microseconds=1)) - MOST_AHEAD <= told.due(since) - MOST_BEHIND


def test_what_matters_more_comes_earlier_and_says_why() -> None:
    since = NOW - timedelta(hours=3)
    calm = Waiting(since, 1, 1, 1, 0, 0, Group(2, "normal", 1, 0))
    loud = Waiting(since + timedelta(hours=2), 2, 2, 3, 12, 512, Group(2, "high", 3, 3))
    order = [one.thread for _, one in in_order([[calm], [loud]], PLACES)]
    assert order == [2, 1]
    assert why(loud, PLACES[2], NOW) == [
        {"code": "due", "in_minutes": 23 * 60},
        {"code": "urgency", "value": "high"},
        {"code": "messages", "count": 3},
        {"code": "others", "count": 12},
        {"code": "likes", "count": 512},
        {"code": "waiting", "minutes": 60},
    ]
    assert why(calm, PLACES[2], NOW + timedelta(days=1))[0] == {"code": "due", "in_minutes": -180}
    short = Promise(timedelta(hours=24), window=timedelta(hours=1))
    assert why(calm, short, NOW)[0] == {"code": "window", "in_minutes": -120}
