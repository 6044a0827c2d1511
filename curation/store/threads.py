"""A thread's state, and every way it changes: by a deed that can be undone, by a new message, by the end of a snooze."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import duckdb

from curation.errors import Invalid, NotFound, Stale
from curation.models import STATUSES
from curation.store import deeds
from curation.store.access import look, note
from curation.store.connection import Store, dicts, now

Row = dict[str, Any]
Con = duckdb.DuckDBPyConnection

STATE = """
select id as thread, status, assignee, version, changed_at, claimed_by, claimed_until, snoozed_until
from thread where id in ({places})
"""
PARTS = "select merged_into, id from thread where merged_into in ({places}) order by id"
UNTOUCHED: Row = {
    "status": "new", "assignee": None, "version": 0, "changed_at": None, "claimed_by": None, "claimed_until": None,
    "snoozed_until": None,
}  # fmt: skip

HEAD = "select coalesce(merged_into, id) from thread where id = $thread"


def state(store: Store, thread: int) -> Row:
    """Return the state of a thread, or of the one it was merged into.

    `thread` and `merged` (those merged into it) are ids as text, `version` is 0 where nobody touched it, `claimed_by` and
    `claimed_until` are None where the claim has ended.
    """
    con = store.read()
    row = con.execute(HEAD, {"thread": thread}).fetchone()
    return state_in(con, row[0] if row else thread)


def state_in(con: Con, thread: int) -> Row:
    """Return the state of a thread that is merged into no other, as `con` sees it."""
    return states_in(con, [thread])[thread]


def states_in(con: Con, threads: Sequence[int]) -> dict[int, Row]:
    """Return the states of threads that are merged into no other, by their ids."""
    if not threads:
        return {}
    # Two questions with a place for each id: as one, over a list, they take four times as long, and every deed asks thrice.
    places = ", ".join("?" * len(threads))
    touched = {row["thread"]: row for row in dicts(con.execute(STATE.format(places=places), list(threads)))}
    merged: dict[int, list[str]] = {}
    for into, part in con.execute(PARTS.format(places=places), list(threads)).fetchall():
        merged.setdefault(into, []).append(str(part))
    return {
        thread: _shown(thread, touched.get(thread, UNTOUCHED) | {"merged": merged.get(thread, [])})
        for thread in threads
    }


def touched(store: Store, rows: Sequence[Row]) -> list[Row]:
    """Return the states of those threads of some comments that somebody touched."""
    con = store.read()
    found = states_in(con, list(set(heads(con, [int(row["thread_id"]) for row in rows]).values())))
    return [state for state in found.values() if state["version"]]


def _shown(thread: int, row: Row) -> Row:
    # Beyond 2**53: a browser would round an id.
    shown = {**row, "thread": str(thread)}
    if not shown["version"]:
        shown["changed_at"] = None
    if shown["claimed_until"] is not None and shown["claimed_until"] <= now():
        shown["claimed_by"] = shown["claimed_until"] = None
    return shown


def head(con: Con, thread: int) -> int:
    """Return the thread that `thread` is read in: itself, or the one it was merged into. Raises NotFound."""
    row = con.execute(HEAD, {"thread": thread}).fetchone()
    if not row:
        row = con.execute(
            "select thread_id from comment where thread_id = $thread limit 1", {"thread": thread}
        ).fetchone()
    if not row:
        raise NotFound(f"There is no thread {thread}.")
    return int(row[0])


UNTOUCHED_ROWS = """
insert into thread
select thread_id, any_value(source), any_value(thread), 'new', null, 0, $at, null, null, null, null, null from comment
"""
START = f"{UNTOUCHED_ROWS} where thread_id = $thread group by thread_id returning id"


def begun(con: Con, thread: int) -> int:
    """Return the `head` of a thread that is about to change, inside a write: one nobody touched gets its row. Raises NotFound."""
    uses = {"thread": thread}
    row = con.execute(HEAD, uses).fetchone() or con.execute(START, {**uses, "at": now()}).fetchone()
    if not row:
        raise NotFound(f"There is no thread {thread}.")
    return int(row[0])


def heads(con: Con, threads: Sequence[int]) -> dict[int, int]:
    """Map threads that there are to those they are read in."""
    sql = "select id, merged_into from thread where merged_into is not null and id in (select unnest($ids::bigint[]))"
    merged = dict(con.execute(sql, {"ids": list(threads)}).fetchall())
    return {thread: merged.get(thread, thread) for thread in threads}


def of_comment(store: Store, comment: int) -> int:
    """Return the id of a comment's own thread. Raises NotFound."""
    row = store.read().execute("select thread_id from comment where id = $id", {"id": comment}).fetchone()
    if not row:
        raise NotFound(f"There is no comment {comment}.")
    return int(row[0])


# What may be set, and what it then is; only those in use are joined.
SETS = {
    "status": "$status",
    "opens": "case status when 'new' then 'open' else status end",
    "assignee": "$assignee",
    "claimed_by": "$claimed_by",
    "claimed_until": "$claimed_until",
    "snoozed_until": "$snoozed_until",
    "merged_into": "case when id <> $merged_into then $merged_into end",
}
COLUMN = {"opens": "status"}
FREED = {"claimed_by": None, "claimed_until": None}
"""A claim that is let go."""

MEANT = "create or replace temp table meant as select distinct unnest($threads::bigint[]) as id"
TOUCH = f"""{UNTOUCHED_ROWS}
where thread_id in (select id from meant where id not in (select id from thread where id in (select id from meant)))
group by thread_id
"""  # noqa: S608
KEEP = """
insert into deed_part
select $deed, id, status, assignee, claimed_by, claimed_until, snoozed_until, merged_into, deed
from thread where id in (select id from meant) and ({})
"""
APPLY = """
update thread set {}, version = version + 1, changed_at = $at, deed = $deed
where id in (select thread_id from deed_part where deed = $deed)
"""
MOVED = "create or replace temp table moved as select thread_id as id from deed_part where deed = $deed"

READ_IN = """
create or replace temp table read_in as
select id, coalesce(merged_into, id) as head from thread where id in (select id from moved)
union select id, merged_into from thread where merged_into in (select id from moved)
"""
SYNC = """
update comment set status = h.status from read_in r join thread h on h.id = r.head
where comment.thread_id = r.id and comment.status <> h.status
"""


def show(con: Con) -> None:
    """Give comments the status of the thread they are read in, where a thread of the temporary table `moved` is concerned."""
    con.execute(READ_IN)
    con.execute(SYNC)


def change(con: Con, deed: int, sets: Mapping[str, Any]) -> int:
    """Set what `sets` names on the threads of the temporary table `meant`, as parts of a deed; return how many changed.

    What is so already stays as it is. A thread others are merged into counts as changed. Inside a write.
    """
    given = {name: value for name, value in sets.items() if name != "opens"}
    news = {COLUMN.get(name, name): SETS[name] for name in sets}
    differs = " or ".join(f"{column} is distinct from {new}" for column, new in news.items())
    if sets.get("merged_into") is not None:
        differs += " or id = $merged_into"
    con.execute(TOUCH, {"at": now()})
    con.execute(KEEP.format(differs), {"deed": deed, **given})
    assigned = ", ".join(f"{column} = {new}" for column, new in news.items())
    (count,) = con.execute(APPLY.format(assigned), {"deed": deed, "at": now(), **given}).fetchall()[0]
    con.execute(MOVED, {"deed": deed})
    show(con)
    return int(count)


NEWEST = """
select max(id) from comment where role = 'customer'
    and (thread_id = $thread or thread_id in (select id from thread where merged_into = $thread))
"""


def check(con: Con, current: Row, version: int | None, seen: int | None = None) -> None:
    """Refuse a decision on a thread that is not any more as it was seen. Raises Stale with its current state.

    `version`: that of the state that was seen. `seen`: the id of the newest message that was seen.
    """
    if version is not None and version != current["version"]:
        raise Stale(f"This thread is {current['status']} now: something changed since you looked.", current)
    if seen is not None:
        row = con.execute(NEWEST, {"thread": int(current["thread"])}).fetchone()
        if row and row[0] is not None and row[0] > seen:
            raise Stale("A new message came to this thread since you looked. Read it first.", current)


def decide(
    store: Store,
    who: str,
    action: str,
    thread: int,
    sets: Mapping[str, Any],
    version: int | None = None,
    seen: int | None = None,
) -> Row:
    """Change one thread; return its new state with `deed`, by which it is undone (None where it was so already).

    Raises NotFound, and Stale where it is not as it was seen: see `check`.
    """
    with store.write() as con:
        found = begun(con, thread)
        before = state_in(con, found)
        check(con, before, version, seen)
        deed = done(con, who, action, found, [found], sets, before)
        return {**state_in(con, found), "deed": deed}


def done(
    con: Con,
    who: str,
    action: str,
    subject: int,
    threads: Sequence[int],
    sets: Mapping[str, Any],
    before: Row,
) -> int | None:
    """Do a deed to `threads`, with its audit row on the thread `subject`; return its id, None where nothing changed."""
    named = f"thread/{subject}"
    deed = deeds.begin(con, who, action, named)
    con.execute(MEANT, {"threads": list(threads)})
    if not change(con, deed, sets):
        deeds.forget(con, deed)
        return None
    note(con, who, action, named, before, {**state_in(con, subject), "deed": deed})
    return deed


def set_status(
    store: Store, who: str, thread: int, status: str, version: int | None = None, seen: int | None = None
) -> Row:
    """Move a thread to `status`; where that sets it aside, its claim ends. Snoozed is: until the next message.

    Raises NotFound, Invalid, Stale.
    """
    return decide(store, who, "status", thread, moved_to(known(status)), version, seen)


def known(status: str) -> str:
    """Return a status that there is. Raises Invalid."""
    if status not in STATUSES:
        raise Invalid(f"A status is one of {', '.join(STATUSES)}, not {status[:40]!r}.")
    return status


def moved_to(status: str, until: datetime | None = None) -> Row:
    """Return what a status sets."""
    return {"status": status, "snoozed_until": until, **({} if status in ("new", "open") else FREED)}


RECEIVED = """
create or replace temp table moved as
select coalesce(t.merged_into, t.id) as id, bool_or(c.role = 'customer') as spoke
from comment c join thread t on t.id = c.thread_id where c.id >= $first group by 1
"""

# A customer's new message reopens a thread that was put aside, and whoever decides on one has to have read it.
REOPEN = """
update thread set status = case when status in ('pending', 'snoozed', 'resolved') then 'open' else status end,
    snoozed_until = null, version = version + 1, changed_at = $at, deed = -version - 1
where id in (select id from moved where spoke)
"""


def received(con: Con, first: int, at: datetime) -> None:
    """Let the comments from the id `first` on, just landed, have their effect on the threads that somebody touched."""
    con.execute(RECEIVED, {"first": first})
    con.execute(REOPEN, {"at": at})
    show(con)


WAKING = """
create or replace temp table moved as
select id from thread where status = 'snoozed' and snoozed_until <= $at and merged_into is null
"""
WAKE = """
update thread set status = 'open', snoozed_until = null, version = version + 1, changed_at = $at, deed = -version - 1
where id in (select id from moved)
"""


def wake(store: Store) -> int:
    """Open the threads whose snooze has ended; return how many. Costs next to nothing where there are none."""
    at = now()
    look(store)
    if store.recent.wakes_at is None or store.recent.wakes_at > at:
        return 0
    with store.write() as con:
        con.execute(WAKING, {"at": at})
        con.execute(WAKE, {"at": at})
        show(con)
        woken = [id for (id,) in con.execute("select id from moved order by id").fetchall()]
        for thread in woken:
            note(con, "tribune", "wake", f"thread/{thread}", {"status": "snoozed"}, {"status": "open"})
    return len(woken)
