"""Listings are walked whole, resumed at any page, and what they no longer show is told."""

from datetime import UTC, datetime, timedelta

import pytest

from curation.connectors.again import sought, whole
from curation.connectors.paging import moment, newest_first, oldest_first
from curation.connectors.window import Seen, backward
from curation.errors import TryAgain
from curation.models import Raw

START = datetime(2026, 3, 1, tzinfo=UTC)
LAG = timedelta(minutes=2)


def entries(*minutes):
    return [(START + timedelta(minutes=n), Raw(key=str(n), payload="{}")) for n in minutes]


def listing(numbers, size=3):
    """A listing from new to old, by page number."""
    shown = sorted(numbers, reverse=True)

    def fetch(token):
        first = token or 0
        part = entries(*shown[first : first + size])
        return part, first + size if first + size < len(shown) else None

    return fetch


def keys(pages):
    return [raw.key for page in pages for raw in page.raws]


def test_a_walk_ends_where_the_last_one_began_less_the_lag():
    first = list(newest_first("s", None, listing(range(10)), lag=LAG))
    assert sorted(map(int, keys(first))) == list(range(10))
    second = list(newest_first("s", first[-1].cursor, listing(range(20)), lag=LAG))
    assert sorted(map(int, keys(second))) == list(range(7, 20))


def test_a_walk_resumes_at_every_page():
    whole = list(newest_first("s", None, listing(range(10)), lag=LAG))
    for cut in range(1, len(whole)):
        rest = list(newest_first("s", whole[cut - 1].cursor, listing(range(10)), lag=LAG))
        assert sorted(set(keys(whole[:cut])) | set(keys(rest)), key=int) == [str(n) for n in range(10)]
        assert rest[-1].cursor == whole[-1].cursor


def test_a_listing_that_ends_too_soon_is_a_gap():
    first = list(newest_first("s", None, listing(range(5)), lag=LAG))
    second = list(newest_first("s", first[-1].cursor, listing(range(50, 60)), lag=LAG))
    assert second[-1].gap is not None and "shows nothing in between" in second[-1].gap.why


def test_a_listing_by_time_moves_its_beginning_at_its_end_only():
    def fetch(start, token):
        shown = [n for n in range(10) if start is None or START + timedelta(minutes=n) >= start]
        first = token or 0
        return entries(*shown[first : first + 4]), first + 4 if first + 4 < len(shown) else None

    pages = list(oldest_first("s", None, fetch, lag=LAG))
    assert keys(pages) == [str(n) for n in range(10)]
    assert [page.cursor["since"] for page in pages[:-1]] == [None, None]
    again = list(oldest_first("s", pages[-1].cursor, fetch, lag=LAG))
    assert keys(again) == ["7", "8", "9"]
    assert again[-1].cursor == pages[-1].cursor


def test_one_time_in_the_future_hides_nothing():
    now = datetime.now(UTC).replace(microsecond=0)
    skewed = [(now + timedelta(hours=1), Raw(key="skewed", payload="{}"))]
    usual = [(now, Raw(key="usual", payload="{}"))]
    first = list(newest_first("s", None, lambda token: (skewed, None), lag=LAG))
    second = newest_first("s", first[-1].cursor, lambda token: (skewed + usual, None), lag=LAG)
    assert set(keys(second)) == {"skewed", "usual"}
    first = list(oldest_first("s", None, lambda start, token: (usual + skewed, None), lag=LAG))
    assert first[-1].cursor["since"] == now.isoformat()


@pytest.mark.parametrize(
    "odd", [1 << 60, 1e300, float("nan"), "0001-01-01T00:00:00+14:00", None, True, {}, "soon"]
)
def test_what_is_no_time_says_so(odd):
    with pytest.raises(ValueError):
        moment(odd)


def test_pages_in_a_circle_end_and_are_read_anew():
    """A server that shows one page whatever it is asked: nothing may be taken for read that was not."""

    def stuck(token):
        return entries(9, 8, 7), [token]

    read = []
    with pytest.raises(TryAgain, match="circle"):
        read.extend(newest_first("s", None, stuck, lag=LAG))
    assert len(read) <= 4
    assert read[-1].cursor == {"until": None, "walk": None}
    with pytest.raises(TryAgain, match="circle"):
        read.extend(oldest_first("s", None, lambda start, token: stuck(token), lag=LAG))
    assert read[-1].cursor["next"] is None
    with pytest.raises(TryAgain, match="circle"):
        whole(stuck)
    with pytest.raises(TryAgain, match="circle"):
        sought(stuck, lambda payload: False)
    with pytest.raises(TryAgain, match="circle"):
        sought(
            lambda token: (entries(1) if token == "a" else entries(2), "b" if token == "a" else "a"),
            lambda _: False,
        )


def test_empty_pages_end_too():
    with pytest.raises(TryAgain, match="circle"):
        list(oldest_first("s", None, lambda start, token: ([], (token or 0) + 1), lag=LAG))


def test_a_listing_that_goes_nowhere_is_told():
    """A server that does not know what it is asked to begin below."""

    def newest(below):
        return [Seen(n, str(n), None, Raw(key=str(n), payload="{}")) for n in (9, 8, 7)], True

    with pytest.raises(TryAgain, match="nothing below"):
        list(backward("s", None, newest, lambda key: None, keep=10))


def test_one_time_long_ago_in_the_middle_ends_no_walk():
    first = list(newest_first("s", None, listing(range(10)), lag=LAG))

    def fetch(token):
        found, following = listing(range(20))(token)
        if token is None:
            found[1] = (START - timedelta(days=9_000), found[1][1])
        return found, following

    second = list(newest_first("s", first[-1].cursor, fetch, lag=LAG))
    assert {str(n) for n in range(10, 18)} <= set(keys(second))
