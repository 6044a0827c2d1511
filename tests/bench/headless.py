"""The store served without a dashboard, found by commands as the app is: `python -m tests.bench.headless [PORT]`."""

import socket
import sys

import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route

from curation import config
from curation.api import create_api, opened


def main() -> None:
    """Serve TRIBUNE_HOME on PORT, or on a free one, until SIGTERM."""
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1]) if sys.argv[1:] else 0))
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with opened(config.load(), address) as served:
        routes = [
            Route("/healthz", lambda _: JSONResponse({"ok": True})),
            Mount("/api", create_api(served.store, served.token)),
        ]
        uvicorn.Server(uvicorn.Config(Starlette(routes=routes), log_level="error")).run(sockets=[listener])


if __name__ == "__main__":
    main()
