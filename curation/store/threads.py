"""A thread's state: its status, who has it, and its version."""

from typing import Any

from curation.errors import Invalid, NotFound, Stale
from curation.models import STATUSES
from curation.store.access import note
from curation.store.connection import Store, now

Row = dict[str, Any]


STATE = "select status, assignee, version, changed_at from thread where id = $thread"


def state(store: Store, thread: int) -> Row:
    """Return a thread's status, assignee, version (0: untouched) and time of the last change."""
    row = store.read().execute(STATE, {"thread": thread}).fetchone()
    status, assignee, version, changed = row or ("new", None, 0, None)
    return {"status": status, "assignee": assignee, "version": version, "changed_at": changed}


MOVE = """
insert into thread select thread_id, source, thread, $status, null, 1, $at from comment where id = $id
on conflict (id) do update set status = excluded.status, version = thread.version + 1, changed_at = excluded.changed_at
"""


def set_status(store: Store, who: str, comment: int, status: str, version: int | None = None) -> Row:
    """Move the thread of `comment` to `status`; return its new state.

    `version` is the state the decision was based on: Raises Stale where it moved on since. Raises NotFound, Invalid.
    """
    if status not in STATUSES:
        raise Invalid(f"A status is one of {', '.join(STATUSES)}, not {status!r}.")
    with store.write() as con:
        row = con.execute("select thread_id from comment where id = $id", {"id": comment}).fetchone()
        if not row:
            raise NotFound(f"There is no comment {comment}.")
        before = _state_in(con, row[0])
        if version is not None and version != before["version"]:
            raise Stale(
                f"This thread is {before['status']} now: someone changed it since you looked.", before
            )
        con.execute(MOVE, {"id": comment, "status": status, "at": now()})
        con.execute(
            "update comment set status = $status where thread_id = $thread",
            {"status": status, "thread": row[0]},
        )
        after = _state_in(con, row[0])
        note(con, who, "status", f"thread/{row[0]}", before, after)
    return after


def _state_in(con: Any, thread: int) -> Row:
    row = con.execute("select status, version from thread where id = $thread", {"thread": thread}).fetchone()
    return {"status": row[0], "version": row[1]} if row else {"status": "new", "version": 0}
