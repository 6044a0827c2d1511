"""Topics by the phrases of the team's taxonomy: only texts with a word
that no phrase can do without are looked at closely."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from curation.language.linear import Kept
from curation.language.phrases import Match, Phrases
from curation.language.taxonomy import Taxonomy
from curation.language.tokens import LONGEST, TOKEN, Batch, Floats, Vocabulary
from curation.language.words import Words, clean, words

# How much one expression says for a topic: several words together are rarely there by chance.
_ONE_WORD, _SEVERAL_WORDS = 0.5, 0.75


@dataclass(frozen=True, slots=True)
class Spot:
    """How strongly a topic's phrases show (0 to 1, not a probability), and the words that show it, as written."""

    strength: float
    evidence: tuple[str, ...]


class Spotter:
    """Finds a taxonomy's phrases. A language that is not told is read with those of all; one without phrases is not."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        languages = {language for topic in taxonomy.topics for language in topic.phrases}
        self._phrases = {language: _phrases(taxonomy, {language}) for language in sorted(languages)}
        self._phrases["und"] = _phrases(taxonomy, languages)
        self._columns = {language: number for number, language in enumerate(self._phrases)}
        self._anchors = {
            language: _anchors(taxonomy, languages if language == "und" else {language})
            for language in self._phrases
        }
        self._marked = Kept(len(self._columns))

    def spot(
        self, texts: Sequence[str], languages: Sequence[str], vocabulary: Vocabulary, batch: Batch
    ) -> dict[int, Mapping[str, Spot]]:
        """Return topics and what shows them, for each text (by its place) that has any."""
        may = self._marked.rows(vocabulary, batch.rows, self._mark)
        any_may = np.maximum.reduceat(may, batch.starts, axis=0).tolist()
        found: dict[int, Mapping[str, Spot]] = {}
        for place, (language, line) in enumerate(zip(languages, any_may, strict=True)):
            column = self._columns.get(language)
            if column is None or not line[column]:
                continue
            if spots := spot(self._phrases[language], words(clean(texts[place], LONGEST))):
                found[place] = spots
        return found

    def _mark(self, vocabulary: Vocabulary, first: int) -> Floats:
        """Tell of each row whether its word is one that a phrase of each language cannot do without."""
        marked = np.zeros((len(vocabulary.words) - first, len(self._columns)), np.float32)
        for place, word in enumerate(vocabulary.words[first:]):
            for part in words(word.lstrip("\x00")).folded:
                if self._anchors["und"].starts(part):
                    marked[place] += [anchors.starts(part) for anchors in self._anchors.values()]
        return np.repeat(marked, 2, axis=0)


def _anchors(taxonomy: Taxonomy, languages: set[str]) -> Phrases:
    """Return the longest word of each phrase, alone: a text without any of them holds no phrase."""
    made = Phrases()
    for topic in taxonomy.topics:
        phrases = {phrase for language in languages for phrase in topic.phrases.get(language, ())}
        made.add(topic.id, {(max(map(_anchor, phrase), key=len),) for phrase in phrases})
    return made


def _anchor(part: str) -> str:
    """Return the longest piece of a phrase's part that is one token of the vocabulary: `covid` of `covid19*`."""
    pieces = [] if part in ("#", "*", "...") else TOKEN.findall(part.rstrip("*"))
    if part.endswith("*") and pieces:
        pieces[-1] += "*"
    longest = max(pieces, key=len, default="")
    return "#" if part == "#" or longest[:1].isdigit() else longest


def _phrases(taxonomy: Taxonomy, languages: set[str]) -> Phrases:
    made = Phrases()
    for topic in taxonomy.topics:
        for language in languages:
            made.add(topic.id, topic.phrases.get(language, ()))
            made.add("!" + topic.id, topic.exceptions.get(language, ()))
    return made


def spot(phrases: Phrases, found: Words) -> Mapping[str, Spot]:
    """Return the topics whose phrases are in a text; a parent is left out where one of its children is found."""
    matches: dict[str, list[Match]] = {}
    for match in phrases.find(found.folded):
        matches.setdefault(match.label, []).append(match)
    kept = {
        topic: apart
        for topic, listed in matches.items()
        if topic[0] != "!" and (apart := _apart(listed, matches.get("!" + topic, [])))
    }
    parents = {topic.split(".")[0] for topic in kept if "." in topic}
    return {topic: _shown(listed, found) for topic, listed in kept.items() if topic not in parents}


def _apart(listed: list[Match], hidden: list[Match]) -> list[Match]:
    """Keep the longest of matches that overlap, and none that an exception covers."""
    kept: list[Match] = []
    end = max((match.last for match in hidden), default=-1)
    for match in sorted(listed, key=lambda one: (one.first, -one.last)):
        if kept and match.first <= kept[-1].last:
            continue
        if match.first <= end and any(h.first <= match.first and match.last <= h.last for h in hidden):
            continue
        kept.append(match)
    return kept


def _shown(listed: list[Match], found: Words) -> Spot:
    evidence = {found.between(match.first, match.last): match for match in reversed(listed)}
    doubt = 1.0
    for match in evidence.values():
        doubt *= 1 - (_SEVERAL_WORDS if match.last > match.first else _ONE_WORD)
    return Spot(round(1 - doubt, 4), tuple(reversed(evidence)))
