"""What goes on in a thread beside one's own reply: what it reads now, who else answers it, and every text that was written."""

from collections.abc import Collection, Mapping
from typing import Any

import duckdb

from curation.errors import NotFound, Stale
from curation.store.connection import Store, dicts, following, now

Row = dict[str, Any]
Con = duckdb.DuckDBPyConnection

Known = Mapping[str, int]
"""The replies of others that a writer has seen: by marker, the version."""

DRAFTS = ("draft", "in_review", "changes_requested", "approved")
"""A reply in one of these is still written or decided on."""

# Three small questions take a third of the time that they take as one.
THREAD = "select thread_id from comment where id = $comment"
MERGED_INTO = "select merged_into from thread where id = $thread and merged_into is not null"
PARTS = "select id from thread where merged_into = $thread"


def together(con: Con, comment: int) -> list[int]:
    """Return the ids of the threads that are read as one with that of `comment`. Raises NotFound."""
    row = con.execute(THREAD, {"comment": comment}).fetchone()
    if not row:
        raise NotFound(f"There is no comment {comment}.")
    (head,) = con.execute(MERGED_INTO, {"thread": row[0]}).fetchone() or row
    parts = con.execute(PARTS, {"thread": head}).fetchall()
    return list({row[0], head, *(part for (part,) in parts)})


DIGEST = """
select bit_xor(md5_number_lower(concat_ws(chr(31), id, title, text, deleted_at is null)))::varchar
from comment where thread_id in (select unnest($threads::bigint[]))
"""


def digest(con: Con, comment: int) -> str:
    """Return what stands for all that a person reads in the thread of `comment`: another message, edit or deletion changes it.

    Likes and the like do not. Raises NotFound.
    """
    ((found,),) = con.execute(DIGEST, {"threads": together(con, comment)}).fetchall()
    return str(found)


OTHERS = """
select marker, version, state, who, text, comment_id, made_at, sent_at, via from reply
where thread_id in (select unnest($threads::bigint[])) and who not in (select unnest($mine::varchar[])) and trim(text) <> ''
    and state not in ('failed', 'withdrawn', 'superseded')
order by made_at, marker
"""
ANSWERED_UNTIL = """
select max(seen_at) from comment where thread_id in (select unnest($threads::bigint[])) and role = 'customer'
"""


def others(con: Con, comment: int, mine: Collection[str]) -> list[Row]:
    """Return what others write, send or have sent in the thread of `comment` since the customer's last message, oldest first.

    `mine`: whose replies are one's own. Raises NotFound.
    """
    threads = together(con, comment)
    found = dicts(con.execute(OTHERS, {"threads": threads, "mine": list(mine)}))
    if any(row["state"] == "sent" for row in found):
        ((until,),) = con.execute(ANSWERED_UNTIL, {"threads": threads}).fetchall()
        found = [row for row in found if row["state"] != "sent" or until is None or row["sent_at"] >= until]
    return found


def unaware(con: Con, comment: int, mine: Collection[str], known: Known, exact: bool) -> list[Row]:
    """Return those of `others` a writer does not know: not named in `known`, or named as they were before.

    Somebody else's draft that grows while one's own is saved is known by its marker; `exact`: by its version too.
    """
    return [
        row
        for row in others(con, comment, mine)
        if row["marker"] not in known
        or ((exact or row["state"] not in DRAFTS) and known[row["marker"]] < row["version"])
    ]


def told(found: list[Row], text: str, reply: Row | None = None) -> Stale:
    """Make the refusal that shows both texts: `text`, which was kept, and those of the others; `reply`: one's own as it stands."""
    named = ", ".join(sorted({row["who"] for row in found}))
    sent = any(row["state"] not in DRAFTS for row in found)
    return Stale(
        f"{named} {'has answered' if sent else 'is answering'} this too. Your text is kept. Read the other one, then go on.",
        {"text": text, "reply": reply, "others": found},
    )


KEEP = (
    f"insert into reply_text select {following('reply_text')}, $comment, $who, $marker, $version, $text, $at"
)
LAST = "select text from reply_text where comment_id = $comment and who = $who order by id desc limit 1"


def keep(
    con: Con, comment: int, who: str, text: str, marker: str | None = None, version: int | None = None
) -> None:
    """Keep a text for good; without a `marker` it is one that was refused and put aside."""
    uses = {"comment": comment, "who": who}
    if marker is None and con.execute(LAST, uses).fetchone() == (text,):
        return
    con.execute(KEEP, {**uses, "marker": marker, "version": version, "text": text, "at": now()})


TEXTS = """
select marker, version, who, text, made_at from reply_text
where comment_id = $comment and who = $who order by id desc limit $limit
"""


def texts(store: Store, comment: int, who: str, limit: int = 100) -> list[Row]:
    """Return every text `who` wrote in answer to `comment`, newest first; those put aside have no `marker`."""
    return dicts(store.read().execute(TEXTS, {"comment": comment, "who": who, "limit": limit}))
