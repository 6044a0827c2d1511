"""Members, and who of those who come with a provider's word is let in.

Roles and what they carry (`models.ROLES`); who holds several may do what any of them does:

role           read  triage  draft  approve  send  curate  administer
reader          ✓
writer          ✓      ✓       ✓
agent           ✓      ✓       ✓               ✓
reviewer        ✓      ✓       ✓       ✓       ✓
curator         ✓      ✓                             ✓
administrator   ✓      ✓       ✓       ✓       ✓     ✓         ✓
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from curation.actions import needs
from curation.config import SignIn
from curation.errors import Forbidden, Invalid, NotFound
from curation.models import Who
from curation.store import Store, members

Row = dict[str, Any]
Reason = Literal["nobody", "expired", "no email", "not verified", "no member"]

SKEW = timedelta(minutes=5)
"""By which a provider's clock may be ahead."""


class NotAdmitted(Forbidden):
    """Whoever looks is not let in; `reason` says why, `email` who they said to be."""

    def __init__(self, reason: Reason, email: str = "") -> None:
        super().__init__("You are not signed in as a member. Reload the page to sign in.")
        self.reason, self.email = reason, email


@needs("administer")
def listed(store: Store, who: Who) -> list[Row]:
    """List members by name, with roles, since when, and their last sign-in."""
    return members.listed(store)


@needs("administer")
def add(store: Store, who: Who, email: str, roles: Iterable[str]) -> str:
    """Make somebody a member; return their name. Raises Invalid."""
    return members.add(store, who.name, email, roles)


@needs("administer")
def set_roles(store: Store, who: Who, name: str, roles: Iterable[str], was: Iterable[str] | None) -> None:
    """Give a member other roles than those of `was`. Raises NotFound, Stale, and Invalid for the last administrator."""
    members.set_roles(store, who.name, name, roles, was)


@needs("administer")
def remove(store: Store, who: Who, name: str) -> None:
    """Take a member out, at once. Raises NotFound, and Invalid for the last administrator."""
    members.remove(store, who.name, name)


def permitted(store: Store, name: str) -> frozenset[str] | None:
    """Return what a member may do as of now, or None where they are none."""
    found = members.held(store, name)
    return members.permissions(found["roles"]) if found else None


def admitted(store: Store, sign_in: SignIn, claims: Mapping[str, Any]) -> Who:
    """Return the member a provider's ID token speaks of, with what they may do as of now. Raises NotAdmitted.

    `claims` are those of OpenID Connect Core 1.0, sections 2 and 5.1: `email`, `email_verified`, `iat` (seconds since 1970).
    """
    if not claims.get("is_logged_in"):
        raise NotAdmitted("nobody")
    name, at = _email(sign_in, claims), _signed_in_at(sign_in, claims)
    found = members.held(store, name)
    if found is None or found["signed_in_at"] is None or at > found["signed_in_at"]:
        roles = _roles(sign_in, claims)
        if not roles and (sign_in.groups or found is None):
            raise NotAdmitted("no member", name)
        try:
            members.signed_in(store, name, at, roles)
        except NotFound:
            raise NotAdmitted("no member", name) from None
        found = members.held(store, name) or {"roles": []}
    return Who(name=name, permissions=members.permissions(found["roles"]), signed_in=True)


def _email(sign_in: SignIn, claims: Mapping[str, Any]) -> str:
    email, verified = claims.get("email"), claims.get("email_verified")
    try:
        name = members.name_of(str(email or ""))
    except Invalid:
        raise NotAdmitted("no email") from None
    if verified is not True and not (verified is None and sign_in.trust_emails):
        raise NotAdmitted("not verified", name)
    return name


def _signed_in_at(sign_in: SignIn, claims: Mapping[str, Any]) -> datetime:
    try:
        at = datetime.fromtimestamp(int(claims["iat"]), UTC)
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        raise NotAdmitted("expired") from None
    if not timedelta(0) <= datetime.now(UTC) - at + SKEW < timedelta(hours=sign_in.hours) + SKEW:
        raise NotAdmitted("expired")
    return at.replace(tzinfo=None)


def _roles(sign_in: SignIn, claims: Mapping[str, Any]) -> list[str]:
    """Return the roles of the groups somebody is in."""
    groups = claims.get(sign_in.groups_claim) or []
    groups = [groups] if isinstance(groups, str) else groups
    return [role for group, role in sign_in.groups.items() if isinstance(groups, list) and group in groups]
