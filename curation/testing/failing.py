"""The contract of a pull where the channel fails: the right error, no secret told, nothing lost."""

# ruff: noqa: S101 - assertions are what a test suite says.

import time
import tracemalloc
from collections.abc import Mapping
from typing import ClassVar

import orjson
import pytest

from curation.connectors.http import patient
from curation.errors import Invalid, NotFound, Refused, TryAgain
from curation.testing import faults
from curation.testing.running import Kept
from curation.testing.serving import Fault, serve
from curation.testing.trial import Trial, Tried, hidden, tried

SOME = (Refused, TryAgain, NotFound, Invalid)
"""What a pull may raise: not BadRecord (one record stops nothing), not Unknown (nothing was sent)."""
LOGIN = b"<!doctype html><html><head><title>Sign in</title></head><body><form></form></body></html>"
ENOUGH = 300 << 20
"""Bytes a pull may take while somebody sends it a gigabyte."""
_PAGES = pytest.mark.parametrize("nth", [1, 2], ids=["first", "second"])
_WIRE: dict[str, Fault] = {
    "broken": faults.breaks(),
    "reset": faults.resets(),
    "cut": faults.halves(),
    "text": faults.says(b"busy, come back later", "text/plain"),
    "deep": faults.says(b"[" * 200_000),
    "empty": faults.says(b""),
}


class Failing(Tried):
    """Statuses, lines that break, bodies that are not what was asked for, other hosts.

    `errors`: which error a status on a listing stands for, where the channel's own meaning differs.
    """

    errors: ClassVar[Mapping[int, type[Exception]]] = {}

    @_PAGES
    @pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 410, 500, 502, 503, 504])
    def test_a_status(self, trial: Trial, status: int, nth: int) -> None:
        known = {401: (Refused,), 403: (Refused,), **dict.fromkeys((500, 502, 503, 504), (TryAgain,))}
        own = self.errors.get(status)
        expected = (own,) if own else known.get(status, SOME)
        said = orjson.dumps({"error": f"No. Sent: {' '.join(trial.stand_in.secrets)}"})
        trial.survives(faults.answers(status, said), nth, *expected, certain=status in known)

    @_PAGES
    def test_a_long_wait_is_left_to_the_next_pull(self, trial: Trial, nth: int) -> None:
        begun = time.monotonic()
        error = trial.survives(faults.answers(429, headers={"retry-after": "3600"}), nth, TryAgain)
        assert 3_000 <= error.after <= 4_000, f"Retry-After says 3600 s, and the error {error.after:.0f}"
        assert time.monotonic() - begun < 30

    def test_a_short_wait_is_waited(self, trial: Trial) -> None:
        trial.few()
        trial.site.inject(faults.answers(429, headers={"retry-after": "1"}), nth=2, times=1)
        begun = time.monotonic()
        with patient(20):
            trial.whole(trial.pull())
        assert time.monotonic() - begun >= 1, "Retry-After was not obeyed"

    def test_tries_are_bounded(self, trial: Trial) -> None:
        trial.fill(3)
        trial.site.inject(faults.answers(503))
        with patient(2):
            assert trial.fails(Kept(), TryAgain)
        assert trial.site.injured <= 10, f"{trial.site.injured} tries"

    @_PAGES
    @pytest.mark.parametrize("kind", _WIRE)
    def test_an_answer_that_is_not_whole(self, trial: Trial, kind: str, nth: int) -> None:
        trial.survives(_WIRE[kind], nth, *SOME)

    def test_an_answer_that_stops(self) -> None:
        with tried(self.stand_in(), self.connector, timeout=0.8) as trial:
            trial.few()
            trial.site.inject(faults.stalls(8), nth=2)
            kept = Kept()
            begun = time.monotonic()
            assert trial.fails(kept, TryAgain)
            assert time.monotonic() - begun < 7, "the time-out did not hold"
            trial.site.mend()
            with patient(0.2, timeout=30):
                trial.whole(trial.pull(kept))

    @_PAGES
    def test_a_login_page(self, trial: Trial, nth: int) -> None:
        expected = (Refused,) if _is_json(trial) else SOME
        trial.survives(faults.says(LOGIN, "text/html; charset=utf-8"), nth, *expected)

    @_PAGES
    @pytest.mark.parametrize("body", ["null", "{}", "[]", "0", '"no"', "[null]", "[[]]", '{"error":"no"}'])
    def test_json_that_is_not_a_listing(self, trial: Trial, body: str, nth: int) -> None:
        """An empty list where lists are pages is an end nobody can tell from a fault; all else is not taken for one."""
        trial.few()
        if body == "[]" and nth > 1 and _is_list(trial):
            pytest.skip("an empty list is an end")
        trial.survives(faults.says(body.encode()), nth, *SOME, certain=False)

    @pytest.mark.parametrize("gzipped", [False, True], ids=["plain", "gzip"])
    def test_a_gigabyte(self, trial: Trial, gzipped: bool) -> None:
        tracemalloc.start()
        try:
            trial.survives(faults.endless(gzipped=gzipped), 1, *SOME)
            most = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert most < ENOUGH, f"{most >> 20} MB were held"
        assert trial.site.sent < ENOUGH, f"{trial.site.sent >> 20} MB were read"

    @_PAGES
    def test_a_redirect_carries_no_credential(self, trial: Trial, nth: int) -> None:
        with serve(self.stand_in(), "localhost") as elsewhere:
            trial.survives(faults.moves(f"{elsewhere.base}/elsewhere"), nth, *SOME, certain=False)
            for asked in elsewhere.asked:
                hidden(trial.stand_in.secrets, asked.shows())
                assert not {"authorization", "cookie"} & asked.headers.keys(), asked.shows()

    def test_a_redirect_in_a_circle(self, trial: Trial) -> None:
        trial.survives(faults.moves(f"{trial.site.base}/circle"), 1, *SOME)

    @_PAGES
    def test_a_next_page_on_another_host(self, trial: Trial, nth: int) -> None:
        """Every address the listing hands out is made to lead to another host."""
        with serve(self.stand_in(), "localhost") as elsewhere:
            here, there = trial.site.base, elsewhere.base

            def mangle(body: bytes, headers: dict[str, str]) -> tuple[bytes, dict[str, str]]:
                changed = {name: value.replace(here, there) for name, value in headers.items()}
                for old, new in ((here, there), (here.replace("/", "\\/"), there.replace("/", "\\/"))):
                    body = body.replace(old.encode(), new.encode())
                return body, changed

            trial.survives(faults.mangles(mangle), nth, Refused, certain=False)
            assert not elsewhere.asked, f"another host was asked: {elsewhere.asked[0].target}"

    def test_pages_in_a_circle(self, trial: Trial) -> None:
        """Each listing hands out its first page again and again: the pull ends, and takes that for no end."""
        first: dict[str, tuple[bytes, dict[str, str]]] = {}

        def again(body: bytes, headers: dict[str, str]) -> tuple[bytes, dict[str, str]]:
            return first.setdefault(trial.site.asked[-1].target.partition("?")[0], (body, headers))

        trial.survives(faults.mangles(again), 1, *SOME, certain=False)
        assert len(trial.site.asked) < 1_000, "the walk has no end"

    def test_the_stand_in_is_asked_no_more_than_it_takes(self, trial: Trial) -> None:
        trial.fill()
        trial.pull()
        assert len(trial.site.asked) < 1_000, f"{len(trial.site.asked)} requests for 60 comments"


def _listing(trial: Trial) -> bytes:
    """Return the body of a page of the listing, as the connector asks for it."""
    seen: list[bytes] = []

    def look(body: bytes, headers: dict[str, str]) -> tuple[bytes, dict[str, str]]:
        seen.append(body)
        return body, headers

    if not trial.said:
        trial.few()
    trial.site.inject(faults.mangles(look))
    trial.pull()
    trial.site.mend()
    return seen[0]


def _is_json(trial: Trial) -> bool:
    try:
        orjson.loads(_listing(trial))
    except orjson.JSONDecodeError:
        return False
    return True


def _is_list(trial: Trial) -> bool:
    return _listing(trial).lstrip().startswith(b"[")
