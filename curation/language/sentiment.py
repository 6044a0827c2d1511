"""Score sentiment by lexicon, with the rules of VADER (Hutto & Gilbert, ICWSM 2014; code and lexicon under MIT).

The lexicons come from `vaderSentiment` (English) and, in `lexicon_fr.txt`, from `vaderSentiment-fr`; `lexicon.toml` adds what
customers write. The rules are written again because the originals take quadratic time and the French one compares
words fuzzily. They differ in this: negation and `but` stay inside their sentence, an emoji has
the valence of the words that describe it, idioms count as one, and French `plus` negates only after `ne`.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from curation.language import FRENCH
from curation.language.phrases import Phrases
from curation.language.taxonomy import expand
from curation.language.words import END, PAUSE, Words, fold, words

Lexicon = Mapping[str, float]

# VADER's constants, found by its authors on rated tweets.
_CAPITALS = 0.733
_NEGATED = -0.74
_NEARNESS = (1.0, 0.95, 0.9)
_EXCLAMATION = 0.292
_SPREAD = 15
_NEUTRAL_WITHIN = 0.05


@dataclass(frozen=True, slots=True)
class Sentiment:
    """`label` is negative, neutral or positive; `confidence` 0 to 1; `compound` VADER's score, -1 to 1."""

    label: str
    confidence: float
    compound: float
    evidence: tuple[str, ...]


class Scorer:
    """Scores texts of one language. With marks only, it speaks up for emoji and emoticons and is silent otherwise."""

    def __init__(
        self,
        marks: Lexicon,
        lexicon: Lexicon | None = None,
        idioms: Lexicon | None = None,
        boosters: Lexicon | None = None,
        negations: Iterable[str] = (),
        contrasts: Iterable[str] = (),
    ) -> None:
        self._marks = marks
        self._speaks = lexicon is not None
        self._lexicon = lexicon or {}
        self._valence = lru_cache(maxsize=100_000)(self._look_up)
        self._boosters = boosters or {}
        self._negations = frozenset(negations)
        self._contrasts = frozenset(contrasts)
        self._idioms = Phrases()
        for written, valence in (idioms or {}).items():
            self._idioms.add(str(valence), expand(written, "lexicon.toml"))

    def score(self, found: Words) -> Sentiment | None:
        """Score one text; None where there is nothing to go by."""
        valences = self._valences(found)
        if not valences and not (self._speaks and any(len(key) > 1 for key in found.folded)):
            return None
        total = sum(valence for _, _, valence in valences)
        if total:
            total += math.copysign(_emphasis(found.text), total)
        compound = total / math.sqrt(total * total + _SPREAD)
        label = "neutral" if abs(compound) < _NEUTRAL_WITHIN else "positive" if compound > 0 else "negative"
        return Sentiment(label, _confidence(label, compound), compound, _evidence(found, valences, label))

    def _valences(self, found: Words) -> list[tuple[int, int, float]]:
        """Return (first token, last token, valence) of everything that carries some."""
        idioms: dict[int, tuple[int, float]] = {}
        for match in self._idioms.find(found.folded):
            if match.first not in idioms or idioms[match.first][0] < match.last:
                idioms[match.first] = (match.last, float(match.label))
        shouting: bool | None = None
        valences: list[tuple[int, int, float]] = []
        before: list[str] = []
        sentence, after_contrast, covered = 0, False, -1
        for place, key in enumerate(found.folded):
            if not key:
                if mark := self._marks.get(found.texts[place]):
                    valences.append((place, place, mark))
            elif key == END:
                before, sentence, after_contrast = [], len(valences), False
            elif key == PAUSE or place <= covered:
                continue
            elif key in self._contrasts:
                valences[sentence:] = [(first, last, v * 0.5) for first, last, v in valences[sentence:]]
                before, after_contrast = [], True
            elif place in idioms:
                covered, valence = idioms[place]
                if valence:
                    valences.append((place, covered, valence * (1.5 if after_contrast else 1.0)))
                before.append(key)
            else:
                valence = 0.0 if key in self._boosters else self._valence(key)
                if valence:
                    if capitals := found.texts[place].isupper():
                        shouting = _mixes_capitals(found) if shouting is None else shouting
                    valence = self._modified(valence, before, capitals and bool(shouting))
                    valences.append((place, place, valence * (1.5 if after_contrast else 1.0)))
                before.append("ne plus" if key == "plus" and {"ne", "n"} & set(before[-2:]) else key)
        return valences

    def _look_up(self, key: str) -> float:
        """Look a word up; drawn-out letters (`suuper` is folded from `suuuuper`) are tried as one."""
        valence = self._lexicon.get(key)
        if valence is None and len(key) > 3:
            for place in range(len(key) - 1):
                if key[place] == key[place + 1] and (
                    short := self._lexicon.get(key[:place] + key[place + 1 :])
                ):
                    return short
                if place > 30:
                    break
        return valence or 0.0

    def _modified(self, valence: float, before: list[str], capitals: bool) -> float:
        if capitals:
            valence += math.copysign(_CAPITALS, valence)
        for nearness, word in zip(_NEARNESS, reversed(before[-3:]), strict=False):
            if booster := self._boosters.get(word):
                valence += math.copysign(1, valence) * booster * nearness
            if word in self._negations:
                valence *= _NEGATED
        return valence


def scorers(additions: Mapping[str, Any]) -> dict[str, Scorer]:
    """Build the scorers of English and French, and under '' the one that knows only emoji and emoticons."""
    from vaderSentiment.vaderSentiment import BOOSTER_DICT, NEGATE

    english = dict(_english())
    marks = _marks(english) | additions["marks"]
    french = dict(_french())
    made = {"": Scorer(marks)}
    for language, lexicon, boosters, negations in (
        ("en", english, BOOSTER_DICT, NEGATE),
        ("fr", french, additions["fr"]["boosters"], ()),
    ):
        own = additions[language]
        single, several = _by_length(lexicon)
        single |= {fold(word): valence for word, valence in own["words"].items()}
        stop = {fold(word) for word in (*negations, *additions["negations"][language]) if word != "ne plus"}
        made[language] = Scorer(
            marks,
            {word: valence for word, valence in single.items() if word not in stop},
            several | own["idioms"],
            {fold(word): by for word, by in boosters.items()},
            stop | {"ne plus"},
            additions["contrasts"][language],
        )
    return made


def _english() -> Iterable[tuple[str, float]]:
    for line in (files("vaderSentiment") / "vader_lexicon.txt").read_text("utf-8").splitlines():
        word, valence, *_ = line.split("\t")
        yield word, float(valence)


def _french() -> Iterable[tuple[str, float]]:
    for line in FRENCH.read_text("utf-8").splitlines():
        word, separator, valence = line.strip().partition("->")
        if separator:
            yield word, float(valence.split("->")[0])


def _by_length(lexicon: Lexicon) -> tuple[dict[str, float], dict[str, float]]:
    """Part single words, folded, from expressions of several."""
    single, several = {}, {}
    for word, valence in lexicon.items():
        keys = [key for key in words(word).folded if key not in ("", END, PAUSE)]
        if len(keys) == 1 and keys[0].isalpha() and len(keys[0]) > 1:
            single[keys[0]] = valence
        elif len(keys) > 1 and all(key.isalpha() for key in keys):
            several[" ".join(keys)] = valence
    return single, several


def _marks(english: Lexicon) -> dict[str, float]:
    """Give each emoticon its valence, and each emoji that of the words describing it."""
    marks = {word: valence for word, valence in english.items() if not word[0].isalnum()}
    marks |= {word.upper(): valence for word, valence in marks.items()}
    for line in (files("vaderSentiment") / "emoji_utf8_lexicon.txt").read_text("utf-8").splitlines():
        emoji, description = line.split("\t")[:2]
        valence = sum(english.get(word, 0.0) for word in description.replace("-", " ").split())
        if valence and (len(emoji) == 1 or emoji[1:] == "\ufe0f"):
            marks[emoji[0]] = max(-4.0, min(4.0, valence))
    return marks


def _mixes_capitals(found: Words) -> bool:
    capitals = sum(text.isupper() and len(text) > 1 for text in found.texts)
    return 0 < capitals < sum(len(key) > 1 for key in found.folded)


def _emphasis(text: str) -> float:
    questions = text.count("?")
    return min(text.count("!"), 4) * _EXCLAMATION + (
        0.0 if questions < 2 else questions * 0.18 if questions <= 3 else 0.96
    )


def _confidence(label: str, compound: float) -> float:
    """How often such a score is right, roughly: half-way between patients' comments and tweets, where it was
    measured (a compound of 0.2, 0.6 and 1 was right in 60, 80 and 93 % of the former, 34, 56 and 88 % of the latter).
    """
    return 0.4 if label == "neutral" else 0.4 + 0.5 * abs(compound)


def _evidence(found: Words, valences: list[tuple[int, int, float]], label: str) -> tuple[str, ...]:
    """Name up to three expressions that weighed most for the label, as written."""
    sign = {"positive": 1, "negative": -1}.get(label, 0)
    heaviest = sorted((v for v in valences if v[2] * sign > 0), key=lambda v: -abs(v[2]))[:3]
    return tuple(dict.fromkeys(found.between(first, last) for first, last, _ in heaviest))
