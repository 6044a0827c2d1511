"""Comments under a channel's videos, over the YouTube Data API v3 (developers.google.com/youtube/v3; specification of 2026).

A stream's cursor is {until, walk, recent}. Threads come from new to old; a pull goes down to what the last whole one began
with, less two hours, then asks again for those of the newest `watch` comments that it was not shown: so edits, deletions and
late replies are seen; of older ones they are not. The day's quota (10,000 units: a page or 50 threads asked again cost one, a
reply 50) ends as 403 and is waited for until midnight in California. Mapping was proven on recordings of YouTube; paging,
errors and `send` on a stand-in written after them. `find_reply` reads the thread: there is no idempotency key.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from pydantic import SecretStr

from curation.connectors import google, markup
from curation.connectors.again import LAG, alike, followed, gone, parts, sought, whole
from curation.connectors.http import Http
from curation.connectors.oauth import refreshed
from curation.connectors.paging import Entry, newest_first
from curation.connectors.shapes import counted, deep, entries, kept, listed, needed, payload, some, text, when
from curation.errors import BadRecord
from curation.models import Comment, Cursor, Deleted, Page, Raw, Receipt, Reply, Rules


@dataclass(frozen=True, kw_only=True)
class Youtube:
    """`channel`: its id (UC…), whose comments are the team's. `videos`: only these, by default all of the channel's. `key`
    reads what is public; `client_id`, `client_secret` and `refresh_token` (scope youtube.force-ssl) read and answer.
    """

    channel: str
    videos: tuple[str, ...] = ()
    key: SecretStr | None = None
    client_id: str = ""
    client_secret: SecretStr | None = None
    refresh_token: SecretStr | None = None
    watch: int = 200
    since: date | None = None
    url: str = "https://www.googleapis.com"
    token_url: str = google.TOKENS
    private: bool = False

    @contextmanager
    def connect(self) -> Iterator[Http]:
        """Sign in. Raises Refused, TryAgain."""
        held = self.key, self.client_secret, self.refresh_token
        key, client, refresh = (one.get_secret_value() if one else "" for one in held)
        headers, secrets = {"x-goog-api-key": key}, [key, client, refresh]
        if refresh:
            secrets.append(refreshed(self.token_url, self.client_id, client, refresh, self.private))
            headers = {"authorization": f"Bearer {secrets[-1]}"}
        with Http(f"{self.url}/youtube/v3", headers, secrets=secrets, private=self.private) as http:
            yield http

    def streams(self, connection: Http) -> Iterable[str]:
        """Name the videos, or the channel."""
        return self.videos or (self.channel,)

    def pull(self, connection: Http, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        """Yield new threads with their replies, then what has changed among the newest known."""
        about = "videoId" if stream in self.videos else "allThreadsRelatedToChannelId"
        params = {about: stream, "order": "time", "maxResults": 100}

        def ask(keys: list[str]) -> list[Raw]:
            found = {key: gone(key) for key in keys}
            for part in parts(list(dict.fromkeys(key.partition(".")[0] for key in keys)), 50):
                found |= {raw.key: raw for _, raw in _threads(connection, {"id": part})[0]}
            return list(found.values())

        pages = newest_first(stream, cursor, partial(_threads, connection, params), lag=LAG, since=self.since)
        yield from followed(stream, cursor, pages, ask, keep=self.watch)

    def normalise(self, raw: Raw) -> Iterable[Comment | Deleted]:
        """Map a comment, of a thread's head or a reply."""
        found = payload(raw)
        if "deleted" in found:
            return [Deleted(key=needed(found, "deleted"))]
        key, snippet = needed(found, "comment", "id"), deep(found, "comment", "snippet")
        if not (shown := _shown(snippet)):
            raise BadRecord("There is no text.")
        video, parent = text(snippet, "videoId") or text(found, "video"), text(snippet, "parentId")
        comment = Comment(
            key=key,
            text=shown,
            created_at=when(snippet, "publishedAt"),
            author=text(snippet, "authorDisplayName", longest=200),
            author_key=(author := text(snippet, "authorChannelId", "value")),
            thread=parent or key,
            reply_to=parent,
            url=f"https://www.youtube.com/watch?v={video}&lc={key}" if video else None,
            role="team" if author == self.channel else "customer",
            attributes=kept(snippet, "updatedAt", "moderationStatus") | kept(found, "video"),
            counts=counted(snippet),
        )
        return [comment]

    def rules(self, to: Comment) -> Rules:
        """Answers are plain text; all of a thread's stand under its head."""
        return Rules(longest=10_000, note="Everyone can read it. It needs the sign-in, not only the key.")

    def send(self, connection: Http, reply: Reply) -> Receipt:
        """Answer once, under the thread's head. Raises Unknown, TryAgain (the quota), Refused, NotFound, Invalid."""
        snippet = {"parentId": reply.to.thread or reply.to.key, "textOriginal": reply.text}
        sent = connection.send("POST", "comments?part=snippet", {"snippet": snippet}, ok=google.ASKED)
        return Receipt(key=google.taken(sent, "id"))

    def find_reply(self, connection: Http, reply: Reply) -> Receipt | None:
        """Look through all replies of the thread for the channel's own with this text."""

        def ours(found: Any) -> bool:
            own = text(found, "comment", "snippet", "authorChannelId", "value") == self.channel
            return own and alike(_shown(deep(found, "comment", "snippet")), reply.text)

        return sought(partial(_replies, connection, None, reply.to.thread or reply.to.key), ours)


def _shown(snippet: Any) -> str:
    return text(snippet, "textOriginal") or markup.text(text(snippet, "textDisplay") or "")


def _threads(connection: Http, params: dict[str, Any], token: Any = None) -> tuple[list[Entry], str | None]:
    """Read a page of threads. Replies stand with their head in time; those a thread came without are fetched."""
    params = {"part": "snippet,replies", "pageToken": token, **params}
    said = google.checked(connection.get("commentThreads", params, ok=google.ASKED))
    threads, found = listed(said, "items"), []
    heads = [(deep(one, "snippet", "topLevelComment"), text(one, "snippet", "videoId")) for one in threads]
    for thread, (_, video), (at, raw) in zip(threads, heads, _entries(heads), strict=True):
        replies = _entries([(one, video) for one in some(thread, "replies", "comments")])
        count, head = deep(thread, "snippet", "totalReplyCount"), text(thread, "id")
        if head and isinstance(count, int) and count > len(replies):
            replies = whole(partial(_replies, connection, video, head))
        found += [(at, raw), *((at, reply) for _, reply in replies)]
    return found, text(said, "nextPageToken", longest=5_000)


def _replies(connection: Http, video: Any, head: str, token: Any = None) -> tuple[list[Entry], str | None]:
    params = {"part": "snippet", "parentId": head, "maxResults": 100, "pageToken": token}
    said = google.checked(connection.get("comments", params, ok=google.ASKED))
    found = [(one, video) for one in listed(said, "items")]
    return _entries(found), text(said, "nextPageToken", longest=5_000)


def _entries(found: Iterable[tuple[Any, str | None]]) -> list[Entry]:
    comments = [{"comment": comment, "video": video} for comment, video in found]
    return entries(comments, ("comment", "id"), ("comment", "snippet", "publishedAt"))
