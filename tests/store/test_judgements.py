"""What people say of tags is kept beside what the tagger had said, whatever the tagger says later."""

from typing import Any

import pyarrow as pa
import pytest

from curation import arrow
from curation.actions import comments as acts
from curation.actions import learning, measuring
from curation.actions.taxonomy import active
from curation.errors import Forbidden, Invalid, NotFound
from curation.models import LOCAL, Who
from curation.store import Store, comments, judgements, tags
from tests.conftest import land, notice


def say(
    store: Store, version: str, sentiment: str, *topics: str, unsure: bool = False, count: int = 3
) -> None:
    rows: list[dict[str, Any]] = []
    for id in range(1, count + 1):
        tag = {"comment_id": id, "version": 1}
        rows += [
            {**tag, "name": "language", "value": "en", "score": 0.9},
            {**tag, "name": "sentiment", "value": sentiment, "score": 0.7, "unsure": unsure},
            {**tag, "name": "intent", "value": "praise", "score": 0.9},
            {**tag, "name": "urgency", "value": "low", "score": 0.9},
            *({**tag, "name": "topic", "value": topic, "score": 0.8} for topic in topics),
        ]
    tags.save_tags(store, "test", version, pa.Table.from_pylist(rows, schema=arrow.TAGS))


@pytest.fixture
def full(store: Store) -> Store:
    land(store, [notice(f"k{id}", f"Comment {id}") for id in range(1, 4)])
    active(store)
    say(store, "v1", "neutral", "delivery.late", unsure=True)
    return store


def judged(store: Store, comment: int = 1) -> dict[str, tuple[str, str]]:
    rows = judgements.judged(store, 100).to_pylist()
    return {row["name"]: (row["said"], row["value"]) for row in rows if row["id"] == comment}


def test_what_the_tagger_had_said_stays_when_it_has_learned(full: Store) -> None:
    acts.correct(full, LOCAL, 1, "sentiment", "negative")
    say(full, "v2", "negative")
    acts.correct(full, LOCAL, 1, "sentiment", "positive")
    assert judged(full) == {"sentiment": ("neutral", "positive")}


def test_a_correction_taken_back_proves_nothing(full: Store) -> None:
    acts.correct(full, LOCAL, 1, "sentiment", "negative")
    acts.correct(full, LOCAL, 1, "sentiment", "")
    assert judged(full) == {}


def test_topics_are_judged_together(full: Store) -> None:
    acts.correct(full, LOCAL, 1, "topic", "delivery.late", holds=False)
    acts.correct(full, LOCAL, 1, "topic", "delivery.lost")
    assert judged(full) == {"topic": ("|delivery.late|", "|delivery.lost|")}


def test_a_comment_is_confirmed_and_the_confirmation_taken_back(full: Store) -> None:
    acts.correct(full, LOCAL, 1, "intent", "question")
    held = acts.confirm(full, LOCAL, 1)
    assert (held["sentiment"], held["intent"], held["unsure"]) == ("neutral", "question", [])
    assert judged(full) == {
        "language": ("en", "en"),
        "sentiment": ("neutral", "neutral"),
        "topic": ("|delivery.late|", "|delivery.late|"),
        "intent": ("praise", "question"),
        "urgency": ("low", "low"),
    }
    assert comments.opened(full, 1)["confirmed"]
    say(full, "v2", "negative", "delivery.lost")
    assert comments.get(full, 1)["sentiment"] == "neutral"
    acts.confirm(full, LOCAL, 1, right=False)
    assert judged(full) == {"intent": ("praise", "question")}
    opened = comments.opened(full, 1)
    assert (opened["sentiment"], opened["topics"], opened["confirmed"]) == (
        "negative",
        ["delivery.lost"],
        None,
    )


def test_to_confirm_twice_is_to_confirm_once(full: Store) -> None:
    acts.confirm(full, LOCAL, 1)
    acts.confirm(full, LOCAL, 1)
    acts.confirm(full, LOCAL, 1, right=False)
    assert judged(full) == {}
    assert not [tag for tag in tags.provenance(full, 1) if tag["origin"] == "person"]


def test_that_a_comment_has_no_topic_can_be_confirmed(full: Store) -> None:
    say(full, "v2", "neutral")
    acts.confirm(full, LOCAL, 2)
    assert judged(full, 2)["topic"] == ("", "")


def test_what_cannot_be_confirmed(store: Store) -> None:
    land(store, [notice("k1", "Hello")])
    with pytest.raises(Invalid, match="no tags yet"):
        acts.confirm(store, LOCAL, 1)
    with pytest.raises(NotFound, match="was not confirmed"):
        acts.confirm(store, LOCAL, 1, right=False)
    with pytest.raises(NotFound, match="no comment 9"):
        acts.confirm(store, LOCAL, 9)
    with pytest.raises(Forbidden):
        acts.confirm(store, Who(name="reader", permissions=frozenset({"read"})), 1)


def test_an_edited_text_is_another_one(full: Store) -> None:
    acts.confirm(full, LOCAL, 1)
    land(full, [notice("k1", "Something else")])
    assert judged(full) == {}
    assert comments.opened(full, 1)["confirmed"] is None


def test_the_untouched_are_those_nobody_judged(full: Store) -> None:
    acts.correct(full, LOCAL, 1, "sentiment", "negative")
    assert sorted(learning.untouched(full, LOCAL, 10)["id"].to_pylist()) == [2, 3]
    worth = measuring.worth_judging(full, LOCAL, 2)
    assert sorted(one["id"] for one in worth) == [2, 3]
    assert {one["unsure"] for one in worth} == {"sentiment"}


def test_quality_counts_what_was_right_missed_and_wrong(full: Store) -> None:
    acts.correct(full, LOCAL, 1, "sentiment", "negative")
    acts.confirm(full, LOCAL, 2)
    acts.correct(full, LOCAL, 3, "topic", "delivery.lost")
    found = measuring.quality(full, LOCAL)
    assert found["judged"] == 3
    heads = {one["head"]: one for one in found["heads"]}
    assert heads["sentiment"]["judged"] == 2
    assert heads["sentiment"]["right"][0] == 0.5
    assert heads["sentiment"]["coverage"] == 0
    assert heads["sentiment"]["right_if_sure"] is None
    assert heads["topic"]["right"][0] == pytest.approx(2 / 3)
    labels = {(one["head"], one["label"]): one for one in found["labels"]}
    assert labels["topic", "delivery.late"]["precision"][0] == 1
    assert labels["topic", "delivery.lost"]["recall"][0] == 0
    assert labels["topic", "delivery.lost"]["precision"] is None
    assert found["confusions"] == [
        {"head": "sentiment", "said": "neutral", "meant": "negative", "judged": 1, "about": 1}
    ]
    assert [one["unsure"] for one in found["unsure"]] == [1]


def test_topics_renamed_and_put_away_since_are_counted_as_they_are_today(full: Store) -> None:
    from curation.actions import taxonomy
    from curation.actions.editing import Edit

    acts.confirm(full, LOCAL, 1)
    taxonomy.edit(full, LOCAL, Edit(action="merge", id="delivery.lost", others=["delivery.late"]))
    labels = {one["label"]: one for one in measuring.quality(full, LOCAL)["labels"] if one["head"] == "topic"}
    assert list(labels) == ["delivery.lost"]
    taxonomy.edit(full, LOCAL, Edit(action="archive", id="delivery.lost"))
    assert not [one for one in measuring.quality(full, LOCAL)["labels"] if one["head"] == "topic"]


@pytest.mark.parametrize(
    ("right", "of", "share"),
    [(0, 0, None), (0, 10, (0, 0, 0.278)), (5, 10, (0.5, 0.237, 0.763)), (10, 10, (1, 0.722, 1))],
)
def test_intervals(right: int, of: int, share: tuple[float, float, float] | None) -> None:
    """As tables of Wilson's interval give them."""
    assert measuring.wilson(right, of) == (share and pytest.approx(share, abs=0.001))
