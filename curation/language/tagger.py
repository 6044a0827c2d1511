"""The engine's readings as tags."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from curation.config import Tagging
from curation.language import models, opinion, version
from curation.language.engine import Engine
from curation.language.explaining import explain
from curation.language.likeness import Likeness
from curation.language.readings import Explanation, Reading, Scored
from curation.language.taxonomy import Taxonomy, load_taxonomy
from curation.language.tokens import LONGEST
from curation.language.words import clean
from curation.models import Tag

_AT_A_TIME = 1_000


class EngineTagger:
    """See `curation.language.Tagger`."""

    def __init__(self, config: Tagging, home: Path, taxonomy: Taxonomy | None = None) -> None:
        topics = taxonomy or load_taxonomy(home / config.taxonomy if config.taxonomy else None)
        self._engine = Engine.load(
            model=models.chosen(home), languages=config.languages, taxonomy=topics, names=config.entities
        )
        self.version = version(config, home)
        self._config, self._home = config.opinion, home
        self._backend: opinion.Backend | None = None
        self.follow(topics)

    def follow(self, taxonomy: Taxonomy) -> None:
        """Tag with the topics of `taxonomy` from now on."""
        self.taxonomy = taxonomy
        self._engine.follow(taxonomy)
        self._likeness = Likeness(taxonomy.topics)

    def tag(self, texts: Sequence[str], languages: Sequence[str | None]) -> list[list[Tag]]:
        """Tag each text, in order. Raises ValueError unless there are as many languages as texts."""
        if len(texts) != len(languages):
            raise ValueError("there must be as many languages as texts")
        found: list[list[Tag]] = []
        for first in range(0, len(texts), _AT_A_TIME):
            last = first + _AT_A_TIME
            part = texts[first:last]
            found += map(tags, self._engine.read(part, languages[first:last]), part)
        if self._config.asked:
            self._second(texts, found)
        if self._likeness:
            for text, made in zip(texts, found, strict=True):
                made += self._alike(text, made)
        return found

    @property
    def spent(self) -> Mapping[str, int]:
        """See `curation.language.Tagger`."""
        return asdict(self._backend.spent if self._backend else opinion.Spent())

    def _second(self, texts: Sequence[str], found: list[list[Tag]]) -> None:
        """Ask for a second opinion on the tags of texts that say something."""
        self._backend = self._backend or opinion.load(self._config, self._home)
        places = [place for place, made in enumerate(found) if any(tag.name == "sentiment" for tag in made)]
        if self._backend is None or not places:
            return
        for place, said in zip(places, self._backend.ask([texts[one] for one in places]), strict=True):
            made = found[place]
            differing = {tag.name for tag in made if tag.name in said and said[tag.name][0] != tag.value}
            self._backend.spent.disagreed += bool(differing)
            found[place] = [
                self._settled(tag, *said[tag.name]) if tag.name in differing else tag for tag in made
            ]

    def _settled(self, tag: Tag, label: str, score: float) -> Tag:
        """Return what holds where the two opinions differ."""
        if self._config.use == "replace":
            return Tag(name=tag.name, value=label, score=round(score, 4))
        return replace(tag, unsure=True)

    def explain(self, text: str, asked: Sequence[tuple[str, str]]) -> list[Explanation]:
        """Say which parts of `text` weighed most for each tag `asked`, as (name, value)."""
        return explain(self._engine, text, asked)

    def _alike(self, text: str, made: list[Tag]) -> list[Tag]:
        """Return the topics whose examples the text is like, where the engine does not see them or a child of theirs."""
        seen = {tag.value for tag in made if tag.name == "topic"}
        seen |= {id.split(".")[0] for id in seen}
        mood = next((tag.value for tag in made if tag.name == "sentiment"), None)
        return [
            Tag(name="topic", value=id, score=score, sentiment=mood)
            for id, score in self._likeness.alike(text).items()
            if id not in seen
        ]


def tags(reading: Reading, text: str) -> list[Tag]:
    """Return the reading of `text` as tags; of a text that says nothing, only the language."""
    made = [_tag(reading, "language", reading.language)]
    if not reading.silent:
        made += [_tag(reading, "sentiment", reading.mood), _tag(reading, "intent", reading.intent)]
        made.append(_tag(reading, "urgency", reading.urgency, reading.urgency_phrase))
    made += [
        Tag(
            name="topic",
            value=topic.id,
            score=round(topic.score, 4),
            evidence=topic.evidence,
            sentiment=topic.sentiment,
        )
        for topic in reading.topics
    ]
    made += [
        Tag(name="entity", value=f"{kind}:{value}", score=1.0, evidence=evidence)
        for (kind, value), evidence in _entities(reading, text).items()
    ]
    return made


def _entities(reading: Reading, text: str) -> dict[tuple[str, str], tuple[str, ...]]:
    text = clean(text, LONGEST)
    return {(one.kind, one.value): (text[one.start : one.end],) for one in reading.entities}


def _tag(reading: Reading, head: str, found: Scored, phrase: str = "") -> Tag:
    evidence = (phrase,) if phrase else ()
    return Tag(
        name=head, value=found[0], score=round(found[1], 4), evidence=evidence, unsure=head in reading.unsure
    )
