"""The store for one command: what holds it open is imported only by a command that needs it."""

from collections.abc import Iterator
from contextlib import contextmanager

from curation.client import Client
from curation.config import Config


@contextmanager
def embedded(config: Config) -> Iterator[Client]:
    """See `curation.api.embedded`."""
    from curation import api

    with api.embedded(config) as client:
        yield client
