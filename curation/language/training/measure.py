"""Measure the engine on what was held out of training."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from curation.language.engine import Engine
from curation.language.tokens import Floats
from curation.language.training import data, heads
from curation.language.training.fit import Labels, macro_f1
from curation.language.training.teacher import held_out
from curation.models import SENTIMENTS

Figures = dict[str, float]


def figures(engine: Engine, root: Path) -> Figures:
    """Return every figure by its name; shares from 0 to 1."""
    found: Figures = {}
    kept = [(text, label) for text, label in data.tweets(root) if held_out(text)]
    texts, labels = [text for text, _ in kept], np.array([SENTIMENTS.index(label) for _, label in kept])
    found |= _sentiment("tweets held out", engine.probabilities("sentiment", texts), labels)
    sure = engine.probabilities("sentiment", texts).max(axis=1) >= engine.head("sentiment").sure
    right = engine.probabilities("sentiment", texts).argmax(axis=1) == labels
    found["tweets held out: answered"] = float(sure.mean())
    found["tweets held out: right where answered"] = float(right[sure].mean())
    patients = [(text, label) for text, label, _ in data.patients(root)]
    labels = np.array([SENTIMENTS.index(label) for _, label in patients])
    found |= _sentiment(
        "patients, a kind never seen", engine.probabilities("sentiment", [t for t, _ in patients]), labels
    )
    opinions = data.opinions(root)
    chances = engine.probabilities("sentiment", [text for text, _ in opinions])
    found["reviews (UCI), two classes: accuracy"] = float(
        np.mean((chances[:, 2] > chances[:, 0]) == np.array([label == "positive" for _, label in opinions]))
    )
    seeds = [seed for seed in data.seeds() if held_out(seed["text"], seed=True)]
    labels = np.array([SENTIMENTS.index(str(seed["sentiment"])) for seed in seeds])
    found |= _sentiment(
        "seeds held out", engine.probabilities("sentiment", [str(seed["text"]) for seed in seeds]), labels
    )
    for language in heads.LANGUAGES:
        lines = [text for text, _ in data.subtitles(root, language)[::7]]
        readings = engine.read(lines)
        found[f"language {language}: accuracy"] = float(
            np.mean([one.language[0] == language for one in readings])
        )
    return found


def _sentiment(name: str, chances: Floats, labels: Labels) -> Figures:
    best = chances.argmax(axis=1)
    return {
        f"{name}: macro-recall": macro_recall(labels, best),
        f"{name}: macro-F1": macro_f1(labels, best, 3),
        f"{name}: calibration error": calibration_error(chances, labels),
    }


def macro_recall(labels: Labels, found: Labels) -> float:
    """Mean over the labels there are of the share that was found."""
    return float(np.mean([(found[labels == label] == label).mean() for label in np.unique(labels)]))


def calibration_error(chances: Floats, labels: Labels, bins: int = 15) -> float:
    """Expected calibration error of the best label, in equal-width bins (Naeini et al., AAAI 2015)."""
    sure, right = chances.max(axis=1), chances.argmax(axis=1) == labels
    error = 0.0
    for low in np.arange(bins) / bins:
        here = (sure > low) & (sure <= low + 1 / bins)
        if here.any():
            error += here.mean() * abs(right[here].mean() - sure[here].mean())
    return float(error)


def shares(values: Sequence[str]) -> dict[str, float]:
    """Return how often each value occurs."""
    return {value: values.count(value) / len(values) for value in sorted(set(values))}
