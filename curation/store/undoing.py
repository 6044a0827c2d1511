"""Take a deed back, and put it in force again: what lies on its two sides changes places."""

from typing import Any

import duckdb

from curation.errors import Invalid, NotFound, Stale
from curation.store import deeds, notes, tags, threads
from curation.store.access import note
from curation.store.connection import Store, dicts, now

Row = dict[str, Any]
Con = duckdb.DuckDBPyConnection

# A thread is as the deed left it where that deed, or for a redo the one before it, is the newest that holds.
TURNING = """
create or replace temp table turning as
select p.*, t.status as is_status, t.assignee as is_assignee, t.claimed_by as is_claimed_by,
    t.claimed_until as is_claimed_until, t.snoozed_until as is_snoozed_until, t.merged_into as is_merged_into
from deed_part p join thread t on t.id = p.thread_id
where p.deed = $deed and t.deed is not distinct from case when $undo then p.deed else p.prior end
"""
# A claim that was renewed meanwhile keeps its end.
BACK = """
update thread set status = b.status, assignee = b.assignee, claimed_by = b.claimed_by,
    claimed_until = case when b.claimed_by = b.is_claimed_by then b.is_claimed_until else b.claimed_until end,
    snoozed_until = b.snoozed_until, merged_into = b.merged_into,
    version = version + 1, changed_at = $at, deed = case when $undo then b.prior else b.deed end
from turning b where thread.id = b.thread_id
"""
SWAP = """
update deed_part set status = b.is_status, assignee = b.is_assignee, claimed_by = b.is_claimed_by,
    claimed_until = b.is_claimed_until, snoozed_until = b.is_snoozed_until, merged_into = b.is_merged_into
from turning b where deed_part.deed = $deed and deed_part.thread_id = b.thread_id
"""
MOVED_ON = """
select p.thread_id, t.deed from deed_part p join thread t on t.id = p.thread_id
where p.deed = $deed and p.thread_id not in (select thread_id from turning) order by p.thread_id
"""


def turn(store: Store, who: str, deed: int, undo: bool = True, partly: bool = False) -> Row:
    """Undo a deed, or with `undo` false put one in force again that was undone; return `threads` and `tags`, how many turned.

    A deed over many threads is turned as one. `partly`: leave those alone that something newer happened to. Raises NotFound,
    Invalid where it is undone already, and Stale where something newer happened.
    """
    with store.write() as con:
        rows = dicts(con.execute("select * from deed where id = $deed", {"deed": deed}))
        if not rows:
            raise NotFound(f"There is no deed {deed}.")
        about = rows[0]
        if undo == (about["undone_by"] is not None):
            raise Invalid(
                f"{about['undone_by']} has undone this already." if undo else "This was not undone."
            )
        uses = {"deed": deed, "undo": undo}
        con.execute(TURNING, uses)
        left = con.execute(MOVED_ON, {"deed": deed}).fetchall()
        if left and not partly:
            raise Stale(_newer(con, left), {"threads": [str(thread) for thread, _ in left[:100]]})
        (turned,) = con.execute(BACK, {"undo": undo, "at": now()}).fetchall()[0]
        con.execute(SWAP, {"deed": deed})
        con.execute("create or replace temp table moved as select thread_id as id from turning")
        threads.show(con)
        told = tags.turn(con, who, deed, partly)
        notes.turn(con, deed, undo)
        deeds.turned(con, deed, who if undo else None, now() if undo else None)
        found = {"threads": turned, "tags": told, "left": len(left)}
        note(con, who, "undo" if undo else "redo", about["subject"], {"deed": deed}, found)
    return found


def _newer(con: Con, left: list[tuple[int, int | None]]) -> str:
    _, newest = left[0]
    rows = con.execute("select who, action, made_at from deed where id = $deed", {"deed": newest}).fetchall()
    what = (
        f"{rows[0][0]} did something newer ({rows[0][1]}, {rows[0][2]:%Y-%m-%d %H:%M} UTC)"
        if rows
        else "a message came, or its snooze ended"
    )
    many = f" and to {len(left) - 1:,} more" if len(left) > 1 else ""
    return f"This cannot be undone as it was: since then {what}{many}. Look at it and change it by hand."
