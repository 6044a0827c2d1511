"""What the coaches say: codes with places in the text, so that pages show them in either language."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

Span = tuple[int, int]
"""Where it stands: characters from `begin` up to `end`, the last not included."""

LANGUAGES = ("en", "fr")
"""The languages whose words the coaches know."""


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing the writing coach looked at. `met`: nothing is left to do.

    `spans` show it in the reply (of `questions`: in the customer's comment). `values` are what the sentence about it needs: JSON.
    """

    code: str
    met: bool
    spans: tuple[Span, ...] = ()
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Element:
    """One element of an apology. `spans` show it, `spoilers` take its worth away; `weight` is its share of a whole one."""

    code: str
    met: bool
    spans: tuple[Span, ...] = ()
    spoilers: tuple[Span, ...] = ()
    weight: int = 1


_PLAIN = str.maketrans("’ʼ`´\u00a0\u202f\u2009\t", "''''    ")


def plain(text: str) -> str:
    """Return `text` with one kind of apostrophe and of space; every character keeps its place."""
    return text.translate(_PLAIN)


def found(pattern: re.Pattern[str], text: str, begin: int = 0, end: int | None = None) -> list[Span]:
    """Return where `pattern` stands in that part of `text`; what is empty is left out."""
    matches = pattern.finditer(text, begin, len(text) if end is None else end)
    return [one.span() for one in matches if one.end() > one.start()]


def joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return spans in order, those that overlap as one."""
    result: list[Span] = []
    for begin, end in sorted(spans):
        if result and begin < result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((begin, end))
    return tuple(result)
