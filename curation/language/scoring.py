"""Which of some topics texts are about, without the engine: by phrases and examples. One call, for edits of a taxonomy.

The engine adds what it learnt when it tags; here only what people wrote down counts, so that an edit is exact and fast.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from curation.language.likeness import Likeness, tellings
from curation.language.phrases import Phrases
from curation.language.spotting import spot
from curation.language.taxonomy import Phrase, Taxonomy, Topic
from curation.language.tokens import LONGEST
from curation.language.words import clean, words

UNDETERMINED = "und"


@dataclass(frozen=True, slots=True)
class Found:
    """A topic a text is about: `score` 0 to 1, the words that show it as written; none for a likeness."""

    id: str
    score: float
    evidence: tuple[str, ...] = ()


class Scorer:
    """Scores texts for some topics of a taxonomy."""

    def __init__(self, taxonomy: Taxonomy, ids: Iterable[str]) -> None:
        wanted = set(ids)
        self.topics = [topic for topic in taxonomy.topics if topic.id in wanted]
        languages = {
            language for topic in self.topics for language, listed in topic.phrases.items() if listed
        }
        self._phrases = {language: _phrases(self.topics, {language}) for language in languages}
        if languages:
            self._phrases[UNDETERMINED] = _phrases(self.topics, languages)
        self._likeness = Likeness(self.topics)

    def needs(self, but: str = "") -> list[tuple[str, ...]]:
        """Return words, folded, of which a text must have all of one tuple to be about a topic; `refund*` any ending.

        The topic `but` is left out.
        """
        topics = [topic for topic in self.topics if topic.id != but]
        by_phrase = chain.from_iterable(listed for topic in topics for listed in topic.phrases.values())
        needs = {need for phrase in by_phrase if (need := _words(phrase))}
        return sorted(needs | set(chain.from_iterable(map(tellings, topics))))

    def score(self, texts: Sequence[str], languages: Sequence[str | None]) -> Iterator[list[Found]]:
        """Yield what each text is about; a language that is not told is read with the phrases of all."""
        for text, language in zip(texts, languages, strict=True):
            phrases = self._phrases.get(language or UNDETERMINED)
            found: dict[str, Found] = {}
            if phrases:
                spots = spot(phrases, words(clean(text, LONGEST)))
                found = {id: Found(id, one.strength, one.evidence) for id, one in spots.items()}
            for id, score in self._likeness.alike(text).items() if self._likeness else ():
                found.setdefault(id, Found(id, score))
            parents = {id.split(".")[0] for id in found if "." in id}
            yield [one for id, one in found.items() if id not in parents]


def _phrases(topics: Iterable[Topic], languages: set[str]) -> Phrases:
    made = Phrases()
    for topic in topics:
        for language in languages:
            made.add(topic.id, topic.phrases.get(language, ()))
            made.add("!" + topic.id, topic.exceptions.get(language, ()))
    return made


def _words(phrase: Phrase) -> tuple[str, ...]:
    return tuple(sorted({part for part in phrase if part not in ("*", "#", "...")}))
