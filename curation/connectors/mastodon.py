"""A Mastodon account's mentions, hashtags and own posts (docs.joinmastodon.org/methods, API of 4.6, read in 2026).

A stream is read forward with `min_id`, which leaves no gap; its cursor is `window.forward`'s. The newest 100 are read again
at every pull: edits show there, and a post that is gone (404) is deleted; older ones are not looked at again. A server
shows only what has reached it. A reply's root comes from `context`, asked once. Proven: mapping on recordings of Mastodon
4.6; paging, `send` and `find_reply` on a stand-in only, never on a real server.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any
from urllib.parse import quote

from pydantic import SecretStr

from curation.connectors import markup, shapes
from curation.connectors.http import Http
from curation.connectors.shapes import body, deep, either, kept, listed, needed, packed, payload, text, when
from curation.connectors.window import Seen, absent, forward
from curation.errors import BadRecord, NotFound, TryAgain, Unknown
from curation.models import Comment, Cursor, Deleted, Page, Raw, Receipt, Reply, Rules

STATUSES = "api/v1/statuses"
WRITER = ("id", "acct", "display_name", "bot", "followers_count")


def _words(said: str) -> list[str]:  # Without mentions, which the server writes in its own way.
    return re.sub(r"@[\w.@-]+", " ", said).split()


@dataclass(frozen=True, kw_only=True)
class Mastodon:
    """`url` of the instance. `hashtags` without "#". `longest`: characters the instance allows. `since`: leave out what is older."""

    url: str
    token: SecretStr
    hashtags: tuple[str, ...] = ()
    longest: int = 500
    since: date | None = None
    private: bool = False

    @contextmanager
    def connect(self) -> Iterator[Http]:
        """Make the client; the first request shows whether the token holds."""
        key = self.token.get_secret_value()
        with Http(self.url, {"authorization": f"Bearer {key}"}, secrets=(key,), private=self.private) as http:
            yield http

    def streams(self, connection: Http) -> Iterable[str]:
        """Name the account's mentions, each hashtag, and the account's own posts."""
        return ["mentions", *(f"#{tag.lstrip('#')}" for tag in self.hashtags), "own"]

    def pull(self, connection: Http, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        """Yield the newest again and what came since, oldest first; then what is gone."""
        fetch = partial(self._page, connection, stream, self._me(connection))
        yield from forward(stream, cursor, fetch, partial(absent, connection, STATUSES), keep=100)

    def _page(
        self, connection: Http, stream: str, me: str, at: str | None, roots: dict[str, Any]
    ) -> tuple[list[Seen], str | None]:
        path, more = f"api/v1/timelines/tag/{quote(stream[1:], safe='')}", {}
        if stream == "mentions":
            path, more = "api/v1/notifications", {"types[]": "mention", "include_filtered": "true"}
        elif stream == "own":
            path, more = f"api/v1/accounts/{me}/statuses", {"exclude_reblogs": "true"}
        found = listed(connection.get(path, {**more, "limit": 40, "min_id": at or "0"}).json())
        seen, newest = [], text(found, 0, "id")
        for entry in reversed(found):
            inner = entry.get("status") if stream == "mentions" else None
            status = inner if isinstance(inner, dict) else entry
            key, parent = quote(text(status, "id") or "", safe=""), text(status, "in_reply_to_id")
            root = roots.get(key) or (self._root(connection, key, parent) if key and parent else key)
            writer = {name: deep(status, "account", name) for name in WRITER}
            raw = packed({**status, "account": writer, "tribune": {"me": me, "root": root}}, key)
            old = self.since and (text(status, "created_at") or "9") < self.since.isoformat()
            seen.append(Seen(text(entry, "id") if key else None, raw.key, root, None if old else raw))
        return seen, newest if newest != at else None

    def normalise(self, raw: Raw) -> Iterable[Comment | Deleted]:
        """Map a status; a content warning is its title."""
        data = payload(raw)
        key, writer, ours = needed(data, "id"), deep(data, "account"), deep(data, "tribune")
        if data.get("deleted") is True:
            return [Deleted(key=key)]
        if not (said := markup.text(text(data, "content") or "")):
            raise BadRecord("There is no text.")
        language = re.match("[a-z]{2}(?![a-z])", text(data, "language") or "") or [None]
        ourselves = text(writer, "id") is not None and text(writer, "id") == text(ours, "me")
        found = Comment(
            key=key,
            text=said,
            title=text(data, "spoiler_text", longest=500),
            created_at=when(data, "created_at"),
            author=either(writer, "display_name", "acct"),
            author_key=text(writer, "id"),
            thread=text(ours, "root") or key,
            reply_to=text(data, "in_reply_to_id"),
            url=text(data, "url"),
            language=language[0],
            role="team" if ourselves else "automatic" if deep(writer, "bot") is True else "customer",
            attributes=kept(data, "visibility", "edited_at", "sensitive") | kept(writer, "acct"),
            counts=shapes.counted(data),
        )
        return [found]

    def rules(self, to: Comment) -> Rules:
        """A reply mentions whom it answers, and is seen by those who saw the comment."""
        known = to.attributes or {}
        mention = f"@{known['acct']} " if "acct" in known and to.role != "team" else ""
        note = "Plain text. Content warning and visibility are the comment's."
        public, room = known.get("visibility") in ("public", "unlisted"), self.longest - len(to.title or "")
        return Rules(longest=room, mention=mention, public=public, note=note)

    def send(self, connection: Http, reply: Reply) -> Receipt:
        """Post once; most servers return the first post for a known Idempotency-Key, some ignore it."""
        to, status = reply.to, self.rules(reply.to).mention + reply.text
        value = {"status": status, "in_reply_to_id": to.key, "spoiler_text": to.title or ""}
        value["visibility"] = (to.attributes or {}).get("visibility", "direct")
        said = body(connection.send("POST", STATUSES, value, headers={"idempotency-key": reply.marker}))
        if key := text(said, "id"):
            return Receipt(key=key, url=text(said, "url"))
        raise Unknown("The server did not say what became of the reply.")

    def find_reply(self, connection: Http, reply: Reply) -> Receipt | None:
        """Look below the comment and among our newest posts for our own answer to it with this text."""
        me = self._me(connection)
        found = listed(connection.get(f"api/v1/accounts/{me}/statuses", {"limit": 40}).json())
        with suppress(NotFound):
            found += listed(connection.get(f"{STATUSES}/{reply.to.key}/context").json(), "descendants")
        for one in found:
            mine = text(one, "account", "id") == me and text(one, "in_reply_to_id") == reply.to.key
            if mine and _words(markup.text(text(one, "content") or "")) == _words(reply.text):
                return Receipt(key=text(one, "id") or "", url=text(one, "url"))
        return None

    def _me(self, connection: Http) -> str:
        if me := text(connection.get("api/v1/accounts/verify_credentials").json(), "id"):
            return quote(me, safe="")
        raise TryAgain("The server does not say whose token this is.", after=300)

    def _root(self, connection: Http, key: str, parent: str) -> str:
        with suppress(NotFound):
            found = listed(connection.get(f"{STATUSES}/{key}/context").json(), "ancestors")
            return text(found, 0, "id") or parent
        return parent
