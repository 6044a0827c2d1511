"""`python -m tests.bench.replies --channel NAME`: answers to a real server through a line that is cut, by a sender that is killed.

Customers write on the server, a pull brings it in, every comment is answered, and `tribune send` sends it all through a proxy
that cuts connections at random moments, while it is killed with SIGKILL and started again. Once nothing is queued, on its
way or unsure, the server itself is asked how often each reply arrived.
"""

import argparse
import html
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pytest
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from curation import connectors
from curation.client import Client
from curation.config import edit, load, save_secret, save_source
from curation.pipeline.sending import SETTLES
from curation.store import Store, replies
from tests.bench.cutting import Cutting
from tests.bench.headless import serving
from tests.bench.measure import CHECKOUT, console, environment, machine, run, show, tribune
from tests.bench.places import CHANNELS, Place, names

SOURCE = "bench"
TEXTS = (
    "Thank you for writing. We look into it.",
    "Sorry! It left today; the number is 4 < 5 & true.",
    "Désolé 😡, il part demain.\n\n.\nÀ bientôt",
    "Please send us the order's number.",
)
STEPS = 80
"""A sender is killed after fewer steps than this (two make a reply) and a moment, or sooner where replies are few; `SPARED` of
them go on until they end."""
SPARED = 0.15
OPEN = ("queued", "sending", "unknown")


@dataclass
class Told:
    """What happened on the way. `amid`: kills in the middle of a reply; `hours`: how often an hour was let pass."""

    passes: int = 0
    kills: int = 0
    amid: int = 0
    hours: int = 0
    sending: set[tuple[str, int]] = field(default_factory=set)


def main() -> None:
    """Run, print, and exit with 1 where a reply did not arrive exactly once."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.replies", description=__doc__)
    parser.add_argument("--channel", choices=sorted(CHANNELS), required=True)
    parser.add_argument("--replies", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--minutes", type=float, default=120, help="give up after so long")
    given = parser.parse_args()
    console.print(machine())
    console.print(f"{given.channel}: {given.replies:,} replies; --seed {given.seed}\n")
    proxy = Cutting(Random(given.seed))
    try:
        with (
            tempfile.TemporaryDirectory(prefix="tribune-replies-") as folder,
            _showing(given.replies) as bar,
            CHANNELS[given.channel](given.replies, proxy.through) as place,
        ):
            good = _measured(Path(folder) / "home", place, proxy, given, bar)
    except pytest.skip.Exception as error:
        sys.exit(str(error))
    finally:
        proxy.close()
    sys.exit(not good)


@contextmanager
def _showing(count: int) -> Iterator[Any]:
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        task = bars.add_task("customers write", total=count)
        yield lambda what, done: bars.update(task, description=what, completed=done)


def _measured(home: Path, place: Place, proxy: Cutting, given: argparse.Namespace, bar: Any) -> bool:
    os.environ.update(place.environment)
    load(home)
    save_source(SOURCE, place.connector, place.settings, path=home)
    for name, value in place.secrets.items():
        save_secret(SOURCE, name, value, home)
    with edit(home) as document:
        document["replies"] = {"undo_seconds": 0}
    with serving(home) as (store, client):
        queued = _queued(home, store, client, given.replies, bar)
        proxy.chance, begin = place.chance, time.monotonic()
        told = _torment(home, store, place, Random(given.seed), begin + given.minutes * 60, bar)
        seconds, proxy.chance = time.monotonic() - begin, 0.0
        return _verdict(store, place, proxy, told, queued, seconds)


def _queued(home: Path, store: Store, client: Client, count: int, bar: Any) -> dict[str, dict[str, Any]]:
    """Pull until every comment is there, and answer each; return marker to reply."""
    end, comments = time.monotonic() + 300, []
    while len(comments) < count:
        assert time.monotonic() < end, f"{len(comments)} of {count} comments were pulled"
        run(home, tribune(home, "pull", "--json"))
        rows = store.read().execute("select id, key from comment where role = 'customer' order by id")
        comments = rows.fetchall()
        bar("customers write", len(comments))
    queued = {}
    for n, (comment, key) in enumerate(comments):
        reply = client.post(f"/comments/{comment}/replies", {"text": TEXTS[n % len(TEXTS)]})
        queued[reply["marker"]] = {"key": key, "text": reply["text"]}
        bar("replies are queued", n + 1)
    return queued


def _torment(home: Path, store: Store, place: Place, rng: Random, end: float, bar: Any) -> Told:
    """Start the sender again and again, and kill it most times, until every reply is where it stays."""
    told, command = Told(), tribune(home, "send", "--json")
    most = min(STEPS, 5 + _steps(store) // 5)
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    while any((states := _states(store))[one] for one in OPEN):
        bar("replies are sent", states["sent"])
        assert time.monotonic() < end, f"not done in time: {dict(states)}"
        if not replies.due(store, limit=1):
            time.sleep(place.rest)
            _later(store)
            told.hours += 1
        steps, spared, begun = rng.randrange(most), rng.random() < SPARED, _steps(store)
        sender = subprocess.Popen(command, env=environment(home), cwd=CHECKOUT, **quiet)
        while sender.poll() is None and (spared or _steps(store) - begun < steps):
            bar("replies are sent", _states(store)["sent"])
            time.sleep(0.02)
        with suppress(subprocess.TimeoutExpired):
            sender.wait(rng.uniform(0, 0.3 if steps else 1.5))
        if sender.poll() is None:
            sender.kill()
        told.passes += 1
        told.kills += sender.wait() == -signal.SIGKILL
        left = store.read().execute(LEFT).fetchall()
        sending = {(marker, version) for marker, version, state in left if state == "sending"}
        told.amid += bool(sending - told.sending)
        told.sending |= sending
    return told


LEFT = "select marker, version, state from reply where state in ('sending', 'unknown')"


def _states(store: Store) -> "Counter[str]":
    rows = store.read().execute("select state, count(*) from reply group by state").fetchall()
    return Counter(dict(rows))


def _steps(store: Store) -> int:
    """Count the steps that all replies took so far."""
    row = store.read().execute("select sum(version) from reply").fetchone()
    return int(row[0]) if row and row[0] else 0


def _later(store: Store) -> None:
    """Let an hour pass for the outbox: what waits is due, who was sending is gone, what was looked for would have shown."""
    with store.write() as con:
        con.execute("update reply set not_before = made_at, attempted_at = attempted_at - interval 1 hour")


SETTLED = """
select count(distinct subject) filter (action = 'sent'), count(distinct subject) filter (action = 'queued')
from audit where before = '{"state":"unknown"}'
"""


def _verdict(
    store: Store, place: Place, proxy: Cutting, told: Told, queued: dict[str, dict[str, Any]], seconds: float
) -> bool:
    """Ask the server, print, and say whether each reply arrived once, whole, and is known to have."""
    here = {name: marker for marker, one in queued.items() for name in names(marker, one["key"])}
    found: dict[str, list[str]] = {marker: [] for marker in queued}
    strangers = 0
    for name, text in place.arrived():
        if name in here:
            found[here[name]].append(" ".join(html.unescape(text).split()))
        else:
            strangers += 1
    times = Counter(min(len(texts), 2) for texts in found.values())
    torn = sum(
        " ".join(queued[one]["text"].split()) not in text for one, texts in found.items() for text in texts
    )
    states = {marker: (state, why) for marker, state, why in store.read().execute(ENDED).fetchall()}
    wrong = [why for marker, (state, why) in states.items() if (state == "sent") != bool(found[marker])]
    arrived, again = store.read().execute(SETTLED).fetchall()[0]
    misses = {
        "arrived twice": times[2],
        "arrived never": times[0],
        "arrived with another text": torn,
        "arrived and is nobody's": strangers,
        "said to be sent and is not, or not said and is": len(wrong),
    }
    rows = [["arrived once", f"{times[1]:,}", ""]]
    rows += [[name, f"{n:,}", "MISSED" if n else "held"] for name, n in misses.items()]
    rows += [
        ["kills", f"{told.kills:,}", f"{told.amid:,} amid a reply"],
        ["cuts", f"{proxy.cuts.total():,}", ""],
    ]
    rows += [[f"  {name}", f"{n:,}", ""] for name, n in sorted(proxy.cuts.items())]
    rows += [
        ["replies that were unknown and became certain", f"{arrived + again:,}", ""],
        ["  had arrived", f"{arrived:,}", ""],
        ["  had not, and were sent again", f"{again:,}", ""],
        ["starts of the sender", f"{told.passes:,}", ""],
        ["seconds", f"{seconds:,.0f}", ""],
    ]
    show(f"{len(queued):,} replies, asked of the server itself", ["", "", ""], rows)
    for why in sorted(set(map(str, wrong)))[:5]:
        console.print(f"  {why}")
    settles = getattr(connectors.load(place.connector), "settles", SETTLES)
    console.print(
        f"Waits were shortened: {told.hours} times, when nothing was due, an hour was let pass in the store {place.rest:.0f} s after "
        f"the last attempt. Else a sender is gone after {replies.LEASE.seconds} s, and a look counts after {settles:.0f} s."
    )
    console.print(place.said)
    return not any(misses.values())


ENDED = "select marker, state, why from reply"


if __name__ == "__main__":
    main()
