"""Themes that no topic covers, and texts that are copies of each other."""

import random
import time

import pytest

from curation.language.copies import copies
from curation.language.themes import themes

PLACES = ("the gate", "the hall", "the garden", "the shop", "the bridge", "the lift", "the yard", "the roof")


def parking(number: int) -> str:
    return f"The parking near {PLACES[number % 8]} was full again, number {chr(97 + number % 26)}"


def vegan(number: int) -> str:
    return f"Please offer vegan menus at {PLACES[number % 8]} too, asks group {chr(97 + number % 26)}"


def other(number: int) -> str:
    chance = random.Random(number)
    return " ".join(
        "".join(chance.choice("aeioubcdflmnprst") for _ in range(chance.randint(4, 8))) for _ in range(9)
    )


def test_themes_are_found_and_named_by_their_words() -> None:
    texts = [make(n) for n in range(30) for make in (parking, vegan, other, other)]
    found = themes(texts, ["en"] * len(texts))
    told = {key: theme for theme in found for key in ("parking", "vegan") if key in " ".join(theme.words)}
    assert set(told) == {"parking", "vegan"}
    members = {texts[place] for place in told["vegan"].members}
    assert all("vegan" in text for text in members)
    assert len(told["vegan"].members) >= 25
    assert any("vegan" in phrase for phrase in told["vegan"].phrases)


def test_languages_are_looked_at_by_themselves() -> None:
    texts = [f"Le parking du musée était plein, salle {chr(97 + n)}" for n in range(20)]
    found = themes([*texts, *map(parking, range(20))], ["fr"] * 20 + ["en"] * 20)
    assert {theme.language for theme in found} <= {"fr", "en"}
    assert all(len({place >= 20 for place in theme.members}) == 1 for theme in found)


@pytest.mark.parametrize(
    "texts", [[], [""] * 50, ["ok"] * 50, ["the and of"] * 50, ["\ud800 \x00 🎉"] * 50, ["日本語の文章"] * 50]
)
def test_what_says_nothing_has_no_theme_and_breaks_nothing(texts: list[str]) -> None:
    assert isinstance(themes(texts, ["en"] * len(texts)), list)
    assert copies(texts) == [] or len(texts) == 50


def test_copies_are_found_but_for_a_few_words() -> None:
    letter = "We the undersigned demand that the library of {} stays open on Sundays for everyone who works all week"
    texts = [other(n) for n in range(200)] + [letter.format(town) for town in ("Lyon", "Nantes", "Lille")]
    texts += ["thank you very much", "thank you very much"]
    assert copies(texts) == [[200, 201, 202]]


def test_addresses_and_names_do_not_make_a_copy_another_text() -> None:
    text = (
        "@anna Stop the closing of our swimming pool now, sign here https://pool.example/{} and tell friends"
    )
    assert copies([text.format(n) for n in range(4)]) == [[0, 1, 2, 3]]


def test_time_grows_with_the_texts() -> None:
    def took(count: int) -> float:
        texts = [other(n % 500) for n in range(count)]
        start = time.process_time()
        copies(texts)
        return time.process_time() - start

    took(100)
    assert took(8_000) < 40 * max(took(800), 0.01)
