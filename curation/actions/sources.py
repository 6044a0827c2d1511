"""Sources as people and flows see them: configuration and state side by side."""

from collections.abc import Mapping
from typing import Any

from curation import config
from curation.actions import needs
from curation.config import SourceConfig
from curation.connectors import proposing
from curation.errors import Invalid, NotFound
from curation.models import Who
from curation.store import Store, sources, watching
from curation.store.access import note
from curation.store.landing import source_number

Row = dict[str, Any]


@needs("read")
def listed(store: Store, who: Who) -> list[Row]:
    """Return every source, configured or once pulled from, with its schedule and its state."""
    configured = config.load(store.config.home)
    states = sources.states(store, {name: source.expect_every for name, source in configured.sources.items()})
    empty = dict.fromkeys(("newest", "last_new", "last_pull", "last_good_pull", "error", "counts", "silent"))
    wrong: dict[str, list[Row]] = {}
    for alert in watching.alerts(store):
        wrong.setdefault(alert["source"], []).append(alert)
    found = []
    for name in sorted(configured.sources.keys() | states.keys()):
        source = configured.sources.get(name)
        about = {"comments": 0, "refused": 0, **empty, **states.get(name, {})}
        about["configured"] = source is not None
        about["alerts"] = wrong.get(name, []) if source else []
        if source:
            about |= {"connector": source.connector, "cron": source.cron, "paused": source.paused}
            about |= {"timezone": str(configured.zone(source))}
        found.append({"name": name, **about})
    return found


@needs("read")
def refused(store: Store, who: Who, source: str, after: str = "0", limit: int = 50) -> list[Row]:
    """List refused records with payload and reason; a row's `next` is the next page's `after`. Raises NotFound."""
    found = sources.refused(store, source, after, limit)
    if not found and not known(store, source):
        raise NotFound(f"No source is called {source!r}, nor was one.")
    return found


@needs("read")
def gaps(store: Store, who: Who, source: str) -> list[Row]:
    """List what a source's pulls found missing, newest first. See `store.sources.gaps`."""
    return sources.gaps(store, source)


def known(store: Store, source: str) -> bool:
    """Tell whether a source of that name was ever pulled from, or is configured."""
    return bool(source_number(store.read(), source)) or source in config.load(store.config.home).sources


@needs("read")
def runs(
    store: Store, who: Who, source: str | None = None, stage: str | None = None, limit: int = 20
) -> list[Row]:
    """List what pulls, tagging and upkeep did, newest first."""
    return sources.runs(store, source, stage, limit)


@needs("curate")
def schedule(store: Store, who: Who, name: str, changes: Mapping[str, Any]) -> Row:
    """Change `cron`, `timezone` or `paused` of a source or of a flow in `tribune.toml`. Raises ConfigError."""
    if unknown := changes.keys() - {"cron", "timezone", "paused"}:
        raise Invalid(f"A schedule has cron, timezone and paused, not {', '.join(sorted(unknown))}.")
    config.change_schedule(name, store.config.home, **changes)
    with store.write() as con:
        note(con, who.name, "schedule", f"source/{name}", None, dict(changes))
    return dict(changes)


@needs("administer")
def proposed(
    store: Store,
    who: Who,
    name: str,
    connector: str,
    settings: Mapping[str, Any],
    secrets: Mapping[str, str],
    schedule: Mapping[str, str],
) -> SourceConfig:
    """Check a source that is not there yet, as `add` does, and write nothing. Raises Invalid, ConfigError, NoSuchConnector."""
    return proposing.proposed(name, connector, settings, secrets, schedule, store.config.home)


@needs("administer")
def add(
    store: Store,
    who: Who,
    name: str,
    connector: str,
    settings: Mapping[str, Any],
    secrets: Mapping[str, str],
    schedule: Mapping[str, str],
) -> SourceConfig:
    """Write a source into `tribune.toml` and its secrets into `secrets.toml`. Raises as `proposed` does."""
    wanted = proposed(store, who, name, connector, settings, secrets, schedule)
    home = store.config.home
    # First the source: where somebody was faster with this name, their secrets stay theirs.
    config.save_source(name, connector, settings, schedule, home)
    for key, value in secrets.items():
        config.save_secret(name, key, value, home)
    with store.write() as con:
        # Names only: a setting such as an address may hold a password all the same.
        kept = {"connector": connector, "settings": sorted(settings), **schedule}
        note(con, who.name, "add source", f"source/{name}", None, kept)
    return wanted


@needs("administer")
def remove(store: Store, who: Who, name: str) -> None:
    """Take a source out of `tribune.toml`, and its secrets; what was pulled from it stays. Raises NotFound."""
    connector = config.load(store.config.home).source(name).connector
    config.remove_source(name, store.config.home)
    with store.write() as con:
        note(con, who.name, "remove source", f"source/{name}", {"connector": connector}, None)
