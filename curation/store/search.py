"""The full-text index over comments: derived from the store, following it by change number.

It holds what does not change without a new change number (text, author, source, and the numbers id, changed
and rank); tags and statuses are the store's business. How far it has come is the largest `changed` in it, so
a crash between commits needs no second file: what was not committed is simply still to be read.
"""

import shutil
import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from mmap import ACCESS_READ, mmap
from pathlib import Path
from threading import RLock
from typing import Any, NamedTuple

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import tantivy
from tantivy import FieldType, Filter, Occur, Order, Query, TextAnalyzerBuilder, Tokenizer

from curation.errors import DiskFull, StoreBusy, StoreDamaged
from curation.store.query import Clause, Parsed, Term, fold, parse

ANALYSIS = "tribune1"
"""The name of the tokenizer, which tantivy keeps in its schema. Raise it whenever `fold` or _analyser change."""

RANGE = 1 << 16
"""Ids in one range that the doctor compares; sums over it stay exact in tantivy's floats."""

_LONGEST_WORD = 200  # bytes; longer ones are no words
_HEAP = 64_000_000
_AT_ONCE = 10_000
_PAGE = 1_000
_RECENT = 32
_ALL = Query.all_query()


class IndexDamaged(StoreDamaged):
    """The index is unreadable, or made by another version: rebuild it from the store."""

    title = "The search index has to be rebuilt"


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
        self._analyser = _analyser()
        self._schema = _schema()
        with _told(path):
            path.mkdir(parents=True, exist_ok=True)
            self._index = tantivy.Index(self._schema, str(path))
            self._index.config_reader("manual")
            self._index.register_tokenizer(ANALYSIS, self._analyser)
            self._reached = self._edge("changed", Order.Desc) or 0
            self._span = self._edge("rank", Order.Asc) or 0, self._edge("rank", Order.Desc) or 0

    @classmethod
    def anew(cls, path: Path, heap: int = _HEAP, threads: int = 1) -> "Index":
        """Put an empty index in the place of whatever is in `path`."""
        aside = path.with_name(f"{path.name}.old")
        with _told(path):
            shutil.rmtree(aside, ignore_errors=True)
            with suppress(FileNotFoundError):
                path.rename(aside)
            index = cls(path, heap, threads)
            shutil.rmtree(aside, ignore_errors=True)
        return index

    def add(self, comments: pa.Table | pa.RecordBatch, replace: bool = False) -> None:
        """Take in comments (id, changed, rank, title, text, author, source); unseen until `commit`.

        They come in the order of `changed`, so that what is committed is always a beginning. A comment that
        was changed takes the place of its earlier self; `replace` does so for all, to mend what may be there.
        Raises DiskFull, StoreBusy or IndexDamaged; then nothing since the last commit is kept.
        """
        if isinstance(comments, pa.RecordBatch):
            comments = pa.Table.from_batches([comments])
        columns = comments.select(["id", "changed", "rank", "title", "text", "author", "source"])
        if not columns.num_rows:
            return
        ranks = pc.min_max(columns["rank"]).as_py()
        with self._changing() as writer:
            oldest, newest = self._span if any(self._span) else (ranks["max"], ranks["min"])
            self._span = min(oldest, ranks["min"]), max(newest, ranks["max"])
            for batch in columns.to_batches(max_chunksize=_AT_ONCE):
                _add(writer, zip(*(column.to_pylist() for column in batch.columns), strict=True), replace)

    def remove(self, ids: Iterable[int]) -> None:
        """Drop documents the store does not know; unseen until `commit`."""
        with self._changing() as writer:
            for id in ids:
                writer.delete_documents_by_term("id", id)

    def commit(self) -> None:
        """Make everything added durable and searchable. Raises as `add`."""
        with self._changing() as writer:
            writer.commit()
            self._index.reload()

    def close(self) -> None:
        """Let go of the folder. What was not committed is dropped; merges under way are given up, not lost."""
        with self._writing:
            self._writer = None

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
        parsed = parse(query) if isinstance(query, str) else query
        searcher = self._searcher()
        if limit < 1:
            return []
        with _told(self.path):
            recent = self._recent(before, after, limit)
            for since in (after,) if recent is None else (recent, after):
                wanted = self._query(parsed, before, since, source, ids)
                hits = searcher.search(wanted, limit, count=False, order_by_field="rank").hits
                if len(hits) == limit:
                    break
            found = searcher.fast_field_values("id", [address for _, address in hits])
        return [(id, rank) for id, (rank, _) in zip(found, hits, strict=True)]

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
        parsed = parse(query) if isinstance(query, str) else query
        with _told(self.path):
            return int(self._searcher().search(self._query(parsed, before, after, source, ids), 1).count)

    def progress(self) -> int:
        """Return the largest change number the index holds, 0 when empty: all up to it are in."""
        newer = Query.range_query(self._schema, "changed", FieldType.Integer, self._reached)
        with _told(self.path):
            # Asking again from where it was skips every older segment.
            self._reached = self._edge("changed", Order.Desc, newer) or self._edge("changed", Order.Desc) or 0
        return self._reached

    def ranges(self) -> dict[int, Sums]:
        """Add up documents by `id // RANGE`, exactly; a range without documents is absent."""
        sums = {name: {"sum": {"field": name}} for name in ("id", "changed")}
        by_range = {"histogram": {"field": "id", "interval": RANGE, "min_doc_count": 1}, "aggs": sums}
        with _told(self.path):
            buckets = self._searcher().aggregate(_ALL, {"ranges": by_range})["ranges"]["buckets"]
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
        low = number * RANGE
        within = Query.range_query(self._schema, "id", FieldType.Integer, low, low + RANGE, True, False)
        searcher = self._searcher()
        with _told(self.path):
            hits = searcher.search(within, max(searcher.num_docs, 1), count=False, order_by_field="id").hits
            changed = searcher.fast_field_values("changed", [address for _, address in hits])
        return sorted((id, change) for (id, _), change in zip(hits, changed, strict=True))

    def damaged(self) -> list[str]:
        """Read every file of the index and name those whose checksum is wrong (a bad disk, a careless copy)."""
        with _told(self.path):
            meta = orjson.loads((self.path / "meta.json").read_bytes())
            prefixes = {part["segment_id"].replace("-", "") for part in meta["segments"]}
            files = [file for file in self.path.iterdir() if file.name.partition(".")[0] in prefixes]
            return sorted(file.name for file in files if not _whole(file))

    @contextmanager
    def _changing(self) -> Iterator[Any]:
        """Give the writer to one thread at a time; after any error start over from the last commit.

        A writer that failed may have lost documents, and committing later ones would hide the gap.
        """
        with self._writing, _told(self.path):
            if self._writer is None:
                self._writer = self._index.writer(self._heap, self._threads)
            try:
                yield self._writer
            except BaseException:
                self._writer = None
                raise

    def _searcher(self) -> Any:
        """A view of the last commit; untyped, as tantivy's stubs omit half of it."""
        return self._index.searcher()

    def _edge(self, field: str, order: Order, among: Query = _ALL) -> int | None:
        hits = self._searcher().search(among, 1, count=False, order_by_field=field, order=order).hits
        return int(hits[0][0]) if hits else None

    def _recent(self, before: int | None, after: int | None, limit: int) -> int | None:
        """Return a rank that leaves the newest part of the time asked for, where a page of common words is full.

        Searching that first spares most of the index: 32 ms become 4 for two stop words among 3 million.
        """
        newest, oldest = before or self._span[1], after or self._span[0]
        recent = newest - (newest - oldest) // _RECENT
        return recent if limit <= _PAGE and oldest < recent < newest else None

    def _query(
        self,
        parsed: Parsed,
        before: int | None,
        after: int | None,
        source: str | None,
        ids: Sequence[int] | None,
    ) -> Query:
        parts = self._clauses(parsed.clauses)
        if source is not None:
            parts.append((Occur.Must, Query.term_query(self._schema, "source", source, "basic")))
        if before is not None or after is not None:
            low = None if after is None else after + 1
            high = None if before is None else before - 1
            parts.append((Occur.Must, Query.range_query(self._schema, "rank", FieldType.Integer, low, high)))
        if ids is not None:
            parts.append((Occur.Must, Query.term_set_query(self._schema, "id", ids)))
        if not any(occur is Occur.Must for occur, _ in parts):
            parts.append((Occur.Must, _ALL))
        return Query.boolean_query(parts)

    def _clauses(self, clauses: Sequence[Clause]) -> list[tuple[Occur, Query]]:
        """Words without a letter or digit are passed over; if nothing else was asked, nothing is found."""
        parts = []
        for clause in clauses:
            terms = [query for term in clause.terms if (query := self._term(term))]
            if terms:
                query = (
                    terms[0] if len(terms) == 1 else Query.boolean_query([(Occur.Should, t) for t in terms])
                )
                parts.append((Occur.MustNot if clause.excluded else Occur.Must, query))
        return parts if parts or not clauses else [(Occur.Must, Query.empty_query())]

    def _term(self, term: Term) -> Query | None:
        if term.where == "source":
            return Query.term_query(self._schema, "source", term.text, "basic")
        words: list[Any] = self._analyser.analyze(fold(term.text))
        # A single letter begins too many words; alone it is sought as it stands.
        if words and term.prefix and len(words[-1]) > 1:
            # The tokenizer leaves letters and digits only, so there is nothing to escape.
            if len(words) == 1:
                return Query.regex_query(self._schema, term.where, words[0] + ".*")
            return Query.regex_phrase_query(self._schema, term.where, [*words[:-1], words[-1] + ".*"])
        if len(words) > 1:
            return Query.phrase_query(self._schema, term.where, words)
        return Query.term_query(self._schema, term.where, words[0], "basic") if words else None


def _analyser() -> tantivy.TextAnalyzer:
    words = TextAnalyzerBuilder(Tokenizer.simple()).filter(Filter.remove_long(_LONGEST_WORD))
    return words.filter(Filter.lowercase()).filter(Filter.ascii_fold()).build()


def _schema() -> tantivy.Schema:
    schema = tantivy.SchemaBuilder()
    schema.add_integer_field("id", indexed=True, fast=True)
    schema.add_integer_field("changed", fast=True)
    schema.add_integer_field("rank", fast=True)
    schema.add_text_field("text", tokenizer_name=ANALYSIS)
    schema.add_text_field("author", tokenizer_name=ANALYSIS)
    schema.add_text_field("source", tokenizer_name="raw", index_option="basic")
    return schema.build()


def _add(writer: Any, rows: Iterable[tuple[Any, ...]], replace: bool) -> None:
    for id, changed, rank, title, text, author, source in rows:
        if replace or changed != id:
            writer.delete_documents_by_term("id", id)
        document = tantivy.Document()
        document.add_integer("id", id)
        document.add_integer("changed", changed)
        document.add_integer("rank", rank)
        if title:
            document.add_text("text", fold(title))
        if text:
            document.add_text("text", fold(text))
        if author:
            document.add_text("author", fold(author))
        document.add_text("source", source)
        writer.add_document(document)


def _whole(file: Path) -> bool:
    """Check one file against the CRC-32 in its footer: payload, JSON, its length, a magic number (u32 each)."""
    try:
        with file.open("rb") as handle, mmap(handle.fileno(), 0, access=ACCESS_READ) as content:
            length, magic = struct.unpack("<II", content[-8:])
            footer = orjson.loads(content[-8 - length : -8])
            with memoryview(content) as view, view[: -8 - length] as payload:
                return bool(magic == 1337 and footer["crc"] == zlib.crc32(payload))
    except FileNotFoundError:
        return True  # merged away meanwhile
    except (ValueError, LookupError, struct.error):
        return False


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turn what tantivy says into an error that says what to do. It raises ValueError for everything, or panics."""
    try:
        yield
    except BaseException as error:
        if not isinstance(error, ValueError | OSError) and type(error).__name__ != "PanicException":
            raise
        said = str(error)
        if "os error 28" in said or "No space left" in said or "Errno 28" in said:
            raise DiskFull(
                f"No space is left for the search index in {path}. Free some, then run again."
            ) from error
        if "LockBusy" in said:
            raise StoreBusy(
                f"Another process is writing the search index in {path}. Stop it first."
            ) from error
        if any(sign in said for sign in ("os error 13", "os error 30", "Errno 13", "Errno 30", "Errno 20")):
            raise StoreDamaged(
                f"Cannot write in {path}. Make the folder writable, then run again."
            ) from error
        raise IndexDamaged(
            f"The search index in {path} cannot be read; rebuild it from the store."
        ) from error
