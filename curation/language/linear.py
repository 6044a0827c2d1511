"""A linear head over hashed features: one table of bytes, a column a label."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from curation.language.tokens import Batch, Floats, Ints, Vocabulary

PAIR_WEIGHT = np.float32(0.7)
"""How much a pair of neighbours says beside the words themselves."""


class Kept:
    """What has been worked out per row of a vocabulary, and is worked out for new rows only."""

    def __init__(self, width: int) -> None:
        self._values = np.zeros((0, width), np.float32)
        self._generation = -1

    def rows(
        self, vocabulary: Vocabulary, rows: Ints, work_out: Callable[[Vocabulary, int], Floats]
    ) -> Floats:
        """Return the values of `rows`: [T, K]; `work_out` gives those of both rows of each word from a number on."""
        if self._generation != vocabulary.generation:
            self._values, self._generation = self._values[:0], vocabulary.generation
        known = len(self._values) // 2
        if known < len(vocabulary.words):
            self._values = np.concatenate([self._values, work_out(vocabulary, known)])
        return self._values[rows]


@dataclass(slots=True)
class Linear:
    """Scores of K labels: the sum of what tokens and pairs contribute over the root of their number, and a bias.

    `table` [2 ** bits, K] int8, `scale` [K] its unit, `bias` [K]. `dense` [D, K] weighs a text's dense features
    (`Engine.dense`), None where the head reads none. Where there is `out` [H + 1, K], those are H hidden units instead
    of labels, and `out` says what each that is above zero means for the labels; its last line is their bias.
    """

    labels: tuple[str, ...]
    table: npt.NDArray[np.int8]
    scale: Floats
    bias: Floats
    dense: Floats | None = None
    out: Floats | None = None
    _kept: Kept = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._kept = Kept(self.table.shape[1])

    def score(self, vocabulary: Vocabulary, batch: Batch, dense: Floats | None = None) -> Floats:
        """Return raw scores [N, K], not probabilities."""
        found = batch.sums(self.contributions(vocabulary, batch))
        found /= np.sqrt(batch.lengths, dtype=np.float32)[:, None]
        found = found * self.scale + self.bias
        if self.dense is not None and dense is not None:
            found += dense @ self.dense
        if self.out is not None:
            found = np.maximum(found, 0) @ self.out[:-1] + self.out[-1]
        return found

    def contributions(self, vocabulary: Vocabulary, batch: Batch) -> Floats:
        """Return what each token, with the pair it ends, adds: [T, K or H], before the root and the scale."""
        values = self._kept.rows(vocabulary, batch.rows, lambda words, first: words.weigh(first, self.table))
        paired = self.table[batch.pairs & (len(self.table) - 1)].astype(np.float32)
        paired *= PAIR_WEIGHT
        paired[batch.starts] = 0
        values += paired
        return values


def quantised(
    labels: Sequence[str],
    weights: Floats,
    bias: Floats,
    dense: Floats | None = None,
    out: Floats | None = None,
) -> Linear:
    """Make a head of trained `weights` [2 ** bits, K or H]: none is clipped, each is rounded to a byte."""
    scale = np.maximum(np.abs(weights).max(axis=0), 1e-9) / 127
    table = np.clip(np.round(weights / scale), -127, 127).astype(np.int8)
    return Linear(tuple(labels), table, scale.astype(np.float32), bias.astype(np.float32), dense, out)
