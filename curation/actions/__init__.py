"""What a member or a token can do. Each function is one permission, one rule, one transaction, one audit row.

Pages and routes both call these, so that neither can get around a rule.
"""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar, cast

from curation.errors import Forbidden
from curation.models import Who
from curation.store import Store

P = ParamSpec("P")
R = TypeVar("R")


def needs(
    permission: str,
) -> Callable[[Callable[Concatenate[Store, Who, P], R]], Callable[Concatenate[Store, Who, P], R]]:
    """Let only those with `permission` call the function. Raises Forbidden."""

    def wrap(act: Callable[Concatenate[Store, Who, P], R]) -> Callable[Concatenate[Store, Who, P], R]:
        @wraps(act)
        def checked(store: Store, who: Who, *args: P.args, **kwargs: P.kwargs) -> R:
            if permission not in who.permissions:
                raise Forbidden(f"{who.name} may not do this: it needs the permission {permission!r}.")
            return act(store, who, *args, **kwargs)

        return cast(Callable[Concatenate[Store, Who, P], R], checked)

    return wrap
