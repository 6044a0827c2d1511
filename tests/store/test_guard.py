"""One writer: a second process never gets in, whatever the owner does with its file."""

import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from curation.config import Config
from curation.errors import Invalid, StoreBusy, StoreDamaged
from curation.store import Store, care, open_store
from curation.store.comments import count
from curation.store.filters import Filter
from tests.conftest import land, notice

SECOND = """
from curation.config import load
from curation.errors import StoreBusy
from curation.store import open_store
try:
    open_store(load()).close()
    print("got in")
except StoreBusy as error:
    print("refused:", error)
"""


def second_writer() -> str:
    found = subprocess.run([sys.executable, "-c", SECOND], capture_output=True, text=True, check=True)
    return found.stdout


def hash_own_file(store: Store, tmp_path: Path) -> None:
    hashlib.sha256(store.file.read_bytes()).hexdigest()


def open_and_close_own_file(store: Store, tmp_path: Path) -> None:
    with store.file.open("rb"):
        pass


def back_up(store: Store, tmp_path: Path) -> None:
    care.backup(store, "test", tmp_path / "copy.duckdb")


def take_snapshot(store: Store, tmp_path: Path) -> None:
    care.snapshot(store, tmp_path / "copy.parquet")


def look_at_own_lock(store: Store, tmp_path: Path) -> None:
    (store.config.home / "store.lock").read_bytes()


@pytest.mark.parametrize(
    "moment", [hash_own_file, open_and_close_own_file, back_up, take_snapshot, look_at_own_lock]
)
def test_no_second_writer_after_the_owner_touched_its_file(
    store: Store, tmp_path: Path, moment: Callable[[Store, Path], None]
) -> None:
    land(store, [notice("a", "x")])
    moment(store, tmp_path)
    said = second_writer()
    assert said.startswith("refused:")
    assert f"process {os.getpid()}" in said
    land(store, [notice("b", "y")])
    assert count(store, Filter())["comments"] == 2


def test_a_killed_holder_leaves_no_lock(config: Config) -> None:
    hold = "from curation.config import load; from curation.store import open_store; s = open_store(load()); print('in', flush=True); import time; time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", hold], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(StoreBusy, match=f"process {process.pid}"):
            open_store(config)
        process.send_signal(signal.SIGKILL)
    open_store(config).close()


def test_a_store_from_a_newer_version_is_left_alone(config: Config) -> None:
    store = open_store(config)
    with store.write() as con:
        con.execute("insert into migration values ('999_future.sql', now()::timestamp)")
    store.close()
    before = store.file.read_bytes()
    with pytest.raises(StoreDamaged, match=r"newer Tribune.*999_future"):
        open_store(config)
    assert store.file.read_bytes() == before


def test_a_file_that_is_no_store_is_named(config: Config) -> None:
    (config.home / "store.duckdb").write_bytes(b"not a database at all" * 1000)
    with pytest.raises(StoreDamaged, match=r"store\.duckdb.*tribune restore"):
        open_store(config)


def test_backup_and_restore_bring_everything_back(config: Config, tmp_path: Path) -> None:
    store = open_store(config)
    land(store, [notice("a", "kept")], cursor={"n": 1}, after=None)
    made = care.backup(store, "test", tmp_path / "b.duckdb")
    land(store, [notice("b", "after the backup")])
    store.close()
    assert made["comment"] == 1
    care.restore(config, tmp_path / "b.duckdb")
    store = open_store(config)
    assert count(store, Filter())["comments"] == 1
    assert land(store, [notice("c", "new")])["new"] == 1
    store.close()
    (tmp_path / "no.duckdb").write_bytes(b"x" * 5000)
    with pytest.raises(StoreDamaged, match="not a readable backup"):
        care.restore(config, tmp_path / "no.duckdb")


def test_a_backup_of_an_older_tribune_is_readable_and_one_that_lacks_a_table_is_not(
    config: Config, tmp_path: Path
) -> None:
    store = open_store(config)
    land(store, [notice("a", "kept")])
    care.backup(store, "test", tmp_path / "b.duckdb")
    store.close()
    with duckdb.connect(str(tmp_path / "b.duckdb")) as con:
        con.execute("drop table saved_view")
    with pytest.raises(StoreDamaged, match="no table saved_view"):
        care.verify(tmp_path / "b.duckdb")
    with duckdb.connect(str(tmp_path / "b.duckdb")) as con:
        con.execute("delete from migration where name like '012%'")
    found = care.verify(tmp_path / "b.duckdb")
    assert found["comment"] == 1
    assert "saved_view" not in found


def test_a_file_another_program_has_open_names_it(config: Config) -> None:
    open_store(config).close()
    code = f"import duckdb, sys; c = duckdb.connect({str(config.home / 'store.duckdb')!r}); print('up', flush=True); sys.stdin.read()"
    other = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with other:
        assert other.stdout and other.stdout.readline() == "up\n"
        with pytest.raises(StoreBusy, match=rf"PID {other.pid}\).*stop it"):
            open_store(config)
        other.communicate()
    open_store(config).close()


def test_somebody_else_s_duckdb_file_is_named(config: Config) -> None:
    con = duckdb.connect(str(config.home / "store.duckdb"))
    con.execute("create table comment as select 1 as a")
    con.close()
    with pytest.raises(StoreDamaged, match="not Tribune's"):
        open_store(config)


@pytest.mark.parametrize(
    "name", ["store.duckdb", "backups/tribune-1.duckdb", "tribune.toml", "store.parquet"]
)
def test_a_snapshot_never_replaces_a_file_of_tribune_s_own(store: Store, name: str) -> None:
    with pytest.raises(Invalid):
        care.snapshot(store, store.config.home / name)
    made = care.snapshot(store, store.config.home / "snapshot.duckdb")
    assert care.snapshot(store, store.config.home / "snapshot.duckdb")["file"] == made["file"]


def test_a_copy_that_cannot_be_written_says_where(store: Store, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for act in (
        lambda: care.backup(store, "test", tmp_path / "file" / "b.duckdb"),
        lambda: care.snapshot(store, tmp_path / "file" / "s.duckdb"),
        lambda: care.snapshot(store, tmp_path / "file" / "s.parquet"),
    ):
        with pytest.raises(Invalid, match=r"file.*cannot be written.*another place"):
            act()
