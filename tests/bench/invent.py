"""Invented comments as an export has them: always the same ones for a seed, and any stretch of them alone."""

import csv
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from curation.bench.inventing import Drawn, comments

HEADER = ("id", "date", "author", "rating", "url", "product", "text")
UNTIL = datetime(2026, 11, 1)  # noqa: DTZ001 - the store's times are UTC without a zone
PART = 100_000


def rows(count: int, seed: int = 1, start: int = 0) -> pa.Table:
    """Return comments `start` to `count`, as columns called by HEADER."""
    invented = comments(Drawn(start, count, count, seed), UNTIL)
    return invented.rename_columns({"key": "id", "created_at": "date"}).select(HEADER)


def texts(count: int, seed: int = 1) -> dict[str, str]:
    """Return what each of `count` comments says, by its id."""
    found = rows(count, seed)
    return dict(zip(found["id"].to_pylist(), found["text"].to_pylist(), strict=True))


def write_csv(file: Path, count: int, seed: int = 1) -> int:
    """Write `count` invented comments; return the bytes."""
    with file.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(HEADER)
        found = rows(count, seed)
        for start in range(0, count, PART):
            part = found.slice(start, PART)
            writer.writerows(zip(*(column.to_pylist() for column in part.columns), strict=True))
    return file.stat().st_size
