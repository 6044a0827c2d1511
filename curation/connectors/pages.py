"""What the isso connector reads with: a page's comments and their answers, whole."""

import hashlib
import html
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from typing import Any

from curation.connectors import markup
from curation.connectors.answers import Answer
from curation.connectors.http import Http
from curation.connectors.shapes import deep, listed, packed, text, when
from curation.errors import BadRecord, Invalid, NotFound, Refused, TribuneError, TryAgain
from curation.models import Comment, Cursor, Page, Raw

PAGE = 100
KEEP = 2_000
MINUTE = 60.0
"""Isso's limit counts an address's comments of the last minute."""
EDITING = 900.0
"""How long, by default, an author may still edit, and nobody at the same address may answer."""
DELETED = 4
_SALT = b"Eech7co8Ohloopo9Ol6baimi"
_KEPT = (
    "id",
    "parent",
    "mode",
    "text",
    "author",
    "website",
    "created",
    "modified",
    "likes",
    "dislikes",
    "hash",
)


def walk(connection: Http, uri: str, cursor: Cursor | None, since: date | None) -> Iterator[Page]:
    """Read first comments from new to old, each with all its answers, from the cursor's `offset` on."""
    offset, over, before = int((cursor or {}).get("offset") or 0), False, [""]
    while not over:
        found, hidden = _listing(connection, uri, offset, nested_limit=PAGE, sort="newest")
        before = _onward(found, before)
        shown = [one for first in found for one in (first, *_nested(connection, uri, first))]
        raws = [_raw(uri, one) for one in shown if not _early(one, since)]
        offset, over = offset + len(found), not found or hidden <= 0
        yield Page(stream=uri, raws=raws, cursor={"offset": 0 if over else offset})


def answers(connection: Http, uri: str, parent: str, offset: int = 0) -> Iterator[dict[str, Any]]:
    """Yield the answers to one first comment, from old to new. Raises TryAgain."""
    hidden, before = 1, [""]
    while hidden > 0:
        found, hidden = _listing(connection, uri, offset, parent=parent)
        before = _onward(found, before)
        yield from found
        offset, hidden = offset + len(found), hidden if found else 0


def gone(connection: Http, uri: str) -> Callable[[list[str]], list[Raw]]:
    """Return what tells of keys that are no longer listed which are gone: 404; a comment of somebody else's is 403."""

    def missing(key: str) -> bool:
        try:
            connection.get(f"/id/{key}", ok=(200, 403))
        except NotFound:
            return True
        return False

    def ask(keys: list[str]) -> list[Raw]:
        return [
            _raw(uri, {"id": int(one), "mode": DELETED}) for one in keys if one.isdecimal() and missing(one)
        ]

    return ask


@cache
def hashed(email: str) -> str:
    """Hash an address as Isso does by default (its settings `[hash]`)."""
    return hashlib.pbkdf2_hmac("sha1", html.escape(email, quote=False).encode(), _SALT, 1_000, 6).hex()


def told(answer: Answer) -> TribuneError:
    """Make the error that a 400 or 403 to a new comment stands for: Isso's limits are a 403 with words."""
    words = answer.content[:2_000].decode("utf-8", "replace")
    said = " ".join(markup.text(words).split())[:200]
    if "ratelimit exceeded" in said:
        return TryAgain("Isso takes no more comments from here within a minute.", after=MINUTE)
    if "time frame is still open" in said:
        return TryAgain("The comment came from our own address and may still be edited.", after=EDITING)
    if answer.status == 400:
        return Invalid(f"Isso does not take the reply: {said}")
    return Refused(f"Isso does not allow the reply (403): {said}")


def number(key: str) -> int:
    """Return a comment's key as Isso's number. Raises Invalid."""
    if not key.isdecimal():
        raise Invalid(f"{key[:100]!r} is no comment of Isso's.")
    return int(key)


def uri(to: Comment) -> str:
    """Return the page a comment stands on. Raises Invalid."""
    found = (to.attributes or {}).get("uri")
    if not isinstance(found, str):
        raise Invalid("The comment does not say on which page it stands. Pull it again.")
    return found


def _listing(connection: Http, uri: str, offset: int, **more: Any) -> tuple[list[dict[str, Any]], int]:
    asked = {"uri": uri, "limit": PAGE, "offset": offset or None, "plain": 1, **more}
    found = connection.get("/", asked).json()
    hidden = deep(found, "hidden_replies")
    if not isinstance(hidden, int):
        raise TryAgain("An answer of Isso has no hidden_replies: it may have changed.", after=300)
    return listed(found, "replies"), hidden


def _onward(found: list[dict[str, Any]], before: list[str]) -> list[str]:
    """Return the numbers on a page. Raises Refused for the page before once more: an Isso that knows no `offset`."""
    numbers = [text(one, "id") or "" for one in found]
    if numbers == before and numbers:
        raise Refused("Isso shows the same comments on every page: it is older than 0.14. Update it.")
    return numbers


def _nested(connection: Http, uri: str, first: dict[str, Any]) -> list[dict[str, Any]]:
    """Return all answers to a first comment; those that do not come with it, or oddly, are asked for."""
    key, hidden, whole = (
        text(first, "id"),
        first.get("hidden_replies"),
        isinstance(first.get("replies"), list),
    )
    found = listed(first, "replies") if whole else []
    if key and key.isdecimal() and not (whole and isinstance(hidden, int) and hidden <= 0):
        found += answers(connection, uri, key, len(found))
    return found


def _raw(uri: str, found: dict[str, Any]) -> Raw:
    kept = {name: found[name] for name in _KEPT if name in found}
    return packed({**kept, "uri": uri}, text(found, "id"))


def _early(found: Any, since: date | None) -> bool:
    try:
        return since is not None and when(found, "created").date() < since
    except BadRecord:
        return False
