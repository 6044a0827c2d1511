"""Fill a store with invented comments, as a team that has worked with them for years would have left it."""

from collections.abc import Callable
from datetime import datetime

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
        for start in range(0, count, PAGE):
            _put(store, Drawn(start, min(start + PAGE, count), count, seed), until)
            tell("comments", min(start + PAGE, count), count)
            tell("search index", store.index.progress(), count)
        answers = pa.table({"language": words.LANGUAGES, "text": [some[0] for some in words.ANSWERS]})
        member = words.MEMBERS[0]
        filling.finish(store, TAGGER, answers, NOTED.format(member), member)
    finally:
        follower.close(0)
    while indexing.catch_up(store):
        tell("search index", store.index.progress(), count)


def _put(store: Store, drawn: Drawn, until: datetime) -> None:
    shown, tags = tagged(drawn)
    page = comments(drawn, until)
    for name, column in {**shown, **triaged(drawn, until)}.items():
        page = page.append_column(name, column)
    page = page.append_column("place", pa.array(range(page.num_rows), pa.int64()))
    pages = {source: _of_source(page, tags, source) for source in dict.fromkeys(words.SOURCES)}
    filling.put(store, TAGGER, TAGGER, pages)


def _of_source(page: pa.Table, tags: pa.Table, source: str) -> tuple[pa.Table, pa.Table]:
    """Take the comments of one source, and their tags, with places of their own."""
    chosen = pc.equal(page["source"], source)
    new = pc.subtract(pc.cumulative_sum(chosen.cast(pa.int64())), 1)
    mine = tags.filter(chosen.take(tags["place"]))
    mine = mine.set_column(0, "place", new.take(mine["place"]))
    found = page.filter(chosen).drop_columns(["source", "product", "place"])
    return found.append_column("place", pa.array(range(found.num_rows), pa.int64())), mine
