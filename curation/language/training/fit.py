"""Fit a linear head to labelled texts.

Every text is a line of hashed features, as at run time, and the dense features of the engine if there are any; a linear
support vector machine weighs them (Fan et al., LIBLINEAR, JMLR 2008), and what it says on texts it has not seen
calibrates it: one temperature for a single label (Guo et al., ICML 2017), a sigmoid per label for several (Platt 1999).
"""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import optimize, sparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.svm import LinearSVC

from curation.language.heads import Head, Kind, softmax
from curation.language.linear import PAIR_WEIGHT, Linear, quantised
from curation.language.tokens import Batch, Floats, Ints, Vocabulary

Labels = npt.NDArray[np.int64]
"""[N] the number of the label, or [N, K] of 0 and 1."""

_DENSE_SHARE = 1.0
_SURE_ACCURACY = 0.75
_LEAST = 0.15
"""Probability below which no label is given, however rare it is."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How a head is fitted. `penalties`: what is tried for C of the machine, the best by cross-validation is taken."""

    bits: int = 18
    penalties: tuple[float, ...] = (0.1, 0.3, 1.0)
    idf: bool = True
    balanced: bool = True
    folds: int = 5
    dense_share: float = _DENSE_SHARE
    seed: int = 0


def matrix(vocabulary: Vocabulary, texts: Sequence[str], bits: int) -> sparse.csr_matrix:
    """Return hashed features [N, 2 ** bits], each text's over the root of its number of tokens."""
    parts = []
    for first in range(0, len(texts), 2_000):
        parts.append(_lines(vocabulary, vocabulary.batch(texts[first : first + 2_000]), bits))
    return sparse.vstack(parts).tocsr()


def _lines(vocabulary: Vocabulary, batch: Batch, bits: int) -> sparse.csr_matrix:
    found = vocabulary.features(0)
    words = np.unique(batch.rows)
    counts, codes, weights = _of_rows(found.places, found.codes, found.weights, found.when, words)
    places = np.searchsorted(words, batch.rows)
    begins = np.cumsum(counts) - counts
    lengths = counts[places]
    entries = np.repeat(begins[places] - (np.cumsum(lengths) - lengths), lengths) + np.arange(lengths.sum())
    texts = np.repeat(np.arange(len(batch.lengths)), batch.lengths)
    paired = batch.pairs >= 0
    rows = np.concatenate([np.repeat(texts, lengths), texts[paired]])
    columns = np.concatenate([codes[entries], batch.pairs[paired]]) & ((1 << bits) - 1)
    values = np.concatenate([weights[entries], np.full(paired.sum(), PAIR_WEIGHT)])
    values = values / np.sqrt(batch.lengths[rows])
    return sparse.csr_matrix((values.astype(np.float32), (rows, columns)), (len(batch.lengths), 1 << bits))


def _of_rows(places: Ints, codes: Ints, weights: Floats, when: Ints, rows: Ints) -> tuple[Ints, Ints, Floats]:
    """Pick the features of some rows: how many each has, their hashes and weights."""
    begins = np.searchsorted(places, rows // 2)
    ends = np.searchsorted(places, rows // 2, side="right")
    lengths = ends - begins
    entries = np.repeat(begins - (np.cumsum(lengths) - lengths), lengths) + np.arange(lengths.sum())
    owners = np.repeat(np.arange(len(rows)), lengths)
    kept = (when[entries] == 0) | (when[entries] == 1 + np.repeat(rows % 2, lengths))
    return np.bincount(owners[kept], minlength=len(rows)), codes[entries][kept], weights[entries][kept]


def fit(
    name: str,
    texts: Sequence[str],
    targets: Labels,
    labels: Sequence[str],
    vocabulary: Vocabulary,
    *,
    dense: Floats | None = None,
    settings: Settings | None = None,
    weights: Floats | None = None,
) -> tuple[Head, float]:
    """Fit a head; return it and its quality on texts held out. A single one if `targets` is [N], one of several labels if it is [N, K].

    `dense` [N, D] are the engine's features of the same texts, `weights` [N] say how much each text counts.
    """
    settings = settings or Settings()
    kind: Kind = "multi" if targets.ndim == 2 else "single"
    features, weigh = design(vocabulary, texts, dense, settings)
    counts = np.ones(len(texts), np.float32) if weights is None else weights
    penalty, held_out = _cross_validated(features, targets, counts, settings)
    found, bias = machine(features, targets, counts, penalty, settings)
    linear = quantised(labels, weigh(found)[0], bias, weigh(found)[1] if dense is not None else None)
    return calibrated(name, kind, linear, held_out, targets), quality(targets, held_out)


def design(
    vocabulary: Vocabulary, texts: Sequence[str], dense: Floats | None, settings: Settings
) -> tuple[sparse.csr_matrix, Callable[[Floats], tuple[Floats, Floats]]]:
    """Return what machines learn from [N, 2 ** bits + D], and how their weights [K, F] become a table and dense weights."""
    features = matrix(vocabulary, texts, settings.bits)
    scale = np.ones(features.shape[1], np.float32)
    if settings.idf:
        seen = np.bincount(features.indices, minlength=features.shape[1])
        scale = (np.log((1 + len(texts)) / (1 + seen)) + 1).astype(np.float32)
        scale /= scale[seen > 0].mean()
        features = features.multiply(scale).tocsr()
    spread = np.zeros(0, np.float32)
    if dense is not None:
        spread = (settings.dense_share / (dense.std(axis=0) + 1e-2) / np.sqrt(dense.shape[1])).astype(
            np.float32
        )
        features = sparse.hstack([features, sparse.csr_matrix(dense * spread)]).tocsr()

    def weigh(weights: Floats) -> tuple[Floats, Floats]:
        table = np.ascontiguousarray(weights[:, : len(scale)].T) * scale[:, None]
        return table, np.ascontiguousarray(weights[:, len(scale) :].T) * spread[:, None]

    return features, weigh


def folds(targets: Labels, settings: Settings) -> list[tuple[Ints, Ints]]:
    """Part texts into known and unknown ones, several times over."""
    if targets.ndim == 1 and np.bincount(targets).min() >= settings.folds:
        return list(
            StratifiedKFold(settings.folds, shuffle=True, random_state=settings.seed).split(targets, targets)
        )
    return list(
        KFold(min(settings.folds, len(targets)), shuffle=True, random_state=settings.seed).split(targets)
    )


def _cross_validated(
    features: sparse.csr_matrix, targets: Labels, counts: Floats, settings: Settings
) -> tuple[float, Floats]:
    """Choose the penalty; return it with the scores [N, K] of texts by machines that had not seen them."""
    best: tuple[float, float, Floats] | None = None
    for penalty in settings.penalties:
        held_out = np.zeros((len(targets), _width(targets)), np.float32)
        for known, unknown in folds(targets, settings):
            weights, bias = machine(
                features[known], targets[known], counts[known], penalty, settings, _width(targets)
            )
            held_out[unknown] = features[unknown] @ weights.T + bias
        measured = quality(targets, held_out)
        if best is None or measured > best[0]:
            best = (measured, penalty, held_out)
    if best is None:
        raise ValueError("settings.penalties is empty")
    return best[1], best[2]


def _width(targets: Labels) -> int:
    return int(targets.shape[1]) if targets.ndim == 2 else int(targets.max()) + 1


def machine(
    features: sparse.csr_matrix,
    targets: Labels,
    counts: Floats,
    penalty: float,
    settings: Settings,
    width: int | None = None,
) -> tuple[Floats, Floats]:
    """Return weights [K, F] and bias [K]: a linear machine a label, against the rest."""
    width = width or _width(targets)
    weights = np.zeros((width, features.shape[1]), np.float32)
    bias = np.full(width, -1.0, np.float32)
    for label in range(width):
        wanted = targets[:, label] if targets.ndim == 2 else (targets == label).astype(np.int64)
        if 0 < wanted.sum() < len(wanted):
            machine = LinearSVC(
                C=penalty,
                class_weight="balanced" if settings.balanced else None,
                random_state=settings.seed,
                max_iter=500,
                tol=1e-2,
            )
            with warnings.catch_warnings():
                # Dense features converge slowly, and the last steps change no label.
                warnings.simplefilter("ignore", ConvergenceWarning)
                machine.fit(features, wanted, sample_weight=counts)
            weights[label], bias[label] = machine.coef_[0], machine.intercept_[0]
        elif wanted.all():
            bias[label] = 1.0
    return weights, bias


def quality(targets: Labels, scores: Floats) -> float:
    """Macro-F1 of the best label, or of the labels that occur at each one's best threshold."""
    if targets.ndim == 1:
        return macro_f1(targets, scores.argmax(axis=1), scores.shape[1])
    present = np.flatnonzero(targets.any(axis=0))
    return (
        float(np.mean([_best_threshold(targets[:, k], scores[:, k])[1] for k in present]))
        if len(present)
        else 0.0
    )


def macro_f1(targets: Labels, found: Labels, width: int) -> float:
    """Mean over labels of 2 TP / (2 TP + FP + FN); a label that is neither there nor found is left out."""
    values = []
    for label in range(width):
        right = int(((targets == label) & (found == label)).sum())
        either = int((targets == label).sum() + (found == label).sum())
        if either:
            values.append(2 * right / either)
    return float(np.mean(values)) if values else 0.0


def _best_threshold(wanted: Labels, scores: Floats) -> tuple[float, float]:
    """Return the threshold with the highest F1, and that F1; equal scores are all above it or all below."""
    order = np.argsort(-scores, kind="stable")
    right = np.cumsum(wanted[order])
    f1 = 2 * right / (np.arange(1, len(order) + 1) + max(1, wanted.sum()))
    ranked = scores[order]
    f1[:-1][ranked[:-1] == ranked[1:]] = 0
    best = int(f1.argmax())
    after = ranked[min(best + 1, len(order) - 1)]
    return float((ranked[best] + after) / 2), float(f1[best])


def likely_threshold(chances: Floats) -> float:
    """Return the probability from which on labels are given if their expected F1 is to be highest (Lipton et al., ECML 2014).

    `chances` [N] are calibrated.
    """
    ranked = np.sort(chances)[::-1]
    expected = 2 * np.cumsum(ranked) / (np.arange(1, len(ranked) + 1) + ranked.sum())
    return float(ranked[int(expected.argmax())])


def calibrated(
    name: str, kind: Kind, linear: Linear, held_out: Floats, targets: Labels, damping: float = 1.0
) -> Head:
    """Make a head of a linear one and of scores on texts it has not seen.

    `damping` below 1 makes a head of one label less sure than those texts alone would.
    """
    width = held_out.shape[1]
    slopes, offsets = np.ones(width, np.float32), np.zeros(width, np.float32)
    thresholds = np.full(width, 0.5, np.float32)
    if kind == "single":
        slopes[:] = temperature(held_out, targets) * damping
        sure = _sure_from(softmax(held_out * slopes), targets)
    else:
        for label in range(width):
            slopes[label], offsets[label] = platt(held_out[:, label], targets[:, label])
            scores = np.append(held_out[:, label], _best_threshold(targets[:, label], held_out[:, label])[0])
            chances = 1 / (1 + np.exp(-np.clip(scores * slopes[label] + offsets[label], -30, 30)))
            # The threshold that was best follows the few labels of a rare one; the one that is likely to be is steadier.
            thresholds[label] = max((chances[-1] + likely_threshold(chances[:-1])) / 2, _LEAST)
        sure = 0.5 * float(np.median(thresholds))
    return Head(name, kind, linear, slopes, offsets, thresholds, sure)


def temperature(scores: Floats, targets: Labels) -> float:
    """Return what to multiply scores by so that their softmax is likeliest to say the labels."""

    def surprise(log_slope: float) -> float:
        chances = softmax(scores * np.exp(log_slope))[np.arange(len(targets)), targets]
        return float(-np.log(np.maximum(chances, 1e-9)).mean())

    return float(np.exp(optimize.minimize_scalar(surprise, bounds=(-3, 4), method="bounded").x))


def platt(scores: Floats, wanted: Labels) -> tuple[float, float]:
    """Return slope and offset of the sigmoid that fits best, with Platt's smoothed targets."""
    positive, negative = wanted.sum(), len(wanted) - wanted.sum()
    goals = np.where(wanted == 1, (positive + 1) / (positive + 2), 1 / (negative + 2))

    def surprise(of: npt.NDArray[np.float64]) -> float:
        z = np.clip(scores * of[0] + of[1], -30, 30)
        return float((np.logaddexp(0, z) - goals * z).mean())

    found = optimize.minimize(surprise, np.array([2.0, 0.0]), method="Nelder-Mead").x
    return float(found[0]), float(found[1])


def _sure_from(chances: Floats, targets: Labels) -> float:
    """Return the lowest probability from which on the label is right often enough; 0 where it always is."""
    best, right = chances.max(axis=1), chances.argmax(axis=1) == targets
    order = np.argsort(best)
    ahead = np.cumsum(right[order][::-1])[::-1] / np.arange(len(order), 0, -1)
    if ahead[0] >= _SURE_ACCURACY:
        return float(min(best.min(), 0.5))
    enough = np.flatnonzero(ahead >= _SURE_ACCURACY)
    return float(best[order[enough[0]]]) if len(enough) else float(best.max())
