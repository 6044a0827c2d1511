"""How a file is read, found out at its beginning: for the reading itself, and in words for a preview."""

from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any

import orjson

from curation.connectors import Recognised
from curation.connectors.tables import columns
from curation.connectors.tables.dates import day_order
from curation.connectors.tables.folder import Folder
from curation.connectors.tables.mapping import hints_for
from curation.connectors.tables.reading import HINTS, Digest, Reading
from curation.connectors.tables.sniff import Unreadable
from curation.connectors.tables.tabular import look
from curation.errors import ConfigError, Refused
from curation.models import Cursor, Raw


def recognised(
    path: str, found: Folder, given: Mapping[str, Any], chosen: Mapping[str, str], dating: Mapping[str, Any]
) -> list[Recognised]:
    """Say how the newest file with rows would be read. Raises ConfigError when it cannot be, Refused when it may not.

    `given`: what the settings say of the format; `chosen`: columns by field; `dating`: date_format, day_first, timezone.
    """
    for stream, file in reversed(list(found.files.items())):
        try:
            shape, sample = look(file, **given)
            fields = columns.recognise(shape.columns, chosen, sample)
        except (Unreadable, columns.NoSuchColumn) as error:
            raise ConfigError(f"{file}: {error}.") from error
        except OSError as error:
            raise Refused(f"{file} could not be read: {error.strerror or error}.") from error
        if sample:
            count = len(found.files)
            said = {"file": stream if count == 1 else f"{stream}, the newest of {count}", **shape.said}
            return [
                *(Recognised(what, None, why) for what, why in said.items()),
                *(Recognised(field, column, why) for field, (column, why) in fields.items()),
                Recognised("dates", None, _dates(fields["created_at"].column, sample, **dating)),
            ]
    return [Recognised("file", None, f"there are no rows in {path} yet")]


def begun(
    path: Path, measure: tuple[int, int], cursor: Cursor, given: Mapping[str, Any], chosen: Mapping[str, str]
) -> Reading:
    """Begin to read a file of this size and time (ns). Raises Unreadable, NoSuchColumn."""
    size, mtime_ns = measure
    shape, sample = look(path, **given)
    found = columns.recognise(shape.columns, chosen, sample)
    if sample and found["text"].column is None:
        raise Unreadable(f"no column reads like text. Set text to one of: {', '.join(shape.columns)}")
    seen = cursor.get("hints", {}).get("seen")
    hints = hints_for(shape, found, chosen, sample, seen or mtime_ns // 10**9)
    return Reading(path=path, size=size, mtime_ns=mtime_ns, shape=shape, hints=hints,
                   id_column=found["id"].column, digest=Digest(path))  # fmt: skip


def refused(stream: str, measure: tuple[int, int], error: Exception) -> Raw:
    """Make the raw of a file that cannot be read at all: one for each size and time it has."""
    size, mtime_ns = measure
    key = blake2b(f"{stream}\0{size}\0{mtime_ns}".encode(), digest_size=16).hexdigest()
    return Raw(key=key, payload=orjson.dumps({HINTS: {"refused": f"{stream}: {error}"}}).decode())


def _dates(
    column: str | None,
    sample: list[dict[str, Any]],
    date_format: str | None,
    day_first: bool | None,
    timezone: str,
) -> str:
    if column is None:
        return "the file's own"
    if date_format or day_first is not None:
        return "as the settings say"
    day_first, example = day_order(columns.as_text(row.get(column)) for row in sample)
    if day_first is None and example:
        return f"nothing shows whether {example} puts the day first: it is read so. Set day_first if not"
    order = {True: "the day first", False: "the month first", None: "no order to choose"}[day_first]
    return f"{order}{f', as {example} shows' if example else ''}; without a zone: {timezone}"
