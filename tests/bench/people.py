"""`python -m tests.bench.people --people 200 --think 5 --minutes 2`: many people triage at once; nothing may fail or be lost.

Each has a Streamlit session of their own, open all the while, and the token of a page; they read, search, claim, tag, resolve,
note and draft through the API as the inbox does, follow changes and say that they are there. In the end the app is killed,
and every write that was answered has to be in the store.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random

import httpx
import orjson
import psutil

from curation import config
from curation.store import open_store
from tests.bench.browsing import percentiles
from tests.bench.crowd import FILE
from tests.bench.measure import console, filled, machine, show, verdict, wait_for
from tests.bench.person import Person, Seen
from tests.dashboards.started import free_port, started

TARGET_MS = 150.0


def main() -> None:
    """Run, print, and exit with 1 where a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.people", description=__doc__)
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--think", type=float, default=5, help="seconds between two things a person does")
    parser.add_argument("--minutes", type=float, default=2)
    parser.add_argument("--comments", type=int, default=1_000_000, help="how many the store has")
    parser.add_argument("--home", type=Path, help="a filled home, which is used again; by default a new one")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    console.print(machine(), "\n")
    with tempfile.TemporaryDirectory(prefix="tribune-people-") as folder:
        home = filled(given.home or Path(folder) / "home", given.comments)
        seen, used = _crowd(home, given)
        lost = _lost(home, seen)
    sys.exit(not _told(given, seen, used, lost))


def _crowd(home: Path, given: argparse.Namespace) -> tuple[Seen, str]:
    """Let everybody work; return what happened, and what the app took for it."""
    seen, port = Seen(), free_port()
    with config.edit(home) as document:
        document.setdefault("app", {})["port"] = port
    with started(home, port, "tests.bench.crowd") as process:
        wait_for((home / "run.json").exists, 120)
        tokens = orjson.loads((home / FILE).read_bytes())
        app, begin = psutil.Process(process.pid), time.monotonic()
        asyncio.run(_together(f"127.0.0.1:{port}", list(tokens.items())[: given.people], given, seen))
        cpu, memory = sum(app.cpu_times()[:2]), app.memory_info().rss / 2**20
        process.kill()
    (home / FILE).unlink()
    return seen, f"{cpu / (time.monotonic() - begin):.0%} of a core, {memory:,.0f} MB"


async def _together(host: str, people: list[tuple[str, str]], given: argparse.Namespace, seen: Seen) -> None:
    end = time.monotonic() + given.minutes * 60
    # Six connections each, as a browser has: one pool for all would look through all of them at every request.
    # uvicorn closes what was idle for five seconds; a browser would ask again without a word.
    limits = httpx.Limits(max_connections=6, max_keepalive_connections=6, keepalive_expiry=2)
    plain = httpx.create_ssl_context()
    async with AsyncExitStack() as stack:
        each = []
        for name, token in people:
            http = httpx.AsyncClient(base_url=f"http://{host}", limits=limits, timeout=30, verify=plain)
            await stack.enter_async_context(http)
            each.append(Person(name, token, http, seen, Random(f"{given.seed} {name}")))
        await asyncio.gather(*(one.works(f"ws://{host}", given.think, end) for one in each))


def _lost(home: Path, seen: Seen) -> dict[str, int]:
    """Open the store that was killed and count the answered writes that are not in it, by their kind."""
    store = open_store(config.load(home), wait=10)
    try:
        con = store.read()
        deeds = {
            id: (action, who)
            for id, action, who in con.execute(
                "select id, action, who from deed where who like 'person %'"
            ).fetchall()
        }
        notes = dict(con.execute("select id, text from note where who like 'person %'").fetchall())
        texts = {
            (marker, version): text
            for marker, version, text in con.execute(
                "select marker, version, text from reply_text where who like 'person %'"
            ).fetchall()
        }
    finally:
        store.close()
    return {
        "claims, statuses and tags": sum(deeds.get(id) != about for id, about in seen.deeds.items()),
        "notes": sum(notes.get(id) != text for id, text in seen.notes.items()),
        "drafts": sum(
            texts.get((marker, version)) != text for marker, (version, text) in seen.drafts.items()
        ),
    }


def _told(given: argparse.Namespace, seen: Seen, used: str, lost: dict[str, int]) -> bool:
    every = [one for times in seen.times.values() for one in times]
    rows = [[name, f"{len(times):,}", *_ms(times)] for name, times in sorted(seen.times.items())]
    rows.append(["all", f"{len(every):,}", *_ms(every)])
    show(
        f"{given.people} people, {given.think:g} s between two things, {given.minutes:g} minutes",
        ["", "times", "p50 ms", "p95 ms"],
        rows,
    )
    p95, errors, gone = percentiles(every)[1], seen.errors.total(), sum(lost.values())
    kept = len(seen.deeds) + len(seen.notes) + len(seen.drafts)
    console.print(
        f"{len(every) / (given.minutes * 60):.0f} operations/s; the app took {used}; {seen.conflicts} were told that somebody was first"
    )
    console.print(f"p95 {p95:.0f} ms, target {TARGET_MS:.0f}: {verdict(p95, TARGET_MS)}")
    console.print(f"errors {errors}, target 0: {verdict(errors, 0)}")
    console.print(
        f"answered writes that were lost when the app was killed: {gone} of {kept:,}, target 0: {verdict(gone, 0)} {lost}"
    )
    for error, count in seen.errors.most_common(10):
        console.print(f"  {count} × {error}", markup=False)
    return p95 <= TARGET_MS and not errors and not gone


def _ms(times: list[float]) -> list[str]:
    return [f"{one:.0f}" for one in percentiles(times)]


if __name__ == "__main__":
    main()
