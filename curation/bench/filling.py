"""Fill a store with invented comments, as a team that has worked with them for years would have left it."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from itertools import pairwise
from threading import Event

import pyarrow as pa

from curation.bench import words
from curation.bench.inventing import Drawn, comments
from curation.bench.judging import tagged, triaged
from curation.store import Store, filling, indexing
from curation.store.connection import now

PAGE = 3 * 122_880
"""Whole row groups of DuckDB, which it writes where they stay; it would write a part of one twice."""
TAGGER = "bench"
NOTED = "@{} Has the warehouse said anything yet?"

Page = tuple[pa.Table, pa.Table]
Tell = Callable[[str, int, int | None], None]


def fill(
    store: Store, count: int, *, seed: int = 1, until: datetime | None = None, tell: Tell = lambda *_: None
) -> None:
    """Put `count` comments into an empty store, the newest of them as old as `until` (default: now), and index them.

    `tell` hears of the progress: what, how many, of how many. Raises Invalid where the store has comments, DiskFull.
    """
    filling.check_empty(store)
    until = until or now()
    stops = [*range(PAGE, count, PAGE), count]
    ended = Event()
    with filling.room(store), ThreadPoolExecutor(1) as indexer:
        indexed = indexer.submit(bool)
        try:
            for stop, page in _ahead(partial(_invented, count=count, seed=seed, until=until), stops):
                filling.put(store, TAGGER, TAGGER, *page)
                tell("comments", stop, count)
                if indexed.done():
                    indexed.result()
                    tell("search index", store.index.progress(), count)
                    indexed = indexer.submit(indexing.catch_up, store, ended)
            answers = pa.table({"language": words.LANGUAGES, "text": [some[0] for some in words.ANSWERS]})
            member = words.MEMBERS[0]
            filling.finish(store, TAGGER, answers, NOTED.format(member), member)
            indexed.result()
        except BaseException:
            ended.set()
            raise
    while indexing.catch_up(store):
        tell("search index", store.index.progress(), count)


def _ahead(invent: Callable[[int], Page], stops: Sequence[int]) -> Iterator[tuple[int, Page]]:
    """Invent each page while the one before it is put into the store."""
    with ThreadPoolExecutor(1) as inventor:
        coming = inventor.submit(invent, stops[0])
        for stop, following in pairwise([*stops, 0]):
            page = coming.result()
            coming = inventor.submit(invent, following) if following else coming
            yield stop, page


def _invented(stop: int, *, count: int, seed: int, until: datetime) -> Page:
    """Invent the comments before the number `stop`, a page of them, and their tags."""
    drawn = Drawn((stop - 1) // PAGE * PAGE, stop, count, seed)
    shown, tags = tagged(drawn)
    page = comments(drawn, until).drop_columns(["product"])
    for name, column in {**shown, **triaged(drawn, until)}.items():
        page = page.append_column(name, column)
    return page.append_column("place", pa.array(range(page.num_rows), pa.int64())), tags
