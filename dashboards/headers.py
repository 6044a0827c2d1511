"""Security headers: a strict Content-Security-Policy that Streamlit's pages live with, and its companions.

Even if a customer's text ever reached something that reads markup, nothing foreign may load or run.
"""

import base64
import hashlib
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import streamlit
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

INDEX = Path(streamlit.__file__).parent / "static" / "index.html"
_INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)

OTHERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


DOCUMENTATION = ("/api/docs", "/api/redoc")
"""The API's own description, whose pages start with an inline script of FastAPI's and show no stored text."""


@cache
def policy(path: str = "/") -> str:
    """Build the policy; inline scripts are allowed by the hash of those in Streamlit's own page only.

    `blob:` is where Streamlit loads a component's JavaScript from. Its styles are inline by design.
    """
    scripts = " ".join(hashes(_INLINE.findall(INDEX.read_text("utf-8"))))
    if path in DOCUMENTATION:
        scripts = "'unsafe-inline'"
    return "; ".join(
        [
            "default-src 'self'",
            f"script-src 'self' blob: {scripts}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "worker-src 'self' blob:",
            "frame-src 'none'",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        ]
    )


def hashes(scripts: Iterable[str]) -> list[str]:
    """Return each script as a CSP source, `'sha256-…'`."""
    return [
        f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in scripts
    ]


class SecurityHeaders:
    """ASGI middleware: add the headers to every answer that has not set its own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "/")
        described = path if path in DOCUMENTATION else "/"

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("content-security-policy", policy(described))
                for name, value in OTHERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, with_headers)
