from pathlib import Path

import pytest

from curation import language
from curation.config import Tagging
from curation.errors import ConfigError
from curation.language.entities import Finder
from curation.language.tokens import Vocabulary
from tests.conftest import grows_evenly
from tests.language.test_tagger import HOSTILE, LONG

NAMES = {"Aurora X": ["aurora x", "aurora10"], "Tide": []}


def found(text: str, names: dict[str, list[str]] = NAMES) -> list[tuple[str, str, str]]:
    vocabulary = Vocabulary()
    entities = Finder(names).find([text], vocabulary, vocabulary.batch([text])).get(0, ())
    return [(one.kind, one.value, text[one.start : one.end]) for one in entities]


@pytest.mark.parametrize(
    ("text", "value", "written"),
    [
        ("I paid €14.90 for this", "14.90 EUR", "€14.90"),
        ("remboursé 1 299,90 € seulement", "1299.90 EUR", "1 299,90 €"),
        ("it cost $1,250 twice", "1250 USD", "$1,250"),
        ("12€50 le café", "12.50 EUR", "12€50"),
        ("30 euros de frais", "30 EUR", "30 euros"),
        ("GBP 20 and no more", "20 GBP", "GBP 20"),
    ],
)
def test_amounts(text: str, value: str, written: str) -> None:
    assert found(text) == [("amount", value, written)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("my order AB-123456 never came", "AB-123456"),
        ("commande n° 20261104", "20261104"),
        ("Order number: 4711x", "4711X"),
        ("see #998877", "998877"),
    ],
)
def test_order_numbers(text: str, value: str) -> None:
    assert [(kind, said) for kind, said, _ in found(text)] == [("order", value)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("since 2026-11-03 nothing", "2026-11-03"),
        ("le 3 novembre à midi", "--11-03"),
        ("on November 3rd, 2026 it broke", "2026-11-03"),
        ("1er février 2026", "2026-02-01"),
        ("depuis le 12/11/2026", "12/11/2026"),
    ],
)
def test_dates(text: str, value: str) -> None:
    assert [(kind, said) for kind, said, _ in found(text)] == [("date", value)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "in order to win",
        "I may 100% agree",
        "5 stars",
        "call me in 2 hours",
        "my order is late",
        "32 may",
    ],
)
def test_nothing_is_made_up(text: str) -> None:
    assert found(text) == []


def test_names_of_the_team_are_found_as_written() -> None:
    assert found("My AURORA X and the tide; an aurora10") == [
        ("name", "Aurora X", "AURORA X"),
        ("name", "Tide", "tide"),
    ]


def test_a_phrase_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"tagging\.entities, 'Bad'"):
        Finder({"Bad": ["(a|"]})


def test_entities_are_tags(tmp_path: Path) -> None:
    tagger = language.load(Tagging(entities={"Aurora X": ("aurora x",)}), tmp_path)
    [tags] = tagger.tag(["The aurora x cost 20 €"], ["en"])
    assert [(tag.value, tag.evidence) for tag in tags if tag.name == "entity"] == [
        ("name:Aurora X", ("aurora x",)),
        ("amount:20 EUR", ("20 €",)),
    ]
    assert tagger.version != language.load(Tagging(), tmp_path).version


@pytest.mark.parametrize(
    "text", [*HOSTILE, *LONG.values(), "1 " * 500_000 + "€", "order 1-" * 200_000, "€1." * 300_000]
)
def test_any_text_is_looked_at_in_bounded_time(text: str) -> None:
    grows_evenly(found, text)
