"""How like a topic's examples a text is: shared words, weighed by how rare they are among the team's comments.

It is what a new topic has before anything is trained. Cosine of binary word vectors; no state beyond the weights.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from math import log, sqrt

from curation.language.taxonomy import Topic
from curation.language.words import clean, words

ALIKE = 0.45
"""The likeness, 0 to 1, from which a text belongs to the topic."""

_LONGEST = 2_000
_TELLING = 5
_SHORTEST = 3


def words_of(text: str) -> set[str]:
    """Return the folded words of a text that can be compared; only its beginning is read."""
    return comparable(words(clean(text, _LONGEST)).folded)


def comparable(folded: list[str]) -> set[str]:
    """Return those of folded words that can be compared: marks and the shortest say nothing."""
    return {word for word in folded if len(word) >= _SHORTEST}


def weigh(examples: Iterable[str], comments: int, count: Callable[[str], int]) -> dict[str, float]:
    """Return how much each word of the examples tells: `count` says in how many of all `comments` it is."""
    seen = Counter(word for text in examples for word in words_of(text))
    return {word: round(log((comments + 2) / (count(word) + 1)), 3) for word in sorted(seen)}


def tellings(topic: Topic) -> list[tuple[str, ...]]:
    """Return pairs of words, one of which every text has that is like an example: the rarest, two at a time."""
    pairs = set()
    for text in topic.examples:
        best = sorted(words_of(text), key=lambda word: (-topic.words.get(word, 0), word))[:_TELLING]
        pairs |= {tuple(sorted((one, two))) for one in best for two in best if one < two} or {tuple(best)}
    return sorted(pair for pair in pairs if pair)


class Likeness:
    """Compares texts with the examples of topics."""

    def __init__(self, topics: Iterable[Topic]) -> None:
        self._examples: list[tuple[str, dict[str, float], float, float]] = []
        for topic in topics:
            other = _other(topic.words)
            for text in topic.examples:
                squares = {word: topic.words.get(word, 0.0) ** 2 for word in words_of(text)}
                self._examples.append((topic.id, squares, sqrt(sum(squares.values())), other))

    def __bool__(self) -> bool:
        return bool(self._examples)

    def alike(self, text: str) -> dict[str, float]:
        """Return the topics a text is like enough, each with how much."""
        return self.compare(words_of(text)) if self._examples else {}

    def compare(self, said: set[str]) -> dict[str, float]:
        """Do what `alike` does, with the text's words already at hand."""
        found: dict[str, float] = {}
        for id, example, size, other in self._examples:
            both = said & example.keys()
            shared = sum(example[word] for word in both)
            if not shared:
                continue
            length = sqrt(shared + other * (len(said) - len(both)))
            if (score := shared / (size * length)) >= max(ALIKE, found.get(id, 0)):
                found[id] = round(score, 4)
        return found


def _other(weights: Mapping[str, float]) -> float:
    """What a word that is in no example weighs, squared: as much as theirs on average."""
    return (sum(weights.values()) / len(weights)) ** 2 if weights else 1.0
