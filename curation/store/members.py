"""The members: who they are, which roles they hold, when they signed in."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import duckdb

from curation.errors import Invalid, NotFound, Stale
from curation.models import ROLES
from curation.store.access import end_tokens_of, note
from curation.store.connection import Store, dicts, now

Row = dict[str, Any]

_ATOM = r"[\w!$&'*+=^{|}~-]+"
EMAIL = re.compile(rf"(?=.{{3,100}}$)(?=[^@]{{1,64}}@){_ATOM}(\.{_ATOM})*@[\w-]+(\.[\w-]+)+", re.ASCII)
"""It is a member's name, part of an address, and at most what a thread's assignee may be. ASCII: no two look alike."""


def name_of(email: str) -> str:
    """Return the name of the member with an address: the address in small letters. Raises Invalid."""
    if not EMAIL.fullmatch(email := email.strip()):
        raise Invalid(f"{email[:120]!r} is not an email address such as ana@example.org.")
    return email.lower()


LISTED = """
select m.name, m.roles, m.added_at, s.signed_in_at from member m left join sign_in s on s.member = m.name
where m.removed_at is null order by m.name
"""


def listed(store: Store) -> list[Row]:
    """List members by name: name, roles, added_at, signed_in_at."""
    return [{**row, "roles": row["roles"].split()} for row in dicts(store.read().execute(LISTED))]


ROLES_OF_A_MAILBOX = frozenset(
    [
        "admin",
        "aide",
        "bonjour",
        "care",
        "client",
        "clients",
        "contact",
        "equipe",
        "feedback",
        "hello",
        "help",
        "helpdesk",
        "info",
        "office",
        "sales",
        "service",
        "shop",
        "support",
        "team",
    ]
)


def spoken(store: Store) -> set[str]:
    """Return the names in members' mail addresses: Ana and Durand for ana.durand@example.org, none for support@example.org."""
    found = store.read().execute("select name from member where removed_at is null").fetchall()
    words = {word for (name,) in found for word in re.findall(r"[^\W\d_]{3,}", name.partition("@")[0])}
    return {word.capitalize() for word in words if word.lower() not in ROLES_OF_A_MAILBOX}


HELD = """
select m.roles, s.signed_in_at from member m left join sign_in s on s.member = m.name
where m.name = $name and m.removed_at is null
"""


def held(store: Store, name: str) -> Row | None:
    """Return the roles of a member and when they signed in, or None where there is no such member any more."""
    found = dicts(store.read().execute(HELD, {"name": name}))
    return {**found[0], "roles": found[0]["roles"].split()} if found else None


def permissions(roles: Iterable[str]) -> frozenset[str]:
    """Return what the roles carry together."""
    return frozenset().union(*(ROLES.get(role, frozenset()) for role in roles))


ADD = """
insert into member values ($name, $email, $roles, $at, null)
on conflict (name) do update set email = $email, roles = $roles, added_at = $at, removed_at = null
"""


def add(store: Store, who: str, email: str, roles: Iterable[str]) -> str:
    """Make somebody a member, also one who was removed; return the name. Raises Invalid, also for a member."""
    name, given = name_of(email), _known(roles)
    with store.write() as con:
        if _roles(con, name) is not None:
            raise Invalid(f"{name} is a member already. Change the roles instead.")
        con.execute(ADD, {"name": name, "email": email.strip(), "roles": " ".join(given), "at": now()})
        note(con, who, "add member", f"member/{name}", None, {"roles": given})
    return name


def set_roles(
    store: Store, who: str, name: str, roles: Iterable[str], was: Iterable[str] | None = None
) -> None:
    """Give a member other roles; `was`: those the decision was based on.

    Raises NotFound, Invalid for the last administrator, Stale with the roles of now.
    """
    given = _known(roles)
    with store.write() as con:
        before = _member(con, name)
        if was is not None and set(was) != set(before):
            raise Stale(f"Somebody gave {name} other roles meanwhile: {', '.join(before)}.", before)
        _change(con, who, name, before, given)


def remove(store: Store, who: str, name: str) -> None:
    """Take somebody out, and end the tokens they made; what they did stays under their name.

    Raises NotFound, Invalid for the last administrator.
    """
    with store.write() as con:
        before = _member(con, name)
        _keep_one(con, name)
        con.execute("update member set removed_at = $at where name = $name", {"at": now(), "name": name})
        note(con, who, "remove member", f"member/{name}", {"roles": before}, None)
        end_tokens_of(con, who, name)


SIGNED_IN = "insert into sign_in values ($name, $at) on conflict (member) do update set signed_in_at = $at"


def signed_in(store: Store, name: str, at: datetime, roles: Iterable[str] | None) -> None:
    """Keep when a member signed in (UTC without a zone), and the `roles` their groups give, where groups do.

    Somebody new with roles becomes a member; one who was removed does not come back that way. The last administrator stays one,
    whatever their groups. Raises NotFound.
    """
    with store.write() as con:
        before = _roles(con, name)
        if before is None and roles:
            if con.execute("select 1 from member where name = $name", {"name": name}).fetchone():
                raise NotFound(f"{name} was removed.")
            given = _known(roles)
            con.execute(ADD, {"name": name, "email": name, "roles": " ".join(given), "at": now()})
            note(con, name, "add member", f"member/{name}", None, {"roles": given})
        elif before is not None and roles:
            given = _known([*roles, *(["administrator"] if _is_last(con, name) else [])])
            if given != before:
                _change(con, name, name, before, given)
        con.execute(SIGNED_IN, {"name": name, "at": at})
        note(con, name, "sign in", f"member/{name}", None, None)


def _change(con: duckdb.DuckDBPyConnection, who: str, name: str, before: list[str], given: list[str]) -> None:
    if "administrator" not in given:
        _keep_one(con, name)
    con.execute(
        "update member set roles = $roles where name = $name", {"roles": " ".join(given), "name": name}
    )
    note(con, who, "set roles", f"member/{name}", {"roles": before}, {"roles": given})
    if "administer" not in permissions(given):
        end_tokens_of(con, who, name)


OTHERS = """
select count(*) from member where removed_at is null and name <> $name and list_contains(string_split(roles, ' '), 'administrator')
"""


def _is_last(con: duckdb.DuckDBPyConnection, name: str) -> bool:
    """Tell whether nobody but `name` administers."""
    return "administrator" in _member(con, name) and not con.execute(OTHERS, {"name": name}).fetchall()[0][0]


def _keep_one(con: duckdb.DuckDBPyConnection, name: str) -> None:
    """Raise Invalid where nobody would administer without `name`."""
    if _is_last(con, name):
        raise Invalid(f"{name} is the last administrator. Make somebody else one first.")


def _member(con: duckdb.DuckDBPyConnection, name: str) -> list[str]:
    """Return a member's roles. Raises NotFound."""
    if (roles := _roles(con, name)) is None:
        raise NotFound(f"No member is called {name!r}. See them with: tribune members list")
    return roles


def _roles(con: duckdb.DuckDBPyConnection, name: str) -> list[str] | None:
    sql = "select roles from member where name = $name and removed_at is null"
    row = con.execute(sql, {"name": name}).fetchone()
    return row[0].split() if row else None


def _known(roles: Iterable[str]) -> list[str]:
    """Return roles in ROLES's order, each once. Raises Invalid for one that is none, or none at all."""
    given = set(roles)
    if unknown := sorted(given - set(ROLES)):
        raise Invalid(f"Roles are {', '.join(ROLES)}; not {', '.join(unknown)}.")
    if not given:
        raise Invalid(f"A member needs a role: {', '.join(ROLES)}.")
    return [role for role in ROLES if role in given]
