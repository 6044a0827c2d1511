"""Cut texts into tokens and know each token's features: what every trained head of the engine reads.

Each feature belongs to one token (and whether it stands under a negation) or to one pair of neighbours, so what a
token contributes to a head is worked out once and kept: a batch is a few look-ups and sums. Nothing here imports spaCy.
"""

import re
import unicodedata
import zlib
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

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
    r"|[^\W\d_]+(?:[\u0300-\u036f]+[^\W\d_]*)*(?:['’][^\W\d_]+(?:[\u0300-\u036f]+[^\W\d_]*)*)*"
    r"|\d+(?:[.,:]\d+)*|[!?.…]+|\S"
)
_NEGATORS = frozenset(
    [
        "not",
        "no",
        "never",
        "none",
        "nothing",
        "nobody",
        "cannot",
        "without",
        "hardly",
        "dont",
        "cant",
        "wont",
        "didnt",
        "doesnt",
        "isnt",
        "wasnt",
        "arent",
        "aint",
        "couldnt",
        "wouldnt",
        "shouldnt",
        "havent",
        "hasnt",
        "pas",
        "jamais",
        "rien",
        "aucun",
        "aucune",
        "sans",
        "plus",
        "ni",
        "guère",
        "nicht",
        "kein",
        "keine",
        "keinen",
        "nie",
        "nichts",
        "ohne",
        "nunca",
        "sin",
        "nada",
        "não",
        "nem",
        "sem",
        "niet",
        "geen",
        "nooit",
        "zonder",
        "non",
        "mai",
        "senza",
    ]
)
_SCOPE = 4
_STOPS = frozenset(".!?…,;\n")
_LONG_RUN = re.compile(r"(.)\1{2,}")
_LETTERS_READ = 40
_GRAMS = (2, 5)
_MASK32 = np.int64(0xFFFFFFFF)
_MASK64 = np.uint64(0xFFFFFFFF)

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

    @property
    def begins(self) -> Flags:
        """Tell of each token whether it is its text's first: [T]."""
        return self.pairs < 0

    def part(self, first: int, last: int) -> "Batch":
        """Return texts `first` to `last`, which is not included."""
        begin = self.starts[first]
        end = begin + self.lengths[first:last].sum()
        return Batch(
            self.rows[begin:end],
            self.starts[first:last] - begin,
            self.lengths[first:last],
            self.pairs[begin:end],
        )

    def sums(self, values: Floats) -> Floats:
        """Sum [T, K] over each text: [N, K]."""
        return np.add.reduceat(values, self.starts, axis=0)


@dataclass(frozen=True, slots=True)
class Features:
    """Hashed features of W words, entry by entry: the word's place, the 32-bit hash, the weight.

    `when`: 0 whether the word is negated or not, 1 only where it is not, 2 only where it is.
    """

    places: Ints
    codes: Ints
    weights: Floats
    when: Ints


class Vocabulary(dict[str, int]):
    """Every token as written and the number of its word; words that read alike share a number.

    `lexicon` gives words a valence from -4 to 4. `generation` grows when all is forgotten: who keeps something per
    row begins anew then.
    """

    def __init__(self, lexicon: Mapping[str, float] | None = None) -> None:
        super().__init__()
        self.lexicon = lexicon or {}
        self.generation = 0
        self.words: list[str] = []
        self._numbers: dict[str, int] = {}
        self._flags = bytearray()
        self._hashes = array("q")

    def __missing__(self, surface: str) -> int:
        word = squeeze(surface)
        key = "\x00" + word if len(surface) > 2 and surface.isupper() else word
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.words)
            self.words.append(key)
            negator = word in _NEGATORS or word.endswith("n't")
            self._flags.append(NEGATOR * negator + STOP * (word[:1] in _STOPS))
            self._hashes.append(code("p|" + word))
        self[surface] = number
        return number

    def batch(self, texts: Sequence[str]) -> Batch:
        """Cut `texts` into tokens. Characters beyond `LONGEST` are not read."""
        if len(self.words) > KNOWN_AT_MOST or len(self) > 8 * KNOWN_AT_MOST:
            self._forget()
        known, find = self.__getitem__, TOKEN.findall
        cut = [find(text[:LONGEST]) or [""] for text in texts]
        lengths = np.fromiter(map(len, cut), np.int64, len(cut))
        numbers = np.fromiter(map(known, chain.from_iterable(cut)), np.int64, int(lengths.sum()))
        starts = np.cumsum(lengths) - lengths
        flags = np.frombuffer(self._flags, np.uint8)[numbers]
        hashes = np.frombuffer(self._hashes, np.int64)[numbers]
        pairs = np.full(len(numbers), -1, np.int64)
        pairs[1:] = ((hashes[:-1] * 31) ^ hashes[1:]) & _MASK32
        pairs[starts] = -1
        return Batch(numbers * 2 + _negated(flags, starts, lengths), starts, lengths, pairs)

    def _forget(self) -> None:
        self.clear()
        self.words.clear()
        self._numbers.clear()
        self._flags = bytearray()
        self._hashes = array("q")
        self.generation += 1

    def weigh(self, first: int, table: npt.NDArray[np.int8]) -> Floats:
        """Sum the lines of `table` [2 ** bits, K] over the features of each row from word `first` on: [R, K]."""
        found = self.features(first)
        new = len(self.words) - first
        lines = table[found.codes & (len(table) - 1)] * found.weights[:, None]
        sums = np.zeros((new, 2, table.shape[1]), np.float32)
        both = found.when == 0
        starts = np.searchsorted(found.places[both], np.arange(new))
        sums += np.add.reduceat(lines[both], starts, axis=0)[:, None, :]
        for when in (1, 2):
            only = found.when == when
            np.add.at(sums[:, when - 1], found.places[only], lines[only])
        return sums.reshape(2 * new, -1)

    def features(self, first: int) -> Features:
        """Return the features of every word from number `first` on, in the words' order."""
        named = [_named(key, self.lexicon) for key in self.words[first:]]
        counts = [len(one) for one in named]
        places = np.repeat(np.arange(len(named)), counts)
        flat = [entry for one in named for entry in one]
        grams, owners, weights = _grams([key.lstrip("\x00") for key in self.words[first:]])
        places = np.concatenate([places, owners])
        order = np.argsort(places, kind="stable")
        return Features(
            places[order],
            np.concatenate([np.array([entry[0] for entry in flat], np.int64), grams])[order],
            np.concatenate([np.array([entry[1] for entry in flat], np.float32), weights])[order],
            np.concatenate(
                [np.array([entry[2] for entry in flat], np.int64), np.zeros(len(grams), np.int64)]
            )[order],
        )


def _named(key: str, lexicon: Mapping[str, float]) -> list[tuple[int, float, int]]:
    """Hash, weight and `when` of what a word as a whole says."""
    word = key.lstrip("\x00")
    bare = plain(word)
    found = [(code("w|" + bare), 1.0, 0), (code("N|" + bare), 0.8, 2)]
    if bare != word:
        found.append((code("a|" + word), 0.5, 0))
    if key is not word and key != word:
        found.append((code("U|" + bare), 0.5, 0))
    if valence := lexicon.get(bare, lexicon.get(word, 0.0)):
        sign = "+" if valence > 0 else "-"
        strength = min(3, int(abs(valence) + 0.5))
        for when, negated in ((1, False), (2, True)):
            found += [
                (code(f"L|{sign}{strength}|{negated}"), 1.5, when),
                (code(f"L|{sign}|{negated}"), 1.5, when),
            ]
    return found


def _grams(words: list[str]) -> tuple[Ints, Ints, Floats]:
    """Hash the 2 to 5 letters that follow each other in `<word>`; return hashes, the words' places and weights."""
    shown = [f"<{word}>" if len(word) > 1 and word[0].isalpha() else "" for word in words]
    letters = np.frombuffer("".join(shown).encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
    lengths = np.fromiter(map(len, shown), np.int64, len(shown))
    owners = np.repeat(np.arange(len(shown)), lengths)
    left = np.repeat(np.cumsum(lengths), lengths) - np.arange(len(letters))
    hashes, places = [], []
    rolling = np.full(len(letters), 0x811C9DC5, np.uint64)
    for size in range(1, _GRAMS[1] + 1):
        begins = np.flatnonzero(left >= size)
        rolling = rolling[: len(letters)]
        rolling[begins] = ((rolling[begins] ^ letters[begins + size - 1]) * np.uint64(0x01000193)) & _MASK64
        if size >= _GRAMS[0]:
            mixed = rolling[begins]
            mixed = ((mixed ^ (mixed >> np.uint64(15))) * np.uint64(0x2C1B3C6D)) & _MASK64
            hashes.append((mixed ^ (mixed >> np.uint64(12))).astype(np.int64))
            places.append(owners[begins])
    found, of = np.concatenate(hashes), np.concatenate(places)
    weights = np.bincount(of, minlength=len(words)).astype(np.float32)[of] ** np.float32(-0.5)
    return found, of, weights.astype(np.float32)


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
    return (
        "".join(char for char in unicodedata.normalize("NFKD", word) if not unicodedata.combining(char))
        or word
    )


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
