"""Hold the store open and serve it: for the app, or for one command on a private socket."""

import os
import secrets
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import orjson
import uvicorn

from curation.api.app import create_api
from curation.client import Client, find
from curation.config import Config
from curation.errors import StoreBusy, TryAgain
from curation.store import Store, open_store
from curation.store.indexing import Follower


@dataclass(frozen=True, slots=True)
class Served:
    """An open store and this machine's token for it."""

    store: Store
    token: str
    follower: Follower


@contextmanager
def opened(config: Config, address: str | None = None, wait: float = 30) -> Iterator[Served]:
    """Open the store with its index following; with `address`, leave `run.json` (0600) so that commands find us.

    Waits for a command that holds the store. Raises StoreBusy (names the holder), StoreDamaged, DiskFull.
    """
    store = open_store(config, wait)
    run = config.home / "run.json"
    try:
        served = Served(store, _left(run) or secrets.token_urlsafe(32), Follower(store))
        try:
            if address:
                about = {"address": address, "pid": os.getpid(), "token": served.token}
                run.unlink(missing_ok=True)
                run.touch(0o600)
                run.write_bytes(orjson.dumps(about))
            yield served
        finally:
            if address:
                run.unlink(missing_ok=True)
            served.follower.close()
    finally:
        store.close()


def _left(run: Path) -> str | None:
    """The token of an app that was killed: what it was serving goes on when it is back."""
    try:
        return str(orjson.loads(run.read_bytes())["token"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


@contextmanager
def embedded(config: Config, wait: float = 0) -> Iterator[Client]:
    """Give a client for the store: that of the running app, or of the same API started here in a thread.

    Raises StoreBusy where another process, not an app, holds the store.
    """
    with ExitStack() as stack:
        client = find(config)
        if client is None:
            try:
                served = stack.enter_context(opened(config, wait=wait))
                client = stack.enter_context(_socket(served))
            except StoreBusy:
                # An app that is just starting holds the store before it answers.
                client = find(config, wait=5)
                if client is None:
                    raise
        yield stack.enter_context(client)


@contextmanager
def _socket(served: Served) -> Iterator[Client]:
    with tempfile.TemporaryDirectory(prefix="tribune-") as folder:
        path = str(Path(folder) / "api.sock")
        settings = uvicorn.Config(
            create_api(served.store, served.token),
            uds=path,
            log_level="critical",
            lifespan="off",
            access_log=False,
        )
        server = uvicorn.Server(settings)
        thread = threading.Thread(target=server.run, name="api", daemon=True)
        thread.start()
        try:
            while not server.started:
                if not thread.is_alive():
                    raise TryAgain("The API did not start on its private socket.")
                time.sleep(0.005)
            transport = httpx.HTTPTransport(uds=path)
            yield Client("http://127.0.0.1", served.token, transport)
        finally:
            server.should_exit = True
            thread.join()
            # A thread of a route that still lets go of what it read when Python ends takes the process down.
            for worker in threading.enumerate():
                if worker.name.startswith("AnyIO"):
                    worker.join(5)
