"""Tag what has no tags of the current tagger, batch by batch."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain
from typing import Any

import orjson
import pyarrow as pa

from curation import arrow, language
from curation.client import Client
from curation.config import Config
from curation.errors import Stale
from curation.language.taxonomy import Taxonomy, read_taxonomy
from curation.models import Tag
from curation.pipeline.runs import Counts, Progress, kept_run, tell

TAG_BATCH = 2_000


def tag(client: Client, config: Config, *, dry_run: bool = False, progress: Progress | None = None) -> Counts:
    """Tag every comment that has no tags of the current tagger; with `dry_run` only count them."""
    counts = Counts()
    version = language.version(config.tagging, config.home)
    waiting = client.get("/untagged/count", version=version)["comments"]
    if dry_run or not waiting:
        counts.tagged = waiting
        return counts
    with kept_run(client, "tag", None, counts, dry_run), ThreadPoolExecutor(2) as pool:
        topics, taxonomy = _taxonomy(client)
        tagger = language.load(config.tagging, config.home, taxonomy)

        def send(batch: pa.RecordBatch) -> Future[Any]:
            return pool.submit(client.send_batch, "/tags", batch, {}, version=version, taxonomy=topics)

        saving: tuple[pa.Table, Future[Any]] | None = None
        for taken in chain(_ahead(pool, lambda after: _untagged(client, version, after)), [None]):
            batch = None if taken is None else _tags(tagger, taken)
            if saving:
                try:
                    counts.add(saving[1].result())
                except Stale:
                    # Somebody changed the topics meanwhile: both batches are read again with those there are now.
                    topics, taxonomy = _taxonomy(client)
                    tagger.follow(taxonomy)
                    counts.add(send(_tags(tagger, saving[0])).result())
                    batch = None if taken is None else _tags(tagger, taken)
                tell(progress, "tag", counts.tagged, waiting)
            saving = None if taken is None or batch is None else (taken, send(batch))
        counts.add(dict(tagger.spent))
    return counts


def _taxonomy(client: Client) -> tuple[int, Taxonomy]:
    """Fetch the topics comments are tagged with, and their version."""
    found = client.get("/taxonomy")
    return found["version"], read_taxonomy(found["topics"], "the taxonomy")


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
        rows += [(id, version, *_row(tag)) for tag in tags] or [(id, version, *(None,) * 6)]
    arrays = [
        pa.array(column, field.type)
        for field, column in zip(arrow.TAGS, zip(*rows, strict=True), strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=arrow.TAGS)


def _row(tag: Tag) -> tuple[Any, ...]:
    evidence = orjson.dumps(tag.evidence).decode() if tag.evidence else None
    return tag.name, tag.value, tag.score, evidence, tag.unsure, tag.sentiment
