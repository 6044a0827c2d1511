"""Servers that come as Python packages, each in an environment of its own beside ours, kept from one run to the next."""

import fcntl
import subprocess
import sys
from pathlib import Path

import pytest

PLACE = Path(__file__).parents[2] / ".venv" / "servers"
"""Git ignores it; deleting it costs a minute at the next run."""


def environment(name: str, requirement: str) -> Path:
    """Return the Python of an environment that holds `requirement`, made where it is missing.

    Skips the test, with the reason, where it cannot be made.
    """
    place = PLACE / name
    python, done = place / "bin" / "python", place / "installed"
    try:
        PLACE.mkdir(parents=True, exist_ok=True)
        with (PLACE / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not done.exists() or done.read_text() != requirement:
                _run(sys.executable, "-m", "venv", str(place))
                _run(str(python), "-m", "pip", "install", "--quiet", requirement)
                done.write_text(requirement)
    except (OSError, subprocess.SubprocessError) as error:
        said = getattr(error, "stderr", None) or str(error)
        pytest.skip(f"{requirement} cannot be installed here: {str(said).strip()[-300:]}")
    return python


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True, timeout=600)
