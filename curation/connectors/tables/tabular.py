"""Read the rows of a table file one by one: CSV, JSON lines, JSON, Parquet, Excel, the text ones also in gzip."""

import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path
from typing import Any

from curation.connectors.tables.columns import as_text
from curation.connectors.tables.lines import LONGEST, Broken, Place, Row, delimited, json_lines, loads, named
from curation.connectors.tables.sniff import Shape, Unreadable, has_header, name_columns, opened, sniff

SAMPLE = 3000
"""Rows looked at to recognise the columns."""
LARGEST_JSON = 512 << 20
LARGEST_WORKBOOK = 1 << 30


def look(path: Path, **given: Any) -> tuple[Shape, list[dict[str, Any]]]:
    """Sniff the file and take the first rows that can be read. `given`: as for `sniff`. Raises Unreadable."""
    shape = sniff(path, **given)
    if shape.format == "excel":
        shape, _ = _sheet(path, shape, given["header"])
    place = Place()
    sample: list[dict[str, Any]] = []
    for row in islice(rows(path, shape, place), SAMPLE):
        if isinstance(row, dict):
            sample.append(row)
        if place.offset > LONGEST:
            break
    if not shape.columns:
        shape = replace(shape, columns=tuple(dict.fromkeys(chain.from_iterable(sample))))
    return shape, sample


def rows(path: Path, shape: Shape, place: Place, size: int | None = None) -> Iterator[Row]:
    """Yield the rows after `place`, which moves along; only a bytewise shape may start elsewhere than at 0.

    Nothing beyond `size` bytes is read (by default, all there is now), and a last line that is still being
    written is left. Raises Unreadable if not even one row can be read; later trouble is a last Broken row.
    """
    size = path.stat().st_size if size is None else size
    some = False
    try:
        for row in _READERS[shape.format](path, shape, place, size):
            some = True
            yield row
    except Unreadable as error:
        if not some:
            raise
        yield Broken(f"reading stopped after line {place.line}: {error}", "")


def _json(path: Path, shape: Shape, place: Place, size: int) -> Iterator[Row]:
    with opened(path, shape.packed) as file:
        text = file.read(LARGEST_JSON + 1)
    if len(text) > LARGEST_JSON:
        raise Unreadable(f"one JSON document of more than {LARGEST_JSON >> 20} MB. Export JSON lines instead")
    if not text.strip():
        return
    try:
        value = loads(text.decode(shape.encoding).removeprefix("\ufeff"))
    except ValueError as error:
        raise Unreadable(f"it is not valid JSON: {error}") from error
    for place.line, found in enumerate(_list_in(value, shape.sheet), 1):
        yield named(found)


def _list_in(value: Any, wished: str | None) -> list[Any]:
    """The list of rows in a document: itself, the one `wished` for, or the only one there is."""
    if not isinstance(value, dict):
        return value if isinstance(value, list) else [value]
    lists = {name: part for name, part in value.items() if isinstance(part, list)}
    if wished is not None:
        if wished not in lists:
            raise Unreadable(f"sheet: it holds no list {wished!r}. Its lists: {', '.join(lists) or 'none'}")
        return lists[wished]
    tables = {name: part for name, part in lists.items() if part and isinstance(part[0], dict)} or lists
    if len(tables) > 1:
        raise Unreadable(f"it holds several lists: {', '.join(tables)}. Choose one: set sheet = its name")
    return next(iter(tables.values())) if tables else [value]


def _parquet(path: Path, shape: Shape, place: Place, size: int) -> Iterator[Row]:
    import pyarrow
    import pyarrow.parquet

    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=1000):
                for row in batch.to_pylist():
                    place.line += 1
                    yield row
    except (pyarrow.ArrowException, OSError) as error:
        raise Unreadable(f"it is not a readable Parquet file: {error}") from error


def _excel(path: Path, shape: Shape, place: Place, size: int) -> Iterator[Row]:
    columns = shape.columns
    for cells in _sheet(path, shape, shape.header)[1]:
        place.line += 1
        if any(cell not in ("", None) for cell in cells):
            yield dict(zip(columns, map(_cell, cells), strict=False))


def _sheet(path: Path, shape: Shape, header: bool | None) -> tuple[Shape, Iterator[list[Any]]]:
    """Open the sheet wished for, or the first with rows; return the full shape and the rows below the header."""
    import python_calamine as calamine

    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                if sum(part.file_size for part in archive.infolist()) > LARGEST_WORKBOOK:
                    raise Unreadable(f"it unpacks to more than {LARGEST_WORKBOOK >> 20} MB. Export it as CSV")
        book = calamine.CalamineWorkbook.from_path(str(path))
        names = book.sheet_names
        if shape.sheet is not None and shape.sheet not in names:
            raise Unreadable(f"there is no sheet {shape.sheet!r}. The sheets are: {', '.join(names)}")
        sheets = [book.get_sheet_by_name(name) for name in ([shape.sheet] if shape.sheet else names)]
        sheet = next((sheet for sheet in sheets if sheet.height), sheets[0])
        grid = iter(sheet.iter_rows())
        first = list(islice(grid, 200))
    except (calamine.CalamineError, zipfile.BadZipFile, OSError) as error:
        raise Unreadable(f"it is not a readable workbook: {error}") from error
    first = _below_banner(first)
    said = dict(shape.said, sheet=sheet.name)
    if header is None:
        header, said["header"] = has_header([[as_text(cell) for cell in cells] for cells in first])
    names = [as_text(cell) for cell in first[0]] if first else []
    columns = name_columns(names if header else [""] * len(names))
    shape = replace(shape, sheet=sheet.name, header=header, columns=columns, said=said)
    return shape, chain(first[1:] if header else first, grid)


def _below_banner(grid: list[list[Any]]) -> list[list[Any]]:
    """Drop empty rows, and lone titles above a wider table, from the top."""
    widest = max((sum(1 for cell in cells if cell != "") for cells in grid), default=0)
    for place, cells in enumerate(grid):
        filled = sum(1 for cell in cells if cell != "")
        if filled > 1 or (filled == 1 and widest <= 2):
            return grid[place:]
    return []


def _cell(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


_READERS: dict[str, Callable[[Path, Shape, Place, int], Iterator[Row]]] = {
    "csv": delimited,
    "jsonl": json_lines,
    "json": _json,
    "parquet": _parquet,
    "excel": _excel,
}
