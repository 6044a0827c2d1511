"""What people did to threads and tags, each under a number by which it can be taken back."""

from datetime import datetime
from typing import Any

import duckdb

from curation.store.connection import Store, dicts, following, now

Row = dict[str, Any]

BEGIN = f"insert into deed select {following('deed')}, $at, $who, $action, $subject, null, null returning id"


def begin(con: duckdb.DuckDBPyConnection, who: str, action: str, subject: str) -> int:
    """Give a deed its number, inside a write. `subject` is that of its audit row."""
    uses = {"at": now(), "who": who, "action": action, "subject": subject}
    return int(con.execute(BEGIN, uses).fetchall()[0][0])


LISTED = """
select id, made_at as "at", who, action, subject, undone_by, undone_at from deed
where ($before is null or id < $before) and ($who is null or who = $who)
order by id desc limit $limit
"""


def listed(store: Store, who: str | None = None, before: int | None = None, limit: int = 50) -> list[Row]:
    """List deeds, newest first: everybody's, or those of `who`; `before` is the id a page continues from."""
    return dicts(store.read().execute(LISTED, {"who": who, "before": before, "limit": limit}))


def forget(con: duckdb.DuckDBPyConnection, deed: int) -> None:
    """Take a deed's number back that changed nothing, inside the same write."""
    con.execute("delete from deed where id = $deed", {"deed": deed})


def turned(con: duckdb.DuckDBPyConnection, deed: int, who: str | None, at: datetime | None) -> None:
    """Write down that `who` has undone a deed, or with None that it holds again."""
    con.execute(
        "update deed set undone_by = $who, undone_at = $at where id = $deed",
        {"deed": deed, "who": who, "at": at},
    )
