"""Fill a store with invented comments, tagged and indexed, straight through the store's own functions.

`python -m tests.bench.fill HOME COUNT`. Several sources, each landed in large pages: within a page's stretch of
time (weeks, at ten million) the ids of different sources are out of order, as they are after real pulls.
"""

import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pyarrow as pa
import pyarrow.compute

from curation import arrow
from curation.config import load
from curation.store import indexing, landing, open_store, tags
from tests.bench.invent import comments

PAGE = 100_000
TAGGER = "bench"
SOURCES = ("survey",) * 10 + ("reviews",) * 6 + ("mail",) * 3 + ("forum",)
RARE_TOPIC, RARE_EVERY = "legal.threat", 50_000


def fill(home: Path, count: int, seed: int = 1) -> float:
    """Land, tag and index `count` comments in `home`; return the seconds it took."""
    begin = time.monotonic()
    store = open_store(load(home))
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        coming = pool.submit(_page, 0, min(PAGE, count), count, seed)
        first = 1
        for start in range(0, count, PAGE):
            found = coming.result()
            if start + PAGE < count:
                coming = pool.submit(_page, start + PAGE, min(start + 2 * PAGE, count), count, seed)
            for source, (page, said) in found.items():
                landing.land(store, "bench", source, page, {"stream": "all", "cursor": None})
                tags.save_tags(store, "bench", TAGGER, _numbered(said, first))
                first += page.num_rows
            indexing.catch_up(store)
    store.close()
    return time.monotonic() - begin


def _page(start: int, end: int, count: int, seed: int) -> dict[str, tuple[pa.Table, pa.Table]]:
    """Invent comments `start` to `end` of `count`: notices and tags for each source."""
    rows: dict[str, list[tuple]] = {}
    for number, one in enumerate(comments(end, seed, start), start):
        topic = RARE_TOPIC if number % RARE_EVERY == 7 else one.topic
        payload = f'{{"id":"{one.id}","text":"{one.text}"}}'
        author = f"{one.author} {number % 5}" if count > 1_000_000 else one.author
        row = (
            one.id,
            payload,
            one.text,
            author,
            one.date,
            one.url,
            float(one.rating),
            one.language,
            one.sentiment,
            topic,
        )
        rows.setdefault(SOURCES[number * 7919 % 20], []).append(row)
    return {source: (_notices(found), _tags(found)) for source, found in rows.items()}


def _notices(rows: list[tuple]) -> pa.Table:
    keys, payloads, texts, authors, dates, urls, ratings, *_ = zip(*rows, strict=True)
    given = {
        "kind": ["comment"] * len(rows), "role": ["customer"] * len(rows), "raw_key": keys, "key": keys,
        "payload": payloads, "text": texts, "author": authors, "created_at": dates, "url": urls, "rating": ratings,
    }  # fmt: skip
    columns = [
        pa.array(given[f.name], f.type) if f.name in given else pa.nulls(len(rows), f.type)
        for f in arrow.NOTICE
    ]
    return pa.Table.from_arrays(columns, schema=arrow.NOTICE)


def _tags(rows: list[tuple]) -> pa.Table:
    """Tags as `arrow.TAGS`, with the row's place instead of the comment's id."""
    *_, languages, sentiments, topics = zip(*rows, strict=True)
    size = len(rows)
    columns = {
        "comment_id": list(range(size)) * 3,
        "version": [1] * size * 3,
        "name": ["language"] * size + ["sentiment"] * size + ["topic"] * size,
        "value": [*languages, *sentiments, *topics],
        "score": [0.9] * size * 3,
        "evidence": [None] * size * 3,
        "unsure": [False] * size * 3,
        "sentiment": [None] * size * 3,
    }
    return pa.table(columns, schema=arrow.TAGS)


def _numbered(said: pa.Table, first: int) -> pa.Table:
    ids = pa.compute.add(said["comment_id"], first)
    return said.set_column(0, arrow.TAGS.field("comment_id"), ids)


if __name__ == "__main__":
    seconds = fill(Path(sys.argv[1]), int(sys.argv[2]))
    print(f"{int(sys.argv[2]):,} comments in {seconds:.0f} s")
