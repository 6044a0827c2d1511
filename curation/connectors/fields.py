"""Which fields payloads have, from a few of each page: a channel that changes its answers is noticed before it hurts."""

import random
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from curation.models import Raw

SAMPLE = 40
"""Raws of a page that are looked at."""
_NAME = re.compile(r"[A-Za-z_@$][\w@$.-]{0,49}")
_MOST = 200


def fields(raws: Sequence[Raw]) -> dict[str, Any] | None:
    """Count in how many of some raws each field of a JSON object stands, two levels deep; None where none is JSON.

    Returns {raws: how many were looked at, fields: {path: count}}. A key that is no name (an id, a date) is no field.
    """
    counted: Counter[str] = Counter()
    looked_at = 0
    for raw in random.sample(raws, min(SAMPLE, len(raws))):
        try:
            value = orjson.loads(raw.payload)
        except orjson.JSONDecodeError:
            continue
        if isinstance(value, dict):
            looked_at += 1
            counted.update(_paths(value))
    return {"raws": looked_at, "fields": dict(counted.most_common(_MOST))} if looked_at else None


def _paths(value: dict[str, Any]) -> Iterable[str]:
    found = set()
    for name, inner in value.items():
        if _NAME.fullmatch(name):
            found.add(name)
            if isinstance(inner, dict):
                found.update(f"{name}.{below}" for below in inner if _NAME.fullmatch(below))
    return found
