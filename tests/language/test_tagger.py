import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation import language
from curation.config import Tagging
from curation.errors import ConfigError
from curation.language.tokens import LONGEST
from curation.models import SENTIMENTS, Tag
from tests.conftest import grows_evenly
from tests.patience import PATIENCE

HOSTILE = [
    "",
    " ",
    "\x00",
    "\x00\x01\x1b[31m\x7f",
    "\ud800\udfff lone surrogates \udc00",
    "\u202e\u2066bidi\u2069\u202c",
    "👍",
    "👩‍👩‍👧‍👦🏳️‍🌈",
    "https://example.org/" + "a" * 5_000,
    "https://a.b https://c.d",
    "=cmd()|' /C calc'!A0",
    "<script>alert(1)</script> $x$ **bold**",
    "e" + "\u0301" * 10_000,
    "\u0301" * 10_000,
]
LONG = {
    "one letter": "a" * 1_000_000,
    "one bracket": "(" * 1_000_000,
    "closed brackets": ")" * 1_000_000,
    "nested brackets": "(" * 500_000 + ")" * 500_000,
    "colons": ":" * 1_000_000,
    "digits and commas": "1," * 500_000,
    "digits": "1" * 1_000_000,
    "at signs": "@" * 1_000_000,
    "apostrophes": "l'" * 500_000,
    "spaces": " " * 1_000_000,
    "lines": "\n" * 1_000_000,
    "emoji": "😡" * 1_000_000,
    "faces": ":( " * 300_000,
    "a phrase begun again and again": "order parcel package " * 50_000,
    "negations": "not never no but good " * 50_000,
    "combining marks": "e\u0301" * 500_000,
    "hyphens": "a-" * 500_000,
    "surrogates": "\ud800" * 1_000_000,
}


def topics(tags: list[Tag]) -> dict[str, tuple[str, ...]]:
    """The topics that phrases show; what the trained head adds is measured, not asserted."""
    return {tag.value: tag.evidence for tag in tags if tag.name == "topic" and tag.evidence}


def check(tags: list[Tag]) -> None:
    names = [tag.name for tag in tags]
    assert names[0] == "language"
    assert names.count("language") == 1
    assert names.count("sentiment") == names.count("intent") == names.count("urgency") <= 1
    assert set(names) <= {"language", "sentiment", "topic", "intent", "urgency", "entity"}
    for tag in tags:
        assert 0 <= tag.score <= 1
        assert tag.name != "sentiment" or tag.value in SENTIMENTS
        for words in tag.evidence:
            words.encode("utf-8")


def test_every_text_gets_a_language_and_what_else_there_is_to_say(tagger: language.Tagger) -> None:
    [tags] = tagger.tag(["The parcel is late, I am disappointed"], ["en"])
    found = {(tag.name, tag.value): tag for tag in tags}
    assert found["language", "en"].score == 1
    assert {"sentiment", "intent", "urgency"} <= {tag.name for tag in tags}
    assert found["topic", "delivery.late"].evidence == ("parcel is late",)
    assert found["topic", "delivery.late"].sentiment in SENTIMENTS


def test_tags_come_in_the_order_of_the_texts(tagger: language.Tagger) -> None:
    tagged = tagger.tag(["Refund me", "", "Remboursez-moi"], ["en", None, "fr"])
    assert [topics(tags) for tags in tagged] == [
        {"billing.refund": ("Refund",)},
        {},
        {"billing.refund": ("Remboursez",)},
    ]
    assert tagger.tag([], []) == []


def test_texts_and_languages_must_be_as_many(tagger: language.Tagger) -> None:
    with pytest.raises(ValueError, match="as many"):
        tagger.tag(["one", "two"], ["en"])


def test_a_batch_is_tagged_like_its_texts_alone(tagger: language.Tagger) -> None:
    texts = ["Livraison en retard de 3 jours 😡", "Lovely staff, slow queue", "ok", "Danke, sehr gut :)"]
    together = tagger.tag(texts, [None] * len(texts))
    for tags, text in zip(together, texts, strict=True):
        alone = tagger.tag([text], [None])[0]
        assert [(tag.name, tag.value, tag.unsure) for tag in tags] == [
            (t.name, t.value, t.unsure) for t in alone
        ]
        assert [tag.score for tag in tags] == pytest.approx([tag.score for tag in alone], abs=2e-4)


def test_a_parent_is_left_out_where_a_child_is_found(tagger: language.Tagger) -> None:
    assert set(topics(tagger.tag(["The courier rang"], ["en"])[0])) == {"delivery"}
    assert set(topics(tagger.tag(["The courier lost my parcel, parcel lost"], ["en"])[0])) == {
        "delivery.lost"
    }


def test_several_topics_are_found_with_the_words_as_written(tagger: language.Tagger) -> None:
    [tags] = tagger.tag(["COLIS éventré, je demande un Remboursement, et l'appli plante."], ["fr"])
    assert topics(tags) == {
        "delivery.damaged": ("COLIS éventré",),
        "billing.refund": ("Remboursement",),
        "digital.bugs": ("appli plante",),
    }


def test_every_expression_that_shows_a_topic_is_named(tagger: language.Tagger) -> None:
    one, two = tagger.tag(["refund", "refund, money back"], ["en", "en"])
    assert topics(one) == {"billing.refund": ("refund",)}
    assert topics(two) == {"billing.refund": ("refund", "money back")}


def test_an_exception_hides_what_it_covers(topics_file: Path) -> None:
    own = language.load(Tagging(taxonomy=topics_file), topics_file.parent)
    tagged = own.tag(["a bread and butter question", "a bread and butter question about bread"], ["en", "en"])
    assert [topics(tags) for tags in tagged] == [{}, {"bread": ("bread",)}]


def test_a_relative_taxonomy_lies_beside_the_configuration(topics_file: Path) -> None:
    own = language.load(Tagging(taxonomy=Path(topics_file.name)), topics_file.parent)
    assert topics(own.tag(["Le pain est dur comme du bois"], ["fr"])[0]) == {"bread.stale": ("dur comme",)}
    with pytest.raises(ConfigError, match=r"nowhere\.toml"):
        language.load(Tagging(taxonomy=Path("nowhere.toml")), topics_file.parent)


def test_topics_are_those_of_the_language_and_of_all_where_it_is_unknown(topics_file: Path) -> None:
    own = language.load(Tagging(languages=("en", "fr"), taxonomy=topics_file), topics_file.parent)
    english, french, unknown = own.tag(["pain", "pain", "ok"], ["en", "fr", None])
    assert (topics(english), topics(french), topics(unknown)) == ({}, {"bread": ("pain",)}, {})


def test_a_text_that_says_nothing_gets_a_language_only(tagger: language.Tagger) -> None:
    for tags in tagger.tag(["", "https://example.org", "12"], [None] * 3):
        assert [(tag.name, tag.value, tag.unsure) for tag in tags] == [("language", "und", True)]


def test_the_version_follows_the_languages_and_the_names(tagger: language.Tagger, topics_file: Path) -> None:
    home = topics_file.parent
    assert re.fullmatch(r"engine-\d+\+[0-9a-f]{8}", tagger.version)
    assert language.load(Tagging(), home).version == tagger.version
    fewer = language.load(Tagging(languages=("fr", "en")), home)
    assert language.load(Tagging(languages=("en", "fr")), home).version == fewer.version
    named = language.load(Tagging(entities={"product": ["Volta"]}), home)
    assert len({tagger.version, fewer.version, named.version}) == 3
    # Topics are the store's: a change of them says itself which comments are read again.
    assert language.load(Tagging(taxonomy=topics_file), home).version == tagger.version


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_tagged(tagger: language.Tagger, text: str) -> None:
    [tags] = tagger.tag([text], [None])
    check(tags)


@pytest.mark.parametrize("text", LONG.values(), ids=LONG)
def test_a_megabyte_of_anything_takes_bounded_time(tagger: language.Tagger, text: str) -> None:
    grows_evenly(lambda part: tagger.tag([part], [None]), text)
    [tags] = tagger.tag([text], [None])
    check(tags)


def test_only_the_beginning_of_a_long_text_is_read(tagger: language.Tagger) -> None:
    before, after = "refund" + " x" * LONGEST, "x " * LONGEST + "refund"
    tagged = tagger.tag([before, after], ["en", "en"])
    assert [set(topics(tags)) for tags in tagged] == [{"billing.refund"}, set()]


@settings(deadline=None)
@given(
    st.lists(st.text(st.characters(), max_size=300), max_size=5), st.sampled_from([None, "en", "fr", "xx"])
)
def test_any_text_is_tagged(tagger: language.Tagger, texts: list[str], declared: str | None) -> None:
    tagged = tagger.tag(texts, [declared] * len(texts))
    assert len(tagged) == len(texts)
    for tags in tagged:
        check(tags)


def test_the_package_imports_without_spacy() -> None:
    code = (
        "import sys, curation.language, curation.language.engine, curation.language.tagger, curation.cli.language;"
        " assert not {'spacy', 'sklearn', 'torch'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=PATIENCE)
