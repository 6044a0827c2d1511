"""A small convolution over token vectors: what a few words mean together.

A token's vector is the sum of what its hashed features say (one table of bytes, as in a linear head) and of its place
in a table of known words. Three neighbours at a time pass through one layer; a text is the largest and the mean of
what came out. Trained in `training/encoder.py`; here only numpy.
"""

from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from curation.language.linear import Kept
from curation.language.tokens import Batch, Floats, Ints, Vocabulary, code, plain

_AT_A_TIME = 2_000
"""Tokens, roughly, that are worked on at once: what lies in the processor's cache."""


@dataclass(slots=True)
class Encoder:
    """Dense features of a text.

    `table` [2 ** bits, D] int8 and `unit` its unit; `words` [W] sorted hashes of known words, `vectors` [W, S] int8 and
    `vector_unit`; `project` [S, D]; `layer` [D, 3 H] weighs the token before, the token and the
    one after, `offset` [H]; `hidden` [2 H + D, M], `hidden_offset` [M].
    """

    table: npt.NDArray[np.int8]
    unit: float
    words: Ints
    vectors: npt.NDArray[np.int8]
    vector_unit: float
    project: Floats
    layer: Floats
    offset: Floats
    hidden: Floats
    hidden_offset: Floats
    _kept: Kept = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._kept = Kept(self.table.shape[1])

    @classmethod
    def load(cls, path: Path) -> "Encoder":
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as arrays:
            return cls(
                **{name: (value.item() if value.ndim == 0 else value) for name, value in arrays.items()}
            )

    def save(self, path: Path) -> None:
        """Write all arrays."""
        names = [name for name in self.__dataclass_fields__ if name != "_kept"]
        arrays: dict[str, Any] = {name: np.asarray(getattr(self, name)) for name in names}
        np.savez(path, **arrays)

    @property
    def width(self) -> int:
        """How many features a text has."""
        return int(self.hidden.shape[1])

    def meanings(self) -> tuple[Ints, Floats]:
        """Return the hashes [W] of the features that are a known word each, and the words' vectors [W, S]."""
        return self.words, self.vectors.astype(np.float32) * np.float32(self.vector_unit)

    def encode(self, vocabulary: Vocabulary, batch: Batch) -> Floats:
        """Return features [N, M], none negative."""
        rows, numbers = np.unique(batch.rows, return_inverse=True)
        tokens = self._kept.rows(vocabulary, rows, self._vector)
        seen = tuple(tokens @ part for part in np.split(self.layer, 3, axis=1))
        cuts = np.searchsorted(batch.starts, np.arange(0, batch.starts[-1] + 1, _AT_A_TIME))
        pooled = np.concatenate(
            [
                self._pooled(batch.part(first, last), numbers[batch.starts[first] :], tokens, *seen)
                for first, last in pairwise([*np.unique(cuts).tolist(), len(batch.starts)])
            ]
        )
        features: Floats = np.maximum(pooled @ self.hidden + self.hidden_offset, 0)
        return features

    def _pooled(
        self, batch: Batch, numbers: Ints, tokens: Floats, before: Floats, itself: Floats, after: Floats
    ) -> Floats:
        """Pass every token with its neighbours through the layer and pool each text's: [N, 2 H + D]."""
        numbers = numbers[: len(batch.rows)]
        passed = itself[numbers]
        beside = before[numbers[:-1]]
        beside[batch.starts[1:] - 1] = 0
        passed[1:] += beside
        beside = after[numbers[1:]]
        beside[batch.starts[1:] - 1] = 0
        passed[:-1] += beside
        passed += self.offset
        np.maximum(passed, 0, out=passed)
        per_token = np.float32(1) / batch.lengths[:, None].astype(np.float32)
        return np.concatenate(
            [
                np.maximum.reduceat(passed, batch.starts, axis=0),
                batch.sums(passed) * per_token,
                batch.sums(tokens[numbers]) * per_token,
            ],
            axis=1,
        )

    def _vector(self, vocabulary: Vocabulary, first: int) -> Floats:
        found = vocabulary.weigh(first, self.table) * np.float32(self.unit)
        codes = np.array(
            [code("w|" + plain(word.lstrip("\x00"))) for word in vocabulary.words[first:]], np.int64
        )
        places = np.minimum(np.searchsorted(self.words, codes), len(self.words) - 1)
        vectors = self.vectors[places].astype(np.float32) * np.float32(self.vector_unit)
        vectors[self.words[places] != codes] = 0
        return found + np.repeat(vectors @ self.project, 2, axis=0)
