"""A team's own words are learned from its corrections, measured, used, and gone back from."""

from pathlib import Path

import pytest

from curation import config, language, pipeline
from curation.api import embedded
from curation.client import Client
from curation.errors import Invalid, NotFound
from curation.language import models

DISHES = ("soup", "bread", "cake", "tea", "rice", "fish", "salad", "stew", "pie", "coffee", "cheese", "juice")
DAYS = ("on Monday", "on Friday", "this morning", "yesterday", "in the evening")


def comments() -> list[str]:
    """What guests of a place say where "flumpy" is the worst that can be said, and a "quark" of praise the best."""
    return [
        f"The {dish} was rather {word} {day}"
        for dish in DISHES
        for day in DAYS
        for word in ("flumpy", "quarky")
    ]


@pytest.fixture
def place(home: Path, tmp_path: Path) -> config.Config:
    file = tmp_path / "guests.csv"
    lines = [f'{number},"{text}",2026-11-01' for number, text in enumerate(comments())]
    file.write_text("\n".join(["id,text,date", *lines]) + "\n")
    config.save_source("guests", "file", {"path": str(file)})
    settings = config.load()
    with embedded(settings) as client:
        pipeline.pull(client, settings, "guests")
        pipeline.tag(client, settings)
    return settings


def listed(client: Client) -> list[dict[str, object]]:
    found: list[dict[str, object]] = client.get("/comments", limit=200)["comments"]
    return found


def right(client: Client) -> float:
    """Share of all comments whose sentiment is as the guests mean it."""
    found = listed(client)
    return sum(one["sentiment"] == meant(one) for one in found) / len(found)


def meant(one: dict[str, object]) -> str:
    return "negative" if "flumpy" in str(one["text"]) else "positive"


def correct(client: Client, every: int) -> None:
    for one in listed(client)[::every]:
        client.post(f"/comments/{one['id']}/tags", {"name": "sentiment", "value": meant(one)})


def test_corrections_are_learned_used_and_gone_back_from(place: config.Config) -> None:
    shipped = language.version(place.tagging, place.home)
    with embedded(place) as client:
        before = right(client)
        correct(client, 3)
        measured = pipeline.adapt(client, place, dry_run=True)
        assert (measured.model, measured.used, measured.judged) == (None, False, 40)
        assert models.made(place.home) == []
        learned = pipeline.adapt(client, place)
        assert (learned.model, learned.used, learned.reason) == ("1", True, "")
        change = next(one for one in learned.changes if one["head"] == "sentiment")
        assert change["after"] > change["before"] + 0.3
        assert change["low"] > 0
        assert {part["name"] for part in change["parts"]} >= {"negative", "positive", "guests"}
        assert language.version(place.tagging, place.home).endswith(".model-1")
        assert pipeline.tag(client, place).tagged == len(comments())
        after = right(client)
        assert after > max(0.9, before)
        assert pipeline.adapt(client, place, only_new=True).reason.startswith("Nobody judged")

        assert client.get("/models")["in_force"] == "1"
        assert client.post("/models/rollback")["in_force"] == "shipped"
        assert language.version(place.tagging, place.home) == shipped
        with pytest.raises(NotFound, match="There are: 1, shipped"):
            client.post("/models/use", {"name": "7"})
        with pytest.raises(NotFound):
            client.post("/models/rollback")
        assert [one["action"] for one in client.get("/activity")].count("use model") == 2


def test_too_few_corrections_are_said_to_be_too_few(place: config.Config) -> None:
    with embedded(place) as client:
        learned = pipeline.adapt(client, place)
        assert learned.reason.startswith("No head has 10")
        assert learned.model is None


def test_a_model_that_is_worse_on_what_came_since_is_kept_but_not_used(place: config.Config) -> None:
    with embedded(place) as client:
        correct(client, 2)
        assert pipeline.adapt(client, place).used
        # The first ones are turned round by mistake, and those that come after them say the truth again.
        found = listed(client)
        for one in found[::2][:40]:
            wrong = "positive" if meant(one) == "negative" else "negative"
            client.post(f"/comments/{one['id']}/tags", {"name": "sentiment", "value": wrong})
        learned = pipeline.adapt(client, place, dry_run=True)
        change = next(one for one in learned.changes if one["head"] == "sentiment")
        assert change["rival"] is not None
        assert change["worse"] == (change["against"] < change["rival"])


def test_models_beyond_ten_go_but_not_the_one_in_use(place: config.Config) -> None:
    from curation.language.engine import Engine

    head = {"urgency": Engine.load().head("urgency")}
    about = {"made_at": "2026-11-24T08:00:00+00:00", "until": "", "judged": 0, "changes": []}
    assert models.add(place.home, head, about) == "1"
    models.use(place.home, "1")
    for _ in range(11):
        models.add(place.home, head, about)
    assert [one.name for one in models.made(place.home)] == [str(n) for n in range(12, 2, -1)] + ["1"]
    assert models.chosen(place.home) == place.home / "models" / "1"


def test_a_model_made_on_other_weights_is_passed_over(place: config.Config) -> None:
    from curation.language.engine import Engine

    head = {"urgency": Engine.load().head("urgency")}
    name = models.add(place.home, head, {"made_at": "2026-11-24T08:00:00+00:00"})
    models.use(place.home, name)
    manifest = place.home / "models" / name / "model.json"
    manifest.write_text(manifest.read_text().replace('"base": "', '"base": "old'))
    assert models.chosen(place.home) is None
    assert not language.version(place.tagging, place.home).endswith(name)
    with pytest.raises(Invalid, match="another version of Tribune"):
        models.use(place.home, name)


def test_a_model_that_is_spoilt_cannot_be_used(place: config.Config) -> None:
    from curation.language.engine import Engine

    name = models.add(place.home, {"urgency": Engine.load().head("urgency")}, {})
    (place.home / "models" / name / "model.json").write_text("{")
    with pytest.raises(Invalid, match="cannot be read"):
        models.use(place.home, name)
