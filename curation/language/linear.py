"""A linear head over hashed features: one table of bytes, a column a label."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from curation.language.tokens import Batch, Floats, Vocabulary

_PAIR_WEIGHT = np.float32(0.7)


@dataclass(slots=True)
class Linear:
    """Scores of K labels: the sum of what tokens and pairs contribute over the root of their number, and a bias.

    `table` [2 ** bits, K] int8, `scale` [K] its unit, `bias` [K]. `dense` [D, K] weighs a text's dense features
    (`Engine.dense`), None where the head reads none.
    """

    labels: tuple[str, ...]
    table: npt.NDArray[np.int8]
    scale: Floats
    bias: Floats
    dense: Floats | None = None
    _kept: Floats = field(init=False, repr=False)
    _generation: int = field(init=False, repr=False, default=-1)

    def __post_init__(self) -> None:
        self._kept = np.zeros((0, len(self.labels)), np.float32)

    def score(self, vocabulary: Vocabulary, batch: Batch, dense: Floats | None = None) -> Floats:
        """Return raw scores [N, K], not probabilities."""
        found = batch.sums(self.contributions(vocabulary, batch))
        found /= np.sqrt(batch.lengths, dtype=np.float32)[:, None]
        found = found * self.scale + self.bias
        if self.dense is not None and dense is not None:
            found += dense @ self.dense
        return found

    def contributions(self, vocabulary: Vocabulary, batch: Batch) -> Floats:
        """Return what each token, with the pair it ends, adds: [T, K], before the root and the scale."""
        self._learn(vocabulary)
        values = self._kept[batch.rows]
        paired = self.table[batch.pairs & (len(self.table) - 1)].astype(np.float32)
        paired *= _PAIR_WEIGHT
        paired[batch.starts] = 0
        values += paired
        return values

    def _learn(self, vocabulary: Vocabulary) -> None:
        """Work out the rows of tokens not met before."""
        if self._generation != vocabulary.generation:
            self._kept, self._generation = self._kept[:0], vocabulary.generation
        first, last = len(self._kept), 2 * len(vocabulary.surfaces)
        if first == last:
            return
        mask = len(self.table) - 1
        new = np.empty((last - first, len(self.labels)), np.float32)
        for row in range(first, last):
            codes, weights = vocabulary.features(row)
            new[row - first] = weights @ self.table[codes & mask].astype(np.float32)
        self._kept = np.concatenate([self._kept, new])


def quantised(labels: Sequence[str], weights: Floats, bias: Floats, dense: Floats | None = None) -> Linear:
    """Make a head of trained `weights` [2 ** bits, K]: the largest 0.01 % are clipped, the rest rounded to bytes."""
    scale = np.maximum(np.quantile(np.abs(weights), 0.9999, axis=0), 1e-9) / 127
    table = np.clip(np.round(weights / scale), -127, 127).astype(np.int8)
    return Linear(tuple(labels), table, scale.astype(np.float32), bias.astype(np.float32), dense)
