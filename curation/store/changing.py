"""Replies that were sent and are to read otherwise, or to go: asked for here, done on the channel by the sender."""

from datetime import timedelta
from typing import Any

from curation.errors import Invalid, NotFound, Stale
from curation.store import awareness, replies
from curation.store.access import note
from curation.store.connection import Store, dicts, now

Row = dict[str, Any]

PENDING = "select 1 from reply_change where marker = $marker and state = 'queued'"
ADD = """
insert into reply_change select coalesce(max(id), 0) + 1, $marker, $text, $who, 'queued', 1, null, $at, $at from reply_change
"""
SEEN = "update reply set version = version + 1 where marker = $marker"


def ask(store: Store, who: str, marker: str, version: int, text: str | None) -> Row:
    """Have a reply that was sent read `text`, or with None be taken away; return it.

    Raises NotFound, Stale, and Invalid where it has not arrived, was given another way, or is changed already.
    """
    with store.write() as con:
        row = replies.seen(con, marker, version)
        if row["state"] != "sent" or row["via"] or not row["receipt_key"]:
            raise Invalid("Only what was sent to its channel from here can be changed there.")
        if con.execute(PENDING, {"marker": marker}).fetchone():
            raise Invalid("It is being changed already. Wait until that is done.")
        con.execute(ADD, {"marker": marker, "text": text, "who": who, "at": now()})
        con.execute(SEEN, {"marker": marker})
        action = "take away" if text is None else "rewrite"
        note(con, who, action, f"reply/{marker}", {"text": row["text"]}, {"text": text})
    return replies.get(store, marker)


OF_THREAD = """
select c.id, c.marker, c.text, c.who, c.state, c.why, c.made_at from reply_change c join reply r on r.marker = c.marker
where r.thread_id = (select thread_id from comment where id = $comment) and c.state <> 'done'
qualify row_number() over (partition by c.marker order by c.id desc) = 1
"""


def of_thread(store: Store, comment: int) -> list[Row]:
    """Return the newest change of each reply in the thread of `comment`, where it is not done."""
    return dicts(store.read().execute(OF_THREAD, {"comment": comment}))


DUE = """
select c.id, c.version, c.marker, c.text, s.name as source, r.comment_id, r.receipt_key
from reply_change c join reply r on r.marker = c.marker join source s on s.id = r.source
where c.state = 'queued' and c.not_before <= $at and ($source is null or s.name = $source) order by c.id limit 100
"""


def due(store: Store, source: str | None = None) -> list[Row]:
    """Return what is to be changed now, the oldest first."""
    return dicts(store.read().execute(DUE, {"at": now(), "source": source}))


ONE = "select * from reply_change where id = $id"
CLOSE = """
update reply_change set state = $state, why = $why, version = version + 1, not_before = $due where id = $id
"""
REWRITTEN = "update reply set text = $text, version = version + 1 where marker = $marker"
GONE = "update reply set state = 'withdrawn', why = $why, version = version + 1 where marker = $marker"


def finish(store: Store, who: str, id: int, version: int, state: str, why: str | None, after: float) -> Row:
    """Write down what became of a change: done, failed, or queued again for `after` seconds. Raises NotFound, Stale."""
    with store.write() as con:
        rows = dicts(con.execute(ONE, {"id": id}))
        if not rows:
            raise NotFound(f"There is no change {id}.")
        [change] = rows
        if change["version"] != version or change["state"] != "queued":
            raise Stale("Another sender saw to this change.", change)
        due = now() + timedelta(seconds=after)
        con.execute(CLOSE, {"id": id, "state": state, "why": why and why[:1_000], "due": due})
        marker, text = change["marker"], change["text"]
        if state == "done" and text is None:
            why = f"{change['who']} took it away from its channel."
            con.execute(GONE, {"marker": marker, "why": why})
        elif state == "done":
            con.execute(REWRITTEN, {"marker": marker, "text": text})
            reply = dicts(con.execute(replies.ONE, {"marker": marker}))[0]
            awareness.keep(con, reply["comment_id"], change["who"], text, marker, reply["version"])
        note(con, who, f"change {state}", f"reply/{marker}", None, {"change": id, "why": why})
    return dicts(store.read().execute(ONE, {"id": id}))[0]
