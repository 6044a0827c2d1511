"""What a member or a token can do. Each function is one permission, one rule, one transaction, one audit row.

Pages and routes both call these, so that neither can get around a rule.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar, cast

from curation.errors import Forbidden
from curation.models import Who
from curation.store import Store
from curation.store.members import held
from curation.store.members import permissions as carried

P = ParamSpec("P")
R = TypeVar("R")


def needs(
    *permissions: str,
) -> Callable[[Callable[Concatenate[Store, Who, P], R]], Callable[Concatenate[Store, Who, P], R]]:
    """Let only those with one of `permissions` call the function. Raises Forbidden."""
    named = " or ".join(map(repr, permissions))

    def wrap(act: Callable[Concatenate[Store, Who, P], R]) -> Callable[Concatenate[Store, Who, P], R]:
        @wraps(act)
        def checked(store: Store, who: Who, *args: P.args, **kwargs: P.kwargs) -> R:
            who = _as_of_now(store, who)
            if who.permissions.isdisjoint(permissions):
                raise Forbidden(f"{who.name} may not do this: it needs the permission {named}.")
            return act(store, who, *args, **kwargs)

        return cast(Callable[Concatenate[Store, Who, P], R], checked)

    return wrap


def _as_of_now(store: Store, who: Who) -> Who:
    """Look up what a member may do: what a click does begins before its page is drawn, and so asked, again."""
    if not who.signed_in:
        return who
    found = held(store, who.name)
    return replace(who, permissions=carried(found["roles"] if found else []))
