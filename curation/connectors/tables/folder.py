"""Find the files a path, a glob or a folder means, and tell those still being written."""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from curation.connectors.tables.sniff import FORMATS
from curation.errors import ConfigError, Refused

QUIET = 2.0
"""Seconds without a change after which a file counts as written."""
PAUSE = 0.5
"""Seconds between the two looks at a file that changed a moment ago."""
_SIGNS = frozenset("*?[")


@dataclass(frozen=True, slots=True)
class Folder:
    """The files found, by stream name: the path below the folder. `alone`: the source is one file.

    `sizes` is what each measured (bytes, mtime in ns) at `since`, on the monotonic clock.
    """

    files: Mapping[str, Path]
    sizes: Mapping[str, tuple[int, int]]
    since: float
    alone: bool

    def written(self, stream: str) -> Path | None:
        """Return the stream's path, or None while it is being written or when it is gone.

        A file that changed a moment ago is looked at twice, half a second apart.
        """
        path, before = self.files[stream], self.sizes[stream]
        if time.time() - before[1] / 1e9 < QUIET:
            time.sleep(max(0.0, self.since + PAUSE - time.monotonic()))
        return path if _measure(path) == before else None


def find(path: str) -> Folder:
    """Find the files that `path` means, oldest first. Raises ConfigError when there is no such file or folder.

    A folder is searched with its subfolders for the formats known; hidden and temporary files, and links that
    lead out of the folder, are passed over. A glob that fits nothing is no error: files may come.
    """
    place = Path(path).expanduser()
    alone = False
    try:
        if place.is_file():
            root, alone, found = place.parent, True, [place]
        elif place.is_dir():
            root = place
            found = [file for file in place.rglob("*") if _is_table(file)]
        elif _SIGNS & set(path):
            parts = place.parts
            fixed = next(i for i, part in enumerate(parts) if _SIGNS & set(part))
            root = Path(*parts[:fixed])
            found = list(root.glob(str(Path(*parts[fixed:]))))
        else:
            raise ConfigError(f"path: there is no file or folder {path!r}.")
        inside = {_name(file, root): file for file in found if alone or _belongs(file, root)}
        sizes = {name: size for name, file in inside.items() if (size := _measure(file))}
    except PermissionError as error:
        raise Refused(f"{error.filename or path} may not be read. Give this user the right to.") from error
    order = sorted(sizes, key=lambda name: (sizes[name][1], name))
    return Folder({name: inside[name] for name in order}, sizes, time.monotonic(), alone)


def _is_table(file: Path) -> bool:
    suffix = Path(file.name.lower().removesuffix(".gz")).suffix
    return suffix in FORMATS and suffix != ".txt"


def _belongs(file: Path, root: Path) -> bool:
    parts = file.relative_to(root).parts
    if any(part.startswith((".", "~$")) for part in parts) or not file.is_file():
        return False
    return file.resolve().is_relative_to(root.resolve())


def _name(file: Path, root: Path) -> str:
    """A stream's name is text; a file name that is not (any bytes are allowed) is shown escaped."""
    return os.fsencode(file.relative_to(root)).decode("utf-8", "backslashreplace")


def _measure(file: Path) -> tuple[int, int] | None:
    try:
        stat = file.stat()
    except FileNotFoundError:  # taken away since it was listed
        return None
    return stat.st_size, stat.st_mtime_ns
