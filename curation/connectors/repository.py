"""A repository's issues over REST, its discussions over GraphQL (docs.github.com/rest, /graphql; read in 2026)."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from curation.connectors.answers import Answer
from curation.connectors.http import Http
from curation.connectors.paging import Entry
from curation.connectors.rates import waits
from curation.connectors.shapes import body, deep, entries, listed, packed, refusal, some, text
from curation.errors import Invalid, NotFound, Refused, TryAgain, Unknown
from curation.models import Receipt

_ERRORS = {
    "NOT_FOUND": NotFound,
    "FORBIDDEN": Refused,
    "INSUFFICIENT_SCOPES": Refused,
    "RATE_LIMITED": TryAgain,
}
_NODE = (
    "id body url createdAt updatedAt authorAssociation viewerDidAuthor upvoteCount author{login __typename}"
)
_INFO = "pageInfo{hasNextPage endCursor}"
_REPLIES = f"nodes{{{_NODE}}}{_INFO}"
_COMMENTS = f"nodes{{{_NODE} replies(first:20){{{_REPLIES}}}}}{_INFO}"
TALKS = (
    "query($owner:String!,$name:String!,$after:String){repository(owner:$owner,name:$name){discussions(first:20,after:$after,"
    f"orderBy:{{field:UPDATED_AT,direction:DESC}}){{nodes{{{_NODE} title number comments(first:20){{{_COMMENTS}}}}}{_INFO}}}}}}}"
)
MORE = {
    "comments": "query($id:ID!,$after:String){node(id:$id){... on Discussion{comments(first:100,after:$after)"
    f"{{{_COMMENTS}}}}}}}}}",
    "replies": "query($id:ID!,$after:String){node(id:$id){... on DiscussionComment{replies(first:100,after:$after)"
    f"{{{_REPLIES}}}}}}}}}",
}
ANSWER = "mutation($input:AddDiscussionCommentInput!){addDiscussionComment(input:$input){comment{id url}}}"


def allowed(connection: Http, answer: Answer) -> Answer:
    """Return an answer that is none of a refusal. GitHub says 403 also where a rate limit is spent.

    Raises Refused, and TryAgain for a limit.
    """
    if answer.status != 403:
        return answer
    wait = waits(answer.headers)
    if wait is None and answer.headers.get("x-ratelimit-remaining") != "0":
        raise refusal(answer)
    raise TryAgain("GitHub asks to wait.", after=wait or connection.budget.pause(0.0) or 60.0)


def _path(connection: Http) -> str:
    return f"{connection.base.rstrip('/').removesuffix('/v3')}/graphql"


def _data(said: Any) -> Any:
    """Return what was asked for: GraphQL refuses with 200."""
    if some(said, "errors"):
        code = text(said, "errors", 0, "type", longest=60) or "no type"
        raise _ERRORS.get(code, Invalid)(f"GitHub does not do what was asked ({code}).")
    if not isinstance(deep(said, "data"), dict):
        raise TryAgain("GitHub answered without data.", after=60)
    return deep(said, "data")


def _ask(connection: Http, query: str, variables: dict[str, Any]) -> Any:
    value = {"query": query, "variables": variables}
    return _data(allowed(connection, connection.query(_path(connection), value, ok=(200, 403))).json())


def _next(page: Any) -> str | None:
    return text(page, "pageInfo", "endCursor") if deep(page, "pageInfo", "hasNextPage") is True else None


def _nodes(connection: Http, holder: dict[str, Any], field: str) -> Iterator[dict[str, Any]]:
    """Yield a discussion's comments or a comment's replies: those it came with, then the rest."""
    page = holder.get(field)
    yield from some(page, "nodes")
    seen: set[str] = set()
    while (after := _next(page)) is not None and after not in seen:
        seen.add(after)
        asked = {"id": text(holder, "id"), "after": after}
        page = deep(_ask(connection, MORE[field], asked), "node", field)
        yield from listed(page, "nodes")


def _below(connection: Http, talk: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield all that is said in a discussion. `top`: what a reply goes under."""
    root = text(talk, "id")
    for comment in _nodes(connection, talk, "comments"):
        top = text(comment, "id")
        yield {**comment, "replies": None, "thread": root, "parent": root, "top": top}
        for reply in _nodes(connection, comment, "replies"):
            yield {**reply, "thread": root, "parent": top, "top": top}


def discussions(connection: Http, repository: str, after: str | None) -> tuple[list[Entry], str | None]:
    """Return whole discussions, newest change first, one raw for each thing said; and the next token."""
    owner, _, name = repository.partition("/")
    said = _ask(connection, TALKS, {"owner": owner, "name": name, "after": after})
    found = deep(said, "repository", "discussions")
    shown: list[Entry] = []
    for talk in listed(found, "nodes"):
        about = {"title": talk.get("title"), "number": talk.get("number"), "repository": repository}
        whole = [{**talk, "comments": None, "thread": text(talk, "id")}, *_below(connection, talk)]
        # All of a thread counts as changed when any of it did.
        ((at, _),) = entries([talk], ("id",), ("updatedAt",))
        shown += [(at, packed({**one, **about, "key": text(one, "id")}, text(one, "id"))) for one in whole]
    return shown, _next(found)


def seconds(at: datetime | None) -> str | None:
    """Write a time as GitHub takes it."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else None


def issues(
    connection: Http, repository: str, what: str, start: datetime | None, token: Any
) -> tuple[list[Entry], Any]:
    """Return a page of `issues` or `issues/comments`, by rising time of change, and the next token.

    A token is [since, page]: the next page begins at the time this one ends with, and has a number beyond 1 only
    where a whole page changed within one second. Page numbers alone lose what moves up when something changes.
    """
    since, number = token or (seconds(start), 1)
    asked = {"sort": "updated", "direction": "asc", "state": "all", "since": since, "per_page": 100}
    path = f"repos/{repository}/{what}"
    answer = allowed(connection, connection.get(path, {**asked, "page": number}, ok=(200, 403)))
    found = [_named(repository, one, what == "issues") for one in listed(answer.json())]
    shown, link = entries(found, ("key",), ("updated_at",)), answer.link()
    more, last = bool(link and connection.same_host(link)), seconds(shown[-1][0]) if shown else None
    following = [last, 1] if last and last != since else [since, number + 1]
    kept = [made for made, one in zip(shown, found, strict=True) if not _is_pull(one)]
    return kept, following if more else None


def _named(repository: str, one: dict[str, Any], issue: bool) -> dict[str, Any]:
    """Give it its key and its thread's: a comment says by address only which issue it belongs to."""
    number = text(one, "number") if issue else (text(one, "issue_url") or "").rpartition("/")[2]
    thread, own = f"{repository}#{number}" if number else None, text(one, "id")
    key = thread if issue else f"comment-{own}" if own else None
    return {**one, "key": key, "thread": thread, "number": number, "repository": repository}


def _is_pull(one: dict[str, Any]) -> bool:
    return "pull_request" in one or "/pull/" in (text(one, "html_url") or "")


def say(connection: Http, discussion: str, top: str | None, said: str) -> Receipt:
    """Comment in a discussion, under the comment `top` if there is one. Raises Unknown."""
    given = {"discussionId": discussion, "body": said, **({"replyToId": top} if top else {})}
    value = {"query": ANSWER, "variables": {"input": given}}
    answer = allowed(connection, connection.send("POST", _path(connection), value, ok=(200, 403)))
    told = body(answer)
    comment = deep(_data(told) if told is not None else None, "addDiscussionComment", "comment")
    if key := text(comment, "id"):
        return Receipt(key=key, url=text(comment, "url"))
    raise Unknown("GitHub did not say what became of the reply.")


def all_of(connection: Http, discussion: str) -> Iterator[dict[str, Any]]:
    """Yield all that is said below a discussion. Raises NotFound where it is gone."""
    said = _ask(connection, MORE["comments"], {"id": discussion, "after": None})
    comments = deep(said, "node", "comments")
    listed(comments, "nodes")
    yield from _below(connection, {"id": discussion, "comments": comments})
