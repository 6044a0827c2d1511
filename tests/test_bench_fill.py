"""`tribune bench fill`: what it invents, and that the store it leaves is whole."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from curation.actions import care, comments, queueing, triaging
from curation.api.serving import opened
from curation.bench import words
from curation.bench.filling import fill
from curation.bench.inventing import Drawn
from curation.bench.inventing import comments as invented
from curation.config import Config, load
from curation.errors import DiskFull, Invalid
from curation.models import LOCAL, SENTIMENTS, STATUSES
from curation.store import Store, filling, open_store
from curation.store import comments as kept
from curation.store.filters import Filter

COUNT = 3_000
UNTIL = datetime(2026, 11, 28, 12)  # noqa: DTZ001 - the store's times are UTC without a zone


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    store = open_store(load(tmp_path_factory.mktemp("filled")))
    fill(store, COUNT, until=UNTIL)
    yield store
    store.close()


def values(store: Store, sql: str) -> Any:
    [row] = store.read().execute(sql).fetchall()
    return row[0]


def test_the_same_seed_invents_the_same_comments_and_any_stretch_of_them_alone() -> None:
    whole = invented(Drawn(0, 1_000, 5_000, 3), UNTIL)
    part = invented(Drawn(400, 450, 5_000, 3), UNTIL)
    assert part.equals(whole.slice(400, 50))
    assert not invented(Drawn(400, 450, 5_000, 4), UNTIL).equals(part)


def test_every_slot_of_a_text_is_filled() -> None:
    said = invented(Drawn(0, 5_000, 5_000, 1), UNTIL)["text"].to_pylist()
    assert not [text for text in said if "{" in text or "  " in text]
    assert len(set(said)) > 4_000


def test_nobody_answers_what_was_not_yet_said() -> None:
    page = invented(Drawn(0, 5_000, 5_000, 1), UNTIL)
    at = dict(zip(page["key"].to_pylist(), page["created_at"].to_pylist(), strict=True))
    answers = [row for row in page.select(["key", "thread", "role"]).to_pylist() if row["thread"]]
    assert {row["role"] for row in answers} == {"customer", "team", "automatic"}
    assert all(at[row["thread"]] < at[row["key"]] < UNTIL for row in answers)


def test_a_few_people_write_much() -> None:
    authors = invented(Drawn(0, 20_000, 20_000, 1), UNTIL).filter(pa.compute.field("role") == "customer")[
        "author"
    ]
    counts = sorted((pair["counts"] for pair in authors.value_counts().to_pylist()), reverse=True)
    assert sum(counts[: len(counts) // 100]) > len(authors) / 20
    assert counts[len(counts) // 2] <= 5


def test_the_doctor_finds_a_filled_store_healthy(filled: Store) -> None:
    found = care.doctor(filled, LOCAL, mend=False)
    assert found == {"healthy": True, "comments": COUNT, "problems": [], "mended": []}


def test_all_kinds_of_comment_are_there(filled: Store) -> None:
    def all_of(column: str) -> set[str]:
        return {one for (one,) in filled.read().execute(f"select distinct {column} from comment").fetchall()}

    assert all_of("status") == set(STATUSES)
    assert all_of("sentiment") == set(SENTIMENTS)
    assert all_of("urgency") == {"low", "normal", "high"}
    assert all_of("language") == set(words.LANGUAGES)
    assert len(all_of("topics")) > 50
    assert values(filled, "select count(distinct source) from comment") == len(set(words.SOURCES))
    for table in (
        "thread",
        "tag",
        "correction",
        "judgement",
        "author",
        "reply",
        "note",
        "mention",
        "deed",
        "audit",
    ):
        assert values(filled, f"select count(*) from {table}"), table


def test_what_a_comment_shows_is_what_its_tags_corrections_and_thread_say(filled: Store) -> None:
    for id in (1, 700, *corrected(filled)[:5]):
        row = comments.opened(filled, LOCAL, id)
        said = {tag["name"]: tag["value"] for tag in row["tags"] if tag["origin"] == "tagger"}
        said |= {tag["name"]: tag["value"] for tag in row["tags"] if tag["origin"] == "person"}
        assert {name: row[name] for name in ("language", "sentiment", "intent", "urgency")} == {
            name: said[name] for name in ("language", "sentiment", "intent", "urgency")
        }
        topics = sorted(tag["value"] for tag in row["tags"] if tag["name"] == "topic")
        assert row["topics"] == topics
        assert row["status"] == row["state"]["status"]
    differ = "select count(*) from comment c left join thread t on t.id = c.thread_id where c.status <> coalesce(t.status, 'new')"
    assert values(filled, differ) == 0


def corrected(store: Store) -> list[int]:
    found = store.read().execute("select comment_id from correction order by comment_id").fetchall()
    assert found
    return [id for (id,) in found]


def test_search_and_queue_work_on_it(filled: Store) -> None:
    found = comments.page(filled, LOCAL, Filter(query="refund lang:en"))
    assert found and all("refund" in row["text"] for row in found)
    waiting = queueing.page(filled, LOCAL, Filter(statuses=("new", "open")), limit=20)["threads"]
    assert len(waiting) == 20
    assert {one["code"] for row in waiting for one in row["why"]} >= {"due", "waiting"}


def test_what_was_filled_can_be_worked_with(filled: Store) -> None:
    [row] = kept.page(filled, Filter(statuses=("new",)), limit=1)
    state = triaging.claim(filled, LOCAL, int(row["thread_id"]))
    assert state["status"] == "open"
    undone = triaging.undo(filled, LOCAL, state["deed"])
    assert undone


def test_a_store_with_comments_is_left_alone(filled: Store) -> None:
    with pytest.raises(Invalid, match="has comments already"):
        fill(filled, 10)


def test_it_may_use_more_memory_than_the_app_and_gives_it_back(filled: Store) -> None:
    def allowed() -> str:
        return str(values(filled, "select current_setting('memory_limit')"))

    usual = allowed()
    with pytest.raises(Invalid), filling.room(filled):
        assert allowed() != usual
        raise Invalid("Nothing.")
    assert allowed() == usual


def test_what_goes_wrong_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise DiskFull("The disk is full.")

    store = open_store(load(tmp_path))
    monkeypatch.setattr(filling, "finish", full)
    with pytest.raises(DiskFull):
        fill(store, 300)
    store.close()


def test_the_command_fills_a_home_and_names_who_holds_the_store(home: Path, config: Config) -> None:
    command = [sys.executable, "-m", "curation.cli", "bench", "fill", "500", "--home", str(home)]
    with opened(config):
        refused = subprocess.run(command, capture_output=True, text=True)
        assert refused.returncode == 1
        assert "held by process" in refused.stderr
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stdout[:12], done.stderr) == (0, "500 comments", "")
    again = subprocess.run(command, capture_output=True, text=True)
    assert again.returncode == 2
    assert "--home DIR" in again.stderr
