"""Suggest threads that may be about the same: the same person within days, or nearly the same words."""

import re
from datetime import timedelta
from typing import Any

from curation.actions import needs
from curation.language.copies import copies
from curation.models import Who
from curation.store import Store, comments, threads
from curation.store.filters import Filter

Row = dict[str, Any]

WITHIN = timedelta(days=7)
LOOKED_AT, SHOWN = 100, 20
_WORD = re.compile(r"[^\W\d_]{4,30}")
_PAIRS = 3


@needs("read")
def duplicates(store: Store, who: Who, thread: int) -> list[Row]:
    """Return up to 20 threads that may be about the same as `thread`, the likeliest first. Raises NotFound.

    A row: `thread`, `comment` (the newest that is alike, whole) and `why`, codes: author (within seven days), text.
    """
    con = store.read()
    head = threads.head(con, thread)
    mine = comments.opening(store, head)
    if mine is None:
        return []
    found: dict[int, Row] = {}
    for code, rows in (("text", _alike(store, mine)), ("author", _by_author(store, mine))):
        heads = threads.heads(con, [int(row["thread_id"]) for row in rows])
        for row in rows:
            other = heads[int(row["thread_id"])]
            if other != head:
                one = found.setdefault(other, {"thread": str(other), "comment": row, "why": []})
                one["why"] += [{"code": code}] if {"code": code} not in one["why"] else []
    return sorted(found.values(), key=lambda one: -len(one["why"]))[:SHOWN]


def _by_author(store: Store, mine: Row) -> list[Row]:
    if mine["author_id"] is None:
        return []
    at = mine["created_at"]
    wanted = Filter(person=int(mine["author_id"]), since=at - WITHIN, until=at + WITHIN)
    return [row for row in comments.page(store, wanted, limit=LOOKED_AT) if row["role"] == "customer"]


def _alike(store: Store, mine: Row) -> list[Row]:
    """Ask the index for texts with one word of each of three pairs, and compare those whole."""
    words = sorted(
        {word.casefold() for word in _WORD.findall(mine["text"][:2_000])}, key=lambda one: (-len(one), one)
    )
    pairs = [" OR ".join(words[at : at + 2]) for at in range(0, min(len(words), 2 * _PAIRS), 2)]
    if not pairs:
        return []
    rows = [
        row
        for row in comments.page(store, Filter(query=" ".join(pairs)), limit=LOOKED_AT)
        if row["id"] != mine["id"] and row["role"] == "customer"
    ]
    texts = [mine["text"], *(row["text"] for row in rows)]
    near = next((group for group in copies(texts) if 0 in group), [])
    return [
        row
        for place, row in enumerate(rows, 1)
        if place in near or row["text"].split() == mine["text"].split()
    ]
