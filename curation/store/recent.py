"""What happened of late, in memory: read once after each write, for all who follow."""

import threading
from collections import deque
from datetime import datetime
from itertools import dropwhile, islice
from typing import Any

import duckdb

Row = dict[str, Any]

KEPT = 2_000

CHANGES = """
select id, made_at as "at", who, action, subject from audit where id > $after order by id limit $limit
"""
NEWEST = "select id from audit order by id desc limit 1"
WAKES = "select min(snoozed_until) from thread where status = 'snoozed' and merged_into is null"


class Recent:
    """The newest audit rows, and when the next snooze ends, as of a number of writes. Any thread of the process may call."""

    def __init__(self, kept: int = KEPT) -> None:
        self._lock = threading.Lock()
        self._rows: deque[Row] = deque(maxlen=kept)
        self._writes = -1
        self.newest = 0
        """The id of the newest audit row."""
        self.wakes_at: datetime | None = None
        self.followers = 0
        """How many wait for a change."""

    def stale(self, writes: int) -> bool:
        """Tell whether something was written since it was read."""
        return self._writes != writes

    def read(self, con: duckdb.DuckDBPyConnection, writes: int) -> None:
        """Read what came with the first so many `writes`, unless another thread just did."""
        with self._lock:
            if self._writes == writes:
                return
            if self._writes < 0:
                row = con.execute(NEWEST).fetchone()
                self.newest = int(row[0]) if row else 0
            else:
                while found := rows(con, self.newest, KEPT):
                    self._rows.extend(found)
                    self.newest = found[-1]["id"]
            ((self.wakes_at,),) = con.execute(WAKES).fetchall()
            self._writes = writes

    def after(self, number: int, limit: int) -> list[Row] | None:
        """Return the first rows after the one with this id; None where that is longer ago than is kept."""
        with self._lock:
            if number >= self.newest:
                return []
            if not self._rows or self._rows[0]["id"] > number + 1:
                return None
            return list(islice(dropwhile(lambda row: row["id"] <= number, self._rows), limit))


def rows(con: duckdb.DuckDBPyConnection, after: int, limit: int) -> list[Row]:
    """Return audit rows after the one with this id, oldest first: id, at, who, action, subject."""
    found = con.execute(CHANGES, {"after": after, "limit": limit})
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
