"""Care of the file: backup with verified restore, snapshots for analysts, retention, and the doctor."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from curation.config import Config
from curation.errors import DiskFull, Invalid, StoreDamaged
from curation.store.access import note
from curation.store.connection import Store, migrate, migrations, now
from curation.store.faults import translate

TABLES = (
    "source",
    "raw",
    "comment",
    "version",
    "author",
    "thread",
    "tag",
    "correction",
    "judgement",
    "cursor",
    "gap",
    "reply",
    "reply_text",
    "reply_change",
    "review",
    "review_line",
    "canned",
    "deed",
    "deed_part",
    "deed_tag",
    "note",
    "mention",
    "notice",
    "notice_choice",
    "saved_view",
    "crisis",
    "crisis_member",
    "crisis_comment",
    "crisis_statement",
    "crisis_review",
    "crisis_answer",
    "collection",
    "quote",
    "clearance",
    "publication",
    "member",
    "sign_in",
    "token",
    "audit",
)


def backup(store: Store, who: str, target: Path) -> dict[str, Any]:
    """Copy the whole store into the new file `target`, check the copy, and return its counts.

    The copy is one consistent moment; writes go on meanwhile. Raises Invalid where `target` exists or cannot be
    written, DiskFull.
    """
    if target.exists():
        raise Invalid(f"{target} exists already. Choose another name; a backup never overwrites.")
    with _unfinished(store, target) as (con, unfinished):
        with _attached(con, unfinished, "copy"):
            con.execute("begin")
            counts = _counts(con, _name(con))
            con.execute(f"copy from database {_quoted(_name(con))} to copy")
            con.execute("commit")
            if counts != (copied := _counts(con, "copy")):
                raise StoreDamaged(
                    f"The copy in {unfinished} differs from the store: {copied} instead of {counts}."
                )
        verify(unfinished)
    with store.write() as writing:
        note(writing, who, "backup", str(target.name), None, counts)
    return {"file": str(target), "bytes": target.stat().st_size, **counts}


def verify(file: Path) -> dict[str, int]:
    """Open a backup read-only, read every comment in it, and return counts per table.

    Raises StoreDamaged where it is no store, is damaged, or is from a newer version.
    """
    con = duckdb.connect()
    try:
        with _attached(con, file, "copy", read_only=True):
            known = {name for name, _ in migrations()}
            found = {row[0] for row in con.execute("select name from copy.migration").fetchall()}
            if found - known:
                raise StoreDamaged(
                    f"{file} was written by a newer Tribune (it has {max(found - known)}). Update Tribune first."
                )
            con.execute(
                "select sum(length(text)), bit_xor(hash(title, author, key)) from copy.comment"
            ).fetchall()
            con.execute("select sum(length(payload)) from copy.raw").fetchall()
            counts = _counts(con, "copy")
            if found == known and (lacking := [table for table in TABLES if table not in counts]):
                raise StoreDamaged(f"{file} is not a whole backup: it has no table {lacking[0]}.")
            return counts
    except duckdb.Error as error:
        raise StoreDamaged(f"{file} is not a readable backup: {str(error).splitlines()[0]}") from error
    finally:
        con.close()


def restore(config: Config, file: Path) -> dict[str, int]:
    """Put a verified backup in the store's place; what was there stays beside it as `store.before-restore.duckdb`.

    The caller holds no store open and owns the guard. The search index is built anew at the next start.
    At every moment one whole store has the store's name. Raises StoreDamaged, DiskFull.
    """
    counts = verify(file)
    target = config.home / "store.duckdb"
    arriving, before = target.with_suffix(".arriving"), target.with_name("store.before-restore.duckdb")
    try:
        shutil.copyfile(file, arriving)
        con = duckdb.connect(str(arriving))
        migrate(con, arriving)
        con.close()
        with arriving.open("rb") as handle:
            os.fsync(handle.fileno())
        shutil.rmtree(config.home / "index", ignore_errors=True)
        for old, kept in ((target, before), (_log_of(target), _log_of(before))):
            kept.unlink(missing_ok=True)
            if old.exists():
                os.link(old, kept)
        _log_of(target).unlink(missing_ok=True)
        arriving.replace(target)
    except OSError as error:
        translated = translate(error, target)
        if translated is error:
            raise
        raise translated from error
    finally:
        arriving.unlink(missing_ok=True)
    return counts


def _log_of(file: Path) -> Path:
    """DuckDB's write-ahead log of a file."""
    return file.with_name(f"{file.name}.wal")


SNAPSHOT = """
select c.id, s.name as source, c.key, c.thread, c.reply_to, c.author, c.author_id, c.title, c.text, c.created_at,
       c.language, c.sentiment, case when c.topics = '' then []::varchar[] else string_split(trim(c.topics, '|'), '|') end as topics,
       c.status, c.rating, c.role, c.url, c.version, c.seen_at, c.deleted_at, c.attributes, c.counts,
       c.intent, c.urgency,
       case when c.unsure = '' then []::varchar[] else string_split(trim(c.unsure, '|'), '|') end as unsure
from comment c join source s on s.id = c.source
"""


def snapshot(store: Store, target: Path) -> dict[str, Any]:
    """Write the comments for analysts, as Parquet or DuckDB by the ending of `target`, which is replaced.

    Raises Invalid for another ending, for a file of Tribune's own and where `target` cannot be written, DiskFull.
    """
    if target.suffix not in (".parquet", ".duckdb"):
        raise Invalid(f"A snapshot ends in .parquet or .duckdb, not {target.suffix!r}.")
    if target.stem != "snapshot" and target.resolve().is_relative_to(store.config.home.resolve()):
        raise Invalid(
            f"{target} lies among Tribune's own files. Call it snapshot{target.suffix}, or choose another folder."
        )
    with _unfinished(store, target) as (con, unfinished):
        if target.suffix == ".parquet":
            reader = con.execute(SNAPSHOT + " order by c.id").to_arrow_reader(50_000)
            with pq.ParquetWriter(unfinished, reader.schema, compression="zstd") as writer:
                for batch in reader:
                    writer.write_batch(batch)
        else:
            with _attached(con, unfinished, "copy"):
                con.execute(f"create table copy.comment as {SNAPSHOT} order by c.id")
                con.execute("create table copy.tag as select * from tag")
                con.execute("create table copy.correction as select * from correction")
    target.chmod(0o440)
    return {"file": str(target), "bytes": target.stat().st_size}


def forget_raw(store: Store, who: str, days: int) -> int:
    """Empty raw payloads older than `days`, and superseded ones; the comments stay. Return how many."""
    with store.write() as con:
        uses = {"before": now() - timedelta(days=days)}
        gone = con.execute(
            "update raw set payload = null where received_at < $before and payload is not null and reason is null "
            "returning 1",
            uses,
        ).fetchall()
        con.execute("delete from raw_before where received_at < $before", uses)
        if gone:
            note(con, who, "forget raw", f"older than {days} days", None, {"raws": len(gone)})
    return len(gone)


CHECKS = {
    "two comments with one key": "select count(*) - count(distinct uid) from comment",
    "two raws with one key": "select count(*) - count(distinct uid) from raw",
    "comments without a source": "select count(*) from comment where source not in (select id from source)",
    "ranks that do not fit their id": "select count(*) from comment where rank & 1073741823 <> id & 1073741823",
    "tags of no comment": "select count(*) from tag where comment_id not in (select id from comment)",
    "change numbers used twice": "select count(*) - count(distinct changed) from comment",
}


def check(store: Store) -> dict[str, int]:
    """Count what must never be, by its name; all zero in a healthy store."""
    con = store.read()
    return {name: int(con.execute(sql).fetchall()[0][0]) for name, sql in CHECKS.items()}


@contextmanager
def _unfinished(store: Store, target: Path) -> Iterator[tuple[duckdb.DuckDBPyConnection, Path]]:
    """Hand out a cursor and a path beside `target` to write to; it takes that place once all went well."""
    unfinished = target.with_name(target.name + ".unfinished")
    con = store.new_cursor()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        unfinished.unlink(missing_ok=True)
        yield con, unfinished
        unfinished.replace(target)
    except (OSError, duckdb.IOException) as error:
        if isinstance(translated := translate(error, target), DiskFull):
            raise translated from error
        raise Invalid(
            f"{target} cannot be written: {str(error).splitlines()[0]}. Choose another place."
        ) from error
    finally:
        con.close()
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)


@contextmanager
def _attached(
    con: duckdb.DuckDBPyConnection, file: Path, name: str, read_only: bool = False
) -> Iterator[None]:
    # ATTACH takes no parameters: the path is quoted as SQL quotes a string.
    path = str(file).replace("'", "''")
    con.execute(f"attach '{path}' as {_quoted(name)}{' (read_only)' if read_only else ''}")
    try:
        yield
    finally:
        con.execute(f"detach {_quoted(name)}")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _name(con: duckdb.DuckDBPyConnection) -> str:
    row = con.execute("select current_database()").fetchone()
    return str(row[0]) if row else "store"


def _counts(con: duckdb.DuckDBPyConnection, database: str) -> dict[str, int]:
    """Count the rows of every table there is: a store of an older Tribune has not all of them."""
    there = "select table_name from duckdb_tables() where database_name = $database"
    have = {name for (name,) in con.execute(there, {"database": database}).fetchall()}
    sql = "select count(*) from {}.{}"
    return {
        t: int(con.execute(sql.format(_quoted(database), t)).fetchall()[0][0]) for t in TABLES if t in have
    }
