"""Read delimited text and JSON lines row by row, in constant memory, losing only the rows that are broken."""

import csv
import io
import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import orjson

from curation.connectors.tables.sniff import Shape, Unreadable, opened, parse

LONGEST = 16 << 20
"""Bytes a line, and characters a cell, may have; a row may have twice as many."""
_KEPT = 1 << 16
_HALVES = re.compile(r"[\ud800-\udfff]")
_NEVER_CLOSES = "a quote opens and never closes"

csv.field_size_limit(LONGEST)


@dataclass(slots=True)
class Place:
    """Where reading stands: after the last whole row. `offset` in bytes where the shape is bytewise."""

    offset: int = 0
    line: int = 0


@dataclass(frozen=True, slots=True)
class Broken:
    """A row that cannot be read: why, and its text as far as it was understood."""

    reason: str
    text: str


Row = dict[str, Any] | Broken


class _Lines:
    """The decoded lines of a text file, and where they end.

    `trouble` says what is wrong with the lines read since it was last cleared; `ended`: there are no more.
    """

    def __init__(self, file: IO[bytes], shape: Shape, place: Place, size: int) -> None:
        self.offset, self.number, self.trouble, self.ended = place.offset, place.line, "", False
        self._file, self._shape, self._place = file, shape, place
        self._end = max(64 << 20, min(200 * size, 16 << 30)) if shape.packed else size
        self._text: io.TextIOWrapper | None = None
        if shape.stepwise:
            file.seek(place.offset)
        elif not shape.bytewise:
            self._text = io.TextIOWrapper(file, shape.encoding, "replace", newline="")

    def __iter__(self) -> Iterator[str]:
        read: Callable[[int], Any] = self._text.readline if self._text else self._file.readline
        encoding, end, place = self._shape.encoding, self._end, self._place
        while line := read(min(LONGEST, end - self.offset)):
            self.offset += len(line)
            self.number += 1
            if len(line) == LONGEST:
                line = self._skip_rest(line, read)
            if self.offset >= end and self._unfinished(line):
                break
            if self.offset - place.offset > 2 * LONGEST:
                raise csv.Error(f"it is longer than {2 * LONGEST >> 20} MB")
            try:
                decoded = line if self._text else str(line, encoding)
            except UnicodeDecodeError as error:
                wrong = error.object[error.start : error.start + 1].hex()
                self.trouble = f"it is not {encoding} (byte {wrong}); if the whole file is not, set encoding"
                decoded = line.decode(encoding, "backslashreplace")
            if self._text and "\ufffd" in decoded:
                self.trouble = f"it is not {encoding}"
            yield decoded.removeprefix("\ufeff") if self.number == 1 else decoded
        self.trouble, self.ended = self.trouble or _NEVER_CLOSES, True

    def _skip_rest(self, line: Any, read: Callable[[int], Any]) -> Any:
        """Read over a line that is too long without keeping it; no quote of it may reach the parser."""
        self.trouble = f"it is longer than {LONGEST >> 20} MB"
        end = line[-1:]
        while end not in ("\n", b"\n") and (more := read(min(LONGEST, self._end - self.offset))):
            self.offset += len(more)
            end = more[-1:]
        return line[:100].replace('"', " ") if isinstance(line, str) else line[:100].replace(b'"', b" ")

    def _unfinished(self, line: Any) -> bool:
        """Tell whether this, the last line, is still being written."""
        if self._shape.packed:
            raise Unreadable(f"it unpacks to more than {self._end >> 20} MB, as no honest table does")
        return line[-1:] not in ("\n", b"\n") and self.grown()

    def grown(self) -> bool:
        """Tell whether the file has grown since reading began."""
        return not self._shape.packed and os.fstat(self._file.fileno()).st_size > self._end

    def again(self) -> str:
        """Go back to the row that was begun last, and read its first line alone, whatever it holds."""
        if not self._shape.stepwise:
            return ""
        self._file.seek(self._place.offset)
        line = self._file.readline(LONGEST)
        self.offset, self.number, self.ended = self._place.offset + len(line), self._place.line + 1, False
        return line.decode(self._shape.encoding, "backslashreplace")


def delimited(path: Path, shape: Shape, place: Place, size: int) -> Iterator[Row]:
    """Read CSV in any dialect. After a quote that never closes, reading goes on one line below it."""
    columns, width = shape.columns, len(shape.columns)
    with opened(path, shape.packed) as file:
        lines = _Lines(file, shape, place, size)
        above = shape.header and place.line == 0
        while True:
            try:
                for cells in parse(lines, shape.delimiter, shape.quoting):
                    if lines.ended:
                        raise csv.Error(_NEVER_CLOSES)
                    start, place.offset, place.line = place.line + 1, lines.offset, lines.number
                    if len(cells) == width and not lines.trouble and not above:
                        yield dict(zip(columns, cells, strict=False))
                    elif not cells or (start == 1 and cells[0].startswith("sep=")):
                        continue
                    elif above:
                        above, lines.trouble = False, ""
                    else:
                        yield _odd(cells, columns, lines.trouble, start)
                        lines.trouble = ""
                return
            except csv.Error as error:
                if lines.ended and lines.grown():
                    return
                start, text = place.line + 1, lines.again()
                place.offset, place.line, lines.trouble = lines.offset, lines.number, ""
                yield Broken(f"line {start}: {error}", text[:_KEPT])


def json_lines(path: Path, shape: Shape, place: Place, size: int) -> Iterator[Row]:
    """Read one JSON value per line."""
    with opened(path, shape.packed) as file:
        lines = _Lines(file, shape, place, size)
        for line in lines:
            place.offset, place.line = lines.offset, lines.number
            if not line.strip():
                continue
            try:
                row: Row = named(loads(line))
            except ValueError as error:
                lines.trouble = lines.trouble or f"it is not valid JSON: {error}"
            if lines.trouble:
                row, lines.trouble = Broken(f"line {place.line}: {lines.trouble}", line[:_KEPT]), ""
            yield row


def _odd(cells: list[str], columns: tuple[str, ...], trouble: str, start: int) -> Row:
    """A row that needs a second look: undecodable, too long, too short, or only followed by empty cells."""
    width = len(columns)
    if not trouble and len(cells) > width and not any(cells[width:]):
        return dict(zip(columns, cells, strict=False))
    reason = trouble or f"it has {len(cells)} cells, where {width} are expected"
    return Broken(f"line {start}: {reason}", "\t".join(cells)[:_KEPT])


def loads(text: str) -> Any:
    """Read JSON; half an emoji and NaN, which only Python's reader takes, become U+FFFD and null.

    Raises ValueError.
    """
    try:
        return orjson.loads(text)
    except ValueError:
        try:
            value = json.loads(text, parse_constant=lambda _: None)
        except RecursionError as error:
            raise ValueError("it is nested too deeply") from error
        return orjson.loads(_HALVES.sub("\ufffd", json.dumps(value, ensure_ascii=False)))


def named(value: Any) -> dict[str, Any]:
    """A JSON value as a row: an object as it is, a list's parts and anything else by place."""
    if isinstance(value, dict):
        return value
    cells = value if isinstance(value, list) else [value]
    return {f"column_{place}": cell for place, cell in enumerate(cells, 1)}
