"""Crisis rooms: opened, worked in, closed; and the one statement, each version of it reviewed."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

import orjson

from curation.errors import Invalid, NotFound, Stale
from curation.store import replies
from curation.store.access import note
from curation.store.awareness import Con
from curation.store.connection import Store, dicts, now
from curation.store.filters import Filter

Row = dict[str, Any]

CHANGED = "The statement it began with is not agreed any more. Its text is kept; make the answer anew from the new one."

ROOMS = """
select id, title, scope, since, noticed, status, version, opened_by, opened_at, closed_by, closed_at, learnt
from crisis where $id is null or id = $id order by status = 'closed', id desc
"""


def listed(store: Store) -> list[Row]:
    """List rooms, open ones first, then the newest. `scope` is a `Filter` as a dict, `noticed` the spike, None where a person opened it."""
    return _rooms(store.read(), None)


def get(store: Store, crisis: int, con: Con | None = None) -> Row:
    """Return one room. Raises NotFound."""
    found = _rooms(con or store.read(), crisis)
    if not found:
        raise NotFound(f"There is no crisis room {crisis}.")
    return found[0]


def _rooms(con: Con, crisis: int | None) -> list[Row]:
    rows = dicts(con.execute(ROOMS, {"id": crisis}))
    for row in rows:
        row["scope"] = orjson.loads(row["scope"])
        row["noticed"] = orjson.loads(row["noticed"]) if row["noticed"] else None
    return rows


def scope_of(room: Row) -> Filter:
    """Return the filter whose comments belong to a room, from its beginning on."""
    scope: Row = {
        name: tuple(value) if isinstance(value, list) else value for name, value in room["scope"].items()
    }
    return Filter(**scope, since=room["since"])


OPEN = """
insert into crisis select coalesce(max(id), 0) + 1, $title, $scope, $since, $noticed, 'open', 1, $who, $at, null, null, ''
from crisis returning id
"""


def open_room(
    store: Store, who: str, title: str, scope: Filter, since: datetime, noticed: Row | None = None
) -> Row:
    """Open a room for the comments of `scope` from `since` on (UTC); `noticed`: the spike that says so."""
    kept = {name: value for name, value in asdict(scope).items() if value and name not in ("since", "until")}
    uses = {"title": title, "scope": orjson.dumps(kept).decode(), "since": since, "who": who, "at": now()}
    with store.write() as con:
        said = orjson.dumps(noticed).decode() if noticed else None
        ((made,),) = con.execute(OPEN, {**uses, "noticed": said}).fetchall()
        note(con, who, "open", f"crisis/{made}", None, {"title": title, "scope": kept, "noticed": noticed})
    return get(store, made)


TURN = """
update crisis set status = $status, closed_by = $who, closed_at = $at, learnt = coalesce($learnt, learnt), version = version + 1
where id = $id
"""


def close(store: Store, who: str, crisis: int, version: int, learnt: str) -> Row:
    """Close a room as it was seen at `version`, with what was learnt. Raises NotFound, Stale, Invalid where it is closed."""
    with store.write() as con:
        _seen(store, con, crisis, version)
        con.execute(TURN, {"id": crisis, "status": "closed", "who": who, "at": now(), "learnt": learnt})
        note(
            con, who, "close", f"crisis/{crisis}", {"status": "open"}, {"status": "closed", "learnt": learnt}
        )
    return get(store, crisis)


def reopen(store: Store, who: str, crisis: int, version: int) -> Row:
    """Open a closed room again as it was seen at `version`. Raises NotFound, Stale, Invalid where it is open."""
    with store.write() as con:
        _seen(store, con, crisis, version, "closed")
        con.execute(TURN, {"id": crisis, "status": "open", "who": None, "at": None, "learnt": None})
        note(con, who, "reopen", f"crisis/{crisis}", {"status": "closed"}, {"status": "open"})
    return get(store, crisis)


def _seen(store: Store, con: Con, crisis: int, version: int, status: str = "open") -> Row:
    """Return a room inside a write, if it still is as it was seen."""
    room = get(store, crisis, con)
    if room["version"] != version:
        raise Stale(f"Somebody changed this room meanwhile; it is {room['status']}. Look at it again.", room)
    if room["status"] != status:
        raise Invalid(f"This room is {room['status']} already.")
    return room


def working(store: Store, con: Con, crisis: int) -> Row:
    """Return a room that is open, inside a write. Raises NotFound, Invalid."""
    room = get(store, crisis, con)
    if room["status"] != "open":
        raise Invalid(f"This room was closed by {room['closed_by']}. Reopen it to go on.")
    return room


MEMBERS = "select who, joined_at from crisis_member where crisis = $crisis order by joined_at, who"


def members(store: Store, crisis: int) -> list[Row]:
    """List who works in a room, since when."""
    return dicts(store.read().execute(MEMBERS, {"crisis": crisis}))


def join(store: Store, who: str, crisis: int, here: bool = True) -> None:
    """Write down that somebody works in a room, or not any more. Raises NotFound, Invalid where it is closed."""
    uses = {"crisis": crisis, "who": who}
    with store.write() as con:
        working(store, con, crisis)
        was = con.execute(
            "select 1 from crisis_member where crisis = $crisis and who = $who", uses
        ).fetchone()
        if bool(was) == here:
            return
        if here:
            con.execute("insert into crisis_member values ($crisis, $who, $at)", {**uses, "at": now()})
        else:
            con.execute("delete from crisis_member where crisis = $crisis and who = $who", uses)
        note(con, who, "join" if here else "leave", f"crisis/{crisis}", None, None)


STATEMENTS = (
    "select version, texts, who, made_at from crisis_statement where crisis = $crisis order by version desc"
)
REVIEWS = "select version, who, approve, why, made_at from crisis_review where crisis = $crisis order by made_at, rowid"


def statements(store: Store, crisis: int, con: Con | None = None) -> list[Row]:
    """List the versions of a room's statement, the newest first; `texts` by language."""
    rows = dicts((con or store.read()).execute(STATEMENTS, {"crisis": crisis}))
    return [{**row, "texts": orjson.loads(row["texts"])} for row in rows]


def reviews(store: Store, crisis: int, con: Con | None = None) -> list[Row]:
    """List what was decided on the statement's versions, oldest first."""
    return dicts((con or store.read()).execute(REVIEWS, {"crisis": crisis}))


def save_statement(store: Store, who: str, crisis: int, version: int, texts: Mapping[str, str]) -> int:
    """Save the statement as it was seen at `version`, 0 for none; return the new version.

    Answers made from an older one that have not left are withdrawn, and say why. Raises NotFound, Stale with the newest, Invalid.
    """
    with store.write() as con:
        working(store, con, crisis)
        newest = _newest(store, con, crisis, version)
        if newest and newest["texts"] == dict(texts):
            return version
        uses = {"crisis": crisis, "version": version + 1, "texts": orjson.dumps(texts).decode()}
        con.execute(
            "insert into crisis_statement values ($crisis, $version, $texts, $who, $at)",
            {**uses, "who": who, "at": now()},
        )
        void = void_answers(con, crisis)
        after = {"version": version + 1, "void": len(void)}
        note(con, who, "statement", f"crisis/{crisis}", {"version": version} if version else None, after)
    return version + 1


def _newest(store: Store, con: Con, crisis: int, version: int) -> Row | None:
    newest = next(iter(statements(store, crisis, con)), None)
    if version != (newest["version"] if newest else 0):
        raise Stale("Somebody saved another statement meanwhile. Compare both, then save again.", newest)
    return newest


def decide(store: Store, who: str, crisis: int, version: int, approve: bool, why: str | None = None) -> None:
    """Approve a version of the statement, or ask for changes; then answers that have not left are withdrawn.

    Raises NotFound, Stale where there is a newer one, Invalid where there is none.
    """
    with store.write() as con:
        working(store, con, crisis)
        if not _newest(store, con, crisis, version):
            raise Invalid("There is no statement yet.")
        con.execute(
            "insert into crisis_review values ($crisis, $version, $who, $approve, $why, $at)",
            {"crisis": crisis, "version": version, "who": who, "approve": approve, "why": why, "at": now()},
        )
        void = [] if approve else void_answers(con, crisis)
        after = {"version": version, "approve": approve, "why": why, "void": len(void)}
        note(con, who, "review statement", f"crisis/{crisis}", None, after)


UNSENT = """
select r.marker, r.state from reply r
where r.marker in (select marker from crisis_answer where crisis = $crisis)
    and r.state in ('draft', 'in_review', 'changes_requested', 'approved', 'queued', 'failed')
order by r.marker
"""


def void_answers(con: Con, crisis: int) -> list[str]:
    """Withdraw a room's answers that have not left, inside a write; return their markers."""
    found = con.execute(UNSENT, {"crisis": crisis}).fetchall()
    for marker, state in found:
        replies.step(con, marker, state, "withdrawn", why=CHANGED)
    return [marker for marker, _ in found]


DEEDS = """
select made_at as "at", who, action, after from audit where subject = $subject order by id
"""


def deeds(store: Store, crisis: int) -> list[Row]:
    """List what was done in a room, oldest first: when, by whom, `action`, and `after` (JSON)."""
    rows = dicts(store.read().execute(DEEDS, {"subject": f"crisis/{crisis}"}))
    return [{**row, "after": orjson.loads(row["after"]) if row["after"] else None} for row in rows]
