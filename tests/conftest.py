"""What tests share: a home of their own, an open store, and pages to land."""

import signal
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import settings

from curation import arrow
from curation.api import opened
from curation.api.serving import Served
from curation.config import Config, load
from curation.store import Store, landing

# Machines are shared: an example that is slow once is no failure.
settings.register_profile("tribune", deadline=None)
settings.load_profile("tribune")

# Started by a script in the background, this process ignores Ctrl-C, and so would every program a test interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

START = datetime(2026, 11, 1, 12)  # noqa: DTZ001 - the store's times are UTC without a zone


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh TRIBUNE_HOME."""
    monkeypatch.setenv("TRIBUNE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def config(home: Path) -> Config:
    """The configuration of a fresh home."""
    return load()


@pytest.fixture
def served(config: Config) -> Iterator[Served]:
    """An open store whose index follows."""
    with opened(config) as served:
        yield served


@pytest.fixture
def store(served: Served) -> Store:
    """An open store."""
    return served.store


def grows_evenly(work: Callable[[Any], Any], text: str | bytes) -> None:
    """Fail where four times the text takes more than ten times the time; machines are shared, so no limit in seconds holds."""
    quarter, whole = (_cpu_seconds(work, part) for part in (text[: len(text) // 4], text))
    assert whole < 10 * quarter + 1


def _cpu_seconds(work: Callable[[Any], Any], text: str | bytes) -> float:
    begin = time.process_time()
    work(text)
    return time.process_time() - begin


def notice(raw_key: str, text: str = "", **more: Any) -> dict[str, Any]:
    """Make one row of `arrow.NOTICE`: by default a comment whose raw has the same key."""
    row = {
        "kind": "comment",
        "raw_key": raw_key,
        "payload": f'{{"text":"{text}"}}',
        "key": raw_key,
        "text": text,
        "created_at": START + timedelta(minutes=len(raw_key)),
        "role": "customer",
    }
    return {**dict.fromkeys(arrow.NOTICE.names), **row, **more}


def table(rows: list[dict[str, Any]]) -> pa.Table:
    """Make a page's table."""
    return pa.Table.from_pylist(rows, schema=arrow.NOTICE)


def land(store: Store, rows: list[dict[str, Any]], source: str = "survey", **about: Any) -> dict[str, int]:
    """Land rows as one page of `source`; the cursor is left alone unless given."""
    return landing.land(store, "test", source, table(rows), {"stream": "s", **about})
