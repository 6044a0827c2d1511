"""What an edit of the taxonomy does to tags and corrections: worked out once, for the preview as for the edit itself.

Everything is laid out in temporary tables of one connection: tags that go and come, corrections that go and come, and
the topics that each comment has then. A preview stops there; `write` carries it out and keeps it, to be undone.
"""

from dataclasses import dataclass, field
from typing import Any

import duckdb
import pyarrow as pa

from curation.store.connection import Store, dicts, now
from curation.store.taxonomy import TAGGER

SCORED = pa.schema(
    [("comment_id", pa.int64()), ("value", pa.string()), ("score", pa.float32()), ("evidence", pa.string())]
)
PARTING = pa.schema([("comment_id", pa.int64()), ("old", pa.string()), ("new", pa.string())])
"""A comment's tag or correction `old` that becomes `new`; a comment may have several."""
_IDS = pa.schema([("comment_id", pa.int64())])


def none_of(schema: pa.Schema) -> pa.Table:
    """Return an empty table."""
    return schema.empty_table()


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What is to happen. `moves`: pairs (old, new) for every comment. `leaving`: topics whose tags and corrections go.

    `parting`: what becomes what, comment by comment. `rescored`: topics whose tags by phrases and examples go unless
    `scored` has them, within `scope` (comment ids, None: everywhere). `restores`: a change whose effect is taken back.
    """

    moves: tuple[tuple[str, str], ...] = ()
    leaving: tuple[str, ...] = ()
    rescored: tuple[str, ...] = ()
    restores: int | None = None
    parting: pa.Table = field(default_factory=lambda: none_of(PARTING))
    scored: pa.Table = field(default_factory=lambda: none_of(SCORED))
    scope: pa.Table | None = None


TAG = "comment_id, value, score, tagger, evidence, made_at, unsure, sentiment"
SAID = "comment_id, value, holds, who, made_at"

LAID_OUT = f"""
create or replace temp table topical as select {TAG} from tag where name = 'topic' and value in (select id from touched);
create or replace temp table spoken as select {SAID} from correction where name = 'topic' and value in (select id from touched);
create or replace temp table parting as
select distinct comment_id, old, new from (
    select comment_id, old, new from (select comment_id, value from topical union select comment_id, value from spoken)
        join moving on old = value
    union all select comment_id, old, new from given_parting);
create or replace temp table going as
select * from topical where value in (select id from leaving)
union all
select t.* from topical t where t.value in (select id from rescored) and t.value not in (select id from leaving)
    and (t.evidence is not null or t.tagger = $tagger)
    and ($everywhere or t.comment_id in (select comment_id from scope));
create or replace temp table coming as
select comment_id, value, max(score)::real as score, arg_max(tagger, score) as tagger,
    arg_max(evidence, score) as evidence, max(made_at) as made_at, bool_and(coalesce(unsure, false)) as unsure,
    arg_max(sentiment, score) as sentiment
from (
    select p.comment_id, p.new as value, g.score, g.tagger, g.evidence, g.made_at, g.unsure, g.sentiment
    from going g join parting p on p.comment_id = g.comment_id and p.old = g.value
    union all
    select s.comment_id, s.value, s.score, $tagger, s.evidence, $at::timestamp, false, c.sentiment
    from scored s join comment c on c.id = s.comment_id where c.tagged <> 0
    union all
    select comment_id, value, score, tagger, evidence, made_at, unsure, sentiment from returning_tags
) group by comment_id, value;
insert into going select {TAG} from withdrawn_tags
    where (comment_id, value) not in (select (comment_id, value) from going);
"""  # noqa: S608 - constants of this module

# What stays as it was neither goes nor comes; a parent gives way to its child, as when the tagger finds both.
SETTLED = f"""
create or replace temp table both_ways as select comment_id, value from going intersect select comment_id, value from coming;
delete from going where (comment_id, value) in (select (comment_id, value) from both_ways);
delete from coming where (comment_id, value) in (select (comment_id, value) from both_ways);
delete from coming where (comment_id, value) in (select (comment_id, value) from topical);
delete from coming where (comment_id, value) in (
    select (comment_id, split_part(value, '.', 1)) from tag where name = 'topic' and contains(value, '.')
        and comment_id in (select comment_id from coming) and (comment_id, value) not in (select (comment_id, value) from going));
insert into going select {TAG} from tag t where name = 'topic'
    and (comment_id, value) in (select (comment_id, split_part(value, '.', 1)) from coming where contains(value, '.'))
    and (comment_id, value) not in (select (comment_id, value) from going);
"""  # noqa: S608 - constants of this module

SPOKEN = f"""
create or replace temp table said_going as
select * from spoken where value in (select id from leaving)
union select {SAID} from withdrawn_said;
create or replace temp table said_coming as
select comment_id, value, holds, arg_max(who, made_at) as who, max(made_at) as made_at from (
    select p.comment_id, p.new as value, s.holds, s.who, s.made_at
    from spoken s join parting p on p.comment_id = s.comment_id and p.old = s.value
    union all select {SAID} from returning_said
) group by comment_id, value, holds;
delete from said_coming where not holds
    and (comment_id, value) in (select (comment_id, value) from said_coming where holds);
delete from said_coming where not holds and (comment_id, value) in (select (comment_id, value) from topical)
    and (comment_id, value) in (select (comment_id, new) from parting);
insert into said_going select s.* from spoken s join said_coming c on c.comment_id = s.comment_id and c.value = s.value
    where c.holds and not s.holds and (s.comment_id, s.value) not in (select (comment_id, value) from said_going);
delete from said_coming where (comment_id, value) in (
    select (comment_id, value) from spoken except select (comment_id, value) from said_going);
"""  # noqa: S608 - constants of this module

OUTCOME = """
create or replace temp table affected as
select comment_id from going union select comment_id from coming
union select comment_id from said_going union select comment_id from said_coming;
create or replace temp table outcome as
with said as (
    select comment_id, value, holds from correction where name = 'topic' and comment_id in (select comment_id from affected)
        and (comment_id, value) not in (select (comment_id, value) from said_going)
    union select comment_id, value, holds from said_coming
),
told as (
    select comment_id, value from tag where name = 'topic' and comment_id in (select comment_id from affected)
        and (comment_id, value) not in (select (comment_id, value) from going)
    union select comment_id, value from coming
),
held as (
    select comment_id, value from told
        where (comment_id, value) not in (select (comment_id, value) from said where not holds)
    union select comment_id, value from said where holds
),
listed as (select comment_id, '|' || string_agg(value, '|' order by value) || '|' as topics from held group by comment_id)
select c.id, c.source, c.rank, c.topics as before, coalesce(l.topics, '') as after
from affected a join comment c on c.id = a.comment_id left join listed l on l.comment_id = c.id
where c.topics <> coalesce(l.topics, '')
"""

# The effect of a change that is taken back, but for comments that were tagged anew since: those are scored again.
RESTORED = f"""
create or replace temp table since as select distinct comment_id from tag
    where made_at > (select made_at from taxonomy_change where version = $restores) and name <> 'topic';
create or replace temp table returning_tags as select {TAG} from tag_change t
    where version = $restores and not came and comment_id not in (select comment_id from since)
    and comment_id in (select id from comment where tagged > 0);
create or replace temp table withdrawn_tags as select {TAG} from tag_change
    where version = $restores and came and (comment_id, value) in (select (comment_id, value) from tag where name = 'topic')
    and comment_id not in (select comment_id from since);
create or replace temp table returning_said as select {SAID} from correction_change
    where version = $restores and not came;
create or replace temp table withdrawn_said as select {SAID} from correction_change
    where version = $restores and came
    and (comment_id, value, holds, who, made_at) in (select (comment_id, value, holds, who, made_at) from correction
        where name = 'topic');
"""  # noqa: S608 - constants of this module

NOTHING = f"""
create or replace temp table returning_tags as select {TAG} from tag_change where false;
create or replace temp table withdrawn_tags as from returning_tags;
create or replace temp table returning_said as select {SAID} from correction_change where false;
create or replace temp table withdrawn_said as from returning_said
"""  # noqa: S608 - constants of this module


def lay_out(con: duckdb.DuckDBPyConnection, work: Work) -> int:
    """Work out in temporary tables what `work` changes; return how many comments show other topics then."""
    row = con.execute("select id from tagger where version = $version", {"version": TAGGER}).fetchone()
    uses = {"tagger": row[0] if row else -9, "at": now(), "everywhere": work.scope is None}
    uses["restores"] = work.restores
    olds, news = zip(*work.moves, strict=True) if work.moves else ((), ())
    coming = work.scored["value"].unique().to_pylist() + work.parting["new"].unique().to_pylist()
    if work.restores:
        coming += [value for (value,) in con.execute(TOUCHED, {"version": work.restores}).fetchall()]
    given = {
        "moving": pa.table({"old": pa.array(olds, pa.string()), "new": pa.array(news, pa.string())}),
        "leaving": _ids(work.leaving),
        "rescored": _ids(work.rescored),
        "touched": _ids({*olds, *news, *work.leaving, *work.rescored, *coming}),
        "given_parting": work.parting,
        "scored": work.scored,
        "scope": work.scope if work.scope is not None else none_of(_IDS),
    }
    for name, table in given.items():
        con.register(name, table)
    try:
        for part in (RESTORED if work.restores else NOTHING, LAID_OUT, SETTLED, SPOKEN, OUTCOME):
            for sql in filter(str.strip, part.split(";\n")):
                con.execute(sql, {name: value for name, value in uses.items() if f"${name}" in sql})
    finally:
        for name in given:
            con.unregister(name)
    return int(con.execute("select count(*) from outcome").fetchall()[0][0])


TOUCHED = """
select distinct value from tag_change where version = $version
union select value from correction_change where version = $version
"""

BY_SOURCE = """
select s.name as source, count(*) as comments from outcome o join source s on s.id = o.source group by all
order by comments desc
"""
EXAMPLES = """
select o.id, s.name as source, left(c.text, 300) as text, o.before, o.after
from (select * from outcome order by hash(id) limit $limit) o join comment c on c.id = o.id join source s on s.id = o.source
order by o.id
"""


def shown(con: duckdb.DuckDBPyConnection, examples: int = 10) -> dict[str, Any]:
    """Return what `lay_out` found: `comments`, `by_source`, and `examples` with topics `before` and `after`."""
    rows = dicts(con.execute(EXAMPLES, {"limit": examples}))
    return {
        "comments": int(con.execute("select count(*) from outcome").fetchall()[0][0]),
        "by_source": dicts(con.execute(BY_SOURCE)),
        "examples": [{**row, "before": _split(row["before"]), "after": _split(row["after"])} for row in rows],
    }


WRITTEN = f"""
insert into tag_change select $version, false, {TAG} from going;
insert into tag_change select $version, true, {TAG} from coming;
insert into correction_change select $version, false, {SAID} from said_going;
insert into correction_change select $version, true, {SAID} from said_coming;
delete from tag where name = 'topic' and (comment_id, value) in (select (comment_id, value) from going);
insert into tag select comment_id, 'topic', value, score, tagger, evidence, made_at, unsure, sentiment from coming;
delete from correction where name = 'topic' and (comment_id, value) in (select (comment_id, value) from said_going);
insert into correction select comment_id, 'topic', value, holds, who, made_at from said_coming;
update comment set topics = o.after from outcome o where comment.id = o.id
"""  # noqa: S608 - constants of this module


def write(con: duckdb.DuckDBPyConnection, version: int) -> None:
    """Carry out what was laid out, inside a write, and keep it under the taxonomy's `version`."""
    for sql in WRITTEN.split(";\n"):
        con.execute(sql, {"version": version} if "$version" in sql else None)


def register(con: duckdb.DuckDBPyConnection) -> None:
    """Give edits of the taxonomy their number among the taggers, inside a write."""
    con.execute(
        "insert into tagger select coalesce(max(id), 0) + 1, $version, $at from tagger "
        "having $version not in (select version from tagger)",
        {"version": TAGGER, "at": now()},
    )


TEXTS = """
select c.id, case when c.title is null then c.text else c.title || chr(10) || c.text end as text, c.language
from comment c join wanted w on w.id = c.id where c.tagged > 0
"""


def texts(con: duckdb.DuckDBPyConnection, ids: pa.Table) -> pa.RecordBatchReader:
    """Read the tagged among these comments (a column id): id, text, language; 5,000 at a time."""
    con.register("wanted", ids)
    return con.execute(TEXTS).to_arrow_reader(5_000)


HAVING = """
select distinct comment_id as id from tag where name = 'topic' and value in (select unnest($ids::varchar[]))
union select comment_id from correction where name = 'topic' and value in (select unnest($ids::varchar[])) and holds
"""


def having(con: duckdb.DuckDBPyConnection, ids: list[str]) -> pa.Table:
    """Return the comments that have one of these topics, by the tagger or a person, as a column id."""
    return con.execute(HAVING, {"ids": ids}).to_arrow_table()


def tagged_since(con: duckdb.DuckDBPyConnection, at: Any) -> pa.Table:
    """Return the comments a tagger has tagged since `at`, as a column id."""
    sql = "select distinct comment_id as id from tag where made_at >= $at and name <> 'topic'"
    return con.execute(sql, {"at": at}).to_arrow_table()


def unindexed(store: Store, con: duckdb.DuckDBPyConnection) -> pa.Table:
    """Return the comments the search index does not know yet, as a column id."""
    return con.execute(
        "select id from comment where changed > $upto", {"upto": store.index.progress()}
    ).to_arrow_table()


def _ids(ids: Any) -> pa.Table:
    return pa.table({"id": pa.array(sorted(ids), pa.string())})


def _split(topics: str) -> list[str]:
    return topics.strip("|").split("|") if topics else []


def denied(con: duckdb.DuckDBPyConnection, topic: str) -> list[int]:
    """Return the comments of which a person said that they are not about a topic."""
    sql = "select comment_id from correction where name = 'topic' and value = $topic and not holds"
    return [id for (id,) in con.execute(sql, {"topic": topic}).fetchall()]


def tagged_after(con: duckdb.DuckDBPyConnection, version: int) -> pa.Table:
    """Return the comments a tagger has tagged since a change, as a column id."""
    at = con.execute("select made_at from taxonomy_change where version = $version", {"version": version})
    return tagged_since(con, at.fetchall()[0][0])
