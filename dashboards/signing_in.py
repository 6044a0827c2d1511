"""Sign-in with an OpenID provider: what Streamlit is told of it, the door, the way back, cookies that only travel over TLS."""

import re
from typing import Any
from urllib.parse import quote, unquote

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from curation.actions.members import NotAdmitted
from curation.api.guard import LOOPBACK
from curation.config import Config, SignIn, sign_in_secrets
from dashboards.speech import Speech

CALLBACK = "/oauth2callback"
"""Streamlit's own; the provider has to know it."""
LOGIN = "/auth/login"
"""Streamlit's own; the door leads there."""
ASKED = "tribune_asked"
"""A cookie: the page somebody asked for before they were sent to the provider."""
OURS = re.compile(r"/(?![/\\])[\x21-\x7e]{0,2000}")
"""Path and query of a page of ours; with two slashes, or a control character, a browser may read another host."""


def secrets(config: Config) -> dict[str, Any]:
    """Return what `st.login` reads from Streamlit's secrets; it is handed over in memory. Raises ConfigError."""
    if (sign_in := config.sign_in) is None:
        return {}
    client_secret, cookie_secret = sign_in_secrets(config)
    about = {
        "redirect_uri": sign_in.address + CALLBACK,
        "client_id": sign_in.client_id,
        "client_secret": client_secret,
        "cookie_secret": cookie_secret,
        "server_metadata_url": sign_in.metadata,
    }
    return {"auth": about}


def hosts(config: Config) -> set[str]:
    """Return the names under which the app answers."""
    return {*LOOPBACK, config.app.reached.strip("[]"), *([config.sign_in.host] if config.sign_in else [])}


class Secure:
    """ASGI middleware: cookies travel over TLS only, and the browser keeps to TLS."""

    def __init__(self, app: ASGIApp, sign_in: SignIn | None) -> None:
        self.app = app
        self.on = sign_in is not None and sign_in.secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    (
                        name,
                        value + b"; Secure"
                        if name == b"set-cookie" and b"secure" not in value.lower()
                        else value,
                    )
                    for name, value in message["headers"]
                ]
                MutableHeaders(scope=message).setdefault("strict-transport-security", "max-age=31536000")
            await send(message)

        await self.app(scope, receive, secured if self.on else send)


class Back:
    """ASGI middleware: who signs in comes back to the page they asked for; Streamlit alone leads to the first one."""

    def __init__(self, app: ASGIApp, sign_in: SignIn | None) -> None:
        self.app, self.sign_in = app, sign_in

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path")
        if self.sign_in is None or path not in (LOGIN, CALLBACK):
            return await self.app(scope, receive, send)
        request, address = Request(scope), self.sign_in.address

        async def led(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                if path == LOGIN:
                    page = request.headers.get("referer", "").removeprefix(address)
                    answer.append("set-cookie", _asked(page if OURS.fullmatch(page) else "/", 3600))
                elif answer.get("location") == "/":
                    page = unquote(request.cookies.get(ASKED, ""))
                    answer["location"] = page if OURS.fullmatch(page) else "/"
                    answer.append("set-cookie", _asked("", 0))
            await send(message)

        await self.app(scope, receive, led)


def _asked(page: str, seconds: int) -> str:
    return f"{ASKED}={quote(page, safe='')}; Path={CALLBACK}; Max-Age={seconds}; HttpOnly; SameSite=Lax"


def door(say: Speech, why: NotAdmitted) -> None:
    """Draw the page for whoever is not let in: why, what to do, and the way in or out."""
    _ = say.text
    words = {
        "nobody": _("Sign in with the account of your organisation to go on."),
        "expired": _("Your sign-in has ended. Sign in again to go on."),
        "no email": _(
            "Your organisation's sign-in does not tell Tribune your email address. Ask an administrator to have `email` put "
            "into the ID token."
        ),
        "not verified": _(
            "Your organisation's sign-in does not say that this address is yours. Have it verified there, then sign in again."
        ),
        "no member": _(
            "You are not a member here. Ask an administrator of Tribune to add this address, then sign in again."
        ),
    }
    with st.container(border=True, key="door", width=520):
        again = why.reason in ("nobody", "expired")
        st.subheader(_("Sign in") if again else _("You cannot come in yet"), anchor=False)
        st.text(words[why.reason])
        if why.email:
            st.code(why.email, language=None, wrap_lines=True)
        if again:
            st.button(_("Sign in"), icon=":material/login:", type="primary", key="sign_in", on_click=st.login)
        else:
            st.button(_("Sign out"), icon=":material/logout:", key="sign_out", on_click=st.logout)


def way_out(say: Speech, name: str) -> None:
    """Draw who is signed in, and the button that signs out."""
    with st.container(horizontal=True, vertical_alignment="center", key="signed_in"):
        st.text(name)
        st.button(say.text("Sign out"), type="tertiary", key="sign_out", on_click=st.logout)


def role_names(say: Speech) -> dict[str, str]:
    """Name the roles."""
    _ = say.text
    return {
        "reader": _("Reader"),
        "writer": _("Writer"),
        "agent": _("Agent"),
        "reviewer": _("Reviewer"),
        "curator": _("Curator"),
        "administrator": _("Administrator"),
    }
