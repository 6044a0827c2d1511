"""Fill a store with invented comments, as a team that has worked with them for years would have left it."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from itertools import pairwise

import pyarrow as pa
import pyarrow.compute as pc

from curation.bench import words
from curation.bench.inventing import Drawn, comments
from curation.bench.judging import tagged, triaged
from curation.store import Store, filling, indexing
from curation.store.connection import now

PAGE = 250_000
TAGGER = "bench"
NOTED = "@{} Has the warehouse said anything yet?"

Pages = dict[str, tuple[pa.Table, pa.Table]]
Tell = Callable[[str, int, int | None], None]


def fill(
    store: Store, count: int, *, seed: int = 1, until: datetime | None = None, tell: Tell = lambda *_: None
) -> None:
    """Put `count` comments into an empty store, the newest of them as old as `until` (default: now), and index them.

    `tell` hears of the progress: what, how many, of how many. Raises Invalid where the store has comments, DiskFull.
    """
    filling.check_empty(store)
    until = until or now()
    follower = indexing.Follower(store)
    try:
        stops = [*range(PAGE, count, PAGE), count]
        for stop, pages in _ahead(partial(_invented, count=count, seed=seed, until=until), stops):
            filling.put(store, TAGGER, TAGGER, pages)
            tell("comments", stop, count)
            tell("search index", store.index.progress(), count)
        answers = pa.table({"language": words.LANGUAGES, "text": [some[0] for some in words.ANSWERS]})
        member = words.MEMBERS[0]
        filling.finish(store, TAGGER, answers, NOTED.format(member), member)
    finally:
        follower.close(0)
    while indexing.catch_up(store):
        tell("search index", store.index.progress(), count)


def _ahead(invent: Callable[[int], Pages], stops: Sequence[int]) -> Iterator[tuple[int, Pages]]:
    """Invent each page while the one before it is put into the store."""
    with ThreadPoolExecutor(1) as inventor:
        coming = inventor.submit(invent, stops[0])
        for stop, following in pairwise([*stops, 0]):
            pages = coming.result()
            coming = inventor.submit(invent, following) if following else coming
            yield stop, pages


def _invented(stop: int, *, count: int, seed: int, until: datetime) -> Pages:
    """Invent the comments before the number `stop`, a page of them: by source, with their tags."""
    drawn = Drawn((stop - 1) // PAGE * PAGE, stop, count, seed)
    shown, tags = tagged(drawn)
    page = comments(drawn, until)
    for name, column in {**shown, **triaged(drawn, until)}.items():
        page = page.append_column(name, column)
    page = page.append_column("place", pa.array(range(page.num_rows), pa.int64()))
    return {source: _of_source(page, tags, source) for source in dict.fromkeys(words.SOURCES)}


def _of_source(page: pa.Table, tags: pa.Table, source: str) -> tuple[pa.Table, pa.Table]:
    """Take the comments of one source, and their tags, with places of their own."""
    chosen = pc.equal(page["source"], source)
    new = pc.subtract(pc.cumulative_sum(chosen.cast(pa.int64())), 1)
    mine = tags.filter(chosen.take(tags["place"]))
    mine = mine.set_column(0, "place", new.take(mine["place"]))
    found = page.filter(chosen).drop_columns(["source", "product", "place"])
    return found.append_column("place", pa.array(range(found.num_rows), pa.int64())), mine
