import subprocess
import sys
from pathlib import Path

import pytest

from curation.errors import ConfigError
from curation.language.taxonomy import SHIPPED, expand, load_taxonomy
from tests.patience import PATIENCE

TOPIC = 'id = "bread"\nname = { en = "Bread", fr = "Pain" }\n'


def test_the_shipped_taxonomy_has_two_levels_and_speaks_both_languages() -> None:
    topics = load_taxonomy().topics
    parents = [topic for topic in topics if topic.parent is None]
    children = [topic for topic in topics if topic.parent]
    assert len(parents) >= 6
    assert len(children) >= 20
    for topic in topics:
        assert topic.descriptions["en"]
        assert topic.descriptions["fr"]
    for topic in children:
        assert topic.phrases["en"], topic.id
        assert topic.phrases["fr"], topic.id


def test_the_shipped_phrases_are_written_once_per_topic() -> None:
    for topic in load_taxonomy(SHIPPED).topics:
        for language, phrases in topic.phrases.items():
            assert len(phrases) == len(set(phrases)), (topic.id, language)


def test_topics_know_their_parent_and_fall_back_to_the_english_name(topics_file: Path) -> None:
    taxonomy = load_taxonomy(topics_file)
    stale = taxonomy.topic("bread.stale")
    assert stale is not None
    assert (stale.parent, stale.name("fr"), stale.name("de")) == ("bread", "Pain rassis", "Stale bread")
    assert taxonomy.topic("cake") is None


def test_choices_and_joined_words_are_opened() -> None:
    assert expand("(late|delayed) e-mail", "here") == [("late", "e", "mail"), ("delayed", "e", "mail")]
    assert expand("rembours* ... # fois", "here") == [("rembours*", "...", "#", "fois")]
    assert expand("étiquette (de |)retour", "here") == [
        ("etiquette", "de", "retour"),
        ("etiquette", "retour"),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("topic = [", "not valid TOML"),
        ("topic = 3", "list of [[topic]] tables"),
        ('colour = "red"\n[[topic]]\n' + TOPIC, "list of [[topic]] tables"),
        ('[[topic]]\nname.en = "Bread"', "topic 1: needs an id"),
        ('[[topic]]\nid = "Bread!"', "topic 1 'Bread!', id"),
        ('[[topic]]\nid = "a.b.c"', "topic 1 'a.b.c', id"),
        ('[[topic]]\nid = "bread"\nname.en = "Bread"', "'bread', name.fr: is missing"),
        ('[[topic]]\nid = "bread"\nname = "Bread"', "'bread', name: is given per language"),
        ('[[topic]]\nid = "bread"\nname = { en = 1, fr = "Pain" }', "'bread', name.en: must be text"),
        ("[[topic]]\n" + TOPIC + "wordz.en = []", "'bread', wordz: is not a known key"),
        ("[[topic]]\n" + TOPIC + "words.en = []", "'bread', words: is made of the examples"),
        ("[[topic]]\n" + TOPIC + 'phrases = ["bread"]', "'bread', phrases: is given per language"),
        ("[[topic]]\n" + TOPIC + 'phrases.en = "bread"', "'bread', phrases.en: must be a list"),
        ("[[topic]]\n" + TOPIC + 'phrases.en = [""]', "'bread', phrases.en: '' must begin with a word"),
        ("[[topic]]\n" + TOPIC + 'phrases.en = ["br*"]', "'br*' in 'br*'"),
        ("[[topic]]\n" + TOPIC + 'phrases.en = ["b*ad"]', "'b*ad' in 'b*ad'"),
        ("[[topic]]\n" + TOPIC + 'phrases.en = ["!!"]', "'!!' in '!!'"),
        ("[[topic]]\n" + TOPIC + 'phrases.en = ["... bread"]', "must begin with a word"),
        ("[[topic]]\n" + TOPIC + 'phrases.en = ["bread ..."]', "not end in '...'"),
        ("[[topic]]\n" + TOPIC + 'phrases.en = ["#"]', "must begin with a word"),
        ("[[topic]]\n" + TOPIC + 'phrases.en = ["a ... ... b"]', "twice in a row"),
        ("[[topic]]\n" + TOPIC + 'phrases.en = ["(a|b bread"]', "does not belong"),
        ("[[topic]]\n" + TOPIC + 'except.fr = ["pain)"]', "'bread', except.fr"),
        ("[[topic]]\n" + TOPIC + f'phrases.en = ["{"(a|b|c|d) " * 6}"]', "4096 phrases"),
        ("[[topic]]\n" + TOPIC + "[[topic]]\n" + TOPIC, "'bread', id: is there twice"),
        ("[[topic]]\n" + TOPIC.replace("bread", "cake.dry"), "its parent 'cake' must come before"),
    ],
)
def test_what_is_wrong_is_named_by_file_topic_and_key(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "topics.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_taxonomy(file)
    assert str(file) in str(caught.value)
    assert said in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml"):
        load_taxonomy(tmp_path / "nowhere.toml")


def test_the_digest_follows_the_phrases_and_not_the_names(topics_file: Path) -> None:
    text = topics_file.read_text("utf-8")
    before = load_taxonomy(topics_file).digest
    topics_file.write_text(text.replace('"Stale bread"', '"Old bread"'), encoding="utf-8")
    assert load_taxonomy(topics_file).digest == before
    topics_file.write_text(text.replace('"loaf"', '"rolls"'), encoding="utf-8")
    assert load_taxonomy(topics_file).digest != before


def test_reading_a_taxonomy_does_not_import_spacy() -> None:
    code = (
        "import sys, curation.language, curation.language.taxonomy as t; t.load_taxonomy();"
        "assert not {'spacy', 'py3langid', 'numpy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=PATIENCE)
