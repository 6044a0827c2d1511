"""Tags with provenance: what the tagger says, what people say over it, and what holds."""

from datetime import datetime
from typing import Any

import duckdb
import pyarrow as pa

from curation.errors import Invalid, NotFound
from curation.models import HEADS, INTENTS, SENTIMENTS, URGENCIES
from curation.store import corrections, deeds, judgements
from curation.store.access import note
from curation.store.connection import Store, dicts, now
from curation.store.taxonomy import check

VALUES = {"sentiment": SENTIMENTS, "intent": INTENTS, "urgency": URGENCIES}
"""The heads whose values are few and fixed."""

UNTAGGED = """
select id, version, text, title, said_language from comment
where tagged <> $tagger and deleted_at is null and id > $after
order by id limit $limit
"""

UNTAGGED_COUNT = "select count(*) from comment where tagged <> $tagger and deleted_at is null"

# Only comments whose text is still the version that was read are tagged; the others come again.
CURRENT = """
create or replace temp table tagged_now as
select distinct t.comment_id as id, c.tagged as was from incoming t join comment c on c.id = t.comment_id
where c.version = t.version
"""

FORGET = "delete from tag where comment_id in (select id from tagged_now where was <> 0)"

SAVE = """
insert into tag
select t.comment_id, t.name, t.value, t.score, $tagger, t.evidence, $at, coalesce(t.unsure, false), t.sentiment
from incoming t join tagged_now n on n.id = t.comment_id where t.name is not null
"""

# What holds: a person's value, else the tagger's. Topics are kept as |a|b| so that an update stays in place.
HOLDS = """
create or replace temp table holding as
with tags as (select g.* from tag g join tagged_now n on n.id = g.comment_id),
said as (select c.* from correction c join tagged_now n on n.id = c.comment_id),
topics as (
    select comment_id, value from tags where name = 'topic'
        and (comment_id, value) not in (select (comment_id, value) from said where name = 'topic' and not holds)
    union select comment_id, value from said where name = 'topic' and holds
),
mine as (
    select comment_id, any_value(value) filter (name = 'language') as language,
        any_value(value) filter (name = 'sentiment') as sentiment, any_value(value) filter (name = 'intent') as intent,
        any_value(value) filter (name = 'urgency') as urgency
    from tags group by comment_id
),
theirs as (
    select comment_id, any_value(value) filter (name = 'language') as language,
        any_value(value) filter (name = 'sentiment') as sentiment, any_value(value) filter (name = 'intent') as intent,
        any_value(value) filter (name = 'urgency') as urgency
    from said group by comment_id
),
about as (
    select comment_id, '|' || string_agg(value, '|' order by value) || '|' as topics from topics group by comment_id
),
doubts as (
    select comment_id, '|' || string_agg(distinct name, '|' order by name) || '|' as unsure from tags
    where unsure and (comment_id, name) not in (select (comment_id, name) from said) group by comment_id
)
select n.id, coalesce(t.language, m.language) as language, coalesce(t.sentiment, m.sentiment) as sentiment,
    coalesce(t.intent, m.intent) as intent, coalesce(t.urgency, m.urgency) as urgency,
    coalesce(a.topics, '') as topics, coalesce(d.unsure, '') as unsure
from tagged_now n left join mine m on m.comment_id = n.id left join theirs t on t.comment_id = n.id
left join about a on a.comment_id = n.id left join doubts d on d.comment_id = n.id
"""

APPLY = """
update comment set tagged = coalesce($tagger, tagged), language = h.language, sentiment = h.sentiment,
    topics = h.topics, intent = h.intent, urgency = h.urgency, unsure = h.unsure
from holding h where comment.id = h.id
"""


def tagger_number(store: Store, version: str) -> int:
    """Return the number that stands for a tagger's version, or -2 where it never saved anything."""
    row = (
        store.read()
        .execute("select id from tagger where version = $version", {"version": version})
        .fetchone()
    )
    return int(row[0]) if row else -2


NEW_TAGGER = """
insert into tagger select coalesce(max(id), 0) + 1, $version, $at from tagger
having $version not in (select version from tagger)
"""


def tagger_for(con: duckdb.DuckDBPyConnection, version: str, at: datetime) -> int:
    """Return the number that stands for a tagger's version, giving it one where it has none, inside a write."""
    con.execute(NEW_TAGGER, {"version": version, "at": at})
    found = con.execute("select id from tagger where version = $version", {"version": version})
    return int(found.fetchall()[0][0])


def untagged(store: Store, version: str, after: int, limit: int) -> pa.Table:
    """Take comments without tags of `version`, by id: columns id, version, text, title, said_language."""
    uses = {"tagger": tagger_number(store, version), "after": after, "limit": limit}
    return store.read().execute(UNTAGGED, uses).to_arrow_table()


def untagged_count(store: Store, version: str) -> int:
    """Count what `untagged` would give in all."""
    row = store.read().execute(UNTAGGED_COUNT, {"tagger": tagger_number(store, version)}).fetchone()
    return int(row[0]) if row else 0


def save_tags(store: Store, who: str, version: str, batch: pa.Table, taxonomy: int | None = None) -> int:
    """Save a batch of `arrow.TAGS` rows made by the tagger `version`; return how many comments were tagged.

    `taxonomy`: the version of the topics it tagged with. Raises Stale where they were changed since.
    """
    at = now()
    with store.write() as con:
        if taxonomy is not None:
            check(con, taxonomy)
        number = tagger_for(con, version, at)
        con.register("incoming", batch)
        try:
            con.execute(CURRENT)
            con.execute(FORGET)
            con.execute(SAVE, {"tagger": number, "at": at})
        finally:
            con.unregister("incoming")
        _apply(con, number)
        count: int = con.execute("select count(*) from tagged_now").fetchall()[0][0]
        note(con, who, "tag", f"tagger/{version}", None, {"comments": count})
    return count


def correct(
    store: Store, who: str, comment: int, name: str, value: str, holds: bool = True
) -> dict[str, Any]:
    """Put a person's tag over the tagger's; return what holds now. Raises NotFound, Invalid.

    An empty value takes the correction back; a topic is added or taken away. `deed`: by which it is undone.
    """
    if name not in HEADS:
        raise Invalid(f"A tag is one of {', '.join(HEADS)}, not {name!r}.")
    if (known := VALUES.get(name)) and value not in (*known, ""):
        raise Invalid(f"{name.capitalize()} is one of {', '.join(known)}, not {value!r}.")
    if "|" in value or (name == "topic" and not value):
        raise Invalid("A topic needs a name, without '|'.")
    with store.write() as con:
        uses = {"comment": comment, "name": name, "value": value}
        before = _held(con, comment)
        if before is None:
            raise NotFound(f"There is no comment {comment}.")
        deed = deeds.begin(con, who, "correct", f"comment/{comment}")
        corrections.remember(con, deed, comment, [name])
        con.execute(
            "delete from correction where comment_id = $comment and name = $name and ($name <> 'topic' or value = $value)",
            uses,
        )
        if value:
            con.execute(
                "insert into correction values ($comment, $name, $value, $holds, $who, $at)",
                {**uses, "holds": holds, "who": who, "at": now()},
            )
        _derive(con, comment)
        judgements.keep(con, who, comment, name)
        corrections.finish(con, deed)
        after = {**(_held(con, comment) or {}), "deed": deed}
        note(con, who, "correct", f"comment/{comment}", before, after)
    return after


CONFIRM = """
insert into correction
select id, name, value, true, $who, $at from (
    select id, unnest(['language', 'sentiment', 'intent', 'urgency']) as name,
        unnest([language, sentiment, intent, urgency]) as value from comment where id = $comment
    union all
    select id, 'topic', unnest(string_split(trim(topics, '|'), '|')) from comment where id = $comment and topics <> ''
) where value is not null and (id, name, value) not in
    (select (comment_id, name, value) from correction where comment_id = $comment)
"""


def confirm(store: Store, who: str, comment: int) -> dict[str, Any]:
    """Say that every tag of a comment is right as it is shown; return what holds. Raises NotFound, Invalid if it has none."""
    with store.write() as con:
        held = _held(con, comment)
        if held is None:
            raise NotFound(f"There is no comment {comment}.")
        if not any(held.values()):
            raise Invalid(f"Comment {comment} has no tags yet: there is nothing to confirm.")
        if judgements.confirmed(con, comment):
            return held
        deed = deeds.begin(con, who, "confirm", f"comment/{comment}")
        corrections.remember(con, deed, comment, HEADS)
        at = now()
        con.execute(CONFIRM, {"comment": comment, "who": who, "at": at})
        for name in HEADS:
            judgements.keep(con, who, comment, name, confirmed=at)
        _derive(con, comment)
        corrections.finish(con, deed)
        after = {**(_held(con, comment) or {}), "deed": deed}
        note(con, who, "confirm", f"comment/{comment}", held, after)
    return after


def unconfirm(store: Store, who: str, comment: int) -> dict[str, Any]:
    """Take `confirm` back; what was corrected before or since stays. Raises NotFound where it was not confirmed."""
    with store.write() as con:
        before = _held(con, comment)
        if not (at := judgements.confirmed(con, comment)):
            raise NotFound(f"Comment {comment} was not confirmed.")
        deed = deeds.begin(con, who, "unconfirm", f"comment/{comment}")
        corrections.remember(con, deed, comment, HEADS)
        con.execute(
            "delete from correction where comment_id = $comment and made_at = $at",
            {"comment": comment, "at": at},
        )
        for name in HEADS:
            judgements.keep(con, who, comment, name)
        _derive(con, comment)
        corrections.finish(con, deed)
        after = {**(_held(con, comment) or {}), "deed": deed}
        note(con, who, "unconfirm", f"comment/{comment}", before, after)
    return after


def turn(con: duckdb.DuckDBPyConnection, who: str, deed: int, partly: bool) -> int:
    """Put the corrections on the two sides of a deed in each other's place; return how many heads. Raises Stale."""
    turned = corrections.turn(con, deed, partly)
    for comment in {comment for comment, _, _ in turned}:
        _derive(con, comment)
    for comment, name, confirmed in turned:
        judgements.keep(con, who, comment, name, confirmed)
    return len(turned)


def _derive(con: duckdb.DuckDBPyConnection, comment: int) -> None:
    con.execute(
        "create or replace temp table tagged_now as select $comment::bigint as id, 0 as was",
        {"comment": comment},
    )
    _apply(con, None)


def _apply(con: duckdb.DuckDBPyConnection, tagger: int | None) -> None:
    con.execute(HOLDS)
    con.execute(APPLY, {"tagger": tagger})


def _held(con: duckdb.DuckDBPyConnection, comment: int) -> dict[str, Any] | None:
    row = con.execute(
        "select language, sentiment, topics, intent, urgency, unsure from comment where id = $id",
        {"id": comment},
    ).fetchone()
    if not row:
        return None
    held = {"language": row[0], "sentiment": row[1], "topics": split(row[2]), "intent": row[3]}
    return {**held, "urgency": row[4], "unsure": split(row[5])}


def split(topics: str) -> list[str]:
    """Turn the stored `|a|b|` into a list."""
    return topics.strip("|").split("|") if topics else []


PROVENANCE = """
select t.name, t.value, t.score, 'tagger' as origin, g.version as by, t.evidence, t.made_at as "at", true as holds,
    t.unsure, t.sentiment
from tag t join tagger g on g.id = t.tagger where t.comment_id = $id
union all
select name, value, 1.0, 'person', who, null, made_at, holds, false, null from correction where comment_id = $id
"""


def provenance(store: Store, comment: int) -> list[dict[str, Any]]:
    """List every tag of a comment: name, value, score, origin (tagger or person), by, evidence, at, holds, unsure, sentiment."""
    return dicts(store.read().execute(PROVENANCE, {"id": comment}))
