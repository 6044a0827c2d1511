"""The valence of words, emoji and emoticons in every language that has a lexicon, -4 (worst) to 4 (best)."""

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

ADDITIONS = Path(__file__).with_name("lexicon.toml")
FRENCH = Path(__file__).with_name("lexicon_fr.txt")


@cache
def additions() -> Mapping[str, Any]:
    """What `lexicon.toml` adds to the lexicons."""
    return tomllib.loads(ADDITIONS.read_text("utf-8"))


@cache
def valences() -> dict[str, float]:
    """Return every single word's valence; 0 is left out, and so is a word that two languages rate in opposite ways.

    English: VADER (Hutto & Gilbert, ICWSM 2014); French: vaderSentiment-fr after it; more from `lexicon.toml`.
    """
    from curation.language.tokens import plain, squeeze

    found: dict[str, float] = {}
    opposed: set[str] = set()
    by_language = [dict(english()), dict(french())]
    by_language += [
        table["words"] for table in additions().values() if isinstance(table.get("words"), Mapping)
    ]
    for table in by_language:
        for word, valence in table.items():
            key = plain(squeeze(word))
            if found.get(key, valence) * valence < 0:
                opposed.add(key)
            found[key] = valence
    for key in opposed:
        del found[key]
    return found | marks() | {mark: float(valence) for mark, valence in additions()["marks"].items()}


def english() -> Iterable[tuple[str, float]]:
    """Yield VADER's words."""
    for line in (files("vaderSentiment") / "vader_lexicon.txt").read_text("utf-8").splitlines():
        word, valence, *_ = line.split("\t")
        yield word, float(valence)


def french() -> Iterable[tuple[str, float]]:
    """Yield the words of vaderSentiment-fr."""
    for line in FRENCH.read_text("utf-8").splitlines():
        word, separator, valence = line.strip().partition("->")
        if separator:
            yield word, float(valence.split("->")[0])


@cache
def marks() -> dict[str, float]:
    """Give each emoticon its valence, and each emoji that of the words describing it."""
    rated = dict(english())
    found = {word: valence for word, valence in rated.items() if not word[0].isalnum()}
    found |= {word.upper(): valence for word, valence in found.items()}
    for line in (files("vaderSentiment") / "emoji_utf8_lexicon.txt").read_text("utf-8").splitlines():
        emoji, description = line.split("\t")[:2]
        valence = sum(rated.get(word, 0.0) for word in description.replace("-", " ").split())
        if valence and (len(emoji) == 1 or emoji[1:] == "\ufe0f"):
            found[emoji[0]] = max(-4.0, min(4.0, valence))
    return found
