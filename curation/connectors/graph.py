"""Meta's Graph API v25.0: comments page by page, and errors that say 400 for whatever went wrong (developers.facebook.com).

An address of a next page holds the token: none is followed, logged or kept, only the `after` of its cursors.
"""

from functools import partial
from typing import Any

from curation.connectors.again import gone, whole
from curation.connectors.answers import Answer
from curation.connectors.http import Http
from curation.connectors.paging import Entry
from curation.connectors.shapes import body, deep, entries, listed, refusal, some, text
from curation.errors import Invalid, NotFound, Refused, TryAgain
from curation.models import Raw

ASKED = (200, 400, 401, 403)
"""Statuses a caller hands to `checked`."""
FIELDS = {
    "page": "id,message,from{id,name},created_time,parent{id},permalink_url,is_hidden,like_count,comment_count",
    "instagram": "id,text,timestamp,username,from{id,username},parent_id,hidden,like_count",
}
_TIME = {"page": "created_time", "instagram": "timestamp"}
_WAIT = {4, 17, 32, 613, *range(80_000, 80_015)}
_UNCLEAR = {1, 2, 506}


def checked(answer: Answer) -> Any:
    """Return the JSON of a good answer. Raises TryAgain (a limit too), Refused, NotFound or Invalid."""
    if answer.status == 200:
        return answer.json()
    error = deep(body(answer), "error")
    code, host = deep(error, "code"), answer.url.host
    if not isinstance(code, int):
        raise refusal(answer)
    if code in _WAIT:
        raise TryAgain(f"{host} asks to wait (code {code}): too many calls.", after=900)
    if code in _UNCLEAR:
        raise TryAgain(f"{host} fails at the moment (code {code}).", after=60)
    if code in (102, 190, 467):
        raise Refused(
            f"{host} does not accept the token any more (code {code}). Make a new one and store it."
        )
    if code in (3, 10, 368) or 200 <= code < 300:
        raise Refused(f"{host} does not allow this (code {code}). Check the token's permissions.")
    if code == 803 or (code == 100 and deep(error, "error_subcode") == 33):
        raise NotFound(f"{host} has nothing there (code {code}).")
    raise Invalid(f"{host} does not take the request (code {code}).")


def taken(answer: Answer) -> str | None:
    """Return the id of a reply that was taken, None where nobody knows; else raises as `checked` does."""
    said = body(answer)
    if answer.status < 300 or deep(said, "error", "code") in _UNCLEAR:
        return text(said, "id") if answer.status < 300 else None
    return str(checked(answer))


def comments(
    connection: Http, kind: str, post: str, path: str, token: Any = None
) -> tuple[list[Entry], str | None]:
    """Read a page of comments, answers among them, and the next page's token. `kind`: page or instagram."""
    fields, more = FIELDS[kind], {"filter": "stream", "order": "reverse_chronological"}
    if kind == "instagram" and not path.endswith("/replies"):
        fields, more = f"{fields},replies.limit(50){{{fields}}}", {}
    params = {"fields": fields, "limit": 100, "after": token, **more}
    said = checked(connection.get(path, params, ok=ASKED))
    heads, found = listed(said, "data"), []
    for head, (at, raw) in zip(heads, _entries(kind, post, heads), strict=True):
        replies, key = _entries(kind, post, some(head, "replies", "data")), text(head, "id")
        if key and deep(head, "replies", "paging", "next"):
            replies = whole(partial(comments, connection, kind, post, f"{key}/replies"))
        found += [(at, raw), *((at, reply) for _, reply in replies)]
    following = text(said, "paging", "cursors", "after", longest=5_000)
    return found, following if deep(said, "paging", "next") else None


def known(connection: Http, kind: str, post: str, keys: str) -> list[Raw]:
    """Read comments by id, joined by commas; one that is not there any more becomes a deletion."""
    try:
        said = checked(connection.get("", {"ids": keys, "fields": FIELDS[kind]}, ok=ASKED))
    except (NotFound, Invalid) as error:
        # One that is gone spoils the whole request, so they are asked for one by one.
        if "," in keys:
            return [raw for key in keys.split(",") for raw in known(connection, kind, post, key)]
        if isinstance(error, Invalid):
            raise
        return [gone(keys)]
    found = [one for key in keys.split(",") if isinstance(one := deep(said, key), dict)]
    if len(found) < len(keys.split(",")):
        raise TryAgain("An answer of the Graph API lacks what was asked for.", after=300)
    return [raw for _, raw in _entries(kind, post, found)]


def _entries(kind: str, post: str, found: list[dict[str, Any]]) -> list[Entry]:
    bare = [{name: value for name, value in one.items() if name != "replies"} for one in found]
    wrapped = [{"kind": kind, "post": post, "comment": one} for one in bare]
    return entries(wrapped, ("comment", "id"), ("comment", _TIME[kind]))
