"""What every stage does alike: count, tell how far it is, and keep how its run went."""

import dataclasses
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from curation.client import Client
from curation.errors import TribuneError

Progress = Callable[[str, int, int | None], None]
"""Told (what is going on, how many are done, of how many if known)."""


OPINION = ("asked", "disagreed", "tokens_in", "tokens_out")


@dataclass(slots=True)
class Counts:
    """What a stage did. `refused` counts what is newly refused; from `asked` on it is about second opinions."""

    pulled: int = 0
    new: int = 0
    changed: int = 0
    deleted: int = 0
    refused: int = 0
    tagged: int = 0
    asked: int = 0
    disagreed: int = 0
    tokens_in: int = 0
    tokens_out: int = 0

    def add(self, more: dict[str, int]) -> None:
        """Count `more` in."""
        for name, count in more.items():
            setattr(self, name, getattr(self, name) + count)

    def as_dict(self) -> dict[str, int]:
        """Return the counts by name; those about second opinions only where one was asked for."""
        return {name: n for name, n in dataclasses.asdict(self).items() if n or name not in OPINION}


def fault(error: BaseException) -> str:
    """Name an error nobody foresaw and where it arose, without its own words: they may quote a secret."""
    places = traceback.extract_tb(error.__traceback__)
    where = f" at {Path(places[-1].filename).name}, line {places[-1].lineno}" if places else ""
    return f"{type(error).__name__}{where}"


@contextmanager
def kept_run(client: Client, stage: str, source: str | None, counts: Counts, dry_run: bool) -> Iterator[None]:
    """Tell the store how a run went, whatever way it ends."""
    start = time.monotonic()

    def keep(error: str | None) -> None:
        if not dry_run:
            seconds = time.monotonic() - start
            run = {
                "stage": stage,
                "source": source,
                "seconds": seconds,
                "counts": counts.as_dict(),
                "error": error,
            }
            client.post("/runs", run)

    try:
        yield
    except BaseException as error:
        with suppress(TribuneError):
            keep(f"{error.title}: {error}"[:2000] if isinstance(error, TribuneError) else fault(error))
        raise
    keep(None)


def tell(progress: Progress | None, what: str, done: int, total: int | None) -> None:
    """Tell `progress`, if anyone listens."""
    if progress:
        progress(what, done, total)


def upkeep(client: Client) -> dict[str, Any]:
    """Have the store do its nightly care; return what was `done` and what `failed`, by name."""
    start = time.monotonic()
    answer: dict[str, Any] = client.post("/upkeep")
    error = "; ".join(f"{name}: {why}" for name, why in answer["failed"].items()) or None
    client.post(
        "/runs", {"stage": "upkeep", "seconds": time.monotonic() - start, "counts": {}, "error": error}
    )
    return answer
