"""Cut texts into tokens and know each token's features: what every trained head of the engine reads.

Each feature belongs to one token (and whether it stands under a negation) or to one pair of neighbours, so what a
token contributes to a head is worked out once and kept: a batch is a few look-ups and sums. Nothing here imports spaCy.
"""

import re
import unicodedata
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

LONGEST = 20_000
"""Characters of a comment that are read; the rest of a longer one is kept and shown, not tagged."""

KNOWN_AT_MOST = 50_000
"""Tokens whose features are kept; beyond, all are forgotten and learnt again (memory stays bounded)."""

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

# A token never looks back at an earlier one: time is linear. Spaces belong to none.
TOKEN = re.compile(
    r"https?://\S+|www\.\S+|@\w+"
    r"|[<>]?[:;=8xX][-o*'`]?[)(\]\[dDpP/\\|3oO@]+(?![\w/])|[()][-o*']?[:;=](?!\w)|</?3"  # :-) xD <3
    r"|(?:[Qq][Uu]|[LDJNSTMCldjnstmc])['’](?=\w)"  # l' appli, qu' on
    r"|(?:[^\W\d_][\u0300-\u036f]*)+(?:['’](?:[^\W\d_][\u0300-\u036f]*)+)*"
    r"|\d+(?:[.,:]\d+)*|[!?.…]+|\S"
)
_NEGATORS = frozenset(
    "not no never none nothing nobody cannot without hardly dont cant wont didnt doesnt isnt wasnt arent aint couldnt"
    " wouldnt shouldnt havent hasnt pas jamais rien aucun aucune sans plus ni guère nicht kein keine keinen nie nichts ohne"
    " nunca sin nada não nem sem niet geen nooit zonder non mai senza".split()
)
_SCOPE = 4
_STOPS = frozenset(".!?…,;\n")
_LONG_RUN = re.compile(r"(.)\1{2,}")
_LETTERS_READ = 40
_GRAMS = (2, 5)
_MASK32 = np.int64(0xFFFFFFFF)

NEGATOR, STOP = 1, 2


@dataclass(frozen=True, slots=True)
class Batch:
    """Texts as rows of a Vocabulary. Shapes: T tokens in all, N texts; a text without any token has one empty token.

    `rows` [T]: 2 * the token's number, + 1 under a negation. `starts` [N]: where each text begins. `lengths` [N].
    `pairs` [T]: the hash of a token with the one before it, -1 for a text's first.
    """

    rows: Ints
    starts: Ints
    lengths: Ints
    pairs: Ints

    def sums(self, values: Floats) -> Floats:
        """Sum [T, K] over each text: [N, K]."""
        return np.add.reduceat(values, self.starts, axis=0)


class Vocabulary(dict[str, int]):
    """Every token seen so far and its number; `lexicon` gives words a valence from -4 to 4.

    `generation` grows when all is forgotten: who keeps something per row begins anew then.
    """

    def __init__(self, lexicon: dict[str, float] | None = None) -> None:
        super().__init__()
        self.lexicon = lexicon or {}
        self.generation = 0
        self.surfaces: list[str] = []
        self._flags = bytearray()
        self._hashes: list[int] = []

    def __missing__(self, surface: str) -> int:
        number = self[surface] = len(self.surfaces)
        self.surfaces.append(surface)
        word = squeeze(surface)
        negator = word in _NEGATORS or word.endswith(("n't", "n’t"))
        self._flags.append(NEGATOR * negator + STOP * (word[:1] in _STOPS))
        self._hashes.append(code("p|" + word))
        return number

    def batch(self, texts: Sequence[str]) -> Batch:
        """Cut `texts` into tokens. Characters beyond `LONGEST` are not read."""
        if len(self.surfaces) > KNOWN_AT_MOST:
            self._forget()
        known, find = self.__getitem__, TOKEN.findall
        cut = [list(map(known, find(text[:LONGEST]) or ("",))) for text in texts]
        lengths = np.fromiter(map(len, cut), np.int64, len(cut))
        numbers = np.fromiter((n for text in cut for n in text), np.int64, int(lengths.sum()))
        starts = np.zeros(len(cut), np.int64)
        np.cumsum(lengths[:-1], out=starts[1:])
        flags = np.frombuffer(bytes(self._flags), np.uint8)[numbers]
        hashes = np.fromiter(self._hashes, np.int64, len(self._hashes))[numbers]
        pairs = np.full(len(numbers), -1, np.int64)
        pairs[1:] = ((hashes[:-1] * 31) ^ hashes[1:]) & _MASK32
        pairs[starts] = -1
        return Batch(numbers * 2 + _negated(flags, starts, lengths), starts, lengths, pairs)

    def _forget(self) -> None:
        self.clear()
        self.surfaces.clear()
        self._flags.clear()
        self._hashes.clear()
        self.generation += 1

    def features(self, row: int) -> tuple[Ints, Floats]:
        """Return the hashes (32 bits) and weights of one row's features."""
        surface, negated = self.surfaces[row // 2], row % 2
        word = squeeze(surface)
        bare = plain(word)
        named = [("w|" + bare, 1.0)]
        if bare != word:
            named.append(("a|" + word, 0.5))
        if len(word) > 1 and word[0].isalpha():
            shown = f"<{word}>"
            grams = [shown[i : i + n] for n in range(_GRAMS[0], _GRAMS[1] + 1) for i in range(len(shown) - n + 1)]
            named += [("c|" + gram, len(grams) ** -0.5) for gram in grams]
        if negated:
            named.append(("N|" + bare, 0.8))
        if len(surface) > 2 and surface.isupper():
            named.append(("U|" + bare, 0.5))
        if valence := self.lexicon.get(bare, self.lexicon.get(word, 0.0)):
            sign = "+" if valence > 0 else "-"
            strength = min(3, int(abs(valence) + 0.5))
            named += [(f"L|{sign}{strength}|{negated}", 1.5), (f"L|{sign}|{negated}", 1.5)]
        return (
            np.array([code(name) for name, _ in named], np.int64),
            np.array([weight for _, weight in named], np.float32),
        )


def code(name: str) -> int:
    """Hash a feature's name to 32 bits; the same on every machine."""
    return zlib.crc32(name.encode("utf-8", "surrogatepass"))


def squeeze(surface: str) -> str:
    """Lower case, `sooooo` as `sooo`, at most 40 characters; addresses and mentions as one word each."""
    if surface[:1] == "@" and len(surface) > 1:
        return "@user"
    if surface.startswith(("http://", "https://", "www.")):
        return "http"
    word = surface[:_LETTERS_READ].lower().replace("’", "'")
    return _LONG_RUN.sub(r"\1\1\1", word) if len(word) > 3 else word


def plain(word: str) -> str:
    """The word without accents."""
    if word.isascii():
        return word
    return "".join(char for char in unicodedata.normalize("NFKD", word) if not unicodedata.combining(char)) or word


def _negated(flags: npt.NDArray[np.uint8], starts: Ints, lengths: Ints) -> Flags:
    """Tell which tokens stand within four after a negator of their own clause."""
    places = np.arange(len(flags))
    negators = np.maximum.accumulate(np.where(flags & NEGATOR, places, -_SCOPE - 1))
    stops = np.maximum.accumulate(np.where(flags & STOP, places, -1))
    negator = np.empty_like(negators)
    negator[0], negator[1:] = -_SCOPE - 1, negators[:-1]
    stop = np.empty_like(stops)
    stop[0], stop[1:] = -1, stops[:-1]
    begins = np.repeat(starts, lengths)
    return (places - negator <= _SCOPE) & (stop < negator) & (negator >= begins)
