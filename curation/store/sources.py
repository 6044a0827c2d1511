"""What the store knows of each source: cursors, runs, refused records, and whether it fell silent."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import orjson
import pyarrow as pa

from curation.errors import Invalid, NotFound
from curation.store.access import note
from curation.store.connection import Store, dicts, now
from curation.store.landing import source_number
from curation.store.watching import STREAK

Row = dict[str, Any]

CURSORS = """
select stream, value from cursor where source = (select id from source where name = $source)
"""


def cursors(store: Store, source: str) -> dict[str, Any]:
    """Return each stream's cursor."""
    rows = store.read().execute(CURSORS, {"source": source}).fetchall()
    return {stream: orjson.loads(value) for stream, value in rows}


CLOSE_GAPS = """
update gap set closed_at = $at where source = $source and starts_with(stream, $beginning) and closed_at is null
"""


def forget_cursors(store: Store, who: str, source: str, beginning: str) -> int:
    """Forget the cursors of the streams whose name begins so, and close the gaps they read; return how many."""
    with store.write() as con:
        number = source_number(con, source)
        gone = con.execute(
            "delete from cursor where source = $source and starts_with(stream, $beginning) returning stream",
            {"source": number, "beginning": beginning},
        ).fetchall()
        con.execute(CLOSE_GAPS, {"source": number, "beginning": beginning, "at": now()})
        if gone:
            note(con, who, "forget cursors", f"source/{source}", None, [stream for (stream,) in gone])
    return len(gone)


def add_run(
    store: Store,
    stage: str,
    source: str | None,
    started_at: datetime,
    seconds: float,
    counts: dict[str, int],
    error: str | None,
) -> None:
    """Keep what a run of `stage` (pull, tag, upkeep) did; at most the newest 5,000 stay."""
    with store.write() as con:
        if source is not None:
            source_number(con, source, now())
        con.execute(
            "insert into run select coalesce(max(id), 0) + 1, $stage, $source, $started, $seconds, $counts, $error from run",
            {
                "stage": stage,
                "source": source,
                "started": started_at,
                "seconds": seconds,
                "counts": orjson.dumps(counts).decode(),
                "error": error,
            },
        )
        con.execute("delete from run where id <= (select max(id) - 5000 from run)")


RUNS = """
select id, stage, source, started_at, seconds, counts, error from run
where ($source is null or source = $source) and ($stage is null or stage = $stage)
order by id desc limit $limit
"""


def runs(store: Store, source: str | None = None, stage: str | None = None, limit: int = 20) -> list[Row]:
    """List runs, newest first."""
    found = store.read().execute(RUNS, {"source": source, "stage": stage, "limit": limit})
    return [{**row, "counts": orjson.loads(row["counts"])} for row in dicts(found)]


STATES = """
with counted as (select source, count(*) as comments, max(created_at) as newest, max(seen_at) as last_new
                 from comment group by source),
parked as (select source, count(*) as refused from raw where reason is not null group by source),
spoke as (select source, list(distinct seen_at::date) as days from comment
          where seen_at >= $since group by source),
pulled as (select source, max(started_at) as last_pull, max(started_at) filter (error is null) as last_good_pull,
                  arg_max(error, id) as error, arg_max(counts, id) as counts from run where stage = 'pull' group by source)
select s.name, coalesce(c.comments, 0), coalesce(p.refused, 0), c.newest, c.last_new, r.last_pull, r.last_good_pull,
       case when r.last_good_pull = r.last_pull then null else r.error end, r.counts, s.added_at, coalesce(k.days, [])
from source s left join counted c on c.source = s.id left join parked p on p.source = s.id
left join spoke k on k.source = s.id left join pulled r on r.source = s.name
order by s.name
"""


def states(store: Store, expect: Mapping[str, float | None]) -> dict[str, Row]:
    """Return per source: comments, refused, newest, last_new, last_pull, last_good_pull, error, counts, silent.

    `expect`: hours of silence that raise the alarm, per source, where somebody set them.
    """
    at = now()
    names = ("comments", "refused", "newest", "last_new", "last_pull", "last_good_pull", "error", "counts")
    found = {}
    for name, *values, added, days in (
        store.read().execute(STATES, {"since": at - timedelta(days=60)}).fetchall()
    ):
        row = dict(zip(names, values, strict=True))
        row["counts"] = orjson.loads(row["counts"]) if row["counts"] else None
        row["silent"] = silent(sorted(days), row["last_new"] or added, at, expect.get(name))
        found[name] = row
    return found


def silent(days: list[Any], last: datetime, at: datetime, expect_every: float | None) -> str | None:
    """Say since when a source that usually speaks has been silent, or None.

    `days`: the days of the last 60 on which something new came. `last`: when it last did, or when the source was
    added. With `expect_every` (hours) that is the limit.
    Otherwise its own rhythm is: silence of more than three times its longest usual pause (the 90th percentile
    of the gaps between its days), at least two days, once there are five such days to judge by.
    """
    quiet = at - last
    if expect_every is not None:
        limit = timedelta(hours=expect_every)
    elif len(days) >= 5:
        gaps = sorted((later - earlier).days for earlier, later in pairwise(days))
        limit = max(timedelta(days=2), 3 * timedelta(days=gaps[int(0.9 * (len(gaps) - 1))]))
    else:
        return None
    return f"{quiet.days} d {quiet.seconds // 3600} h" if quiet > limit else None


GAPS = """
select id, stream, why, found_at, closed_at from gap
where source = (select id from source where name = $source) and (closed_at is null or found_at > $since)
order by id desc limit 100
"""


def gaps(store: Store, source: str) -> list[Row]:
    """List what a source's pulls found missing, newest first: all that are open, and those closed within 30 days."""
    return dicts(store.read().execute(GAPS, {"source": source, "since": now() - timedelta(days=30)}))


CLOSE_LOST = """
update gap set closed_at = $at where source = $source and closed_at is null
  and not exists (from cursor where cursor.source = gap.source and cursor.stream = gap.stream) returning id
"""


def accept(store: Store, who: str, source: str, kind: str) -> int:
    """Take a source's lost gaps, or its payloads' present fields, as seen by a person; return how many. Raises Invalid, NotFound."""
    if kind not in ("gap", "fields"):
        raise Invalid("Only gaps and changed fields can be accepted; what else is wrong has to be mended.")
    with store.write() as con:
        number = source_number(con, source)
        if not number:
            raise NotFound(f"Nothing was ever pulled from a source called {source!r}.")
        uses = {"source": number, "at": now()}
        if kind == "gap":
            done = con.execute(CLOSE_LOST, uses).fetchall()
        else:
            done = con.execute(
                "delete from field where source = $source and lacking >= $streak returning path",
                {"source": number, "streak": STREAK},
            ).fetchall()
            con.execute("update field set sampled_before = 0 where source = $source", {"source": number})
        note(con, who, f"accept {kind}", f"source/{source}", None, len(done))
    return len(done)


REFUSED = """
select key, stream, reason, received_at, payload, uid::varchar as next from raw
where source = (select id from source where name = $source) and reason is not null and uid > $after::uhugeint
order by uid limit $limit
"""


def refused(store: Store, source: str, after: str = "0", limit: int = 50) -> list[Row]:
    """List refused records: key, stream, reason, received_at, payload and `next`, the cursor after it. Raises Invalid."""
    uses = {"source": source, "after": _uid(after), "limit": limit}
    return dicts(store.read().execute(REFUSED, uses))


# A mailbox's raws may be large: some 64 MB at a time, and one raw at least.
REPLAY = """
with waiting as not materialized (
    select * from raw where source = $source and payload is not null and uid > $after::uhugeint
        and (not $refused or reason is not null)),
sizes as (select uid, strlen(payload) as bytes from waiting order by uid limit $limit),
chosen as (
    select uid from sizes qualify sum(bytes) over (order by uid rows unbounded preceding) - bytes < 67108864)
select key, payload, uid::varchar as uid from waiting where uid <= (select max(uid) from chosen) order by waiting.uid
"""


def raws(store: Store, source: str, after: str, limit: int, only_refused: bool) -> pa.Table:
    """Take up to `limit` raws for a replay: columns key, payload, uid (the next `after`). Raises NotFound, Invalid."""
    number = source_number(store.read(), source)
    if not number:
        raise NotFound(f"Nothing was ever pulled from a source called {source!r}.")
    uses = {"source": number, "after": _uid(after), "limit": limit, "refused": only_refused}
    return store.read().execute(REPLAY, uses).to_arrow_table()


def _uid(after: str) -> str:
    if not (after.isdecimal() and len(after) < 40 and int(after) < 1 << 128):
        raise Invalid("'after' is the number that came with the last one; leave it out to begin.")
    return str(int(after))
