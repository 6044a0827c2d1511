"""What a person types into the search box becomes clauses for the index and filters for the store.

    late refund            both words            "late refund"      these words in this order
    refund OR voucher      either word           refun*             words that start so
    -refund, NOT refund    without the word      "late refu*"       both in one
    author:smith           written by            source:support     pulled from
    lang:fr since:2026-01-01 …  filters, see FILTERS

OR binds tighter than the space between words, so `late OR slow delivery` asks for (late or slow) and
delivery. French works alike: OU, SAUF, ET, auteur:, langue:, sujet:, statut:, depuis:, jusque:.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Literal
from unicodedata import normalize

Where = Literal["text", "author", "source"]

FILTERS = {
    "lang": ("language", "langue"),
    "sentiment": (),
    "topic": ("sujet", "theme"),
    "status": ("statut",),
    "intent": ("intention",),
    "urgency": ("urgence",),
    "unsure": ("incertain",),
    "since": ("after", "depuis"),
    "until": ("before", "jusque", "jusqu'a", "jusqu'au"),
    "is": (),
    "id": (),
}
"""Filters that the index leaves to the store, each with its other spellings."""

FIELDS: dict[str, Where] = {"author": "author", "auteur": "author", "source": "source"}

LONGEST = 10_000
"""Characters of a query that are read; nobody types more, and a pasted page should still answer."""

MOST_CLAUSES = 100

_CANONICAL = {name: name for name in FILTERS} | {
    other: name for name, others in FILTERS.items() for other in others
}
_PART = re.compile(
    r"""(?:(?<!\S)(?P<minus>-))?
        (?:(?P<field>[^\W\d_]+(?:'[^\W\d_]+)?):(?=[^\s]))?
        (?:"(?P<quoted>[^"]*)(?:"|$)(?P<star>\*?) | (?P<word>[^\s"]+))""",
    re.VERBOSE,
)
_QUOTES = str.maketrans({c: '"' for c in "“”„‟«»＂〝〞「」『』"} | {c: "'" for c in "’‘ʼ"})
_OR, _NOT, _AND = {"OR", "OU"}, {"NOT", "SAUF"}, {"AND", "ET"}


@dataclass(frozen=True, slots=True)
class Term:
    """A word or phrase as typed, the field it is sought in, and whether its last word is only a beginning."""

    text: str
    where: Where = "text"
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Clause:
    """Terms of which any one must be there; or, `excluded`, none may."""

    terms: tuple[Term, ...]
    excluded: bool = False


@dataclass(frozen=True, slots=True)
class Parsed:
    """A query, read. All clauses hold together.

    `filters` maps a name in FILTERS to the values any of which will do, `excluded` to those none of which will.
    """

    clauses: tuple[Clause, ...] = ()
    filters: dict[str, list[str]] = field(default_factory=dict)
    excluded: dict[str, list[str]] = field(default_factory=dict)


def parse(text: str) -> Parsed:
    """Read what a person typed. Any text is a query: what cannot be read as an operator is sought as words."""
    text = _sound(text)
    parsed = _parse(text)
    if text.strip() and not (parsed.clauses or parsed.filters or parsed.excluded):
        return Parsed(tuple(Clause((Term(word),)) for word in text.split()[:MOST_CLAUSES]))
    return parsed


def _sound(text: str) -> str:
    """Cut what is too long, make lone surrogates and quotation marks plain."""
    if len(text) > LONGEST:
        text = text[:LONGEST].rpartition(" ")[0] or text[:LONGEST]
    text = text.encode("utf-8", "replace").decode("utf-8")
    return normalize("NFC", text).translate(_QUOTES)


def _parse(text: str) -> Parsed:
    parsed = Parsed()
    clauses: list[Clause] = []
    joins = negates = False
    for part in _PART.finditer(text):
        if not part["field"] and (operator := part["word"]) in _OR | _NOT | _AND and not part["minus"]:
            joins, negates = joins or operator in _OR, negates or operator in _NOT
            continue
        excluded = negates or bool(part["minus"])
        name = normalize("NFKD", part["field"] or "").casefold().encode("ascii", "ignore").decode()
        value = part["word"] if part["quoted"] is None else part["quoted"]
        if name in _CANONICAL and value.strip():
            side = parsed.excluded if excluded else parsed.filters
            side.setdefault(_CANONICAL[name], []).append(value.strip())
        elif term := _term(part, name, value):
            last = clauses[-1] if clauses else None
            if joins and last and not (excluded or last.excluded):
                clauses[-1] = replace(last, terms=(*last.terms, term))
            else:
                clauses.append(Clause((term,), excluded))
        joins = negates = False
    return replace(parsed, clauses=tuple(_any_source(dict.fromkeys(clauses))[:MOST_CLAUSES]))


def _term(part: re.Match[str], name: str, value: str) -> Term | None:
    prefix = part["star"] == "*" or value.endswith("*")
    value = value.rstrip("*") if prefix else value
    if name == "source":
        return Term(value.casefold(), "source")
    if name and name not in FIELDS:
        value = f"{part['field']}:{value}"
    return Term(value, FIELDS.get(name, "text"), prefix) if value.strip() else None


def _any_source(clauses: Iterable[Clause]) -> list[Clause]:
    """Let several `source:` widen the search, as several values of any other filter do."""
    named = [c for c in clauses if not c.excluded and all(term.where == "source" for term in c.terms)]
    rest = [c for c in clauses if c not in named]
    joined = tuple(dict.fromkeys(chain.from_iterable(c.terms for c in named)))
    return [Clause(joined), *rest] if joined else rest
