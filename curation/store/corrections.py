"""What people said of a head of a comment, as a deed found it and left it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import duckdb
import orjson

from curation.errors import Stale

Con = duckdb.DuckDBPyConnection

ROWS = """
select value, holds, who, made_at::varchar from correction where comment_id = $comment and name = $name
order by made_at, value
"""
CONFIRMED = (
    "select max(made_at)::varchar from judgement where comment_id = $comment and name = $name and confirmed"
)


def _said(con: Con, comment: int, name: str) -> str:
    uses = {"comment": comment, "name": name}
    rows = con.execute(ROWS, uses).fetchall()
    confirmed = con.execute(CONFIRMED, uses).fetchall()[0][0]
    return orjson.dumps({"rows": rows, "confirmed": confirmed}).decode()


def remember(con: Con, deed: int, comment: int, names: Sequence[str]) -> None:
    """Keep what was said of some heads of a comment until now, as the other side of a deed, inside a write."""
    for name in names:
        uses = {"deed": deed, "comment": comment, "name": name, "there": _said(con, comment, name)}
        con.execute("insert into deed_tag values ($deed, $comment, $name, '', $there)", uses)


def finish(con: Con, deed: int) -> None:
    """Keep what is said now, as the deed left it; heads it did not change are no part of it."""
    for comment, name, _, there in _parts(con, deed):
        uses = {"deed": deed, "comment": comment, "name": name, "here": _said(con, comment, name)}
        if uses["here"] == there:
            del uses["here"]
            con.execute(
                "delete from deed_tag where deed = $deed and comment_id = $comment and name = $name", uses
            )
        else:
            con.execute(
                "update deed_tag set here = $here where deed = $deed and comment_id = $comment and name = $name",
                uses,
            )


FORGET = "delete from correction where comment_id = $comment and name = $name"
PUT = "insert into correction values ($comment, $name, $value, $holds, $who, $at::timestamp)"
SWAP = "update deed_tag set here = there, there = here where deed = $deed and comment_id = $comment and name = $name"


def turn(con: Con, deed: int, partly: bool) -> list[tuple[int, str, datetime | None]]:
    """Put what was said before a deed in the place of what it left; return comment, head and when that was confirmed.

    Raises Stale where somebody said something newer; `partly` leaves that alone.
    """
    turned = []
    for comment, name, here, there in _parts(con, deed):
        if _said(con, comment, name) != here:
            if partly:
                continue
            raise Stale(
                f"Somebody said something newer of the {name} of comment {comment} since. Change it by hand."
            )
        was: dict[str, Any] = orjson.loads(there)
        con.execute(FORGET, {"comment": comment, "name": name})
        for value, holds, who, at in was["rows"]:
            uses = {"comment": comment, "name": name, "value": value, "holds": holds, "who": who, "at": at}
            con.execute(PUT, uses)
        con.execute(SWAP, {"deed": deed, "comment": comment, "name": name})
        confirmed = was["confirmed"]
        turned.append((comment, name, datetime.fromisoformat(confirmed) if confirmed else None))
    return turned


def _parts(con: Con, deed: int) -> list[tuple[int, str, str, str]]:
    sql = "select comment_id, name, here, there from deed_tag where deed = $deed order by comment_id, name"
    return con.execute(sql, {"deed": deed}).fetchall()
