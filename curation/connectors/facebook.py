"""Comments under a Facebook page's posts and an Instagram account's media, over the Graph API v25.0 (developers.facebook.com).

A stream for each of the newest `posts` posts and media, with a cursor {until, walk, recent}: its comments come from new to old,
down to what the last whole walk began with, less `reread` days; so edits of that time are seen. A comment that is no longer
shown is asked about once: so deletions are seen, while the post is among the newest. Comments under older posts are not read.

The token goes in a header; addresses of next pages hold it and are never followed nor kept, only their `after`. Proven, `send`
too, on a stand-in written after the documentation, not on Meta's servers. `find_reply` reads the replies under the comment.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any

from pydantic import SecretStr

from curation.connectors import again, graph
from curation.connectors.http import Http
from curation.connectors.paging import newest_first
from curation.connectors.shapes import counted, deep, either, kept, listed, needed, payload, text, when
from curation.errors import BadRecord, Invalid, Unknown
from curation.models import Comment, Cursor, Deleted, Page, Raw, Receipt, Reply, Rules


@dataclass(frozen=True, kw_only=True)
class Facebook:
    """`page`: the page's id. `instagram`, `username`: the account's id and name. `token`: of the page, long-lived."""

    token: SecretStr
    page: str | None = None
    instagram: str | None = None
    username: str | None = None
    posts: int = 25
    reread: int = 3
    since: date | None = None
    url: str = "https://graph.facebook.com/v25.0"
    private: bool = False

    @contextmanager
    def connect(self) -> Iterator[Http]:
        """Make the client; nothing is asked yet."""
        token = self.token.get_secret_value()
        headers = {"authorization": f"Bearer {token}"}
        with Http(self.url, headers, secrets=(token,), private=self.private) as http:
            yield http

    def streams(self, connection: Http) -> Iterable[str]:
        """Name the newest posts and media, new ones first."""
        for kind, owner, edge in (("page", self.page, "posts"), ("instagram", self.instagram, "media")):
            if owner:
                params = {"fields": "id", "limit": self.posts}
                said = graph.checked(connection.get(f"{owner}/{edge}", params, ok=graph.ASKED))
                keys = (text(one, "id", longest=100) for one in listed(said, "data")[: self.posts])
                yield from (f"{kind} {key}" for key in keys if key)

    def pull(self, connection: Http, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        """Yield a post's comments from new to old, then those that are gone."""
        kind, _, post = stream.partition(" ")

        def ask(keys: list[str]) -> list[Raw]:
            return [
                raw for part in again.parts(keys, 50) for raw in graph.known(connection, kind, post, part)
            ]

        fetch = partial(graph.comments, connection, kind, post, f"{post}/comments")
        pages = newest_first(stream, cursor, fetch, lag=timedelta(days=self.reread), since=self.since)
        yield from again.followed(stream, cursor, pages, ask, keep=500, forget=True)

    def normalise(self, raw: Raw) -> Iterable[Comment | Deleted]:
        """Map one comment."""
        found = payload(raw)
        if "deleted" in found:
            return [Deleted(key=needed(found, "deleted"))]
        said = deep(found, "comment")
        key, shown = needed(said, "id"), either(said, "message", "text")
        if not shown:
            raise BadRecord("There is no text.")
        parent = text(said, "parent", "id") or text(said, "parent_id")
        name = either(deep(said, "from"), "name", "username") or text(said, "username")
        comment = Comment(
            key=key,
            text=shown,
            created_at=when(said, "created_time" if "created_time" in said else "timestamp"),
            author=name,
            author_key=text(said, "from", "id"),
            thread=parent or key,
            reply_to=parent,
            url=text(said, "permalink_url", longest=1_000),
            role="team" if self._ours(said) else "customer",
            attributes=kept(said, "is_hidden", "hidden") | kept(found, "kind", "post"),
            counts=counted(said),
        )
        return [comment]

    def rules(self, to: Comment) -> Rules:
        """Answers stand under the first comment of a thread."""
        note = "Hidden comments take no answer."
        instagram = (to.attributes or {}).get("kind") == "instagram"
        return Rules(longest=300 if instagram else 8_000, links=not instagram, note=note)

    def send(self, connection: Http, reply: Reply) -> Receipt:
        """Answer once. Raises Unknown, TryAgain, Refused, NotFound, Invalid."""
        known = reply.to.attributes or {}
        if known.get("is_hidden") or known.get("hidden"):
            raise Invalid("The comment is hidden, and a hidden comment takes no answer.")
        sent = connection.send("POST", _under(reply.to), {"message": reply.text}, ok=graph.ASKED)
        if not (key := graph.taken(sent)):
            raise Unknown("Meta did not say what became of the answer.")
        return Receipt(key=key)

    def find_reply(self, connection: Http, reply: Reply) -> Receipt | None:
        """Look through all answers under the thread's first comment for our own with this text."""
        kind = str((reply.to.attributes or {}).get("kind") or "page")

        def ours(found: Any) -> bool:
            said = deep(found, "comment")
            return self._ours(said) and again.alike(either(said, "message", "text") or "", reply.text)

        return again.sought(partial(graph.comments, connection, kind, "", _under(reply.to)), ours)

    def _ours(self, said: Any) -> bool:
        names = {text(said, "from", "id"), text(said, "from", "username"), text(said, "username")}
        return bool(names & ({self.page, self.instagram, self.username} - {None}))


def _under(to: Comment) -> str:
    instagram = (to.attributes or {}).get("kind") == "instagram"
    return f"{to.thread or to.key}/{'replies' if instagram else 'comments'}"
