"""DuckDB's and the disk's faults, as errors named by what to do."""

import re
from errno import EACCES, EPERM, EROFS
from pathlib import Path

import duckdb

from curation.errors import ConfigError, DiskFull, StoreBusy, StoreDamaged

_HELD = re.compile(r"Conflicting lock is held in (.+? \(PID \d+\))")
"""DuckDB's word for another program, not Tribune, that has the file open."""


INTERRUPTED = "Query interrupted"
"""What DuckDB makes of a Ctrl-C that comes while it computes: a RuntimeError, which would pass for a fault."""


def translate(error: BaseException, file: Path) -> BaseException:
    """Turn DuckDB's faults into errors named by what to do; leave the others alone."""
    said = str(error)
    if isinstance(error, RuntimeError) and said == INTERRUPTED:
        return KeyboardInterrupt()
    if isinstance(error, duckdb.Error | OSError) and (
        "No space left" in said or "not enough space" in said.lower()
    ):
        return DiskFull(
            f"No room left on the disk of {file.parent}. Nothing of this step was kept. Free space, then run it again."
        )
    if isinstance(error, duckdb.OutOfMemoryException):
        return ConfigError(
            "This needs more memory than the store may use. Raise memory_limit under [store] in "
            f"{file.with_name('tribune.toml')}, or ask for less at once."
        )
    if isinstance(error, duckdb.FatalException):
        return StoreDamaged(fatal(file, error))
    if isinstance(error, duckdb.IOException) and (held := _HELD.search(said)):
        return StoreBusy(f"{file} is held by {held[1]}. Wait until it ends, or stop it, then try again.")
    if isinstance(error, duckdb.IOException | duckdb.SerializationException):
        if "Permission denied" in said or "Read-only file system" in said:
            return StoreDamaged(
                f"{file} cannot be written: {said.splitlines()[0]}. Give this user write access to {file.parent}."
            )
        return StoreDamaged(
            f"{file} cannot be read: {said.splitlines()[0]} Restore a backup: tribune restore FILE."
        )
    if isinstance(error, OSError) and error.errno in (EACCES, EPERM, EROFS):
        return StoreDamaged(
            f"{error.filename or file} cannot be written. Give this user write access to {file.parent}."
        )
    return error


def fatal(file: Path, error: BaseException) -> str:
    """Say that DuckDB gave up on the file, and that what was committed is safe."""
    return f"{file} had to be closed: {str(error).splitlines()[0]} Start again; what was committed is safe."
