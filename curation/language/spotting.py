"""Topics by the phrases of the team's taxonomy: only texts with all words of one are looked at closely."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from curation.language.linear import Kept
from curation.language.phrases import Match, Phrases
from curation.language.taxonomy import Taxonomy
from curation.language.tokens import LONGEST, TOKEN, Batch, Floats, Vocabulary
from curation.language.words import Words, clean, words

# How much one expression says for a topic: several words together are rarely there by chance.
_ONE_WORD, _SEVERAL_WORDS = 0.5, 0.75


Needs = Mapping[str, set[frozenset[str]]]


@dataclass(frozen=True, slots=True)
class Spot:
    """How strongly a topic's phrases show (0 to 1, not a probability), and the words that show it, as written."""

    strength: float
    evidence: tuple[str, ...]


class Spotter:
    """Finds a taxonomy's phrases. A language that is not told is read with those of all; one without phrases is not."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        languages = {language for topic in taxonomy.topics for language in topic.phrases}
        read = {language: {language} for language in languages} | {"und": languages}
        self._phrases = {language: _phrases(taxonomy, known) for language, known in read.items()}
        self._needs = {language: _needs(taxonomy, known) for language, known in read.items()}
        self._anchors = Phrases()
        for need in set(self._needs["und"]).union(*chain.from_iterable(self._needs["und"].values())):
            self._anchors.add(need, [(need,)])
        self._marked = Kept(2)
        self._met: list[frozenset[str]] = []

    def spot(
        self, texts: Sequence[str], languages: Sequence[str], vocabulary: Vocabulary, batch: Batch
    ) -> dict[int, Mapping[str, Spot]]:
        """Return topics and what shows them, for each text (by its place) that has any."""
        marks = self._marked.rows(vocabulary, batch.rows, self._mark)
        begun = np.zeros(len(batch.starts), bool)
        begun[np.searchsorted(batch.starts, np.flatnonzero(marks[:, 1]), side="right") - 1] = True
        marked = np.flatnonzero(marks[:, 0] * np.repeat(begun, batch.lengths))
        places = np.searchsorted(batch.starts, marked, side="right") - 1
        present: dict[int, set[str]] = {}
        for place, number in zip(places.tolist(), (batch.rows[marked] // 2).tolist(), strict=True):
            present.setdefault(place, set()).update(self._met[number])
        found: dict[int, Mapping[str, Spot]] = {}
        for place, met in present.items():
            needs = self._needs.get(languages[place])
            if needs and _may_be(needs, met):
                found[place] = spot(self._phrases[languages[place]], words(clean(texts[place], LONGEST)))
        return {place: spots for place, spots in found.items() if spots}

    def _mark(self, vocabulary: Vocabulary, first: int) -> Floats:
        """Note which words of phrases each word of the vocabulary is; tell of each row whether it is any."""
        del self._met[first:]
        self._met += [
            frozenset(
                match.label
                for part in words(word.lstrip("\x00")).folded
                for match in self._anchors.find([part])
            )
            for word in vocabulary.words[first:]
        ]
        begins = self._needs["und"].keys()
        marks = [[bool(met), not begins.isdisjoint(met)] for met in self._met[first:]]
        return np.repeat(np.array(marks, np.float32).reshape(-1, 2), 2, axis=0)


def _may_be(needs: Needs, met: set[str]) -> bool:
    """Tell whether all words that some phrase needs were met."""
    for longest in needs.keys() & met:
        for others in needs[longest]:
            if others <= met:
                return True
    return False


def _phrases(taxonomy: Taxonomy, languages: set[str]) -> Phrases:
    made = Phrases()
    for topic in taxonomy.topics:
        for language in languages:
            made.add(topic.id, topic.phrases.get(language, ()))
            made.add("!" + topic.id, topic.exceptions.get(language, ()))
    return made


def _needs(taxonomy: Taxonomy, languages: set[str]) -> Needs:
    """Return the words that each phrase cannot do without: by the longest of them, the others."""
    found: dict[str, set[frozenset[str]]] = {}
    for topic in taxonomy.topics:
        for phrase in chain.from_iterable(topic.phrases.get(language, ()) for language in languages):
            need = sorted({piece for piece in map(anchor, phrase) if piece}, key=lambda one: (-len(one), one))
            found.setdefault(need[0], set()).add(frozenset(need[1:]))
    return found


def anchor(part: str) -> str:
    """Return the longest piece of a phrase's part that is one token of the vocabulary: `covid` of `covid19*`."""
    pieces = [] if part in ("#", "*", "...") else TOKEN.findall(part.rstrip("*"))
    if part.endswith("*") and pieces:
        pieces[-1] += "*"
    return "#" if part == "#" else max(pieces, key=len, default="")


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
