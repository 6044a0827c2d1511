"""List, open, move and export comments: keyset paging by rank, filters in SQL, words in the search index."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from typing import Any

import orjson
import pyarrow as pa

from curation.errors import Invalid, NotFound, Stale
from curation.models import SENTIMENTS, STATUSES
from curation.store.access import note
from curation.store.connection import Store, dicts, now
from curation.store.query import Parsed, parse
from curation.store.tags import provenance, split

Row = dict[str, Any]

COLUMNS = """id, source, key, thread, author, title, text, created_at, language, sentiment, topics, status, rank,
    version, url, rating, role, reply_to, deleted_at, author_id, thread_id, attributes, said_language"""

# Each filter is one clause; only those in use are joined, so that DuckDB can skip what they exclude.
CLAUSES = {
    "sources": "source in (select unnest($sources::integer[]))",
    "languages": "language in (select unnest($languages::varchar[]))",
    "sentiments": "sentiment in (select unnest($sentiments::varchar[]))",
    "statuses": "status in (select unnest($statuses::varchar[]))",
    "since": "created_at >= $since",
    "until": "created_at < $until",
    "person": "author_id = $person",
    "ids": "id in (select unnest($ids::bigint[]))",
    "hits": "id in (select unnest($hits::bigint[]))",
    "no_lang": "(language is null or language not in (select unnest($no_lang::varchar[])))",
    "no_sentiment": "(sentiment is null or sentiment not in (select unnest($no_sentiment::varchar[])))",
    "no_status": "status not in (select unnest($no_status::varchar[]))",
    "before": "rank < $before",
}
# One value, as a rule: a comparison is pushed into the scan, a list is a join above it.
SINGLE = {
    "sources": "source = $sources",
    "languages": "language = $languages",
    "sentiments": "sentiment = $sentiments",
    "statuses": "status = $statuses",
    "ids": "id = $ids",
    "hits": "id = $hits",
}
ALIVE = "deleted_at is null"

NEAR = 10_000
"""Comments this close by id are read in one go: passing over what lies between costs less than asking again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What a list shows. Values of one field are alternatives; fields narrow each other.

    `since` (inclusive) and `until` (exclusive) are times, or days, in UTC. `topics`: a parent holds its children.
    `query`: see `store.query`. `person`: an author's id. `deleted`: also show those deleted at the channel.
    `ids`: only these. `without`: values that must not be, by the search language's names (lang, topic, …).
    """

    sources: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    sentiments: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    since: datetime | date | None = None
    until: datetime | date | None = None
    person: int | None = None
    query: str = ""
    deleted: bool = False
    ids: tuple[int, ...] = ()
    without: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, given, known in (
            ("sentiment", self.sentiments, SENTIMENTS),
            ("status", self.statuses, STATUSES),
        ):
            if wrong := sorted(set(given) - set(known)):
                raise Invalid(f"{name} is one of {', '.join(known)}; not {', '.join(wrong)}.")


def page(store: Store, wanted: Filter, before: int | None = None, limit: int = 50) -> list[Row]:
    """Return up to `limit` comments, newest first, whose rank is below `before` (a keyset cursor)."""
    wanted, words = _split_query(wanted)
    if words:
        return list(_found(store, wanted, words, before, limit))
    return _select(store, wanted, limit, before=before)


def _found(store: Store, wanted: Filter, words: Parsed, before: int | None, limit: int) -> Iterator[Row]:
    """Walk the index's hits newest first until `limit` of them pass the filters."""
    step = limit
    # A rank's second is rounded, so the index looks a second further on both sides; the filters are exact.
    until, since = _rank(wanted.until, 2), _rank(wanted.since, 0)
    before = until if before is None or (until and until < before) else before
    while limit > 0:
        hits = store.index.search(words, before, step, after=since)
        if not hits:
            return
        rows = _select(store, wanted, limit, hits=[hit for hit, _ in hits])
        yield from rows
        limit -= len(rows)
        before = hits[-1][1]
        if len(hits) < step:
            return
        step = min(step * 4, 10_000)


def _select(store: Store, wanted: Filter, limit: int, **more: Any) -> list[Row]:
    """Choose by the columns that decide, then read whole only the rows chosen."""
    where, uses = _where(store, wanted, **more)
    sql = f"select id from comment where {where} order by rank desc limit $limit"  # noqa: S608 - constants
    return _rows(store, [id for (id,) in store.read().execute(sql, {**uses, "limit": limit}).fetchall()])


ONE = f"select {COLUMNS} from comment where id = $id"  # noqa: S608 - constants
SOME = f"select {COLUMNS} from comment where id between $low and $high and id in (select unnest($ids::bigint[]))"  # noqa: S608


def _rows(store: Store, ids: list[int]) -> list[Row]:
    """Read these comments whole, newest first. A row far from the others costs 1 ms, within ten million."""
    rows: list[Row] = []
    for near in _neighbours(ids):
        sql, uses = (ONE, {"id": near[0]}) if len(near) == 1 else (SOME, {"low": near[0], "high": near[-1], "ids": near})
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


def _where(store: Store, wanted: Filter, **more: Any) -> tuple[str, dict[str, Any]]:
    numbers = {name: number for number, name in source_names(store).items()}
    without = wanted.without
    uses = {
        "sources": [numbers.get(name, 0) for name in wanted.sources],
        "languages": list(wanted.languages),
        "sentiments": list(wanted.sentiments),
        "statuses": list(wanted.statuses),
        "since": _time(wanted.since),
        "until": _time(wanted.until),
        "person": wanted.person,
        "ids": list(wanted.ids),
        "no_lang": list(without.get("lang", ())),
        "no_sentiment": list(without.get("sentiment", ())),
        "no_status": list(without.get("status", ())),
        **more,
    }
    uses = {name: value for name, value in uses.items() if value not in (None, [])}
    clauses = []
    for name, value in uses.items():
        single = name in SINGLE and len(value) == 1
        clauses.append(SINGLE[name] if single else CLAUSES[name])
        uses[name] = value[0] if single else value
    for clause, topics in (("({})", wanted.topics), ("not ({})", without.get("topic", ()))):
        patterns = {f"topic_{len(uses) + n}": pattern for n, pattern in enumerate(_patterns(topics))}
        if patterns:
            clauses.append(clause.format(" or ".join(f"contains(topics, ${name})" for name in patterns)))
            uses.update(patterns)
    return " and ".join([*clauses, *([] if wanted.deleted else [ALIVE])]) or "true", uses


def _rank(value: datetime | date | None, later: int) -> int | None:
    """The rank below every comment of the second `later` than that of `value`."""
    at = _time(value)
    return None if at is None else (max(0, int(at.replace(tzinfo=UTC).timestamp()) + later) << 30) - 1


def _patterns(topics: tuple[str, ...]) -> list[str]:
    """What the stored `|a.b|c|` contains where it has one of the topics or a child of it."""
    return [pattern for topic in topics for pattern in (f"|{topic}|", f"|{topic}.")]


def _time(value: datetime | date | None) -> datetime | None:
    if value is None:
        return None
    if not isinstance(value, datetime):
        return datetime.combine(value, time())
    try:
        return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
    except OverflowError:
        raise Invalid(f"{value} is not a time in UTC; its year must lie between 1 and 9999.") from None


def _split_query(wanted: Filter) -> tuple[Filter, Parsed | None]:
    """Take the filters a person typed into the search field (`lang:fr status:open`) out of the words."""
    if not wanted.query.strip():
        return wanted, None
    parsed = parse(wanted.query)
    said = parsed.filters

    def more(name: str, given: tuple[str, ...]) -> tuple[str, ...]:
        return given + tuple(said.get(name, ()))

    wanted = replace(
        wanted,
        languages=more("lang", wanted.languages),
        sentiments=more("sentiment", wanted.sentiments),
        topics=more("topic", wanted.topics),
        statuses=more("status", wanted.statuses),
        ids=tuple(int(value) if value.isdecimal() else 0 for value in said.get("id", ())) or wanted.ids,
        since=_typed_day(said.get("since")) or wanted.since,
        until=_typed_day(said.get("until")) or wanted.until,
        deleted=wanted.deleted or "deleted" in said.get("is", ()),
        without={name: tuple(values) for name, values in parsed.excluded.items()},
    )
    return wanted, parsed if parsed.clauses else None


def _typed_day(values: list[str] | None) -> date | None:
    try:
        return date.fromisoformat(values[-1]) if values else None
    except ValueError:
        raise Invalid(f"A date is written 2026-11-23, not {values[-1] if values else ''!r}.") from None


def source_names(store: Store) -> dict[int, str]:
    """Map each source's number to its name."""
    return dict(store.read().execute("select id, name from source").fetchall())


def _row(row: Row, sources: dict[int, str]) -> Row:
    row["source"] = sources.get(row["source"], "?")
    row["topics"] = split(row["topics"])
    row["attributes"] = orjson.loads(row["attributes"]) if row["attributes"] else {}
    for name in ("rank", "author_id", "thread_id"):
        # Beyond 2**53: a browser would round them.
        row[name] = None if row[name] is None else str(row[name])
    return row


def condition(store: Store, wanted: Filter) -> tuple[str, dict[str, Any]]:
    """Return a filter as SQL made of constant clauses, and the values it names; the query's hits as ids."""
    wanted, words = _split_query(wanted)
    if not words:
        return _where(store, wanted)
    return _where(store, wanted, hits=[hit for hit, _ in _all_hits(store, words)] or [0])


def count(store: Store, wanted: Filter) -> dict[str, int]:
    """Count comments, and the distinct people behind them, a person being (source, author key)."""
    where, uses = condition(store, wanted)
    sql = f"select count(*), count(distinct author_id) from comment where {where}"  # noqa: S608 - constants
    with store.heavy() as cursor:
        comments, people = cursor.execute(sql, uses).fetchall()[0]
    return {"comments": comments, "people": people}


def _all_hits(store: Store, words: Parsed) -> Iterator[tuple[int, int]]:
    before = None
    while hits := store.index.search(words, before, 50_000):
        yield from hits
        before = hits[-1][1]


def get(store: Store, comment: int) -> Row:
    """Return one comment as it stands. Raises NotFound."""
    rows = _rows(store, [comment])
    if not rows:
        raise NotFound(f"There is no comment {comment}.")
    return rows[0]


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

THREAD = "select id from comment where thread_id = $thread and source = (select source from comment where id = $id) limit 1000"

STATE = "select status, assignee, version, changed_at from thread where id = $thread"


def opened(store: Store, comment: int) -> Row:
    """Return one comment with its `thread_comments` (oldest first), `versions`, `tags` with provenance and `state`."""
    row = get(store, comment)
    read = store.read()
    ids = [i for (i,) in read.execute(THREAD, {"thread": int(row["thread_id"]), "id": comment}).fetchall()]
    others = _rows(store, ids)
    return {
        **row,
        "thread_comments": sorted(others, key=lambda other: (other["created_at"], other["id"])),
        "versions": dicts(read.execute(VERSIONS, {"id": comment})),
        "tags": provenance(store, comment),
        "state": state(store, int(row["thread_id"])),
    }


def raw(store: Store, comment: int) -> Row:
    """Return the payload a comment came from: stream, key, payload, received_at. Raises NotFound."""
    rows = dicts(store.read().execute(RAW, {"id": comment}))
    if not rows:
        raise NotFound(f"The raw payload of comment {comment} is not kept any more.")
    return rows[0]


def state(store: Store, thread: int) -> Row:
    """Return a thread's status, assignee, version (0: untouched) and time of the last change."""
    row = store.read().execute(STATE, {"thread": thread}).fetchone()
    status, assignee, version, changed = row or ("new", None, 0, None)
    return {"status": status, "assignee": assignee, "version": version, "changed_at": changed}


MOVE = """
insert into thread select thread_id, source, thread, $status, null, 1, $at from comment where id = $id
on conflict (id) do update set status = excluded.status, version = thread.version + 1, changed_at = excluded.changed_at
"""


def set_status(store: Store, who: str, comment: int, status: str, version: int | None = None) -> Row:
    """Move the thread of `comment` to `status`; return its new state.

    `version` is the state the decision was based on: Raises Stale where it moved on since. Raises NotFound, Invalid.
    """
    if status not in STATUSES:
        raise Invalid(f"A status is one of {', '.join(STATUSES)}, not {status!r}.")
    with store.write() as con:
        row = con.execute("select thread_id from comment where id = $id", {"id": comment}).fetchone()
        if not row:
            raise NotFound(f"There is no comment {comment}.")
        before = _state_in(con, row[0])
        if version is not None and version != before["version"]:
            raise Stale(
                f"This thread is {before['status']} now: someone changed it since you looked.", before
            )
        con.execute(MOVE, {"id": comment, "status": status, "at": now()})
        con.execute(
            "update comment set status = $status where thread_id = $thread",
            {"status": status, "thread": row[0]},
        )
        after = _state_in(con, row[0])
        note(con, who, "status", f"thread/{row[0]}", before, after)
    return after


def _state_in(con: Any, thread: int) -> Row:
    row = con.execute("select status, version from thread where id = $thread", {"thread": thread}).fetchone()
    return {"status": row[0], "version": row[1]} if row else {"status": "new", "version": 0}


EXPORT = """select c.id, s.name as source, c.key, c.thread, c.author, c.text, c.created_at, c.language, c.sentiment,
    case when c.topics = '' then []::varchar[] else string_split(trim(c.topics, '|'), '|') end as topics, c.status"""


def export(store: Store, wanted: Filter, limit: int | None = None) -> pa.RecordBatchReader:
    """Stream every comment of a filter, newest first, with no cap of its own, as record batches of 10,000."""
    where, uses = condition(store, wanted)
    sql = f"{EXPORT} from (select * from comment where {where}) c join source s on s.id = c.source order by c.rank desc"  # noqa: S608
    if limit is not None:
        sql += " limit $limit"
        uses["limit"] = limit
    return store.new_cursor().execute(sql, uses).to_arrow_reader(10_000)
