"""Find many phrases at once: one walk over the words, through a tree of all phrases.

Work per word is bounded by the taxonomy (a gap is at most three words), so time is linear in the text.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from curation.language.taxonomy import Phrase
from curation.language.words import END, PAUSE

_LONGEST_GAP = 3
_KNOWN_AT_MOST = 100_000


@dataclass(slots=True)
class _Node:
    """What may come next: an exact word, a beginning, any word (`*`), a number (`#`), or a gap (`...`)."""

    words: dict[str, "_Node"] = field(default_factory=dict)
    prefixes: dict[str, "_Node"] = field(default_factory=dict)
    lengths: tuple[int, ...] = ()
    any: "_Node | None" = None
    number: "_Node | None" = None
    gap: "_Node | None" = None
    ends: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """A phrase of `label` from word `first` to word `last`, both included."""

    label: str
    first: int
    last: int


class Phrases:
    """All phrases of all labels; `add` them, then `find`."""

    def __init__(self) -> None:
        self._root = _Node()
        self._starts: dict[str, tuple[_Node, ...]] = {}

    def add(self, label: str, phrases: Iterable[Phrase]) -> None:
        """Let `phrases` stand for `label`."""
        self._starts.clear()
        for phrase in phrases:
            node = self._root
            for part in phrase:
                node = _child(node, part)
            node.ends += (label,)

    def find(self, folded: list[str]) -> Iterator[Match]:
        """Yield every phrase found, in order of its first word; phrases may overlap."""
        known = self._starts
        for first, word in enumerate(folded):
            nodes = known.get(word)
            if nodes is None:
                nodes = self._start(word)
            for node in nodes:
                for label, last in _walk(node, folded, first):
                    yield Match(label, first, last)

    def starts(self, word: str) -> bool:
        """Tell whether a phrase may begin with `word`, folded."""
        return bool(self._starts.get(word) or self._start(word))

    def _start(self, word: str) -> tuple[_Node, ...]:
        nodes = tuple(_after(self._root, word)) if word not in ("", END, PAUSE) else ()
        if len(self._starts) > _KNOWN_AT_MOST:
            self._starts.clear()
        if len(word) < 50:
            self._starts[word] = nodes
        return nodes


def _child(node: _Node, part: str) -> _Node:
    if part == "...":
        node.gap = node.gap or _Node()
        return node.gap
    if part == "*":
        node.any = node.any or _Node()
        return node.any
    if part == "#":
        node.number = node.number or _Node()
        return node.number
    if part.endswith("*"):
        prefix = part[:-1]
        node.lengths = tuple(sorted({*node.lengths, len(prefix)}))
        return node.prefixes.setdefault(prefix, _Node())
    return node.words.setdefault(part, _Node())


def _after(node: _Node, word: str) -> Iterator[_Node]:
    """Yield where one word leads."""
    if found := node.words.get(word):
        yield found
    for length in node.lengths:
        if found := node.prefixes.get(word[:length]):
            yield found
    if node.any:
        yield node.any
    if node.number and word[0].isdigit():
        yield node.number


def _walk(node: _Node, folded: list[str], last: int) -> Iterator[tuple[str, int]]:
    """Yield the label and the last word of every phrase that goes on from `node`, reached by the word `last`."""
    for label in node.ends:
        yield label, last
    if node.words or node.prefixes or node.any or node.number:
        following = _next(folded, last)
        if following is not None and folded[following] != PAUSE:
            for child in _after(node, folded[following]):
                yield from _walk(child, folded, following)
    if node.gap:
        place, skipped = last, 0
        while skipped <= _LONGEST_GAP and (following := _next(folded, place)) is not None:
            place = following
            if folded[place] != PAUSE:
                for child in _after(node.gap, folded[place]):
                    yield from _walk(child, folded, place)
                skipped += 1


def _next(folded: list[str], place: int) -> int | None:
    """The next token that counts, None at the end of the sentence. Marks like `*` or `-` are passed over."""
    for following in range(place + 1, min(place + 6, len(folded))):
        if folded[following]:
            return None if folded[following] == END else following
    return None
