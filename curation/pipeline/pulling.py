"""Pull a source and land it, replay what it sent, and look at it without storing anything."""

import dataclasses
import gc
import hashlib
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from datetime import date
from itertools import islice
from typing import Any, get_type_hints

import orjson
import pyarrow as pa
import stamina
from pydantic import TypeAdapter

from curation import connectors
from curation.client import Client
from curation.config import Config, SourceConfig, check_settings
from curation.connectors import Connector
from curation.connectors.fields import fields
from curation.connectors.http import considerate
from curation.connectors.noticing import notices
from curation.errors import BadRecord, ConfigError, Invalid, TribuneError, TryAgain
from curation.models import Comment, Cursor, Page, Raw
from curation.pipeline.runs import Counts, Progress, fault, kept_run, tell

GAP = "gap "
"""What the names of streams that read a gap begin with."""

REPLAY_BATCH = 10_000
TRIES = 4


def pull(
    client: Client,
    config: Config,
    name: str,
    *,
    dry_run: bool = False,
    since: str | None = None,
    progress: Progress | None = None,
    counts: Counts | None = None,
) -> Counts:
    """Pull everything after the source's cursors, normalise it and land it page by page.

    Reading goes on while the page before is stored. With `dry_run` nothing is kept and the counts say what
    would be. `since` (a day) reads again from there, with cursors of its own, so that the live pull is not moved; they are forgotten at the end.
    Raises ConfigError, Invalid, TryAgain, Refused; what was landed until then stays, stands in `counts` where one
    was given, and the run is kept with its error.
    """
    counts = Counts() if counts is None else counts
    source = config.source(name)
    with kept_run(client, "pull", name, counts, dry_run):
        connector = connectors.make(source)
        if since is not None:
            connector = _since(connector, since)
        known = client.get(f"/sources/{name}/cursors")
        with connector.connect() as connection, ThreadPoolExecutor(1) as pool, _unswept():

            def read(stream: str, kept: str, after: Cursor | None) -> Iterator[tuple[str, Cursor]]:
                """Land every page of a stream, and name the gaps that can be read."""
                pending: Future[dict[str, int]] | None = None
                try:
                    for page in connector.pull(connection, stream, after):
                        batch = notices(connector, page.raws)
                        if pending:
                            counts.add(pending.result())
                            tell(progress, name, counts.pulled, page.total)
                        found = _gap(stream, page)
                        pending = pool.submit(_land, client, name, batch, kept, page, after, found, dry_run)
                        after = page.cursor
                        if found and found["cursor"] is not None:
                            yield found["stream"], found["cursor"]
                finally:
                    if pending:
                        counts.add(pending.result())
                        tell(progress, name, counts.pulled, None)

            if not dry_run and (expires := getattr(connector, "expires", None)):
                client.post(f"/sources/{name}/expires", {"at": expires(connection)})
            gaps = {kept: cursor for kept, cursor in known.items() if kept.startswith(GAP)}
            for stream in connector.streams(connection):
                kept = f"backfill {since} {stream}" if since is not None else stream
                with considerate() if since is not None else nullcontext():
                    gaps.update(read(stream, kept, known.get(kept)))
            with considerate():
                while gaps and not dry_run:
                    kept, after = gaps.popitem()
                    gaps.update(read(kept.removeprefix(GAP).rpartition(" #")[0], kept, after))
                    client.delete(f"/sources/{name}/cursors", beginning=kept)
        if since is not None and not dry_run:
            client.delete(f"/sources/{name}/cursors", beginning=f"backfill {since} ")
    return counts


def _gap(stream: str, page: Page) -> dict[str, Any] | None:
    """Return a page's gap as the store keeps it, with the name of the stream that will read it."""
    if page.gap is None:
        return None
    named = hashlib.sha256(orjson.dumps([page.gap.why, page.gap.cursor], option=orjson.OPT_SORT_KEYS))
    return {
        "stream": f"{GAP}{stream} #{named.hexdigest()[:8]}",
        "why": page.gap.why[:500],
        "cursor": page.gap.cursor,
    }


@contextmanager
def _unswept() -> Iterator[None]:
    """Spare the garbage collector what is loaded already: the many rows of a page wake it, and it slows them by half."""
    if gc.get_freeze_count():
        yield
        return
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _land(
    client: Client,
    name: str,
    batch: pa.RecordBatch,
    stream: str,
    page: Page,
    after: Cursor | None,
    gap: dict[str, Any] | None,
    dry_run: bool,
) -> dict[str, int]:
    """Land a page, patient with an app that restarts: a page that was stored already answers with no change."""
    for attempt in stamina.retry_context(
        on=TryAgain, attempts=TRIES, timeout=None, wait_initial=1, wait_max=10
    ):
        with attempt:
            # Old payloads may lack what is usual by now: only a live stream's are looked at.
            shape = fields(page.raws) if stream == page.stream else None
            return client.land(name, batch, stream, page.cursor, after, dry_run, gap, shape)
    raise AssertionError("retry_context returns or raises")


def _since(connector: Connector, day: str) -> Connector:
    """Have a connector with a setting `since` begin at `day`, in that setting's own type; others read all again."""
    try:
        date.fromisoformat(day)
    except ValueError:
        raise Invalid(f"{day!r} is not a day such as 2024-01-31.") from None
    hints = get_type_hints(type(connector))
    if "since" not in hints:
        return connector
    since = TypeAdapter(hints["since"]).validate_python(day)
    return dataclasses.replace(connector, since=since)  # type: ignore[type-var]


def replay(
    client: Client, config: Config, name: str, *, only_refused: bool = False, progress: Progress | None = None
) -> Counts:
    """Normalise a source's raws again, all or only the refused ones: a mended mapping costs no new pull."""
    counts = Counts()
    connector = connectors.make(config.source(name))
    after = "0"
    with kept_run(client, "replay", name, counts, False):
        while True:
            taken = client.table(
                f"/sources/{name}/raws", after=after, limit=REPLAY_BATCH, refused=only_refused
            )
            if not taken.num_rows:
                return counts
            keys, payloads = taken.column("key").to_pylist(), taken.column("payload").to_pylist()
            raws = [Raw(key=key, payload=payload) for key, payload in zip(keys, payloads, strict=True)]
            batch = notices(connector, raws)
            counts.add(client.send_batch(f"/sources/{name}/land", batch, {"stream": "", "replay": True}))
            after = taken.column("uid")[-1].as_py()
            tell(progress, name, counts.pulled, None)


def preview(
    config: Config, name: str, limit: int = 10
) -> tuple[list[connectors.Recognised], list[Comment | str]]:
    """Pull a source's first page without storing it; return how its fields were recognised, and the first comments.

    A record that would be refused stands as its reason.
    """
    return look(connectors.make(config.source(name)), limit)


def preview_of(
    config: Config, source: SourceConfig, secrets: Mapping[str, str], limit: int = 10
) -> tuple[list[connectors.Recognised], list[Comment | str]]:
    """Preview a source that is not configured yet, with secrets that are kept nowhere. See `preview`."""
    cls = connectors.load(source.connector)
    return look(cls(**check_settings(source, cls, config.home, given=secrets)), limit)


def look(connector: Connector, limit: int) -> tuple[list[connectors.Recognised], list[Comment | str]]:
    """Do what `preview` does with a connector that is made already. A fault of its own is told by kind and place only."""
    try:
        with connector.connect() as connection:
            recognise = getattr(connector, "recognise", None)
            recognised = list(recognise(connection)) if recognise else []
            return recognised, list(islice(_shown(connector, connection), limit))
    except TribuneError:
        raise
    except Exception as error:
        raise TribuneError(
            f"The connector has a fault ({fault(error)}). Its package may need an update."
        ) from None


def _shown(connector: Connector, connection: Any) -> Iterator[Comment | str]:
    """Yield the first comments; where one is refused, why."""
    for raw in _raws(connector, connection):
        try:
            yield from [one for one in connector.normalise(raw) if isinstance(one, Comment)]
        except BadRecord as error:
            yield str(error)


def _raws(connector: Connector, connection: Any) -> Iterator[Raw]:
    for stream in connector.streams(connection):
        for page in connector.pull(connection, stream, None):
            yield from page.raws


def check(config: Config, name: str) -> str:
    """Prove a source's settings, credentials and first page without storing anything; say what was seen.

    Raises ConfigError, Refused, TryAgain.
    """
    _, shown = preview(config, name, 3)
    comments = [one for one in shown if isinstance(one, Comment)]
    if shown and not comments:
        raise ConfigError(f"Source {name!r} answers, but its first records cannot be read: {shown[0]}")
    if not comments:
        return "reachable; nothing to pull at the moment"
    return f"reachable; the first comment is from {comments[0].created_at:%Y-%m-%d}"
