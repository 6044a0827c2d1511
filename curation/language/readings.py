"""What the engine says of a text. Plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field

Scored = tuple[str, float]
"""A label and its calibrated probability."""


@dataclass(frozen=True, slots=True)
class TopicReading:
    """A topic the text is about, and the sentiment of the part that is about it."""

    id: str
    score: float
    sentiment: str
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entity:
    """Something named in the text: characters `start` to `end`.

    `kind`: name (of the team's own list), amount (`14.90 EUR`), order, or date (`2026-11-03`, `--11-03`).
    """

    kind: str
    value: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything the engine says of one text.

    `sentiment`: the probabilities of negative, neutral and positive, which sum to 1. `unsure`: the heads that abstain;
    what they say is their best guess. `urgency_phrase`: the one that made it so, "" where none did. `silent`: there is no word, only marks or addresses.
    `tasks`: what heads trained by the team say, by name.
    """

    language: Scored
    sentiment: tuple[float, float, float]
    topics: tuple[TopicReading, ...]
    intent: Scored
    urgency: Scored
    urgency_phrase: str
    unsure: frozenset[str]
    silent: bool = False
    tasks: Mapping[str, tuple[Scored, ...]] = field(default_factory=dict)
    entities: tuple[Entity, ...] = ()

    @property
    def mood(self) -> Scored:
        """The most probable sentiment."""
        score = max(self.sentiment)
        return ("negative", "neutral", "positive")[self.sentiment.index(score)], score


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a head says `label`: parts of the text as (start, end, weight), in characters, the heaviest first.

    A positive weight speaks for the label, a negative one against; units are the head's own score.
    """

    head: str
    label: str
    spans: tuple[tuple[int, int, float], ...]
