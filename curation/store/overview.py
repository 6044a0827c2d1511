"""Counts for the overview, in comments and in distinct people."""

from typing import Any

from curation.errors import Invalid
from curation.store.connection import Store, dicts
from curation.store.filters import Filter, narrowed, source_names

STEPS = ("day", "week", "month")

# `step` is checked against STEPS; the clauses are constants of `comments`.
TOTALS = "select count(*) as comments, count(distinct author_id) as people from comment where {where}"
BY_TIME = """
select date_trunc($step, created_at)::date as day, coalesce(sentiment, 'none') as sentiment,
       count(*) as comments, count(distinct author_id) as people
from comment where {where} group by all order by day
"""
BY_TOPIC = """
select topic, coalesce(sentiment, 'none') as sentiment, count(*) as comments, count(distinct author_id) as people
from (select unnest(string_split(trim(topics, '|'), '|')) as topic, sentiment, author_id
      from comment where topics <> '' and {where}) group by all order by comments desc
"""
BY_TOPIC_TIME = """
select date_trunc($step, created_at)::date as day, topic, count(*) as comments
from (select unnest(string_split(trim(topics, '|'), '|')) as topic, created_at
      from comment where topics <> '' and {where}) group by all order by day
"""
BY_SOURCE = """
select source, count(*) as comments, count(distinct author_id) as people from comment where {where}
group by all order by comments desc
"""
BY_LANGUAGE = """
select coalesce(language, 'und') as language, count(*) as comments, count(distinct author_id) as people
from comment where {where} group by all order by comments desc
"""
BY_STATUS = """
select status, count(*) as comments, count(distinct author_id) as people from comment where {where}
group by all order by comments desc
"""
BY_INTENT = """
select coalesce(intent, 'untagged') as intent, count(*) as comments, count(distinct author_id) as people
from comment where {where} group by all order by comments desc
"""
BY_URGENCY = """
select coalesce(urgency, 'untagged') as urgency, count(*) as comments, count(distinct author_id) as people
from comment where {where} group by all order by comments desc
"""
# A parent holds its children, as in a filter. A comment about both delivery.late and delivery.lost counts once
# under delivery, and a person of two sentiments once under "all": neither can be had by adding up by_topic.
BY_TOPIC_TREE = """
select topic, coalesce(sentiment, 'all') as sentiment, count(*) as comments, count(distinct author_id) as people
from (select unnest(list_distinct(list_concat(found, [split_part(t, '.', 1) for t in found]))) as topic,
             sentiment, author_id
      from (select string_split(trim(topics, '|'), '|') as found, coalesce(sentiment, 'none') as sentiment, author_id
            from comment where topics <> '' and {where}))
group by grouping sets ((topic, sentiment), (topic)) order by comments desc
"""
BY_SENTIMENT = """
select coalesce(sentiment, 'none') as sentiment, count(*) as comments, count(distinct author_id) as people
from comment where {where} group by all order by comments desc
"""


def overview(store: Store, wanted: Filter, step: str = "week") -> dict[str, Any]:
    """Return lists of rows and the totals: by_time, by_sentiment, by_topic, by_topic_tree, by_topic_time, …

    A row counts `comments` and `people`; by_time and by_topic also split by sentiment ("none": not tagged), and so
    does by_topic_tree, where a parent holds its children and "all" stands for every sentiment.
    Raises TryAgain after the configured time.
    """
    if step not in STEPS:
        raise Invalid(f"A step is {', '.join(STEPS)}, not {step!r}.")
    names = source_names(store)
    with store.heavy() as cursor, narrowed(store, cursor, wanted) as (where, uses):

        def ask(sql: str, **more: Any) -> list[dict[str, Any]]:
            return dicts(cursor.execute(sql.format(where=where), {**uses, **more}))

        by_source = [{**row, "source": names.get(row["source"], "?")} for row in ask(BY_SOURCE)]
        return {
            "totals": ask(TOTALS)[0],
            "by_time": ask(BY_TIME, step=step),
            "by_sentiment": ask(BY_SENTIMENT),
            "by_topic": ask(BY_TOPIC),
            "by_topic_tree": ask(BY_TOPIC_TREE),
            "by_topic_time": ask(BY_TOPIC_TIME, step=step),
            "by_source": by_source,
            "by_language": ask(BY_LANGUAGE),
            "by_status": ask(BY_STATUS),
            "by_intent": ask(BY_INTENT),
            "by_urgency": ask(BY_URGENCY),
        }
