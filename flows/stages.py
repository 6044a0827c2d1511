"""What the flows share: patience, a progress line in the log, one tagger at a time, and the run's report."""

import fcntl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import httpx
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.logging import get_run_logger
from prefect.states import Failed, State
from prefect.tasks import exponential_backoff

from curation.config import Config
from curation.errors import Stale, TribuneError, TryAgain

P, R = ParamSpec("P"), TypeVar("R")

LONGEST = 300.0
"""Seconds a run waits for a channel; a longer wait is left to the next scheduled run."""

LOG_EVERY = 10.0


def again(_task: Any, _run: Any, state: Any) -> bool:
    """Tell whether a failed stage is worth another try: the other side asked for it, was not there, or was faster."""
    error = state.result(raise_on_failure=False)
    if isinstance(error, TryAgain):
        if error.after > LONGEST:
            return False
        # What the channel asks for comes first; Prefect's own growing wait follows.
        time.sleep(error.after)
        return True
    # Stale: another pull of the same source moved the cursor; the next try starts from there.
    return isinstance(error, httpx.TransportError | Stale)


PATIENT: dict[str, Any] = {
    "retries": 4,
    "retry_delay_seconds": exponential_backoff(backoff_factor=4),
    "retry_jitter_factor": 0.3,
    "retry_condition_fn": again,
    "cache_policy": NO_CACHE,
    "persist_result": False,
}
"""How every stage's task is declared: 4, 8, 16, 32 s and a little, and nothing kept in Prefect."""


def plainly(stage: Callable[P, R]) -> Callable[P, R | State[Any]]:
    """Have a stage end as failed with one sentence where a person has to act; what may pass is raised, and retried."""

    @wraps(stage)
    def call(*arguments: P.args, **named: P.kwargs) -> R | State[Any]:
        try:
            return stage(*arguments, **named)
        except (TryAgain, Stale):
            raise
        except TribuneError as error:
            return Failed(message=f"{error.title}: {error}")

    return call


def failed(state: State[Any]) -> State[Any]:
    """End a flow as its stage ended, in the stage's words."""
    return Failed(message=state.message)


def logged() -> Callable[[str, int, int | None], None]:
    """Return a progress that writes a line into the run's log now and then."""
    log, last = get_run_logger(), time.monotonic()

    def tell(what: str, done: int, total: int | None) -> None:
        nonlocal last
        if time.monotonic() - last >= LOG_EVERY:
            last = time.monotonic()
            log.info("%s: %s%s", what, f"{done:,}", f" of {total:,}" if total else "")

    return tell


@contextmanager
def only_tagger(config: Config) -> Iterator[bool]:
    """Hold the right to tag, or give False where another process has it: it takes our comments along.

    A lock of the kernel's: it is free the moment its process is gone, which a slot in Prefect is not.
    """
    folder = config.home / "prefect"
    folder.mkdir(exist_ok=True)
    with (folder / "tagging.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def report(key: str, title: str, rows: Mapping[str, Any], closing: str = "") -> str:
    """Put a table on the run's page and return it. Numbers and names only, never what a customer wrote."""
    lines = [f"# {title}", "", "| | |", "|---|---:|"]
    for name, value in rows.items():
        shown = f"{value:,}" if isinstance(value, int) else str(value).replace("|", "\\|").replace("\n", " ")
        lines.append(f"| {name} | {shown} |")
    text = "\n".join([*lines, "", closing])
    create_markdown_artifact(key=key.replace("_", "-"), markdown=text, description=title)
    return text
