"""Tell languages apart: a head of our own for seven, py3langid for the others and for second thoughts."""

import copy
import re
from collections.abc import Sequence
from functools import cache

import numpy as np
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from curation.errors import ConfigError
from curation.language.readings import Scored
from curation.language.tokens import Floats

UNDETERMINED = "und"
"""ISO 639-3's code for a language that is not determined."""

_READ = 2_000
_FEWEST_LETTERS = 3
_SURE = 0.9
_SURE_ENOUGH = 0.4
_FOREIGN = 0.7
_NOT_FOREIGN = 0.1
_OTHER_SCRIPT = re.compile(
    "[\u0370-\u1cff\u1f00-\u1fff\u2c80-\u2dff\u3040-\ua6ff\uaa00-\uab2f\uab70-\ud7ff\uf900-\ufaff\ufb1d-\ufdff"
    "\ufe70-\ufefc\U00020000-\U0003ffff]"
)
_WRITTEN_OTHERWISE = frozenset(
    [
        "am",
        "ar",
        "ary",
        "arz",
        "as",
        "ba",
        "be",
        "bg",
        "bn",
        "bo",
        "dz",
        "el",
        "fa",
        "gom",
        "grc",
        "gu",
        "hbo",
        "he",
        "hi",
        "hy",
        "ja",
        "ka",
        "kk",
        "km",
        "kn",
        "ko",
        "ky",
        "lo",
        "mk",
        "ml",
        "mn",
        "mr",
        "my",
        "ne",
        "or",
        "pa",
        "ps",
        "ru",
        "sa",
        "sd",
        "sdh",
        "si",
        "sr",
        "ta",
        "te",
        "tg",
        "th",
        "tt",
        "ug",
        "uk",
        "ur",
        "wuu",
        "yi",
        "yue",
        "zh",
    ]
)
"""Languages that are not written in Latin letters, or not always."""
_NOISE = re.compile(r"https?://\S+|www\.\S+|[@#]\w+")


@cache
def _all_languages() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


class Identifier:
    """Tells the configured languages apart; `labels` are those of the head, in the order of its columns.

    Raises ConfigError for a language that nobody here can tell.
    """

    def __init__(self, languages: Sequence[str], labels: Sequence[str]) -> None:
        self._languages = sorted(set(languages))
        self._any = _all_languages()
        if unknown := sorted(set(self._languages) - set(self._any.labels)):
            raise ConfigError(
                f"tribune.toml, tagging.languages: {', '.join(unknown)} cannot be told apart."
                f" Choose from: {', '.join(sorted(self._any.labels))}."
            )
        if not self._languages:
            raise ConfigError("tribune.toml, tagging.languages: name at least one language, such as 'en'.")
        self._columns = [number for number, label in enumerate(labels) if label in self._languages]
        self._labels = [labels[number] for number in self._columns]
        self._otherwise_written = _WRITTEN_OTHERWISE.intersection(self._languages)
        self._others = len(self._labels) < len(self._languages)
        self._configured = copy.copy(self._any)
        self._configured.set_languages(self._languages)

    def identify(
        self, texts: Sequence[str], declared: Sequence[str | None] | None, chances: Floats, letters: Floats
    ) -> list[Scored]:
        """Return the language of each text and how sure that is; `chances` [N, 7] are the head's, `letters` [N].

        What the channel declares (`fr`, `fr-CA`, `FR`) is taken as given if it is configured. With `und` the number
        is that of the best guess, which was too unsure; 0 for a text of under three letters.
        """
        if self._labels:
            ours = chances[:, self._columns]
            ours = ours / np.maximum(ours.sum(axis=1, keepdims=True), 1e-9)
            best, sure = ours.argmax(axis=1).tolist(), ours.max(axis=1).tolist()
        found: list[Scored] = []
        for place, text in enumerate(texts):
            said = declared[place] if declared else None
            if said and (given := re.split("[-_]", said.strip().lower(), maxsplit=1)[0]) in self._languages:
                found.append((given, 1.0))
            elif letters[place] < _FEWEST_LETTERS:
                found.append((UNDETERMINED, 0.0))
            elif not text.isascii() and _in_other_script(text):
                found.append(self._otherwise(text))
            elif self._labels and not self._others and sure[place] >= _SURE:
                found.append((self._labels[best[place]], sure[place]))
            else:
                found.append(self._again(text, ours[place] if self._labels else None))
        return found

    def _otherwise(self, text: str) -> Scored:
        """Tell languages that are not written in Latin letters apart; the head knows none of them."""
        ranked = self._any.rank(_cleaned(text))
        chance = {language: float(value) for language, value in ranked if language in self._otherwise_written}
        total = sum(chance.values(), 0.0)
        if total < _NOT_FOREIGN:
            return UNDETERMINED, total
        language, value = max(chance.items(), key=lambda one: one[1])
        sure = value / total
        return (language, sure) if sure >= _SURE_ENOUGH else (UNDETERMINED, sure)

    def _again(self, text: str, ours: Floats | None) -> Scored:
        """Ask py3langid too, and weigh both; a text in a language that is not configured is `und`."""
        text = _cleaned(text)
        theirs = dict(self._configured.rank(text))
        chance = dict.fromkeys(self._languages, 0.0)
        for language in self._languages:
            mine = (
                float(ours[self._labels.index(language)])
                if ours is not None and language in self._labels
                else None
            )
            other = float(theirs.get(language, 0.0))
            chance[language] = (
                other if mine is None else float(np.sqrt(mine * mine * max(other, 1e-3)) ** (2 / 3))
            )
        total = sum(chance.values()) or 1.0
        language, value = max(chance.items(), key=lambda one: one[1])
        sure = value / total
        foreign, foreign_sure = self._any.classify(text)
        if foreign not in self._languages and foreign_sure > _FOREIGN:
            return UNDETERMINED, sure
        return (language, sure) if sure >= _SURE_ENOUGH else (UNDETERMINED, sure)


def _cleaned(text: str) -> str:
    return _NOISE.sub(" ", text[:_READ].encode("utf-8", "replace").decode())


def _in_other_script(text: str) -> bool:
    """Tell whether most letters of a text's beginning are not Latin."""
    text = text[:_READ]
    others = len(_OTHER_SCRIPT.findall(text))
    return others > 0 and 2 * others > sum(map(str.isalpha, text))
