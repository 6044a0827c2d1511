"""What members have seen and were told of what waits for them, and how each wishes to be told by mail."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from curation.errors import Stale
from curation.store.access import note
from curation.store.awareness import Con
from curation.store.connection import Store, dicts, now

Row = dict[str, Any]

KNOWN = "select key, seen_at, told_at from notice where who = $who"


def known(store: Store, who: str) -> dict[str, Row]:
    """Return what `who` has seen (`seen_at`) or was told (`told_at`), by key."""
    return {row["key"]: row for row in dicts(store.read().execute(KNOWN, {"who": who}))}


ADD = """
insert into notice select $who, k.key, null, null from (select unnest($keys::varchar[]) as key) k
where k.key not in (select key from notice where who = $who)
"""
FORGET = "delete from notice where who = $who and not list_contains($waiting, key)"
SEEN = """
update notice set seen_at = $at where who = $who and list_contains($keys, key) and seen_at is null returning key
"""


def seen(store: Store, who: str, keys: Sequence[str], waiting: Collection[str]) -> int:
    """Remember that `who` has seen these of what is `waiting`, and of nothing else; return how many were new.

    What waits no more is forgotten: should it come again, it is new.
    """
    uses = {"who": who, "keys": sorted({*keys} & {*waiting})}
    with store.write() as con:
        con.execute(FORGET, {"who": who, "waiting": list(waiting)})
        con.execute(ADD, uses)
        new = con.execute(SEEN, {**uses, "at": now()}).fetchall()
        if new:
            note(con, who, "notices seen", f"member/{who}", None, {"notices": len(new)})
    return len(new)


TELL = """
update notice set told_at = $at where who = $who and key in (
    select key from notice where who = $who and list_contains($keys, key) and told_at is null and seen_at is null
    order by list_position($keys, key) limit $most)
returning key
"""
TOLD = "update notice_choice set told_at = $at where who = $who"


def take(store: Store, who: str, waiting: Collection[str], most: int) -> set[str]:
    """Return which of what is `waiting` for `who` was neither seen nor told, the first `most`, and remember it as told, before it is.

    So nothing is told twice, whatever becomes of the letter. What waits no more is forgotten as in `seen`.
    """
    uses = {"who": who, "keys": list(waiting)}
    with store.write() as con:
        con.execute(FORGET, {"who": who, "waiting": list(waiting)})
        con.execute(ADD, uses)
        taken = {key for (key,) in con.execute(TELL, {**uses, "at": now(), "most": most}).fetchall()}
        con.execute(TOLD, {"who": who, "at": now()})
        if taken:
            note(con, who, "notices told", f"member/{who}", None, {"notices": len(taken)})
    return taken


UNTELL = "update notice set told_at = null where who = $who and list_contains($keys, key)"
UNTOLD = "update notice_choice set told_at = $before where who = $who"


def give_back(store: Store, who: str, keys: Sequence[str], before: datetime | None) -> None:
    """Take back that `who` was told: the letter certainly did not leave. `before`: when the one before it was written."""
    with store.write() as con:
        con.execute(UNTELL, {"who": who, "keys": list(keys)})
        con.execute(UNTOLD, {"who": who, "before": before})
        note(con, who, "notices not told", f"member/{who}", None, {"notices": len(keys)})


CHOICES = """
select who, way, email, language, version, told_at from notice_choice c
where ($who is null or who = $who) order by who
"""


def choices(store: Store, who: str | None = None, con: Con | None = None) -> list[Row]:
    """Return how members, or one, wish to be told."""
    return dicts((con or store.read()).execute(CHOICES, {"who": who}))


CHOOSE = """
update notice_choice set way = $way, email = $email, language = $language, version = version + 1, changed_at = $at
where who = $who
"""
FIRST = "insert into notice_choice values ($who, $way, $email, $language, 1, $at, null)"


def choose(store: Store, who: str, way: str, email: str, language: str, version: int) -> Row:
    """Keep how `who` wishes to be told, as it was seen at `version`, 0 for the first time. Raises Stale."""
    uses = {"who": who, "way": way, "email": email, "language": language, "at": now()}
    with store.write() as con:
        rows = choices(store, who, con)
        if (rows[0]["version"] if rows else 0) != version:
            raise Stale("This was changed in another tab. Look at it again.", rows[0] if rows else None)
        con.execute(CHOOSE if rows else FIRST, uses)
        before = {"way": rows[0]["way"], "language": rows[0]["language"]} if rows else None
        note(con, who, "notices chosen", f"member/{who}", before, {"way": way, "language": language})
        found = choices(store, who, con)
    return found[0]
