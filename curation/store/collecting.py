"""Collections, and the quotes in them: words of comments as they were, in an order made by hand."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

import duckdb

from curation.errors import Invalid, NotFound, Stale
from curation.store.access import note
from curation.store.connection import Store, dicts, now

Row = dict[str, Any]
Con = duckdb.DuckDBPyConnection

MOST = 1_000
"""Quotes in one collection."""

LISTED = """
select c.*, (select count(*) from quote q where q.collection = c.id and q.removed_at is null) as quotes from collection c
where c.removed_at is null and ($name is null or c.name = $name) order by lower(c.title), c.name
"""


def listed(store: Store, name: str | None = None) -> list[Row]:
    """List collections by title, with how many `quotes` each has."""
    return dicts(store.read().execute(LISTED, {"name": name}))


def get(store: Store, name: str) -> Row:
    """Return one collection. Raises NotFound."""
    return _one(store.read(), name)


def _one(con: Con, name: str) -> Row:
    rows = dicts(con.execute(LISTED, {"name": name}))
    if not rows:
        raise NotFound(f"There is no collection {name[:60]!r}.")
    return rows[0]


MAKE = (
    "insert into collection values ($id, $name, $title, $about, $language, $address, 1, $who, $at, $at, null)"
)
CHANGE = """
update collection set title = $title, about = $about, language = $language, address = $address, version = version + 1, changed_at = $at
where name = $name and removed_at is null
"""


def save(store: Store, who: str, name: str, about: Mapping[str, str], version: int) -> Row:
    """Save what a collection says of itself, as it was seen at `version`, 0 for a new one; the same again is saved already.

    `about`: title, about, language, address. Raises Stale with the collection there is.
    """
    with store.write() as con:
        rows = dicts(con.execute(LISTED, {"name": name}))
        before = rows[0] if rows else None
        if before and all(before[key] == value for key, value in about.items()):
            return before
        if (before["version"] if before else 0) != version:
            said = "was changed since you looked" if before else "is no more"
            raise Stale(f"The collection {name} {said}. Look again, then decide.", before)
        uses = {**about, "name": name, "at": now()}
        con.execute(CHANGE, uses) if before else con.execute(MAKE, {**uses, "id": str(uuid4()), "who": who})
        kept = {key: before[key] for key in about} if before else None
        note(con, who, "save collection", f"collection/{name}", kept, dict(about))
        return _one(con, name)


AWAY = "update collection set removed_at = $at, version = version + 1 where id = $id"


def put_away(store: Store, who: str, name: str, version: int) -> Row:
    """Put a collection away, as it was seen at `version`; its quotes and their clearances stay with it. Raises NotFound, Stale."""
    with store.write() as con:
        before = _at(con, name, version)
        con.execute(AWAY, {"id": before["id"], "at": now()})
        note(con, who, "put away collection", f"collection/{name}", {"title": before["title"]}, None)
        return before


BACK = (
    "update collection set removed_at = null, version = version + 1 where id = $id and removed_at is not null"
)
NAMED = "select name from collection where id = $id"


def bring_back(store: Store, who: str, id: str) -> Row:
    """Bring a collection back that was put away; again is no change. Raises NotFound, Invalid where another has its name by now."""
    with store.write() as con:
        named = con.execute(NAMED, {"id": id}).fetchone()
        if not named:
            raise NotFound(f"There is no collection with the id {id[:60]!r}.")
        there = dicts(con.execute(LISTED, {"name": named[0]}))
        if there and there[0]["id"] != id:
            raise Invalid(f"Another collection is called {named[0]!r} by now.")
        if not there:
            con.execute(BACK, {"id": id})
            note(con, who, "bring back collection", f"collection/{named[0]}", None, None)
        return _one(con, named[0])


def _at(con: Con, name: str, version: int) -> Row:
    found = _one(con, name)
    if found["version"] != version:
        raise Stale(f"The collection {name} was changed since you looked. Look again, then decide.", found)
    return found


QUOTES = """
select q.*, c.name as collection_name from quote q join collection c on c.id = q.collection
where ($name is null or c.name = $name) and ($id is null or q.id = $id) and (q.removed_at is null or $removed) and c.removed_at is null
order by q.place, q.id
"""


def quotes(store: Store, name: str) -> list[Row]:
    """List the quotes of a collection in their order, as they were when quoted."""
    return dicts(store.read().execute(QUOTES, {"name": name, "id": None, "removed": False}))


def quote_in(con: Con, id: int, removed: bool = False) -> Row:
    """Return one quote, of those removed too where `removed`. Raises NotFound."""
    rows = dicts(con.execute(QUOTES, {"name": None, "id": id, "removed": removed}))
    if not rows:
        raise NotFound(f"There is no quote {id}. Somebody may have taken it out of its collection.")
    return rows[0]


ADD = """
insert into quote select coalesce(max(id), 0) + 1, $collection, $comment_id, $comment_version, $starts, $ends, $text, $whole, $excerpt,
    $author, $created_at, $url, coalesce(max(place) filter (where collection = $collection), 0) + 1, $note, 1, $who, $at, null
from quote returning id
"""
SAME = """
select id from quote where collection = $collection and comment_id = $comment_id and text = $text and starts = $starts
    and removed_at is null
"""
TOUCH = "update collection set changed_at = $at where id = $id"


def add(store: Store, who: str, name: str, quote: Mapping[str, Any]) -> Row:
    """Put a quote at the end of a collection; the same words of the same comment again are there already.

    `quote`: comment_id, comment_version, starts, ends, text, whole, excerpt, author, created_at, url, note. Raises NotFound, Invalid.
    """
    with store.write() as con:
        found = _one(con, name)
        same = {key: quote[key] for key in ("comment_id", "text", "starts")} | {"collection": found["id"]}
        if there := con.execute(SAME, same).fetchone():
            return quote_in(con, there[0])
        if found["quotes"] >= MOST:
            raise Invalid(f"A collection has at most {MOST:,} quotes. Begin another.")
        uses = {**quote, "collection": found["id"], "who": who, "at": now()}
        (id,) = con.execute(ADD, uses).fetchall()[0]
        con.execute(TOUCH, {"id": found["id"], "at": uses["at"]})
        after = {"comment": quote["comment_id"], "text": quote["text"]}
        note(con, who, "quote", f"collection/{name}/{id}", None, after)
        return quote_in(con, id)


ORDER = """
update quote set place = o.place from (select unnest($ids::bigint[]) as id, generate_subscripts($ids::bigint[], 1) as place) o
where quote.id = o.id
"""
ORDERED = "update collection set version = version + 1, changed_at = $at where id = $id"


def order(store: Store, who: str, name: str, ids: Sequence[int], version: int) -> None:
    """Put the quotes of a collection in another order, as it was seen at `version`; the same again is no change. Raises NotFound, Invalid, Stale."""
    with store.write() as con:
        found = _one(con, name)
        before = [
            row["id"] for row in dicts(con.execute(QUOTES, {"name": name, "id": None, "removed": False}))
        ]
        if before == list(ids):
            return
        _at(con, name, version)
        if sorted(before) != sorted(ids):
            raise Invalid("An order names every quote of the collection, each once.")
        con.execute(ORDER, {"ids": list(ids)})
        con.execute(ORDERED, {"id": found["id"], "at": now()})
        note(con, who, "order quotes", f"collection/{name}", before, list(ids))


WORDS = """
update quote set comment_version = $comment_version, starts = $starts, ends = $ends, text = $text, whole = $whole, excerpt = $excerpt,
    author = $author, url = $url, version = version + 1
where id = $id
"""
WORD_NAMES = ("comment_version", "starts", "ends", "text", "whole", "excerpt", "author", "url")


def reword(store: Store, who: str, id: int, quote: Mapping[str, Any], version: int) -> Row:
    """Quote other words of the same comment, as the quote was seen at `version`; what cleared the old ones does not clear these.

    Raises NotFound, Stale.
    """
    return _change(
        store, who, "reword quote", id, version, WORDS, {key: quote[key] for key in WORD_NAMES}, ("text",)
    )


NOTE = "update quote set note = $note, version = version + 1 where id = $id"


def annotate(store: Store, who: str, id: int, text: str, version: int) -> Row:
    """Write the team's own note on a quote, as it was seen at `version`. Raises NotFound, Stale."""
    return _change(store, who, "note on quote", id, version, NOTE, {"note": text}, ("note",))


TAKE = "update quote set removed_at = $removed_at, version = version + 1 where id = $id"


def take(store: Store, who: str, id: int, version: int, out: bool) -> Row:
    """Take a quote out of its collection, or put it back, as it was seen at `version`; its clearances stay. Raises NotFound, Stale."""
    action = "take out quote" if out else "put back quote"
    return _change(store, who, action, id, version, TAKE, {"removed_at": now() if out else None}, ())


def _same(there: Any, wanted: Any) -> bool:
    """Whether two values say the same; of two times, whether there is one at all."""
    return there == wanted or (isinstance(there, datetime) and isinstance(wanted, datetime))


def _change(
    store: Store, who: str, action: str, id: int, version: int, sql: str, sets: Row, told: Sequence[str]
) -> Row:
    """Change a quote; a change that was made already, as by a second click, is none."""
    with store.write() as con:
        before = quote_in(con, id, removed=True)
        if all(_same(before[key], value) for key, value in sets.items()):
            return before
        if before["version"] != version:
            raise Stale("The quote was changed since you looked. Look again, then decide.", before)
        con.execute(sql, {**sets, "id": id})
        con.execute(TOUCH, {"id": before["collection"], "at": now()})
        subject = f"collection/{before['collection_name']}/{id}"
        note(con, who, action, subject, {key: before[key] for key in told}, {key: sets[key] for key in told})
        return quote_in(con, id, removed=True)


ADDRESS = "select id from comment where url = $url order by id limit 5"


def at_address(store: Store, url: str) -> list[int]:
    """Return up to five comments whose address at the channel is `url`. Raises TryAgain where that takes too long."""
    with store.heavy() as cursor:
        return [id for (id,) in cursor.execute(ADDRESS, {"url": url}).fetchall()]
