"""The `file` connector: exports as CSV, TSV, JSON lines, JSON, Parquet and Excel.

One file, a glob, or a folder watched for new ones; each file is a stream. Columns are recognised by name (English
and French) and by value, or named in the settings. Every row is one raw, with its column names.
"""

import codecs
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import Any, Literal
from zoneinfo import available_timezones

import orjson

from curation.connectors import Recognised
from curation.connectors.tables import columns, folder
from curation.connectors.tables.folder import Folder
from curation.connectors.tables.mapping import Plan
from curation.connectors.tables.reading import HINTS, Reading, resume
from curation.connectors.tables.recognising import begun, recognised, refused
from curation.connectors.tables.sniff import Unreadable, delimiter_sign
from curation.errors import BadRecord, ConfigError, Refused, TryAgain
from curation.models import Comment, Cursor, Page, Raw

RULES = 2
"""Raised when files should be read again because they are now read otherwise; nothing is doubled by it."""
FORMAT = ("format", "encoding", "delimiter", "header", "sheet")
DATING = ("date_format", "day_first", "timezone")


@dataclass(frozen=True, kw_only=True)
class File:
    """Settings: `path` (a file, a glob or a folder), then the column for each field; "" means that there is none.

    `author_key`: what tells people apart where names do not. `role`: says customer, team or automatic. `timezone`: that of dates which name none.
    `date_format`: a strptime pattern for every date; `day_first`: what 03/04/2025 means. `header`: whether the
    first row names the columns (columns without a name are column_1, column_2 …). `sheet`: of a workbook, or the
    list in a JSON document. What is not set is found out; `preview` says how.
    """

    path: str
    text: str | None = None
    id: str | None = None
    author: str | None = None
    author_key: str | None = None
    created_at: str | None = None
    language: str | None = None
    rating: str | None = None
    url: str | None = None
    thread: str | None = None
    reply_to: str | None = None
    title: str | None = None
    role: str | None = None
    format: Literal["csv", "jsonl", "json", "parquet", "excel"] | None = None
    encoding: str | None = None
    delimiter: str | None = None
    header: bool | None = None
    sheet: str | None = None
    date_format: str | None = None
    day_first: bool | None = None
    timezone: str = "UTC"

    def __post_init__(self) -> None:
        if self.delimiter is not None:
            delimiter_sign(self.delimiter)
        if self.timezone not in available_timezones():
            raise ConfigError(f"timezone: {self.timezone!r} is not a time zone such as 'Europe/Paris'.")
        try:
            codecs.lookup(self.encoding or "utf-8")
        except LookupError as error:
            raise ConfigError(f"encoding: {self.encoding!r} is not one, such as utf-8 or cp1252.") from error

    def connect(self) -> AbstractContextManager[Folder]:
        """List the files. Raises ConfigError when the path does not exist, Refused when it may not be read."""
        return nullcontext(folder.find(self.path))

    def streams(self, connection: Folder) -> Iterable[str]:
        """Name the files by their path below the folder, oldest first."""
        return list(connection.files)

    def pull(self, connection: Folder, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        """Yield the rows not read yet; none for a file that is unchanged, empty or still being written.

        A file that cannot be read at all is one refused record in a folder, and a ConfigError alone.
        """
        path, cursor = connection.files[stream], cursor or {}
        size, mtime_ns = connection.sizes[stream]
        now = {"size": size, "mtime_ns": mtime_ns, "settings": self._mark, "done": True}
        if now.items() <= cursor.items():
            return
        try:
            reading = self._reading(path, size, mtime_ns, cursor) if connection.written(stream) else None
            for page in reading.pages(stream) if reading else ():
                page.cursor["settings"] = self._mark
                yield page
        except (Unreadable, columns.NoSuchColumn) as error:
            if connection.alone:
                raise ConfigError(f"{path}: {error}.") from error
            yield Page(stream=stream, raws=[refused(stream, (size, mtime_ns), error)], cursor=now)
        except PermissionError as error:
            raise Refused(f"{path} may not be read. Give this user the right to.") from error
        except OSError as error:
            raise TryAgain(f"{path} could not be read: {error.strerror or error}.", after=60) from error

    def normalise(self, raw: Raw) -> Iterable[Comment]:
        """Map one row. Raises BadRecord: it could not be read, its text is empty, or its date is none."""
        row = orjson.loads(raw.payload)
        hints = row.pop(HINTS, {})
        if "refused" in hints:
            raise BadRecord(hints["refused"])
        alike = (*row, "", *hints.items())
        if (plan := self._plans.get(alike)) is None:
            plan = Plan.make(list(row), hints, self._chosen, **self._said(DATING))
            # Bounded, as the rows of a hostile file may all differ in their columns.
            if len(self._plans) < 1000 and len(raw.payload) < 1 << 16:
                self._plans[alike] = plan
        return (plan.comment(raw.key, row),)

    def recognise(self, connection: Folder) -> list[Recognised]:
        """Say how the newest file with rows would be read, and why. Raises ConfigError when it cannot be."""
        return recognised(self.path, connection, self._said(FORMAT), self._chosen, self._said(DATING))

    def _reading(self, path: Path, size: int, mtime_ns: int, cursor: Cursor) -> Reading | None:
        """Go on from the cursor, or begin; None: the file was only touched."""
        if cursor.get("settings") == self._mark and (going_on := resume(path, size, mtime_ns, cursor)):
            return None if cursor["done"] and size == cursor["offset"] else going_on
        return begun(path, (size, mtime_ns), cursor, self._said(FORMAT), self._chosen)

    def _said(self, names: tuple[str, ...]) -> dict[str, Any]:
        return {name: getattr(self, name) for name in names}

    @cached_property
    def _chosen(self) -> dict[str, str]:
        return {field: name for field in columns.FIELDS if (name := getattr(self, field)) is not None}

    @cached_property
    def _mark(self) -> str:
        """Tells one set of settings from another: a file read under others is read again."""
        settings = orjson.dumps([RULES, {**asdict(self), "path": None}], option=orjson.OPT_SORT_KEYS)
        return blake2b(settings, digest_size=8).hexdigest()

    @cached_property
    def _plans(self) -> dict[tuple[Any, ...], Plan]:
        return {}
