"""How good the tagger is, by what people said of its tags; and which comments are worth a look next."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from curation.actions import needs
from curation.actions.taxonomy import active
from curation.models import HEADS, Who
from curation.store import Store, judgements

Row = dict[str, Any]
Rate = tuple[float, float, float]
"""A share with the lower and the upper end of its 95 % interval."""

MOST = 100_000
"""Judgements that are counted, the newest ones."""
_Z = 1.96
_SHOWN = 12


@needs("read")
def quality(store: Store, who: Who) -> Row:
    """Measure the tagger by what it had said before people judged it.

    `heads`, `languages`, `sources`, `months`: `judged`, `right` (a Rate; of topics: those right among those given or
    missed), `coverage` (the share it was sure of), `right_if_sure`. `labels`: `precision` of those `said`, `recall` of
    those `meant`. `confusions`: what it said for what was meant, and `about` how many comments that spoils.
    `unsure`: by week, of all comments.
    """
    rows = judgements.judged(store, MOST).to_pylist()
    known = _current(store)
    judged = [one for row in rows for one in _decisions(row, known)]
    return {
        "judged": len({row["id"] for row in rows}),
        "heads": _groups(judged, "head"),
        "languages": _groups(judged, "language"),
        "sources": _groups(judged, "source"),
        "months": _groups(judged, "month"),
        "taggers": _groups(judged, "tagger"),
        "labels": _labels(judged),
        "confusions": _confusions(judged, judgements.volumes(store)),
        "unsure": judgements.unsure_by_week(store),
    }


@needs("read")
def worth_judging(store: Store, who: Who, limit: int = 20) -> list[Row]:
    """Return comments worth judging next; `why`: the tagger is "unsure" of it, or it was "drawn" by chance."""
    return [
        {**row, "topics": _list(row["topics"]), "unsure": ", ".join(_list(row["unsure"]))}
        for row in judgements.worth_judging(store, limit)
    ]


def _current(store: Store) -> dict[str, str]:
    """Return what every topic that was ever called otherwise is called today."""
    tables = active(store)
    return {old: id for id, table in tables.items() for old in table.get("also", [])} | {
        id: id for id in tables
    }


def _decisions(row: Row, topics: dict[str, str]) -> Iterable[Row]:
    """Part a judgement into single decisions: what was said, what was meant; None where nothing was."""
    about = {
        "head": row["name"],
        "language": row["language"] or "und",
        "source": row["source"],
        "month": row["made_at"].strftime("%Y-%m"),
        "tagger": row["tagger"],
        "sure": not row["unsure"],
        "comment": row["id"],
    }
    if row["name"] != "topic":
        return [{**about, "said": row["said"], "meant": row["value"]}]
    said = {topics[id] for id in _list(row["said"] or "") if id in topics}
    meant = {topics[id] for id in _list(row["value"]) if id in topics}
    pairs: list[tuple[str | None, str | None]] = [(id, id) for id in said & meant]
    missed, wrong = sorted(meant - said), sorted(said - meant)
    # One for one, as long as there are both: a topic that should have been another.
    while missed and wrong:
        pairs.append((wrong.pop(), missed.pop()))
    pairs += [(None, id) for id in missed] + [(id, None) for id in wrong]
    return [{**about, "said": one, "meant": other} for one, other in pairs]


def _groups(judged: list[Row], kind: str) -> list[Row]:
    """Count what was right by head and `kind`; most judged first, heads in their order."""
    grouped: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for one in judged:
        grouped[one["head"], one[kind]].append(one)
    found = []
    for (head, value), ones in grouped.items():
        right = sum(one["said"] == one["meant"] for one in ones)
        sure = [one for one in ones if one["sure"]]
        found.append(
            {
                "head": head,
                "name": value,
                "judged": len({one["comment"] for one in ones}),
                "right": wilson(right, len(ones)),
                "coverage": len(sure) / len(ones),
                "right_if_sure": wilson(sum(one["said"] == one["meant"] for one in sure), len(sure)),
            }
        )
    return sorted(found, key=lambda one: (HEADS.index(one["head"]), -one["judged"], one["name"]))


def _labels(judged: list[Row]) -> list[Row]:
    said = Counter((one["head"], one["said"]) for one in judged if one["said"])
    meant = Counter((one["head"], one["meant"]) for one in judged if one["meant"])
    right = Counter((one["head"], one["said"]) for one in judged if one["said"] == one["meant"])
    return [
        {
            "head": head,
            "label": label,
            "said": said[head, label],
            "meant": meant[head, label],
            "precision": wilson(right[head, label], said[head, label]),
            "recall": wilson(right[head, label], meant[head, label]),
        }
        for head, label in sorted(
            said.keys() | meant.keys(), key=lambda one: (HEADS.index(one[0]), -meant[one], one[1])
        )
    ]


def _confusions(judged: list[Row], volumes: dict[tuple[str, str], int]) -> list[Row]:
    """Return what was said for what was meant, by how many comments of the store that would spoil at the same rate."""
    wrong = Counter(
        (one["head"], one["said"], one["meant"])
        for one in judged
        if one["said"] != one["meant"] and one["said"] is not None
    )
    said = Counter((one["head"], one["said"]) for one in judged)
    found = [
        {
            "head": head,
            "said": label,
            "meant": meant or "-",
            "judged": count,
            "about": round(count / said[head, label] * volumes.get((head, label), 0)),
        }
        for (head, label, meant), count in wrong.items()
    ]
    return sorted(found, key=lambda one: (-one["about"], -one["judged"], one["head"], one["said"]))[:_SHOWN]


def wilson(right: int, of: int) -> Rate | None:
    """Return a share with its 95 % interval (Wilson, JASA 1927), None of nothing."""
    if not of:
        return None
    share = right / of
    middle = (share + _Z**2 / (2 * of)) / (1 + _Z**2 / of)
    half = _Z / (1 + _Z**2 / of) * math.sqrt(share * (1 - share) / of + _Z**2 / (4 * of**2))
    return share, max(0.0, middle - half), min(1.0, middle + half)


def _list(topics: str) -> list[str]:
    return topics.strip("|").split("|") if topics.strip("|") else []
