"""Land a page: raws, comments or refusals, and the cursor, in one transaction."""

from contextlib import suppress
from datetime import datetime
from typing import Any

import duckdb
import orjson
import pyarrow as pa

from curation.errors import Stale
from curation.store import reviews, threads
from curation.store.access import note
from curation.store.connection import Store, now
from curation.store.watching import keep_fields

# Rank: see migrations/001_start.sql. Seconds before 1970 or after 2242 are brought to the nearest edge.
RANK = "((greatest(0, least(8589934591, epoch(created_at)::bigint))) << 30) | (id & 1073741823)"

# What decides is taken out of the page into narrow tables; its texts are copied once, from Arrow into their place.
STAGE = """
create or replace temp table page as
select n, kind, reason, payload is not null as whole,
       md5_number(concat_ws(chr(31), $source, raw_key)) as raw_uid,
       md5_number(concat_ws(chr(31), $source, key)) as uid, md5_number(payload) as payload_hash,
       case when kind = 'comment' then md5_number(concat_ws(chr(31), coalesce(title, ''), text, coalesce(author, ''),
           coalesce(author_key, ''), created_at::varchar, coalesce(thread, ''), coalesce(reply_to, ''), coalesce(url, ''),
           coalesce(said_language, ''), coalesce(rating::varchar, ''), role, coalesce(attributes, ''))) end as hash
from incoming
"""

# A raw whose payload is known brings nothing, nor do its comments; within a page the last one of a key counts.
FRESH = """
create or replace temp table fresh as
select p.n, p.raw_uid, p.payload_hash, p.reason, r.uid is not null as known
from (select * from page where n in (select max(n) from page where whole group by raw_uid)) p
left join raw r on r.uid = p.raw_uid
where r.uid is null or r.hash <> p.payload_hash
"""

# What brings no other comment, such as another count of likes, takes the place of the raw before it.
KEEP_RAW = """
insert into raw_before select r.* from raw r join fresh f on f.raw_uid = r.uid
where f.known and f.raw_uid in (select p.raw_uid from page p left join wanted w on w.n = p.n
                                where p.kind <> 'comment' or w.was_deleted or w.old_hash is distinct from w.hash);
delete from raw where uid in (select raw_uid from fresh where known);
insert into raw select raw_uid, $source, $stream, raw_key, payload, payload_hash, i.reason, $at
from incoming i join fresh f on f.n = i.n
"""

# In a replay every row counts, and what was refused may be so no more; but not a raw that a pull has replaced since.
REPLAYED = """
create or replace temp table fresh as
select max(n) as n, raw_uid, null as payload_hash, any_value(reason) as reason, true as known from page
where raw_uid not in (select p.raw_uid from page p join raw r on r.uid = p.raw_uid
                      where p.whole and r.hash <> p.payload_hash)
group by raw_uid;
update raw set reason = f.reason from fresh f where raw.uid = f.raw_uid and raw.reason is distinct from f.reason
"""

COMMENTS = """
create or replace temp table wanted as
select p.n, p.uid, p.hash, c.id as old_id, c.hash as old_hash, c.deleted_at is not null as was_deleted
from (select * from page where n in (
          select max(n) from page where kind = 'comment' and raw_uid in (select raw_uid from fresh) group by uid)) p
left join comment c on c.uid = p.uid
"""

# What a channel's notice changed or deleted afterwards stays so: in a replay the notice may come before its comment.
SPARED = """
create or replace temp table spared as
select id from (select c.id, c.hash, c.text from wanted w join comment c on c.id = w.old_id)
where hash = md5_number(concat_ws(chr(31), 'edited', text));
delete from wanted where old_id in (select id from spared);
update wanted set was_deleted = false
"""

AUTHOR_ID = """case when author_key is null and author is null then null
            else (md5_number(concat_ws(chr(31), $source, coalesce(author_key, author))) & 4611686018427387903)::bigint end"""

THREAD_ID = "(md5_number(concat_ws(chr(31), $source, coalesce(thread, key))) & 4611686018427387903)::bigint"

INSERT = f"""
insert into comment
select id, id, {RANK}, uid, hash, $source, key, raw_key, 1, title, text, author, author_key,
       {AUTHOR_ID}, created_at, coalesce(thread, key), {THREAD_ID},
       reply_to, url, said_language, rating, role, attributes, $at, null, 0, null, null, '', 'new', null, null, '', counts
from (select i.*, w.uid, w.hash, w.id from incoming i
      join (select *, $first + row_number() over (order by n) - 1 as id from wanted where old_id is null) w on w.n = i.n)
"""  # noqa: S608 - the parts are constants of this module

KEEP_VERSION = """
insert into version
select c.id, c.version, c.title, c.text, c.author, c.created_at, $at
from comment c join wanted w on c.id = w.old_id where w.hash <> w.old_hash
"""

EDIT = f"""
update comment set changed = e.changed, hash = e.hash, raw_key = e.raw_key, version = comment.version + 1, title = e.title,
    tagged = case when comment.text = e.text and comment.title is not distinct from e.title
                   and comment.said_language is not distinct from e.said_language then tagged else -1 end,
    text = e.text, author = e.author, author_key = e.author_key, author_id = e.author_id, created_at = e.created_at,
    rank = e.rank, thread = coalesce(e.thread, e.key), thread_id = e.thread_id, reply_to = e.reply_to, url = e.url,
    status = coalesce((select h.status from thread t join thread h on h.id = coalesce(t.merged_into, t.id)
                       where t.id = e.thread_id), 'new'),
    said_language = e.said_language, rating = e.rating, role = e.role, attributes = e.attributes,
    deleted_at = case when $replay then comment.deleted_at end
from (select *, $first + row_number() over (order by n) - 1 as changed, {RANK} as rank,
             {AUTHOR_ID} as author_id, {THREAD_ID} as thread_id
      from (select i.*, w.hash, w.old_id as id from incoming i join wanted w on w.n = i.n
            where old_id is not null and (hash <> old_hash or was_deleted))) e
where comment.id = e.id
"""  # noqa: S608

COUNTED = """
create or replace temp table counted as
select w.old_id as id, i.counts from wanted w join incoming i on i.n = w.n where w.old_id is not null and i.counts is not null
"""

COUNT = """
update comment set counts = n.counts from counted n where comment.id = n.id and comment.counts is distinct from n.counts
"""

TEXT_EDITED = """
create or replace temp table edited as
select p.n, c.id, i.text from (select max(n) as n, uid from page
      where kind = 'edited' and raw_uid in (select raw_uid from fresh) group by uid) p
join comment c on c.uid = p.uid join incoming i on i.n = p.n where c.text <> i.text
"""

KEEP_EDITED = """
insert into version select c.id, c.version, c.title, c.text, c.author, c.created_at, $at
from comment c join edited e on e.id = c.id
"""

EDIT_TEXT = """
update comment set changed = e.changed, version = comment.version + 1, tagged = -1, text = e.text,
    hash = md5_number(concat_ws(chr(31), 'edited', e.text))
from (select *, $first + row_number() over (order by n) - 1 as changed from edited) e where comment.id = e.id
"""

DELETED = """
create or replace temp table gone as
select distinct c.id from page p join comment c on c.uid = p.uid
where p.kind = 'deleted' and p.raw_uid in (select raw_uid from fresh) and c.deleted_at is null
"""

DELETE = """
update comment set deleted_at = $at, changed = g.changed
from (select id, $first + row_number() over (order by id) - 1 as changed from gone) g where comment.id = g.id
"""

AUTHORS = """
insert into author
select a.id, $source, a.key, a.name, $at
from (select (md5_number(concat_ws(chr(31), $source, coalesce(author_key, author))) & 4611686018427387903)::bigint as id,
             coalesce(author_key, author) as key, arg_max(author, i.n) as name
      from incoming i join wanted w on w.n = i.n where coalesce(author_key, author) is not null group by all) a
left join author known on known.id = a.id where known.id is null
"""

CURSOR = """
insert into cursor values ($source, $stream, $cursor, $at)
on conflict do update set value = excluded.value, moved_at = excluded.moved_at
"""


class _DryRun(Exception):
    """Rolls a transaction back that was only to be counted."""


def land(store: Store, who: str, source: str, page: pa.Table, about: dict[str, Any]) -> dict[str, int]:
    """Store one page of `arrow.NOTICE` rows of `source`; return counts: pulled, new, changed, deleted, refused.

    `about` holds `stream`, `cursor` (the one that holds from now on), `after` (the cursor the pull started this
    page from, or null), `replay` (raws known already, no cursor), `dry_run` (count, keep nothing) and `gap`: what the
    page found missing, {stream, why, cursor}; its cursor is kept as one of a stream of its own. `shape`: see `connectors.fields`.
    `refused` counts what is newly refused. Raises Stale where the stored cursor is not `after`: another pull of
    the same stream came first.
    """
    stream, replay, dry_run = (
        str(about.get("stream", "")),
        bool(about.get("replay")),
        bool(about.get("dry_run")),
    )
    at = now()
    counts: dict[str, int] = {}
    with suppress(_DryRun), store.write() as con:
        number = source_number(con, source, at)
        if about.get("cursor") is not None and not (replay or dry_run):
            _check_cursor(con, number, stream, about.get("after"))
        con.register("incoming", page.append_column("n", pa.array(range(page.num_rows), pa.int32())))
        try:
            con.execute(STAGE, {"source": number})
            first = store.changed + 1
            counts = _keep(store, con, number, stream, at, replay)
            if store.changed >= first:
                reviews.landed(con, who, first)
        finally:
            con.unregister("incoming")
        if dry_run:
            raise _DryRun
        if about.get("cursor") is not None and not replay:
            value = orjson.dumps(about["cursor"], option=orjson.OPT_SORT_KEYS).decode()
            con.execute(CURSOR, {"source": number, "stream": stream, "cursor": value, "at": at})
            if shape := about.get("shape"):
                keep_fields(con, number, stream, shape, at)
            if gap := about.get("gap"):
                _keep_gap(con, number, gap, at)
        if any(counts[k] for k in ("new", "changed", "deleted", "refused")):
            note(con, who, "replay" if replay else "land", f"source/{source}/{stream}", None, counts)
    return counts


def _keep(
    store: Store, con: duckdb.DuckDBPyConnection, source: int, stream: str, at: datetime, replay: bool
) -> dict[str, int]:
    was_refused = 0
    if replay:
        was_refused = _count(
            con, "select count(*) from raw where reason is not null and uid in (select raw_uid from page)"
        )
        con.execute(REPLAYED)
    else:
        con.execute(FRESH)
    refused = _count(con, "select count(*) from fresh where reason is not null")
    pulled = _count(con, "select count(distinct raw_uid) from page")
    con.execute(COMMENTS)
    if replay:
        con.execute(SPARED)
    elif _count(con, "select count(*) from fresh"):
        for statement in KEEP_RAW.split(";\n"):
            uses = {"source": source, "stream": stream, "at": at} if "$" in statement else {}
            con.execute(statement, uses)
    new = _count(con, "select count(*) from wanted where old_id is null")
    edits = _count(
        con, "select count(*) from wanted where old_id is not null and (hash <> old_hash or was_deleted)"
    )
    if new:
        first = store.take(new)
        con.execute(INSERT, {"source": source, "at": at, "first": first})
        if _count(con, "select count(*) from thread"):
            threads.received(con, first, at)
    if edits:
        con.execute(KEEP_VERSION, {"at": at})
        con.execute(EDIT, {"source": source, "first": store.take(edits), "replay": replay})
    if new or edits:
        con.execute(AUTHORS, {"source": source, "at": at})
    con.execute(COUNTED)
    if _count(con, "select count(*) from counted"):
        con.execute(COUNT)
    con.execute(TEXT_EDITED)
    rewritten = _count(con, "select count(*) from edited")
    if rewritten:
        con.execute(KEEP_EDITED, {"at": at})
        con.execute(EDIT_TEXT, {"first": store.take(rewritten)})
    con.execute(DELETED)
    gone = _count(con, "select count(*) from gone")
    if gone:
        con.execute(DELETE, {"at": at, "first": store.take(gone)})
    return {
        "pulled": pulled,
        "new": new,
        "changed": edits + rewritten,
        "deleted": gone,
        "refused": max(0, refused - was_refused) if replay else refused,
    }


GAP = """
insert into gap select (select coalesce(max(id), 0) + 1 from gap), $source, $stream, $why, $at, null
where not exists (from gap where source = $source and stream = $stream and closed_at is null)
"""


def _keep_gap(con: duckdb.DuckDBPyConnection, source: int, gap: dict[str, Any], at: datetime) -> None:
    uses = {"source": source, "stream": str(gap["stream"]), "at": at}
    con.execute(GAP, {**uses, "why": str(gap["why"])})
    if gap.get("cursor") is not None:
        value = orjson.dumps(gap["cursor"], option=orjson.OPT_SORT_KEYS).decode()
        con.execute(CURSOR, {**uses, "cursor": value})


def source_number(con: duckdb.DuckDBPyConnection, name: str, at: datetime | None = None) -> int:
    """Return the number of the source called `name`; with `at`, give it one if it has none. 0: unknown."""
    row = con.execute("select id from source where name = $name", {"name": name}).fetchone()
    if row:
        return int(row[0])
    if at is None:
        return 0
    con.execute(
        "insert into source select coalesce(max(id), 0) + 1, $name, $at from source", {"name": name, "at": at}
    )
    return source_number(con, name)


def _check_cursor(con: duckdb.DuckDBPyConnection, source: int, stream: str, after: Any) -> None:
    row = con.execute(
        "select value from cursor where source = $source and stream = $stream",
        {"source": source, "stream": stream},
    ).fetchone()
    current = orjson.loads(row[0]) if row else None
    if current != after:
        raise Stale(
            "Another pull of this stream stored its page first; nothing of this page was kept.", current
        )


def _count(con: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = con.execute(sql).fetchone()
    return int(row[0]) if row else 0
