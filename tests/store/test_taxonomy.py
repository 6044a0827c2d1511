"""The team's topics: every kind of change, seen before, carried out, and taken back."""

import threading
from typing import Any

import pyarrow as pa
import pytest

from curation import arrow
from curation.actions import comments as acts
from curation.actions import taxonomy
from curation.actions.editing import Edit
from curation.errors import Forbidden, Invalid, NotFound, Stale
from curation.models import LOCAL, Who
from curation.store import Store, comments, indexing, tags
from tests.conftest import land, notice

TEXTS = {
    1: ("The parcel came late", ["delivery.late"]),
    2: ("The parcel was lost", ["delivery.lost"]),
    3: ("Nobody answered the phone", []),
    4: ("The bicycle pump in the box leaks air", []),
    5: ("Late and lost, both of them", ["delivery.late", "delivery.lost"]),
    6: ("Le colis est perdu", ["delivery.lost"]),
}


@pytest.fixture
def full(store: Store) -> Store:
    for id, (text, _) in TEXTS.items():
        land(store, [notice(f"k{id}", text)], "survey" if id % 2 else "mail")
    retag(store, {id: topics for id, (_, topics) in TEXTS.items()})
    indexing.catch_up(store)
    return store


def retag(store: Store, topics: dict[int, list[str]], version: str = "v1") -> None:
    rows: list[dict[str, Any]] = []
    for id, values in topics.items():
        said = "fr" if id == 6 else "en"
        rows.append({"comment_id": id, "name": "language", "value": said, "score": 0.9})
        rows += [
            {"comment_id": id, "name": "topic", "value": value, "score": 0.8, "evidence": '["x"]'}
            for value in values
        ]
    given = [{**row, "version": 1} for row in rows]
    tags.save_tags(store, "test", version, pa.Table.from_pylist(given, schema=arrow.TAGS))


def edit(store: Store, action: str, id: str = "", **more: Any) -> dict[str, Any]:
    """Make an edit; what was shown before is what happened."""
    wanted = Edit.model_validate({"action": action, "id": id, **more})
    before = topics(store)
    shown = taxonomy.edit(store, LOCAL, wanted, dry_run=True)
    assert topics(store) == before
    made = taxonomy.edit(store, LOCAL, wanted)
    assert {name: made[name] for name in ("comments", "by_source", "examples")} == {
        name: shown[name] for name in ("comments", "by_source", "examples")
    }
    changed = {id for id, now in topics(store).items() if now != before.get(id)}
    assert changed == {one["id"] for one in made["examples"]}
    assert len(changed) == made["comments"]
    return made


def topics(store: Store) -> dict[int, list[str]]:
    rows = store.read().execute("select id, topics from comment order by id").fetchall()
    return {id: tags.split(found) for id, found in rows}


def names(en: str) -> dict[str, str]:
    return {"en": en, "fr": en}


def back(store: Store, made: dict[str, Any]) -> dict[str, Any]:
    return edit(store, "undo", version=made["version"])


def test_the_store_s_taxonomy_begins_as_the_file_s(full: Store) -> None:
    found = taxonomy.current(full, LOCAL)
    assert found["version"] == 1
    assert "delivery.late" in [topic["id"] for topic in found["topics"]]
    assert [change["action"] for change in taxonomy.changes(full, LOCAL)] == ["import"]


def test_a_new_topic_works_from_its_phrases_at_once(full: Store) -> None:
    before = topics(full)
    made = edit(full, "add", "pumps", name=names("Pumps"), phrases={"en": ["pump*"], "fr": ["pompe*"]})
    assert (made["comments"], topics(full)[4]) == (1, ["pumps"])
    assert made["by_source"] == [{"source": "mail", "comments": 1}]
    (tag,) = (tag for tag in tags.provenance(full, 4) if tag["name"] == "topic")
    assert (tag["by"], tag["evidence"]) == ("taxonomy", '["pump"]')
    assert acts.correct(full, LOCAL, 1, "topic", "pumps")["topics"] == ["delivery.late", "pumps"]
    acts.correct(full, LOCAL, 1, "topic", "pumps", holds=False)
    assert edit(full, "edit", "pumps", name=names("Air"))["comments"] == 0
    with pytest.raises(Invalid, match="altered the topic 'pumps'"):
        back(full, made)
    back(full, {"version": made["version"] + 1})
    back(full, made)
    assert topics(full) == before
    assert "pumps" not in taxonomy.active(full)


def test_a_new_topic_works_from_a_few_examples(full: Store) -> None:
    land(full, [notice("more", "My bicycle pump leaks air again")])
    retag(full, {7: []})
    indexing.catch_up(full)
    edit(full, "add", "pumps", name=names("Pumps"), examples=[4])
    assert [id for id, found in topics(full).items() if found == ["pumps"]] == [4, 7]


def test_a_child_takes_the_place_of_its_parent(full: Store) -> None:
    retag(full, {2: ["delivery"]}, "v2")
    made = edit(full, "add", "delivery.parcel", name=names("Parcels"), phrases={"en": ["parcel was"]})
    assert topics(full)[2] == ["delivery.parcel"]
    back(full, made)
    assert topics(full)[2] == ["delivery"]


def test_a_merge_carries_corrections_along_and_back(full: Store) -> None:
    tags.correct(full, "ana", 3, "topic", "delivery.lost")
    tags.correct(full, "ana", 2, "topic", "delivery.lost", holds=False)
    tags.correct(full, "ana", 1, "topic", "delivery.late", holds=False)
    before = topics(full)
    made = edit(full, "merge", "delivery.late", others=["delivery.lost"])
    after = topics(full)
    assert [after[id] for id in (3, 5, 6)] == [["delivery.late"]] * 3
    assert after[1] == after[2] == []
    assert taxonomy.active(full)["delivery.late"]["also"] == ["delivery.lost"]
    with pytest.raises(Invalid, match="no topic"):
        acts.correct(full, LOCAL, 4, "topic", "delivery.lost")
    tags.correct(full, "ana", 4, "topic", "delivery.late")
    back(full, made)
    assert topics(full) == {**before, 4: ["delivery.late"]}
    whose = {tag["by"] for tag in tags.provenance(full, 3) if tag["name"] == "topic"}
    assert whose == {"ana"}


def test_an_edit_made_after_another_can_stay_while_that_is_undone(full: Store) -> None:
    before = topics(full)
    merged = edit(full, "merge", "delivery.late", others=["delivery.lost"])
    edit(full, "add", "pumps", name=names("Pumps"), phrases={"en": ["pump*"]})
    retag(full, {2: ["delivery.late"], 5: ["delivery.late"]}, "v2")
    back(full, merged)
    assert topics(full) == {**before, 4: ["pumps"], 2: ["delivery.lost"], 5: topics(full)[5]}
    with pytest.raises(Invalid, match="undone already"):
        back(full, merged)


def test_a_split_gives_every_comment_a_part(full: Store) -> None:
    tags.correct(full, "ana", 3, "topic", "delivery.lost")
    tags.correct(full, "ana", 5, "topic", "delivery.lost", holds=False)
    before = topics(full)
    parts = [
        {"id": "delivery.gone", "name": names("Gone")},
        {"id": "delivery.colis", "name": names("Colis"), "phrases": {"fr": ["colis est perdu"]}},
    ]
    made = edit(full, "split", "delivery.lost", parts=parts)
    after = topics(full)
    assert (after[2], after[3], after[5]) == (["delivery.gone"], ["delivery.gone"], ["delivery.late"])
    assert "delivery.colis" in after[6]
    back(full, made)
    assert topics(full) == before
    with pytest.raises(Invalid, match="two parts"):
        edit(full, "split", "delivery.lost", parts=parts[:1])


def test_what_is_archived_comes_back_as_it_was(full: Store) -> None:
    tags.correct(full, "ana", 3, "topic", "delivery.late")
    before = topics(full)
    made = edit(full, "archive", "delivery")
    assert not any(topics(full).values())
    assert "delivery.late" not in taxonomy.active(full)
    edit(full, "unarchive", "delivery")
    assert {id: topics(full)[id] for id in (1, 2, 3, 5)} == {id: before[id] for id in (1, 2, 3, 5)}
    with pytest.raises(NotFound, match="archived"):
        edit(full, "unarchive", "delivery")
    assert made["comments"] == 5


def test_a_topic_moves_below_another_with_its_comments(full: Store) -> None:
    tags.correct(full, "ana", 3, "topic", "delivery.late")
    before = topics(full)
    edit(full, "add", "post", name=names("Post"))
    made = edit(full, "move", "delivery.late", parent="post")
    assert [topics(full)[id] for id in (1, 3)] == [["post.late"]] * 2
    back(full, made)
    assert topics(full) == before


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        ({"action": "add", "id": "Bad id", "name": names("x")}, "only a-z"),
        ({"action": "add", "id": "x"}, "name.en: is missing"),
        ({"action": "add", "id": "delivery", "name": names("x")}, "already"),
        ({"action": "add", "id": "x.y", "name": names("x")}, "its parent 'x' must"),
        ({"action": "add", "id": "x", "name": names("x"), "phrases": {"en": ["(a"]}}, "bracket"),
        ({"action": "merge", "id": "delivery", "others": ["billing"]}, "topics below"),
        ({"action": "merge", "id": "delivery", "others": []}, "needs the topics"),
        ({"action": "undo", "version": 1}, "cannot be undone"),
    ],
)
def test_what_cannot_be_is_said_and_changes_nothing(full: Store, wanted: dict[str, Any], why: str) -> None:
    was = taxonomy.current(full, LOCAL)
    with pytest.raises(Invalid, match=why):
        taxonomy.edit(full, LOCAL, Edit.model_validate(wanted))
    assert taxonomy.current(full, LOCAL) == was


def test_only_those_who_curate_change_topics(full: Store) -> None:
    reader = Who(name="reader", permissions=frozenset({"read"}))
    with pytest.raises(Forbidden):
        taxonomy.edit(full, reader, Edit(action="archive", id="delivery"))
    assert taxonomy.current(full, reader)["topics"]


def test_tags_made_with_older_topics_are_refused(full: Store) -> None:
    version = taxonomy.current(full, LOCAL)["version"]
    batch = pa.Table.from_pylist([{"comment_id": 1, "version": 1}], schema=arrow.TAGS)
    assert tags.save_tags(full, "test", "v1", batch, version) == 1
    edit(full, "edit", "delivery", name=names("Post"))
    with pytest.raises(Stale) as refused:
        tags.save_tags(full, "test", "v1", batch, version)
    assert refused.value.current == version + 1
    with pytest.raises(Stale):
        taxonomy.edit(full, LOCAL, Edit(action="archive", id="delivery"), based_on=version)


def test_what_lands_while_topics_change_is_not_missed(full: Store) -> None:
    made = threading.Thread(
        target=lambda: taxonomy.edit(
            full,
            LOCAL,
            Edit.model_validate(
                {"action": "add", "id": "pumps", "name": names("Pumps"), "phrases": {"en": ["pump*"]}}
            ),
        )
    )
    land(full, [notice("late", "A pump, not yet in the index")])
    retag(full, {7: []})
    made.start()
    made.join()
    assert topics(full)[7] == ["pumps"]
    assert comments.get(full, 4)["topics"] == ["pumps"]


@pytest.mark.parametrize("action", ["merge", "move", "split"])
def test_what_people_said_since_a_change_was_undone_goes_along_when_it_is_made_again(
    full: Store, action: str
) -> None:
    parts = [{"id": f"delivery.{name}", "name": names(name)} for name in ("gone", "astray")]
    given, becomes = {
        "merge": ({"id": "delivery.late", "others": ["delivery.lost"]}, "delivery.late"),
        "move": ({"id": "delivery.lost", "parent": "billing"}, "billing.lost"),
        "split": ({"id": "delivery.lost", "parts": parts}, "delivery.gone"),
    }[action]
    undone = back(full, edit(full, action, **given))
    tags.correct(full, "ana", 3, "topic", "delivery.lost")
    tags.correct(full, "ana", 2, "topic", "delivery.lost", holds=False)
    before = topics(full)
    again = back(full, undone)
    assert topics(full)[3] == [becomes]
    assert {tag["by"] for tag in tags.provenance(full, 3) if tag["name"] == "topic"} == {"ana"}
    back(full, again)
    assert topics(full) == before


def test_a_topic_s_texts_are_bounded_and_on_one_line(full: Store) -> None:
    edit(full, "add", "pumps", name={"en": "Air\n pumps \ud83d", "fr": "😀"})
    assert taxonomy.active(full)["pumps"]["name"] == {"en": "Air pumps ?", "fr": "😀"}
    for wrong in ({"name": names("x" * 10_000)}, {"phrases": {"en": ["ab " * 1_000]}}):
        with pytest.raises(Invalid, match="is longer than"):
            taxonomy.edit(full, LOCAL, Edit.model_validate({"action": "edit", "id": "pumps", **wrong}))


def test_two_who_change_topics_at_once_lose_nothing(full: Store) -> None:
    def add(who: int) -> None:
        for number in range(3):
            wanted = Edit(action="add", id=f"x{who}-{number}", name=names("x"))
            while True:
                try:
                    taxonomy.edit(full, LOCAL, wanted)
                    break
                except Stale:
                    continue

    threads = [threading.Thread(target=add, args=(who,)) for who in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(id.startswith("x") for id in taxonomy.active(full)) == 9
    changes = taxonomy.changes(full, LOCAL)
    assert [change["version"] for change in changes] == list(range(10, 0, -1))


def test_only_a_topic_is_taken_away(full: Store) -> None:
    with pytest.raises(Invalid, match="Only a topic"):
        acts.correct(full, LOCAL, 1, "sentiment", "negative", holds=False)
