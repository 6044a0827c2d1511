"""What the network shows of posts: notifications, own posts with their threads, searches, and whether a post is still there."""

import hashlib
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from curation.connectors.atproto.session import Session
from curation.connectors.atproto.texts import inside, listed, stamp, when
from curation.connectors.paging import Entry
from curation.connectors.shapes import coded
from curation.errors import NotFound, TryAgain
from curation.models import Raw

ADDRESSED, OWN, SEARCH = "notifications", "own posts", "search "
COUNTED = ("likeCount", "repostCount", "replyCount")
LOOKED_UP = 25
"""Posts the network looks up in one request."""
_REASONS = ("mention", "reply", "quote")
_EMPTY = 50
_MARK = Raw(key="", payload="")
"""Stands in a page for how far it reached: a page may hold nothing we asked for."""

Fetch = Callable[[Any], tuple[Sequence[Entry], Any]]


def fetching(session: Session, stream: str) -> Fetch:
    """Return what reads a page of `stream`. Entries with an empty key only tell how far a page reaches."""
    if stream == ADDRESSED:
        # The account may have asked for those it follows only: priority says for this once that it has not.
        asked = {"reasons": list(_REASONS), "priority": "false", "limit": 100}
        return pages(session, "app.bsky.notification.listNotifications", "notifications", asked)
    if stream == OWN:
        asked = {"actor": session.did, "filter": "posts_with_replies", "limit": 25}
        return pages(session, "app.bsky.feed.getAuthorFeed", "feed", asked)
    asked = {"q": stream.removeprefix(SEARCH), "sort": "latest", "limit": 100}
    return pages(session, "app.bsky.feed.searchPosts", "posts", asked)


def pages(session: Session, name: str, field: str, asked: dict[str, Any]) -> Fetch:
    """Return what reads a page of the endpoint `name`, whose answer lists posts in `field`, with the parameters `asked`."""

    def fetch(token: Any) -> tuple[Sequence[Entry], Any]:
        for _ in range(_EMPTY):
            said = session.read(name, **asked, cursor=token)
            views = said.get(field)
            if not isinstance(views, list):
                raise TryAgain(f"{session.http.base} lists no {field}.", after=60)
            entries = list(_entries(session, field, views))
            following = said.get("cursor")
            following = following if isinstance(following, str) and following != token else None
            if field == "notifications":
                reached, following = _after(following, token)
                entries += [(reached, _MARK)] if reached else []
            if entries or following is None:
                return entries, following
            token = following
        raise TryAgain(f"{session.http.base} gives nothing but empty pages of {field}.", after=600)

    return fetch


def _after(following: str | None, token: Any) -> tuple[datetime | None, str | None]:
    """Return the time a cursor of notifications says, and the cursor to go on with.

    The service goes on strictly below that time and would leave out what has the very same; so we begin a millisecond above,
    unless a whole page has one time.
    """
    at = when(following)
    if at is None:
        return None, following
    above = stamp(at + timedelta(milliseconds=1))
    return at, following if above == token else above


def _entries(session: Session, field: str, views: list[Any]) -> Iterator[Entry]:
    now = datetime.now(UTC)
    at = now
    for entry in views:
        view = inside(entry, "post") if field == "feed" else entry
        if field == "feed" and inside(entry, "reason"):
            continue
        if field == "notifications" and inside(entry, "reason") not in _REASONS:
            continue
        at = min(when(inside(view, "indexedAt")) or at, now)
        yield at, raw(view, session.did)
        # A thread comes with its beginning, at its time, so that how far the walk has come stays true.
        if field == "feed" and inside(view, "replyCount") and not inside(view, "record", "reply"):
            for below in _thread(session, str(inside(view, "uri"))):
                yield at, raw(below, session.did)


def raw(view: Any, own: str) -> Raw:
    """Return a post as every listing shows it, and the counts, which notifications leave out; without what was read."""
    author = inside(view, "author")
    times = [at for name in (("record", "createdAt"), ("indexedAt",)) if (at := when(inside(view, *name)))]
    labels = listed(inside(author, "labels"))
    payload = {
        "uri": inside(view, "uri"),
        "cid": inside(view, "cid"),
        "at": min(times).isoformat() if times else None,
        "author": {name: inside(author, name) for name in ("did", "handle", "displayName")},
        "bot": any(
            inside(one, "val") == "bot" and inside(one, "src") == inside(author, "did") for one in labels
        ),
        "record": inside(view, "record"),
        "own": own,
        **{name: count for name in COUNTED if isinstance(count := inside(view, name), int)},
    }
    content = coded(payload)
    key = str(payload["uri"] or "odd " + hashlib.sha256(content).hexdigest()[:16])[:800]
    return Raw(key=key, payload=content.decode())


def _thread(session: Session, uri: str) -> list[Any]:
    """Return all posts below one, as deep as the network goes."""
    try:
        said = session.read("app.bsky.feed.getPostThread", uri=uri, depth=100, parentHeight=0)
    except NotFound:
        return []
    found, left = [], listed(inside(said, "thread", "replies"), 10_000)
    while left:
        node = left.pop()
        left += listed(inside(node, "replies"), 10_000)
        if post := inside(node, "post"):
            found.append(post)
    return found


def cid(raw: Raw) -> str:
    """Return the end of the hash that names this version of a post: enough to tell it from another, and short in a cursor."""
    return str(inside(orjson.loads(raw.payload), "cid"))[-12:]


def newest(kept: dict[str, str], longest: int) -> dict[str, str]:
    """Keep the `longest` newest of posts by key; record keys sort by time."""
    if len(kept) <= longest:
        return kept
    return {key: kept[key] for key in sorted(kept, key=lambda key: key.rpartition("/")[2])[-longest:]}


def changed(
    session: Session, kept: dict[str, str], fresh: Collection[str]
) -> Iterator[tuple[list[Raw], dict[str, str]]]:
    """Look up those `kept` (key to cid) that are not `fresh`: yield raws of what was edited or deleted, and what is kept then.

    A post that is hidden from us, by a block for example, is not deleted.
    """
    left = [key for key in kept if key not in fresh and key.startswith("at://")]
    for start in range(0, len(left), LOOKED_UP):
        keys, raws = left[start : start + LOOKED_UP], []
        said = session.read("app.bsky.feed.getPosts", uris=keys)
        views = {str(inside(view, "uri")): view for view in listed(said.get("posts"))}
        for key in keys:
            there, view = (True, views[key]) if key in views else _alone(session, key)
            now = raw(view, session.did) if view else None
            if now and cid(now) != kept[key]:
                raws.append(now)
                kept = {**kept, key: cid(now)}
            elif not there:
                gone = orjson.dumps({"deleted": key, "cid": kept[key]}).decode()
                raws.append(Raw(key=f"{key}#deleted", payload=gone))
                kept = {one: known for one, known in kept.items() if one != key}
        if raws:
            yield raws, kept


def _alone(session: Session, key: str) -> tuple[bool, Any]:
    """Say whether a post is there, and show it, unless it is hidden."""
    try:
        said = session.read("app.bsky.feed.getPostThread", uri=key, depth=0, parentHeight=0)
    except NotFound:
        return False, None
    return inside(said, "thread", "notFound") is not True, inside(said, "thread", "post")
