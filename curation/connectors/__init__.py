"""What a connector is, and which are installed.

A connector is a frozen keyword-only dataclass whose fields *are* its settings in `tribune.toml`; a field of
type `Secret` comes from the environment or `secrets.toml`, never from the configuration. It registers under
the entry-point group `tribune.connectors`, ours and other people's alike.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from importlib.metadata import entry_points
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol, runtime_checkable

from curation.config import SourceConfig, check_settings
from curation.errors import ConfigError, NoSuchConnector
from curation.models import Comment, Cursor, Deleted, Edited, Page, Raw, Receipt, Reply, Rules

PUSHED = ("webhook",)
"""Connectors that nothing is pulled from: the other service sends."""


class Connector(Protocol):
    """Pull reads and does not map; normalise maps and does not read."""

    def connect(self) -> AbstractContextManager[Any]:
        """Open whatever the pull needs. Raises Refused (credentials) or TryAgain (unreachable)."""

    def streams(self, connection: Any) -> Iterable[str]:
        """Name the streams (folders, rooms, files) to pull, each with a cursor of its own."""

    def pull(self, connection: Any, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        """Yield everything after `cursor`, oldest first, each page with the cursor that holds once it is stored."""

    def normalise(self, raw: Raw) -> Iterable[Comment | Edited | Deleted]:
        """Map one raw. Raises BadRecord with the reason. No I/O: a replay calls this alone."""


@runtime_checkable
class Answering(Protocol):
    """What a connector that can answer has besides. A pull brings its own replies back with the role "team"."""

    def rules(self, to: Comment) -> Rules:
        """Say what the channel asks of a reply to this comment. No I/O."""

    def send(self, connection: Any, reply: Reply) -> Receipt:
        """Send once. Raises Unknown where it may have arrived; Refused, Invalid, NotFound or TryAgain where it has not."""

    def find_reply(self, connection: Any, reply: Reply) -> Receipt | None:
        """Look for the reply on the channel; None only where it is certain that it is not there. Raises TryAgain, Refused."""


@runtime_checkable
class Changing(Protocol):
    """What a connector has besides whose channel lets a sent reply be changed."""

    def change(self, connection: Any, reply: Reply, key: str, gone: bool) -> None:
        """Have our reply with the channel's `key` read as `reply` does, or be `gone`; done twice it is done once.

        The marker names the change. Raises NotFound, Refused, Invalid; after TryAgain and Unknown it is asked for again.
        """


@dataclass(frozen=True, slots=True)
class Recognised:
    """How a connector read one field: from which column, and why it believes so (for `preview`)."""

    field: str
    column: str | None
    why: str


def installed() -> Mapping[str, Any]:
    """Map each connector's name to its entry point, unloaded. They are looked for again once a folder of `sys.path` changed."""
    return _registered(tuple((place, _changed(place)) for place in sys.path))


@lru_cache(maxsize=1)
def _registered(places: tuple[tuple[str, int], ...]) -> Mapping[str, Any]:
    """Look through every package installed at `places`: too slow to do for each reply."""
    points = entry_points(group="tribune.connectors")
    return MappingProxyType({point.name: point for point in points})


def _changed(place: str) -> int:
    try:
        return Path(place).stat().st_mtime_ns
    except OSError:
        return 0


def load(name: str) -> type[Any]:
    """Import the connector class called `name`. Raises NoSuchConnector."""
    points = installed()
    if name not in points:
        raise NoSuchConnector(name, points)
    try:
        found: type[Any] = points[name].load()
    except ImportError as error:
        raise ConfigError(f"The connector {name!r} is registered but does not import: {error}.") from error
    return found


def make(source: SourceConfig, home: Path | None = None) -> Connector:
    """Build the source's connector from its settings and secrets. Raises ConfigError naming the key."""
    cls = load(source.connector)
    connector: Connector = cls(**check_settings(source, cls, home))
    return connector


def comment_of(row: Mapping[str, Any]) -> Comment:
    """Return the comment a row of the store (or of the API) stands for, as `normalise` gave it."""
    at = row["created_at"]
    at = datetime.fromisoformat(at) if isinstance(at, str) else at
    names = ("key", "text", "author", "author_key", "title", "thread", "reply_to", "url", "rating", "role")
    known: dict[str, Any] = {name: row.get(name) for name in names}
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    return Comment(**known, created_at=aware, attributes=row.get("attributes") or {})
