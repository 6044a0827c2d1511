"""Threads that wait for an answer, in groups that differ by their waiting alone: what the queue is merged from."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa

from curation.store.connection import Store, dicts, now
from curation.store.filters import Filter, narrowed

Row = dict[str, Any]

# The earliest messages of each source that may wait, behind a moment: from them it is told how far a page can reach.
EARLIEST = """
select c.source, min(least(c.created_at, c.seen_at), $most) as moments
from (select *, {} as fits from comment
      where status in ('new', 'open') and deleted_at is null and role = 'customer' and created_at >= $oldest) c
    left join reach r on r.source = c.source
where c.fits and (r.moment is null or least(c.created_at, c.seen_at) > r.moment) group by c.source
"""

# The threads with a message within reach, and those merged into them. (A table, for the planner to see how few they are.)
PARTS = """
create or replace temp table parts as
with near as (
    select distinct c.thread_id from comment c left join reach r on r.source = c.source
    where c.status in ('new', 'open') and c.deleted_at is null and c.role = 'customer' and c.created_at >= $oldest
        and (r.moment is null or least(c.created_at, c.seen_at) <= r.moment)
),
heads as (
    select distinct coalesce(t.merged_into, n.thread_id) as head from near n left join thread t on t.id = n.thread_id
)
select head as id, head from heads
union all select t.id, h.head from thread t join heads h on h.head = t.merged_into
"""

# A message of ours answers all before it. What comes from the future, by a channel's wrong clock, waits since it came.
# Others say the same where they have the same topics and sentiment, lately. `o`: tens, as powers, of others and of likes and reposts.
# Of each group, the first.
CANDIDATES = """
with live as (
    select c.id, p.head as thread, c.source, least(c.created_at, c.seen_at) as moment, c.role,
        coalesce(c.urgency, 'normal') as urgency, c.topics, c.sentiment, c.fits,
        greatest(coalesce(c.counts.likes, 0), coalesce(c.counts.score, 0), 0) + greatest(coalesce(c.counts.reposts, 0), 0) as likes
    from (select *, {} as fits from comment
          where status in ('new', 'open') and deleted_at is null and created_at >= $oldest) c
        join parts p on p.id = c.thread_id
),
answered as (
    select thread, max(moment) as moment from (
        select thread, moment from live where role = 'team'
        union all select p.head, r.sent_at from reply r join parts p on p.id = r.thread_id where r.state = 'sent'
    ) group by thread
),
alike as (
    select topics, sentiment, count(distinct author_id) as people from comment
    where status in ('new', 'open') and deleted_at is null and role = 'customer' and topics <> '' and created_at >= $lately
    group by topics, sentiment
),
waiting as (
    select l.thread, min(l.moment) as since, arg_min(l.id, l.moment) as comment, arg_min(l.source, l.moment) as source, count(*) as messages,
        case max(case l.urgency when 'high' then 2 when 'normal' then 1 else 0 end)
            when 2 then 'high' when 1 then 'normal' else 'low' end as urgency,
        max(coalesce(s.people - 1, 0)) as others, max(l.likes) as likes
    from live l left join answered a on a.thread = l.thread
        left join alike s on s.topics = l.topics and s.sentiment is not distinct from l.sentiment
    where l.role = 'customer' and (a.moment is null or l.moment > a.moment)
    group by l.thread having bool_or(l.fits)
),
grouped as (
    select *, least(messages, $messages) as m, least(floor(log10(others + 1))::integer + floor(log10(likes + 1))::integer, $tenfolds) as o from waiting
    where not $free or thread not in (select id from thread
        where (claimed_by <> $who and claimed_until > $at) or assignee <> $who)
)
select g.since, g.thread, g.comment, g.source, g.messages, g.others, g.likes, g.urgency, g.m, g.o
from grouped g left join behind b on b.source = g.source and b.urgency = g.urgency and b.m = g.m and b.o = g.o
where b.since is null or g.since > b.since or (g.since = b.since and g.thread > b.thread)
qualify row_number() over (partition by g.source, g.urgency, g.m, g.o order by g.since, g.thread) <= $limit
order by g.source, g.urgency, g.m, g.o, g.since, g.thread
"""
BEHIND = pa.schema(
    [
        ("source", pa.int32()),
        ("urgency", pa.string()),
        ("m", pa.int32()),
        ("o", pa.int32()),
        ("since", pa.timestamp("us")),
        ("thread", pa.int64()),
    ]
)
"""Where a page begins in each group: behind this moment and thread."""
REACH = pa.schema([("source", pa.int32()), ("moment", pa.timestamp("us"))])
LATELY = timedelta(days=7)


def earliest(
    store: Store, wanted: Filter, oldest: datetime, behind: Mapping[int, datetime], most: int
) -> dict[int, list[datetime]]:
    """Return the `most` earliest moments, behind one by source, at which a message that may wait came, by source."""
    with store.heavy() as cursor, narrowed(store, cursor, wanted) as (condition, uses):
        cursor.register("reach", _reach(behind))
        asked = EARLIEST.format(f"({condition})")
        return dict(cursor.execute(asked, {**uses, "oldest": oldest, "most": most}).fetchall())


def candidates(
    store: Store,
    who: str,
    wanted: Filter,
    *,
    oldest: datetime,
    most: tuple[int, int],
    free: bool,
    behind: Sequence[Row],
    reach: Mapping[int, datetime],
    limit: int,
) -> list[Row]:
    """Return, sorted by group, moment and thread, the first `limit` threads of each group that wait for an answer.

    A group is (source, urgency, m, o): how many messages wait, and how many tens (as powers) of others say the same and of people
    like or share it, up to `most`. A row: since, thread, comment (the earliest that waits), messages, others, likes and the group. `free`: leave out what
    somebody else than `who` has. `behind`: rows of BEHIND. `reach`: by source, the moment up to which threads are of interest.
    Messages before `oldest` are left out. Raises TryAgain.
    """
    at = now()
    with store.heavy() as cursor, narrowed(store, cursor, wanted) as (condition, uses):
        cursor.register("behind", pa.Table.from_pylist(list(behind), schema=BEHIND))
        cursor.register("reach", _reach(reach))
        mine = {
            "oldest": oldest,
            "lately": at - LATELY,
            "messages": most[0],
            "tenfolds": most[1],
            "free": free,
        }
        cursor.execute(PARTS, {"oldest": oldest})
        asked = CANDIDATES.format(f"({condition})")
        return dicts(cursor.execute(asked, {**uses, **mine, "who": who, "at": at, "limit": limit}))


def _reach(moments: Mapping[int, datetime]) -> pa.Table:
    return pa.table([list(moments), list(moments.values())], schema=REACH)


SAMPLES = """
select s.name, max(c.id) as id from comment c join source s on s.id = c.source
where c.role = 'customer' and c.deleted_at is null and c.created_at >= $oldest group by s.name
"""


def samples(store: Store, oldest: datetime) -> dict[str, int]:
    """Return the newest customer's comment of each source that has one since `oldest`, by its name."""
    return dict(store.read().execute(SAMPLES, {"oldest": oldest}).fetchall())
