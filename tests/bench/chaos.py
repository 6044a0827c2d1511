"""`python -m tests.bench.chaos`: kill -9 a pull at random moments until it is done, again and again; then count.

In about half the rounds the store is served by a process of its own, and that one, the command, or both are
killed. Nothing may be lost or doubled, the cursor must be true, and the search index must agree with the store.
A pull that came to its end is counted and checked, and the next one starts in a fresh home.
"""

import argparse
import contextlib
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random, SystemRandom

from curation.config import load
from curation.store import Store, care, comments, indexing, open_store
from curation.store.filters import Filter
from tests.bench import invent
from tests.bench.measure import CHECKOUT, console, environment, machine, run, show, tribune

PATIENCE = 300.0
WORDS = ("refund", "livraison")


def main() -> None:
    """Run, print, and exit with 1 on any miss."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.chaos", description=__doc__)
    parser.add_argument("--comments", type=int, default=200_000)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(1 << 32))
    given = parser.parse_args()
    console.print(machine())
    console.print(
        f"{given.kills} times kill -9 during pulls of {given.comments:,} comments; --seed {given.seed}\n"
    )
    rng, kills, found = Random(given.seed), Counter[str](), Counter[str]()
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="tribune-chaos-") as folder:
        os.environ["TMPDIR"] = folder  # where a command that was killed leaves its socket
        file, expected = Path(folder) / "comments.csv", invent.texts(given.comments)
        invent.write_csv(file, given.comments)
        while kills.total() < given.kills:
            home = Path(folder) / f"home-{found['pulls']}"
            run(
                home,
                tribune(home, "sources", "add", "reviews", "--connector", "file", "--set", f"path={file}"),
            )
            _torment(home, rng, kills, given.kills)
            found.update(_verify(home, expected), pulls=1)
    said = ", ".join(f"{count} of the {victim}" for victim, count in sorted(kills.items()))
    console.print(
        f"{kills.total()} kills ({said}) in {time.monotonic() - begin:.0f} s; {found.pop('pulls')} pulls checked\n"
    )
    show(
        "Misses",
        ["", "found", ""],
        [[name, f"{n:,}", "MISSED" if n else "held"] for name, n in found.items()],
    )
    sys.exit(any(found.values()))


def _torment(home: Path, rng: Random, kills: "Counter[str]", most: int) -> None:
    """Start the pull again and again, and kill it each time, until one comes to its end before that."""
    app: subprocess.Popen[bytes] | None = None
    with socket.create_server(("127.0.0.1", 0)) as free:
        serve = [sys.executable, "-m", "tests.bench.headless", str(free.getsockname()[1])]
    try:
        while True:
            served, victims = rng.random() < 0.5, rng.choice(("command", "app", "command and app"))
            if served and app is None:
                app = _start(home, serve)
                if rng.random() < 0.7:  # else the two race for the store
                    _until_served(home, app)
            elif not served and app is not None:
                app = _kill(app)
            command = _start(home, tribune(home, "pull", "--json"))
            if kills.total() >= most:
                assert command.wait(PATIENCE) == 0, "the last pull failed"
                return
            with contextlib.suppress(subprocess.TimeoutExpired):
                command.wait(rng.uniform(0.3, 6))
            if command.poll() == 0:
                return
            alive = command.poll() is None
            if app is not None and "app" in victims:
                app = _kill(app)
                kills[victims] += 1
                if (
                    victims == "app" and alive
                ):  # it is started again, as `tribune up` does, and the pull goes on
                    app = _start(home, serve)
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        command.wait(rng.uniform(0, 15))
                    if command.poll() == 0:
                        return
            elif alive:
                kills["command"] += 1
            _kill(command)
    finally:
        if app is not None:
            app.terminate()
            app.wait(PATIENCE)


def _start(home: Path, command: list[str]) -> "subprocess.Popen[bytes]":
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen(command, env=environment(home), cwd=CHECKOUT, **quiet)  # type: ignore[call-overload]


def _kill(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()


def _until_served(home: Path, app: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + 60
    while f'"pid":{app.pid},' not in _text(home / "run.json"):
        assert app.poll() is None and time.monotonic() < end, "the app does not start after a kill"
        time.sleep(0.05)


def _text(file: Path) -> str:
    try:
        return file.read_text()
    except FileNotFoundError:
        return ""


def _verify(home: Path, expected: dict[str, str]) -> dict[str, int]:
    """Count every kind of miss."""
    store = open_store(load(home))
    try:
        kept = store.read().execute("select key, text from comment").fetchall()
        (raws,) = store.read().execute("select count(*) from raw where reason is null").fetchall()[0]
        indexing.catch_up(store)
        misses = {
            "comments lost": len(expected.keys() - {key for key, _ in kept}),
            "comments doubled": len(kept) - len({key for key, _ in kept}),
            "comments with a wrong text": sum(text != expected.get(key) for key, text in kept),
            "raws lost or doubled": abs(raws - len(expected)),
            "what must never be, says the doctor": sum(care.check(store).values()),
            "ranges in which the index differs": len(indexing.divergence(store)),
            "comments missing or doubled in the index": abs(store.index.stats().documents - len(expected)),
            "hits that search misses or invents": sum(_search(store, word, expected) for word in WORDS),
        }
    finally:
        store.close()
    again = run(home, tribune(home, "pull", "--json")).answer
    return {
        **misses,
        "comments pulled again by the next pull": again["pulled"] + again["new"] + again["changed"],
    }


def _search(store: Store, word: str, expected: dict[str, str]) -> int:
    hits = comments.count(store, Filter(query=word))["comments"]
    return abs(hits - sum(word in re.findall(r"\w+", text.lower()) for text in expected.values()))


if __name__ == "__main__":
    main()
