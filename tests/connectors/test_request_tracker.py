"""The connector against a real Request Tracker 5: customers write by mail, staff answer, comments between staff stay theirs."""

from base64 import b64encode
from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson
import pytest
from pydantic import SecretStr

from curation.connectors import Answering
from curation.connectors.request_tracker import RequestTracker as Connector
from curation.connectors.tickets import transactions
from curation.errors import BadRecord, ConfigError, Invalid, NotFound, Refused
from curation.models import Comment, Deleted, Page, Raw, Reply
from curation.testing import Contract
from tests.connectors.stand_ins.request_tracker import RequestTracker as StandIn
from tests.servers.request_tracker import RequestTracker, request_tracker

__all__ = ["request_tracker"]

MARKER = "abcdefghijklmnopqrstuvwx23"


def connector(server: RequestTracker, **settings: Any) -> Connector:
    known = {"url": server.url, "token": SecretStr(server.token), "private": True}
    return Connector(**{**known, **settings})  # type: ignore[arg-type]


def pull(tracker: Connector, cursor: Any = None) -> list[Page]:
    with tracker.connect() as connection:
        (stream,) = tracker.streams(connection)
        return list(tracker.pull(connection, stream, cursor))


def notices(tracker: Connector, pages: list[Page]) -> list[Comment | Deleted]:
    return [notice for page in pages for raw in page.raws for notice in tracker.normalise(raw)]


def comments(tracker: Connector, pages: list[Page]) -> list[Comment]:
    return [notice for notice in notices(tracker, pages) if isinstance(notice, Comment)]


@pytest.fixture
def cursor(request_tracker: RequestTracker) -> Any:
    """Where a pull of all that the tests before said would end."""
    with connector(request_tracker).connect() as connection:
        newest = transactions.listed(connection, transactions.wanted((), None), "DESC")
    seen = sorted(map(transactions.number, newest))
    return {"id": seen[-1], "seen": seen} if seen else None


def test_a_ticket_there_and_back(request_tracker: RequestTracker, cursor: Any) -> None:
    tracker = connector(request_tracker)
    assert isinstance(tracker, Answering)
    quoted = "Toujours cassé 😡\n\nOn Tuesday, 3 Mar 2026 at 10:22, Agent wrote:\n> Did you try?"
    request_tracker.mail("Zoë <zoe@post.test>", "Panne", quoted, "<p>Toujours <b>cassé</b></p>")
    pages = pull(tracker, cursor)
    (first,) = comments(tracker, pages)
    assert (first.text, first.title, first.author) == ("Toujours cassé 😡", "Panne", "Zoë")
    assert (first.author_key, first.role) == ("zoe@post.test", "customer")
    assert abs(first.created_at - datetime.now(UTC)) < timedelta(minutes=1)
    ticket = (first.attributes or {})["ticket"]
    assert first.thread == f"ticket {ticket}"
    assert pull(tracker, pages[-1].cursor) == []

    request_tracker.agent(
        "POST", f"ticket/{ticket}/comment", Content="He is a pain.", ContentType="text/plain"
    )
    request_tracker.agent(
        "POST", f"ticket/{ticket}/correspond", Content="<p>Sorry!</p>", ContentType="text/html"
    )
    reply = Reply(marker=MARKER, text="Nous regardons.\n\n<b>Zoë</b>, à demain ☕", to=first)
    with tracker.connect() as connection:
        assert tracker.find_reply(connection, reply) is None
        receipt = tracker.send(connection, reply)
        found = tracker.find_reply(connection, reply)
        again = tracker.find_reply(connection, Reply(marker=MARKER, text="Sorry!", to=first))
    assert found is not None and found.key == receipt.key
    assert again is not None and again.key != receipt.key
    request_tracker.mail("zoe@post.test", f"Re: [widget.test #{ticket}] Panne", "Merci !")

    back = comments(tracker, pull(tracker, pages[-1].cursor))
    assert [(one.role, one.text) for one in back] == [
        ("team", "Sorry!"),
        ("team", reply.text),
        ("customer", "Merci !"),
    ]
    assert {one.thread for one in back} == {first.thread}
    assert back[1].key == receipt.key
    later = Reply(marker="z" * 26, text=reply.text, to=back[2])
    with tracker.connect() as connection:
        assert tracker.find_reply(connection, later) is None


def test_only_what_customers_saw_is_ever_read(request_tracker: RequestTracker) -> None:
    for settings in ({}, {"token": None, "user": "agent", "password": SecretStr("hush-agent")}):
        tracker = connector(request_tracker, **settings)
        payloads = "".join(raw.payload for page in pull(tracker) for raw in page.raws)
        assert "Panne" in payloads
        assert b64encode(b"He is a pain.").decode() not in payloads


def test_a_deleted_ticket(request_tracker: RequestTracker, cursor: Any) -> None:
    tracker = connector(request_tracker)
    request_tracker.mail("spam@post.test", "Buy", "Buy this")
    pages = pull(tracker, cursor)
    (spam,) = comments(tracker, pages)
    request_tracker.agent("DELETE", f"ticket/{(spam.attributes or {})['ticket']}")
    pages += pull(tracker, pages[-1].cursor)
    assert notices(tracker, pages[1:]) == [Deleted(key=spam.key)]
    assert pull(tracker, pages[-1].cursor) == []


def test_machines_and_files(request_tracker: RequestTracker, cursor: Any) -> None:
    tracker = connector(request_tracker)
    request_tracker.mail("away@post.test", "Away", "I am away.", Auto_Submitted="auto-replied")
    files = [{"FileName": "a.txt", "FileType": "text/plain", "FileContent": b64encode(b"attached").decode()}]
    opened = request_tracker.agent(
        "POST",
        "ticket",
        Queue="General",
        Subject="By phone",
        Requestor="caller@post.test",
        Content="She called.",
        ContentType="text/plain",
        Attachments=files,
    )
    assert opened.status_code == 201
    away, called = comments(tracker, pull(tracker, cursor))
    assert away.role == "automatic"
    assert (called.role, called.author_key, called.text) == ("customer", "caller@post.test", "She called.")
    assert (called.attributes or {})["files"] == ["a.txt"]


def test_pages_with_holes(request_tracker: RequestTracker, cursor: Any) -> None:
    """An account that sees one queue only still finds it behind pages it may not see."""
    tracker = connector(request_tracker)
    for number in range(transactions.PAGE + 3):
        request_tracker.agent(
            "POST",
            "ticket",
            Queue="General",
            Subject=f"No. {number}",
            Content="Hello",
            ContentType="text/plain",
        )
    whole = pull(tracker, cursor)
    assert len(whole) == 2
    assert len(comments(tracker, whole)) == transactions.PAGE + 3
    assert pull(tracker, whole[0].cursor) == whole[1:]
    request_tracker.agent(
        "POST", "ticket", Queue="Others' Q", Subject="Elsewhere", Content="Hello", ContentType="text/plain"
    )
    (elsewhere,) = comments(tracker, pull(connector(request_tracker, queues=("Others' Q",))))
    assert elsewhere.title == "Elsewhere"
    narrow = connector(request_tracker, token=None, user="narrow", password=SecretStr("hush-narrow"))
    (seen,) = comments(narrow, pull(narrow))
    assert seen == elsewhere


def test_since(request_tracker: RequestTracker) -> None:
    today = datetime.now(UTC).date()
    tracker = connector(request_tracker, since=today)
    with tracker.connect() as connection:
        assert next(tracker.pull(connection, "transactions", None)).raws
    assert pull(connector(request_tracker, since=date(today.year + 2, 1, 3))) == []


def test_a_merged_ticket(request_tracker: RequestTracker, cursor: Any) -> None:
    tracker = connector(request_tracker)
    request_tracker.mail("one@post.test", "One", "First")
    request_tracker.mail("one@post.test", "Two", "Second")
    one, two = comments(tracker, pull(tracker, cursor))
    into, gone = (one.attributes or {})["ticket"], (two.attributes or {})["ticket"]
    request_tracker.agent("PUT", f"ticket/{gone}", MergeInto=into)
    reply = Reply(marker=MARKER, text="To both", to=two)
    with tracker.connect() as connection:
        assert tracker.find_reply(connection, reply) is None
        receipt = tracker.send(connection, reply)
        found = tracker.find_reply(connection, reply)
    assert found is not None and found.key == receipt.key


def test_what_rt_says_no_to(request_tracker: RequestTracker) -> None:
    with pytest.raises(NotFound):
        pull(connector(request_tracker, queues=("Nowhere",)))
    for wrong in (
        {"token": SecretStr("1-27-wrong")},
        {"token": None, "user": "feedback", "password": SecretStr("no")},
    ):
        with pytest.raises(Refused) as refused:
            pull(connector(request_tracker, **wrong))
        assert "1-27-wrong" not in str(refused.value)
    with pytest.raises(ConfigError):
        connector(request_tracker, token=None).connect()
    tracker = connector(request_tracker)
    nowhere = Comment(key="1", text="x", created_at=datetime.now(UTC), attributes={"ticket": "99999"})
    mute = connector(request_tracker, token=None, user="narrow", password=SecretStr("hush-narrow"))
    with tracker.connect() as connection, pytest.raises(Invalid):
        tracker.send(connection, Reply(marker=MARKER, text="x", to=nowhere))
    (elsewhere,) = comments(mute, pull(mute))
    with mute.connect() as connection, pytest.raises(Refused, match="ReplyToTicket"):
        mute.send(connection, Reply(marker=MARKER, text="x", to=elsewhere))
    for odd in ("../../user/1", "", "1/2", None):
        at = Comment(key="1", text="x", created_at=datetime.now(UTC), attributes={"ticket": odd})
        with tracker.connect() as connection, pytest.raises(Invalid):
            tracker.send(connection, Reply(marker=MARKER, text="x", to=at))


def test_odd_payloads() -> None:
    tracker = Connector(url="https://rt.test", token=SecretStr("t"))
    creator = {"id": 3, "Name": "a@b.test", "RealName": "A", "EmailAddress": "a@b.test"}
    whole = {
        "transaction": {
            "id": "7",
            "Type": "Create",
            "Created": "2026-03-03T09:22:11Z",
            "ObjectId": "5",
            "Creator": creator,
        },
        "ticket": {"Subject": "Hi", "Requestor": [{"id": "a@b.test"}]},
        "part": {"ContentType": "text/html", "Content": b64encode("<p>Ça</p><p>va</p>".encode()).decode()},
    }
    (comment,) = tracker.normalise(Raw(key="7", payload=orjson.dumps(whole).decode()))
    assert isinstance(comment, Comment)
    assert comment.text == "Ça\n\nva"
    assert comment.url == "https://rt.test/Ticket/Display.html?id=5#txn-7"
    for broken in ({"part": {"Content": "x"}}, {"part": None, "ticket": None}, {"transaction": {}}):
        with pytest.raises(BadRecord):
            list(tracker.normalise(Raw(key="7", payload=orjson.dumps({**whole, **broken}).decode())))


class TestContract(Contract):
    stand_in = StandIn
    connector = Connector
