"""How tests wait: as long as a slow and busy machine needs, and no longer than what is waited for takes."""

import time
from collections.abc import Callable
from typing import Any

PATIENCE = 300.0
"""Seconds after which something hangs. No test is about how long a thing takes; benchmarks are."""


def eventually(ask: Callable[[], Any], every: float = 0.2) -> Any:
    """Ask until the answer is true; return it, or fail with the last one."""
    end = time.monotonic() + PATIENCE
    while not (answer := ask()):
        assert time.monotonic() < end, f"still {answer!r} after {PATIENCE:.0f} s"
        time.sleep(every)
    return answer
