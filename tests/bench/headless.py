"""The store served without a dashboard, found by commands as the app is: `python -m tests.bench.headless [PORT]`."""

import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route

from curation import config
from curation.api import create_api, opened
from curation.api.serving import Served
from curation.client import Client
from curation.store import Store


def main() -> None:
    """Serve TRIBUNE_HOME on PORT, or on a free one, until SIGTERM."""
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1]) if sys.argv[1:] else 0))
    with opened(config.load(), _address(listener)) as served:
        _server(served).run(sockets=[listener])


@contextmanager
def serving(home: Path) -> Iterator[tuple[Store, Client]]:
    """Serve `home` from a thread of this process; give its store, where time can be moved, and a client."""
    listener = socket.create_server(("127.0.0.1", 0))
    with opened(config.load(home), _address(listener)) as served:
        server = _server(served)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            with Client(_address(listener), served.token) as client:
                yield served.store, client
        finally:
            server.should_exit = True
            thread.join()


def _address(listener: socket.socket) -> str:
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


def _server(served: Served) -> uvicorn.Server:
    routes = [
        Route("/healthz", lambda _: JSONResponse({"ok": True})),
        Mount("/api", create_api(served.store, served.token)),
    ]
    return uvicorn.Server(uvicorn.Config(Starlette(routes=routes), log_level="error"))


if __name__ == "__main__":
    main()
