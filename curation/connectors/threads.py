"""Find the comment a thread began with, where a channel names no more than the one that is answered."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from curation.connectors.again import parts
from curation.connectors.shapes import text

DEEPEST = 20
"""Answers above one another beyond which a thread is not followed upwards."""


def above(one: Any) -> str | None:
    """Return the key of the comment answered, None where `parent` is missing, empty or 0."""
    key = text(one, "parent", longest=500)
    return None if key == "0" else key


def roots(
    found: Sequence[dict[str, Any]], look: Callable[[str], list[dict[str, Any]]]
) -> Iterator[str | None]:
    """Yield the key of each one's root; objects have `id` and `parent`.

    `look` takes at most a hundred keys joined by commas, and returns those of them that are there. One whose parent
    is not there begins a thread by the parent's key.
    """
    up: dict[str | None, str | None] = {}
    level = list(found)
    for _ in range(DEEPEST):
        up.update((text(one, "id"), above(one)) for one in level)
        wanted = {key for one in level if (key := above(one)) and key not in up}
        up.update(dict.fromkeys(wanted))
        level = [one for keys in parts(sorted(wanted), 100) for one in look(keys)]
    for one in found:
        root = text(one, "id")
        for _ in range(DEEPEST):
            root = up.get(root) or root
        yield root
