"""Real processes for the flows' tests: a Prefect server on a database that is migrated already, and `tribune up`."""

import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import prefect
import psutil

from curation import config as configuration
from curation.config import Config
from curation.lifeline import tied
from flows.environment import environment
from flows.rest import Prefect
from flows.tidy import wait_healthy
from tests.patience import PATIENCE

SAMPLES = Path(__file__).parents[2] / "data" / "samples" / "reviews.csv"


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def new_home(home: Path, toml: str = "") -> Config:
    """Make a home with ports of its own."""
    home.mkdir(parents=True)
    ports = f"[app]\nport = {free_port()}\n[flows]\nprefect_port = {free_port()}\n"
    (home / "tribune.toml").write_text(ports + toml)
    return configuration.load(home)


def migrated(cache: Path, scratch: Path) -> Path:
    """Return a fresh database of this Prefect, made once and kept: migrating takes longer than all else."""
    kept = cache / f"prefect-{prefect.__version__}.db"
    if not kept.exists():
        config = new_home(scratch)
        with server(config):
            pass
        with sqlite3.connect(config.home / "prefect" / "prefect.db") as made:
            new = kept.with_suffix(f".{os.getpid()}")
            copy = sqlite3.connect(new)
            made.backup(copy)
            copy.close()
        made.close()
        new.rename(kept)
    return kept


def with_database(config: Config, database: Path) -> Config:
    """Put a migrated database into a home."""
    (config.home / "prefect").mkdir()
    (config.home / "prefect" / "prefect.db").write_bytes(database.read_bytes())
    return config


@contextmanager
def server(config: Config) -> Iterator[Prefect]:
    """Run Prefect's server on a home until the end of the block."""
    with (config.home / "prefect.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "flows", "server"],
            env=environment(config),
            stdout=log,
            stderr=log,
            preexec_fn=tied(),
        )
        try:
            with Prefect(config, PATIENCE) as prefect:
                assert wait_healthy(prefect), (config.home / "prefect.log").read_text()
                yield prefect
        finally:
            process.terminate()
            process.wait(PATIENCE)


def of(home: Path) -> list[psutil.Process]:
    """Return every process that runs on this home."""
    return [process for process in psutil.process_iter() if _home(process) == str(home)]


def _home(process: psutil.Process) -> str | None:
    try:
        if process.pid == os.getpid() or process.status() == psutil.STATUS_ZOMBIE:
            return None
        found: str | None = process.environ().get("TRIBUNE_HOME")
    except psutil.Error:
        return None
    return found


def named(home: Path, words: str) -> list[psutil.Process]:
    """Return the processes on this home whose command line holds `words`."""
    found = []
    for process in of(home):
        try:
            if words in " ".join(process.cmdline()):
                found.append(process)
        except psutil.Error:
            continue
    return found
