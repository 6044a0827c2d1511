"""Pull without a store: what it would keep, in plain dictionaries, by the same rules."""

# ruff: noqa: S101 - assertions are what a test suite says.

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from curation.connectors import Connector
from curation.connectors.noticing import notices
from curation.errors import BadRecord
from curation.models import Comment, Cursor, Deleted, Edited, Gap, Page, Raw

MOST_PAGES = 1_000


@dataclass(slots=True)
class Kept:
    """What a store would hold of one source after some pages.

    `raws`: payloads by raw key. `comments` by key, as last shown; `deleted`: keys of those that are gone. `refused`:
    reasons by raw key. `cursors` by stream. `walks`: of gaps that can be read and are not yet, each (stream, cursor).
    """

    raws: dict[str, str] = field(default_factory=dict)
    comments: dict[str, Comment] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)
    cursors: dict[str, Cursor] = field(default_factory=dict)
    gaps: list[Gap] = field(default_factory=list)
    walks: dict[str, tuple[str, Cursor]] = field(default_factory=dict)
    pages: int = 0

    @property
    def texts(self) -> dict[str, str]:
        """The comments' texts by key, those deleted among them."""
        return {key: comment.text for key, comment in self.comments.items()}

    def land(self, connector: Connector, page: Page, gap: str | None = None) -> None:
        """Keep one page, as the store does: a raw whose payload is known brings nothing; the last of a key counts.

        `gap`: which of `walks` is being read; then its cursor moves, not the stream's.
        Raises AssertionError where the page could not be stored: a cursor that is not JSON, a mapping that raises.
        """
        assert isinstance(page, Page), f"pull yields a {type(page).__name__} instead of a Page"
        self.pages += 1
        last = {raw.key: raw.payload for raw in page.raws}
        fresh = {key for key, payload in last.items() if self.raws.get(key) != payload}
        found: list[Comment | Edited | Deleted] = []
        for raw in page.raws:
            if raw.key not in fresh:
                continue
            mapped, reason = read(connector, raw)
            found += mapped
            self.refused.pop(raw.key, None)
            if reason is not None:
                self.refused[raw.key] = reason
        self.raws |= last
        self._keep(found)
        if page.gap:
            self.gaps.append(page.gap)
            if page.gap.cursor is not None:
                self.walks[f"{page.gap.why} {page.gap.cursor}"] = page.stream, _stored(page.gap.cursor)
        if gap is None:
            self.cursors[page.stream] = _stored(page.cursor)
        else:
            self.walks[gap] = page.stream, _stored(page.cursor)

    def _keep(self, found: list[Comment | Edited | Deleted]) -> None:
        for one in found:
            if isinstance(one, Comment):
                self.comments[one.key] = one
                self.deleted.discard(one.key)
        for one in found:
            if isinstance(one, Edited) and one.key in self.comments:
                self.comments[one.key] = replace(self.comments[one.key], text=one.text)
        for one in found:
            if isinstance(one, Deleted) and one.key in self.comments:
                self.deleted.add(one.key)


def read(connector: Connector, raw: Raw) -> tuple[list[Comment | Edited | Deleted], str | None]:
    """Normalise one raw; return what it says and, where it is refused, why.

    Raises AssertionError where the mapping raises anything but BadRecord or says what no store can keep.
    """
    assert isinstance(raw.key, str) and raw.key, f"a raw's key is {raw.key!r}, not text"
    assert isinstance(raw.payload, str), f"the payload of raw {raw.key} is no text"
    try:
        found = list(connector.normalise(raw))
    except BadRecord as error:
        assert str(error).strip(), "a record is refused without a reason"
        return [], str(error)
    except Exception as error:
        shown = f"{raw.payload[:300]!r}: {type(error).__name__}: {error}"
        raise AssertionError(f"normalise may raise BadRecord only, and raised at {shown}") from error
    try:
        rows = notices(connector, [raw]).to_pylist()
    except Exception as error:
        raise AssertionError(
            f"what normalise makes of {raw.payload[:300]!r} cannot be stored: {error}"
        ) from error
    for row in rows:
        assert row["kind"] != "refused", f"what normalise makes of {raw.payload[:300]!r}: {row['reason']}"
        assert row["role"] in (None, "customer", "team", "automatic"), f"{row['role']!r} is no role"
        assert row["kind"] == "none" or row["key"], f"a {row['kind']} without a key: {raw.payload[:300]!r}"
    return [_encodable(one) for one in found], None


def pages(connector: Connector, connection: Any, kept: Kept, limit: int | None = None) -> Iterator[Page]:
    """Pull every stream from its cursor and land each page before it is given out; then read the gaps that can be read.

    `limit`: break each stream off after so many pages. Raises whatever the connector raises, and AssertionError where
    a stream does not end.
    """
    for stream in list(connector.streams(connection)):
        assert isinstance(stream, str), f"the stream {stream!r} is not named by text"
        yield from _walk(connector, connection, kept, stream, kept.cursors.get(stream), limit)
    while kept.walks and limit is None:
        gap, (stream, after) = list(kept.walks.items())[-1]
        yield from _walk(connector, connection, kept, stream, after, None, gap)
        del kept.walks[gap]


def pull(connector: Connector, kept: Kept | None = None, limit: int | None = None) -> Kept:
    """Connect, pull everything after the cursors and land it; return what is kept."""
    kept = Kept() if kept is None else kept
    with connector.connect() as connection:
        for _ in pages(connector, connection, kept, limit):
            pass
    return kept


def _walk(
    connector: Connector,
    connection: Any,
    kept: Kept,
    stream: str,
    after: Cursor | None,
    limit: int | None,
    gap: str | None = None,
) -> Iterator[Page]:
    walk = connector.pull(connection, stream, after)
    for number, page in enumerate(walk, 1):
        assert number <= MOST_PAGES, f"the stream {stream!r} does not end"
        assert page.stream == stream, f"the stream {stream!r} yields a page of {page.stream!r}"
        kept.land(connector, page, gap)
        yield page
        if number == limit:
            break
    close = getattr(walk, "close", None)
    if close:
        close()


def _stored(cursor: Cursor) -> Cursor:
    try:
        stored: Cursor = orjson.loads(orjson.dumps(cursor))
    except TypeError as error:
        raise AssertionError(f"a cursor is JSON, and this is not: {error}") from error
    return stored


def _encodable(one: Comment | Edited | Deleted) -> Comment | Edited | Deleted:
    if isinstance(one, Deleted):
        return one
    return replace(one, text=one.text.encode("utf-8", "replace").decode())
