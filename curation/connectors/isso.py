"""Comments of an Isso server, over its public API (isso-comments.de/docs/reference/server-api, 0.14 and later); no credentials.

Isso tells neither what changed nor where a new answer stands, so every pull reads each page's comments whole: one request
for a hundred that answer nobody, one more where a comment has more than a hundred answers. A cursor is {offset, recent}: how far
a walk is, and the newest 2,000 keys. So edits are seen; a deletion is where one of those is no longer listed and its own
address says that it is gone. What awaits moderation is not listed. All, `send` too, was proven on a real Isso 0.14.
"""

import html
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import quote

from curation.connectors import pages
from curation.connectors.again import followed
from curation.connectors.http import Http
from curation.connectors.shapes import counted, needed, payload, text, when
from curation.errors import BadRecord, Refused, TryAgain, Unknown
from curation.models import Comment, Cursor, Deleted, Page, Raw, Receipt, Reply, Rules


@dataclass(frozen=True, kw_only=True)
class Isso:
    """Settings. `uris`: the pages whose comments are read, such as "/blog/hello/". `site`: where they stand, for links.

    `name`, `email`: who replies; whoever knows the address can speak for the team, so take one that is not public. `hashes`: what
    Isso shows for the team's addresses where its salt is not the usual one. `website`: shown with replies; with it each
    bears its marker. `moderated`: comments wait to be approved. `since`: leave out what is older.
    """

    url: str
    uris: tuple[str, ...]
    site: str = ""
    name: str = ""
    email: str = ""
    hashes: tuple[str, ...] = ()
    website: str = ""
    moderated: bool = False
    since: date | None = None
    private: bool = False

    @contextmanager
    def connect(self) -> Iterator[Http]:
        """Open a client of the server."""
        with Http(self.url, private=self.private) as http:
            yield http

    def streams(self, connection: Http) -> Iterable[str]:
        """Name the pages."""
        return self.uris

    def pull(self, connection: Http, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        """Yield the page's comments, then those that are gone."""
        walk = pages.walk(connection, stream, cursor, self.since)
        return followed(stream, cursor, walk, pages.gone(connection, stream), keep=pages.KEEP, forget=True)

    def normalise(self, raw: Raw) -> Iterable[Comment | Deleted]:
        """Map one comment. Raises BadRecord."""
        found = payload(raw)
        key, parent = needed(found, "id"), text(found, "parent", longest=500)
        if found.get("mode") == 4:
            yield Deleted(key=key)
            return
        said, uri = (text(found, "text") or "").strip(), text(found, "uri", longest=2_000)
        if not said:
            raise BadRecord("The comment has no text.")
        own, author = text(found, "hash", longest=200), text(found, "author", longest=500)
        kept = {name: found.get(name) for name in ("website", "modified")}
        yield Comment(
            key=key,
            text=said,
            created_at=when(found, "created"),
            author=html.unescape(author) if author else None,
            author_key=own,
            thread=parent or key,
            reply_to=parent,
            url=self._link(uri, key),
            role="team" if own and own in self._own() else "customer",
            attributes={"uri": uri, **{name: value for name, value in kept.items() if value}},
            counts=counted(found),
        )

    def rules(self, to: Comment) -> Rules:
        """Say what Isso takes: up to 65,535 characters of Markdown."""
        return Rules(longest=65_535, note="Markdown. Answers to an answer stand under the first comment.")

    def send(self, connection: Http, reply: Reply) -> Receipt:
        """Post a reply. Raises TryAgain where Isso's limit says so, which it does with 403."""
        if not (self.name and self.email):
            raise Refused("Set the source's name and email: without them a reply would not be known as ours.")
        value = {
            "author": self.name,
            "email": self.email,
            "text": reply.text,
            "parent": pages.number(reply.to.key),
        }
        value |= {"website": f"{self.website}#{reply.marker}"} if self.website else {}
        place = f"/new?uri={quote(pages.uri(reply.to), safe='')}"
        answer = connection.send("POST", place, value, ok=(201, 202, 400, 403))
        if answer.status in (400, 403):
            raise pages.told(answer)
        try:
            return self._receipt(reply, answer.json())
        except (BadRecord, TryAgain, Refused) as error:
            raise Unknown(f"Isso took the reply and its answer cannot be read: {error}") from None

    def find_reply(self, connection: Http, reply: Reply) -> Receipt | None:
        """Look for the marker, or for our address and the text, under the first comment. Raises TryAgain where it may wait unseen."""
        for one in pages.answers(connection, pages.uri(reply.to), reply.to.thread or reply.to.key, 0):
            bears = html.unescape(text(one, "website") or "").endswith(f"#{reply.marker}")
            same = (
                text(one, "hash") in self._own() and (text(one, "text") or "").split() == reply.text.split()
            )
            if bears or (same and not self.website and when(one, "created") >= reply.to.created_at):
                return self._receipt(reply, one)
        if self.moderated:
            raise TryAgain(
                "The reply is not shown; it may wait to be approved. Look into Isso's queue.", after=3_600
            )
        return None

    def _receipt(self, reply: Reply, found: Any) -> Receipt:
        key = needed(found, "id")
        return Receipt(key=key, url=self._link(pages.uri(reply.to), key), at=when(found, "created"))

    def _link(self, uri: str | None, key: str) -> str | None:
        return f"{self.site.rstrip('/')}{uri}#isso-{key}" if self.site and uri else None

    def _own(self) -> set[str]:
        return {*self.hashes, pages.hashed(self.email)} if self.email else set(self.hashes)
