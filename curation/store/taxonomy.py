"""The team's topics as they stand, and every change of them with who, when, before and after."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import orjson

from curation.errors import NotFound, Stale
from curation.store.access import note
from curation.store.connection import Store, dicts, now

Table = dict[str, Any]
"""A topic as a taxonomy file writes it, with `id`; `archived` where it is put away."""

TAGGER = "taxonomy"
"""The tagger's version of tags that an edit made, by phrases and examples alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An edit. `before` and `after`: the topics it changes, by id, None where there is none."""

    action: str
    subject: str
    before: Mapping[str, Table | None]
    after: Mapping[str, Table | None]
    undoes: int | None = None


TOPICS = "select id, body, archived from topic order by place, id"
VERSION = "select coalesce(max(version), 0) from taxonomy_change"


def version(store: Store) -> int:
    """Return the version of the taxonomy: the number of its last change, 0 before it was first used."""
    row = store.read().execute(VERSION).fetchone()
    return int(row[0]) if row else 0


def tables(store: Store) -> dict[str, Table]:
    """Return every topic by id, parents before their children; none before `seed`."""
    return _tables(store.read())


def _tables(con: duckdb.DuckDBPyConnection) -> dict[str, Table]:
    rows = con.execute(TOPICS).fetchall()
    read = {
        id: {"id": id, **orjson.loads(body), **({"archived": True} if archived else {})}
        for id, body, archived in rows
    }
    return dict(sorted(read.items(), key=lambda one: "." in one[0]))


def seed(store: Store, who: str, topics: Sequence[Table]) -> None:
    """Take a file's topics as the store's first taxonomy; nothing where there is one."""
    with store.write() as con:
        if con.execute(VERSION).fetchall()[0][0]:
            return
        first = Change(
            action="import", subject="taxonomy", before={}, after={topic["id"]: topic for topic in topics}
        )
        put(con, who, first, 0)


PLACE = "select coalesce((select place from topic where id = $id), (select coalesce(max(place), 0) + 1 from topic))"
KEEP = """
insert into taxonomy_change
values ($version, $at, $who, $action, $subject, $before, $after, $comments, $undoes, null)
"""


def put(con: duckdb.DuckDBPyConnection, who: str, change: Change, comments: int) -> int:
    """Make `change` the taxonomy, inside a write; return the new version."""
    number = int(con.execute(VERSION).fetchall()[0][0]) + 1
    for id, table in change.after.items():
        place = con.execute(PLACE, {"id": id}).fetchall()[0][0]
        con.execute("delete from topic where id = $id", {"id": id})
        if table is not None:
            body = {name: value for name, value in table.items() if name not in ("id", "archived")}
            uses = {"id": id, "place": place, "body": _json(body), "archived": bool(table.get("archived"))}
            con.execute("insert into topic values ($id, $place, $body, $archived)", uses)
    con.execute(
        KEEP,
        {
            "version": number,
            "at": now(),
            "who": who,
            "action": change.action,
            "subject": change.subject,
            "before": _json(change.before),
            "after": _json(change.after),
            "comments": comments,
            "undoes": change.undoes,
        },
    )
    if change.undoes is not None:
        con.execute(
            "update taxonomy_change set undone_by = $by where version = $version",
            {"by": number, "version": change.undoes},
        )
    return number


CHANGES = """
select version, made_at as "at", who, action, subject, comments, undoes, undone_by from taxonomy_change
where ($before is null or version < $before) order by version desc limit $limit
"""


def changes(store: Store, before: int | None = None, limit: int = 100) -> list[dict[str, Any]]:
    """List changes, newest first; `before` is the version a page continues from."""
    return dicts(store.read().execute(CHANGES, {"before": before, "limit": limit}))


def change(store: Store, number: int) -> dict[str, Any]:
    """Return one change with `before` and `after`. Raises NotFound."""
    found = dicts(
        store.read().execute("select * from taxonomy_change where version = $number", {"number": number})
    )
    if not found:
        raise NotFound(f"There is no change {number} of the taxonomy. List them: tribune topics changes")
    return {**found[0], "before": orjson.loads(found[0]["before"]), "after": orjson.loads(found[0]["after"])}


LAST_ARCHIVED = """
select max(version) from taxonomy_change
where action = 'archive' and undone_by is null and json_exists(after, '$."' || $id || '"')
"""


def last_archived(store: Store, id: str) -> int | None:
    """Return the change that archived a topic, None where none did."""
    row = store.read().execute(LAST_ARCHIVED, {"id": id}).fetchone()
    return row[0] if row else None


def check(con: duckdb.DuckDBPyConnection, based_on: int) -> None:
    """Raise Stale unless the taxonomy is still `based_on`."""
    current = int(con.execute(VERSION).fetchall()[0][0])
    if current != based_on:
        raise Stale(
            f"The taxonomy is at version {current}, not {based_on}: somebody changed it meanwhile. "
            "Fetch it and try again.",
            current,
        )


def _json(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def noted(con: duckdb.DuckDBPyConnection, who: str, change: Change, version: int, comments: int) -> None:
    """Add the audit row of a change, inside its write."""
    about = {"version": version, "comments": comments, "undoes": change.undoes}
    note(con, who, f"{change.action} topic", f"topic/{change.subject}", None, about)
