"""Replies leave once: through every fault of the channel, beside a second sender, after one that was killed."""

import os
import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import copy_context
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from curation import config, pipeline
from curation.actions import entering
from curation.actions import replies as acts
from curation.api import embedded, opened
from curation.api.serving import _socket
from curation.client import Client
from curation.connectors import http
from curation.errors import Forbidden, Invalid, NotFound, Stale, TribuneError
from curation.models import LOCAL, Comment, Reply, Rules, Who
from curation.store import Store, replies
from curation.testing import faults, serving
from curation.testing.answering import every
from tests.bench.headless import serving as headless
from tests.conftest import land, notice
from tests.guestbook import Guestbook, GuestbookStandIn
from tests.patience import PATIENCE, eventually

AT = datetime(2026, 11, 1, 9, tzinfo=UTC)
MARKER = "abcdefghijklmnopqrstuvwxyz"


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: Path) -> Iterator[serving.Site]:
    """A guestbook that is served, its connector installed as pip would, and a source that reads it."""
    info = tmp_path / "site" / "guestbook-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: guestbook\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[tribune.connectors]\nguestbook = tests.guestbook:Guestbook\n")
    monkeypatch.syspath_prepend(str(info.parent))
    with serving.serve(GuestbookStandIn()) as site, http.patient(0.2, 2):
        site.stand_in.settings(site.base)
        monkeypatch.setenv("TRIBUNE_BOOK_TOKEN", "hush-token")
        config.save_source("book", "guestbook", {"url": site.base, "private": True})
        with config.edit() as document:
            document["replies"] = {"undo_seconds": 0}
        yield site


@contextmanager
def pulled(site: serving.Site, count: int = 1) -> Iterator[tuple[Client, Store, list[int]]]:
    """Have customers write, pull that, and give a client with its store and the comments' numbers."""
    keys = [site.stand_in.add(f"Where is parcel {n}?", AT + timedelta(minutes=n)) for n in range(count)]
    with opened(config.load()) as served, _socket(served) as client, client:
        pipeline.pull(client, config.load(), "book")
        found = [client.get("/comments/find", source="book", key=key)["id"] for key in keys]
        yield client, served.store, found


def posts(method: str, path: str) -> bool:
    return method == "POST"


def send(client: Client) -> dict[str, Any]:
    return {name: n for name, n in pipeline.send(client, config.load()).as_dict().items() if n}


def later(store: Store, minutes: int = 60) -> None:
    """Let time pass for the outbox."""
    with store.write() as con:
        passed = timedelta(minutes=minutes)
        con.execute("update reply set not_before = made_at, attempted_at = attempted_at - ?", [passed])


def test_a_reply_arrives_and_comes_back_as_the_team_s(book: serving.Site) -> None:
    with pulled(book) as (client, _store, [comment]):
        asked = client.post(f"/comments/{comment}/replies/check", {"text": "On its way."})
        assert (asked["length"], asked["left"], asked["problems"]) == (11, 489, [])
        queued = client.post(f"/comments/{comment}/replies", {"text": "On its way.", "marker": MARKER})
        again = client.post(f"/comments/{comment}/replies", {"text": "On its way.", "marker": MARKER})
        assert (queued["state"], again["marker"], again["version"]) == ("queued", MARKER, 1)
        assert send(client) == {"sent": 1}
        assert send(client) == {}
        [(key, text)] = book.stand_in.posted()
        assert text == "On its way."
        pipeline.pull(client, config.load(), "book")
        thread = client.get(f"/comments/{comment}")
        assert [(one["key"], one["role"]) for one in thread["thread_comments"]][-1] == (key, "team")
        [reply] = thread["replies"]
        assert (reply["state"], reply["receipt_key"], reply["attempts"]) == ("sent", key, 1)


def test_who_follows_the_outbox_sends_what_becomes_due_until_told_to_stop(
    book: serving.Site, home: Path
) -> None:
    with headless(home) as (_store, client):
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
        command = [sys.executable, "-m", "curation.cli", "send", "--follow"]
        with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as sender:
            try:
                for n in range(2):
                    key = book.stand_in.add(f"Where is parcel {n}?", AT + timedelta(minutes=n))
                    pipeline.pull(client, config.load(), "book")
                    comment = client.get("/comments/find", source="book", key=key)["id"]
                    marker = client.post(f"/comments/{comment}/replies", {"text": f"Here, {n}."})["marker"]
                    eventually(lambda m=marker: client.get(f"/replies/{m}")["state"] == "sent")
            finally:
                sender.terminate()
            _, said = sender.communicate(timeout=PATIENCE)
    assert (sender.returncode, said.splitlines()) == (0, ["1 sent", "1 sent"])
    assert [text for _, text in book.stand_in.posted()] == ["Here, 0.", "Here, 1."]


def test_a_source_that_rests_is_left_alone(book: serving.Site) -> None:
    with pulled(book) as (client, _store, [comment]):
        client.post(f"/comments/{comment}/replies", {"text": "On its way."})
        assert pipeline.send(client, config.load(), resting=["book"]).sent == 0
        assert pipeline.send(client, config.load(), resting=["other"]).sent == 1


def test_who_only_asks_what_is_due_writes_nothing(book: serving.Site) -> None:
    with pulled(book) as (client, store, _):
        before = store.writes
        assert (client.get("/outbox"), client.get("/outbox/changes"), store.writes) == ([], [], before)


def test_what_the_channel_would_not_take_is_said_before(book: serving.Site) -> None:
    with pulled(book) as (client, _store, [comment]):
        with pytest.raises(Invalid, match="takes 500"):
            client.post(f"/comments/{comment}/replies", {"text": "x" * 501})
        with pytest.raises(Invalid, match="no text"):
            client.post(f"/comments/{comment}/replies", {"text": " "})
        with pytest.raises(Invalid, match="26 letters"):
            client.post(f"/comments/{comment}/replies", {"text": "x", "marker": "short"})
        client.post(f"/comments/{comment}/replies", {"text": "one", "marker": MARKER})
        with pytest.raises(Invalid, match="another one already"):
            client.post(f"/comments/{comment}/replies", {"text": "two", "marker": MARKER})


@pytest.mark.parametrize("taken", [True, False])
def test_an_answer_that_never_came_is_looked_for_and_not_sent_blindly(
    book: serving.Site, taken: bool
) -> None:
    with pulled(book) as (client, store, [comment]):
        client.post(f"/comments/{comment}/replies", {"text": "Soon.", "marker": MARKER})
        book.inject(faults.answers(500, taken=taken), where=posts, times=None)
        assert send(client) == {"unknown": 1}
        assert client.get("/replies")[0]["state"] == "unknown"
        assert send(client) == {}
        book.mend()
        later(store)
        assert send(client) == ({"found": 1} if taken else {"sent": 1})
        assert [text for _, text in book.stand_in.posted()] == ["Soon."]


def test_a_slow_server_has_time_before_a_reply_is_sent_again(book: serving.Site) -> None:
    with pulled(book) as (client, store, [comment]):
        client.post(f"/comments/{comment}/replies", {"text": "Soon.", "marker": MARKER})
        book.inject(faults.resets(), where=posts, times=None)
        assert send(client) == {"unknown": 1}
        book.mend()
        later(store, minutes=1)
        assert send(client) == {"unknown": 1}, "it may still be under way"
        assert book.stand_in.posted() == []
        later(store)
        assert send(client) == {"sent": 1}


def test_what_was_refused_says_why_and_a_person_queues_it_again(book: serving.Site) -> None:
    with pulled(book) as (client, _store, [comment]):
        client.post(f"/comments/{comment}/replies", {"text": "Soon.", "marker": MARKER})
        book.inject(faults.answers(403, b'{"error": "hush-token may not"}'), where=posts, times=None)
        assert send(client) == {"failed": 1}
        reply = client.get("/replies")[0]
        assert "403" in reply["why"] and "hush" not in reply["why"]
        book.mend()
        with pytest.raises(Stale):
            client.post(f"/replies/{MARKER}/again", {"version": reply["version"] - 1})
        client.post(f"/replies/{MARKER}/again", {"version": reply["version"]})
        assert send(client) == {"sent": 1}


def test_a_source_that_cannot_be_reached_leaves_its_replies_where_they_are(book: serving.Site) -> None:
    with pulled(book) as (client, _store, [comment]):
        client.post(f"/comments/{comment}/replies", {"text": "Soon.", "marker": MARKER})
        with config.edit() as document:
            document["sources"]["book"]["url"] = "http://127.0.0.1:9"
        assert send(client) == {"waiting": 1}
        assert client.get("/replies")[0]["state"] == "queued"


def test_a_sender_that_was_killed_leaves_a_reply_that_is_looked_for(book: serving.Site) -> None:
    with pulled(book) as (client, store, [comment]):
        row = client.post(f"/comments/{comment}/replies", {"text": "Soon.", "marker": MARKER})
        client.post(f"/outbox/{MARKER}/begin", {"version": row["version"]})
        with pytest.raises(Stale):
            client.post(f"/outbox/{MARKER}/begin", {"version": row["version"]})
        assert client.get("/outbox") == []
        later(store)
        assert client.get("/outbox")[0]["state"] == "unknown"
        later(store)
        assert send(client) == {"sent": 1}
        assert len(book.stand_in.posted()) == 1


@pytest.mark.parametrize("state", ["unknown", "sending"])
def test_nobody_sends_again_what_may_have_arrived(book: serving.Site, state: str) -> None:
    with pulled(book) as (client, store, [comment]):
        client.post(f"/comments/{comment}/replies", {"text": "Soon.", "marker": MARKER})
        row = client.post(f"/outbox/{MARKER}/begin", {"version": 1})
        if state == "unknown":
            row = client.post(f"/outbox/{MARKER}/finish", {"version": row["version"], "state": "unknown"})
        with pytest.raises(Invalid, match="cannot become queued"):
            client.post(f"/replies/{MARKER}/again", {"version": row["version"]})
        assert client.get(f"/replies/{MARKER}")["state"] == state
        if state == "unknown":
            ended = client.post(f"/replies/{MARKER}/withdraw", {"version": row["version"]})
            assert (ended["state"], "ended the search" in ended["why"]) == ("withdrawn", True)
            later(store)
            assert client.get("/outbox") == []


def test_a_source_that_takes_none_stands_before_no_other(store: Store) -> None:
    land(store, [notice("a", "Where is it?")], "first")
    land(store, [notice("b", "Where is it?")], "second")
    for number in range(120):
        replies.add(store, "ana", 1, f"{number:026}", "Soon.")
    replies.add(store, "ana", 2, MARKER, "Soon.")
    assert [row["source"] for row in replies.due(store)].count("second") == 1


def test_a_marker_of_a_queued_reply_records_no_other(store: Store) -> None:
    land(store, [notice("a", "Where is it?")])
    replies.add(store, "ana", 1, MARKER, "Soon.")
    with pytest.raises(Invalid, match="another one already"):
        replies.add(store, "ana", 1, MARKER, "Soon.", via="phone")


class Odd(Guestbook):
    """A connector with a fault, whose words quote its secret."""

    fault: str

    def _fail(self, where: str) -> None:
        if self.fault == where:
            raise KeyError("hush-token")

    @contextmanager
    def connect(self) -> Iterator[Any]:
        self._fail("connect")
        with super().connect() as connection:
            yield connection

    def rules(self, to: Comment) -> Rules:
        self._fail("rules")
        return super().rules(to)

    def send(self, connection: Any, reply: Reply) -> Any:
        self._fail("send")
        return None if self.fault == "receipt" else super().send(connection, reply)


@pytest.mark.parametrize(
    ("fault", "count", "state"),
    [
        ("connect", "trouble", "queued"),
        ("rules", "failed", "failed"),
        ("send", "unknown", "unknown"),
        ("receipt", "unknown", "unknown"),
    ],
)
def test_a_connector_s_fault_stops_no_other_and_is_not_quoted(
    book: serving.Site, monkeypatch: pytest.MonkeyPatch, fault: str, count: str, state: str
) -> None:
    with pulled(book) as (client, _store, [comment]):
        client.post(f"/comments/{comment}/replies", {"text": "Soon.", "marker": MARKER})
        monkeypatch.setattr(Odd, "fault", fault, raising=False)
        monkeypatch.setattr("tests.guestbook.Guestbook", Odd)
        done = send(client)
        assert list(done) == [count]
        reply = client.get("/replies")[0]
        assert reply["state"] == state
        assert "has a fault" in f"{reply['why']} {done}"
        assert "hush" not in f"{reply['why']} {done}"


@pytest.mark.parametrize(("unsure", "count"), [(False, "failed"), (True, "unknown")])
def test_replies_of_a_source_that_is_gone_go_back_to_people(
    book: serving.Site, unsure: bool, count: str
) -> None:
    with pulled(book) as (client, store, [comment]):
        client.post(f"/comments/{comment}/replies", {"text": "Soon.", "marker": MARKER})
        if unsure:
            row = client.post(f"/outbox/{MARKER}/begin", {"version": 1})
            client.post(f"/outbox/{MARKER}/finish", {"version": row["version"], "state": "unknown"})
            later(store)
        config.remove_source("book")
        assert send(client) == {count: 1}
        assert "not configured any more" in client.get("/replies")[0]["why"]
        assert send(client) == {}


def test_many_replies_through_every_fault_beside_a_second_sender(book: serving.Site) -> None:
    chance = random.Random(7)
    broken = [
        faults.answers(500, taken=True),
        faults.answers(500),
        faults.resets(taken=True),
        faults.resets(),
    ]

    def sometimes(wire: Any, honest: Any) -> Any:
        return chance.choice(broken)(wire, honest) if chance.random() < 0.3 else honest()

    with pulled(book, 12) as (client, store, comments):
        for number, comment in enumerate(comments):
            client.post(f"/comments/{comment}/replies", {"text": f"Answer {number}"})
        book.inject(sometimes, where=every, times=None)

        def pass_over() -> None:
            try:
                pipeline.send(client, config.load())
            except TribuneError:
                return

        for _ in range(8):
            both = [threading.Thread(target=copy_context().run, args=[pass_over]) for _ in range(2)]
            for one in both:
                one.start()
            for one in both:
                one.join()
            later(store)
        book.mend()
        for _ in range(3):
            send(client)
            later(store)
        states = [reply["state"] for reply in client.get("/replies", limit=1_000)]
        assert states == ["sent"] * 12
        assert sorted(text for _, text in book.stand_in.posted()) == sorted(f"Answer {n}" for n in range(12))


def test_an_answer_given_elsewhere_is_kept_and_not_sent(book: serving.Site) -> None:
    with pulled(book) as (client, _store, [comment]):
        client.post(
            f"/comments/{comment}/replies/elsewhere", {"text": "Told her on the phone.", "via": "phone"}
        )
        assert send(client) == {}
        [reply] = client.get(f"/comments/{comment}")["replies"]
        assert (reply["state"], reply["via"]) == ("sent", "phone")


def test_what_a_customer_said_on_the_phone_is_entered(home: Path) -> None:
    with embedded(config.load()) as client:
        said = {
            "text": "Il n'y a plus de pain",
            "author": "M. Roux",
            "created_at": "2026-11-03T09:00:00+01:00",
        }
        assert client.post("/sources/phone/comments", [said])["new"] == 1
        assert client.post("/sources/phone/comments", [said])["new"] == 0
        [row] = client.get("/comments")["comments"]
        assert (row["source"], row["author"], row["created_at"]) == (
            "phone",
            "M. Roux",
            "2026-11-03T08:00:00Z",
        )
        with pytest.raises(Invalid, match="at least"):
            client.post("/sources/phone/comments", [])


@pytest.mark.parametrize("said", [{"created_at": "0001-01-01T00:00:00+14:00"}, {"attributes": {"n": 10**30}}])
def test_what_cannot_be_kept_is_said(store: Store, said: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match="cannot be kept"):
        entering.enter(store, LOCAL, "phone", [entering.Entered(text="Bonjour", **said)])


def test_a_rating_is_a_number() -> None:
    with pytest.raises(ValidationError, match="finite"):
        entering.Entered(text="Bonjour", rating="nan")


def test_who_enters_comments(store: Store) -> None:
    given = [entering.Entered(text="Bonjour", key="1")]
    program = Who(name="shop", permissions=frozenset({"feed"}))
    person = Who(name="ana", permissions=frozenset({"triage"}))
    assert entering.enter(store, program, "phone", given)["new"] == 1
    assert entering.enter(store, person, "shop", given)["new"] == 1
    with pytest.raises(Forbidden, match="'triage' or 'feed'"):
        entering.enter(store, Who(name="bo", permissions=frozenset({"read"})), "phone", given)
    config.save_source("book", "webhook", {})
    assert entering.enter(store, program, "book", given)["new"] == 1
    for one in (person, LOCAL):
        with pytest.raises(Forbidden, match="read from its channel"):
            entering.enter(store, one, "book", given)


def test_steps_and_rights(store: Store) -> None:
    land(store, [notice("a", "Where is it?")])
    row = replies.add(store, "ana", 1, MARKER, "Soon.")
    with pytest.raises(Invalid, match="cannot become sent"):
        replies.move(store, "ana", MARKER, row["version"], "sent")
    with pytest.raises(NotFound):
        replies.move(store, "ana", "nothing", 1, "sent")
    with pytest.raises(Forbidden):
        acts.withdraw(store, Who(name="bo", permissions=frozenset({"read"})), MARKER, 1)
    assert acts.withdraw(store, LOCAL, MARKER, 1)["state"] == "withdrawn"
    with pytest.raises(NotFound, match="not configured"):
        acts.check(store, LOCAL, 1, "x")
