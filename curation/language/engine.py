"""The engine: texts in, readings out, a batch at a time, without spaCy.

Texts become tokens once (`tokens.py`); a small network makes dense features of them (`network.py`); every head is
linear over both (`linear.py`, `heads.py`). Topics also come from the phrases of the team's taxonomy, so that a new
topic works before anything is trained.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from curation.errors import ConfigError
from curation.language.clauses import clauses
from curation.language.entities import Finder
from curation.language.heads import Head, Model, load_model
from curation.language.identify import UNDETERMINED, Identifier
from curation.language.lexicon import valences
from curation.language.linear import Kept
from curation.language.readings import Reading, Scored, TopicReading
from curation.language.spotting import Spotter
from curation.language.taxonomy import Taxonomy, load_taxonomy
from curation.language.tokens import LONGEST, Batch, Flags, Floats, Ints, Vocabulary
from curation.language.urgent import urgent_phrase
from curation.models import SENTIMENTS

WEIGHTS = Path(__file__).with_name("weights")
LANGUAGES = ("en", "fr", "de", "es", "it", "pt", "nl")
SHIPPED = ("language", "sentiment", "intent", "urgency", "topic")
_LEAST_TOPIC = 0.35
"""Topics that no phrase shows are given only from this probability on."""
_MOST_CHARACTERS = 200_000
"""More are read in parts, so that memory stays bounded."""


@dataclass(frozen=True, slots=True)
class _Scores:
    """What heads say of a batch: raw scores by head, dense features and the tokens."""

    batch: Batch
    raw: Mapping[str, Floats]
    dense: Floats


class Engine:
    """Reads texts. Make it with `load`; not for two threads at once (it keeps what it learns of words)."""

    def __init__(
        self,
        shipped: Model,
        taxonomy: Taxonomy,
        languages: Sequence[str] = LANGUAGES,
        own: Model | None = None,
        names: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        if missing := [name for name in SHIPPED if name not in shipped.heads]:
            raise ConfigError(
                f"The weights lack {', '.join(missing)}. Install Tribune again, or `make train`."
            )
        if own and own.base != shipped.digest:
            raise ConfigError(
                f"The model was made on the weights {own.base}, these are {shipped.digest}. Train or adapt it again with"
                " this version of Tribune."
            )
        self.digest = shipped.digest
        self._encoder = shipped.encoder
        self._base = {name: shipped.heads[name] for name in SHIPPED}
        self._own = dict(own.heads) if own else {}
        self._heads = self._base | {name: head for name, head in self._own.items() if name in SHIPPED}
        self.tasks = {name: head for name, head in self._own.items() if name not in SHIPPED}
        self._vocabulary = Vocabulary(valences())
        self._identifier = Identifier(languages, self._base["language"].labels)
        self._finder = Finder(names or {})
        self._kept = Kept(2)
        self.follow(taxonomy)

    def follow(self, taxonomy: Taxonomy) -> None:
        """Read with the topics of `taxonomy` from now on."""
        self.taxonomy = taxonomy
        self._spotter = Spotter(taxonomy)
        self._topics = {old: topic.id for topic in taxonomy.topics for old in topic.also}
        self._topics |= {topic.id: topic.id for topic in taxonomy.topics}
        if "topic" in self._own:
            added = set(self._own["topic"].labels) - set(self._base["topic"].labels)
            self._topics |= {id: self._topics.get(id, id) for id in added}

    @classmethod
    def load(
        cls,
        *,
        model: Path | None = None,
        languages: Sequence[str] = LANGUAGES,
        taxonomy: Taxonomy | None = None,
        weights: Path = WEIGHTS,
        names: Mapping[str, Sequence[str]] | None = None,
    ) -> "Engine":
        """Load the shipped weights and what a team's own `model` adds; `names` are what it looks for, with phrases.

        Raises ConfigError for what cannot be used.
        """
        own = load_model(model) if model else None
        return cls(load_model(weights), taxonomy or load_taxonomy(), languages, own, names)

    @property
    def vocabulary(self) -> Vocabulary:
        """The words known by now, for heads that are being fitted."""
        return self._vocabulary

    @property
    def meanings(self) -> tuple[Ints, Floats]:
        """Known words by their hashes [W], and their vectors [W, S], for heads that are being fitted."""
        if self._encoder:
            return self._encoder.meanings()
        return np.zeros(0, np.int64), np.zeros((0, 1), np.float32)

    def base(self, name: str) -> Head:
        """Return the shipped head of a task, adapted or not. Raises KeyError."""
        return self._base[name]

    def places(self, name: str) -> slice:
        """Return where a shipped head's raw scores are among the dense features."""
        begin = self._encoder.width if self._encoder else 0
        for one in SHIPPED[1 : SHIPPED.index(name)]:
            begin += len(self._base[one].labels)
        return slice(begin, begin + len(self._base[name].labels))

    def dense(self, texts: Sequence[str]) -> Floats:
        """Return what heads of the team's own read beside hashed features: [N, D], features and the base's scores."""
        parts = [self._scored(texts[first : first + 1_000]).dense for first in range(0, len(texts), 1_000)]
        return np.concatenate(parts) if parts else np.zeros((0, 1), np.float32)

    def probabilities(self, name: str, texts: Sequence[str]) -> Floats:
        """Return one head's calibrated probabilities: [N, K]."""
        head = self.head(name)
        return (
            head.probabilities(self.raw(texts)[name])
            if texts
            else np.zeros((0, len(head.labels)), np.float32)
        )

    def raw(self, texts: Sequence[str]) -> dict[str, Floats]:
        """Return every head's scores of at least one text, before they are calibrated: [N, K] by head."""
        parts = [self._scored(texts[first : first + 1_000]).raw for first in range(0, len(texts), 1_000)]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def _scored(self, texts: Sequence[str]) -> _Scores:
        words, batch = self._vocabulary, self._vocabulary.batch(texts)
        features = (
            self._encoder.encode(words, batch) if self._encoder else np.zeros((len(texts), 0), np.float32)
        )
        base = {name: head.raw(words, batch, features) for name, head in self._base.items()}
        dense = np.concatenate([features, *(base[name] for name in SHIPPED[1:])], axis=1)
        own = {name: head.raw(words, batch, dense) for name, head in self._own.items()}
        return _Scores(batch, base | own, dense)

    def read(self, texts: Sequence[str], declared: Sequence[str | None] | None = None) -> list[Reading]:
        """Read texts, in order; `declared` is the language a channel gives of each, None where it gives none.

        Any text is fine: what says nothing is given as unsure. Characters beyond `LONGEST` are not read.
        """
        if not texts:
            return []
        if len(texts) > 1 and sum(min(len(text), LONGEST) for text in texts) > _MOST_CHARACTERS:
            half = len(texts) // 2
            said = list(declared) if declared else [None] * len(texts)
            return self.read(texts[:half], said[:half]) + self.read(texts[half:], said[half:])
        return self.judged(texts, declared, self._scored(texts))

    def judged(
        self, texts: Sequence[str], declared: Sequence[str | None] | None, scores: _Scores
    ) -> list[Reading]:
        """Turn the scores of a batch into readings."""
        chances = {name: self.head(name).probabilities(raw) for name, raw in scores.raw.items()}
        letters, sayable = scores.batch.sums(self._sayable(scores.batch)).T
        languages = self._identifier.identify(texts, declared, chances["language"], letters)
        topics = self._read_topics(texts, scores, chances, languages, sayable)
        labels = {name: self._heads[name].labels for name in ("intent", "urgency")}
        best = {name: chances[name].argmax(axis=1).tolist() for name in labels}
        sure = {name: chances[name].max(axis=1).tolist() for name in labels}
        tasks = [(name, head, chances[name].tolist()) for name, head in self.tasks.items()]
        undetermined = np.array([language == UNDETERMINED for language, _ in languages])
        doubtful = np.array([doubt for _, doubt in topics])
        unsure = self._unsure(chances, sayable == 0, undetermined, doubtful)
        entities = self._finder.find(texts, self._vocabulary, scores.batch)
        moods, silent, found = chances["sentiment"].tolist(), (sayable == 0).tolist(), []
        for place, text in enumerate(texts):
            urgency = labels["urgency"][best["urgency"][place]]
            found.append(
                Reading(
                    languages[place],
                    tuple(moods[place]),
                    topics[place][0],
                    (labels["intent"][best["intent"][place]], sure["intent"][place]),
                    (urgency, sure["urgency"][place]),
                    urgent_phrase(text) if urgency == "high" else "",
                    unsure[place],
                    silent[place],
                    {name: _given(head, chance[place]) for name, head, chance in tasks},
                    entities.get(place, ()),
                )
            )
        return found

    def _unsure(
        self, chances: Mapping[str, Floats], silent: Flags, undetermined: Flags, doubtful: Flags
    ) -> list[frozenset[str]]:
        """Return the heads that abstain from each text."""
        judged = {
            name: (chances[name].max(axis=1) < self._heads[name].sure) | silent
            for name in ("sentiment", "intent", "urgency")
        } | {"language": undetermined, "topics": doubtful}
        numbers = sum(flags.astype(np.int64) << place for place, flags in enumerate(judged.values()))
        sets = [
            frozenset(name for place, name in enumerate(judged) if number >> place & 1)
            for number in range(1 << len(judged))
        ]
        return [sets[number] for number in np.asarray(numbers).tolist()]

    def head(self, name: str) -> Head:
        """Return the head in force for a task. Raises KeyError."""
        return self._heads.get(name) or self.tasks[name]

    def _sayable(self, batch: Batch) -> Floats:
        """Return how many letters each token has, and 1 where it says something: a word, a mark with a valence."""
        words = self._vocabulary
        return self._kept.rows(
            words,
            batch.rows,
            lambda known, first: np.repeat(
                np.array([_says(word, known.lexicon) for word in known.words[first:]], np.float32), 2, axis=0
            ),
        )

    def _read_topics(
        self,
        texts: Sequence[str],
        scores: _Scores,
        chances: Mapping[str, Floats],
        languages: Sequence[Scored],
        sayable: Floats,
    ) -> list[tuple[tuple[TopicReading, ...], bool]]:
        """Return each text's topics, and whether one was too doubtful to be given."""
        head = self._heads["topic"]
        known = np.array([label in self._topics for label in head.labels])
        likely = chances["topic"] * known * (sayable > 0)[:, None]
        given = likely >= np.maximum(head.thresholds, _LEAST_TOPIC)
        doubtful = ((likely >= head.sure) & ~given).any(axis=1)
        spotted = self._spotter.spot(
            texts, [language for language, _ in languages], self._vocabulary, scores.batch
        )
        asked: list[tuple[int, str]] = []
        found: list[list[TopicReading]] = [[] for _ in texts]
        moods = chances["sentiment"].argmax(axis=1)
        rows, columns = np.nonzero(given)
        by_text: dict[int, dict[str, float]] = {}
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
            id, topics = self._topics[head.labels[column]], by_text.setdefault(row, {})
            topics[id] = max(topics.get(id, 0.0), float(likely[row, column]))
        for place in sorted(by_text.keys() | spotted.keys()):
            phrases = spotted.get(place, {})
            merged = dict(by_text.get(place, {}))
            for id, spot in phrases.items():
                merged[id] = 1 - (1 - merged.get(id, 0.0)) * (1 - spot.strength)
            parents = {id.split(".")[0] for id in merged if "." in id}
            mood = SENTIMENTS[moods[place]]
            for id, score in sorted(merged.items(), key=lambda one: (-one[1], one[0])):
                if id in parents:
                    continue
                evidence = phrases[id].evidence if id in phrases else ()
                found[place].append(TopicReading(id, score, mood, evidence))
            if len(found[place]) and len(parts := clauses(texts[place][:LONGEST])) > 1:
                asked += [(place, part) for part in parts]
        self._by_clause(asked, found)
        return [(tuple(topics), bool(doubtful[place]) and not topics) for place, topics in enumerate(found)]

    def _by_clause(self, asked: list[tuple[int, str]], found: list[list[TopicReading]]) -> None:
        """Give each topic the sentiment of the part of the text that speaks of it, where that says anything."""
        if not asked:
            return
        scores = self._scored([part for _, part in asked])
        moods = self.head("sentiment").probabilities(scores.raw["sentiment"])
        topics = self.head("topic").probabilities(scores.raw["topic"])
        labels = self._heads["topic"].labels
        columns = {label: number for number, label in enumerate(labels)}
        by_text: dict[int, list[int]] = {}
        for line, (place, _) in enumerate(asked):
            by_text.setdefault(place, []).append(line)
        for place, lines in by_text.items():
            for number, topic in enumerate(found[place]):
                shown = [line for line in lines if any(words in asked[line][1] for words in topic.evidence)]
                if not shown and topic.id in columns:
                    shown = [max(lines, key=lambda line: float(topics[line, columns[topic.id]]))]
                if shown:
                    mood = moods[shown].mean(axis=0)
                    found[place][number] = TopicReading(
                        topic.id, topic.score, SENTIMENTS[int(mood.argmax())], topic.evidence
                    )


def _says(word: str, lexicon: Mapping[str, float]) -> tuple[int, bool]:
    bare = word.lstrip("\x00")
    letters = 0 if bare in ("http", "@user") else sum(map(str.isalpha, bare))
    return letters, bool(letters) or bare in lexicon


def _given(head: Head, chances: Sequence[float]) -> tuple[Scored, ...]:
    """Return the labels a head of the team's own gives a text."""
    if head.kind == "single":
        best = max(range(len(chances)), key=chances.__getitem__)
        return ((head.labels[best], chances[best]),)
    shown = [
        (label, chance)
        for label, chance, least in zip(head.labels, chances, head.thresholds, strict=True)
        if chance >= least
    ]
    return tuple(sorted(shown, key=lambda one: -one[1]))
