"""A real Synapse on loopback, one per test module: SQLite, no federation, its default rate limits for all who are not spared.

Comes from PyPI into an environment of its own (see `installed`); needs nothing of the system.
"""

import hashlib
import hmac
import itertools
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.servers.dovecot import free_port
from tests.servers.installed import environment

REQUIREMENT = "matrix-synapse==1.163.2"
V3 = "/_matrix/client/v3"
SECRET = "only for tests"


@dataclass
class Account:
    """Somebody signed in. Every message is a new transaction."""

    client: httpx.Client
    user: str
    token: str
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def ask(self, method: str, path: str, **more: Any) -> Any:
        """Ask the server and return what it answers. Raises httpx.HTTPStatusError."""
        answer = self.client.request(method, path, **more)
        answer.raise_for_status()
        return answer.json()

    def say(self, room: str, text: str, **more: Any) -> str:
        """Write into a room; `more` goes into the message. Return the event's id."""
        place = f"{V3}/rooms/{quote(room)}/send/m.room.message/{time.time_ns()}-{next(self.numbers)}"
        return str(self.ask("PUT", place, json={"msgtype": "m.text", "body": text, **more})["event_id"])

    def edit(self, room: str, event: str, text: str) -> str:
        """Edit a message as clients do."""
        relates = {"rel_type": "m.replace", "event_id": event}
        new = {"msgtype": "m.text", "body": text}
        return self.say(room, f"* {text}", **{"m.new_content": new, "m.relates_to": relates})

    def redact(self, room: str, event: str) -> None:
        """Take a message back."""
        self.ask("PUT", f"{V3}/rooms/{quote(room)}/redact/{quote(event)}/{time.time_ns()}", json={})

    def event(self, room: str, event: str) -> Any:
        """Return an event as the server shows it."""
        return self.ask("GET", f"{V3}/rooms/{quote(room)}/event/{quote(event)}")


@dataclass
class Synapse:
    """A server and the accounts on it."""

    root: Path
    port: int
    process: subprocess.Popen[bytes] | None = None
    accounts: list[Account] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def start(self, python: Path) -> None:
        """Write keys, start, and wait until it answers."""
        command = [str(python), "-m", "synapse.app.homeserver", "-c", str(self.root / "homeserver.yaml")]
        subprocess.run(
            [*command, "--generate-keys"], check=True, capture_output=True, cwd=self.root, timeout=120
        )
        with (self.root / "log").open("wb") as log:
            self.process = subprocess.Popen(command, cwd=self.root, stdout=log, stderr=log)
        for _ in range(3_000):
            with suppress(httpx.TransportError):
                httpx.get(f"{self.url}/_matrix/client/versions", timeout=2).raise_for_status()
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        raise RuntimeError(f"Synapse did not start: {(self.root / 'log').read_text()[-2000:]}")

    def stop(self) -> None:
        """Stop it and close the accounts' connections."""
        for account in self.accounts:
            account.client.close()
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(5)

    def account(self, name: str, admin: bool = False) -> Account:
        """Register somebody, over the way that server administrators use."""
        place = f"{self.url}/_synapse/admin/v1/register"
        nonce = httpx.get(place, timeout=30).json()["nonce"]
        signed = "\0".join([nonce, name, "only for tests", "admin" if admin else "notadmin"])
        mac = hmac.new(SECRET.encode(), signed.encode(), hashlib.sha1).hexdigest()
        value = {"nonce": nonce, "username": name, "password": "only for tests", "admin": admin, "mac": mac}
        made = httpx.post(place, json=value, timeout=60).raise_for_status().json()
        headers = {"authorization": f"Bearer {made['access_token']}"}
        client = httpx.Client(base_url=self.url, headers=headers, timeout=30, trust_env=False)
        self.accounts.append(Account(client, made["user_id"], made["access_token"]))
        return self.accounts[-1]

    def spare(self, admin: Account, account: Account) -> None:
        """Let the rate limits spare an account."""
        place = f"/_synapse/admin/v1/users/{quote(account.user)}/override_ratelimit"
        admin.ask("POST", place, json={"messages_per_second": 0, "burst_count": 0})


def room(owner: Account, *guests: Account, alias: str | None = None) -> str:
    """Open a public room where all the guests are."""
    value = {"preset": "public_chat", "name": "Support", **({"room_alias_name": alias} if alias else {})}
    made = str(owner.ask("POST", f"{V3}/createRoom", json=value)["room_id"])
    for guest in guests:
        guest.ask("POST", f"{V3}/join/{quote(made)}", json={})
    return made


def make(root: Path) -> Synapse:
    """Write a configuration under `root`; not started."""
    server = Synapse(root=root, port=free_port())
    listener = {"port": server.port, "type": "http", "tls": False, "bind_addresses": ["127.0.0.1"]}
    configuration = {
        "server_name": "widget.test",
        "pid_file": str(root / "pid"),
        "listeners": [{**listener, "resources": [{"names": ["client"], "compress": False}]}],
        "database": {"name": "sqlite3", "args": {"database": str(root / "homeserver.db")}},
        "media_store_path": str(root / "media"),
        "signing_key_path": str(root / "signing.key"),
        "registration_shared_secret": SECRET,
        "macaroon_secret_key": SECRET,
        "form_secret": SECRET,
        "report_stats": False,
        "trusted_key_servers": [],
        "federation_domain_whitelist": [],
        "url_preview_enabled": False,
    }
    # JSON is YAML.
    (root / "homeserver.yaml").write_text(json.dumps(configuration))
    return server


@pytest.fixture(scope="module")
def synapse() -> Iterator[Synapse]:
    """A running Synapse; the tests are skipped where it cannot be installed."""
    python = environment("synapse", REQUIREMENT)
    root = Path(tempfile.mkdtemp(prefix="tribune-synapse-"))
    server = make(root)
    try:
        server.start(python)
        yield server
    finally:
        server.stop()
        shutil.rmtree(root, ignore_errors=True)
