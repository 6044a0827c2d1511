"""`python -m tests.bench.native`: serve the native widgets of `native_page` on TRIBUNE_HOME as the app serves its pages."""

from pathlib import Path

import streamlit as st
import uvicorn
from starlette.routing import Mount

from curation import config
from dashboards.__main__ import listen
from dashboards.app import api, holding


def main() -> None:
    """Serve until SIGTERM."""
    settings = config.load()
    listener = listen(settings)
    script, routes = Path(__file__).with_name("native_page.py"), [Mount("/api", api)]
    page = st.App(script, lifespan=lambda _: holding(settings), routes=routes)
    uvicorn.Server(uvicorn.Config(page, log_level="error", timeout_graceful_shutdown=1)).run(
        sockets=[listener]
    )


if __name__ == "__main__":
    main()
