"""Fit a head of a team's own, from nothing but its labels, whatever they are.

It reads hashed features, the engine's dense ones, and the vectors of the words that the engine knows: a text is told by words
that no labelled text had. A vector weighs through the word's own line of the table, so that it costs nothing to tag.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from scipy import sparse

from curation.language.heads import Head
from curation.language.linear import quantised
from curation.language.tokens import Floats, Ints, Vocabulary, code, plain
from curation.language.training.fit import Labels, Settings, calibrated, folds, machine, matrix, quality
from curation.language.training.hidden import fit_hidden

Meanings = tuple[Ints, Floats]
"""Hashes of words [W] and their vectors [W, S]."""
_Learned = tuple[Floats, Floats, Floats | None]
"""Weights [K or H, F], bias [K or H], and what hidden units say, if there are any."""

_OF_MEANINGS, _OF_DENSE = 0.7, 0.7
"""How large the vectors and the dense features are beside the hashed ones, which are 1."""
_ENOUGH = 2_000
"""Texts from which on hidden units are tried: with fewer they look better on what was held out than they are."""


def fit_own(
    name: str,
    texts: Sequence[str],
    targets: Labels,
    labels: Sequence[str],
    vocabulary: Vocabulary,
    dense: Floats,
    meanings: Meanings,
    settings: Settings,
) -> tuple[Head, float]:
    """Fit a head in the way that says most of texts held out; return it and its quality on them.

    `targets` are [N] or [N, K], `dense` [N, D] the engine's features of the same texts.
    """
    width, counts = len(labels), np.ones(len(texts), np.float32)
    features, spread_out = _design(vocabulary, texts, dense, meanings, settings.bits)

    def of_machines(penalty: float, balanced: bool) -> Callable[[Ints], _Learned]:
        how = replace(settings, balanced=balanced)
        return lambda known: (
            *machine(features[known], targets[known], counts[known], penalty, how, width),
            None,
        )

    # Where labels have few texts each, to weigh them alike helps a head of one label.
    balances = (False, True) if targets.ndim == 1 else (False,)
    ways = [of_machines(penalty, balanced) for penalty in settings.penalties for balanced in balances]
    if targets.ndim == 1 and len(texts) >= _ENOUGH:
        ways.append(lambda known: fit_hidden(features[known], targets[known], width, settings.seed))
    best, best_way, best_scores = -1.0, ways[0], np.zeros((len(texts), width), np.float32)
    for way in ways:
        held_out = np.zeros_like(best_scores)
        for known, unknown in folds(targets, settings):
            held_out[unknown] = _scores(features[unknown], way(known))
        if (measured := quality(targets, held_out)) > best:
            best, best_way, best_scores = measured, way, held_out
    weights, bias, out = best_way(np.arange(len(texts)))
    table, of_dense = spread_out(weights)
    linear = quantised(labels, table, bias, of_dense, out)
    return calibrated(name, "single" if targets.ndim == 1 else "multi", linear, best_scores, targets), best


def _scores(features: sparse.csr_matrix, learned: _Learned) -> Floats:
    weights, bias, out = learned
    scores: Floats = features @ weights.T + bias
    return scores if out is None else np.maximum(scores, 0) @ out[:-1] + out[-1]


def _design(
    vocabulary: Vocabulary, texts: Sequence[str], dense: Floats, meanings: Meanings, bits: int
) -> tuple[sparse.csr_matrix, Callable[[Floats], tuple[Floats, Floats]]]:
    """Return what is learnt from [N, F], and how weights [H, F] become a table [2 ** bits, H] and dense weights [D, H].

    A hashed feature that only one text has is not learnt from.
    """
    hashed = matrix(vocabulary, texts, bits)
    seen = np.bincount(hashed.indices, minlength=hashed.shape[1])
    rarity = (np.log((1 + len(texts)) / (1 + seen)) + 1).astype(np.float32)
    kept = np.flatnonzero(seen > 1)
    words, vectors = _own_lines(vocabulary, meanings, seen, bits)
    rare = hashed.multiply(rarity).tocsr()
    counted, meant = rare[:, kept], rare[:, words] @ vectors
    of_counted = 1 / _length(counted.multiply(counted).sum(axis=1))
    of_meant = _OF_MEANINGS / _length((meant**2).sum(axis=1))
    of_dense = (_OF_DENSE / (dense.std(axis=0) + 1e-2) / np.sqrt(dense.shape[1])).astype(np.float32)
    of_dense *= dense.any(axis=0)  # what no text has is not learnt from
    parts = (counted * of_counted, sparse.csr_matrix(meant * of_meant), sparse.csr_matrix(dense * of_dense))
    features = sparse.hstack(parts).tocsr().astype(np.float32)

    def spread_out(weights: Floats) -> tuple[Floats, Floats]:
        mine, of_words, rest = np.split(weights.T, [len(kept), len(kept) + vectors.shape[1]])
        table = np.zeros((len(rarity), len(weights)), np.float32)
        table[kept] = mine * rarity[kept, None] * of_counted
        table[words] += vectors @ of_words * rarity[words, None] * of_meant
        return table, np.ascontiguousarray(rest) * of_dense[:, None]

    return features, spread_out


def _own_lines(vocabulary: Vocabulary, meanings: Meanings, seen: Ints, bits: int) -> Meanings:
    """Return the lines of the table that may tell of a known word: its own, where nothing else has been seen there."""
    codes, vectors = meanings
    here = np.array([code("w|" + plain(word.lstrip("\x00"))) for word in vocabulary.words], np.int64)
    lines, first = np.unique(codes & ((1 << bits) - 1), return_index=True)
    free = np.isin(codes[first], here) | (seen[lines] == 0)
    return lines[free], vectors[first[free]]


def _length(squares: Floats) -> np.float32:
    """Return the root of the mean of squared lengths; 1 where all are 0."""
    return np.float32(np.sqrt(np.mean(squares)) or 1)
