"""A small convolution over token vectors: what a few words mean together.

A token's vector is the sum of what its hashed features say (one table of bytes, as in a linear head) and of its place
in a table of known words. Three neighbours at a time pass through one layer; a text is the largest and the mean of
what came out. Trained in `training/encoder.py`; here only numpy.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from curation.language.linear import Kept
from curation.language.tokens import Batch, Floats, Ints, Vocabulary, code, plain

_AT_A_TIME = 20_000


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

    def encode(self, vocabulary: Vocabulary, batch: Batch) -> Floats:
        """Return features [N, M], none negative."""
        if len(batch.rows) <= _AT_A_TIME or len(batch.lengths) == 1:
            return self._encode(vocabulary, batch)
        middle, last = len(batch.lengths) // 2, len(batch.lengths)
        parts = [batch.part(0, middle), batch.part(middle, last)]
        return np.concatenate([self.encode(vocabulary, part) for part in parts])

    def _encode(self, vocabulary: Vocabulary, batch: Batch) -> Floats:
        tokens = self._kept.rows(vocabulary, batch.rows, self._vector)
        width = self.layer.shape[1] // 3
        seen = tokens @ self.layer
        passed = seen[:, width : 2 * width]
        passed[1:] += np.where(batch.begins[1:, None], np.float32(0), seen[:-1, :width])
        passed[:-1] += np.where(batch.begins[1:, None], np.float32(0), seen[1:, 2 * width :])
        passed = np.maximum(passed + self.offset, 0)
        per_token = np.float32(1) / batch.lengths[:, None].astype(np.float32)
        pooled = np.concatenate(
            [
                np.maximum.reduceat(passed, batch.starts, axis=0),
                batch.sums(passed) * per_token,
                batch.sums(tokens) * per_token,
            ],
            axis=1,
        )
        features: Floats = np.maximum(pooled @ self.hidden + self.hidden_offset, 0)
        return features

    def _vector(self, vocabulary: Vocabulary, first: int) -> Floats:
        found = vocabulary.weigh(first, self.table) * np.float32(self.unit)
        codes = np.array(
            [code("w|" + plain(word.lstrip("\x00"))) for word in vocabulary.words[first:]], np.int64
        )
        places = np.minimum(np.searchsorted(self.words, codes), len(self.words) - 1)
        vectors = self.vectors[places].astype(np.float32) * np.float32(self.vector_unit)
        vectors[self.words[places] != codes] = 0
        return found + np.repeat(vectors @ self.project, 2, axis=0)
