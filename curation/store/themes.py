"""Recent comments to look for themes in, and what was found."""

from datetime import datetime
from typing import Any

import orjson
import pyarrow as pa

from curation.store.access import note
from curation.store.connection import Store, dicts, now

KEPT = 10

RECENT = """
select c.id, case when c.title is null then c.text else c.title || chr(10) || c.text end as text,
    coalesce(c.language, 'und') as language, c.created_at, c.author_id, s.name as source, c.topics = '' as uncovered,
    c.sentiment
from comment c join source s on s.id = c.source
where c.tagged > 0 and c.deleted_at is null and c.role = 'customer' and c.status <> 'spam' and c.created_at >= $since
order by c.created_at desc, c.id desc limit $limit
"""


def recent(store: Store, since: datetime, limit: int) -> pa.Table:
    """Return customers' comments, newest first: id, text, language, created_at, author_id, source, uncovered, sentiment."""
    with store.heavy() as cursor:
        return cursor.execute(RECENT, {"since": since, "limit": limit}).to_arrow_table()


def save(store: Store, who: str, body: dict[str, Any]) -> None:
    """Keep what was found; the oldest beyond ten go."""
    with store.write() as con:
        con.execute(
            "insert into theme_run select coalesce(max(id), 0) + 1, $at, $who, $body from theme_run",
            {"at": now(), "who": who, "body": orjson.dumps(body).decode()},
        )
        con.execute(
            "delete from theme_run where id <= (select max(id) - $kept from theme_run)", {"kept": KEPT}
        )
        about = {name: len(body[name]) for name in ("themes", "campaigns")}
        note(con, who, "look for themes", "themes", None, about)


def latest(store: Store) -> dict[str, Any] | None:
    """Return what was found last, with `made_at`; None before the first look."""
    found = dicts(store.read().execute("select made_at, body from theme_run order by id desc limit 1"))
    return {"made_at": found[0]["made_at"], **orjson.loads(found[0]["body"])} if found else None


QUOTES = """
select c.id, left(c.text, 400) as text, c.topics, s.name as source from comment c join source s on s.id = c.source
where c.id in (select unnest($ids::bigint[])) and c.deleted_at is null
"""


def quotes(store: Store, ids: list[int]) -> dict[int, dict[str, Any]]:
    """Return the beginnings of comments by id; those deleted meanwhile are missing."""
    return {row["id"]: row for row in dicts(store.read().execute(QUOTES, {"ids": ids}))}
