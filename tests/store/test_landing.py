"""Landing: idempotent, versioned, in one transaction with its cursor."""

from datetime import timedelta

import pytest

from curation.config import Config
from curation.errors import NotFound, Stale
from curation.store import Store, comments, sources, threads
from curation.store.filters import Filter
from tests.conftest import START, land, notice, opened


def test_a_page_lands_once(store: Store) -> None:
    page = [notice("a", "Late again"), notice("b", "Merci !")]
    assert land(store, page) == {"pulled": 2, "new": 2, "changed": 0, "deleted": 0, "refused": 0}
    assert land(store, page) == {"pulled": 2, "new": 0, "changed": 0, "deleted": 0, "refused": 0}
    assert comments.count(store, Filter()) == {"comments": 2, "people": 0}


def test_an_edit_keeps_what_was_there(store: Store) -> None:
    land(store, [notice("a", "Late")])
    assert land(store, [notice("a", "Late, but found")])["changed"] == 1
    opened = comments.opened(store, comments.find(store, "survey", "a")["id"])
    assert (opened["text"], opened["version"]) == ("Late, but found", 2)
    assert [v["text"] for v in opened["versions"]] == ["Late"]


def test_counts_move_without_making_a_version(store: Store) -> None:
    def liked(number: int | None, text: str = "Late") -> dict[str, int]:
        counts = None if number is None else {"likes": number, "followers": 7}
        return land(store, [notice("a", text, payload=f"{text} {number}", counts=counts)])

    assert liked(1)["new"] == 1
    before = comments.find(store, "survey", "a")
    assert liked(512)["changed"] == 0
    row = comments.find(store, "survey", "a")
    assert row == {**before, "counts": {"likes": 512, "followers": 7}}
    assert comments.raw(store, row["id"])["payload"] == "Late 512"
    (kept,) = store.read().execute("select count(*) from raw_before").fetchone() or ()
    assert kept == 0, "a raw that brings nothing but counts takes the other's place"
    liked(None)
    assert comments.get(store, row["id"])["counts"] == row["counts"]
    assert liked(600, "Later")["changed"] == 1
    row = comments.get(store, row["id"])
    assert (row["version"], row["counts"]["likes"]) == (2, 600)
    (kept,) = store.read().execute("select count(*) from raw_before").fetchone() or ()
    assert kept == 1


def test_counts_outlive_the_process(config: Config) -> None:
    for likes in (1, 2):
        with opened(config) as served:
            land(served.store, [notice("a", payload=str(likes), counts={"likes": likes})])
    with opened(config) as served:
        assert comments.find(served.store, "survey", "a")["counts"] == {"likes": 2}


def test_back_to_an_earlier_text_is_a_change_too(store: Store) -> None:
    for text in ("A", "B", "A"):
        land(store, [notice("a", text)])
    row = comments.find(store, "survey", "a")
    assert (row["text"], row["version"]) == ("A", 3)


def test_a_deletion_is_marked_and_not_erased(store: Store) -> None:
    land(store, [notice("a", "Gone soon")])
    gone = notice("deletion of a", key="a", kind="deleted", payload="{}", created_at=None)
    assert land(store, [gone])["deleted"] == 1
    assert land(store, [gone])["deleted"] == 0
    assert comments.page(store, Filter()) == []
    (row,) = comments.page(store, Filter(deleted=True))
    assert row["text"] == "Gone soon"
    assert row["deleted_at"] is not None


def test_an_edit_notice_changes_only_the_text(store: Store) -> None:
    land(store, [notice("a", "Tpyo", author="Ana")])
    edit = notice("edit of a", "Typo", key="a", kind="edited", payload="{}", created_at=None)
    assert land(store, [edit])["changed"] == 1
    row = comments.find(store, "survey", "a")
    assert (row["text"], row["author"], row["version"]) == ("Typo", "Ana", 2)


def test_a_refused_record_is_kept_and_told_once(store: Store) -> None:
    bad = notice(
        "x", kind="refused", key=None, text=None, reason="the text is empty", payload="{}", created_at=None
    )
    assert land(store, [bad, notice("a", "Fine")])["refused"] == 1
    assert land(store, [bad])["refused"] == 0
    (kept,) = sources.refused(store, "survey")
    assert (kept["key"], kept["reason"], kept["payload"]) == ("x", "the text is empty", "{}")


def test_a_replay_mends_what_was_refused(store: Store) -> None:
    land(
        store, [notice("x", kind="refused", key=None, text=None, reason="no", payload="{}", created_at=None)]
    )
    counts = land(store, [notice("x", "Now readable", payload=None)], replay=True)
    assert (counts["new"], counts["refused"]) == (1, 0)
    assert sources.refused(store, "survey") == []


def test_the_last_of_a_key_counts_within_a_page(store: Store) -> None:
    assert land(store, [notice("a", "First"), notice("a", "Second")])["new"] == 1
    assert comments.find(store, "survey", "a")["text"] == "Second"


def test_one_key_in_two_sources_is_two_comments(store: Store) -> None:
    land(store, [notice("a", "Here")], "one")
    land(store, [notice("a", "There")], "two")
    assert comments.find(store, "two", "a")["text"] == "There"
    assert comments.count(store, Filter())["comments"] == 2


def test_cursor_and_rows_are_one_transaction(store: Store) -> None:
    land(store, [notice("a", "A")], cursor={"n": 1}, after=None)
    with pytest.raises(Stale) as error:
        land(store, [notice("b", "B")], cursor={"n": 1}, after=None)
    assert error.value.current == {"n": 1}
    with pytest.raises(NotFound):
        comments.find(store, "survey", "b")
    assert sources.cursors(store, "survey") == {"s": {"n": 1}}


def test_a_dry_run_counts_and_keeps_nothing(store: Store) -> None:
    assert land(store, [notice("a", "A")], cursor={"n": 1}, dry_run=True)["new"] == 1
    assert comments.page(store, Filter()) == []
    assert sources.cursors(store, "survey") == {}
    land(store, [notice("a", "A")])
    assert comments.find(store, "survey", "a")["id"] == 1


def test_a_customers_new_message_reopens_the_thread(store: Store) -> None:
    land(store, [notice("a", "Where is it?", thread="t")])
    first = comments.find(store, "survey", "a")["id"]
    threads.set_status(store, "me", threads.of_comment(store, first), "resolved")
    land(store, [notice("ours", "It is on its way", thread="t", role="team")])
    assert comments.get(store, first)["status"] == "resolved"
    land(store, [notice("again", "Still nothing", thread="t")])
    assert {row["status"] for row in comments.page(store, Filter())} == {"open"}


@pytest.mark.parametrize(
    "text", ["a\0b", "\u202eabc\u202c", "👩‍👩‍👧‍👦", "=cmd()", "<b>x</b>", "**x**", "$x$", "x" * 1_000_000]
)
def test_any_text_is_stored_whole(store: Store, text: str) -> None:
    land(store, [notice("a", text, payload="{}")])
    assert comments.find(store, "survey", "a")["text"] == text


def test_times_of_any_century_have_an_order(store: Store) -> None:
    land(
        store,
        [
            notice(str(y), "x", payload=str(y), created_at=START.replace(year=y))
            for y in (1, 1969, 2026, 2500, 9999)
        ],
    )
    assert [row["key"] for row in comments.page(store, Filter())][2:3] == ["2026"]
    land(store, [notice("later", "x", created_at=START + timedelta(seconds=1))])
    keys = [row["key"] for row in comments.page(store, Filter())]
    assert keys.index("later") < keys.index("2026")


def test_a_mended_mapping_moves_comments_to_their_author_and_thread(store: Store) -> None:
    land(store, [notice("a", "Where is it?"), notice("b", "Still nothing", author="Ann")])
    thread = threads.of_comment(store, comments.find(store, "survey", "a")["id"])
    threads.set_status(store, "me", thread, "resolved")
    mended = notice("b", "Still nothing", payload=None, author="Ann", author_key="ann@x", thread="a")
    assert land(store, [mended], replay=True)["changed"] == 1
    first, second = (comments.find(store, "survey", key) for key in "ab")
    assert (second["thread"], second["thread_id"]) == ("a", first["thread_id"])
    assert second["status"] == "resolved"
    page = comments.page(store, Filter(person=int(second["author_id"])))
    assert [row["key"] for row in page] == ["b"]
    people = store.read().execute("select key from author order by key").fetchall()
    assert people == [("Ann",), ("ann@x",)]


def test_a_replay_never_brings_back_what_a_pull_has_replaced_meanwhile(store: Store) -> None:
    before = notice("a", "Before")
    land(store, [before])
    land(store, [notice("a", "Now")])
    assert land(store, [before], replay=True)["changed"] == 0
    assert comments.find(store, "survey", "a")["text"] == "Now"
    assert land(store, [{**notice("a", "Now"), "title": "mended"}], replay=True)["changed"] == 1


def test_large_raws_come_in_bounded_batches(store: Store) -> None:
    for key in "abcd":
        land(store, [notice(key, "x", payload=key * 25_000_000)])
    after, taken = "0", []
    while (batch := sources.raws(store, "survey", after, 100, False)).num_rows:
        taken.append(batch.num_rows)
        after = batch["uid"][-1].as_py()
    assert taken == [3, 1]


def test_a_replay_leaves_edits_and_deletions_as_they_are(store: Store) -> None:
    talk = [notice("a", "Tpyo"), notice("b", "Gone soon")]
    notices = [
        notice("edit of a", "Typo", key="a", kind="edited", payload="{}", created_at=None),
        notice("end of b", key="b", kind="deleted", payload="{}", created_at=None),
    ]
    land(store, talk)
    land(store, notices)
    for order in (talk + notices, notices + talk):
        assert land(store, order, replay=True)["changed"] == 0
    assert [(row["text"], row["version"]) for row in comments.page(store, Filter())] == [("Typo", 2)]
    mended = [notice("b", "Gone soon", author="Ana", payload='{"text":"Gone soon"}')]
    assert land(store, mended, replay=True)["changed"] == 1
    assert comments.find(store, "survey", "b")["deleted_at"] is not None
