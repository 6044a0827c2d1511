"""Filters kept under a name, for oneself or for all."""

from typing import Any

from curation.errors import Invalid, NotFound
from curation.store.access import note
from curation.store.connection import Store, dicts, now

Row = dict[str, Any]

MOST = 500

LISTED = """
select owner, name, query, shared, changed_at from saved_view where owner = $who or shared
order by owner <> $who, lower(name), owner
"""


def listed(store: Store, who: str) -> list[Row]:
    """List one's own views, then those others share, by name."""
    return dicts(store.read().execute(LISTED, {"who": who}))


def save(store: Store, who: str, name: str, query: str, shared: bool) -> Row:
    """Keep a view under one of one's own names, in the place of the one that has it. Raises Invalid."""
    name = name.strip()
    if not name or len(name) > 100:
        raise Invalid("A view's name has 1 to 100 characters.")
    uses = {"owner": who, "name": name}
    view = {**uses, "query": query, "shared": shared, "changed_at": now()}
    with store.write() as con:
        old = con.execute(
            "delete from saved_view where owner = $owner and name = $name returning query, shared", uses
        ).fetchone()
        (count,) = con.execute(
            "select count(*) from saved_view where owner = $owner", {"owner": who}
        ).fetchall()[0]
        if count >= MOST:
            raise Invalid(f"You have {count} views. Delete some first.")
        con.execute("insert into saved_view values ($owner, $name, $query, $shared, $changed_at)", view)
        before = {"query": old[0], "shared": old[1]} if old else None
        note(con, who, "save view", f"view/{name}", before, {"query": query, "shared": shared})
    return view


def delete(store: Store, who: str, name: str, owner: str | None = None) -> None:
    """Delete a view: one's own, or that of `owner`. Raises NotFound."""
    uses = {"owner": owner or who, "name": name}
    with store.write() as con:
        gone = con.execute(
            "delete from saved_view where owner = $owner and name = $name returning query, shared", uses
        ).fetchone()
        if not gone:
            raise NotFound(f"No view of {owner or who} is called {name[:100]!r}.")
        note(con, who, "delete view", f"view/{name}", {"query": gone[0], "shared": gone[1]}, None)
