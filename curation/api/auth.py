"""Who calls: this machine's own token, a page's short-lived one, or a token from the store."""

import hmac
import secrets
from typing import Annotated

from fastapi import Depends, Request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from curation.actions.members import permitted
from curation.errors import TribuneError
from curation.models import LOCAL, Who
from curation.store import Store
from curation.store.access import holder_of

PAGE_SECONDS = 3600
"""How long a page's token holds; the page makes a new one at every run."""

_pages = URLSafeTimedSerializer(secrets.token_urlsafe(32), salt="page")


class Unauthorised(TribuneError):
    """No token, or one that does not hold."""

    title = "A token is needed"
    status = 401


def page_token(who: Who) -> str:
    """Sign a short-lived token for the component of a page that `who` looks at.

    Where members sign in it says who they are and no more: what they may do is looked up at every call.
    """
    return _pages.dumps([who.name, sorted(who.permissions)])


def caller(request: Request) -> Who:
    """Return who a request speaks for. Raises Unauthorised.

    The token comes in the Authorization header only: no cookie, so that another site's page cannot use it.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthorised(
            "Send 'Authorization: Bearer <token>'. Make a token with: tribune tokens create NAME --scope read"
        )
    if hmac.compare_digest(token.encode(), request.app.state.token.encode()):
        return LOCAL
    store: Store = request.app.state.store
    if who := _page_viewer(store, token) or holder_of(store, token):
        return who
    raise Unauthorised("This token is unknown, expired or revoked. Reload the page, or make a new token.")


def _page_viewer(store: Store, token: str) -> Who | None:
    try:
        name, permissions = _pages.loads(token, max_age=PAGE_SECONDS)
    except BadSignature:
        return None
    if store.config.sign_in is not None:
        permissions = permitted(store, name)
    return None if permissions is None else Who(name=name, permissions=frozenset(permissions))


def store(request: Request) -> Store:
    """Return the store behind this API."""
    found: Store = request.app.state.store
    return found


Caller = Annotated[Who, Depends(caller)]
TheStore = Annotated[Store, Depends(store)]
