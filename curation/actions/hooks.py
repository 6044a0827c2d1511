"""Take what another service pushes: signed, once, and as any other page of a source."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from curation import config, connectors
from curation.connectors.noticing import notices
from curation.connectors.webhook import Webhook
from curation.errors import ConfigError, NotFound, TryAgain
from curation.store import Store, hooks, landing


def take(store: Store, source: str, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """Keep a delivery; return counts. A signature that was taken before brings nothing.

    Its signature is its permission. Raises NotFound, Forbidden, Invalid, and TryAgain where its settings need mending.
    """
    settings = config.load(store.config.home).sources.get(source)
    if settings is None or settings.connector != "webhook" or settings.paused:
        raise NotFound("There is no such hook.")
    try:
        hook = connectors.make(settings, store.config.home)
    except ConfigError:
        # What is wrong stands on the Sources page; it names files, and is nothing for who is outside.
        raise TryAgain("This hook is not set up yet. Send again later.", after=300) from None
    if not isinstance(hook, Webhook):
        raise NotFound("There is no such hook.")
    signature = hook.verified(headers, body, datetime.now(UTC))
    raws = hook.raws(body)
    if hooks.seen(store, source, signature):
        return {"taken": False}
    page = pa.Table.from_batches([notices(hook, raws)])
    counts = landing.land(store, f"hook {source}", source, page, {"stream": "hook"})
    # Last: a delivery that was not kept may come again.
    hooks.remember(store, source, signature, hook.remembered)
    return {"taken": True, **counts}
