"""The sample comments are what they say they are, and the shipped taxonomy has something to say about them."""

import csv
import json
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from curation import language

SAMPLES = Path(__file__).parents[2] / "data" / "samples"


@pytest.fixture(scope="module")
def reviews() -> list[dict[str, str]]:
    with (SAMPLES / "reviews.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def messages() -> list[dict[str, Any]]:
    return [json.loads(line) for line in (SAMPLES / "support.jsonl").read_text("utf-8").splitlines()]


def test_there_are_three_hundred_comments_and_every_id_is_its_own(
    reviews: list[dict[str, str]], messages: list[dict[str, Any]]
) -> None:
    ids = [row["id"] for row in reviews] + [row["id"] for row in messages]
    assert len(ids) == len(set(ids)) == 300


def test_reviews_are_complete(reviews: list[dict[str, str]]) -> None:
    for row in reviews:
        assert None not in row.values()
        assert row["rating"] in "12345"
        assert row["language"] in ("", "en", "fr")
        assert row["text"].strip() == row["text"] != ""
        assert datetime.fromisoformat(row["created_at"]).utcoffset() == timedelta(0)


def test_answers_follow_what_they_answer(messages: list[dict[str, Any]]) -> None:
    by_id = {row["id"]: row for row in messages}
    for row in messages:
        if "reply_to" in row:
            answered = by_id[row["reply_to"]]
            assert answered["thread"] == row["thread"]
            assert answered["created_at"] < row["created_at"]


def test_the_week_of_the_closed_depot_stands_out(
    tagger: language.Tagger, reviews: list[dict[str, str]], messages: list[dict[str, Any]]
) -> None:
    rows = [*reviews, *messages]
    tagged = tagger.tag([row["text"] for row in rows], [row.get("language") for row in rows])
    late = Counter(
        datetime.fromisoformat(row["created_at"]).strftime("%G-W%V")
        for row, tags in zip(rows, tagged, strict=True)
        if any(tag.value.startswith("delivery") for tag in tags)
    )
    [(week, most), (_, next_most)] = late.most_common(2)
    assert week == "2026-W45"
    assert most > 3 * next_most


def test_every_topic_of_the_taxonomy_is_in_the_samples(
    tagger: language.Tagger, reviews: list[dict[str, str]], messages: list[dict[str, Any]]
) -> None:
    rows = [*reviews, *messages]
    tagged = tagger.tag([row["text"] for row in rows], [row.get("language") for row in rows])
    seen = {tag.value for tags in tagged for tag in tags if tag.name == "topic"}
    children = {topic.id for topic in tagger.taxonomy.topics if topic.parent}
    assert children - seen == {"account.security"}
