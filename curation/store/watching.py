"""What is wrong with a source, from what the store knows: its rhythm, its payloads' fields, its refusals, its gaps."""

import math
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from statistics import median_low
from typing import Any

import duckdb

from curation.store.connection import Store, dicts, now

Row = dict[str, Any]

WEEKS = 8
LEAST_WEEKS = 3
WINDOW = timedelta(hours=24)
UNLIKELY = 0.0002
"""A count is an alarm where a source that keeps its rhythm would bring so few once in five thousand looks."""
DROP = 0.35
"""And only below this share of what is usual: a busy source's small dips are unlikely, too."""
ENOUGH, ALWAYS, STREAK = 150, 0.98, 60
"""A field that stood in nearly all of so many samples, and then in none of STREAK."""
COMMON = 0.2
"""A new field stands in so many of the samples since; a rarer one is there now and then, and was not met before."""
MOST_FIELDS = 300
"""Fields of one stream that are kept."""
SOON = timedelta(days=7)


HOURS = """
with mine as (select created_at from comment where source = $source and created_at >= $since and created_at < $until and deleted_at is null)
select date_trunc('hour', created_at) as hour, count(*) from mine group by 1
"""


def drop(store: Store, source: int, until: datetime) -> tuple[int, float] | None:
    """Compare the day before `until` (a full hour) with the same hours of the same weekdays before; None where all is usual.

    Returns (comments, comments expected) of a day that brought too few: fewer than DROP of what is usual, which a Poisson count
    of that mean falls to once in 1 / UNLIKELY. Usual is the median of up to WEEKS weeks, LEAST_WEEKS at the least: one
    busy day of the past must not make all that follow look quiet.
    """
    begin = until - WINDOW
    rows = (
        store.read()
        .execute(HOURS, {"source": source, "since": begin - timedelta(weeks=WEEKS), "until": until})
        .fetchall()
    )
    by_hour = {hour: int(count) for hour, count in rows}
    if not by_hour:
        return None
    first = min(by_hour)
    weeks = min(WEEKS, int((begin - first) / timedelta(weeks=1)))
    if weeks < LEAST_WEEKS:
        return None
    days = [
        sum(count for hour, count in by_hour.items() if begin <= hour + timedelta(weeks=week) < until)
        for week in range(weeks + 1)
    ]
    came, expected = days[0], float(median_low(days[1:]))
    if came < DROP * expected and at_most(came, expected) < UNLIKELY:
        return came, expected
    return None


def at_most(count: int, mean: float) -> float:
    """Return how likely a Poisson count of this mean is to be `count` or less."""
    term = total = math.exp(-mean)
    for k in range(1, count + 1):
        term *= mean / k
        total += term
    return min(1.0, total)


LOOKED = "select raws from sampled where source = $source and stream = $stream"

COUNTED = """
update field set seen = field.seen + coalesce(f.count, 0), lacking = case when f.count > 0 then 0 else lacking + $raws end
from (select x.path, any_value(n.count) as count from field x left join new_fields n on n.path = x.path
      where x.source = $source and x.stream = $stream group by x.path) f
where field.source = $source and field.stream = $stream and field.path = f.path
"""

ADDED = """
insert into field select $source, $stream, n.path, n.count, 0, $before, $at from new_fields n
where not exists (from field x where x.source = $source and x.stream = $stream and x.path = n.path)
  and (select count(*) from field x where x.source = $source and x.stream = $stream) < $most
"""


def keep_fields(
    con: duckdb.DuckDBPyConnection, source: int, stream: str, shape: Mapping[str, Any], at: datetime
) -> None:
    """Count what `connectors.fields` saw of a stream's page in, within the page's own transaction."""
    uses = {"source": source, "stream": stream}
    raws = int(shape["raws"])
    names = {str(path)[:200]: int(count) for path, count in dict(shape["fields"]).items()}
    row = con.execute(LOOKED, uses).fetchone()
    before = int(row[0]) if row else 0
    con.execute("create or replace temp table new_fields (path varchar, count bigint)")
    if names:
        con.execute(
            "insert into new_fields select unnest($paths), unnest($counts)",
            {"paths": list(names), "counts": list(names.values())},
        )
    con.execute(COUNTED, {**uses, "raws": raws})
    con.execute(ADDED, {**uses, "before": before, "at": at, "most": MOST_FIELDS})
    con.execute(
        "insert into sampled values ($source, $stream, $raws) on conflict do update set raws = sampled.raws + excluded.raws",
        {**uses, "raws": raws},
    )


def keep_expiry(store: Store, source: int, at: datetime | None) -> None:
    """Keep when a source's token ends."""
    with store.write() as con:
        con.execute(
            "insert into expiry values ($source, $at) on conflict do update set expires_at = excluded.expires_at",
            {"source": source, "at": at},
        )


FIELDS = """
select f.path, f.seen, f.lacking, f.sampled_before, s.raws from field f
join sampled s on s.source = f.source and s.stream = f.stream where f.source = $source order by f.path
"""


def changed_fields(store: Store, source: int) -> tuple[list[str], list[str]]:
    """Return fields that were always there and are no more, and fields that are there only lately."""
    gone: dict[str, None] = {}
    new: dict[str, None] = {}
    for row in dicts(store.read().execute(FIELDS, {"source": source})):
        before = row["raws"] - row["sampled_before"] - row["lacking"]
        if row["lacking"] >= STREAK and row["seen"] >= ENOUGH and row["seen"] >= ALWAYS * before:
            gone[row["path"]] = None
        elif (
            row["sampled_before"] >= ENOUGH
            and row["seen"] >= STREAK
            and row["seen"] >= COMMON * (row["raws"] - row["sampled_before"])
        ):
            new[row["path"]] = None
    return list(gone), list(new)


def expiry(store: Store, source: int) -> datetime | None:
    """Return when a source's token ends, where its connector knows."""
    row = (
        store.read()
        .execute("select expires_at from expiry where source = $source", {"source": source})
        .fetchone()
    )
    found: datetime | None = row[0] if row else None
    return found


OPEN = "select id, source, kind, why, raised_at, told_at from alert where cleared_at is null order by id"


def alerts(store: Store) -> list[Row]:
    """List what is wrong at present."""
    return dicts(store.read().execute(OPEN))


def keep_alerts(
    store: Store, found: Sequence[tuple[str, str, str]], looked_at: Collection[str] | None = None
) -> None:
    """Raise what is new among (source, kind, why), and clear what is not wrong any more.

    `looked_at`: the sources, by default all. What was wrong with another, paused or removed, is cleared without a
    word: nobody knows that it is well again.
    """
    at = now()
    current = {(source, kind): why for source, kind, why in found}
    with store.write() as con:
        known = {(row["source"], row["kind"]): row for row in dicts(con.execute(OPEN))}
        for pair, row in known.items():
            if pair not in current:
                hushed = looked_at is not None and row["source"] not in looked_at
                con.execute(
                    "update alert set cleared_at = $at, told_at = case when $hushed then $at else told_at end where id = $id",
                    {"at": at, "hushed": hushed, "id": row["id"]},
                )
            elif row["why"] != current[pair]:
                con.execute(
                    "update alert set why = $why where id = $id", {"why": current[pair], "id": row["id"]}
                )
        for (source, kind), why in current.items():
            if (source, kind) not in known:
                con.execute(
                    "insert into alert select (select coalesce(max(id), 0) + 1 from alert), $source, $kind, $why, $at, null, null",
                    {"source": source, "kind": kind, "why": why, "at": at},
                )


UNTOLD = """
select id, source, kind, why, raised_at, cleared_at from alert
where (told_at is null and cleared_at is null) or (told_at is not null and cleared_at > told_at and cleared_at > $since) order by id
"""


def untold(store: Store) -> list[Row]:
    """List what people were not told of yet: new alerts, and those that ended after they were told."""
    return dicts(store.read().execute(UNTOLD, {"since": now() - timedelta(days=1)}))


def told(store: Store, ids: Sequence[int]) -> None:
    """Remember that people were told of these."""
    with store.write() as con:
        con.execute(
            "update alert set told_at = greatest($at, coalesce(cleared_at, $at)) where list_contains($ids, id)",
            {"at": now(), "ids": list(ids)},
        )
