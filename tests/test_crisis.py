"""A crisis: when complaints are one, and the whole way from a flood of comments to an answer for each person."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from curation import config, crisis, pipeline
from curation.actions import crises, crisis_answers, reviews
from curation.api import opened
from curation.api.serving import _socket
from curation.client import Client
from curation.errors import Forbidden, Invalid, Stale
from curation.models import PERMISSIONS, Who
from curation.store import Store, replies
from curation.testing import serving
from tests.test_sending import book  # noqa: F401 - a fixture

FLOOD = (
    "My delivery never arrived and nobody tells me anything, this is awful.",
    "Terrible: the delivery of my parcel is five days late.",
    "Where is my parcel? Your delivery is a disaster.",
    "Ma livraison n'est jamais arrivée, c'est inadmissible.",
    "Livraison catastrophique, mon colis a dix jours de retard.",
)
USUAL = (
    "The soup was lovely, thank you.",
    "My delivery came a day late, a pity.",
    "Le personnel est très aimable, merci !",
    "How do I change my address?",
)
TEXTS = {"en": "A lorry burnt down on Monday. Your parcel leaves tomorrow.", "fr": "Un camion a brûlé lundi. Votre colis part demain."}  # fmt: skip


def member(name: str, *may: str) -> Who:
    return Who(name=name, permissions=frozenset(may or PERMISSIONS))


ANA, BO, CY = member("ana"), member("bo"), member("cy", "read", "approve")


def test_what_is_unusual_is_measured_by_past_weeks() -> None:
    assert crisis.limit([0, 0, 0], 3) == 6
    assert crisis.limit([100] * 8, 3) == 300
    # One wild week moves it little; weeks that are all wild move it much.
    assert crisis.limit([10, 10, 10, 10, 10, 10, 10, 400], 3) == 30
    assert crisis.limit([5, 60, 20, 90, 40, 10, 75, 30], 3) == pytest.approx(35 + 6 * 1.4826 * 25)


def test_three_comments_never_are_a_crisis() -> None:
    assert crisis.spikes({("price", 1): [3, 0, 0, 0], ("price", 24): [14, 0, 0, 0]}, 15, 3) == []
    assert crisis.spikes({("price", 1): [300, 0, 0]}, 15, 3) == []
    [one] = crisis.spikes({("price", 1): [30, 1, 2, 1]}, 15, 3)
    assert one.as_dict() == {"topic": "price", "hours": 1, "came": 30, "usual": 1, "limit": 7}


def test_a_busy_topic_on_a_busy_day_is_none() -> None:
    """Ten topics, a year of hours whose rate swings by a half from week to week, and not one false alarm."""
    rng, alarms = Random(7), 0
    for rate in (0.1, 0.5, 1, 2, 4, 8, 16, 32, 64, 128):
        for _ in range(52 * 24):
            counts = [_poisson(rng, rate * rng.uniform(0.5, 1.5)) for _ in range(9)]
            alarms += len(crisis.spikes({("t", 1): counts}, 15, 3))
    assert alarms == 0


def _poisson(rng: Random, mean: float) -> int:
    return sum(1 for _ in _arrivals(rng, mean))


def _arrivals(rng: Random, mean: float) -> Iterator[float]:
    at = rng.expovariate(1)
    while at < mean:
        yield at
        at += rng.expovariate(1)


def test_a_room_is_about_the_child_that_nearly_all_complaints_name() -> None:
    past = [0, 0, 0]
    counts = {("delivery", 1): [100, *past], ("delivery.late", 1): [90, *past], ("price", 1): [40, *past]}
    found = crisis.worst(crisis.spikes(counts, 15, 3))
    assert found and found.topic == "delivery.late"
    found = crisis.worst(crisis.spikes({**counts, ("delivery.late", 1): [60, *past]}, 15, 3))
    assert found and found.topic == "delivery"


@pytest.mark.parametrize(
    ("author", "greeting"),
    [
        ("Zoé d'Arc-Martin", "Hello Zoé d'Arc-Martin,"),
        ("J. R. Smith", "Hello J. R. Smith,"),
        ("  李  雷 ", "Hello 李 雷,"),
        (None, "Hello,"),
        ("", "Hello,"),
        ("https://buy.example", "Hello,"),
        ("visit buy.example", "Hello,"),
        ("@everyone", "Hello,"),
        ("![x](y)", "Hello,"),
        ("\u202eevil", "Hello,"),
        ("x" * 200, "Hello,"),
    ],
)
def test_a_person_is_greeted_by_what_can_be_a_name(author: str | None, greeting: str) -> None:
    assert crisis.answer({"en": "Sorry."}, "de", author) == f"{greeting}\n\nSorry."


def test_a_wish_for_changes_takes_approvals_back() -> None:
    def said(who: str, approve: bool, minute: int, version: int = 2) -> dict[str, Any]:
        at = datetime(2026, 11, 1, 12, minute, tzinfo=UTC)
        return {"version": version, "who": who, "approve": approve, "made_at": at}

    statement = said("ana", True, 0)
    assert crisis.agreed([said("bo", True, 1), said("cy", True, 2, version=1)], statement, 2) == (
        ["bo"],
        None,
    )
    assert crisis.agreed([said("bo", True, 1), said("ana", True, 2)], statement, 2)[1] is None
    assert crisis.agreed([said("bo", True, 1), said("bo", True, 2)], statement, 2)[1] is None
    both = [said("bo", True, 1), said("cy", True, 3)]
    assert crisis.agreed(both, statement, 2) == (["bo", "cy"], both[1]["made_at"])
    assert crisis.agreed([*both, said("bo", False, 4)], statement, 2) == ([], None)
    assert crisis.agreed([], statement, 0) == ([], statement["made_at"])


@pytest.fixture
def flooded(book: serving.Site) -> Iterator[tuple[Client, Store]]:  # noqa: F811
    """Five quiet weeks, then 300 people within two hours; pulled and tagged."""
    channel, at, rng = book.stand_in, datetime.now(UTC), Random(1)
    channel.page = 500
    for hour in range(24 * 7 * 5, 3, -7):
        channel.add(USUAL[hour % 4], at - timedelta(hours=hour), f"Guest {hour}")
    for number in range(300):
        channel.add(FLOOD[number % 5], at - timedelta(seconds=rng.randrange(5, 7200)), f"Person {number}")
    with opened(config.load()) as served, _socket(served) as client, client:
        pipeline.pull(client, config.load(), "book")
        pipeline.tag(client, config.load())
        yield client, served.store


def test_from_a_flood_to_an_answer_for_each(flooded: tuple[Client, Store], book: serving.Site) -> None:  # noqa: F811
    client, store = flooded
    # Noticed once, and told.
    told = pipeline.watch(client, config.load())
    assert [one["kind"] for one in told] == ["crisis"]
    assert "on delivery" in told[0]["why"] and "/crisis?crisis=1" in told[0]["why"]
    assert pipeline.watch(client, config.load()) == []
    [room] = crises.listed(store, ANA)
    people = room["progress"]["people"]
    assert people > 200 and room["progress"]["answered"] == 0

    # One statement, approved by two others.
    with pytest.raises(Stale):
        crisis_answers.draft(store, ANA, 1, 1)
    said = crises.save_statement(store, ANA, 1, 0, TEXTS)
    with pytest.raises(Forbidden, match="You wrote"):
        crises.decide(store, ANA, 1, 1, True)
    crises.decide(store, BO, 1, 1, True)
    with pytest.raises(Invalid, match="1 more approval"):
        crisis_answers.draft(store, ANA, 1, 1)
    said = crises.decide(store, CY, 1, 1, True)
    assert (said["approvers"], said["agreed_at"] is None) == (["bo", "cy"], False)

    # A draft for each, in their language, by name.
    assert crisis_answers.draft(store, ANA, 1, 1, 10) == {"made": 10, "left": people - 10, "refused": []}
    first = crises.people(store, ANA, 1, ["draft"])
    assert {one["said"]["language"] for one in first} == {"en", "fr"}
    for one in first:
        greeting, text = (
            ("Bonjour", TEXTS["fr"]) if one["said"]["language"] == "fr" else ("Hello", TEXTS["en"])
        )
        assert (
            replies.get(store, one["reply"]["marker"])["text"]
            == f"{greeting} {one['said']['author']},\n\n{text}"
        )

    # No draft leaves unread: each is reviewed, and sent as any other.
    assert crisis_answers.ask(store, ANA, 1) == {"done": 10, "refused": []}
    assert crisis_answers.send(store, ANA, 1) == {"done": 0, "refused": []}
    approve(store, BO, 3)
    assert crisis_answers.send(store, ANA, 1) == {"done": 3, "refused": []}
    assert pipeline.send(client, config.load()).sent == 3
    assert len(book.stand_in.posted()) == 3
    assert crises.room(store, ANA, 1)["progress"]["answered"] == 3

    # Another statement voids what has not left, to be seen; what was sent stays.
    approve(store, BO, 2)
    crises.save_statement(store, BO, 1, 1, {"en": "All parcels left today."})
    states = crises.room(store, ANA, 1)["progress"]["states"]
    assert states == {"sent": 3, "void": 7, "waiting": people - 10}
    [void, *_] = crises.people(store, ANA, 1, ["void"])
    assert "not agreed any more" in void["reply"]["why"]
    with pytest.raises(Invalid, match="2 more approvals"):
        crisis_answers.draft(store, ANA, 1, 2)
    for who in (ANA, CY):
        crises.decide(store, who, 1, 2, True)
    assert crisis_answers.draft(store, ANA, 1, 2, 12)["made"] == 12
    assert crisis_answers.ask(store, ANA, 1)["done"] == 12
    approve(store, BO, 2)
    assert crisis_answers.send(store, BO, 1) == {"done": 2, "refused": []}
    states = crises.room(store, ANA, 1)["progress"]["states"]
    assert {name: states[name] for name in ("sent", "queued", "in_review")} == {
        "sent": 3,
        "queued": 2,
        "in_review": 10,
    }


def approve(store: Store, who: Who, count: int) -> None:
    """Read and approve the next answers that wait."""
    for row in reviews.mine(store, who)[:count]:
        seen = reviews.dossier(store, who, row["marker"])
        assert seen["because"] == "1 approval: crisis true"
        reviews.decide(store, who, row["marker"], seen["reply"]["version"], seen["digest"], True)
