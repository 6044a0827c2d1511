"""Internal notes on threads, whom they mention, and what waits for a member."""

import re
from datetime import timedelta
from typing import Any
from weakref import WeakKeyDictionary

import duckdb

from curation.errors import Invalid, NotFound
from curation.store import deeds, threads
from curation.store.access import note as audit
from curation.store.connection import Store, dicts, following, now

Row = dict[str, Any]

LONGEST = 20_000
MOST_MENTIONS = 50
AGAIN = timedelta(minutes=2)
_MENTION = re.compile(r"(?<![\w@.])@(\w[\w.+-]{0,99}(?:@\w[\w.-]{0,99})?)")


def mentions(text: str) -> list[str]:
    """Return whom a note names: `@ana`, or `@ana@example.org`, in small letters, each once."""
    named = (found.rstrip(".-+").casefold() for found in _MENTION.findall(text))
    return list(dict.fromkeys(named))[:MOST_MENTIONS]


ADD = f"insert into note select {following('note')}, $thread, $who, $text, $at, $deed, null returning id"
SAID = """
select id, made_at, deed from note
where thread_id = $thread and who = $who and text = $text and made_at > $since and removed_at is null order by id desc limit 1
"""
MENTION = "insert into mention select $note, unnest($who::varchar[]), null"


def add(store: Store, who: str, thread: int, text: str) -> Row:
    """Keep a note on a thread; a new thread is open by that. Returns it with `mentions`, the thread's `state` and its `deed`.

    Sent again within `AGAIN`, as where the answer was lost on its way, it is the same note. Raises NotFound, Invalid.
    """
    if not text.strip():
        raise Invalid("There is nothing in this note yet.")
    if len(text) > LONGEST:
        raise Invalid(f"A note has at most {LONGEST:,} characters, not {len(text):,}.")
    with store.write() as con:
        found = threads.begun(con, thread)
        named, at = mentions(text), now()
        about = {"thread": found, "who": who, "text": text}
        said = con.execute(SAID, {**about, "since": at - AGAIN}).fetchone()
        if said:
            made, at, deed = said
        else:
            deed = deeds.begin(con, who, "note", f"thread/{found}")
            con.execute(threads.MEANT, {"threads": [found]})
            threads.change(con, deed, {"opens": True})
            (made,) = con.execute(ADD, {**about, "at": at, "deed": deed}).fetchall()[0]
            con.execute(MENTION, {"note": made, "who": named})
            audit(con, who, "note", f"thread/{found}", None, {"note": made, "mentions": named, "deed": deed})
        state = threads.state_in(con, found)
    return {
        "id": made,
        "who": who,
        "text": text,
        "at": at,
        "mentions": named,
        "deed": deed,
        "state": state,
    }


LISTED = """
select n.id, n.who, n.text, n.made_at as "at", n.deed,
    coalesce((select list(m.who) from mention m where m.note_id = n.id), []) as mentions
from note n where n.removed_at is null
    and (n.thread_id = $thread or n.thread_id in (select id from thread where merged_into = $thread))
order by n.id
"""


def listed(store: Store, thread: int) -> list[Row]:
    """List the notes of a thread and of those merged into it, oldest first."""
    return dicts(store.read().execute(LISTED, {"thread": thread}))


def turn(con: duckdb.DuckDBPyConnection, deed: int, undo: bool) -> None:
    """Take the note of a deed away, or put it back, inside a write."""
    con.execute(
        "update note set removed_at = $at where deed = $deed", {"deed": deed, "at": now() if undo else None}
    )


MENTIONED = """
select n.id as note, n.thread_id::varchar as thread, n.who, n.text, n.made_at as "at" from mention m join note n on n.id = m.note_id
where list_contains($names, m.who) and m.seen_at is null and n.removed_at is null order by n.id desc limit 200
"""
HELD = """
select t.id::varchar as thread, t.status, t.assignee, t.changed_at as "at",
    case when t.claimed_until > $at then t.claimed_by end as claimed_by,
    case when t.claimed_until > $at then t.claimed_until end as claimed_until
from thread t where t.merged_into is null and t.status not in ('resolved', 'spam')
    and (t.assignee = $who or (t.claimed_by = $who and t.claimed_until > $at))
order by t.changed_at desc limit 200
"""


def needing(store: Store, who: str) -> Row:
    """Return what waits for `who`: `mentions` not seen yet, `assigned` and `claimed` threads, newest first.

    Each with the thread's first `comment`.
    """
    read = store.read()
    named = dicts(read.execute(MENTIONED, {"names": names(who)}))
    held = dicts(read.execute(HELD, {"who": who, "at": now()}))
    first = _first(store, {int(row["thread"]) for row in (*named, *held)})
    for row in (*named, *held):
        row["comment"] = first.get(int(row["thread"]))
    return {
        "mentions": named,
        "assigned": [row for row in held if row["assignee"] == who],
        "claimed": [row for row in held if row["claimed_by"] == who],
    }


FIRST = """
select thread_id, min(id) from comment where thread_id in (select unnest($threads::bigint[])) group by thread_id
"""
_known: WeakKeyDictionary[Store, dict[int, int]] = WeakKeyDictionary()


def _first(store: Store, threads: set[int]) -> dict[int, int]:
    """Return the first comment of threads. It never changes, and to find it reads every comment's thread: so it is remembered."""
    known = _known.setdefault(store, {})
    if new := threads - known.keys():
        known.update(store.read().execute(FIRST, {"threads": list(new)}).fetchall())
    return known


def names(who: str) -> list[str]:
    """Return how a note may name a member: whole, or the part of an address before its @."""
    whole = who.casefold()
    return list(dict.fromkeys([whole, whole.split("@")[0]]))


SEEN = """
update mention set seen_at = $at where seen_at is null and list_contains($names, who)
    and note_id in (select unnest($notes::bigint[]))
"""


def seen(store: Store, who: str, notes: list[int]) -> int:
    """Remember that `who` has seen the mentions in some notes; return how many were new. Raises NotFound where none is theirs."""
    with store.write() as con:
        (count,) = con.execute(SEEN, {"at": now(), "names": names(who), "notes": notes}).fetchall()[0]
        if not count and notes:
            raise NotFound("None of these notes mentions you, or you have seen them already.")
        audit(con, who, "seen", "mentions", None, {"notes": notes})
    return int(count)
