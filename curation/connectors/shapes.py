"""Take values out of payloads nobody vouches for: fields that are missing, of another type, or far too long."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from curation.connectors.answers import Answer
from curation.connectors.paging import Entry, moment
from curation.errors import BadRecord, Invalid, NotFound, Refused, TribuneError, TryAgain
from curation.models import MOST_COUNTED, Count, Raw

LONGEST = 100_000
"""Characters of one text beyond which it is cut."""
DEEPEST = 100
"""Levels of a payload that can be written for certain: orjson reads a thousand and writes 254."""
COUNTED: Mapping[Count, tuple[str, ...]] = {
    "likes": ("likes", "likeCount", "like_count", "favourites_count", "thumbsUpCount", "reactions.+1"),
    "reposts": ("repostCount", "reblogs_count"),
    "replies": ("replyCount", "reply_count", "replies_count", "comment_count", "num_comments", "comments"),
    "score": ("score", "upvoteCount"),
    "followers": ("account.followers_count",),
}
"""What the channels we read call their counts, with dots where deeper."""
ODD = "odd-"
"""What the key of a raw begins with that has none of its own."""


def deep(value: Any, *names: str | int) -> Any:
    """Follow `names` into objects and lists; None where the way ends."""
    for name in names:
        if isinstance(name, str):
            value = value.get(name) if isinstance(value, dict) else None
        else:
            value = value[name] if isinstance(value, list) and -len(value) <= name < len(value) else None
    return value


def text(value: Any, *names: str | int, longest: int = LONGEST) -> str | None:
    """Return the text at `names`, an id that is a number as text too; None where there is none."""
    found = deep(value, *names)
    if isinstance(found, int) and not isinstance(found, bool):
        found = str(found)
    return (found[:longest] or None) if isinstance(found, str) else None


def either(value: Any, *names: str) -> str | None:
    """Return the first text there is among an object's fields `names`."""
    return next((found for name in names if (found := text(value, name))), None)


def some(value: Any, *names: str | int) -> list[dict[str, Any]]:
    """Return the objects of the list at `names`, none where there is no list."""
    found = deep(value, *names)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def listed(value: Any, *names: str | int) -> list[dict[str, Any]]:
    """Return the objects of the list at `names`. Raises TryAgain where there is no list: the answer is not what was asked for."""
    found = deep(value, *names)
    if not isinstance(found, list):
        raise TryAgain(
            f"An answer has no list {'.'.join(map(str, names))!r}: the service may have changed it.",
            after=300,
        )
    return some(found)


def kept(value: Any, *names: str) -> dict[str, str | int | float]:
    """Return those of an object's fields `names` that hold a plain value: a comment's attributes."""
    found = {name: deep(value, name) for name in names}
    return {
        name: one[:1_000] if isinstance(one, str) else one
        for name, one in found.items()
        if isinstance(one, str | int | float) and one != ""
    }


def counted(value: Any) -> dict[Count, int]:
    """Return the counts an object tells by a name of COUNTED."""
    found = {name: next(_whole(value, ways), None) for name, ways in COUNTED.items()}
    return {name: count for name, count in found.items() if count is not None}


def _whole(value: Any, ways: Iterable[str]) -> Iterator[int]:
    for one in (deep(value, *way.split(".")) for way in ways):
        if type(one) is int and abs(one) <= MOST_COUNTED:
            yield one


def payload(raw: Raw) -> dict[str, Any]:
    """Parse a raw's JSON object. Raises BadRecord."""
    try:
        found = orjson.loads(raw.payload)
    except orjson.JSONDecodeError as error:
        raise BadRecord(f"The payload is no JSON: {error}.") from error
    if not isinstance(found, dict):
        raise BadRecord("The payload is no JSON object.")
    return found


def needed(value: Any, *names: str | int, longest: int = 500) -> str:
    """Return the text at `names`. Raises BadRecord naming it where there is none."""
    found = text(value, *names, longest=longest)
    if found is None:
        raise BadRecord(f"There is no {'.'.join(map(str, names))}.")
    return found


def when(value: Any, *names: str | int) -> datetime:
    """Return the time at `names`, in UTC. Raises BadRecord naming it where it is none."""
    try:
        return moment(deep(value, *names))
    except (ValueError, OverflowError, OSError, TypeError) as error:
        raise BadRecord(f"{'.'.join(map(str, names))} is no time.") from error


def coded(value: Any, option: int = 0) -> bytes:
    """Write JSON, without what is nested deeper than any channel nests: one hostile comment must not stop all others."""
    try:
        return orjson.dumps(value, option=option)
    except orjson.JSONEncodeError:
        return orjson.dumps(_shallow(value, DEEPEST), option=option)


def _shallow(value: Any, levels: int) -> Any:
    if isinstance(value, dict):
        return {name: _shallow(one, levels - 1) for name, one in value.items()} if levels else None
    if isinstance(value, list):
        return [_shallow(one, levels - 1) for one in value] if levels else None
    return value


def packed(value: Any, key: str | None) -> Raw:
    """Make a raw; one without a key gets its content's, so that `normalise` can refuse it with a reason."""
    content = coded(value)
    return Raw(key=key or f"{ODD}{hashlib.sha256(content).hexdigest()[:24]}", payload=content.decode())


def entries(found: Iterable[dict[str, Any]], key: Sequence[str], at: Sequence[str]) -> list[Entry]:
    """Make a page's entries of objects whose key and time stand at these names.

    One whose time cannot be read takes its neighbour's, and `normalise` says what is odd.
    """
    made: list[tuple[datetime | None, Raw]] = []
    for one in found:
        try:
            time = when(one, *at)
        except BadRecord:
            time = None
        made.append((time, packed(one, text(one, *key, longest=500))))
    known = next((time for time, _ in made if time), datetime.now(UTC))
    sure: list[Entry] = []
    for time, raw in made:
        known = time or known
        sure.append((known, raw))
    return sure


def body(answer: Answer) -> Any:
    """Parse what came with an error; None where it is no JSON."""
    try:
        return orjson.loads(answer.content)
    except orjson.JSONDecodeError:
        return None


def refusal(answer: Answer, why: str = "") -> TribuneError:
    """Make the error a status stands for where the body says no more; `why` is the service's own code, if it gave one."""
    said = f"{answer.url.host} answered {answer.status}{f' ({why[:60]})' if why else ''}."
    if answer.status in (401, 403):
        return Refused(f"{said} Check the credentials and what they may do.")
    if answer.status in (404, 410):
        return NotFound(said)
    return TryAgain(said, after=60) if answer.status == 429 or answer.status >= 500 else Invalid(said)
