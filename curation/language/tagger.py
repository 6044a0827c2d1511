"""The engine's readings as tags."""

from collections.abc import Sequence
from pathlib import Path

from curation.config import Tagging
from curation.language import version
from curation.language.engine import Engine
from curation.language.readings import Reading
from curation.language.taxonomy import load_taxonomy
from curation.models import Tag

_AT_A_TIME = 1_000


class EngineTagger:
    """See `curation.language.Tagger`."""

    def __init__(self, config: Tagging, home: Path) -> None:
        self.taxonomy = load_taxonomy(home / config.taxonomy if config.taxonomy else None)
        self._engine = Engine.load(languages=config.languages, taxonomy=self.taxonomy)
        self.version = version(config, home)

    def tag(self, texts: Sequence[str], languages: Sequence[str | None]) -> list[list[Tag]]:
        """Tag each text, in order."""
        found: list[list[Tag]] = []
        for first in range(0, len(texts), _AT_A_TIME):
            last = first + _AT_A_TIME
            found += map(tags, self._engine.read(texts[first:last], languages[first:last]))
        return found


def tags(reading: Reading) -> list[Tag]:
    """Return a reading as tags."""
    heads = [("language", reading.language), ("sentiment", reading.mood), ("intent", reading.intent)]
    made = [
        Tag(name=name, value=value, score=round(score, 4), unsure=name in reading.unsure)
        for name, (value, score) in heads
    ]
    value, score = reading.urgency
    phrase = (reading.urgency_phrase,) if reading.urgency_phrase else ()
    made.append(
        Tag(
            name="urgency",
            value=value,
            score=round(score, 4),
            evidence=phrase,
            unsure="urgency" in reading.unsure,
        )
    )
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
    return made
