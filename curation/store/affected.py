"""The people of a crisis: who said what, how far the answer to each has come, and how complaints went over time."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from curation.errors import Invalid, Stale
from curation.store import crises
from curation.store.access import note
from curation.store.connection import Store, dicts, now
from curation.store.filters import Filter, narrowed

Row = dict[str, Any]

WEEK = timedelta(weeks=1)

BEGAN = "select source, min(created_at) from comment group by source"
# Both windows end at `until`; a comment's week says how many weeks before it lies, its age how long before that week's end.
# What is in a room already makes no other, and what was in one is not what is usual.
COMPLAINTS = """
with placed as (
    select topics, age // 604800 as week, age % 604800 as age
    from (select topics, date_diff('second', created_at, $until::timestamp) as age from comment
          where sentiment = 'negative' and topics <> '' and role = 'customer' and status <> 'spam' and deleted_at is null
            and created_at >= $since and created_at < $until and source in (select unnest($sources::integer[]))
            and id not in (select comment_id from crisis_comment))
    where age % 604800 < 86400)
select topic, week, count(*) filter (where age < 3600) as hour, count(*) as day
from (select unnest(list_distinct(list_concat(found, [split_part(t, '.', 1) for t in found]))) as topic, week, age
      from (select string_split(trim(topics, '|'), '|') as found, week, age from placed))
group by all
"""


def complaints(
    store: Store, until: datetime, weeks: int, least_weeks: int
) -> dict[tuple[str, int], list[int]]:
    """Count negative comments by (topic, hours), for the hour and the day before `until` and before the same time in past weeks.

    A parent holds its children. Only sources that are known for `least_weeks`, and as many weeks as all of them are; what a
    new source brings has no past to be compared with.
    """
    with store.heavy() as cursor:
        began = {
            source: at
            for source, at in cursor.execute(BEGAN).fetchall()
            if at <= until - least_weeks * WEEK - timedelta(days=1)
        }
        if not began:
            return {}
        weeks = min(weeks, (until - timedelta(days=1) - max(began.values())) // WEEK)
        since = until - weeks * WEEK - timedelta(days=1)
        uses = {"until": until, "since": since, "sources": list(began)}
        rows = cursor.execute(COMPLAINTS, uses).fetchall()
    counts: dict[tuple[str, int], list[int]] = defaultdict(lambda: [0] * (weeks + 1))
    for topic, week, hour, day in rows:
        counts[topic, 1][week] = hour
        counts[topic, 24][week] = day
    return counts


GATHER = """
insert into crisis_comment select $crisis, id, thread_id, author_id, $at, null from comment
where {} and role = 'customer' and status <> 'spam' and created_at < $at
    and id not in (select comment_id from crisis_comment where crisis = $crisis)
"""


def gather(store: Store, who: str, crisis: int) -> int:
    """Take what was said since into an open room; return how many comments. Raises NotFound, Invalid where it is closed."""
    with store.write() as con:
        room = crises.working(store, con, crisis)
        with narrowed(store, con, crises.scope_of(room)) as (condition, uses):
            sql = GATHER.format(condition)
            ((count,),) = con.execute(sql, {**uses, "crisis": crisis, "at": now()}).fetchall()
        if count:
            note(con, who, "gather", f"crisis/{crisis}", None, {"comments": count})
    return int(count)


# A person is one author in one thread, with those merged into it. Of the replies to them, what has come furthest counts.
PEOPLE = """
with said as (
    select coalesce(t.merged_into, c.thread_id) as thread, c.author_id, c.comment_id, c.left_out_by
    from crisis_comment c left join thread t on t.id = c.thread_id where c.crisis = $crisis),
person as (
    select thread, author_id, max(comment_id) as comment, count(*) as comments, bool_and(left_out_by is not null) as left_out
    from said group by all),
answer as (
    select s.thread, s.author_id, max_by(
        {'marker': r.marker, 'state': r.state, 'version': r.version, 'who': r.who, 'why': r.why, 'sent_at': r.sent_at,
         'statement': a.statement},
        [case r.state when 'sent' then 2 when 'withdrawn' then 0 when 'superseded' then 0 else 1 end, epoch_us(r.made_at)]) as reply
    from said s join reply r on r.comment_id = s.comment_id
    left join crisis_answer a on a.marker = r.marker and a.crisis = $crisis group by all)
select p.comment, p.thread::varchar as thread, p.author_id::varchar as author_id, p.comments, p.left_out, a.reply,
    case when p.left_out then 'left_out' when a.reply is null then 'waiting'
         when a.reply.state in ('withdrawn', 'superseded') then 'void' else a.reply.state end as state
from person p left join answer a on a.thread = p.thread and a.author_id is not distinct from p.author_id
"""
PAGE = f"select * from ({PEOPLE}) where ($states is null or list_contains($states, state)) and ($before is null or comment < $before) order by comment desc limit $limit"  # noqa: S608
COUNTS = f"select state, count(*), sum(comments) from ({PEOPLE}) group by state"  # noqa: S608


def people(
    store: Store, crisis: int, states: Collection[str] = (), before: int | None = None, limit: int | None = 50
) -> list[Row]:
    """List the people of a room: who spoke last comes first; `before`: the `comment` a page goes on from.

    `comment` is the last thing they said, `state` that of their `reply`, or waiting, void (withdrawn, to be made anew) or left_out.
    """
    uses = {"crisis": crisis, "states": list(states) or None, "before": before, "limit": limit}
    return dicts(store.read().execute(PAGE, uses))


def progress(store: Store, crisis: int) -> Row:
    """Count a room's `people` and `comments`, those `answered`, and people by `states`. Those left out count in `states` alone."""
    rows = store.read().execute(COUNTS, {"crisis": crisis}).fetchall()
    states = {state: count for state, count, _ in rows}
    meant = [(count, comments) for state, count, comments in rows if state != "left_out"]
    return {
        "people": sum(count for count, _ in meant),
        "comments": int(sum(comments for _, comments in meant)),
        "answered": states.get("sent", 0),
        "states": states,
    }


LEAVE_OUT = """
update crisis_comment set left_out_by = $who where crisis = $crisis and comment_id in (
    with said as (
        select c.comment_id, coalesce(t.merged_into, c.thread_id) as thread, c.author_id
        from crisis_comment c left join thread t on t.id = c.thread_id where c.crisis = $crisis)
    select b.comment_id from said a join said b on b.thread = a.thread and b.author_id is not distinct from a.author_id
    where a.comment_id = $comment)
"""


def leave_out(store: Store, who: str, crisis: int, comment: int, out: bool = True) -> None:
    """Leave a person out of a room, who is in it by mistake, or take them in again. Raises NotFound, Invalid."""
    with store.write() as con:
        crises.working(store, con, crisis)
        uses = {"crisis": crisis, "comment": comment, "who": who if out else None}
        ((changed,),) = con.execute(LEAVE_OUT, uses).fetchall()
        if not changed:
            raise Invalid(f"The comment {comment} is not in this room.")
        note(con, who, "leave out" if out else "take in", f"crisis/{crisis}", None, {"comment": comment})


def keep_answer(store: Store, who: str, crisis: int, comment: int, marker: str, statement: int) -> None:
    """Write down that a draft began with a version of the statement. Raises Stale where there is another by now; it is withdrawn then."""
    with store.write() as con:
        crises.working(store, con, crisis)
        con.execute(
            "insert into crisis_answer select $crisis, $comment, $marker, $statement, $at "
            "where $marker not in (select marker from crisis_answer where crisis = $crisis)",
            {"crisis": crisis, "comment": comment, "marker": marker, "statement": statement, "at": now()},
        )
        newest = crises.statements(store, crisis, con)[0]
        decided = [
            one["approve"] for one in crises.reviews(store, crisis, con) if one["version"] == statement
        ]
        if stale := newest["version"] != statement or decided[-1:] == [False]:
            crises.void_answers(con, crisis)
        note(con, who, "answer", f"reply/{marker}", None, {"crisis": crisis, "statement": statement})
    if stale:
        raise Stale("Somebody changed the statement meanwhile. Look at it again.", newest)


MARKERS = """
select r.marker, r.version from reply r join crisis_answer a on a.marker = r.marker where a.crisis = $crisis
"""


def known(store: Store, crisis: int) -> dict[str, int]:
    """Return a room's answers with their versions: who works in it knows of them."""
    return dict(store.read().execute(MARKERS, {"crisis": crisis}).fetchall())


TOUCHED = """
select 1 from crisis_comment c join crisis r on r.id = c.crisis
where c.comment_id = $comment and r.status = 'open' and c.left_out_by is null limit 1
"""


def in_crisis(store: Store, comment: int) -> bool:
    """Tell whether a comment is in an open room."""
    return store.read().execute(TOUCHED, {"comment": comment}).fetchone() is not None


BY_STEP = """
select date_trunc($step, created_at) as "at", coalesce(sentiment, 'none') as sentiment, count(*) as comments
from comment where {} and role = 'customer' and status <> 'spam' group by all order by 1, 2
"""


def over_time(store: Store, room: Row, since: datetime, until: datetime, step: str = "hour") -> list[Row]:
    """Count what is said on a room's subject by hour or day and sentiment: at, sentiment ("none": not tagged), comments."""
    with store.heavy() as cursor, narrowed(store, cursor, _subject(room, since, until)) as (condition, uses):
        return dicts(cursor.execute(BY_STEP.format(condition), {**uses, "step": step}))


def _subject(room: Row, since: datetime, until: datetime) -> Filter:
    return replace(crises.scope_of(room), sentiments=(), since=since, until=until)


MOOD = """
select count(*) as comments, count(*) filter (where sentiment = 'negative') as negative from comment
where {} and role = 'customer' and status <> 'spam'
"""


def mood(store: Store, room: Row, since: datetime, until: datetime) -> Row:
    """Count what is said where the crisis is, on whatever subject, and how much of it is negative: comments, negative."""
    wanted = Filter(sources=crises.scope_of(room).sources, since=since, until=until)
    with store.heavy() as cursor, narrowed(store, cursor, wanted) as (condition, uses):
        return dicts(cursor.execute(MOOD.format(condition), uses))[0]


SENT = """
select date_trunc($step, r.sent_at) as "at", count(distinct r.marker) as answers from reply r
where r.state = 'sent' and r.comment_id in (select comment_id from crisis_comment where crisis = $crisis) group by all order by 1
"""


def sent(store: Store, crisis: int, step: str = "hour") -> list[Row]:
    """Count a room's answers that were sent, by hour or day."""
    return dicts(store.read().execute(SENT, {"crisis": crisis, "step": step}))


MARKS = """
select (select min(x.created_at) from comment x where x.id in (select comment_id from crisis_comment where crisis = $crisis)) as began_at,
    (select min(r.sent_at) from reply r where r.state = 'sent'
        and r.comment_id in (select comment_id from crisis_comment where crisis = $crisis)) as first_answer_at
"""


def marks(store: Store, crisis: int) -> Row:
    """Return when a room's first comment was written, and its first answer sent; None where there is none."""
    return dicts(store.read().execute(MARKS, {"crisis": crisis}))[0]
