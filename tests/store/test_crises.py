"""Crisis rooms in the store: what is counted, who is gathered, and what no interleaving gets past."""

from datetime import datetime, timedelta

import pytest

from curation import config
from curation.actions import crises as acts
from curation.actions import watching as watch
from curation.errors import Invalid, Stale
from curation.models import LOCAL
from curation.store import Store, affected, crises, drafts, holding, replies, threads
from curation.store.connection import now
from curation.store.filters import Filter
from tests.conftest import land, notice

A, B = "a" * 26, "b" * 26
WEEK = timedelta(weeks=1)


def complain(
    store: Store, at: datetime, count: int, source: str = "shop", topics: str = "|delivery.late|"
) -> None:
    """Land negative comments of as many people within the hour before `at`."""
    rows = [
        notice(f"{source} {at} {topics} {n}", "Late!", author=f"P{n}", author_key=str(n), created_at=at - timedelta(seconds=60 + n))
        for n in range(count)
    ]  # fmt: skip
    land(store, rows, source)
    with store.write() as con:
        con.execute(
            "update comment set sentiment = 'negative', topics = $topics where topics = ''",
            {"topics": topics},
        )


def quiet_weeks(store: Store, until: datetime, weeks: int = 5, source: str = "shop") -> None:
    for week in range(1, weeks + 1):
        complain(store, until - week * WEEK, 2, source)


def room(store: Store, **scope: tuple[str, ...]) -> int:
    made = crises.open_room(store, "ana", "x", Filter(**(scope or {"topics": ("delivery",)})), now() - timedelta(days=1))  # type: ignore[arg-type] # fmt: skip
    affected.gather(store, "ana", made["id"])
    return int(made["id"])


def test_complaints_are_counted_beside_the_same_hours_of_past_weeks(store: Store) -> None:
    until = now()
    quiet_weeks(store, until)
    complain(store, until, 7)
    complain(store, until - timedelta(hours=5), 3)
    complain(store, until - timedelta(hours=30), 9)
    counts = affected.complaints(store, until, 8, 3)
    # Four weeks: the first comment has to be a day and the weeks old.
    assert counts["delivery", 1] == counts["delivery.late", 1] == [7, 2, 2, 2, 2]
    assert counts["delivery", 24] == [10, 2, 2, 2, 2]


def test_a_source_without_a_past_opens_no_room(store: Store) -> None:
    until = now()
    quiet_weeks(store, until, 2)
    complain(store, until, 50)
    assert affected.complaints(store, until, 8, 3) == {}
    quiet_weeks(store, until, 6, "old")
    assert affected.complaints(store, until, 8, 3)["delivery", 1][0] == 0
    assert acts.notice(store, LOCAL) == {}


def test_a_room_opens_once_is_told_of_and_told_when_it_is_over(store: Store) -> None:
    until = now()
    quiet_weeks(store, until)
    complain(store, until, 40, topics="|delivery.late|price|")
    [told] = watch.watch(store, LOCAL)
    assert (told["source"], told["kind"]) == ("crisis 1", "crisis")
    assert "40 negative comments on delivery.late" in told["why"]
    watch.told(store, LOCAL, [told["id"]])
    complain(store, until, 30)
    assert watch.watch(store, LOCAL) == []
    [one] = acts.listed(store, LOCAL)
    assert one["progress"]["comments"] == 70
    acts.close(store, LOCAL, 1, one["version"], "Nothing.")
    [over] = watch.watch(store, LOCAL)
    assert (over["source"], over["cleared_at"] is None) == ("crisis 1", False)
    assert len(acts.listed(store, LOCAL)) == 1


def test_no_room_opens_where_that_is_switched_off(store: Store) -> None:
    until = now()
    with config.edit() as document:
        document["crisis"] = {"opens": False}
    quiet_weeks(store, until)
    complain(store, until, 40)
    assert watch.watch(store, LOCAL) == []


def test_people_are_one_author_in_one_thread_and_merged_threads_are_one(store: Store) -> None:
    complain(store, now(), 3)
    id = room(store)
    assert affected.progress(store, id)["people"] == 3
    rows = store.read().execute("select thread_id from comment order by id").fetchall()
    with store.write() as con:
        con.execute("update comment set author_id = 7")
    first, second = int(rows[0][0]), int(rows[1][0])
    holding.merge(store, "ana", first, [second])
    assert threads.state(store, second)["merged"] == [str(second)]
    with store.write() as con:
        con.execute("update crisis_comment set author_id = 7")
    assert affected.progress(store, id) == {
        "people": 2, "comments": 3, "answered": 0, "states": {"waiting": 2},
    }  # fmt: skip
    affected.leave_out(store, "ana", id, 2)
    assert affected.progress(store, id)["states"] == {"left_out": 1, "waiting": 1}


def test_what_is_spam_or_the_team_s_own_is_no_part_of_a_room(store: Store) -> None:
    land(store, [notice("t", "Sorry!", role="team", created_at=now()), notice("s", "Buy!", created_at=now())])
    with store.write() as con:
        con.execute(
            "update comment set topics = '|delivery|', status = case when key = 's' then 'spam' else status end"
        )
    assert affected.progress(store, room(store))["people"] == 0


def test_an_answer_from_a_statement_that_changed_meanwhile_is_withdrawn(store: Store) -> None:
    """The draft is saved, then somebody saves another statement, then it is written down where the draft comes from."""
    complain(store, now(), 2)
    id = room(store)
    crises.save_statement(store, "ana", id, 0, {"en": "One."})
    crises.decide(store, "bo", id, 1, True)
    drafts.save(store, "cy", 1, A, "Hello, One.", 0, {})
    crises.save_statement(store, "ana", id, 1, {"en": "Two."})
    with pytest.raises(Stale, match="changed the statement"):
        affected.keep_answer(store, "cy", id, 1, A, 1)
    assert replies.get(store, A)["state"] == "withdrawn"
    drafts.save(store, "cy", 2, B, "Hello, Two.", 0, {})
    crises.decide(store, "bo", id, 2, False, "No.")
    with pytest.raises(Stale):
        affected.keep_answer(store, "cy", id, 2, B, 2)
    assert affected.progress(store, id)["states"] == {"void": 2}


def test_every_text_of_a_withdrawn_answer_is_kept(store: Store) -> None:
    complain(store, now(), 1)
    id = room(store)
    crises.save_statement(store, "ana", id, 0, {"en": "One."})
    row = drafts.save(store, "cy", 1, A, "Hello, One.", 0, {})
    affected.keep_answer(store, "cy", id, 1, A, 1)
    drafts.save(store, "cy", 1, A, "Hello, One, and my own words.", row["version"], {})
    crises.save_statement(store, "ana", id, 1, {"en": "Two."})
    kept = store.read().execute("select text from reply_text order by id").fetchall()
    assert [text for (text,) in kept] == ["Hello, One.", "Hello, One, and my own words."]


def test_two_who_close_a_room_at_once_are_told(store: Store) -> None:
    complain(store, now(), 1)
    id = room(store)
    crises.close(store, "ana", id, 1, "Mine.")
    with pytest.raises(Stale):
        crises.close(store, "bo", id, 1, "Theirs.")
    assert crises.get(store, id)["learnt"] == "Mine."
    with pytest.raises(Invalid, match="closed by ana"):
        affected.gather(store, "bo", id)
