"""Run commands as a user would, and measure them: time, peak memory, percentiles, tables."""

import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import psutil
from rich.console import Console
from rich.table import Table

CHECKOUT = Path(__file__).parents[2]
console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that ended: seconds of wall and of CPU time, MB at its peak, and what it printed as JSON."""

    seconds: float
    cpu: float
    peak: float
    answer: Any
    ended_at: float


def environment(home: Path) -> dict[str, str]:
    """The environment of a command that works on `home`."""
    return {**os.environ, "TRIBUNE_HOME": str(home), "PYTHONPATH": str(CHECKOUT)}


def tribune(home: Path, *words: str) -> list[str]:
    """A `tribune` command of this very Python."""
    return [sys.executable, "-m", "curation.cli", *words]


def run(home: Path, command: list[str], check: bool = True) -> Ran:
    """Run a command to its end and measure it. Raises CalledProcessError."""
    begin = time.monotonic()
    process = subprocess.Popen(command, env=environment(home), stdout=subprocess.PIPE)
    assert process.stdout is not None
    # Not ru_maxrss: that counts what this process had when it forked.
    peaks = [0.0]
    watching = threading.Thread(target=_watch, args=(process.pid, peaks))
    watching.start()
    said = process.stdout.read()
    watching.join()
    _, status, used = os.wait4(process.pid, 0)
    seconds, ended_at = time.monotonic() - begin, time.time()
    process.returncode = os.waitstatus_to_exitcode(status)
    if check and process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, said)
    answer = orjson.loads(said) if said.startswith(b"{") else said.decode()
    return Ran(seconds, used.ru_utime + used.ru_stime, max(peaks), answer, ended_at)


def peak(pid: int) -> float:
    """The most memory a running process ever had resident, in MB; 0 once it has ended."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM")), 0) / 1024


def _watch(pid: int, peaks: list[float]) -> None:
    while found := peak(pid):
        peaks.append(found)
        time.sleep(0.02)


def filled(home: Path, count: int, seed: int = 1) -> Path:
    """Fill `home` with invented comments, by the command, unless it has a store already; return it."""
    if not (home / "store.duckdb").exists():
        words = "bench", "fill", str(count), "--home", str(home), "--seed", str(seed)
        subprocess.run(tribune(home, *words), env=environment(home), check=True)
    return home


@contextmanager
def headless(home: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Serve `home` from a process of its own, as the app does."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.headless"], env=environment(home), cwd=CHECKOUT
    )
    try:
        wait_for((home / "run.json").exists, 60)
        yield process
    finally:
        process.terminate()
        process.wait(120)


def wait_for(done: Callable[[], Any], seconds: float, step: float = 0.05) -> float:
    """Wait until `done` says so; return how long it took. Raises TimeoutError."""
    begin = time.monotonic()
    while not done():
        if time.monotonic() - begin > seconds:
            raise TimeoutError(f"not done after {seconds} s")
        time.sleep(step)
    return time.monotonic() - begin


def timed(calls: list[Callable[[], Any]]) -> tuple[float, float]:
    """Call each; return median and 95th percentile in milliseconds."""
    took = []
    for call in calls:
        begin = time.perf_counter()
        call()
        took.append((time.perf_counter() - begin) * 1e3)
    return statistics.median(took), statistics.quantiles(took, n=20)[18]


def show(title: str, columns: list[str], rows: list[list[str]]) -> None:
    """Print a table."""
    table = Table(*columns, title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for column in table.columns[1:]:
        column.justify = "right"
    for row in rows:
        table.add_row(*row)
    console.print(table)
    console.print()


def machine() -> str:
    """Say what this was measured on."""
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    memory = psutil.virtual_memory().total / 2**30
    return f"{os.cpu_count()} cores, {memory:.0f} GB memory, Python {sys.version.split()[0]}, load before: {load}"


def verdict(value: float, target: float, at_most: bool = True) -> str:
    """Say whether a target is held."""
    return "held" if (value <= target if at_most else value >= target) else "MISSED"
