"""What people said of tags, beside what the tagger had said: what quality is measured by and what heads learn from."""

from datetime import datetime
from typing import Any

import duckdb
import pyarrow as pa

from curation.store.connection import Store, dicts, now

FORGET = "delete from judgement where comment_id = $comment and name = $name returning *"

# What the tagger said before anybody corrected it: after the tagger has learned from that, its word proves nothing.
SAID = """
select c.version, t.value, t.score, coalesce(t.unsure, false), coalesce(t.tagger, 0)
from comment c left join tag t on t.comment_id = c.id and t.name = $name where c.id = $comment limit 1
"""
SAID_TOPICS = """
select c.version, coalesce('|' || string_agg(t.value, '|' order by t.value) || '|', ''), null,
    coalesce(bool_or(t.unsure), false), any_value(c.tagged)
from comment c left join tag t on t.comment_id = c.id and t.name = 'topic' where c.id = $comment group by c.version
"""
VALUE = "select value, made_at from correction where comment_id = $comment and name = $name"
TOPICS = """
select c.topics, max(s.made_at) from comment c left join correction s on s.comment_id = c.id and s.name = 'topic'
where c.id = $comment group by c.topics
"""
KEEP = "insert into judgement values ($comment, $version, $name, $value, $said, $score, $unsure, $tagger, $confirmed, $who, $at)"


def keep(
    con: duckdb.DuckDBPyConnection, who: str, comment: int, name: str, confirmed: datetime | None = None
) -> None:
    """Keep what holds of a head since a person spoke, inside a write; nothing where no correction is left.

    `confirmed`: the moment a person said that every tag of the comment is right.
    """
    uses = {"comment": comment, "name": name}
    topics = name == "topic"
    old = con.execute(FORGET, uses).fetchone()
    row = con.execute(TOPICS if topics else VALUE, {"comment": comment} if topics else uses).fetchone()
    if row is None or (row[1] is None and not (topics and confirmed)):
        return
    said = con.execute(SAID_TOPICS if topics else SAID, {"comment": comment} if topics else uses).fetchone()
    if said is None:
        return
    if old and old[1] == said[0]:
        said = (old[1], *old[4:8])
    con.execute(
        KEEP,
        {
            **uses,
            "version": said[0],
            "value": row[0],
            "said": said[1],
            "score": said[2],
            "unsure": said[3],
            "tagger": said[4],
            "confirmed": confirmed is not None,
            "who": who,
            "at": confirmed or now(),
        },
    )


# An edited text is another one: nobody has confirmed its tags.
CONFIRMED = """
select max(j.made_at) from judgement j join comment c on c.id = j.comment_id and c.version = j.version
where j.comment_id = $comment and j.confirmed
"""


def confirmed(con: duckdb.DuckDBPyConnection, comment: int) -> datetime | None:
    """Return when a person confirmed all tags of a comment, None where nobody did."""
    row = con.execute(CONFIRMED, {"comment": comment}).fetchone()
    return row[0] if row else None


JUDGED = """
select j.comment_id as id, c.text, c.title, c.language, s.name as source, j.name, j.value, j.said, j.score, j.unsure,
    coalesce(t.version, '') as tagger, j.confirmed, j.made_at
from judgement j join comment c on c.id = j.comment_id and c.version = j.version and c.deleted_at is null
    join source s on s.id = c.source left join tagger t on t.id = j.tagger
order by j.made_at desc, j.comment_id limit $limit
"""


def judged(store: Store, limit: int) -> pa.Table:
    """Return judgements of texts as they still are, newest first: id, text, title, language, source, name, value, said, …"""
    return store.read().execute(JUDGED, {"limit": limit}).to_arrow_table()


UNTOUCHED = """
select c.id, c.text, c.title, c.language, s.name as source, c.sentiment, c.topics, c.intent, c.urgency, c.unsure
from comment c join source s on s.id = c.source
where c.tagged > 0 and c.deleted_at is null and c.id not in (select comment_id from judgement)
order by hash(c.id) limit $limit
"""


def untouched(store: Store, limit: int) -> pa.Table:
    """Return tagged comments nobody judged, a sample that stays the same: id, text, title, language, source and tags."""
    with store.heavy() as cursor:
        return cursor.execute(UNTOUCHED, {"limit": limit}).to_arrow_table()


VOLUMES = """
select name, value, count(*) as comments from (
    select unnest(['sentiment', 'intent', 'urgency', 'language']) as name,
        unnest([sentiment, intent, urgency, language]) as value from comment where deleted_at is null
    union all
    select 'topic', unnest(string_split(trim(topics, '|'), '|')) from comment where topics <> '' and deleted_at is null
) where value is not null group by name, value
"""


def volumes(store: Store) -> dict[tuple[str, str], int]:
    """Count the comments that have each value of each head."""
    with store.heavy() as cursor:
        return {(name, value): count for name, value, count in cursor.execute(VOLUMES).fetchall()}


UNSURE = """
select date_trunc('week', created_at)::date as day, count(*) as comments, count(*) filter (unsure <> '') as unsure
from comment where tagged > 0 and deleted_at is null group by day order by day desc limit 53
"""


def unsure_by_week(store: Store) -> list[dict[str, Any]]:
    """Count, for a year of weeks, oldest first, the comments and those of which a head is unsure."""
    with store.heavy() as cursor:
        return dicts(cursor.execute(UNSURE))[::-1]


# Of each source and language in turn, so that no part of what comes in is forgotten.
UNCERTAIN = """
select id, row_number() over (partition by source, language order by hash(id)) as turn from comment
where unsure <> '' and tagged > 0 and deleted_at is null and role = 'customer'
    and id not in (select comment_id from judgement)
order by turn, hash(id) limit $limit
"""
ANY = """
select id from comment where tagged > 0 and deleted_at is null and role = 'customer'
    and id not in (select comment_id from judgement)
order by hash(id + 1) limit $limit
"""
WORTH = """
select c.id, s.name as source, c.language, left(c.text, 300) as text, c.sentiment, c.topics, c.intent, c.urgency,
    c.unsure
from comment c join source s on s.id = c.source where c.id in (select unnest($ids::bigint[]))
"""


def worth_judging(store: Store, limit: int) -> list[dict[str, Any]]:
    """Return comments nobody judged: those a head is unsure of first, then by chance, half and half."""
    with store.heavy() as cursor:
        uncertain = [row[0] for row in cursor.execute(UNCERTAIN, {"limit": limit}).fetchall()]
        drawn = [row[0] for row in cursor.execute(ANY, {"limit": limit}).fetchall()]
        half = uncertain[: (limit + 1) // 2]
        ids = list(dict.fromkeys([*half, *drawn, *uncertain]))[:limit]
        rows = {row["id"]: row for row in dicts(cursor.execute(WORTH, {"ids": ids}))}
    return [{**rows[id], "why": "unsure" if id in half else "drawn"} for id in ids]
