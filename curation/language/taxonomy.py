"""The topics comments are tagged with: their names, and the phrases by which they are recognised.

A phrase is a few words, compared without case and accents:
`rembours*` any ending · `*` any one word · `#` any number · `...` up to three words between ·
`(late|delayed) parcel` either.
A topic is found when one of its phrases is; a phrase under `except` hides what it covers. Topics have two levels:
the parent of `delivery.late` is `delivery`, which a comment gets by phrases of its own when no child fits.
"""

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise, product
from pathlib import Path
from typing import Any

from curation.errors import ConfigError
from curation.language.words import END, PAUSE, words

SHIPPED = Path(__file__).with_name("taxonomy.toml")
NAMED_IN = ("en", "fr")

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)?")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_CHOICE = re.compile(r"\(([^()]*)\)")
_MOST_CHOICES = 400
_SHORTEST_PREFIX = 3

KEYS = ("name", "description", "phrases", "except", "examples")
"""What a topic may have beside its id."""

Phrase = tuple[str, ...]
"""Folded words, each a word, a prefix ending in `*`, or one of the wildcards `*`, `#`, `...`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One topic. `names` and `descriptions` by language; `phrases` and `exceptions` by language, ready to compare.

    `examples`: texts it is like, `words`: how much each of their words tells (see `likeness`). `also`: ids that a
    trained model may still call it by.
    """

    id: str
    names: Mapping[str, str]
    descriptions: Mapping[str, str]
    phrases: Mapping[str, tuple[Phrase, ...]] = field(default_factory=dict)
    exceptions: Mapping[str, tuple[Phrase, ...]] = field(default_factory=dict)
    examples: tuple[str, ...] = ()
    words: Mapping[str, float] = field(default_factory=dict)
    also: tuple[str, ...] = ()

    @property
    def parent(self) -> str | None:
        """The id of the topic above, None for a parent."""
        return self.id.split(".")[0] if "." in self.id else None

    def name(self, language: str) -> str:
        """The name in `language`, else in English."""
        return self.names.get(language, self.names["en"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Taxonomy:
    """All topics, each parent before its children. `digest` changes with anything that changes tags."""

    topics: tuple[Topic, ...]
    digest: str

    def topic(self, id: str) -> Topic | None:
        """Return the topic with this id, None if there is none (any more)."""
        return next((topic for topic in self.topics if topic.id == id), None)


def load_taxonomy(path: Path | None = None) -> Taxonomy:
    """Read a taxonomy file, by default the shipped one. Raises ConfigError naming file, topic and key."""
    return read_taxonomy(taxonomy_tables(path), str(path or SHIPPED))


def taxonomy_tables(path: Path | None = None) -> list[Any]:
    """Return the tables of a taxonomy file as they are written, by default the shipped one. Raises ConfigError."""
    path = path or SHIPPED
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}. Mend that line and try again.") from error
    except OSError as error:
        raise ConfigError(f"Cannot read the taxonomy {path}: {error.strerror}.") from error
    listed = tables.get("topic")
    if set(tables) != {"topic"} or not isinstance(listed, list) or not listed:
        raise ConfigError(f"{path}: a taxonomy is a list of [[topic]] tables and nothing else.")
    return listed


def read_taxonomy(tables: Sequence[Any], where: str) -> Taxonomy:
    """Read topics as `taxonomy_tables` gives them. Raises ConfigError naming `where`, topic and key."""
    topics = tuple(_topic(table, f"{where}, topic {number}") for number, table in enumerate(tables, 1))
    _check_tree(topics, where)
    parts = [
        [t.id, sorted(t.phrases.items()), sorted(t.exceptions.items()), t.examples, t.also] for t in topics
    ]
    return Taxonomy(topics=topics, digest=hashlib.sha256(json.dumps(parts).encode()).hexdigest())


def _topic(table: Any, where: str) -> Topic:
    if not isinstance(table, dict) or not isinstance(table.get("id"), str):
        raise ConfigError(f'{where}: needs an id such as "delivery" or "delivery.late".')
    id = table["id"]
    where = f"{where} {id!r}"
    if not _ID.fullmatch(id):
        raise ConfigError(f"{where}, id: only a-z, 0-9 and '-', with one '.' between parent and child.")
    if unknown := set(table) - {"id", *KEYS, "words", "also"}:
        raise ConfigError(f"{where}, {min(unknown)}: is not a known key. Known: {', '.join(KEYS)}.")
    examples = table.get("examples", [])
    if not isinstance(examples, list) or not all(isinstance(text, str) for text in examples):
        raise ConfigError(f"{where}, examples: must be a list of texts.")
    told = table.get("words", {})
    if not isinstance(told, dict) or not all(isinstance(weight, int | float) for weight in told.values()):
        raise ConfigError(f"{where}, words: is made of the examples by Tribune itself. Leave it out.")
    names = _texts(table, "name", where)
    descriptions = _texts(table, "description", where)
    for language in NAMED_IN:
        if not names.get(language, "").strip():
            raise ConfigError(f"{where}, name.{language}: is missing.")
    return Topic(
        id=id,
        names=names,
        descriptions=descriptions,
        phrases=_phrases(table, "phrases", where),
        exceptions=_phrases(table, "except", where),
        examples=tuple(examples),
        words=told,
        also=tuple(table.get("also", ())),
    )


def _by_language(table: Mapping[str, Any], key: str, where: str) -> Mapping[str, Any]:
    value = table.get(key, {})
    if not isinstance(value, dict) or not all(_LANGUAGE.fullmatch(language) for language in value):
        raise ConfigError(f"{where}, {key}: is given per language, such as {key}.en = …")
    return value


def _texts(table: Mapping[str, Any], key: str, where: str) -> Mapping[str, str]:
    value = _by_language(table, key, where)
    for language, text in value.items():
        if not isinstance(text, str):
            raise ConfigError(f"{where}, {key}.{language}: must be text.")
    return value


def _phrases(table: Mapping[str, Any], key: str, where: str) -> dict[str, tuple[Phrase, ...]]:
    found = {}
    for language, listed in _by_language(table, key, where).items():
        if not isinstance(listed, list) or not all(isinstance(phrase, str) for phrase in listed):
            raise ConfigError(f"{where}, {key}.{language}: must be a list of phrases.")
        expanded = [phrase for written in listed for phrase in expand(written, f"{where}, {key}.{language}")]
        found[language] = tuple(dict.fromkeys(expanded))
    return found


def expand(written: str, where: str) -> list[Phrase]:
    """Turn one written phrase into every phrase it stands for. Raises ConfigError, saying `where`."""
    parts = _CHOICE.split(written)
    choices = [part.split("|") if index % 2 else [part] for index, part in enumerate(parts)]
    if any(mark in part for part in parts[::2] for mark in "()|"):
        raise ConfigError(
            f"{where}: {written!r} has a bracket or a bar that does not belong to '(this|that)'."
        )
    total = 1
    for choice in choices:
        total *= len(choice)
    if total > _MOST_CHOICES:
        raise ConfigError(f"{where}: {written!r} stands for {total} phrases, more than {_MOST_CHOICES}.")
    return [_compile("".join(chosen), written, where) for chosen in product(*choices)]


def _compile(text: str, written: str, where: str) -> Phrase:
    parts: list[str] = []
    for part in text.split():
        if part in ("*", "#", "..."):
            parts.append(part)
            continue
        prefix = part.endswith("*")
        folded = [word for word in words(part.removesuffix("*")).folded if word not in ("", END, PAUSE)]
        if not folded or "*" in part[:-1] or (prefix and len(folded[-1]) < _SHORTEST_PREFIX):
            raise ConfigError(
                f"{where}: {part!r} in {written!r} is neither a word nor a beginning of"
                f" {_SHORTEST_PREFIX} letters or more and '*'."
            )
        parts += [*folded[:-1], folded[-1] + "*" * prefix]
    if not parts or parts[0] in ("*", "...") or parts[-1] == "..." or parts == ["#"]:
        raise ConfigError(f"{where}: {written!r} must begin with a word (or #) and not end in '...'.")
    if any(one == two == "..." for one, two in pairwise(parts)):
        raise ConfigError(f"{where}: {written!r} has '...' twice in a row.")
    return tuple(parts)


def _check_tree(topics: tuple[Topic, ...], path: str) -> None:
    seen: set[str] = set()
    for topic in topics:
        where = f"{path}, topic {topic.id!r}"
        if topic.id in seen:
            raise ConfigError(f"{where}, id: is there twice.")
        if topic.parent and topic.parent not in seen:
            raise ConfigError(f"{where}, id: its parent {topic.parent!r} must come before it.")
        seen.add(topic.id)
