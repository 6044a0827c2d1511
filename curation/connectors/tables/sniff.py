"""Find out how a file is written: format, encoding, delimiter, quoting and header, and say why."""

import csv
import gzip
import io
import re
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import charset_normalizer

from curation.connectors.tables.columns import as_rating, known
from curation.connectors.tables.dates import looks_like
from curation.errors import ConfigError

HEAD = 1 << 20
"""Bytes looked at to find the encoding; delimiter and header need fewer."""

FORMATS = {
    ".csv": "csv", ".tsv": "csv", ".tab": "csv", ".txt": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl",
    ".json": "json", ".parquet": "parquet", ".pq": "parquet", ".xlsx": "excel", ".xlsm": "excel",
    ".xlsb": "excel", ".xls": "excel", ".ods": "excel",
}  # fmt: skip
_MAGIC = {b"PAR1": "parquet", b"PK\x03\x04": "excel", b"\xd0\xcf\x11\xe0": "excel"}
_NO_TABLES = (b"<!doctype html", b"<html", b"<?xml", b"%pdf")
_MARKS = {b"\xef\xbb\xbf": "utf-8", b"\xff\xfe\0\0": "utf-32", b"\0\0\xfe\xff": "utf-32",
          b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}  # fmt: skip
_KINDS = {
    "csv": "text in columns",
    "jsonl": "JSON lines",
    "json": "JSON",
    "parquet": "Parquet",
    "excel": "Excel",
}
_SIGNS = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "space": " "}
_SAID = {"\t": "a tab", ",": "a comma", ";": "a semicolon", "|": "a bar", "\x1f": "none: one column"}
_WESTERN = frozenset(
    "éèêëàâäçùûüôöîïñßáíóúìòãõåøæœÉÈÊÀÂÄÇÜÖÔÎÑÓÁÚŒ’‘“”„«»‹›…–—•€£§°©®™²³½¡¿´\xa0".encode("cp1252")
)
_OTHERS = ["cp1251", "cp1250", "cp1253", "cp1254", "cp1255", "cp1256", "koi8_r", "mac_roman", "cp437",
           "shift_jis", "euc_jp", "gb18030", "big5", "euc_kr", "tis_620"]  # fmt: skip


class Unreadable(ConfigError):
    """A whole file that cannot be read as it is; says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How a file is written; everything but `said` is kept in the cursor as JSON.

    `quoting`: how a quoted cell holds a quote: doubled, escaped (by a backslash), or none: quotes are letters.
    `bytewise`: lines can be told apart before they are decoded. `said`: what was assumed, and why.
    """

    format: str = "csv"
    packed: bool = False
    encoding: str = "utf-8"
    delimiter: str = ","
    quoting: str = "doubled"
    header: bool = True
    bytewise: bool = False
    sheet: str | None = None
    columns: tuple[str, ...] = ()
    said: dict[str, str] = field(default_factory=dict)

    @property
    def stepwise(self) -> bool:
        """Whether reading may start at any row, by its offset in bytes."""
        return self.bytewise and not self.packed and self.format in ("csv", "jsonl")

    def kept(self) -> dict[str, Any]:
        """Everything needed to read on later, as JSON."""
        return {name: getattr(self, name) for name in self.__slots__ if name != "said"}


@contextmanager
def opened(path: Path, packed: bool) -> Iterator[IO[bytes]]:
    """Open a file's bytes, unpacked where `packed`. Raises Unreadable when unpacking fails."""
    with path.open("rb") as plain:
        if not packed:
            yield plain
            return
        try:
            with gzip.GzipFile(fileobj=plain) as unpacked:
                yield unpacked  # type: ignore[misc]
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise Unreadable(f"it cannot be unpacked: {error}") from error


def sniff(
    path: Path, *, format: str | None, encoding: str | None, delimiter: str | None,
    header: bool | None, sheet: str | None,
) -> Shape:  # fmt: skip
    """Find the shape of the file at `path`; what the caller gives is believed.

    The columns of Parquet, Excel and JSON are left to their readers.
    """
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    with opened(path, packed) as file:
        head = file.read(HEAD)
        name = path.name.removesuffix(".gz").lower()
        kind = format or _MAGIC.get(head[:4]) or FORMATS.get(Path(name).suffix)
        kind, why = _text_format(head, kind, format)
        said = {"format": why}
        if kind in ("parquet", "excel"):
            if packed:
                raise Unreadable("an Excel or Parquet file must not be packed again. Unpack it first")
            return Shape(format=kind, sheet=sheet, header=header is not False, said=said)
        if encoding is None:
            encoding, said["encoding"] = _encoding(head, file)
        else:
            said["encoding"] = f"{encoding}, as the settings say"
    text = _decoded(head, encoding)
    wide = re.fullmatch(r"utf[-_]?(16|32)([-_]?[lb]e)?|u(16|32)", encoding.lower()) is not None
    old_mac = text.count("\r") - text.count("\r\n") > text.count("\n")
    bytewise = not (wide or old_mac)
    if kind != "csv":
        return Shape(format=kind, packed=packed, encoding=encoding, bytewise=bytewise, sheet=sheet, said=said)
    whole = len(head) < HEAD
    sign, quoting, rows = _dialect(text[: HEAD >> 3], whole and len(text) <= HEAD >> 3, delimiter, name)
    said["delimiter"] = (
        f"{_SAID.get(sign, repr(sign))}{', quotes are plain letters' if quoting == 'none' else ''}"
    )
    if header is None:
        header, said["header"] = has_header(rows)
    else:
        said["header"] = ("the first row" if header else "none") + ", as the settings say"
    width = Counter(len(row) for row in rows).most_common(1)[0][0] if rows else 0
    columns = name_columns(rows[0] if header and rows else [""] * width)
    return Shape(packed=packed, encoding=encoding, delimiter=sign, quoting=quoting, header=header,
                 bytewise=bytewise, columns=columns, said=said)  # fmt: skip


def name_columns(cells: Sequence[str]) -> tuple[str, ...]:
    """Name columns by the cells of a header: an empty one by its place, a repeated one by a number."""
    names: list[str] = []
    for place, cell in enumerate(cells, 1):
        name = wanted = cell.strip() or f"column_{place}"
        number = 2
        while name in names:
            name, number = f"{wanted}_{number}", number + 1
        names.append(name)
    return tuple(names)


def has_header(rows: Sequence[Sequence[str]]) -> tuple[bool, str]:
    """Decide whether the first of these rows names the columns; in doubt it does, as the format's custom is."""
    if not rows:
        return True, "nothing to see yet"
    first, rest = [cell.strip() for cell in rows[0]], rows[1:]
    if named := [cell for cell in first if known(cell)]:
        return True, f"the first row: {named[0]!r} names a column"
    for place, cell in enumerate(first):
        if len(cell) > 100:
            return False, f"none: the first row holds a long text ({cell[:30]!r}…)"
        if as_rating(cell) is not None or looks_like(cell) or cell.startswith(("http://", "https://")):
            return False, f"none: the first row holds {cell[:40]!r}, no name of a column"
        if cell and sum(1 for row in rest if len(row) > place and row[place].strip() == cell) > 1:
            return False, f"none: {cell[:40]!r} of the first row comes again below it"
    if len(set(first)) < len(first):
        return False, "none: the first row repeats itself"
    return True, "the first row, as usual"


def delimiter_sign(delimiter: str) -> str:
    """One character for 'tab', 'semicolon', '\\t' or the character itself. Raises ConfigError."""
    sign = _SIGNS.get(delimiter.lower(), delimiter)
    if len(sign) != 1 or sign in '"\r\n':
        raise ConfigError(f"delimiter: {delimiter!r} is not one character, nor one of {', '.join(_SIGNS)}.")
    return sign


def parse(lines: Any, delimiter: str, quoting: str) -> Any:
    """A `csv.reader` in this dialect."""
    if quoting == "none":
        return csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    if quoting == "escaped":
        return csv.reader(lines, delimiter=delimiter, doublequote=False, escapechar="\\")
    return csv.reader(lines, delimiter=delimiter)


def _text_format(head: bytes, kind: str | None, wished: str | None) -> tuple[str, str]:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if wished:
        return wished, f"{wished}, as the settings say"
    if kind in ("excel", "parquet") and head[:4] not in _MAGIC:
        kind = None  # text under a workbook's name, as many programs write it
    if kind in (None, "csv") and head[:512].lstrip().lower().startswith(_NO_TABLES):
        raise Unreadable(
            "it is a web page, XML or PDF, not a table. Export it as CSV, JSON, Parquet or Excel"
        )
    if kind is None:
        kind = "json" if start in (b"{", b"[") else "csv"
    if kind == "json" and start == b"{" and re.match(rb"\s*\{[^\n]*\}[ \t\r]*\n\s*\{", head):
        return "jsonl", "JSON lines: each line is an object"
    return kind, _KINDS[kind]


def _encoding(head: bytes, file: IO[bytes]) -> tuple[str, str]:
    """Find the encoding by mark, by trying UTF-8, by what western text looks like, then by statistics."""
    for mark, name in _MARKS.items():
        if head.startswith(mark):
            return name, f"{name}: the file says so (byte order mark)"
    if head[:4096].count(0) > len(head[:4096]) // 4:
        name = "utf-16-le" if head[1:2] == b"\0" else "utf-16-be"
        return name, f"{name}: every second byte is zero"
    while head.isascii() and (more := file.read(HEAD)):
        head = more
    lines = [line for line in head.split(b"\n")[:-1] or [head] if not line.isascii()]
    if not lines:
        return "utf-8", "utf-8: plain ASCII"
    fitting = sum(1 for line in lines if _fits(line))
    if fitting == len(lines):
        return "utf-8", "utf-8: everything looked at is valid"
    if fitting > len(lines) // 2:
        return (
            "utf-8",
            f"utf-8, but {len(lines) - fitting} of {len(lines)} lines looked at are not: they are refused",
        )
    some = b"\n".join(lines[:1000])
    high = re.findall(rb"[\x80-\xff]+", some)
    letters = b"".join(high)
    if sum(byte in _WESTERN for byte in letters) > 0.9 * len(letters) and len(letters) < 1.5 * len(high):
        return "cp1252", "cp1252 (Windows, western): not UTF-8, and the accents are where they belong"
    for name in ("shift_jis", "euc_jp"):
        signs = re.sub(r"[\0-\x7f]", "", some.decode(name, "ignore"))
        if len(re.findall(r"[\u3040-\u30ff]", signs)) > 0.2 * len(signs):
            return name, f"{name}: not UTF-8, and it reads as Japanese so"
    best = charset_normalizer.from_bytes(some, cp_isolation=_OTHERS).best()
    if best is not None:
        return best.encoding, f"{best.encoding}: not UTF-8; the letters read best so. Set encoding if not"
    return "cp1252", "cp1252: not UTF-8, and nothing else is likely. Set encoding if it is another"


def _fits(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _decoded(head: bytes, encoding: str) -> str:
    try:
        return head.decode(encoding, "replace").removeprefix("\ufeff")
    except LookupError as error:
        raise ConfigError(
            f"encoding: {encoding!r} is not the name of one, such as utf-8 or cp1252."
        ) from error


def _dialect(text: str, whole: bool, wished: str | None, name: str) -> tuple[str, str, list[list[str]]]:
    """Choose delimiter and quoting by what gives most rows the width of the first."""
    if match := re.match(r"sep=(.)\r?\n", text):  # Excel's own way to say it
        text, wished = text[match.end() :], wished or match[1]
    first = text.lstrip("\r\n").partition("\n")[0]
    signs = [delimiter_sign(wished)] if wished else [sign for sign in "\t,;|" if sign in first]
    if not wished and "\t" in signs and name.endswith((".tsv", ".tab")):
        signs = ["\t"]
    best: tuple[float, int, str, str, list[list[str]]] = (0.0, 0, "\x1f", "doubled", [])
    for sign in signs:
        for quoting in (
            "doubled",
            *(["none"] if sign in "\t|" else []),
            *(["escaped"] if '\\"' in text else []),
        ):
            rows = _rows(text, whole, sign, quoting)
            width = len(rows[0]) if rows else 0
            share = sum(len(row) == width for row in rows) / len(rows) if rows else 0.0
            plain = quoting == "none" and not re.search(r'(?:^|\t|\|)"[^\n]*"(?:$|\t|\|)', text, re.M)
            rank = (round(share, 3) + (0.0005 if plain else 0.0), width)
            likely = width > 1 and (share > 0.6 or any(map(known, rows[0])))
            if (wished or likely) and rank > best[:2]:
                best = (*rank, sign, quoting, rows)
    if not best[4]:
        best = (
            1.0,
            1,
            delimiter_sign(wished) if wished else "\x1f",
            "doubled",
            _rows(text, whole, "\x1f", "doubled"),
        )
    return best[2], best[3], best[4]


def _rows(text: str, whole: bool, sign: str, quoting: str) -> list[list[str]]:
    rows: list[list[str]] = []
    with suppress(csv.Error):
        rows.extend(row for row in parse(io.StringIO(text, newline=""), sign, quoting) if row)
    return rows if whole or len(rows) < 2 else rows[:-1]
