"""Claims, snoozes, merges, notes and bulk deeds; and how each is taken back."""

from datetime import timedelta
from random import Random
from typing import Any

import pyarrow as pa
import pytest

from curation import arrow
from curation.actions import comments as acts
from curation.actions import following, queueing, triaging, watching
from curation.actions.duplicates import duplicates
from curation.actions.triaging import Bulk
from curation.errors import Forbidden, Invalid, NotFound, Stale
from curation.models import PERMISSIONS, Who
from curation.store import Store, access, comments, judgements, notes, tags, threads
from curation.store.connection import now
from curation.store.filters import Filter
from curation.store.recent import Recent
from tests.conftest import land, notice
from tests.store.test_comments import indexed

ANA, BO = (Who(name=name, permissions=frozenset(PERMISSIONS)) for name in ("ana", "bo"))
READER = Who(name="rex", permissions=frozenset({"read"}))


@pytest.fixture
def full(store: Store) -> Store:
    at = now() - timedelta(hours=2)
    land(
        store,
        [notice(key, f"Comment {key}", author=f"author {key}", created_at=at + timedelta(minutes=n))
         for n, key in enumerate("abcdef")],
    )  # fmt: skip
    return store


def thread(store: Store, key: str) -> int:
    return int(comments.find(store, "survey", key)["thread_id"])


def status(store: Store, key: str) -> str:
    return str(comments.find(store, "survey", key)["status"])


def last_action(store: Store) -> tuple[str, str]:
    row = access.activity(store, limit=1)[0]
    return row["who"], row["action"]


def expire(store: Store, column: str) -> None:
    with store.write() as con:
        con.execute(
            f"update thread set {column} = $at where {column} is not null",
            {"at": now() - timedelta(seconds=1)},
        )


def test_a_claim_is_a_lease(full: Store) -> None:
    a = thread(full, "a")
    mine = triaging.claim(full, ANA, a)
    assert (mine["claimed_by"], mine["status"], mine["version"]) == ("ana", "open", 1)
    assert status(full, "a") == "open" and last_action(full) == ("ana", "claim")
    renewed = triaging.claim(full, ANA, a)
    assert renewed["claimed_until"] > mine["claimed_until"] and renewed["version"] == 1
    with pytest.raises(Stale, match=r"ana has this thread until 2\d\d\d-") as error:
        triaging.claim(full, BO, a)
    assert error.value.current["claimed_by"] == "ana"
    with pytest.raises(Stale):
        triaging.release(full, BO, a)
    expire(full, "claimed_until")
    assert threads.state(full, a)["claimed_by"] is None
    assert triaging.claim(full, BO, a)["claimed_by"] == "bo"
    assert triaging.release(full, BO, a)["claimed_by"] is None
    assert triaging.release(full, BO, a)["deed"] is None
    with pytest.raises(NotFound):
        triaging.claim(full, ANA, 12345)
    with pytest.raises(Forbidden):
        triaging.claim(full, READER, a)


def test_whoever_decides_has_seen_the_thread_as_it_is(full: Store) -> None:
    a = thread(full, "a")
    triaging.claim(full, ANA, a)
    with pytest.raises(Stale) as error:
        triaging.set_status(full, BO, a, "resolved", version=0)
    assert error.value.current["claimed_by"] == "ana"
    seen = comments.find(full, "survey", "a")["id"]
    land(full, [notice("again", "And another thing", thread="a")])
    with pytest.raises(Stale, match="changed since"):
        triaging.set_status(full, ANA, a, "resolved", version=1)
    with pytest.raises(Stale, match="new message"):
        triaging.set_status(full, ANA, a, "resolved", seen=seen)
    b = thread(full, "b")
    land(full, [notice("bagain", "Me too", thread="b")])
    with pytest.raises(Stale, match="new message"):
        triaging.set_status(
            full, ANA, b, "resolved", version=0, seen=comments.find(full, "survey", "b")["id"]
        )


def test_a_snooze_ends_at_its_time_or_with_the_next_message(full: Store) -> None:
    a, b = thread(full, "a"), thread(full, "b")
    triaging.claim(full, ANA, a)
    snoozed = triaging.snooze(full, ANA, a, now() + timedelta(hours=1))
    assert (snoozed["status"], snoozed["claimed_by"]) == ("snoozed", None)
    triaging.snooze(full, ANA, b, None)
    assert threads.wake(full) == 0
    expire(full, "snoozed_until")
    watching.watch(full, ANA)
    assert (status(full, "a"), status(full, "b")) == ("open", "snoozed")
    assert threads.state(full, a)["snoozed_until"] is None
    land(full, [notice("bagain", "Hello?", thread="b")])
    assert (status(full, "b"), status(full, "bagain")) == ("open", "open")
    for wrong in (now() - timedelta(seconds=1), now() + timedelta(days=9000)):
        with pytest.raises(Invalid):
            triaging.snooze(full, ANA, a, wrong)


def test_assignment_is_to_a_member_or_nobody(full: Store) -> None:
    a = thread(full, "a")
    assert triaging.assign(full, ANA, a, "bo")["assignee"] == "bo"
    assert [row["thread"] for row in triaging.needing(full, BO)["assigned"]] == [str(a)]
    assert triaging.assign(full, ANA, a, None)["assignee"] is None
    with full.write() as con:
        con.execute("insert into member values ('bo', null, 'all', $at, null)", {"at": now()})
    with pytest.raises(NotFound, match="There are: bo"):
        triaging.assign(full, ANA, a, "carl")
    with pytest.raises(Invalid):
        triaging.assign(full, ANA, a, "x" * 101)


def test_threads_are_merged_and_taken_apart_without_a_rewrite(full: Store) -> None:
    a, b, c = (thread(full, key) for key in "abc")
    triaging.set_status(full, ANA, b, "pending")
    triaging.merge(full, ANA, b, [c])
    merged = triaging.merge(full, ANA, a, [b])
    assert set(merged["merged"]) == {str(b), str(c)}
    assert {status(full, key) for key in "abc"} == {"new"}
    opened = comments.opened(full, comments.find(full, "survey", "c")["id"])
    assert [row["key"] for row in opened["thread_comments"]] == ["a", "b", "c"]
    assert opened["state"]["thread"] == str(a)
    triaging.set_status(full, BO, c, "resolved")
    assert {status(full, key) for key in "abc"} == {"resolved"}
    land(full, [notice("more", "Still waiting", thread="b")])
    assert {status(full, key) for key in ("a", "b", "c", "more")} == {"open"}
    assert comments.find(full, "survey", "b")["thread_id"] == str(b)
    triaging.unmerge(full, ANA, a, [b])
    assert (status(full, "a"), status(full, "b"), status(full, "c")) == ("open", "pending", "open")
    for wrong in ([a], [c], []):
        with pytest.raises(Invalid):
            triaging.merge(full, ANA, a, wrong)
    with pytest.raises(NotFound):
        triaging.unmerge(full, ANA, a, [b])
    triaging.claim(full, BO, b)
    with pytest.raises(Stale, match="bo has this thread"):
        triaging.merge(full, ANA, a, [b])


def test_every_deed_is_undone_and_done_again(full: Store) -> None:
    a, b = thread(full, "a"), thread(full, "b")
    steps: list[tuple[int, dict[str, Any]]] = []
    for act in (
        lambda: triaging.claim(full, ANA, a),
        lambda: triaging.assign(full, ANA, a, "bo"),
        lambda: triaging.set_status(full, ANA, a, "spam"),
        lambda: triaging.set_status(full, ANA, a, "open"),
        lambda: triaging.snooze(full, ANA, a, None),
        lambda: triaging.merge(full, ANA, a, [b]),
        lambda: triaging.unmerge(full, ANA, a, [b]),
        lambda: triaging.merge(full, ANA, b, [a]),
    ):
        before = _plain(full, a, b)
        steps.append((act()["deed"], before))
    after = _plain(full, a, b)
    for deed, before in reversed(steps):
        triaging.undo(full, BO, deed)
        assert _plain(full, a, b) == before
    assert {status(full, key) for key in "ab"} == {"new"}
    for deed, before in steps:
        assert _plain(full, a, b) == before
        triaging.redo(full, BO, deed)
    assert _plain(full, a, b) == after
    with pytest.raises(Invalid):
        triaging.redo(full, BO, steps[-1][0])
    with pytest.raises(NotFound):
        triaging.undo(full, BO, 999)


def _plain(store: Store, *ids: int) -> dict[str, Any]:
    sql = "select id, status, assignee, claimed_by, claimed_until, snoozed_until, merged_into from thread where id = $id"
    rows = {id: store.read().execute(sql, {"id": id}).fetchone() for id in ids}
    shown = {row["key"]: row["status"] for row in comments.page(store, Filter())}
    untouched = (None, "new", None, None, None, None, None)
    return {"shown": shown, **{str(id): (row or untouched)[1:] for id, row in rows.items()}}


def test_what_is_newer_stands_in_the_way_of_an_undo(full: Store) -> None:
    a = thread(full, "a")
    first = triaging.set_status(full, ANA, a, "open")["deed"]
    second = triaging.set_status(full, BO, a, "resolved")["deed"]
    with pytest.raises(Stale, match=r"bo did something newer \(status"):
        triaging.undo(full, ANA, first)
    triaging.set_status(full, BO, a, "open")
    with pytest.raises(Stale, match="newer"):
        triaging.undo(full, ANA, first)
    triaging.set_status(full, BO, a, "resolved")
    land(full, [notice("again", "No!", thread="a")])
    with pytest.raises(Stale, match="a message came"):
        triaging.undo(full, ANA, second)
    assert triaging.set_status(full, ANA, a, "open")["deed"] is None


def test_a_renewed_claim_outlives_the_undo_of_something_else(full: Store) -> None:
    a = thread(full, "a")
    triaging.claim(full, ANA, a)
    deed = triaging.assign(full, ANA, a, "bo")["deed"]
    renewed = triaging.claim(full, ANA, a)["claimed_until"]
    triaging.undo(full, ANA, deed)
    assert threads.state(full, a)["claimed_until"] == renewed


def test_notes_mention_people_and_open_a_thread(full: Store) -> None:
    a = thread(full, "a")
    note = triaging.add_note(
        full, ANA, a, "Is this yours, @Bo? Mail carl@example.org, @dora@example.org. @bo"
    )
    assert note["mentions"] == ["bo", "dora@example.org"] and note["state"]["status"] == "open"
    (mention,) = triaging.needing(full, BO)["mentions"]
    assert (mention["who"], mention["thread"]) == ("ana", str(a))
    dora = Who(name="dora@example.org", permissions=frozenset({"read"}))
    assert len(triaging.needing(full, dora)["mentions"]) == 1
    assert triaging.seen(full, BO, [note["id"]]) == 1
    assert triaging.needing(full, BO)["mentions"] == []
    with pytest.raises(NotFound):
        triaging.seen(full, ANA, [note["id"]])
    second = triaging.add_note(full, BO, a, "Mine")
    triaging.set_status(full, BO, a, "resolved")
    triaging.undo(full, BO, second["deed"])
    assert [one["text"] for one in triaging.opened(full, READER, a)["notes"]] == [note["text"]]
    triaging.redo(full, BO, second["deed"])
    assert len(notes.listed(full, a)) == 2
    with pytest.raises(Stale):
        triaging.undo(full, ANA, note["deed"])
    for wrong in (" ", "x" * 20_001):
        with pytest.raises(Invalid):
            triaging.add_note(full, ANA, a, wrong)
    assert notes.mentions("@" * 1000 + " a@b @ " + "@x" * 100_000) is not None


def test_a_note_whose_answer_was_lost_is_kept_once(full: Store) -> None:
    a = thread(full, "a")
    first = triaging.add_note(full, ANA, a, "Ask the @depot")
    assert triaging.add_note(full, ANA, a, "Ask the @depot") == first
    assert len(triaging.needing(full, Who(name="depot", permissions=frozenset({"read"})))["mentions"]) == 1
    assert triaging.add_note(full, BO, a, "Ask the @depot")["id"] != first["id"]
    triaging.undo(full, ANA, first["deed"])
    assert triaging.add_note(full, ANA, a, "Ask the @depot")["id"] != first["id"]
    assert len(notes.listed(full, a)) == 2


def test_a_correction_is_undone(full: Store) -> None:
    rows = [{"comment_id": 1, "version": 1, "name": name, "value": value, "score": 0.5}
            for name, value in (("sentiment", "neutral"), ("topic", "delivery.late"), ("language", "en"))]  # fmt: skip
    tags.save_tags(full, "test", "v1", pa.Table.from_pylist(rows, schema=arrow.TAGS))
    acts.correct(full, ANA, 1, "sentiment", "negative")
    over = acts.correct(full, BO, 1, "sentiment", "positive")["deed"]
    topic = acts.correct(full, ANA, 1, "topic", "delivery.late", holds=False)["deed"]
    triaging.undo(full, BO, over)
    row = comments.get(full, 1)
    assert (row["sentiment"], row["topics"]) == ("negative", [])
    triaging.undo(full, ANA, topic)
    assert comments.get(full, 1)["topics"] == ["delivery.late"]
    confirmed = acts.confirm(full, ANA, 1)["deed"]
    triaging.undo(full, ANA, confirmed)
    assert judgements.confirmed(full.read(), 1) is None
    triaging.redo(full, ANA, confirmed)
    assert judgements.confirmed(full.read(), 1)
    with pytest.raises(Stale, match="newer of the topic"):
        triaging.redo(full, ANA, topic)


def test_a_bulk_deed_is_seen_first_and_undone_as_one(full: Store) -> None:
    triaging.claim(full, BO, thread(full, "a"))
    triaging.set_status(full, ANA, thread(full, "b"), "open")
    act = Bulk(action="status", status="resolved")
    wanted = Filter(sources=("survey",))
    shown = triaging.in_bulk(full, ANA, wanted, act, dry_run=True)
    assert (shown["threads"], shown["held"], len(shown["examples"])) == (5, 1, 5)
    assert shown["from"] == [{"value": "new", "threads": 4}, {"value": "open", "threads": 1}]
    before = len(access.activity(full))
    done = triaging.in_bulk(full, ANA, wanted, act.model_copy(update={"expected": 5}))
    assert (done["changed"], done["held"]) == (5, 1)
    assert len(access.activity(full)) == before + 1
    assert [status(full, key) for key in "abcdef"] == ["open"] + ["resolved"] * 5
    with pytest.raises(Stale, match="by now"):
        triaging.in_bulk(full, ANA, wanted, act.model_copy(update={"expected": 4}))
    triaging.set_status(full, BO, thread(full, "c"), "spam")
    with pytest.raises(Stale, match="bo did something newer"):
        triaging.undo(full, ANA, done["deed"])
    assert triaging.undo(full, ANA, done["deed"], partly=True) == {"threads": 4, "tags": 0, "left": 1}
    assert [status(full, key) for key in "abcdef"] == ["open", "open", "spam", "new", "new", "new"]


def test_a_bulk_deed_needs_a_filter_and_sense(full: Store) -> None:
    ids = Filter(ids=(1, 2))
    for wanted, act in (
        (Filter(), Bulk(action="status", status="open")),
        (ids, Bulk(action="status", status="done")),
        (ids, Bulk(action="status")),
        (ids, Bulk(action="status", status="open", until=now() + timedelta(hours=1))),
        (Filter(ids=(99,)), Bulk(action="status", status="open")),
    ):
        with pytest.raises(Invalid):
            triaging.in_bulk(full, ANA, wanted, act)
    until = now() + timedelta(hours=1)
    triaging.in_bulk(full, ANA, ids, Bulk(action="status", status="snoozed", until=until))
    assert threads.state(full, thread(full, "b"))["snoozed_until"] == until
    assert triaging.in_bulk(full, ANA, ids, Bulk(action="assign", to="bo"))["changed"] == 2
    with pytest.raises(Forbidden):
        triaging.in_bulk(full, READER, ids, Bulk(action="assign", to="bo"))


def keys(found: dict[str, Any]) -> list[str]:
    return [row["comment"]["key"] for row in found["threads"]]


def test_the_queue_is_in_an_order_that_says_why(full: Store) -> None:
    rows = [
        {"comment_id": 4, "version": 1, "name": "urgency", "value": "high", "score": 0.9},
        *({"comment_id": id, "version": 1, "name": "topic", "value": "price", "score": 0.9} for id in (2, 3, 4)),
    ]  # fmt: skip
    tags.save_tags(full, "test", "v1", pa.Table.from_pylist(rows, schema=arrow.TAGS))
    land(full, [notice("f2", "Well?", thread="f", author="author f", created_at=now())])
    triaging.set_status(full, ANA, thread(full, "a"), "resolved")
    found = queueing.page(full, READER, Filter())
    assert keys(found) == ["d", "f", "b", "c", "e"]
    codes = {row["comment"]["key"]: row["why"] for row in found["threads"]}
    assert [one["code"] for one in codes["d"]] == ["due", "urgency", "others", "waiting"]
    assert {"code": "messages", "count": 2} in codes["f"] and {"code": "others", "count": 2} in codes["b"]
    assert found["next"] is None and 21 * 60 < codes["e"][0]["in_minutes"] < 22 * 60 + 5
    seen, after = [], None
    for _ in range(3):
        page = queueing.page(full, READER, Filter(), after, limit=2)
        seen, after = seen + keys(page), page["next"]
    assert seen == keys(found) and after is None
    assert keys(queueing.page(full, READER, Filter(topics=("price",)))) == ["d", "b", "c"]
    triaging.claim(full, BO, thread(full, "d"))
    triaging.assign(full, BO, thread(full, "b"), "bo")
    assert keys(queueing.page(full, ANA, Filter(), free=True)) == ["f", "c", "e"]
    assert keys(queueing.page(full, BO, Filter(), free=True)) == keys(found)


def test_what_many_like_and_share_comes_earlier(full: Store) -> None:
    assert keys(queueing.page(full, READER, Filter()))[0] == "a"
    counts = {"likes": 500, "reposts": 12, "followers": 10**6}
    at = comments.find(full, "survey", "e")["created_at"]
    land(full, [notice("e", "Comment e", payload="liked", author="author e", created_at=at, counts=counts)])
    found = queueing.page(full, READER, Filter())
    assert keys(found)[0] == "e"
    assert {"code": "likes", "count": 512} in found["threads"][0]["why"]
    assert found["threads"][0]["comment"]["counts"] == counts


def test_what_is_answered_or_old_waits_no_more_and_a_merged_thread_waits_once(full: Store) -> None:
    land(full, [
        notice("answer", "Done", thread="a", role="team", created_at=now()),
        notice("old", "Years ago", created_at=now() - timedelta(days=90)),
        notice("soon", "From a wrong clock", created_at=now() + timedelta(days=900)),
    ])  # fmt: skip
    triaging.merge(full, ANA, thread(full, "b"), [thread(full, "c"), thread(full, "a")])
    found = queueing.page(full, ANA, Filter())
    assert keys(found) == ["d", "e", "f", "soon"]
    triaging.unmerge(full, ANA, thread(full, "b"), [thread(full, "a")])
    assert keys(queueing.page(full, ANA, Filter())) == ["b", "d", "e", "f", "soon"]


def test_small_pages_are_parts_of_the_whole_whatever_was_answered(store: Store) -> None:
    chance, at = Random(5), now() - timedelta(days=3)
    rows = []
    for n in range(150):
        role = "team" if chance.random() < 0.25 else "customer"
        moment = at + timedelta(minutes=chance.randrange(3000))
        rows.append(
            notice(f"k{n}", f"Text {n}", thread=f"t{chance.randrange(60)}", role=role, created_at=moment)
        )
    land(store, rows)
    urgent = [{"comment_id": id, "version": 1, "name": "urgency", "value": chance.choice(["low", "high"]), "score": 0.9}
              for id in range(1, 151) if chance.random() < 0.4]  # fmt: skip
    tags.save_tags(store, "test", "v1", pa.Table.from_pylist(urgent, schema=arrow.TAGS))
    ids = [int(row["thread_id"]) for row in comments.page(store, Filter(), limit=150)]
    for one in chance.sample(sorted(set(ids)), 15):
        triaging.assign(store, BO, one, "bo")
    triaging.merge(store, ANA, ids[0], [id for id in set(ids[1:5]) if id != ids[0]])
    for wanted, free in ((Filter(), False), (Filter(), True), (Filter(urgencies=("high",)), False)):
        whole = [row["thread"] for row in queueing.page(store, ANA, wanted, limit=200, free=free)["threads"]]
        assert len(whole) > 10
        seen: list[str] = []
        after = None
        while len(seen) < len(whole):
            page = queueing.page(store, ANA, wanted, after, 3, free)
            seen += [row["thread"] for row in page["threads"]]
            after = page["next"]
        assert after is None and seen == whole


def test_a_source_has_its_own_promise(full: Store) -> None:
    file = full.config.home / "tribune.toml"
    file.write_text('[sources.shop]\nconnector = "file"\npath = "/x.csv"\nreply_within = "30m"\n')
    land(full, [notice("s", "In the shop", created_at=now())], "shop")
    assert keys(queueing.page(full, ANA, Filter()))[0] == "s"


def test_duplicates_are_by_the_same_person_or_in_the_same_words(store: Store) -> None:
    words = "My parcel from the October order never arrived at the new address, please help"
    at = now()
    land(store, [
        notice("a", words, author="Ana", created_at=at),
        notice("b", words.replace("please help", "could you help"), author="Bo", created_at=at),
        notice("c", "Something else entirely", author="Ana", created_at=at - timedelta(days=2)),
        notice("d", "Long ago", author="Ana", created_at=at - timedelta(days=20)),
    ])  # fmt: skip
    indexed(store)
    found = {row["comment"]["key"]: row["why"] for row in duplicates(store, READER, thread(store, "a"))}
    assert found == {"b": [{"code": "text"}], "c": [{"code": "author"}]}
    triaging.merge(store, ANA, thread(store, "a"), [thread(store, "b")])
    assert [row["comment"]["key"] for row in duplicates(store, READER, thread(store, "b"))] == ["c"]


def test_views_are_one_s_own_or_shared(full: Store) -> None:
    following.save_view(full, ANA, "Late", "topic=delivery.late", shared=True)
    following.save_view(full, ANA, "Mine", "q=x")
    following.save_view(full, ANA, "Mine", "q=y")
    assert [(one["name"], one["query"]) for one in following.list_views(full, ANA)] == [
        ("Late", "topic=delivery.late"), ("Mine", "q=y"),
    ]  # fmt: skip
    assert [one["name"] for one in following.list_views(full, READER)] == ["Late"]
    with pytest.raises(Forbidden):
        following.save_view(full, READER, "x", "q=1", shared=True)
    with pytest.raises(Forbidden):
        following.delete_view(full, READER, "Late", owner="ana")
    with pytest.raises(Invalid):
        following.save_view(full, ANA, " ", "q=1")
    following.delete_view(full, BO, "Late", owner="ana")
    with pytest.raises(NotFound):
        following.delete_view(full, ANA, "Late")


def test_presence_is_of_those_who_said_so_of_late(full: Store) -> None:
    a = thread(full, "a")
    assert triaging.look(full, ANA, a, typing=True) == []
    assert triaging.look(full, BO, a, typing=False) == [{"who": "ana", "typing": True}]
    mark = following.moved(full)
    triaging.look(full, BO, a, typing=False)
    assert following.moved(full) == mark
    triaging.claim(full, ANA, a)
    triaging.leave(full, ANA, a)
    assert triaging.look(full, BO, a, typing=False) == []
    assert threads.state(full, a)["claimed_by"] is None


def test_changes_are_followed_by_number(full: Store) -> None:
    upto = following.changes(full, READER, None)["next"]
    a = thread(full, "a")
    triaging.claim(full, ANA, a)
    land(full, [notice("g", "New")])
    found = following.changes(full, READER, upto, a)
    assert [(one["who"], one["action"]) for one in found["changes"]] == [("ana", "claim"), ("test", "land")]
    assert found["changes"][0]["subject"] == f"thread/{a}"
    assert following.changes(full, READER, found["next"])["changes"] == []


def test_who_was_away_for_long_misses_no_change(full: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(full, "recent", Recent(kept=3))
    upto = following.changes(full, READER, None)["next"]
    a = thread(full, "a")
    for status in ("open", "resolved", "open", "spam", "new"):
        triaging.set_status(full, ANA, a, status)
        assert len(following.changes(full, READER, upto)["changes"]) <= 5
    late = following.changes(full, READER, upto)
    assert [one["action"] for one in late["changes"]] == ["status"] * 5
    assert following.changes(full, READER, late["next"] - 2)["changes"] == late["changes"][-2:]
    assert following.changes(full, READER, late["next"] + 7) == {"next": late["next"] + 7, "changes": []}


def test_a_decision_that_is_refused_leaves_a_thread_as_nobody_touched_it(full: Store) -> None:
    a = thread(full, "a")
    with pytest.raises(Stale) as refused:
        triaging.set_status(full, ANA, a, "resolved", version=7)
    untouched = threads.state(full, a)
    assert refused.value.current == untouched and untouched["changed_at"] is None
    with pytest.raises(NotFound):
        triaging.claim(full, ANA, 12345)
