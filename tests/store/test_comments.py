"""Lists, search, threads, statuses, tags and exports."""

import threading
from datetime import date, datetime, timedelta, timezone
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from curation import arrow
from curation.api import opened
from curation.config import Config
from curation.errors import Invalid, NotFound, Stale
from curation.store import Store, comments, indexing, overview, tags, threads
from curation.store.connection import migrations
from curation.store.filters import Filter
from tests.conftest import START, land, notice
from tests.patience import PATIENCE, eventually


def save(store: Store, version: str, found: dict[int, list[tuple[str, str]]]) -> int:
    rows = [
        {"comment_id": id, "version": 1, "name": name, "value": value, "score": 0.5, "evidence": None}
        for id, pairs in found.items()
        for name, value in pairs or [(None, None)]
    ]
    return tags.save_tags(store, "test", version, pa.Table.from_pylist(rows, schema=arrow.TAGS))


def indexed(store: Store) -> None:
    eventually(lambda: indexing.lag(store) == 0, 0.01)


def test_pages_by_key_meet_every_comment_once(store: Store) -> None:
    land(
        store,
        [notice(f"k{i}", f"text {i}", created_at=START + timedelta(days=i * 37 % 11)) for i in range(97)],
    )
    seen: list[int] = []
    before = None
    while rows := comments.page(store, Filter(), before, 10):
        seen += [row["id"] for row in rows]
        before = int(rows[-1]["rank"])
    assert len(seen) == len(set(seen)) == 97
    times = [comments.get(store, id)["created_at"] for id in seen]
    assert times == sorted(times, reverse=True)


def test_filters_narrow_each_other(store: Store) -> None:
    land(store, [notice("a", "one", author="Ana"), notice("bb", "two", author="Bo")], "mail")
    land(store, [notice("ccc", "three")], "shop")
    save(
        store,
        "v1",
        {1: [("sentiment", "negative"), ("topic", "delivery.late")], 2: [("sentiment", "negative")], 3: []},
    )

    def keys(**wanted: object) -> list[str]:
        return [row["key"] for row in comments.page(store, Filter(**wanted))]  # type: ignore[arg-type]

    assert keys(sources=("mail",)) == ["bb", "a"]
    assert keys(sources=("mail",), sentiments=("negative",), topics=("delivery",)) == ["a"]
    assert keys(topics=("delivery.late",)) == ["a"]
    assert keys(topics=("deliver",)) == []
    assert keys(sources=("nowhere",)) == []
    assert keys(since=START + timedelta(minutes=2), until=START + timedelta(minutes=3)) == ["bb"]
    assert keys(query="sentiment:negative -topic:delivery") == ["bb"]
    assert keys(person=int(comments.find(store, "mail", "a")["author_id"])) == ["a"]
    with pytest.raises(Invalid):
        keys(sentiments=("grumpy",))
    with pytest.raises(Invalid):
        keys(query="since:yesterday")


def test_search_finds_words_within_filters(store: Store) -> None:
    land(
        store, [notice("a", "Le délai de livraison"), notice("bb", "La livraison est parfaite", author="Zoé")]
    )
    indexed(store)
    assert [r["key"] for r in comments.page(store, Filter(query="delai livraison"))] == ["a"]
    assert [r["key"] for r in comments.page(store, Filter(query="livr*"))] == ["bb", "a"]
    assert [r["key"] for r in comments.page(store, Filter(query="livraison author:zoe"))] == ["bb"]
    assert comments.count(store, Filter(query="livraison"))["comments"] == 2
    land(store, [notice("a", "Tout va bien")])
    indexed(store)
    assert [r["key"] for r in comments.page(store, Filter(query="délai"))] == []


def test_a_person_s_tag_wins_and_survives_retagging(store: Store) -> None:
    land(store, [notice("a", "Great, late again")])
    save(store, "v1", {1: [("sentiment", "positive"), ("topic", "delivery.late"), ("topic", "thanks")]})
    tags.correct(store, "ana", 1, "sentiment", "negative")
    tags.correct(store, "ana", 1, "topic", "thanks", holds=False)
    assert tags.correct(store, "ana", 1, "topic", "irony") == {
        "language": None, "sentiment": "negative", "topics": ["delivery.late", "irony"],
        "intent": None, "urgency": None, "unsure": [], "deed": 3,
    }  # fmt: skip
    assert tags.untagged_count(store, "v2") == 1
    save(store, "v2", {1: [("sentiment", "positive"), ("topic", "thanks"), ("topic", "price")]})
    row = comments.get(store, 1)
    assert (row["sentiment"], row["topics"]) == ("negative", ["irony", "price"])
    assert tags.untagged_count(store, "v2") == 0
    assert {t["by"] for t in tags.provenance(store, 1)} == {"ana", "v2"}
    assert tags.correct(store, "ana", 1, "sentiment", "")["sentiment"] == "positive"


def test_intent_and_urgency_are_kept_and_what_is_unsure_can_be_asked_for(store: Store) -> None:
    land(store, [notice("a", "Where is it?"), notice("bb", "Cancel it now")])
    told = [
        {"comment_id": 1, "name": "intent", "value": "question", "score": 0.4, "unsure": True},
        {"comment_id": 1, "name": "sentiment", "value": "neutral", "score": 0.4, "unsure": True},
        {"comment_id": 1, "name": "topic", "value": "delivery", "score": 0.9, "sentiment": "negative"},
        {"comment_id": 2, "name": "intent", "value": "cancellation", "score": 0.9},
        {"comment_id": 2, "name": "urgency", "value": "high", "score": 0.8, "evidence": '["now"]'},
    ]
    tags.save_tags(
        store, "test", "v1", pa.Table.from_pylist([{**one, "version": 1} for one in told], schema=arrow.TAGS)
    )

    def found(**wanted: Any) -> list[str]:
        return [row["key"] for row in comments.page(store, Filter(**wanted))]

    assert (
        found(query="intent:cancellation")
        == found(query="urgence:high")
        == found(urgencies=("high",))
        == ["bb"]
    )
    assert found(query="unsure:sentiment") == found(unsure=("intent",)) == ["a"]
    assert found(query="-unsure:intent") == found(query="-intent:question") == ["bb"]
    assert comments.get(store, 1)["unsure"] == ["intent", "sentiment"]
    assert [t["sentiment"] for t in tags.provenance(store, 1) if t["name"] == "topic"] == ["negative"]
    held = tags.correct(store, "ana", 1, "intent", "complaint")
    assert (held["intent"], held["unsure"]) == ("complaint", ["sentiment"])
    assert tags.correct(store, "ana", 1, "intent", "")["unsure"] == ["intent", "sentiment"]
    exported = comments.export(store, Filter()).read_all().to_pylist()
    assert [(row["intent"], row["unsure"]) for row in exported] == [
        ("cancellation", []),
        ("question", ["intent", "sentiment"]),
    ]
    with pytest.raises(Invalid, match="Urgency is one of low"):
        tags.correct(store, "ana", 1, "urgency", "extreme")
    with pytest.raises(Invalid, match="unsure is one of"):
        found(query="unsure:everything")


def test_a_store_of_the_first_version_is_brought_up_to_date_with_what_is_in_it(config: Config) -> None:
    with opened(config) as served:
        land(served.store, [notice("a", "Too dear")])
    con = duckdb.connect(str(config.home / "store.duckdb"))
    con.execute("create temp table kept as select * exclude (intent, urgency, unsure, counts) from comment")
    con.execute(
        "drop table tag; drop table comment; drop table judgement; drop table theme_run; drop table gap; drop table reply; drop table reply_text; drop table reply_change; drop table review; drop table review_line; drop table canned; drop table seen_hook; drop table alert; drop table field; drop table sampled; drop table expiry; drop table deed; drop table deed_part; drop table deed_tag; drop table note; drop table mention; drop table notice; drop table notice_choice; drop table saved_view; drop table crisis; drop table crisis_member; drop table crisis_comment; drop table crisis_statement; drop table crisis_review; drop table crisis_answer; drop table collection; drop table quote; drop table clearance; drop table publication; drop table sign_in; delete from migration where name > '002' and name <> '005_taxonomy.sql'"
    )
    first = dict(migrations())["001_start.sql"].split(";\n")
    for sql in first:
        if "create table comment " in sql or "create table tag " in sql:
            con.execute(sql)
    con.execute("insert into comment select * from kept")
    con.execute("insert into tag values (1, 'topic', 'price', 0.5, 1, null, now())")
    con.close()
    with opened(config) as served:
        assert comments.get(served.store, 1)["unsure"] == []
        save(served.store, "v1", {1: [("intent", "complaint"), ("topic", "price")]})
        row = comments.get(served.store, 1)
    assert (row["text"], row["intent"], row["topics"]) == ("Too dear", "complaint", ["price"])


def test_tags_of_a_text_that_changed_meanwhile_are_not_kept(store: Store) -> None:
    land(store, [notice("a", "Fine")])
    land(store, [notice("a", "Broken")])
    assert save(store, "v1", {1: [("sentiment", "positive")]}) == 0
    assert tags.untagged_count(store, "v1") == 1


def test_a_stale_status_is_refused_with_the_current_one(store: Store) -> None:
    land(store, [notice("a", "x")])
    thread = threads.of_comment(store, 1)
    moved = threads.set_status(store, "ana", thread, "open", 0)
    assert (moved["status"], moved["version"]) == ("open", 1)
    with pytest.raises(Stale) as error:
        threads.set_status(store, "bo", thread, "resolved", 0)
    assert (error.value.current["status"], error.value.current["version"]) == ("open", 1)
    with pytest.raises(Invalid):
        threads.set_status(store, "bo", thread, "done")
    with pytest.raises(NotFound):
        threads.of_comment(store, 99)


def test_a_thread_is_shown_in_order(store: Store) -> None:
    land(store, [
        notice("c3", "third", thread="t", created_at=START + timedelta(hours=3)),
        notice("c1", "first", thread="t", created_at=START),
        notice("other", "elsewhere"),
    ])  # fmt: skip
    assert [c["text"] for c in comments.opened(store, 1)["thread_comments"]] == ["first", "third"]


def test_an_export_has_no_cap(store: Store) -> None:
    land(store, [notice(str(i), f"text {i}") for i in range(25_000)])
    assert sum(batch.num_rows for batch in comments.export(store, Filter())) == 25_000
    assert [b.num_rows for b in comments.export(store, Filter(), limit=7)] == [7]


def test_the_overview_keeps_to_its_one_place_among_the_heavy_questions(store: Store) -> None:
    land(store, [notice("a", "x", author="Ann"), notice("b", "y", author="Ann")])
    done = threading.Event()
    with store.heavy() as busy:
        busy.execute("select 1").fetchall()
        asking = threading.Thread(
            target=lambda: overview.overview(store, Filter()) and done.set(), daemon=True
        )
        asking.start()
        assert done.wait(PATIENCE)
    asking.join()
    assert overview.overview(store, Filter())["totals"] == {"comments": 2, "people": 1}


def test_what_has_no_tag_is_not_what_was_excluded(store: Store) -> None:
    land(store, [notice("a", "x"), notice("b", "y")])
    save(store, "1", {1: [("language", "fr"), ("sentiment", "negative")]})
    for query in ("-lang:fr", "-sentiment:negative", "-lang:fr -sentiment:negative"):
        assert [row["key"] for row in comments.page(store, Filter(query=query))] == ["b"]


def test_an_id_that_is_none_finds_nothing(store: Store) -> None:
    land(store, [notice("a", "x")])
    assert comments.page(store, Filter(query="id:abc")) == []
    assert [row["id"] for row in comments.page(store, Filter(query="id:1"))] == [1]


def test_a_search_keeps_the_last_half_second_of_a_day(store: Store) -> None:
    last = START.replace(hour=23, minute=59, second=59, microsecond=700_000)
    land(store, [notice("a", "late", created_at=last), notice("b", "late", created_at=last.replace(day=2))])
    indexed(store)
    for query in ("", "late"):
        found = comments.page(store, Filter(query=query, until=date(2026, 11, 2)))
        assert [row["key"] for row in found] == ["a"]
    with pytest.raises(Invalid, match="year"):
        comments.page(store, Filter(since=datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=5)))))


def test_what_is_not_told_yet_can_be_asked_for(store: Store) -> None:
    land(store, [notice("a", "x"), notice("bb", "y"), notice("ccc", "z")])
    save(store, "v1", {1: [("sentiment", "negative"), ("language", "und")], 2: [("language", "fr")]})
    assert [r["key"] for r in comments.page(store, Filter(sentiments=("none",)))] == ["ccc", "bb"]
    assert [r["key"] for r in comments.page(store, Filter(languages=("und",)))] == ["ccc", "a"]
    assert comments.count(store, Filter(sentiments=("none", "negative")))["comments"] == 3


def test_a_common_word_with_a_rare_filter_is_found_all_the_same(store: Store) -> None:
    land(store, [notice(f"k{i}", "late again") for i in range(20_000)])
    save(store, "v1", {7: [("topic", "rare")]})
    indexed(store)
    assert [r["id"] for r in comments.page(store, Filter(query="late", topics=("rare",)))] == [7]
    assert comments.page(store, Filter(query="late", topics=("none.such",))) == []
