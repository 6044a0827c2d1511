"""What a list shows, as a value and as SQL made of constant clauses."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from typing import Any

import pyarrow as pa
from duckdb import DuckDBPyConnection

from curation.errors import Invalid
from curation.models import HEADS, INTENTS, SENTIMENTS, STATUSES, URGENCIES
from curation.store.connection import Store
from curation.store.query import Parsed, parse

# Each filter is one clause; only those in use are joined, so that DuckDB can skip what they exclude.
CLAUSES = {
    "sources": "source in (select unnest($sources::integer[]))",
    "languages": "language in (select unnest($languages::varchar[]))",
    "sentiments": "sentiment in (select unnest($sentiments::varchar[]))",
    "statuses": "status in (select unnest($statuses::varchar[]))",
    "intents": "intent in (select unnest($intents::varchar[]))",
    "urgencies": "urgency in (select unnest($urgencies::varchar[]))",
    "since": "created_at >= $since",
    "until": "created_at < $until",
    "person": "author_id = $person",
    "ids": "id in (select unnest($ids::bigint[]))",
    "hits": "id in (select unnest($hits::bigint[]))",
    "languages_or_none": "coalesce(language, 'und') in (select unnest($languages_or_none::varchar[]))",
    "sentiments_or_none": "coalesce(sentiment, 'none') in (select unnest($sentiments_or_none::varchar[]))",
    "no_lang": "(language is null or language not in (select unnest($no_lang::varchar[])))",
    "no_sentiment": "(sentiment is null or sentiment not in (select unnest($no_sentiment::varchar[])))",
    "no_status": "status not in (select unnest($no_status::varchar[]))",
    "no_intent": "(intent is null or intent not in (select unnest($no_intent::varchar[])))",
    "no_urgency": "(urgency is null or urgency not in (select unnest($no_urgency::varchar[])))",
    "before": "rank < $before",
}
# One value, as a rule: a comparison is pushed into the scan, a list is a join above it.
SINGLE = {
    "sources": "source = $sources",
    "languages": "language = $languages",
    "sentiments": "sentiment = $sentiments",
    "statuses": "status = $statuses",
    "intents": "intent = $intents",
    "urgencies": "urgency = $urgencies",
    "ids": "id = $ids",
    "hits": "id = $hits",
}
ALIVE = "deleted_at is null"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What a list shows. Values of one field are alternatives; fields narrow each other.

    `since` (inclusive) and `until` (exclusive) are times, or days, in UTC. `topics`: a parent holds its children.
    `unsure`: the tags that abstain, by name.
    `query`: see `store.query`. `person`: an author's id. `deleted`: also show those deleted at the channel.
    `ids`: only these. The sentiment `none` and the language `und` also mean: not told yet. `without`: values that must not be, by the search language's names (lang, topic, …).
    """

    sources: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    sentiments: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    intents: tuple[str, ...] = ()
    urgencies: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()
    since: datetime | date | None = None
    until: datetime | date | None = None
    person: int | None = None
    query: str = ""
    deleted: bool = False
    ids: tuple[int, ...] = ()
    without: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, given, known in (
            ("sentiment", self.sentiments, (*SENTIMENTS, "none")),
            ("status", self.statuses, STATUSES),
            ("intent", self.intents, INTENTS),
            ("urgency", self.urgencies, URGENCIES),
            ("unsure", self.unsure, HEADS),
        ):
            if wrong := sorted(set(given) - set(known)):
                raise Invalid(f"{name} is one of {', '.join(known)}; not {', '.join(wrong)}.")


def where(store: Store, wanted: Filter, **more: Any) -> tuple[str, dict[str, Any]]:
    """Return a filter as SQL made of constant clauses, and the values they name. `more`: before, hits."""
    numbers = {name: number for number, name in source_names(store).items()}
    without = wanted.without
    uses = {
        "sources": [numbers.get(name, 0) for name in wanted.sources],
        "languages_or_none" if "und" in wanted.languages else "languages": list(wanted.languages),
        "sentiments_or_none" if "none" in wanted.sentiments else "sentiments": list(wanted.sentiments),
        "statuses": list(wanted.statuses),
        "intents": list(wanted.intents),
        "urgencies": list(wanted.urgencies),
        "since": utc(wanted.since),
        "until": utc(wanted.until),
        "person": wanted.person,
        "ids": list(wanted.ids),
        "no_lang": list(without.get("lang", ())),
        "no_sentiment": list(without.get("sentiment", ())),
        "no_status": list(without.get("status", ())),
        "no_intent": list(without.get("intent", ())),
        "no_urgency": list(without.get("urgency", ())),
        **more,
    }
    uses = {name: value for name, value in uses.items() if value not in (None, [])}
    clauses = []
    for name, value in uses.items():
        single = name in SINGLE and len(value) == 1
        clauses.append(SINGLE[name] if single else CLAUSES[name])
        uses[name] = value[0] if single else value
    for clause, column, sought in (
        ("({})", "topics", _patterns(wanted.topics)),
        ("not ({})", "topics", _patterns(without.get("topic", ()))),
        ("({})", "unsure", [f"|{head}|" for head in wanted.unsure]),
        ("not ({})", "unsure", [f"|{head}|" for head in without.get("unsure", ())]),
    ):
        patterns = {f"part_{len(uses) + n}": pattern for n, pattern in enumerate(sought)}
        if patterns:
            clauses.append(clause.format(" or ".join(f"contains({column}, ${name})" for name in patterns)))
            uses.update(patterns)
    return " and ".join([*clauses, *([] if wanted.deleted else [ALIVE])]) or "true", uses


def _patterns(topics: tuple[str, ...]) -> list[str]:
    """What the stored `|a.b|c|` contains where it has one of the topics or a child of it."""
    return [pattern for topic in topics for pattern in (f"|{topic}|", f"|{topic}.")]


def utc(value: datetime | date | None) -> datetime | None:
    """A time or a day as the store keeps times. Raises Invalid."""
    if value is None:
        return None
    if not isinstance(value, datetime):
        return datetime.combine(value, time())
    try:
        return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
    except OverflowError:
        raise Invalid(f"{value} is not a time in UTC; its year must lie between 1 and 9999.") from None


def split_query(wanted: Filter) -> tuple[Filter, Parsed | None]:
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
        intents=more("intent", wanted.intents),
        urgencies=more("urgency", wanted.urgencies),
        unsure=more("unsure", wanted.unsure),
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


@contextmanager
def narrowed(
    store: Store, cursor: DuckDBPyConnection, wanted: Filter
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give `where` of a whole filter, search and all, for `cursor`."""
    wanted, words = split_query(wanted)
    condition, uses = where(store, wanted)
    if not words:
        yield condition, uses
        return
    with hits_beside(store, cursor, words):
        yield f"{condition} and id in (select id from hits)", uses  # noqa: S608 - constants


@contextmanager
def hits_beside(store: Store, cursor: DuckDBPyConnection, words: Parsed) -> Iterator[None]:
    """Lay everything the search finds beside `cursor` as the table `hits`."""
    cursor.register("hits", all_hits(store, words))
    try:
        yield
    finally:
        cursor.unregister("hits")


def all_hits(store: Store, words: Parsed) -> pa.Table:
    """Everything the search finds, as the one column `id`."""
    batches = [pa.table({"id": pa.array([], pa.int64())})]
    before = None
    while hits := store.index.search(words, before, 50_000):
        batches.append(pa.table({"id": pa.array([id for id, _ in hits], pa.int64())}))
        before = hits[-1][1]
    return pa.concat_tables(batches)
