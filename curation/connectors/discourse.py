"""A Discourse forum's public posts (docs.discourse.org, `posts.json`; API and source of 2026).

`posts.json` goes from the newest id to the oldest; the stream's cursor is `window.backward`'s. Every pull goes down to the
oldest of the newest 200: edits show there, and a post that is gone or taken back is deleted; older ones are not looked at
again. The list hides nothing, it goes on to the first post. Private messages, whispers and small actions are never read. Proven:
mapping on recordings; paging, `send` and `find_reply` on a stand-in after the published schema, never on a real forum.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial

from pydantic import SecretStr

from curation.connectors import markup, shapes
from curation.connectors.again import alike
from curation.connectors.http import Http
from curation.connectors.shapes import body, deep, either, kept, listed, needed, packed, payload, text, when
from curation.connectors.window import Seen, backward
from curation.errors import BadRecord, NotFound, Refused, Unknown
from curation.models import Comment, Cursor, Deleted, Page, Raw, Receipt, Reply, Rules

GONE = ("deleted", "deleted_at", "user_deleted")
# Fields that change whenever somebody looks.
CHURN = {"reads", "readers_count", "score", "incoming_link_count", "avg_time"}
SHOWN = (
    "topic_id",
    "post_number",
    "reply_to_post_number",
    "category_id",
    "username",
    "version",
)
QUOTE = re.compile(r"\[quote[^\]\n]{0,300}\](?:(?!\[/?quote).)*+\[/quote\]", re.S)


@dataclass(frozen=True, kw_only=True)
class Discourse:
    """`user`: whom the key speaks for. `categories`: ids, all where none is named. `since`: leave out what is older."""

    url: str
    user: str
    api_key: SecretStr
    categories: tuple[int, ...] = ()
    since: date | None = None
    private: bool = False

    @contextmanager
    def connect(self) -> Iterator[Http]:
        """Make the client; the first request shows whether the key holds."""
        key = self.api_key.get_secret_value()
        headers = {"api-key": key, "api-username": self.user}
        with Http(self.url, headers, secrets=(key,), private=self.private) as http:
            yield http

    def streams(self, connection: Http) -> Iterable[str]:
        """Name the one list of posts."""
        return ["posts"]

    def pull(self, connection: Http, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        """Yield the newest again and what came since, newest first; then what is gone."""
        gone = partial(self._gone, connection)
        yield from backward(stream, cursor, partial(self._page, connection), gone, keep=200)

    def _page(self, connection: Http, below: int | None) -> tuple[list[Seen], bool]:
        found = listed(connection.get("posts.json", {"before": below}).json(), "latest_posts")
        first = self.since.isoformat() if self.since else ""
        seen, recent = [], not first
        for post in found:
            raw = packed({name: value for name, value in post.items() if name not in CHURN}, text(post, "id"))
            fresh, place = (text(post, "created_at") or first) >= first, post.get("id")
            wanted = not self.categories or post.get("category_id") in self.categories
            internal = post.get("post_type") in (2, 3, 4)
            shown = raw if fresh and wanted and not internal else None
            seen.append(Seen(place if type(place) is int else None, raw.key, None, shown))
            recent = recent or fresh
        return seen, recent

    def _gone(self, connection: Http, key: str) -> Raw | None:
        try:
            post = connection.get(f"posts/{key}.json").json()
        except NotFound:
            post = {"id": key, "deleted": True}
        except Refused:  # Moved to where we may not look: nobody took it back.
            return None
        return packed(post, key) if any(deep(post, name) for name in GONE) else None

    def normalise(self, raw: Raw) -> Iterable[Comment | Deleted]:
        """Map a post: its Markdown without quotations, or its HTML where that is not given."""
        post = payload(raw)
        key = needed(post, "id")
        if any(post.get(name) for name in GONE):
            return [Deleted(key=key)]
        whole = text(post, "raw") or markup.text(text(post, "cooked") or "")
        said = QUOTE.sub("", QUOTE.sub("", whole)).strip() or whole
        if not said.strip():
            raise BadRecord("There is no text.")
        user, topic, number = needed(post, "username"), needed(post, "topic_id"), text(post, "user_id") or ""
        liked = next((one for one in shapes.some(post, "actions_summary") if one.get("id") == 2), None)
        staff = post.get("staff") is True or user.lower() == self.user.lower()
        found = Comment(
            key=key,
            text=said,
            title=text(post, "topic_title", longest=500),
            created_at=when(post, "created_at"),
            author=either(post, "name", "username"),
            author_key=number or user,
            thread=f"topic-{topic}",
            url=f"{self.url.rstrip('/')}/t/{topic}/{text(post, 'post_number') or 1}",
            role="automatic" if number.startswith("-") else "team" if staff else "customer",
            attributes=kept(post, *SHOWN),
            counts=shapes.counted({**post, "likes": deep(liked, "count")}),
        )
        return [found]

    def rules(self, to: Comment) -> Rules:
        """Answers are Markdown; most forums ask for 20 characters at least and take 32,000."""
        return Rules(longest=32_000, note="Markdown, of 20 characters at least; no text is taken twice.")

    def send(self, connection: Http, reply: Reply) -> Receipt:
        """Post once. A forum may hold a post back for a moderator: its key then is that of what waits."""
        to = {name: (reply.to.attributes or {}).get(name) for name in ("topic_id", "post_number")}
        value = {"raw": reply.text, "topic_id": to["topic_id"], "reply_to_post_number": to["post_number"]}
        said = body(connection.send("POST", "posts.json", value))
        if key := text(said, "id") or text(said, "post", "id"):
            return Receipt(key=key, url=f"{self.url.rstrip('/')}/p/{key}")
        if waiting := text(said, "pending_post", "id"):
            return Receipt(key=f"pending-{waiting}")
        raise Unknown("The forum did not say what became of the reply.")

    def find_reply(self, connection: Http, reply: Reply) -> Receipt | None:
        """Look through the answers to the comment for our own with this text. Raises NotFound where the comment is gone."""
        after, path = 0, f"posts/{reply.to.key}/replies.json"
        while found := listed(connection.get(path, {"after": after or None}).json()):
            for one in found:
                key, mine = text(one, "id"), (text(one, "username") or "").lower() == self.user.lower()
                # What is shown is rendered, with other quotes and dashes; what was written is asked for.
                if key and mine:
                    shown = connection.get(f"posts/{key}.json").json()
                    if alike(text(shown, "raw") or "", reply.text):
                        return Receipt(key=key, url=f"{self.url.rstrip('/')}/p/{key}")
            before, after = after, max(n if type(n := one.get("post_number")) is int else 0 for one in found)
            if after <= before:
                break
        return None
