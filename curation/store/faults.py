"""DuckDB's and the disk's faults, as errors named by what to do."""

from errno import EACCES, EPERM, EROFS
from pathlib import Path

import duckdb

from curation.errors import DiskFull, StoreDamaged


def translate(error: BaseException, file: Path) -> BaseException:
    """Turn DuckDB's faults into errors named by what to do; leave the others alone."""
    said = str(error)
    if isinstance(error, duckdb.Error | OSError) and (
        "No space left" in said or "not enough space" in said.lower()
    ):
        return DiskFull(
            f"No room left on the disk of {file.parent}. Nothing of this step was kept. Free space, then run it again."
        )
    if isinstance(error, duckdb.FatalException):
        return StoreDamaged(fatal(file, error))
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
