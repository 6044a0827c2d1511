"""Let in only requests made to this machine by its own pages and by programs: a check of Host and Origin.

Loopback alone protects little: a page of another site can make a browser send requests here, and a name that
an attacker's server resolves to 127.0.0.1 reaches us with that name as its Host (DNS rebinding).
"""

from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Guard:
    """ASGI middleware: refuse a Host that is not ours, and an Origin that is not the Host."""

    def __init__(self, app: ASGIApp, hosts: Iterable[str] = LOOPBACK) -> None:
        self.app = app
        self.hosts = frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            headers = Headers(scope=scope)
            host, origin = headers.get("host", ""), headers.get("origin")
            if _name(f"//{host}") not in self.hosts:
                return await _refuse(scope, receive, send, "This address is not served here.", 421)
            if origin is not None and origin.partition("://")[2] != host:
                return await _refuse(scope, receive, send, "Requests from other sites are not answered.", 403)
        return await self.app(scope, receive, send)


def _name(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None


async def _refuse(scope: Scope, receive: Receive, send: Send, why: str, status: int) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": why})
        return
    await PlainTextResponse(why, status)(scope, receive, send)
