"""Invent comments: the same ones for a seed, any stretch of them alone, whole columns at a time.

Every property is a pure function of the seed and the comment's number, so that a comment knows what the first of its thread
says without having seen it.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from zlib import crc32

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from curation.bench import words

SPACING = timedelta(seconds=22)
"""Between two comments on average: ten million reach back seven years."""

FURTHER = 0.3
"""This part of comments looks for a thread to go on with; some find none."""

FAR = 200
"""How many comments back a thread may have begun."""

COMMENTS_EACH = 4
"""Comments a person writes on average; most write less, a few write hundreds."""

Numbers = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def chances(seed: int, what: str, numbers: Numbers) -> Floats:
    """Draw a number from 0 to 1 for each of `numbers`, always the same for a seed and `what` (splitmix64)."""
    mixed = numbers.astype(np.uint64) + np.uint64((seed << 32) + crc32(what.encode()) & (1 << 64) - 1)
    mixed *= np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ mixed >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ mixed >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return (mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53


def firsts(seed: int, numbers: Numbers) -> Numbers:
    """Return for each comment the number of the first one of its thread, which is its own for most."""
    back = 1 + (chances(seed, "back", numbers) ** 2 * FAR).astype(np.int64)
    before = numbers - back
    joins = (chances(seed, "joins", numbers) < FURTHER) & (before >= 0)
    joins &= chances(seed, "joins", np.maximum(before, 0)) >= FURTHER
    return np.where(joins, before, numbers)


class Drawn:
    """Comments `start` to `stop` of `count`, as numbers: what their words and tags are made from."""

    def __init__(self, start: int, stop: int, count: int, seed: int) -> None:
        self.numbers = np.arange(start, stop, dtype=np.int64)
        self.first = firsts(seed, self.numbers)
        self.seed, self.count = seed, count
        self.follows = self.first != self.numbers
        chance = self.chance("role")
        self.team = self.follows & (chance < 0.45)
        self.automatic = self.follows & (chance >= 0.95)
        self.customer = ~(self.team | self.automatic)
        # In public others join in.
        speaker = np.where(self.follows & (self.chance("joined") < 0.2), self.numbers, self.first)
        people = max(count // COMMENTS_EACH, 1)
        self.person = (chances(seed, "person", speaker) ** 2 * people).astype(np.int64)
        self.language = (self.of_thread("language") >= 0.6).astype(np.int64)
        self.source = (self.of_thread("source") * len(words.SOURCES)).astype(np.int64)
        self.opening = (self.of_thread("opening") * 10).astype(np.int64)
        self.middle = self.pick("middle", 10)
        self.ending = self.pick("ending", 10)
        self.product = (self.of_thread("product") * len(words.PRODUCTS)).astype(np.int64)

    def chance(self, what: str) -> Floats:
        """Draw for each comment."""
        return chances(self.seed, what, self.numbers)

    def pick(self, what: str, size: int, power: float = 1) -> Numbers:
        """Draw one of `size` for each comment; a higher power prefers the first."""
        return (self.chance(what) ** power * size).astype(np.int64)

    def of_thread(self, what: str) -> Floats:
        """Draw for each comment's thread."""
        return chances(self.seed, what, self.first)

    def ages(self) -> Numbers:
        """Say how many seconds ago each comment was written: in order but for a quarter of an hour, after the one it answers."""
        ages: Numbers = np.minimum(self._ages(self.numbers), self.thread_ages() - self.follows)
        return ages

    def thread_ages(self) -> Numbers:
        """Say how many seconds ago each comment's thread began."""
        return self._ages(self.first)

    def _ages(self, numbers: Numbers) -> Numbers:
        spacing = int(SPACING.total_seconds())
        return (self.count - numbers) * spacing + (chances(self.seed, "moment", numbers) * 900).astype(
            np.int64
        )


def before(until: datetime, seconds: Numbers) -> pa.Array:
    """Return the moments so many seconds before another one."""
    return pa.array(np.datetime64(until, "us") - seconds.astype("timedelta64[s]"))


def texts(drawn: Drawn) -> pa.Array:
    """Write what each comment says, in its language."""
    slots = {
        "p": taken(words.PRODUCTS, drawn.product),
        "t": taken(words.TOWNS, drawn.pick("town", len(words.TOWNS), 3)),
        "n": taken([str(n) for n in range(2, 12)], drawn.opening),
        "o": _orders(drawn),
    }
    said = _written(words.OPENINGS, drawn.language, drawn.opening, slots)
    middle = _written(words.MIDDLES, drawn.language, drawn.middle, slots)
    ending = _written(words.ENDINGS, drawn.language, drawn.ending, slots)
    full = pc.binary_join_element_wise(pc.binary_join_element_wise(said, middle, ", "), ending, ". ")
    full = pc.if_else(pa.array(drawn.chance("brief") < 0.08), ending, full)
    moods = pa.array([" 😡", " 🙂", ""]).take(pa.array(_moods(drawn)))
    full = pc.binary_join_element_wise(full, pc.if_else(pa.array(drawn.chance("mood") < 0.1), moods, ""), "")
    fourth = drawn.pick("answer", len(words.ANSWERS[0]))
    answers = _written(words.ANSWERS, drawn.language, fourth, slots)
    further = _written(words.FURTHER, drawn.language, fourth, slots)
    further = pc.binary_join_element_wise(further, ending, " ")
    full = pc.if_else(pa.array(drawn.follows & drawn.customer), further, full)
    return pc.if_else(pa.array(drawn.customer), full, answers)


def _moods(drawn: Drawn) -> Numbers:
    return np.array([("negative", "positive", "neutral").index(tone) for tone in words.TONES])[drawn.ending]


def _orders(drawn: Drawn) -> pa.Array:
    digits = pa.array((drawn.of_thread("order") * 900_000).astype(np.int64) + 100_000)
    prefix = taken([syllable.upper() for syllable in words.SYLLABLES], drawn.first % len(words.SYLLABLES))
    return pc.binary_join_element_wise(prefix, digits.cast(pa.string()), "")


def taken(choices: Sequence[str | None], places: Numbers) -> pa.Array:
    """Return the choice at each of `places`."""
    return pa.array(choices, pa.string()).take(pa.array(places))


def _written(
    templates: Sequence[Sequence[str]], language: Numbers, choice: Numbers, slots: dict[str, pa.Array]
) -> pa.Array:
    """Fill in the chosen template of each row: its fixed pieces, and between them its slots."""
    names = ["", *slots]
    pieces, between = _pieces(tuple(one for some in templates for one in some))
    places = language * len(templates[0]) + choice
    parts: list[pa.Array] = []
    for column, gaps in zip(pieces, between, strict=True):
        parts.append(taken(column, places))
        numbers = np.array([names.index(gap) for gap in gaps])[places]
        parts.append(pc.choose(pa.array(numbers), pa.scalar(""), *slots.values()))
    return pc.binary_join_element_wise(*parts, "")


@lru_cache
def _pieces(templates: tuple[str, ...]) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
    """Cut templates at their slots: the first pieces of all, the first slots of all, the second …; empty where there is none."""
    cut = [[*re.split(r"\{(\w)\}", template), ""] for template in templates]
    most = max(map(len, cut))
    columns = list(zip(*(row + [""] * (most - len(row)) for row in cut), strict=True))
    return columns[0::2], columns[1::2]


def comments(drawn: Drawn, until: datetime) -> pa.Table:
    """Write out what was drawn; the last comment was written shortly before `until` (UTC, without a zone).

    Columns: source, key, text, author, author_key, created_at, thread, reply_to, url, rating, role, product.
    """
    customer, follows = pa.array(drawn.customer), pa.array(drawn.follows)
    keys, heads = _keys(drawn.numbers), pc.if_else(follows, _keys(drawn.first), None)
    name = pc.binary_join_element_wise(
        taken(words.FIRST_NAMES, drawn.person % len(words.FIRST_NAMES)),
        taken(words.NAMES, drawn.person % len(words.NAMES)),
        pa.array(drawn.person).cast(pa.string()),
        " ",
    )
    member = taken([one.capitalize() for one in words.MEMBERS], drawn.pick("member", len(words.MEMBERS)))
    person = pa.array(drawn.person).cast(pa.string())
    rated = np.isin(np.array(words.SOURCES), words.RATED)[drawn.source] & ~drawn.follows
    columns = {
        "source": taken(words.SOURCES, drawn.source),
        "key": keys,
        "text": texts(drawn),
        "author": pc.if_else(customer, name, member),
        "author_key": pc.if_else(customer, pc.binary_join_element_wise("p", person, "-"), member),
        "created_at": before(until, drawn.ages()),
        "thread": heads,
        "reply_to": heads,
        "url": pc.binary_join_element_wise("https://feedback.example/", keys, ""),
        "rating": pc.if_else(pa.array(rated), pa.array(1.0 + drawn.pick("rating", 5)), None),
        "role": pc.if_else(customer, "customer", pc.if_else(pa.array(drawn.team), "team", "automatic")),
        "product": taken(words.PRODUCTS, drawn.product),
    }
    return pa.table(columns)


def _keys(numbers: Numbers) -> pa.Array:
    return pc.binary_join_element_wise("r", pc.utf8_lpad(pa.array(numbers).cast(pa.string()), 8, "0"), "-")
