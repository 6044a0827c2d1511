"""The contract suite proves a connector that is right, and catches those that are not."""

import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

import httpx
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curation.connectors.http import Http
from curation.connectors.noticing import notices
from curation.connectors.paging import moment
from curation.errors import BadRecord, TryAgain, Unknown
from curation.models import Comment, Cursor, Deleted, Edited, Gap, Page, Raw, Receipt, Reply
from curation.store import Store
from curation.testing import Contract, Kept, pull
from tests.conftest import land
from tests.guestbook import Guestbook, GuestbookStandIn, entry

pytest_plugins = ["pytester"]


class TestGuestbook(Contract):
    stand_in = GuestbookStandIn


class SkipsAPage(Guestbook):
    """Takes an entry of the page for the end of it."""

    def pull(self, connection: Http, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        for number, page in enumerate(super().pull(connection, stream, cursor)):
            if number != 1:
                yield page


class TellsItsToken(Guestbook):
    """Says in its error what it was called with."""

    def fetch(self, connection: Http, token: Any) -> Any:
        try:
            return super().fetch(connection, token)
        except TryAgain as error:
            raise TryAgain(f"{error} Headers: {connection.headers}") from None


class MovesItsCursorEarly(Guestbook):
    """Gives each page the cursor of the page after."""

    def pull(self, connection: Http, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        before = None
        for page in super().pull(connection, stream, cursor):
            if before is not None:
                yield Page(stream=stream, raws=before.raws, cursor=page.cursor)
            before = page
        if before is not None:
            yield before


class FollowsAnyone(Guestbook):
    """Goes wherever the channel sends it."""

    def fetch(self, connection: Http, token: Any) -> Any:
        with Http(token or f"{self.url}/entries", headers=connection.headers, private=True) as elsewhere:
            return super().fetch(elsewhere, "")


class TakesItsTokenAlong(Guestbook):
    """Has a client of its own, which follows redirects with a header it does not know for a credential."""

    def fetch(self, connection: Http, token: Any) -> Any:
        headers = {**connection.headers, "x-token": self.token.get_secret_value()}
        with httpx.Client(headers=headers, follow_redirects=True) as client:
            answer = client.get(token or f"{self.url}/entries")
        if answer.status_code != 200:
            raise TryAgain("The guestbook fails.")
        return [entry(one) for one in answer.json()["entries"]], answer.json()["next"]


class SaysWhenItRead(Guestbook):
    """Puts into each raw what differs from pull to pull."""

    def fetch(self, connection: Http, token: Any) -> Any:
        entries, following = super().fetch(connection, token)
        read = f" {time.monotonic_ns()}"
        return [(at, replace(raw, payload=raw.payload + read)) for at, raw in entries], following

    def normalise(self, raw: Raw) -> Iterable[Comment | Deleted]:
        return super().normalise(replace(raw, payload=raw.payload.rpartition(" ")[0]))


class TrustsTypes(Guestbook):
    """Maps without looking."""

    def normalise(self, raw: Raw) -> Iterable[Comment | Deleted]:
        one = orjson.loads(raw.payload)
        yield Comment(key=raw.key, text=one["text"], created_at=moment(one["at"]), author=one.get("by"))


class StopsAtOddEntries(Guestbook):
    """Reads every entry's time as if it were always there."""

    def fetch(self, connection: Http, token: Any) -> Any:
        listing = connection.get(token or "/entries").json()
        entries = [
            (moment(one["changed"]), Raw(key=one["id"], payload=orjson.dumps(one).decode()))
            for one in listing["entries"]
        ]
        return entries, listing["next"]


class SendsBlindly(Guestbook):
    """Never knows whether it has sent something."""

    def find_reply(self, connection: Http, reply: Reply) -> Receipt | None:
        return None


class SendsUntilItWorks(Guestbook):
    """Sends again when it does not know."""

    def send(self, connection: Http, reply: Reply) -> Receipt:
        try:
            return super().send(connection, reply)
        except Unknown:
            return super().send(connection, reply)


class TakesAnyReply(Guestbook):
    """Finds a reply by its text alone, and calls a failure nothing."""

    def find_reply(self, connection: Http, reply: Reply) -> Receipt | None:
        try:
            entries, _ = self.fetch(connection, None)
        except Exception:
            return None
        return next(
            (
                Receipt(key=raw.key)
                for _, raw in entries
                if orjson.loads(raw.payload).get("text") == reply.text
            ),
            None,
        )


BROKEN = {
    SkipsAPage: {"test_paging_to_the_end", "test_resuming_at_every_page"},
    TellsItsToken: {"test_a_status"},
    MovesItsCursorEarly: {"test_resuming_at_every_page", "test_one_page_at_a_time"},
    FollowsAnyone: {"test_a_next_page_on_another_host"},
    TakesItsTokenAlong: {"test_a_redirect_carries_no_credential"},
    SaysWhenItRead: {"test_nothing_is_doubled"},
    TrustsTypes: {"test_every_field_odd_in_normalise"},
    StopsAtOddEntries: {"test_every_field_odd_on_the_line", "test_json_that_is_not_a_listing"},
    SendsBlindly: {"test_a_reply_that_may_have_arrived_is_found"},
    SendsUntilItWorks: {"test_a_reply_that_never_arrived_is_sent_again"},
    TakesAnyReply: {"test_another_reply_is_not_ours", "test_not_found_is_certain"},
}


@pytest.mark.parametrize("connector", BROKEN, ids=lambda one: one.__name__)
def test_a_broken_connector_is_caught(pytester: pytest.Pytester, connector: type[Guestbook]) -> None:
    expected = BROKEN[connector]
    pytester.makepyfile(
        f"""
        from curation.testing import Contract
        from tests.test_testing import GuestbookStandIn, {connector.__name__}

        class TestBroken(Contract):
            stand_in, connector = GuestbookStandIn, {connector.__name__}
        """
    )
    args = ("-q", "-p", "no:cacheprovider", "-p", "no:randomly", "-k", " or ".join(sorted(expected)))
    report = pytester.inline_run(*args)
    failed = {one.nodeid.rpartition("::")[2].partition("[")[0] for one in report.getfailures()}
    assert failed == expected


SOURCES = count(1)
TEXTS = st.sampled_from(["a", "b", "c"])
KEYS = st.sampled_from(["1", "2", "3"])
NOTICES = st.lists(
    st.tuples(st.sampled_from(["comment", "edited", "deleted", "refused", "none"]), KEYS, TEXTS), max_size=3
)
PAGES = st.lists(st.lists(st.tuples(KEYS, NOTICES), max_size=5), max_size=5)


class Said:
    """A connector whose payloads say what they mean."""

    def normalise(self, raw: Raw) -> Iterator[Comment | Edited | Deleted]:
        for kind, key, text in orjson.loads(raw.payload):
            if kind == "refused":
                raise BadRecord("as asked")
            if kind == "comment":
                yield Comment(key=key, text=text, created_at=datetime(2026, 3, 1, tzinfo=UTC))
            elif kind == "edited":
                yield Edited(key=key, text=text)
            elif kind == "deleted":
                yield Deleted(key=key)


@given(PAGES)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_kept_is_what_a_store_would_keep(store: Store, shown: list[Any]) -> None:
    source, kept = f"s{next(SOURCES)}", Kept()
    for part in shown:
        raws = [Raw(key=key, payload=orjson.dumps(said).decode()) for key, said in part]
        kept.land(Said(), Page(stream="s", raws=raws, cursor={}))  # type: ignore[arg-type]
        land(store, notices(Said(), raws).to_pylist(), source)  # type: ignore[arg-type]
    asked = "select key, text, deleted_at is not null from comment c join source s on s.id = c.source where s.name = ?"
    rows = store.read().execute(asked, [source]).fetchall()
    assert {key: text for key, text, _ in rows} == kept.texts
    assert {key for key, _, gone in rows if gone} == kept.deleted
    asked = "select key, reason from raw r join source s on s.id = r.source where s.name = ? and reason is not null"
    assert dict(store.read().execute(asked, [source]).fetchall()) == kept.refused


class Gappy(Said):
    """Finds a gap, and reads it at the second try."""

    tries = 0

    def connect(self) -> Any:
        return nullcontext()

    def streams(self, connection: Any) -> Iterable[str]:
        return ["s"]

    def pull(self, connection: Any, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        if not cursor:
            gap = Gap(why="something is missing", cursor={"gap": 1})
            yield Page(stream=stream, raws=[], cursor={"live": 1}, gap=gap)
        elif "gap" in cursor:
            if cursor["gap"] == 1:
                yield Page(stream=stream, raws=[], cursor={"gap": 2})
            self.tries += 1
            if self.tries == 1:
                raise TryAgain("not now")
            yield Page(
                stream=stream, raws=[Raw(key="1", payload='[["comment", "1", "a"]]')], cursor={"gap": 3}
            )


def test_a_gap_is_read_until_it_ends() -> None:
    kept, connector = Kept(), Gappy()
    with pytest.raises(TryAgain):
        pull(connector, kept)
    assert [cursor for _, cursor in kept.walks.values()] == [{"gap": 2}]
    pull(connector, kept)
    assert (kept.texts, kept.walks, kept.cursors) == ({"1": "a"}, {}, {"s": {"live": 1}})


def test_without_pytest_it_says_what_to_install() -> None:
    code = "import sys; sys.modules['pytest'] = None; import curation.testing"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "pip install pytest" in done.stderr
