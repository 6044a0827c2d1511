"""Who did what: the audit, and the API's tokens. A token is kept as a hash and shown once."""

import hashlib
import hmac
import re
import secrets
from datetime import timedelta
from typing import Any

import duckdb
import orjson

from curation.errors import Invalid, NotFound
from curation.models import PERMISSIONS, Who
from curation.store.connection import Store, dicts, now

TOKEN_NAME = re.compile(r"\w[\w .@-]{0,99}")
"""It is part of an address, as that of the route that revokes it."""

NOTE = """
insert into audit select coalesce(max(id), 0) + 1, $at, $who, $action, $subject, $before, $after from audit
"""


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


ACTIVITY = """
select id, made_at as "at", who, action, subject, before, after from audit
where ($before is null or id < $before) order by id desc limit $limit
"""


def activity(store: Store, before: int | None = None, limit: int = 100) -> list[dict[str, Any]]:
    """List audit rows, newest first; `before` is the id a page continues from."""
    return dicts(store.read().execute(ACTIVITY, {"before": before, "limit": limit}))


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
