"""Who did what: the audit, and the API's tokens. A token is kept as a hash and shown once."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

import duckdb
import orjson

from curation.errors import Invalid, NotFound
from curation.models import PERMISSIONS, Who
from curation.store import recent
from curation.store.connection import Store, dicts, following, now

TOKEN_NAME = re.compile(r"\w[\w .@-]{0,99}")
"""It is part of an address, as that of the route that revokes it."""

NOTE = f"insert into audit select {following('audit')}, $at, $who, $action, $subject, $before, $after"


def note(
    con: duckdb.DuckDBPyConnection, who: str, action: str, subject: str, before: Any, after: Any
) -> None:
    """Add the audit row of the transaction `con` is in. `before` and `after` are JSON values or None."""
    con.execute(
        NOTE,
        {
            "at": now(),
            "who": who,
            "action": action,
            "subject": subject,
            "before": None if before is None else orjson.dumps(before).decode(),
            "after": None if after is None else orjson.dumps(after).decode(),
        },
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """Which audit rows: by whom, of which action, about what, from the day `since` on and before the day `until` (UTC)."""

    who: str | None = None
    action: str | None = None
    subject: str | None = None
    since: date | None = None
    until: date | None = None


ACTIVITY = """
select id, made_at as "at", who, action, subject, before, after from audit
where ($before is null or id < $before) and ($who is null or who = $who) and ($action is null or action = $action)
  and ($subject is null or subject = $subject) and ($since is null or made_at >= $since) and ($until is null or made_at < $until)
order by id desc limit $limit
"""


def activity(
    store: Store, before: int | None = None, limit: int = 100, wanted: Activity | None = None
) -> list[dict[str, Any]]:
    """List audit rows, newest first; `before` is the id a page continues from."""
    uses = {"before": before, "limit": limit, **asdict(wanted or Activity())}
    return dicts(store.read().execute(ACTIVITY, uses))


SUBJECTS = """
select 'comment/' || id as subject, id::varchar as comment from comment where id in (select unnest($comments::bigint[]))
union all select 'reply/' || marker, comment_id::varchar from reply where marker in (select unnest($replies::varchar[]))
union all select 'thread/' || thread_id, arg_max(id, rank)::varchar from comment
    where thread_id in (select unnest($threads::bigint[])) group by thread_id
"""


def comments_of(store: Store, subjects: Iterable[str]) -> dict[str, str]:
    """Return the comment's id, as text, that each subject is about, for those that are about one: of a thread the newest."""
    named: dict[str, list[str]] = {"comment": [], "thread": [], "reply": []}
    for subject in set(subjects):
        kind, _, name = subject.partition("/")
        if kind == "reply" or (kind in named and re.fullmatch(r"-?\d{1,19}", name)):
            named[kind].append(name)
    uses = {"comments": named["comment"], "threads": named["thread"], "replies": named["reply"]}
    return dict(store.read().execute(SUBJECTS, uses).fetchall())


def actors(store: Store) -> dict[str, list[str]]:
    """Return everybody who ever did something, and every action there was: `who` and `action`, by name."""
    read = store.read()
    return {
        "who": [one for (one,) in read.execute("select distinct who from audit order by 1").fetchall()],
        "action": [one for (one,) in read.execute("select distinct action from audit order by 1").fetchall()],
    }


def look(store: Store) -> None:
    """Bring `store.recent` up to the newest write; costs nothing where nobody wrote."""
    writes = store.writes
    if store.recent.stale(writes):
        store.recent.read(store.read(), writes)


def changes(store: Store, after: int | None, limit: int = 500) -> tuple[int, list[dict[str, Any]]]:
    """Return the number of the newest change, and those after `after`, oldest first: who did what to which subject.

    With None, none of them: where somebody starts to follow. Every write has its audit row, so nothing is missed.
    """
    look(store)
    if after is None:
        return store.recent.newest, []
    found = store.recent.after(after, limit)
    rows = recent.rows(store.read(), after, limit) if found is None else found
    return (rows[-1]["id"] if rows else after), rows


def create_token(store: Store, who: str, name: str, scopes: list[str]) -> str:
    """Make a token that may do `scopes` and return it, this once. Raises Invalid."""
    if not TOKEN_NAME.fullmatch(name):
        raise Invalid(
            f"A token's name has only letters, digits, spaces, '.', '_', '@' and '-', not {name!r}."
        )
    if unknown := sorted(set(scopes) - set(PERMISSIONS)):
        raise Invalid(f"Scopes are {', '.join(PERMISSIONS)}; not {', '.join(unknown)}.")
    if not scopes:
        raise Invalid(f"A token needs a scope: {', '.join(PERMISSIONS)}.")
    token = "tribune_" + secrets.token_urlsafe(32)
    with store.write() as con:
        if con.execute(
            "select 1 from token where name = $name and revoked_at is null", {"name": name}
        ).fetchone():
            raise Invalid(f"A token called {name!r} is in use. Revoke it first, or choose another name.")
        con.execute("delete from token where name = $name", {"name": name})
        con.execute(
            "insert into token values ($name, $hash, $scopes, $at, null, null)",
            {"name": name, "hash": _hash(token), "scopes": " ".join(sorted(set(scopes))), "at": now()},
        )
        note(con, who, "create token", f"token/{name}", None, {"scopes": sorted(set(scopes))})
    return token


def tokens(store: Store) -> list[dict[str, Any]]:
    """List tokens with scopes and times; never the token nor its hash."""
    found = store.read().execute(
        "select name, scopes, created_at, last_used_at, revoked_at from token order by name"
    )
    return [{**row, "scopes": row["scopes"].split()} for row in dicts(found)]


def revoke_token(store: Store, who: str, name: str) -> None:
    """End a token at once. Raises NotFound."""
    with store.write() as con:
        found = con.execute(
            "update token set revoked_at = $at where name = $name and revoked_at is null returning name",
            {"at": now(), "name": name},
        ).fetchone()
        if not found:
            raise NotFound(f"No token in use is called {name!r}.")
        note(con, who, "revoke token", f"token/{name}", None, None)


MADE = """
with recursive maker as (
    select split_part(subject, '/', 2) as name, arg_max(who, id) as who from audit where action = 'create token' group by subject
), made as (
    select name from maker where who = $member union select m.name from maker m join made on m.who = 'token ' || made.name
)
select t.name from token t join made using (name) where revoked_at is null order by 1
"""


def end_tokens_of(con: duckdb.DuckDBPyConnection, who: str, member: str) -> None:
    """End the tokens a member made, and those that were made with them, in the transaction `con` is in."""
    for (name,) in con.execute(MADE, {"member": member}).fetchall():
        con.execute("update token set revoked_at = $at where name = $name", {"at": now(), "name": name})
        note(con, who, "revoke token", f"token/{name}", None, None)


def holder_of(store: Store, token: str) -> Who | None:
    """Return who a token speaks for, or None where it is unknown or revoked. Its use is noted once an hour."""
    wanted, at = _hash(token), now()
    found = store.read().execute(
        "select name, hash, scopes, last_used_at from token where revoked_at is null"
    )
    for row in dicts(found):
        if hmac.compare_digest(row["hash"], wanted):
            if row["last_used_at"] is None or at - row["last_used_at"] > timedelta(hours=1):
                with store.write() as con:
                    uses = {"at": at, "name": row["name"]}
                    con.execute("update token set last_used_at = $at where name = $name", uses)
            return Who(name=f"token {row['name']}", permissions=frozenset(row["scopes"].split()))
    return None


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
