"""Compare a head before and after, on texts neither has learned from: per label, language and source, with intervals."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from curation.language.tokens import Floats

Given = npt.NDArray[np.bool_]
"""[N, K]: which labels each text has."""

_DRAWS = 300
_LEAST = 5
"""Texts below which a part is not told apart."""


@dataclass(frozen=True, slots=True)
class Part:
    """One label, language or source (`kind`) before and after: F1, 0 to 1, with the 95 % interval of the difference."""

    kind: str
    name: str
    labels: int
    before: float
    after: float
    low: float
    high: float


def parts(
    labels: Sequence[str],
    truth: Given,
    before: Given,
    after: Given,
    about: Mapping[str, Sequence[str]],
    seed: int,
) -> list[Part]:
    """Compare label by label, and over all labels by what `about` says of the texts (kind to a value a text)."""
    chance = np.random.default_rng(seed)
    draws = chance.multinomial(len(truth), np.full(len(truth), 1 / len(truth)), _DRAWS).astype(np.float32)
    found = []
    for column, label in enumerate(labels):
        if (count := int(truth[:, column].sum())) >= _LEAST:
            one = slice(column, column + 1)
            found.append(_part("label", label, count, truth[:, one], before[:, one], after[:, one], draws))
    for kind, values in about.items():
        given = np.array(values)
        for value in sorted(set(values) - {""}):
            mine = given == value
            if mine.sum() >= _LEAST:
                found.append(
                    _part(
                        kind, value, int(mine.sum()), truth[mine], before[mine], after[mine], draws[:, mine]
                    )
                )
    return found


def _part(kind: str, name: str, count: int, truth: Given, before: Given, after: Given, draws: Floats) -> Part:
    old, new = _f1(truth, before), _f1(truth, after)
    gains = new(draws) - old(draws)
    every = np.ones((1, len(truth)), np.float32)
    return Part(
        kind,
        name,
        count,
        float(old(every)[0]),
        float(new(every)[0]),
        float(np.quantile(gains, 0.025)),
        float(np.quantile(gains, 0.975)),
    )


def _f1(truth: Given, given: Given) -> Callable[[Floats], Floats]:
    """Return F1 over all of a part's labels, as a function of how often each text is drawn ([D, N] to [D])."""
    right = (truth & given).sum(axis=1).astype(np.float32)
    all_of = (truth.sum(axis=1) + given.sum(axis=1)).astype(np.float32)
    return lambda draws: np.asarray(2 * (draws @ right) / np.maximum(draws @ all_of, 1), np.float32)
