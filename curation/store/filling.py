"""Put invented comments into the store with all that became of them, many at a time: nobody's, and nothing is looked up."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import duckdb
import psutil
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import ByteSize, TypeAdapter

from curation.errors import Invalid, TribuneError
from curation.store.access import note
from curation.store.connection import Store, following, now
from curation.store.landing import AUTHOR_ID, RANK, THREAD_ID, source_number
from curation.store.tags import tagger_for

AUTHOR, THREAD = (one.replace("$source", "source") for one in (AUTHOR_ID, THREAD_ID))

RAWS = """
insert into raw by name
select md5_number(concat_ws(chr(31), source, key)) as uid, source, 'all' as stream, key, payload,
    hash(payload) as hash, created_at as received_at
from (select *, json_object('id', key, 'text', text, 'author', author)::varchar as payload from incoming)
"""

COMMENTS = f"""
insert into comment by name
select id, id as changed, {RANK} as rank, md5_number(concat_ws(chr(31), source, key)) as uid, hash(text) as hash,
    source, key, key as raw_key, 1 as version, text, author, author_key, {AUTHOR} as author_id, created_at,
    coalesce(thread, key) as thread, {THREAD} as thread_id, reply_to, url, rating, role, created_at as seen_at,
    $tagger as tagged, language, sentiment, topics, intent, urgency, unsure, status
from (select *, $first + place as id from incoming)
"""  # noqa: S608 - the parts are constants of landing

TAGS = """
insert into tag by name
select $first + place as comment_id, name, value, score, $tagger as tagger, evidence, $at as made_at, unsure, sentiment
from said
"""

# A thread somebody touched, and the deed it has been in this state since.
TOUCHED = f"""
create or replace temp table touched as
select {THREAD} as id, source, key, status, assignee, 1 as version, changed_at, claimed_by, claimed_until,
    snoozed_until, $deeds + row_number() over () as deed, coalesce(assignee, $who) as doer
from incoming where thread is null and changed_at is not null
"""  # noqa: S608
THREADS = """
insert into thread by name select * exclude (doer) from touched;
insert into deed by name
    select deed as id, changed_at as made_at, doer as who, 'status' as action, 'thread/' || id as subject from touched;
insert into deed_part by name select deed, id as thread_id, 'new' as status from touched;
insert into audit by name
    select $audits + row_number() over (order by deed) as id, changed_at as made_at, doer as who, 'status' as action,
        'thread/' || id as subject, '{"status":"new"}' as before, json_object('status', status, 'deed', deed)::varchar as after
    from touched
"""

CORRECTIONS = """
insert into correction select $first + place, 'sentiment', sentiment, true, coalesce(assignee, $who), created_at
from incoming where corrected is not null;
insert into judgement
select $first + place, 1, 'sentiment', sentiment, corrected, 0.7, false, $tagger, false, coalesce(assignee, $who), created_at
from incoming where corrected is not null
"""


def put(store: Store, who: str, tagger: str, comments: pa.Table, tags: pa.Table) -> None:
    """Put comments which the store has none of yet, with their threads, deeds and corrections, and their tags.

    Columns: see `curation.bench`; `place` counts the comments from 0, and is that of a tag's comment.
    """
    at = now()
    with store.write() as con:
        names = pc.unique(comments["source"])
        numbers = pa.array([source_number(con, name, at) for name in names.to_pylist()], pa.int32())
        known = numbers.take(pc.index_in(comments["source"], names))
        uses: dict[str, Any] = {"who": who, "at": at, "tagger": tagger_for(con, tagger, at), **_last(con)}
        uses["first"] = store.take(comments.num_rows)
        con.register("incoming", comments.set_column(comments.column_names.index("source"), "source", known))
        con.register("said", tags)
        try:
            _run(con, (RAWS, COMMENTS, TAGS, TOUCHED, THREADS, CORRECTIONS), uses)
        finally:
            con.unregister("incoming")
            con.unregister("said")
        note(con, who, "fill", "comments", None, {"comments": comments.num_rows})


LAST = f"select {following('deed')} - 1, {following('audit')} - 1"


def _last(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Return the last numbers of deeds and audit rows, under the names the statements use."""
    return dict(zip(("deeds", "audits"), con.execute(LAST).fetchall()[0], strict=True))


def _run(con: duckdb.DuckDBPyConnection, scripts: Iterable[str], uses: Mapping[str, Any]) -> None:
    """Run every statement, each with the values it names."""
    for sql in (sql for script in scripts for sql in script.split(";\n")):
        con.execute(sql, {name: value for name, value in uses.items() if f"${name}" in sql})


CONTAINER = Path("/sys/fs/cgroup/memory.max")
ALLOW = "set global memory_limit = $size"


@contextmanager
def room(store: Store) -> Iterator[None]:
    """Let the store use a third of the memory that is free, where that is more than is configured: nobody else works with it."""
    usual = store.config.store.memory_limit
    free = _free() // 3
    more = free > TypeAdapter(ByteSize).validate_python(usual)
    with store.write() as con:
        con.execute(ALLOW, {"size": f"{free // 1024} KiB" if more else usual})
    try:
        yield
    finally:
        # What went wrong is told, not that less memory is not enough for what is held yet.
        with suppress(duckdb.Error, TribuneError), store.write() as con:
            con.execute(ALLOW, {"size": usual})


def _free() -> int:
    """Return how many bytes of memory are free, within what a container may use (cgroup v2)."""
    free: int = psutil.virtual_memory().available
    with suppress(OSError, ValueError):
        free = min(free, int(CONTAINER.read_text()))
    return free


EMPTY = "select not exists (from comment)"


def check_empty(store: Store) -> None:
    """Raise Invalid where the store has comments: invented ones never come among others."""
    if not store.read().execute(EMPTY).fetchall()[0][0]:
        raise Invalid(
            f"{store.file} has comments already, and invented ones would come among them. Fill another home: --home DIR."
        )


AUTHORS = """
insert into author by name
select author_id as id, any_value(source) as source, coalesce(author_key, author) as key, any_value(author) as name,
    min(seen_at) as first_seen_at
from comment where author_id is not null group by author_id, coalesce(author_key, author)
"""

# One in so many threads, by its state; a marker is 26 letters and digits.
REPLIES = """
insert into reply by name
select left(md5(c.id::varchar), 26) as marker, c.source, c.id as comment_id, c.thread_id, a.text,
    case c.status when 'resolved' then 'sent' else 'draft' end as state, 1 as version, coalesce(t.assignee, $who) as who,
    t.changed_at as made_at, t.changed_at as not_before, (c.status = 'resolved')::integer as attempts,
    case c.status when 'resolved' then t.changed_at end as sent_at, 0 as needed
from comment c join thread t on t.id = c.thread_id join answers a on a.language = c.language
where c.key = c.thread and c.role = 'customer' and c.id % $every = 0 and c.status in ('open', 'pending', 'resolved')
"""
REPLY_TEXTS = """
insert into reply_text by name
select row_number() over (order by made_at, marker) as id, comment_id, who, marker, version, text, made_at from reply
"""

NOTES = """
create or replace temp table noted as
select $deeds + row_number() over (order by id) as deed, row_number() over (order by id) as id, id as thread_id,
    coalesce(assignee, $who) as who, changed_at as made_at
from thread where id % $every = 0 and status in ('open', 'pending', 'snoozed');
insert into deed by name
select deed as id, made_at, who, 'note' as action, 'thread/' || thread_id as subject from noted;
insert into note by name select id, thread_id, who, $text as text, made_at, deed from noted;
insert into mention by name select id as note_id, $named as who from noted
"""


def finish(store: Store, who: str, answers: pa.Table, noted: str, named: str, every: int = 50) -> None:
    """Add who wrote what was put into the store; to one in `every` thread a reply or a draft, or a note.

    `answers`: a text for each language. `noted`: the notes' text, which mentions `named`.
    """
    with store.write() as con:
        uses = {"who": who, "every": every, "text": noted, "named": named, **_last(con)}
        con.register("answers", answers)
        try:
            _run(con, (AUTHORS, REPLIES, REPLY_TEXTS, NOTES), uses)
        finally:
            con.unregister("answers")
        note(con, who, "fill", "store", None, {"every": every})
