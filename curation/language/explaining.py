"""Why the engine gives a tag: the parts of a text that weighed most."""

from collections.abc import Sequence

import numpy as np

from curation.language.engine import Engine
from curation.language.readings import Explanation, Reading
from curation.language.tokens import TOKEN, Floats

LONGEST = 4_000
"""Characters of a text that are explained."""

_MOST_WORDS = 300
_MOST_SPANS = 8
_PHRASE = 1.0
"""What a phrase that shows a topic adds to the weight of each of its words."""


def explain(engine: Engine, text: str, asked: Sequence[tuple[str, str]] | None = None) -> list[Explanation]:
    """Say which parts of `text` weighed most for each tag, or for those `asked`, as (name, value).

    A part's weight is what the head's score loses when the word is left out (Li et al. 2016, erasure). Only the first
    4,000 characters, and 300 words, are explained. The value of an entity has no weights: it is what was found.
    """
    text = text[:LONGEST]
    spans = [match.span() for match in TOKEN.finditer(text)][:_MOST_WORDS]
    if not spans:
        return []
    reading = engine.read([text])[0]
    raw = engine.raw([text] + [text[:start] + " " * (end - start) + text[end:] for start, end in spans])
    evidence = {topic.id: topic.evidence for topic in reading.topics}
    found = []
    for name, label in _given(reading) if asked is None else asked:
        weights = np.zeros(len(spans), np.float32)
        if name in raw and label in (labels := engine.head(name).labels):
            scores = raw[name] - raw[name].mean(axis=1, keepdims=True)
            weights = scores[0, labels.index(label)] - scores[1:, labels.index(label)]
        if name == "topic":
            weights = weights + _of_phrases(text, spans, evidence.get(label, ()))
        order = np.argsort(-np.abs(weights), kind="stable")[:_MOST_SPANS]
        chosen = tuple(
            (*spans[place], float(weights[place])) for place in order if abs(weights[place]) > 1e-3
        )
        found.append(Explanation(name, label, chosen))
    return found


def _given(reading: Reading) -> list[tuple[str, str]]:
    """Name every tag of a reading."""
    asked = [("sentiment", reading.mood[0]), ("intent", reading.intent[0]), ("urgency", reading.urgency[0])]
    asked += [("language", reading.language[0])]
    asked += [("topic", topic.id) for topic in reading.topics]
    return asked + [(name, label) for name, given in reading.tasks.items() for label, _ in given]


def _of_phrases(text: str, spans: Sequence[tuple[int, int]], evidence: Sequence[str]) -> Floats:
    """Weigh the words of the phrases that show a topic."""
    weights = np.zeros(len(spans), np.float32)
    for words in evidence:
        begin = text.find(words)
        for place, (start, end) in enumerate(spans):
            if begin >= 0 and start >= begin and end <= begin + len(words):
                weights[place] += _PHRASE
    return weights
