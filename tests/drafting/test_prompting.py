"""What a model is told: how long, in which language, in whose voice, and never more of a text than it needs."""

import pytest

from curation.config import Voice
from curation.drafting import prompting
from curation.models import Rules

VOICE = Voice(vision="Warm.", use={"fr": ("avec plaisir",)}, avoid={"en": ("policy",)}, formality="vous")


def system(language: str | None = "en", rules: Rules | None = None, voice: Voice = VOICE) -> str:
    return prompting.messages("Hi", language, voice, rules or Rules(), [])[0]["content"]


@pytest.mark.parametrize(
    ("rules", "limit"),
    [
        (Rules(), "1200 characters"),
        (Rules(longest=32_000), "1200 characters"),
        (Rules(longest=300, unit="graphemes", mention="@ana "), "295 graphemes"),
        (Rules(longest=500, unit="bytes", mention="é"), "498 bytes"),
        (Rules(longest=3, mention="@ana "), "1 characters"),
    ],
)
def test_how_long(rules: Rules, limit: str) -> None:
    assert f"Write {limit} at most." in system(rules=rules)


def test_the_voice_is_that_of_the_comment_s_language() -> None:
    english, french = system("en"), system("fr")
    assert "(en)" in english and "policy" in english and "vous" not in english and "plaisir" not in english
    assert "(fr)" in french and "policy" not in french and "say vous" in french and "plaisir" in french
    for language in ("und", None):
        unknown = system(language)
        assert "the last comment. Write" in unknown and "Warm." in unknown
    assert system("en", voice=Voice()).endswith("do not write them.")


def test_who_reads_it() -> None:
    assert "Anyone can read" in system()
    assert "Only the customer" in system(rules=Rules(public=False))


def test_long_texts_are_cut_and_braces_are_no_fields() -> None:
    made = prompting.messages("{x} " * 9_000, "en", Voice(vision="{limit}"), Rules(), [("a" * 9_000, "b")])
    assert [one["role"] for one in made] == ["system", "user", "assistant", "user"]
    assert max(len(one["content"]) for one in made[1:]) == prompting.READ
    assert made[0]["content"].endswith("{limit}")
