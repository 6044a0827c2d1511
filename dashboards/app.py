"""The dashboard as one ASGI application: Streamlit's pages, the API under /api, one port, one process.

Serve it with one worker: this process is the only one that opens the store.
"""

import asyncio
import gc
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import config as settings

from curation.api import Guard, Served, create_api, hooks, opened
from curation.config import Config
from curation.errors import StoreBusy, TribuneError
from dashboards import assets, serving, signing_in, speech
from dashboards.headers import SecurityHeaders
from dashboards.look import SETTINGS

HERE = Path(__file__).parent

# Before st.App: it reads its configuration when it is made.
for name, value in SETTINGS.items():
    settings.set_option(name, value)


class Api:
    """The API of the store that is open now; there is none before the lifespan begins."""

    app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = self.app or PlainTextResponse("The store is not open yet.", 503)
        await answer(scope, receive, send)


api = Api()


def hold(config: Config, address: str) -> tuple[AbstractContextManager[Served], Served]:
    """Open the store, waiting for a command that holds it. What prevents it is told, and kept for the exit."""
    try:
        try:
            held = opened(config, address, wait=0)
            return held, held.__enter__()
        except StoreBusy as error:
            print(error, "Waiting for it.", file=sys.stderr, flush=True)  # noqa: T201
            held = opened(config, address)
            return held, held.__enter__()
    except TribuneError as error:
        serving.failure = error
        raise


@asynccontextmanager
async def holding(config: Config) -> AsyncIterator[dict[str, Any]]:
    """Hold the store open as long as the app runs."""
    held, served = await asyncio.to_thread(hold, config, config.app.local)
    try:
        serving.hold(served, config)
        api.app = create_api(served.store, served.token)
        # What is loaded by now stays: later collections need not look at it (a full one blocks for 60 ms).
        gc.collect()
        gc.freeze()
        yield {}
    finally:
        api.app = None
        serving.release()
        await asyncio.to_thread(held.__exit__, None, None, None)


async def healthz(_: Request) -> Response:
    """Say that the app answers and the store is open."""
    return JSONResponse({"ok": api.app is not None}, 200 if api.app else 503)


async def hook(request: Request) -> Response:
    """Take what another service pushes; its signature is its permission."""
    if api.app is None:
        return PlainTextResponse("The store is not open yet.", 503)
    if request.method != "POST":
        return PlainTextResponse("Another service sends here, with POST.", 405, headers={"allow": "POST"})
    return await hooks.take(serving.store(), request)


async def language(request: Request) -> Response:
    """Keep the chosen language in a cookie and go back to the page."""
    to = request.query_params.get("to", "/")
    if not to.startswith("/") or to.startswith(("//", "/\\")):
        to = "/"
    response = RedirectResponse(to, 303)
    if (code := request.path_params["code"]) in speech.LANGUAGES:
        response.set_cookie(speech.COOKIE, code, max_age=31_536_000, samesite="lax")
    return response


def create(config: Config) -> st.App:
    """Make the application. Raises ConfigError where sign-in lacks a secret."""
    if config.sign_in:
        # Else Streamlit would ask a host elsewhere for our address, to know it as an origin.
        settings.set_option("browser.serverAddress", config.sign_in.host)
    return st.App(
        HERE / "router.py",
        lifespan=lambda _: holding(config),
        secrets=signing_in.secrets(config),
        routes=[
            Route("/healthz", healthz),
            Route("/language/{code}", language),
            Route("/hooks/{source}", hook, methods=["GET", "POST"]),
            Mount("/assets", assets.app),
            Mount("/api", api),
        ],
        middleware=[
            Middleware(SecurityHeaders),
            Middleware(signing_in.Secure, config.sign_in),
            Middleware(Guard, signing_in.hosts(config)),
            Middleware(signing_in.Back, config.sign_in),
        ],
    )
