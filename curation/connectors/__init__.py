"""What a connector is, and which are installed.

A connector is a frozen keyword-only dataclass whose fields *are* its settings in `tribune.toml`; a field of
type `Secret` comes from the environment or `secrets.toml`, never from the configuration. It registers under
the entry-point group `tribune.connectors`, ours and other people's alike.
"""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Any, Protocol

from curation.config import SourceConfig, check_settings
from curation.errors import ConfigError, NoSuchConnector
from curation.models import Comment, Cursor, Deleted, Edited, Page, Raw


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


@dataclass(frozen=True, slots=True)
class Recognised:
    """How a connector read one field: from which column, and why it believes so (for `preview`)."""

    field: str
    column: str | None
    why: str


def installed() -> dict[str, Any]:
    """Map each connector's name to its entry point, unloaded."""
    return {point.name: point for point in entry_points(group="tribune.connectors")}


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


def make(source: SourceConfig) -> Connector:
    """Build the source's connector from its settings and secrets. Raises ConfigError naming the key."""
    cls = load(source.connector)
    connector: Connector = cls(**check_settings(source, cls))
    return connector
