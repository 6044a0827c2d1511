"""One file being read: rows become raws with keys that stay, and a cursor from which reading goes on."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

import orjson

from curation.connectors.tables.columns import as_text
from curation.connectors.tables.lines import Broken, Place
from curation.connectors.tables.sniff import Shape
from curation.connectors.tables.tabular import rows
from curation.models import Cursor, Page, Raw

HINTS = "@file"
"""The key in a payload that holds what the row alone does not tell: see `Reading.hints`."""
PAGE = 10_000
_LONGEST_ID = 500
_CHUNK = 1 << 20


class Occurrences:
    """Count how often each of many 64-bit digests came, in about 20 bytes for each instead of a dict's 100."""

    def __init__(self) -> None:
        self._table = array("Q", bytes(8 << 12))
        self._used = 0
        self._repeated: dict[int, int] = {}

    def __call__(self, digest: int) -> int:
        """Return how often `digest` came before."""
        digest = digest or 1
        if not self._add(digest):
            before = self._repeated.get(digest, 1)
            self._repeated[digest] = before + 1
            return before
        if self._used * 5 > len(self._table) * 3:
            old, self._table, self._used = self._table, array("Q", bytes(16 * len(self._table))), 0
            for each in old:
                if each:
                    self._add(each)
        return 0

    def _add(self, digest: int) -> bool:
        table, mask = self._table, len(self._table) - 1
        place = digest & mask
        while there := table[place]:
            if there == digest:
                return False
            place = (place + 1) & mask
        table[place] = digest
        self._used += 1
        return True


class Digest:
    """A digest of a file's beginning that grows with the part that has been read."""

    def __init__(self, path: Path) -> None:
        self._path, self._hash, self._offset = path, blake2b(digest_size=16), 0

    def upto(self, offset: int) -> str:
        """Digest the bytes before `offset`, which never shrinks from call to call."""
        with self._path.open("rb") as file:
            file.seek(self._offset)
            while self._offset < offset and (chunk := file.read(min(_CHUNK, offset - self._offset))):
                self._hash.update(chunk)
                self._offset += len(chunk)
        return self._hash.hexdigest()


@dataclass(slots=True, kw_only=True)
class Reading:
    """A file, how it is written, and how far it has been read.

    `id_column` gives a row its key; a row without an id has a digest of its content as key, and a number from
    its second occurrence on. `hints` goes into every payload: columns recognised by their values (field to
    column), `day_first` where the file shows it, `seen` (when the file was written) where rows have no date.
    `rows` counts what was read in all; `hashed`: some row had no id.
    """

    path: Path
    size: int
    mtime_ns: int
    shape: Shape
    id_column: str | None = None
    hints: dict[str, Any] = field(default_factory=dict)
    place: Place = field(default_factory=Place)
    rows: int = 0
    hashed: bool = False
    digest: Digest

    def raws(self) -> Iterator[Raw]:
        """Yield a raw for each row not read yet.

        To number equal rows as an uninterrupted reading would, those before are read again, unless all had ids.
        """
        skip = 0
        if self.hashed or not self.shape.stepwise:
            skip, self.place = self.rows, Place()
        occurrences = Occurrences()
        tail = b',"' + HINTS.encode() + b'":' + orjson.dumps(self.hints) + b"}" if self.hints else b"}"
        id_column = self.id_column
        for row in rows(self.path, self.shape, self.place, self.size):
            if isinstance(row, Broken):
                body, end = orjson.dumps({"row": row.text}), _refusal(row.reason)
                key = ""
            else:
                row.pop(HINTS, None)
                body, end = orjson.dumps(row, default=_plain, option=orjson.OPT_NON_STR_KEYS), tail
                key = "" if id_column is None else as_text(row.get(id_column)).strip()
            if not key or len(key) > _LONGEST_ID:
                self.hashed = True
                digest = blake2b(body, digest_size=16)
                before = occurrences(int.from_bytes(digest.digest()[:8], "little"))
                key = f"{digest.hexdigest()}-{before + 1}" if before else digest.hexdigest()
            if skip:
                skip -= 1
                continue
            self.rows += 1
            yield Raw(key=key, payload=(body[:-1] + end if len(body) > 2 else b"{" + end[1:]).decode())

    def pages(self, stream: str, length: int = PAGE) -> Iterator[Page]:
        """Yield what `raws` does in pages of `length`, each with the cursor that holds after it; no page is empty."""
        before, raws, cursor = self.rows, list[Raw](), Cursor()
        for raw in self.raws():
            if len(raws) == length:  # held back until it was known not to be the last
                yield Page(stream=stream, raws=raws, cursor=cursor, total=self._expected(before))
                raws = []
            raws.append(raw)
            if len(raws) == length:
                cursor = self.cursor()
        if raws:
            yield Page(stream=stream, raws=raws, cursor=self.cursor(finished=True), total=self.rows - before)

    def cursor(self, finished: bool = False) -> Cursor:
        """Where reading goes on: checked against the file's beginning by digest before it is believed."""
        offset = self.place.offset if self.shape.stepwise else self.size
        return {
            "size": self.size,
            "mtime_ns": self.mtime_ns,
            "offset": offset,
            "line": self.place.line,
            "digest": self.digest.upto(offset),
            "rows": self.rows,
            "hashed": self.hashed,
            "id": self.id_column,
            "hints": self.hints,
            "shape": self.shape.kept(),
            "done": finished and offset >= self.size,
        }

    def _expected(self, before: int) -> int | None:
        """Guess how many rows this pull gives, by how far those read so far have come."""
        if not self.shape.stepwise:
            return None
        return max(self.rows, round(self.rows * self.size / self.place.offset)) - before


def resume(path: Path, size: int, mtime_ns: int, cursor: Cursor) -> Reading | None:
    """Go on where `cursor` ended, if the file still begins as it did then; None: it must be read afresh."""
    if "shape" not in cursor or cursor["offset"] > size:
        return None
    shape = Shape(**{**cursor["shape"], "columns": tuple(cursor["shape"]["columns"])})
    digest = Digest(path)
    if digest.upto(cursor["offset"]) != cursor["digest"]:
        return None
    if size > cursor["offset"] and not (shape.stepwise and _at_line_start(path, cursor["offset"])):
        return None
    hints = dict(cursor["hints"])
    if "seen" in hints:
        hints["seen"] = mtime_ns // 10**9
    place = Place(cursor["offset"], cursor["line"])
    return Reading(
        path=path, size=size, mtime_ns=mtime_ns, shape=shape, id_column=cursor["id"], hints=hints,
        place=place, rows=cursor["rows"], hashed=cursor["hashed"], digest=digest,
    )  # fmt: skip


def _at_line_start(path: Path, offset: int) -> bool:
    with path.open("rb") as file:
        file.seek(max(0, offset - 1))
        around = file.read(2)
    return offset == 0 or b"\n" in around


def _refusal(reason: str) -> bytes:
    return b',"' + HINTS.encode() + b'":' + orjson.dumps({"refused": reason}) + b"}"


def _plain(value: Any) -> str:
    """What JSON does not know, as text: decimals, durations, bytes."""
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)
