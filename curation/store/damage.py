"""How the search index fails: what tantivy says in its own words, said so that one knows what to do."""

import errno
import re
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from mmap import ACCESS_READ, mmap
from pathlib import Path

import orjson

from curation.errors import DiskFull, StoreBusy, StoreDamaged

_CODE = re.compile(r"(?:os error|Errno|code:) (\d+)")


class IndexDamaged(StoreDamaged):
    """The index is unreadable, or made by another version: rebuild it from the store."""

    title = "The search index has to be rebuilt"


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn what tantivy says into an error that says what to do. It raises ValueError for everything, or panics."""
    try:
        yield
    except BaseException as error:
        if not isinstance(error, ValueError | OSError) and type(error).__name__ != "PanicException":
            raise
        said = str(error)
        code = int(found[1]) if (found := _CODE.search(said)) else 0
        if code == errno.ENOSPC:
            problem = f"No space is left for the search index in {path}. Free some, then run again."
            raise DiskFull(problem) from error
        if "LockBusy" in said:
            problem = f"Another process is writing the search index in {path}. Stop it first."
            raise StoreBusy(problem) from error
        if code in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR):
            problem = f"Cannot write in {path}. Make the folder writable, then run again."
            raise StoreDamaged(problem) from error
        raise IndexDamaged(
            f"The search index in {path} cannot be read; rebuild it from the store."
        ) from error


def whole(file: Path) -> bool:
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
