"""What flows do: land pages, take what has no tags yet, save tags, say how a run went."""

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from curation.actions import needs
from curation.errors import Invalid
from curation.models import Who
from curation.store import Store, landing, sources, tags


@needs("feed")
def land(store: Store, who: Who, source: str, page: pa.Table, about: dict[str, Any]) -> dict[str, int]:
    """Store a page with its cursor. See `store.landing.land`."""
    return landing.land(store, who.name, source, page, about)


@needs("feed")
def cursors(store: Store, who: Who, source: str) -> dict[str, Any]:
    """Return each stream's cursor."""
    return sources.cursors(store, source)


@needs("feed")
def raws(store: Store, who: Who, source: str, after: str, limit: int, only_refused: bool) -> pa.Table:
    """Take raws for a replay: key, payload, uid."""
    if not after.isdecimal():
        raise Invalid("'after' is the uid of the last raw taken, a number.")
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
def save_tags(store: Store, who: Who, version: str, batch: pa.Table) -> int:
    """Save what the tagger `version` found; return how many comments were tagged."""
    if not version:
        raise Invalid("Tags need the version of the tagger that made them.")
    return tags.save_tags(store, who.name, version, batch)


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
    started = datetime.fromtimestamp(datetime.now(UTC).timestamp() - seconds, UTC).replace(tzinfo=None)
    sources.add_run(store, stage, source, started, seconds, counts, error)
