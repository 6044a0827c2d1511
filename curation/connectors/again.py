"""Ask again about what a walk no longer shows: the way to edits, late answers and deletions where a channel tells none."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from curation.connectors.paging import Entry, Trail
from curation.connectors.shapes import ODD, packed, payload
from curation.errors import TryAgain
from curation.models import Cursor, Page, Raw, Receipt

LAG = timedelta(hours=2)
"""How far a walk from new to old reads again."""


def followed(
    stream: str,
    cursor: Cursor | None,
    pages: Iterable[Page],
    ask: Callable[[list[str]], list[Raw]],
    *,
    keep: int,
    forget: bool = False,
) -> Iterator[Page]:
    """Pass a walk's pages on, then ask about the keys that walks before showed and this one did not.

    The cursor keeps the newest `keep` keys as `recent`. `forget`: a key is asked about once, when it leaves the walk's
    window; without it, at every pull until newer ones push it out.
    """
    before = [str(key) for key in (cursor or {}).get("recent") or []][:keep]
    shown: list[str] = []
    reached: Cursor = dict(cursor or {})
    for page in pages:
        shown += [raw.key for raw in page.raws if not raw.key.startswith(ODD)]
        reached = {**page.cursor, "recent": list(dict.fromkeys([*shown, *before]))[:keep]}
        yield replace(page, cursor=reached)
    missing = sorted(set(before) - set(shown), key=before.index)
    if not missing:
        return
    raws = ask(missing)
    recent = list(reached.get("recent") or before)
    fresh = [raw.key for raw in raws if raw.key not in recent and raw.key not in missing]
    left = [key for key in recent if not forget or key not in missing]
    if raws or forget:
        reached = {**reached, "recent": list(dict.fromkeys([*fresh, *left]))[:keep]}
        yield Page(stream=stream, raws=raws, cursor=reached)


def parts(keys: Sequence[str], size: int) -> Iterator[str]:
    """Yield the keys joined by commas, so many at a time."""
    for start in range(0, len(keys), size):
        yield ",".join(keys[start : start + size])


def gone(key: str) -> Raw:
    """Make the raw of a comment that is not there any more."""
    return packed({"deleted": key}, key)


def whole(fetch: Callable[[Any], tuple[Sequence[Entry], Any]]) -> list[Entry]:
    """Read a listing to its end."""
    entries, token = fetch(None)
    found, trail = list(entries), Trail()
    while token and entries:
        trail.met((raw.key for _, raw in entries), token)
        entries, token = fetch(token)
        found += entries
    return found


def sought(
    fetch: Callable[[Any], tuple[Sequence[Entry], Any]],
    match: Callable[[dict[str, Any]], bool],
    after: datetime | None = None,
    *,
    ends: int = 1 << 60,
) -> Receipt | None:
    """Look for a reply of ours; return its receipt, None where it is not there.

    `after`: the list goes from new to old, and need not be read below that time. Raises TryAgain where the list ended
    first, of a channel that shows at most `ends` entries.
    """
    token, count, trail = None, 0, Trail()
    while True:
        found, token = fetch(token)
        trail.met((raw.key for _, raw in found), token)
        for at, raw in found:
            if match(payload(raw)):
                return Receipt(key=raw.key, at=at)
        count += len(found)
        if after and any(at < after for at, _ in found):
            return None
        if token is None or not found:
            if count < ends:
                return None
            raise TryAgain("The channel's list of what we wrote ended before the comment's time.", after=3600)


def alike(one: str, other: str) -> bool:
    """Compare two texts as a reader does: a service may change the space around words."""
    return one.split() == other.split()
