"""The pipeline's parts: spaCy components that read a Doc's words and leave their findings on it.

`doc.user_data["words"]`: the words as the tokenizer cut them. `doc._.declared`: the language the channel declares.
`doc._.language`: code and confidence. `doc._.sentiment`: a Sentiment or None. `doc._.topics`: a list of Found.
"""

import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc
from spacy.vocab import Vocab

from curation.language import LEXICON
from curation.language.identify import UNDETERMINED, Identifier
from curation.language.phrases import Match, Phrases
from curation.language.sentiment import scorers
from curation.language.taxonomy import Taxonomy, load_taxonomy
from curation.language.words import Words, words

for _name in ("declared", "language", "sentiment", "topics"):
    Doc.set_extension(_name, default=None, force=True)

# How much one expression says for a topic: several words together are rarely there by chance.
_ONE_WORD, _SEVERAL_WORDS = 0.5, 0.75


@dataclass(frozen=True, slots=True)
class Found:
    """A topic, how strongly it shows (0 to 1, not a probability) and the words that show it, as written."""

    topic: str
    strength: float
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Component:
    """A function over Docs; in a pipe it does a whole batch before the next component begins.

    The tables that tell languages apart fill the processor's cache: taking turns Doc by Doc costs a third.
    """

    over: Callable[[Doc], None]

    def __call__(self, doc: Doc) -> Doc:
        self.over(doc)
        return doc

    def pipe(self, stream: Iterable[Doc], *, batch_size: int) -> Iterator[Doc]:
        waiting = iter(stream)
        while docs := list(islice(waiting, batch_size)):
            for doc in docs:
                self.over(doc)
            yield from docs


@cache
def additions() -> dict[str, Any]:
    """What `lexicon.toml` adds to the lexicons."""
    return tomllib.loads(LEXICON.read_text("utf-8"))


def tokenizer(vocab: Vocab) -> Callable[[str], Doc]:
    """Make a tokenizer that cuts by our own rules: linear in time, unlike spaCy's on a run of brackets."""

    def tokenize(text: str) -> Doc:
        found = words(text)
        return Doc(vocab, words=found.texts, spaces=found.spaces, user_data={"words": found})

    return tokenize


@Language.factory("tribune_language", assigns=["doc._.language"])
def language_component(nlp: Language, name: str, languages: list[str]) -> Component:
    """Tell the language of each Doc, out of `languages`."""
    identifier = Identifier(languages, additions()["hints"])

    def identify(doc: Doc) -> None:
        doc._.language = identifier.identify(doc.user_data["words"], doc._.declared)

    return Component(identify)


@Language.factory("tribune_sentiment", assigns=["doc._.sentiment"], requires=["doc._.language"])
def sentiment_component(nlp: Language, name: str) -> Component:
    """Score each Doc's sentiment by its language's lexicon; other languages only by emoji and emoticons."""
    made = scorers(additions())

    def score(doc: Doc) -> None:
        doc._.sentiment = made.get(doc._.language[0], made[""]).score(doc.user_data["words"])

    return Component(score)


@Language.factory("tribune_topics", assigns=["doc._.topics"], requires=["doc._.language"])
def topics_component(nlp: Language, name: str, taxonomy: str | None = None) -> Component:
    """Find topics by the phrases of a Doc's language; where that is not determined, by those of all."""
    topics = load_taxonomy(Path(taxonomy) if taxonomy else None)
    languages = {language for topic in topics.topics for language in topic.phrases}
    by_language = {language: _phrases(topics, {language}) for language in languages}
    by_language[UNDETERMINED] = _phrases(topics, languages)

    def find(doc: Doc) -> None:
        phrases = by_language.get(doc._.language[0])
        doc._.topics = find_topics(phrases, doc.user_data["words"]) if phrases else []

    return Component(find)


def _phrases(taxonomy: Taxonomy, languages: set[str]) -> Phrases:
    made = Phrases()
    for topic in taxonomy.topics:
        for language in languages:
            made.add(topic.id, topic.phrases.get(language, ()))
            made.add("!" + topic.id, topic.exceptions.get(language, ()))
    return made


def find_topics(phrases: Phrases, found: Words) -> list[Found]:
    """Return the topics in a text, strongest first; a parent is left out where one of its children is found."""
    matches: dict[str, list[Match]] = {}
    for match in phrases.find(found.folded):
        matches.setdefault(match.label, []).append(match)
    kept = {
        topic: apart
        for topic, listed in matches.items()
        if topic[0] != "!" and (apart := _apart(listed, matches.get("!" + topic, [])))
    }
    parents = {topic.split(".")[0] for topic in kept if "." in topic}
    shown = [_shown(topic, listed, found) for topic, listed in kept.items() if topic not in parents]
    return sorted(shown, key=lambda one: (-one.strength, one.topic))


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


def _shown(topic: str, listed: list[Match], found: Words) -> Found:
    evidence = {found.between(match.first, match.last): match for match in reversed(listed)}
    doubt = 1.0
    for match in evidence.values():
        doubt *= 1 - (_SEVERAL_WORDS if match.last > match.first else _ONE_WORD)
    return Found(topic, round(1 - doubt, 4), tuple(reversed(evidence)))
