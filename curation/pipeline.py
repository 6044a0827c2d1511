"""One function per stage, working from outside the store through its client; flows and commands call these.

Every stage takes what has no result yet, computes, and saves: run again, it goes on where it was.
"""

import dataclasses
import gc
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from typing import Any, get_type_hints

import orjson
import pyarrow as pa
import stamina
from pydantic import TypeAdapter

from curation import arrow, connectors, language
from curation.client import Client
from curation.config import Config
from curation.connectors import Connector
from curation.errors import BadRecord, ConfigError, Invalid, TribuneError, TryAgain
from curation.models import Comment, Cursor, Deleted, Edited, Page, Raw

Progress = Callable[[str, int, int | None], None]
"""Told (what is going on, how many are done, of how many if known)."""

TAG_BATCH = 2_000
REPLAY_BATCH = 10_000
TRIES = 4


@dataclass(slots=True)
class Counts:
    """What a stage did. `refused` counts what is newly refused."""

    pulled: int = 0
    new: int = 0
    changed: int = 0
    deleted: int = 0
    refused: int = 0
    tagged: int = 0

    def add(self, more: dict[str, int]) -> None:
        """Count `more` in."""
        for name, count in more.items():
            setattr(self, name, getattr(self, name) + count)

    def as_dict(self) -> dict[str, int]:
        """Return the counts by name."""
        return dataclasses.asdict(self)


def pull(
    client: Client,
    config: Config,
    name: str,
    *,
    dry_run: bool = False,
    since: str | None = None,
    progress: Progress | None = None,
) -> Counts:
    """Pull everything after the source's cursors, normalise it and land it page by page.

    Reading goes on while the page before is stored. With `dry_run` nothing is kept and the counts say what
    would be. `since` (a day) reads again from there, with cursors of its own, so the live pull is not moved.
    Raises ConfigError, Invalid, TryAgain, Refused; what was landed until then stays, and the run is kept with its error.
    """
    counts = Counts()
    with _kept_run(client, "pull", name, counts, dry_run):
        source = config.source(name)
        connector = connectors.make(source)
        if since is not None:
            connector = _since(connector, since)
        known = client.get(f"/sources/{name}/cursors")
        with connector.connect() as connection, ThreadPoolExecutor(1) as pool, _unswept():
            for stream in connector.streams(connection):
                kept = f"backfill {since} {stream}" if since is not None else stream
                after = known.get(kept)
                pending: Future[dict[str, int]] | None = None
                try:
                    for page in connector.pull(connection, stream, after):
                        batch = notices(connector, page.raws)
                        if pending:
                            counts.add(pending.result())
                            _tell(progress, name, counts.pulled, page.total)
                        pending = pool.submit(_land, client, name, batch, kept, page, after, dry_run)
                        after = page.cursor
                finally:
                    if pending:
                        counts.add(pending.result())
                        _tell(progress, name, counts.pulled, None)
    return counts


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
    dry_run: bool,
) -> dict[str, int]:
    """Land a page, patient with an app that restarts: a page that was stored already answers with no change."""
    for attempt in stamina.retry_context(
        on=TryAgain, attempts=TRIES, timeout=None, wait_initial=1, wait_max=10
    ):
        with attempt:
            return client.land(name, batch, stream, page.cursor, after, dry_run)
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


def notices(connector: Connector, raws: Iterable[Raw]) -> pa.RecordBatch:
    """Normalise raws into one batch of `arrow.NOTICE`: a row for each comment, edit, deletion or refusal.

    Whatever a mapping raises parks its one record with the reason.
    """
    rows: list[tuple[Any, ...]] = []
    for raw in raws:
        payload: str | None = raw.payload
        start = len(rows)
        try:
            for notice in connector.normalise(raw):
                rows.append(_row(notice, raw.key, payload))
                payload = None
        except Exception as error:
            del rows[start:]
            reason = (
                str(error)
                if isinstance(error, BadRecord)
                else f"The mapping failed: {type(error).__name__}: {error}"
            )
            rows.append(("refused", raw.key, raw.payload, reason[:1000], *_NOTHING))
            continue
        if start == len(rows):
            rows.append(("none", raw.key, payload, None, *_NOTHING))
    columns = list(zip(*rows, strict=True)) or [()] * len(arrow.NOTICE)
    try:
        return _batch(columns)
    except UnicodeEncodeError:
        # A lone surrogate is no text: UTF-8 cannot hold it, so it becomes a question mark.
        return _batch([[_encodable(value) for value in column] for column in columns])


_NOTHING = (None,) * (len(arrow.NOTICE) - 4)


def _row(notice: Comment | Edited | Deleted, raw_key: str, payload: str | None) -> tuple[Any, ...]:
    if isinstance(notice, Comment):
        created = notice.created_at
        return (
            "comment",
            raw_key,
            payload,
            None,
            notice.key,
            notice.title,
            notice.text,
            notice.author,
            notice.author_key,
            created if created.tzinfo else _zone_needed(),
            notice.thread,
            notice.reply_to,
            notice.url,
            notice.language,
            notice.rating,
            notice.role,
            orjson.dumps(notice.attributes).decode() if notice.attributes else None,
        )
    if isinstance(notice, Edited):
        return ("edited", raw_key, payload, None, notice.key, None, notice.text, *_NOTHING[3:])
    return ("deleted", raw_key, payload, None, notice.key, *_NOTHING[1:])


def _zone_needed() -> Any:
    raise BadRecord("The connector gave a time without a zone.")


def _batch(columns: list[Any]) -> pa.RecordBatch:
    arrays = []
    for field, column in zip(arrow.NOTICE, columns, strict=True):
        if field.name == "created_at":
            arrays.append(pa.array(column, pa.timestamp("us", "UTC")).cast(field.type))
        else:
            arrays.append(pa.array(column, field.type))
    return pa.RecordBatch.from_arrays(arrays, schema=arrow.NOTICE)


def _encodable(value: Any) -> Any:
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def replay(
    client: Client, config: Config, name: str, *, only_refused: bool = False, progress: Progress | None = None
) -> Counts:
    """Normalise a source's raws again, all or only the refused ones: a mended mapping costs no new pull."""
    counts = Counts()
    connector = connectors.make(config.source(name))
    after = "0"
    with _kept_run(client, "replay", name, counts, False):
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
            _tell(progress, name, counts.pulled, None)


def tag(client: Client, config: Config, *, dry_run: bool = False, progress: Progress | None = None) -> Counts:
    """Tag every comment that has no tags of the current tagger; with `dry_run` only count them."""
    counts = Counts()
    version = language.version(config.tagging, config.home)
    waiting = client.get("/untagged/count", version=version)["comments"]
    if dry_run or not waiting:
        counts.tagged = waiting
        return counts
    with _kept_run(client, "tag", None, counts, dry_run), ThreadPoolExecutor(2) as pool:
        tagger = language.load(config.tagging, config.home)
        saving: Future[Any] | None = None
        for taken in _ahead(pool, lambda after: _untagged(client, version, after)):
            batch = _tags(tagger, taken)
            if saving:
                counts.add(saving.result())
                _tell(progress, "tag", counts.tagged, waiting)
            saving = pool.submit(client.send_batch, "/tags", batch, {}, version=version)
        if saving:
            counts.add(saving.result())
            _tell(progress, "tag", counts.tagged, waiting)
    return counts


def _untagged(client: Client, version: str, after: int) -> pa.Table:
    return client.table("/untagged", version=version, after=after, limit=TAG_BATCH)


def _ahead(pool: ThreadPoolExecutor, take: Callable[[int], pa.Table]) -> Iterator[pa.Table]:
    """Yield batch after batch by id, the next one fetched while this one is worked on."""
    coming = pool.submit(take, 0)
    while (table := coming.result()).num_rows:
        coming = pool.submit(take, table.column("id")[-1].as_py())
        yield table


def _tags(tagger: language.Tagger, taken: pa.Table) -> pa.RecordBatch:
    columns = taken.to_pydict()
    texts = [
        f"{title}\n{text}" if title else text
        for title, text in zip(columns["title"], columns["text"], strict=True)
    ]
    found = tagger.tag(texts, columns["said_language"])
    rows: list[tuple[Any, ...]] = []
    for id, version, tags in zip(columns["id"], columns["version"], found, strict=True):
        rows += [
            (id, version, t.name, t.value, t.score, orjson.dumps(t.evidence).decode() if t.evidence else None)
            for t in tags
        ] or [(id, version, None, None, None, None)]
    arrays = [
        pa.array(column, field.type)
        for field, column in zip(arrow.TAGS, zip(*rows, strict=True), strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=arrow.TAGS)


def upkeep(client: Client) -> dict[str, Any]:
    """Have the store do its nightly care; return what was `done` and what `failed`, by name."""
    start = time.monotonic()
    answer: dict[str, Any] = client.post("/upkeep")
    error = "; ".join(f"{name}: {why}" for name, why in answer["failed"].items()) or None
    client.post(
        "/runs", {"stage": "upkeep", "seconds": time.monotonic() - start, "counts": {}, "error": error}
    )
    return answer


@contextmanager
def _kept_run(
    client: Client, stage: str, source: str | None, counts: Counts, dry_run: bool
) -> Iterator[None]:
    """Tell the store how a run went, whatever way it ends."""
    start = time.monotonic()

    def keep(error: str | None) -> None:
        if not dry_run:
            seconds = time.monotonic() - start
            run = {
                "stage": stage,
                "source": source,
                "seconds": seconds,
                "counts": counts.as_dict(),
                "error": error,
            }
            client.post("/runs", run)

    try:
        yield
    except BaseException as error:
        with suppress(TribuneError):
            keep(f"{getattr(error, 'title', type(error).__name__)}: {error}"[:2000])
        raise
    keep(None)


def preview(
    config: Config, name: str, limit: int = 10
) -> tuple[list[connectors.Recognised], list[Comment | str]]:
    """Pull a source's first page without storing it; return how its fields were recognised, and the first comments.

    A record that would be refused stands as its reason.
    """
    connector = connectors.make(config.source(name))
    recognise = getattr(connector, "recognise", None)
    shown: list[Comment | str] = []
    with connector.connect() as connection:
        recognised = list(recognise(connection)) if recognise else []
        for raw in _raws(connector, connection):
            try:
                shown += [notice for notice in connector.normalise(raw) if isinstance(notice, Comment)]
            except BadRecord as error:
                shown.append(str(error))
            if len(shown) >= limit:
                break
    return recognised, shown[:limit]


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


def _tell(progress: Progress | None, what: str, done: int, total: int | None) -> None:
    if progress:
        progress(what, done, total)
