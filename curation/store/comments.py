"""List, open and export comments: keyset paging by rank, filters in SQL, words in the search index."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import orjson
import pyarrow as pa

from curation.errors import NotFound
from curation.store import awareness, judgements, replies, threads
from curation.store.connection import Store, dicts
from curation.store.filters import (
    Filter,
    all_hits,
    hits_beside,
    narrowed,
    source_names,
    split_query,
    utc,
    where,
)
from curation.store.query import Parsed
from curation.store.tags import provenance, split

Row = dict[str, Any]

COLUMNS = """id, source, key, thread, author, title, text, created_at, language, sentiment, topics, status, rank,
    version, url, rating, role, reply_to, deleted_at, author_id, thread_id, attributes, said_language,
    intent, urgency, unsure, counts"""

NEAR = 10_000
"""Comments this close by id are read in one go: passing over what lies between costs less than asking again."""


def page(store: Store, wanted: Filter, before: int | None = None, limit: int = 50) -> list[Row]:
    """Return up to `limit` comments, newest first, whose rank is below `before` (a keyset cursor)."""
    wanted, words = split_query(wanted)
    if words:
        return list(_found(store, wanted, words, before, limit))
    return _select(store, wanted, limit, before=before)


ROUNDS = 4
"""After so many looks at ever more hits, a filter is rare among them: then the filter is asked about all of them."""


def _found(store: Store, wanted: Filter, words: Parsed, before: int | None, limit: int) -> Iterator[Row]:
    """Walk the index's hits newest first until `limit` of them pass the filters. Raises TryAgain after the time."""
    step = limit
    # A rank's second is rounded, so the index looks a second further on both sides; the filters are exact.
    until, since = _rank(wanted.until, 2), _rank(wanted.since, 0)
    before = until if before is None or (until and until < before) else before
    for _ in range(ROUNDS):
        hits = store.index.search(words, before, step, after=since)
        rows = _select(store, wanted, limit, hits=[hit for hit, _ in hits]) if hits else []
        yield from rows
        limit -= len(rows)
        if limit <= 0 or len(hits) < step:
            return
        before = hits[-1][1]
        step = min(step * 4, 10_000)
    with store.heavy() as cursor, hits_beside(store, cursor, words):
        condition, uses = where(store, wanted, before=before)
        sql = f"select id from comment where {condition} and id in (select id from hits) order by rank desc limit $limit"  # noqa: S608
        ids = [id for (id,) in cursor.execute(sql, {**uses, "limit": limit}).fetchall()]
    yield from some(store, ids)


def _select(store: Store, wanted: Filter, limit: int, **more: Any) -> list[Row]:
    """Choose by the columns that decide, then read whole only the rows chosen."""
    condition, uses = where(store, wanted, **more)
    sql = f"select id from comment where {condition} order by rank desc limit $limit"  # noqa: S608 - constants
    return some(store, [id for (id,) in store.read().execute(sql, {**uses, "limit": limit}).fetchall()])


ONE = f"select {COLUMNS} from comment where id = $id"  # noqa: S608 - constants


SOME = (
    f"select {COLUMNS} from comment where id between $low and $high and id in (select unnest($ids::bigint[]))"  # noqa: S608
)


def some(store: Store, ids: list[int]) -> list[Row]:
    """Read these comments whole, newest first. A row far from the others costs 1 ms, within ten million."""
    rows: list[Row] = []
    for near in _neighbours(ids):
        sql, uses = (
            (ONE, {"id": near[0]})
            if len(near) == 1
            else (SOME, {"low": near[0], "high": near[-1], "ids": near})
        )
        rows += dicts(store.read().execute(sql, uses))
    rows.sort(key=lambda row: row["rank"], reverse=True)
    sources = source_names(store)
    return [_row(row, sources) for row in rows]


def _neighbours(ids: list[int]) -> Iterator[list[int]]:
    near: list[int] = []
    for id in sorted(ids):
        if near and id - near[-1] > NEAR:
            yield near
            near = []
        near.append(id)
    if near:
        yield near


def _rank(value: datetime | date | None, later: int) -> int | None:
    """The rank below every comment of the second `later` than that of `value`."""
    at = utc(value)
    return None if at is None else (max(0, int(at.replace(tzinfo=UTC).timestamp()) + later) << 30) - 1


def _row(row: Row, sources: dict[int, str]) -> Row:
    row["source"] = sources.get(row["source"], "?")
    row["topics"], row["unsure"] = split(row["topics"]), split(row["unsure"])
    row["attributes"] = orjson.loads(row["attributes"]) if row["attributes"] else {}
    row["counts"] = {name: count for name, count in (row["counts"] or {}).items() if count is not None}
    for name in ("rank", "author_id", "thread_id"):
        # Beyond 2**53: a browser would round them.
        row[name] = None if row[name] is None else str(row[name])
    return row


def count(store: Store, wanted: Filter) -> dict[str, int]:
    """Count comments, and the distinct people behind them, a person being (source, author key)."""
    with store.heavy() as cursor, narrowed(store, cursor, wanted) as (condition, uses):
        sql = f"select count(*), count(distinct author_id) from comment where {condition}"  # noqa: S608 - constants
        comments, people = cursor.execute(sql, uses).fetchall()[0]
    return {"comments": comments, "people": people}


def get(store: Store, comment: int) -> Row:
    """Return one comment as it stands. Raises NotFound."""
    rows = some(store, [comment])
    if not rows:
        raise NotFound(f"There is no comment {comment}.")
    return rows[0]


def answered(store: Store, comment: int) -> Row:
    """Return one comment with its `author_key`, which an answer may need. Raises NotFound."""
    row = get(store, comment)
    found = store.read().execute("select author_key from comment where id = $id", {"id": comment}).fetchone()
    return {**row, "author_key": found[0] if found else None}


def find(store: Store, source: str, key: str) -> Row:
    """Return the comment of `source` with the channel's own `key`. Raises NotFound."""
    row = store.read().execute(FIND, {"source": source, "key": key}).fetchone()
    if not row:
        raise NotFound(f"Source {source!r} has no comment with the key {key!r}.")
    return get(store, row[0])


FIND = """
select id from comment
where uid = md5_number(concat_ws(chr(31), (select id from source where name = $source), $key))
"""


VERSIONS = "select version, title, text, author, created_at, until from version where comment_id = $id order by version"


RAW = """
select stream, key, payload, received_at from raw
where uid = md5_number(concat_ws(chr(31), (select source from comment where id = $id), (select raw_key from comment where id = $id)))
"""


THREAD = """
select id from comment where thread_id in (select unnest($threads::bigint[]))
order by id <> $id, rank desc limit 1000
"""


def opened(store: Store, comment: int) -> Row:
    """Return one comment with its `thread_comments` (oldest first), `versions`, `tags` with provenance and `state`.

    `confirmed`: when a person said that all its tags are right, None where nobody did. `digest` stands for the thread as it reads.
    """
    row = get(store, comment)
    read = store.read()
    # Before the thread is read: what lands between the two makes a decision on it stale, never blind.
    digest = awareness.digest(read, comment)
    state = threads.state(store, int(row["thread_id"]))
    together = [int(thread) for thread in (state["thread"], *state["merged"])]
    ids = [i for (i,) in read.execute(THREAD, {"threads": together, "id": comment}).fetchall()]
    others = some(store, ids)
    return {
        **row,
        "thread_comments": sorted(others, key=lambda other: (other["created_at"], other["id"])),
        "versions": dicts(read.execute(VERSIONS, {"id": comment})),
        "tags": provenance(store, comment),
        "confirmed": judgements.confirmed(read, comment),
        "state": state,
        "replies": replies.listed(store, comment),
        "digest": digest,
    }


OPENING = """
select id from comment where thread_id = $thread and role = 'customer' and deleted_at is null order by rank limit 1
"""


def opening(store: Store, thread: int) -> Row | None:
    """Return the customer's comment a thread began with, None where there is none."""
    row = store.read().execute(OPENING, {"thread": thread}).fetchone()
    return get(store, row[0]) if row else None


def raw(store: Store, comment: int) -> Row:
    """Return the payload a comment came from: stream, key, payload, received_at. Raises NotFound."""
    rows = dicts(store.read().execute(RAW, {"id": comment}))
    if not rows:
        raise NotFound(f"The raw payload of comment {comment} is not kept any more.")
    return rows[0]


EXPORT = """select c.id, s.name as source, c.key, c.thread, c.author, c.text, c.created_at, c.language, c.sentiment,
    case when c.topics = '' then []::varchar[] else string_split(trim(c.topics, '|'), '|') end as topics, c.status,
    c.intent, c.urgency, case when c.unsure = '' then []::varchar[] else string_split(trim(c.unsure, '|'), '|') end as unsure"""


def export(store: Store, wanted: Filter, limit: int | None = None) -> pa.RecordBatchReader:
    """Stream every comment of a filter, newest first, with no cap of its own, as record batches of 10,000."""
    cursor = store.new_cursor()
    wanted, words = split_query(wanted)
    condition, uses = where(store, wanted)
    if words:
        # The cursor, which the reader keeps alive, keeps the hits.
        cursor.register("hits", all_hits(store, words))
        condition += " and id in (select id from hits)"
    sql = f"{EXPORT} from (select * from comment where {condition}) c join source s on s.id = c.source order by c.rank desc"  # noqa: S608
    if limit is not None:
        sql += " limit $limit"
        uses["limit"] = limit
    return cursor.execute(sql, uses).to_arrow_reader(10_000)
