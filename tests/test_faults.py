"""Disks that are full or read-only, and an index that is damaged: a clear sentence and a safe state."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from curation.config import load
from curation.errors import ConfigError, DiskFull, StoreDamaged
from curation.store import indexing, open_store
from curation.store.comments import count, page
from curation.store.filters import Filter
from tests.conftest import land, notice
from tests.patience import eventually


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Mount a small disk with the given options."""
    mounted: list[Path] = []

    def mount(options: str) -> Path:
        folder = tmp_path / f"disk{len(mounted)}"
        folder.mkdir()
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True
        )
        if done.returncode:
            pytest.skip("mounting a small disk needs root (CAP_SYS_ADMIN)")
        mounted.append(folder)
        return folder

    if sys.platform != "linux" or shutil.which("mount") is None:
        pytest.skip("needs Linux's mount")
    yield mount
    for folder in mounted:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_keeps_what_was_committed(disk: Callable[[str], Path]) -> None:
    home = disk("size=24m") / "home"
    config = load(home)
    store = open_store(config)
    kept = 0
    with pytest.raises(DiskFull, match="Free space"):
        for batch in range(500):
            # Random hexadecimal digits hardly compress.
            rows = [notice(f"{batch}-{i}", os.urandom(2000).hex()) for i in range(50)]
            land(store, rows, cursor={"n": batch}, after={"n": batch - 1} if batch else None)
            kept += 50
    store.close()
    assert kept > 0
    subprocess.run(["mount", "-o", "remount,size=200m", str(home.parent)], check=True)
    store = open_store(config)
    assert count(store, Filter())["comments"] == kept
    assert land(store, [notice("after", "there is room again")])["new"] == 1
    store.close()


def test_a_read_only_disk_is_named(disk: Callable[[str], Path]) -> None:
    folder = disk("size=20m")
    config = load(folder / "home")
    open_store(config).close()
    subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
    with pytest.raises(StoreDamaged, match="write access"):
        open_store(config)
    with pytest.raises(ConfigError, match="TRIBUNE_HOME"):
        load(folder / "other")


@pytest.mark.parametrize("part", ["meta.json", "*.store", "*.idx", "*.fast", "*.term"])
def test_a_damaged_index_is_built_anew(tmp_path: Path, part: str) -> None:
    config = load(tmp_path / "home")
    store = open_store(config)
    land(store, [notice(str(i), f"comment number {i}") for i in range(1000)])
    indexing.catch_up(store)
    store.close()
    for file in (config.home / "index").glob(part):
        data = bytearray(file.read_bytes())
        data[len(data) // 2 :] = b"\xff" * (len(data) - len(data) // 2)
        file.write_bytes(bytes(data))
    done = subprocess.run(
        [sys.executable, "-m", "curation.cli", "doctor"],
        env={"TRIBUNE_HOME": str(config.home), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "Healthy: 1,000 comments" in done.stdout
    store = open_store(config)
    indexing.catch_up(store)
    assert len(page(store, Filter(query="comment"), limit=50)) == 50
    assert indexing.divergence(store) == {}
    store.close()


def test_an_index_ahead_of_an_older_store_is_built_anew(tmp_path: Path) -> None:
    config = load(tmp_path / "home")
    store = open_store(config)
    land(store, [notice("a", "first")])
    store.close()
    shutil.copy(config.home / "store.duckdb", tmp_path / "older.duckdb")
    store = open_store(config)
    land(store, [notice("b", "second")])
    indexing.catch_up(store)
    store.close()
    shutil.copy(tmp_path / "older.duckdb", config.home / "store.duckdb")
    store = open_store(config)
    indexing.catch_up(store)
    assert page(store, Filter(query="second")) == []
    assert len(page(store, Filter(query="first"))) == 1
    assert indexing.divergence(store) == {}
    store.close()


def test_doctor_mends_an_index_that_lost_and_gained(tmp_path: Path) -> None:
    config = load(tmp_path / "home")
    store = open_store(config)
    land(store, [notice(str(i), f"comment number {i}") for i in range(100)])
    indexing.catch_up(store)
    store.index.remove([5, 50])
    store.index.commit()
    assert list(indexing.divergence(store)) == [0]
    assert indexing.mend(store) == [0]
    assert indexing.divergence(store) == {}
    assert len(page(store, Filter(query="comment"), limit=100)) == 100
    store.close()


def test_the_index_goes_on_following_after_a_fault(tmp_path: Path) -> None:
    store = open_store(load(tmp_path / "home"))
    land(store, [notice("a", "first")])
    with store.write() as con:
        con.execute("alter table source rename to elsewhere")
    follower = indexing.Follower(store)
    assert "source" in eventually(lambda: store.trouble, 0.01)
    with store.write() as con:
        con.execute("alter table elsewhere rename to source")
    eventually(lambda: indexing.lag(store) == 0, 0.05)
    follower.close()
    store.close()


def test_ctrl_c_while_the_store_computes_is_ctrl_c(tmp_path: Path) -> None:
    store = open_store(load(tmp_path / "home"))
    timer = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))
    with pytest.raises(KeyboardInterrupt), store.write() as con:
        timer.start()
        con.execute("select count(*) from range(1_000_000_000_000) r where hash(r.range) % 7 = 1").fetchall()
    assert store.read().execute("select 1").fetchall() == [(1,)]
    store.close()
