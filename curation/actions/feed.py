"""What flows do: land pages, take what has no tags yet, save tags, say how a run went."""

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from curation.actions import needs
from curation.config import SOURCE_NAME
from curation.errors import Invalid
from curation.models import SENTIMENTS, TAGS, Who
from curation.store import Store, landing, sources, tags

NEEDED = {
    "comment": ("raw_key", "key", "text", "created_at", "role"),
    "edited": ("raw_key", "key", "text"),
    "deleted": ("raw_key", "key"),
    "refused": ("raw_key", "reason"),
    "none": ("raw_key",),
}
"""What a row of each kind cannot do without."""


@needs("feed")
def land(store: Store, who: Who, source: str, page: pa.Table, about: dict[str, Any]) -> dict[str, int]:
    """Store a page with its cursor. See `store.landing.land`. Raises Invalid for rows that it could not keep whole."""
    named(source)
    _check_page(page, bool(about.get("replay")))
    return landing.land(store, who.name, source, page, about)


@needs("feed")
def cursors(store: Store, who: Who, source: str) -> dict[str, Any]:
    """Return each stream's cursor."""
    return sources.cursors(store, source)


@needs("feed")
def forget_cursors(store: Store, who: Who, source: str, beginning: str) -> int:
    """Forget the cursors of a finished backfill: the streams whose name begins so."""
    if not beginning:
        raise Invalid("'beginning' says which streams; to forget all of them is not meant to be so easy.")
    return sources.forget_cursors(store, who.name, source, beginning)


@needs("feed")
def raws(store: Store, who: Who, source: str, after: str, limit: int, only_refused: bool) -> pa.Table:
    """Take raws for a replay: key, payload, uid."""
    return sources.raws(store, source, after, limit, only_refused)


@needs("feed")
def untagged(store: Store, who: Who, version: str, after: int, limit: int) -> pa.Table:
    """Take comments without tags of the tagger `version`."""
    return tags.untagged(store, version, after, limit)


@needs("feed")
def untagged_count(store: Store, who: Who, version: str) -> int:
    """Count comments without tags of the tagger `version`."""
    return tags.untagged_count(store, version)


@needs("feed")
def save_tags(store: Store, who: Who, version: str, batch: pa.Table, taxonomy: int | None = None) -> int:
    """Save what the tagger `version` found with a version of the taxonomy; return how many comments were tagged."""
    if not version:
        raise Invalid("Tags need the version of the tagger that made them.")
    _check_tags(batch)
    return tags.save_tags(store, who.name, version, batch, taxonomy)


@needs("feed")
def add_run(
    store: Store,
    who: Who,
    stage: str,
    source: str | None,
    seconds: float,
    counts: dict[str, int],
    error: str | None,
) -> None:
    """Keep how a run went; `seconds` is its length until now."""
    if source is not None:
        named(source)
    started = datetime.fromtimestamp(datetime.now(UTC).timestamp() - seconds, UTC).replace(tzinfo=None)
    sources.add_run(store, stage, source, started, seconds, counts, error)


def named(source: str) -> None:
    if not SOURCE_NAME.fullmatch(source):
        raise Invalid(f"A source's name has only a-z, 0-9, '-' and '_', not {source!r}.")


def _check_page(page: pa.Table, replay: bool) -> None:
    """Refuse a page with gaps: a row without what its kind needs, or a raw that came without its payload."""
    if unknown := set(pc.unique(page["kind"]).to_pylist()) - NEEDED.keys():
        raise Invalid(f"A row's kind is {', '.join(NEEDED)}; not {', '.join(map(str, unknown))}.")
    for kind, columns in NEEDED.items():
        rows = page.filter(pc.equal(page["kind"], kind))
        if lacking := [name for name in columns if rows[name].null_count]:
            raise Invalid(f"A row of the kind {kind} needs {', '.join(lacking)}; there is one without.")
    keys = page["raw_key"]
    brought = keys.filter(pc.is_valid(page["payload"]))
    if not replay and pc.count_distinct(brought) != pc.count_distinct(keys):
        raise Invalid("The first row of each raw brings its payload; there is a raw without.")


def _check_tags(batch: pa.Table) -> None:
    named = batch.filter(pc.is_valid(batch["name"]))
    if batch["comment_id"].null_count or named["value"].null_count or named["score"].null_count:
        raise Invalid("A tag needs comment_id, value and score; there is one without.")
    if unknown := set(pc.unique(named["name"]).to_pylist()) - set(TAGS):
        raise Invalid(f"A tag is one of {', '.join(TAGS)}; not {', '.join(unknown)}.")
    for name, known in tags.VALUES.items():
        values = named.filter(pc.equal(named["name"], name))["value"]
        if unknown := set(pc.unique(values).to_pylist()) - set(known):
            raise Invalid(f"{name.capitalize()} is one of {', '.join(known)}; not {', '.join(unknown)}.")
    moods = pc.drop_null(pc.unique(named["sentiment"])).to_pylist()
    if unknown := set(moods) - set(SENTIMENTS):
        raise Invalid(f"A topic's sentiment is one of {', '.join(SENTIMENTS)}; not {', '.join(unknown)}.")
    if pc.any(pc.match_substring(named["value"], "|")).as_py():
        raise Invalid("A tag's value has no '|'.")
