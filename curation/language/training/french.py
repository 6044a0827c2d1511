"""Put English texts into French, word by word, for want of French comments that anybody labelled.

Not French that anyone would write, yet each word stands among those it stands among: what a tweet's words say of its
sentiment (and its teacher's opinion of it) is learnt for the French words too, and for negations and clauses as well.
"""

import random
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from curation.language.tokens import plain

WORDS = Path(__file__).with_name("words_en_fr.txt")
_PART = re.compile(r"https?://\S+|[@#]\w+|(?:[^\W\d_]|['’](?=\w))+|\S", re.UNICODE)
_ENOUGH = 0.75
_FEWEST = 4
_WITHOUT_ACCENTS = 0.2


@cache
def words() -> dict[str, tuple[str, ...]]:
    """Return what each English word is in French; several words are joined by `_`."""
    lines = [line.split() for line in WORDS.read_text("utf-8").splitlines() if line and line[0] != "#"]
    return {english: tuple(french) for english, *french in lines if french}


def version(text: str, chance: random.Random) -> str | None:
    """Return `text` in French, None where too many of its words are not known."""
    known, found, asked, said = words(), [], 0, 0
    for part in _PART.findall(text):
        if part[0].isalpha():
            asked += 1
            if french := known.get(part.lower().replace("’", "'")):
                said += 1
                word = chance.choice(french).replace("_", " ")
                part = word.upper() if len(part) > 1 and part.isupper() else word
        found.append(part)
    if asked < _FEWEST or said < asked * _ENOUGH:
        return None
    made = " ".join(found)
    return plain(made) if chance.random() < _WITHOUT_ACCENTS else made


def versions(texts: Sequence[str], chance: random.Random) -> list[tuple[int, str]]:
    """Return the texts that can be put into French, each with its place among `texts`."""
    found = ((place, version(text, chance)) for place, text in enumerate(texts))
    return [(place, made) for place, made in found if made]
