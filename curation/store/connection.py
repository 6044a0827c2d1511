"""Open the store, guard it, migrate it, and hand out cursors.

DuckDB's own lock is a POSIX record lock: when its owner merely opens and closes the file, the lock is gone and
a second writer gets in. So a lock file of our own (flock) stands beside it, and nothing here ever opens the
store by path a second time.
"""

import ctypes
import fcntl
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
import orjson

from curation.config import Config
from curation.errors import StoreBusy, StoreDamaged, TryAgain
from curation.store.faults import fatal, translate
from curation.store.presence import Presence
from curation.store.recent import Recent
from curation.store.search import Index, IndexDamaged

HEAVY_AT_ONCE = 2
M_ARENA_MAX = -8
"""From malloc.h, see mallopt(3)."""


class Store:
    """The one read-write connection of this machine, with its search index.

    Writes are short transactions under one lock; reads run on cursors of their own. Use `open_store`.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, config: Config, lock: "_Guard") -> None:
        self.config = config
        self.file = config.home / "store.duckdb"
        self._con = con
        self._guard = lock
        self._writing = threading.RLock()
        self._heavy = threading.BoundedSemaphore(HEAVY_AT_ONCE)
        self._local = threading.local()
        self.landed = threading.Condition()
        self.trouble: str | None = None
        self.writes = 0
        self.presence = Presence()
        self.recent = Recent()
        self.leaving = threading.Event()  # Set once whoever serves it is to stop.
        top = con.execute("select coalesce(max(changed), 0) from comment").fetchone()
        self._counter: int = top[0] if top else 0
        self.index: Index = open_index(config.home / "index", self._counter)

    @contextmanager
    def write(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Hold the write lock around one transaction; commit at the end, roll back on any error.

        Raises DiskFull where the disk has no room: nothing of the transaction is kept then.
        """
        with self._writing:
            counter = self._counter
            con = self._con
            con.execute("begin")
            try:
                yield con
                con.execute("commit")
            except BaseException as error:
                self._counter = counter
                # After a Ctrl-C its other threads still compute, and the rollback would wait for them to the end.
                con.interrupt()
                try:
                    con.execute("rollback")
                except duckdb.Error as failed:
                    if isinstance(failed, duckdb.FatalException):
                        raise StoreDamaged(fatal(self.file, failed)) from failed
                translated = translate(error, self.file)
                if translated is error:
                    raise
                raise translated from error
        with self.landed:
            self.writes += 1
            self.landed.notify_all()

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """Let nobody write meanwhile, for a look at the store and its index at one and the same moment."""
        with self._writing:
            yield

    def take(self, count: int) -> int:
        """Reserve `count` numbers of the id and change counter, inside a write; return the first."""
        first = self._counter + 1
        self._counter += count
        return first

    @property
    def changed(self) -> int:
        """The newest change number."""
        return self._counter

    def read(self) -> duckdb.DuckDBPyConnection:
        """Return this thread's own cursor for reading."""
        cursor: duckdb.DuckDBPyConnection | None = getattr(self._local, "cursor", None)
        if cursor is None:
            cursor = self._local.cursor = self.new_cursor()
        return cursor

    def new_cursor(self) -> duckdb.DuckDBPyConnection:
        """Return a cursor of its own for a result that is read slowly, such as an export."""
        return self._con.cursor()

    @contextmanager
    def heavy(self, seconds: float | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
        """Hand out a cursor for an analytics query: two at once at most, ended after `seconds`.

        Raises TryAgain when the time is up or both places stay taken.
        """
        limit = seconds or self.config.store.query_seconds
        if not self._heavy.acquire(timeout=limit):
            raise TryAgain("Two other heavy questions are still running. Try again in a moment.", limit)
        cursor = self.new_cursor()
        timer = threading.Timer(limit, cursor.interrupt)
        timer.daemon = True
        timer.start()
        try:
            yield cursor
        except duckdb.InterruptException as error:
            message = f"The question took longer than {limit:.0f} s. Narrow the dates or the filters."
            raise TryAgain(message) from error
        finally:
            timer.cancel()
            cursor.close()
            self._heavy.release()

    def close(self) -> None:
        """Close the index and the file, and let go of the guard."""
        self.index.close()
        with self._writing:
            self._con.close()
        self._guard.release()


class _Guard:
    """Our lock beside the store; it tells who holds it."""

    def __init__(self, home: Path, wait: float) -> None:
        try:
            self._file = (home / "store.lock").open("a+")
        except OSError as error:
            raise translate(error, home / "store.duckdb") from error
        end = time.monotonic() + wait
        while True:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= end:
                    self._file.close()
                    raise StoreBusy(_busy(home)) from None
                time.sleep(0.1)
        self._file.truncate(0)
        program = Path(sys.argv[0])
        name = program.parent.name if program.name == "__main__.py" else program.name
        # What was typed need not be UTF-8.
        command = " ".join([name, *sys.argv[1:]])[:200].encode("utf-8", "replace").decode()
        about = {
            "pid": os.getpid(),
            "command": command,
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        self._file.write(orjson.dumps(about).decode())
        self._file.flush()

    def release(self) -> None:
        self._file.truncate(0)
        self._file.close()


@contextmanager
def guarded(home: Path) -> Iterator[None]:
    """Keep every other process out of the store while its file is replaced. Raises StoreBusy."""
    guard = _Guard(home, 0)
    try:
        yield
    finally:
        guard.release()


def holder(home: Path) -> dict[str, Any]:
    """Who holds the store: pid, command, since; empty when nobody does or it cannot be told."""
    try:
        return dict(orjson.loads((home / "store.lock").read_bytes()))
    except (OSError, orjson.JSONDecodeError):
        return {}


def _busy(home: Path) -> str:
    who = holder(home)
    name = f"process {who['pid']} ({who['command']}, since {who['since']})" if who else "another process"
    return f"{home / 'store.duckdb'} is held by {name}. Wait until it ends, or stop it, then try again."


def open_store(config: Config, wait: float = 0) -> Store:
    """Open or create the store under `config.home`, waiting `wait` seconds for another holder.

    Raises StoreBusy (names the holder), StoreDamaged (newer or corrupt), DiskFull.
    """
    file = config.home / "store.duckdb"
    guard = _Guard(config.home, wait)
    try:
        con = _connect(file, config)
        try:
            migrate(con, file)
            return Store(con, config, guard)
        except BaseException:
            con.interrupt()
            con.close()
            raise
    except BaseException as error:
        guard.release()
        if isinstance(error, duckdb.CatalogException):
            raise StoreDamaged(
                f"{file} is a DuckDB file, but not Tribune's. Move it away, or restore a backup: tribune restore FILE."
            ) from error
        translated = translate(error, file)
        if translated is error:
            raise
        raise translated from error


def open_index(path: Path, changed: int) -> Index:
    """Open the search index, or an empty one in the place of one that is damaged or ahead of the store.

    It fills again from the store. Ahead it is after an older store was put in place by hand.
    """
    try:
        index = Index(path)
        if index.progress() <= changed:
            return index
        index.close()
    except IndexDamaged:
        pass
    return Index.anew(path)


def _few_arenas() -> None:
    """Have glibc's malloc share two arenas: one for each thread keeps what it freed, 1.2 GB in a long pull, not 0.95."""
    with suppress(OSError, AttributeError):  # other C libraries have no such thing
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 2)


def _connect(file: Path, config: Config) -> duckdb.DuckDBPyConnection:
    _few_arenas()
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": config.store.memory_limit,
        "threads": config.store.threads,
        # A row group has 122,880 rows: with DuckDB's 16 MB, a long pull would compress each several times over.
        "checkpoint_threshold": "256MB",
        # It reads a page's rows by row number, which scans far more than reading them by id (store.comments).
        "late_materialization_max_rows": 0,
        # For a new file: a row lies in as many blocks as it has columns, and DuckDB reads each whole (256 KB otherwise).
        "default_block_size": "65536",
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "temp_directory": str(file.with_suffix(".tmp")),
    }
    con = duckdb.connect(str(file), config=settings)
    con.execute("set timezone = 'UTC'") if _has_icu(con) else None
    # DuckDB draws a bar on standard output where it takes the program for a person at a prompt.
    con.execute("set enable_progress_bar = false")
    return con


def _has_icu(con: duckdb.DuckDBPyConnection) -> bool:
    row = con.execute("select loaded from duckdb_extensions() where extension_name = 'icu'").fetchone()
    return bool(row and row[0])


def following(table: str) -> str:
    """Return the SQL of the number after the largest id of a table: its newest rows are read alone, `max` would read all."""
    return f"coalesce((select id from {table} order by id desc limit 1), 0) + 1"  # noqa: S608


def migrations() -> list[tuple[str, str]]:
    """Every shipped migration, in order: (name, SQL)."""
    folder = files("curation.store") / "migrations"
    return sorted(
        (entry.name, entry.read_text("utf-8")) for entry in folder.iterdir() if entry.name.endswith(".sql")
    )


def migrate(con: duckdb.DuckDBPyConnection, file: Path) -> None:
    """Apply what is not applied yet, each in one transaction. Raises StoreDamaged for a store from a newer version."""
    con.execute(
        "create table if not exists migration (name varchar primary key, applied_at timestamp not null)"
    )
    applied = {row[0] for row in con.execute("select name from migration").fetchall()}
    known = dict(migrations())
    if unknown := sorted(applied - set(known)):
        raise StoreDamaged(
            f"{file} was written by a newer Tribune (it has {unknown[-1]}). Nothing was changed. "
            "Update Tribune, or restore a backup made by this version."
        )
    for name, sql in known.items():
        if name not in applied:
            con.execute("begin")
            con.execute(sql)
            con.execute("insert into migration values ($name, $at)", {"name": name, "at": now()})
            con.execute("commit")


def dicts(cursor: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Fetch a result whole, a dict a row. (A thread's cursor holds one result at a time: fetch before asking again.)"""
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def now() -> datetime:
    """The time as the store keeps it: UTC without a zone."""
    return datetime.now(UTC).replace(tzinfo=None)
