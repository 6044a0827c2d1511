"""`python -m tests.bench.channels`: what real servers on loopback hold, pulled calmly, then through broken connections.

Posts into a Synapse (`--channel bluesky`: into Bluesky's own network), pulls it all as a user would, and counts. Then again
into fresh stores, while connections are reset at random moments and the pull is killed with SIGKILL and started again;
half the kills are followed by a burst of new comments. Exits with 1 if anything is lost, doubled or wrong.
"""

import argparse
import itertools
import json
import os
import select
import signal
import socket
import socketserver
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from rich.progress import MofNCompleteColumn, Progress

from curation.config import load, save_source
from curation.store import care, open_store
from tests.bench import invent
from tests.bench.measure import CHECKOUT, console, environment, machine, show, tribune, wait_for
from tests.servers import installed, synapse
from tests.servers.bluesky import network

HERE, PATIENCE, LIVES = "127.0.0.1", 900.0, 0.3
"""LIVES: seconds of a connection on average while cuts are left; a call that fails five times in a row ends the pull."""
SHOWN = "app.bsky.notification.getUnreadCount"
ROOMS, LANES, BURST, GROUP, WRITES = 8, 32, 150, 1_600, 200
MEMORY = next((place for place in ("/dev/shm",) if os.access(place, os.W_OK)), None)
"""Where the homeserver lies: its SQLite waits for the disk at every message."""
FREE, OFF = {"per_second": 1e6, "burst_count": 1_000_000}, {"enabled": False}
CALM = {"rc_message": FREE, "rc_joins": {"local": FREE, "remote": FREE}, "enable_search": False}
CALM |= {"presence": OFF, "push": OFF, "stats": OFF, "user_directory": OFF}
Told = Callable[[int], None]


class Rooms:
    """A Synapse with some rooms, one who writes and the account that reads."""

    def __init__(self, server: synapse.Synapse) -> None:
        self.port, self.writer, reader = server.port, server.account("writer"), server.account("reader")
        self.rooms = [synapse.room(self.writer, reader) for _ in range(ROOMS)]
        self.settings, self.secret = {"private": True}, ("TOKEN", reader.token)

    def post(self, texts: list[str], until: float, told: Told) -> dict[str, str]:
        """Write into all rooms, a burst into one: more than the server shows at once. Return texts by key."""
        posted: dict[str, str] = {}
        rooms = self.rooms if len(texts) > BURST else [Random(texts[0]).choice(self.rooms)]

        def say(room: str, text: str) -> None:
            if time.monotonic() < until:
                posted[self.writer.say(room, text)] = text

        with ThreadPoolExecutor(LANES) as pool:
            for _ in pool.map(say, itertools.cycle(rooms), texts):
                told(1)
        return posted


@contextmanager
def matrix() -> Iterator[Rooms]:
    """Run a Synapse that limits nobody and reckons nothing beside."""
    python = installed.environment("synapse", synapse.REQUIREMENT)
    with tempfile.TemporaryDirectory(prefix="tribune-synapse-", dir=MEMORY) as root:
        server, log = synapse.make(Path(root)), Path(root) / "log.json"
        log.write_text(json.dumps({"version": 1, "root": {"level": "ERROR"}}))
        file = server.root / "homeserver.yaml"
        file.write_text(json.dumps({**json.loads(file.read_text()), **CALM, "log_config": str(log)}))
        try:
            server.start(python)
            yield Rooms(server)
        finally:
            server.stop()


class Posts:
    """A Bluesky network where some people mention a brand."""

    def __init__(self, servers: network.Network) -> None:
        self.port, self.brand, self.shown = servers.ports["PDS"], servers.account("bench-shop"), 0
        self.people = [servers.account(f"bench-ana{number}") for number in range(4)]
        self.settings = {"private": True, "user": self.brand.handle}
        self.secret = ("PASSWORD", self.brand.app_password)

    def post(self, texts: list[str], until: float, told: Told) -> dict[str, str]:
        """Write mentions, and wait until the network shows them. Return texts by key."""
        posted: dict[str, str] = {}
        groups = (texts[at : at + GROUP] for at in range(0, len(texts), GROUP))
        for group in itertools.takewhile(lambda _: time.monotonic() < until, groups):
            parts = [group[at : at + WRITES] for at in range(0, len(group), WRITES)]
            with ThreadPoolExecutor(len(self.people)) as pool:
                for found in pool.map(self._write, itertools.cycle(self.people), parts):
                    posted |= found
            self.shown += len(group)
            wait_for(lambda: self.brand.call(SHOWN)["count"] >= self.shown, PATIENCE, 0.3)
            told(len(group))
        return posted

    def _write(self, who: network.Account, texts: list[str]) -> dict[str, str]:
        handle, begin = f"@{self.brand.handle}", datetime.now(UTC) - timedelta(milliseconds=len(texts))
        kind, collection, writes = "com.atproto.repo.applyWrites", network.POST, []
        facets = [network.facet(handle, self.brand.did)]
        for number, text in enumerate(texts):
            at = (begin + timedelta(milliseconds=number)).isoformat(timespec="milliseconds")
            value = {"$type": collection, "text": f"{handle} {text}", "createdAt": at, "facets": facets}
            writes.append({"$type": f"{kind}#create", "collection": collection, "value": value})
        made = who.call(kind, {"repo": who.did, "writes": writes})["results"]
        return {one["uri"]: f"{handle} {text}" for one, text in zip(made, texts, strict=True)}


@contextmanager
def bluesky() -> Iterator[Posts]:
    """Run Bluesky's network without rate limits."""
    if reason := network.missing():
        sys.exit(reason)
    with contextmanager(network.started)() as servers:
        yield Posts(servers)


class Wire(socketserver.BaseRequestHandler):
    """A connection passed on to the port `to`. The class counts for all: requests, and the `cuts` that are left."""

    to, rng, cuts, within, requests = 0, Random(), 0, 0, 0

    def handle(self) -> None:
        """Pass on until either side ends or the connection's time is over: for half of them within the next answer."""
        end, within = time.monotonic() + Wire.rng.expovariate(1 / LIVES), Wire.rng.random() < 0.5
        with suppress(OSError), socket.create_connection((HERE, Wire.to)) as there:
            others = {self.request: there, there: self.request}
            while True:
                ready = select.select(list(others), [], [], 0.01)[0]
                over = Wire.cuts > 0 and time.monotonic() > end and (there in ready or not within)
                for one in ready:
                    if not (data := one.recv(65_536)):
                        return
                    Wire.requests += one is self.request and data.startswith((b"GET ", b"POST "))
                    others[one].sendall(data[: Wire.rng.randrange(len(data))] if over else data)
                if over:
                    Wire.cuts, Wire.within = Wire.cuts - 1, Wire.within + (there in ready)
                    for one in others:
                        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                        one.close()
                    return


def main() -> None:
    """Run, print, and exit with 1 on any miss."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.channels", description=__doc__)
    parser.add_argument("--channel", choices=("matrix", "bluesky"), default="matrix")
    parser.add_argument("--minutes", type=float, default=8, help="how long to post at most")
    for name, default in (("comments", 100_000), ("cuts", 100), ("kills", 20), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    console.print(f"{machine()}; --seed {given.seed}")
    columns = (*Progress.get_default_columns(), MofNCompleteColumn())
    with (
        {"matrix": matrix, "bluesky": bluesky}[given.channel]() as channel,
        tempfile.TemporaryDirectory(prefix="tribune-channels-") as folder,
        socketserver.ThreadingTCPServer((HERE, 0), Wire) as proxy,
        Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars,
    ):
        os.environ["TMPDIR"] = folder  # where a command that was killed leaves its socket
        os.environ[f"TRIBUNE_CHANNEL_{channel.secret[0]}"] = channel.secret[1]
        channel.settings["url"] = f"http://{HERE}:{proxy.server_address[1]}"
        Wire.to, Wire.rng, proxy.daemon_threads = channel.port, Random(given.seed), True
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        misses = _measure(channel, Path(folder), given, bars)
        proxy.shutdown()
    sys.exit(bool(misses))


def _measure(channel: Any, folder: Path, given: argparse.Namespace, bars: Progress) -> int:
    texts = [f"No. {n}: {text}" for n, text in enumerate(invent.texts(given.comments, given.seed).values())]
    bar, begin = bars.add_task("posting", total=len(texts)), time.monotonic()
    posted = channel.post(texts, begin + given.minutes * 60, lambda step: bars.advance(bar, step))
    took = time.monotonic() - begin
    console.print(f"posted {len(posted):,} of {len(texts):,} in {took:.0f} s, {len(posted) / took:.0f}/s\n")
    rng, span, misses = Random(given.seed), 6.0, 0
    for how, cuts, kills in (("Calmly", 0, 0), ("Cut and killed", given.cuts, given.kills)):
        bar, done, found = bars.add_task(how, total=cuts + kills), Counter[str](), Counter[str]()
        Wire.cuts, Wire.within, Wire.requests, seconds = cuts, 0, 0, 0.0
        while not done["stores"] or Wire.cuts > 0 or done["kills"] < kills:
            home, begin = folder / f"{how}-{done['stores']}", time.monotonic()
            save_source("channel", given.channel, channel.settings, path=home)
            while not _ended(home, rng.uniform(0.3, span) if done["kills"] < kills else PATIENCE, done):
                bars.update(bar, completed=cuts - Wire.cuts + done["kills"])
                if rng.random() < 0.5:
                    more = [f"No. {len(posted) + n}: it crashes" for n in range(BURST)]
                    posted |= channel.post(more, time.monotonic() + PATIENCE, lambda _: None)
            while kills and not _ended(home, PATIENCE, done):  # what came during a walk from new to old
                pass
            seconds += time.monotonic() - begin
            done.update(stores=1, comments=len(posted))
            found.update(_count(home, posted))
        misses, span = misses + found.total(), max(span, seconds / 5)
        done.update({"seconds": round(seconds), "comments/s": round(done["comments"] / seconds)})
        done.update({"requests": Wire.requests, "cuts": cuts - Wire.cuts, "answers cut": Wire.within})
        show(how, ["", ""], [[name, f"{n:,}"] for name, n in (*done.items(), *found.items())])
    return misses


def _ended(home: Path, seconds: float, done: "Counter[str]") -> bool:
    """Pull; kill it after some seconds. Say whether it came to its end before that."""
    with (home / "log").open("ab") as log:
        command = tribune(home, "pull", "--json")
        child = subprocess.Popen(command, env=environment(home), cwd=CHECKOUT, stdout=log, stderr=log)
    try:
        ended = child.wait(seconds) == 0
    except subprocess.TimeoutExpired:
        assert seconds < PATIENCE, "a pull that nobody killed does not end"
        done["kills"] += 1
        return False
    finally:
        child.kill()
        child.wait()
    done["given up"] += not ended
    assert done["given up"] < 50, (home / "log").read_text()[-2000:]
    return ended


def _count(home: Path, posted: dict[str, str]) -> dict[str, int]:
    """Count every kind of miss."""
    store = open_store(load(home))
    kept = store.read().execute("select key, text from comment").fetchall()
    raws = store.read().execute("select count(*) - count(distinct key) from raw").fetchall()[0][0]
    wrong, doctor = sum(text != posted.get(key) for key, text in kept), sum(care.check(store).values())
    store.close()
    keys = {key for key, _ in kept}
    found = {"lost": len(posted.keys() - keys), "doubled": len(kept) - len(keys) + raws}
    return {**found, "with a wrong text": wrong, "what must never be, says the doctor": doctor}


if __name__ == "__main__":
    main()
