"""Texts that are copies of each other but for a few words: campaigns, templates, a person who posts twice.

Each text is a set of runs of three words; sets are alike where their minimum hashes are (MinHash, Broder, 1997), and bands
of those find the candidates without comparing everything with everything. Time and memory grow with the texts' length.
"""

import re
import zlib
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

_WORD = re.compile(r"[^\W\d_]+")
_NOISE = re.compile(r"https?://\S+|www\.\S+|@\w+")
_RUN = 3
_FEWEST = 6
"""Words below which texts are alike by chance: "thank you very much"."""
_MOST = 400
_BANDS, _ROWS = 16, 4
_ALIKE = 0.6

Hashes = npt.NDArray[np.uint64]


def copies(texts: Sequence[str]) -> list[list[int]]:
    """Return groups of places of texts that are alike, two or more, the largest first. Short texts are left out."""
    chance = np.random.default_rng(0)
    factors = chance.integers(1, 1 << 31, _BANDS * _ROWS, dtype=np.uint64)
    shifts = chance.integers(0, 1 << 31, _BANDS * _ROWS, dtype=np.uint64)
    places: list[int] = []
    least: list[Hashes] = []
    for place, text in enumerate(texts):
        runs = _runs(text)
        if runs is not None:
            hashed = (runs[:, None] * factors + shifts) % np.uint64(4_294_967_291)
            places.append(place)
            least.append(hashed.min(axis=0))
    if not places:
        return []
    signatures = np.stack(least)
    owner = list(range(len(places)))

    def root(one: int) -> int:
        while owner[one] != one:
            owner[one] = owner[owner[one]]
            one = owner[one]
        return one

    for band in range(_BANDS):
        part = np.ascontiguousarray(signatures[:, band * _ROWS : (band + 1) * _ROWS])
        met: dict[bytes, int] = {}
        for number, row in enumerate(part):
            first = met.setdefault(row.tobytes(), number)
            if (
                root(first) != root(number)
                and float(np.mean(signatures[first] == signatures[number])) >= _ALIKE
            ):
                owner[root(number)] = root(first)
    groups: dict[int, list[int]] = defaultdict(list)
    for number, place in enumerate(places):
        groups[root(number)].append(place)
    return sorted((group for group in groups.values() if len(group) > 1), key=lambda one: (-len(one), one[0]))


def _runs(text: str) -> Hashes | None:
    """Return the hashes of a text's runs of words, None where it is too short to tell."""
    found = _WORD.findall(_NOISE.sub(" ", text[:20_000]).casefold())[:_MOST]
    if len(found) < _FEWEST:
        return None
    runs = {" ".join(found[first : first + _RUN]) for first in range(len(found) - _RUN + 1)}
    return np.array([zlib.crc32(run.encode("utf-8", "replace")) for run in runs], np.uint64)
