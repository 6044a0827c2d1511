"""`python -m tests.bench.start`: a fresh clone, `make install`, then `tribune up` twice, as `make run` does it.

Prints how long each takes until the dashboard answers and what every process holds in memory, and exits with 1
where Ctrl-C leaves a process behind. It listens on the ports of a fresh configuration, which must be free, and
installs from the package index or pip's cache.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
import psutil

from curation.config import App
from tests.bench.measure import CHECKOUT, console, machine, show, verdict, wait_for

SECOND_START = 10.0
SETTLED = 30.0
"""Seconds after which memory is read: the first pull and the flow runner's start are over by then."""


def main() -> None:
    """Measure, print, and leave nothing behind."""
    console.print(machine(), "\n")
    with tempfile.TemporaryDirectory(prefix="tribune-start-") as folder:
        clone, home = Path(folder) / "tribune", Path(folder) / "home"
        # A virtual environment of one's own must not shine through.
        env = {k: v for k, v in os.environ.items() if k not in ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME")}
        env["TRIBUNE_HOME"] = str(home)
        took = [["git clone", _timed(["git", "clone", "--quiet", str(CHECKOUT), str(clone)], env, None), ""]]
        install = ["make", "--silent", f"PYTHON={_system_python()}", "install"]
        took.append(["make install", _timed(install, env, clone), ""])
        left = 0
        for start in ("first start", "second start"):
            seconds, memory, behind = _up(clone, env)
            held = verdict(seconds, SECOND_START) if start == "second start" else ""
            took.append([f"{start}, until the dashboard answers", f"{seconds:.1f}", held])
            left += behind
        show("From nothing to the dashboard", ["", "seconds", ""], took)
        show(f"Memory {SETTLED:.0f} s after the second start", ["process", "MB"], memory)
    console.print(f"{left} processes left behind after Ctrl-C")
    sys.exit(left > 0)


def _system_python() -> str:
    """The Python below a virtual environment, if this is one."""
    return str(getattr(sys, "_base_executable", sys.executable))


def _timed(command: list[str], env: dict[str, str], folder: Path | None) -> str:
    begin = time.monotonic()
    subprocess.run(command, check=True, env=env, cwd=folder, stdout=subprocess.DEVNULL)
    return f"{time.monotonic() - begin:.1f}"


def _up(clone: Path, env: dict[str, str]) -> tuple[float, list[list[str]], int]:
    """Start, wait, read the memory, stop as Ctrl-C does; return seconds, memory, and how many were left."""
    address = f"http://{App().host}:{App().port}/healthz"
    begin = time.monotonic()
    up = subprocess.Popen([clone / ".venv/bin/tribune", "up"], env=env, cwd=clone, stdout=subprocess.DEVNULL)
    try:
        wait_for(lambda: up.poll() is not None or _answers(address), 180)
        assert up.poll() is None, "tribune up ended by itself"
        seconds = time.monotonic() - begin
        time.sleep(SETTLED)
        family = [psutil.Process(up.pid), *psutil.Process(up.pid).children(recursive=True)]
        memory = [[_name(process), f"{process.memory_info().rss / 2**20:,.0f}"] for process in family]
        up.send_signal(signal.SIGINT)
        up.wait(60)
    finally:
        if up.poll() is None:
            up.kill()
    _, alive = psutil.wait_procs(family, timeout=5)
    for process in alive:
        process.kill()
    return seconds, memory, len(alive)


def _answers(address: str) -> bool:
    try:
        return httpx.get(address, timeout=2, trust_env=False).is_success
    except httpx.HTTPError:
        return False


def _name(process: psutil.Process) -> str:
    words = [Path(word).name if "/" in word else word for word in process.cmdline()]
    return " ".join(words)[:70]


if __name__ == "__main__":
    main()
