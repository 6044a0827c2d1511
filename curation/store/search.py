"""The full-text index over comments: derived from the store, following it by change number.

It holds what does not change without a new change number (text, author, source, and the numbers id, changed
and rank); tags and statuses are the store's business. How far it has come is the largest `changed` in it, so
a crash between commits needs no second file: what was not committed is simply still to be read.
"""

import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import RLock
from typing import Any, NamedTuple

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import tantivy
from tantivy import Order, Query

from curation.errors import StoreBusy
from curation.store.damage import IndexDamaged, told, whole
from curation.store.matching import ANALYSIS, EVERYTHING, Matching, analyser, document, schema
from curation.store.query import Parsed, parse

__all__ = ["COLUMNS", "RANGE", "Index", "IndexDamaged", "Sums"]

RANGE = 1 << 16
"""Ids in one range that the doctor compares; sums over it stay exact in tantivy's floats."""

COLUMNS = ("id", "changed", "rank", "title", "text", "author", "source")
"""What `Index.add` reads of a comment."""

_HEAP = 64_000_000
_AT_ONCE = 10_000
_PAGE = 1_000
_RECENT = 32


class Sums(NamedTuple):
    """What a range of ids adds up to, to be compared with the store's own sums."""

    documents: int
    ids: int
    changes: int


class Index:
    """One tantivy index. Any thread may search; writing threads take turns."""

    def __init__(self, path: Path, heap: int = _HEAP, threads: int = 1) -> None:
        """Open the index in `path`, creating it where there is none. `heap` is in bytes, for all threads together.

        Raises IndexDamaged, or StoreDamaged where the folder cannot be written.
        """
        self.path = path
        self._heap, self._threads = heap, threads
        self._writing = RLock()
        self._writer: Any = None
        self._top: int | None = None
        """The largest change number added, committed or not; None: as committed."""
        self._closed = False
        shape, words = schema(), analyser()
        self._matching = Matching(shape, words)
        with told(path):
            path.mkdir(parents=True, exist_ok=True)
            self._index = tantivy.Index(shape, str(path))
            self._index.config_reader("manual")
            self._index.register_tokenizer(ANALYSIS, words)
        self._reached = self._edge("changed", Order.Desc) or 0
        self._span = self._edge("rank", Order.Asc), self._edge("rank", Order.Desc)

    @classmethod
    def anew(cls, path: Path, heap: int = _HEAP, threads: int = 1) -> "Index":
        """Put an empty index in the place of whatever is in `path`."""
        aside = path.with_name(f"{path.name}.old")
        with told(path):
            shutil.rmtree(aside, ignore_errors=True)
            with suppress(FileNotFoundError):
                path.rename(aside)
            shutil.rmtree(aside, ignore_errors=True)
        return cls(path, heap, threads)

    def add(self, comments: pa.Table | pa.RecordBatch, replace: bool = False) -> None:
        """Take in comments (COLUMNS); they are not found until `commit`.

        They come in the order of `changed`, so that what is committed is always a beginning; those that came
        before are passed over, so that two threads, or a second try, double nothing. A comment that was changed
        takes the place of its earlier self. `replace` mends: only those that came before, each in its own place.
        Raises DiskFull, StoreBusy or IndexDamaged; then nothing since the last commit is kept.
        """
        if isinstance(comments, pa.RecordBatch):
            comments = pa.Table.from_batches([comments])
        columns = comments.select(list(COLUMNS))
        with self._changing() as writer:
            if self._top is None:
                self._top = self.progress()
            known = pc.less_equal(columns["changed"], self._top)
            columns = columns.filter(known if replace else pc.invert(known))
            if not columns.num_rows:
                return
            self._top = max(self._top, pc.max(columns["changed"]).as_py())
            self._widen(columns["rank"])
            for batch in columns.to_batches(max_chunksize=_AT_ONCE):
                for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                    id, changed = row[:2]
                    if replace or changed != id:
                        writer.delete_documents_by_term("id", id)
                    writer.add_document(document(*row))

    def remove(self, ids: Iterable[int]) -> None:
        """Drop documents the store does not know; they are found until `commit`."""
        with self._changing() as writer:
            for id in ids:
                writer.delete_documents_by_term("id", id)

    def commit(self) -> None:
        """Make everything added durable and searchable. Raises as `add`."""
        with self._changing() as writer:
            writer.commit()
            self._index.reload()
            self._top = None

    def close(self) -> None:
        """Let go of the folder. What was not committed is dropped; merges under way are given up, not lost."""
        with self._writing:
            self._writer, self._closed = None, True

    def search(
        self,
        query: str | Parsed,
        before: int | None = None,
        limit: int = 50,
        source: str | None = None,
        *,
        after: int | None = None,
        ids: Sequence[int] | None = None,
    ) -> list[tuple[int, int]]:
        """Return `(id, rank)` of the comments that match, newest first.

        `before` and `after` bound the rank, both excluded; `before` is the last rank of the page above.
        `ids` keeps the search to these comments. Filters in the query are the store's business.
        """
        if limit < 1:
            return []
        searcher = self._searcher()
        wanted = self._wanted(searcher, query, source, ids)
        recent = self._recent(before, after) if limit <= _PAGE else None
        hits: list[Any] = []
        for since in (after,) if recent is None else (recent, after):
            hits = self._hits(searcher, self._bounded(wanted, before, since), limit, "rank")
            if len(hits) == limit:
                break
        return [(id, rank) for (rank, _), id in zip(hits, self._values(searcher, "id", hits), strict=True)]

    def count(
        self,
        query: str | Parsed,
        source: str | None = None,
        *,
        before: int | None = None,
        after: int | None = None,
        ids: Sequence[int] | None = None,
    ) -> int:
        """Count the comments that match, with the bounds of `search`."""
        searcher = self._searcher()
        wanted = self._bounded(self._wanted(searcher, query, source, ids), before, after)
        with told(self.path):
            return int(searcher.search(wanted, 1).count)

    def having(self, needs: Sequence[Sequence[str]]) -> pa.Table:
        """Return the comments with all words of any one of `needs` (folded; `refund*` any ending), as a column id."""
        searcher = self._searcher()
        wanted = self._matching.having(needs)
        with told(self.path):
            count = int(searcher.search(wanted, 1).count)
        hits = self._hits(searcher, wanted, max(count, 1), "id")
        return pa.table({"id": pa.array([id for (id, _) in hits], pa.int64())})

    def progress(self) -> int:
        """Return the largest change number the index holds, 0 when empty: all up to it are in."""
        # Asking again from where it was skips every older segment.
        newer = self._matching.between("changed", self._reached, None)
        self._reached = self._edge("changed", Order.Desc, newer) or self._edge("changed", Order.Desc) or 0
        return self._reached

    def ranges(self) -> dict[int, Sums]:
        """Add up documents by `id // RANGE`, exactly; a range without documents is absent."""
        sums = {name: {"sum": {"field": name}} for name in ("id", "changed")}
        by_range = {"histogram": {"field": "id", "interval": RANGE, "min_doc_count": 1}, "aggs": sums}
        with told(self.path):
            buckets = self._searcher().aggregate(EVERYTHING, {"ranges": by_range})["ranges"]["buckets"]
        return {
            int(b["key"]) // RANGE: Sums(b["doc_count"], int(b["id"]["value"]), int(b["changed"]["value"]))
            for b in buckets
        }

    def stats(self) -> Sums:
        """Add up the whole index."""
        parts = self.ranges().values()
        return Sums(*(sum(column) for column in zip(*parts, strict=True))) if parts else Sums(0, 0, 0)

    def changes(self, number: int) -> list[tuple[int, int]]:
        """List `(id, changed)` of every document in one of `ranges`, by id; an id twice is there twice."""
        searcher = self._searcher()
        within = self._matching.between("id", number * RANGE, (number + 1) * RANGE - 1)
        hits = self._hits(searcher, within, max(searcher.num_docs, 1), "id")
        changes = self._values(searcher, "changed", hits)
        return sorted((id, changed) for (id, _), changed in zip(hits, changes, strict=True))

    def damaged(self) -> list[str]:
        """Read every file of the index and name those whose checksum is wrong (a bad disk, a careless copy)."""
        with told(self.path):
            meta = orjson.loads((self.path / "meta.json").read_bytes())
            segments = {segment["segment_id"].replace("-", "") for segment in meta["segments"]}
            files = [file for file in self.path.iterdir() if file.name.partition(".")[0] in segments]
            return sorted(file.name for file in files if not whole(file))

    @contextmanager
    def _changing(self) -> Iterator[Any]:
        """Give the writer to one thread at a time; after any error start over from the last commit.

        A writer that failed may have lost documents, and committing later ones would hide the gap.
        """
        with self._writing, told(self.path):
            if self._closed:
                raise StoreBusy(f"The search index in {self.path} is closed, or was replaced by a new one.")
            if self._writer is None:
                self._writer = self._index.writer(self._heap, self._threads)
            try:
                yield self._writer
            except BaseException:
                self._writer = self._top = None
                with suppress(Exception):
                    self._index.reload()  # a commit may have succeeded before it failed
                raise

    def _searcher(self) -> Any:
        """A view of the last commit; untyped, as tantivy's stubs omit a part of it."""
        return self._index.searcher()

    def _hits(
        self, searcher: Any, query: Query, limit: int, field: str, order: Order = Order.Desc
    ) -> list[Any]:
        with told(self.path):
            return list(searcher.search(query, limit, count=False, order_by_field=field, order=order).hits)

    def _values(self, searcher: Any, field: str, hits: list[Any]) -> list[int]:
        with told(self.path):
            return list(searcher.fast_field_values(field, [address for _, address in hits]))

    def _edge(self, field: str, order: Order, among: Query = EVERYTHING) -> int | None:
        hits = self._hits(self._searcher(), among, 1, field, order)
        return int(hits[0][0]) if hits else None

    def _wanted(
        self, searcher: Any, query: str | Parsed, source: str | None, ids: Sequence[int] | None
    ) -> Query:
        parsed = parse(query) if isinstance(query, str) else query
        return self._matching.query(searcher, parsed, source, ids)

    def _bounded(self, wanted: Query, before: int | None, after: int | None) -> Query:
        if before is None and after is None:
            return wanted
        low, high = None if after is None else after + 1, None if before is None else before - 1
        return wanted.and_must_match(self._matching.between("rank", low, high))

    def _widen(self, ranks: pa.ChunkedArray) -> None:
        new = pc.min_max(ranks).as_py()
        oldest, newest = self._span
        self._span = (
            new["min"] if oldest is None else min(oldest, new["min"]),
            new["max"] if newest is None else max(newest, new["max"]),
        )

    def _recent(self, before: int | None, after: int | None) -> int | None:
        """Return a rank that leaves the newest part of the time asked for, where a page of common words is full.

        Searching that first spares most of the index: two stop words among 3 million take 2 ms, not 32.
        """
        oldest, newest = self._span
        if oldest is None or newest is None:
            return None
        oldest = oldest if after is None else max(oldest, after)
        newest = newest if before is None else min(newest, before)
        if newest - oldest < _RECENT:
            return None
        return newest - (newest - oldest) // _RECENT
