"""A real Isso on loopback. Comes from PyPI into an environment of its own (see `installed`); needs nothing of the system.
Everyone comes from 127.0.0.1, so its limit of comments a minute is set by the test.
"""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.servers.dovecot import free_port
from tests.servers.installed import environment

REQUIREMENT = "isso==0.14.0"
CONF = """
[general]
dbpath = {root}/comments.db
host = http://127.0.0.1:{port}/
max-age = 15m
[server]
listen = http://127.0.0.1:{port}
[moderation]
enabled = {moderated}
[guard]
enabled = true
ratelimit = {limit}
direct-reply = 10000
reply-to-self = true
[admin]
enabled = false
"""


@dataclass
class Isso:
    """A server that can be started again with other rules and the same comments."""

    root: Path
    port: int
    python: Path
    process: subprocess.Popen[bytes] | None = None
    cookies: dict[int, str] = field(default_factory=dict)
    client: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=10, trust_env=False))

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def start(self, limit: int = 100_000, moderated: bool = False) -> None:
        """Start with at most `limit` comments a minute, and wait until it answers."""
        conf = CONF.format(root=self.root, port=self.port, limit=limit, moderated=str(moderated).lower())
        (self.root / "isso.cfg").write_text(conf)
        command = [str(self.python.with_name("isso")), "-c", str(self.root / "isso.cfg"), "run"]
        with (self.root / "log").open("ab") as log:
            self.process = subprocess.Popen(command, cwd=self.root, stdout=log, stderr=log)
        for _ in range(6_000):
            with suppress(httpx.TransportError):
                self.client.get(f"{self.url}/", params={"uri": "/"})
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise RuntimeError(f"Isso did not start: {(self.root / 'log').read_text()[-2000:]}")

    def stop(self) -> None:
        """Stop it."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(5)
        self.process = None

    def say(self, uri: str, text: str, name: str = "ana", parent: int | None = None, **more: Any) -> int:
        """Comment as a visitor; return the comment's number."""
        value = {
            "author": name,
            "email": f"{name}@widget.test",
            "text": text,
            "parent": parent,
            "title": "Lamps",
        }
        answer = self.client.post(f"{self.url}/new", params={"uri": uri}, json={**value, **more})
        answer.raise_for_status()
        number = int(answer.json()["id"])
        self.cookies[number] = answer.headers["set-cookie"].partition(";")[0]
        return number

    def edit(self, number: int, text: str) -> None:
        """Edit a comment with its author's cookie."""
        cookie = {"cookie": self.cookies[number]}
        answer = self.client.put(f"{self.url}/id/{number}", json={"text": text}, headers=cookie)
        answer.raise_for_status()
        self.cookies[number] = answer.headers["set-cookie"].partition(";")[0]

    def delete(self, number: int) -> None:
        """Delete a comment with its author's cookie."""
        cookie = {"cookie": self.cookies[number], "content-type": "application/json"}
        self.client.delete(f"{self.url}/id/{number}", headers=cookie).raise_for_status()


@pytest.fixture
def isso() -> Iterator[Isso]:
    """A running Isso without comments; the tests are skipped where it cannot be installed."""
    python = environment("isso", REQUIREMENT)
    root = Path(tempfile.mkdtemp(prefix="tribune-isso-"))
    server = Isso(root, free_port(), python)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        server.client.close()
        shutil.rmtree(root, ignore_errors=True)
