"""Subreddits' posts and comments, and the account's inbox, over Reddit's API (reddit.com/dev/api, OAuth 2.0; read in 2026).

A stream's cursor is {until, walk, recent}: listings go from new to old and end at about 1,000 entries; each pull goes
down to what the last whole one began with, less two hours, and a gap is told where the list ended above it. The first pull
gives the newest 1,000. The 500 newest keys are asked about again at every pull: so edits, deletions and removals show;
older ones are not seen. Proven, `send` too, on a stand-in written after the documentation, not on Reddit itself.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from pydantic import SecretStr

from curation.connectors import shapes
from curation.connectors.again import LAG, alike, followed, parts, sought
from curation.connectors.http import AGENT, Http
from curation.connectors.oauth import token
from curation.connectors.paging import Entry, newest_first
from curation.connectors.shapes import body, deep, either, entries, kept, listed, needed, payload, text, when
from curation.errors import BadRecord, ConfigError, Invalid, NotFound, Refused, TryAgain, Unknown
from curation.models import Comment, Cursor, Deleted, Page, Raw, Receipt, Reply, Rules

GONE = {"[deleted]", "[removed]"}
SITE = "https://www.reddit.com"
ERRORS = {"USER_REQUIRED": Refused, "BANNED_FROM_SUBREDDIT": Refused, "DELETED_COMMENT": NotFound}


@dataclass(frozen=True, kw_only=True)
class Reddit:
    """Settings of one account and what it reads.

    Signs in with `refresh_token`, or with `password` (a "script" app; not with two-factor sign-in). `subreddits`: names
    without "r/". `inbox`: read private messages, and replies to `user` elsewhere. `since`: leave out what is older.
    """

    user: str
    client_id: str
    client_secret: SecretStr
    password: SecretStr | None = None
    refresh_token: SecretStr | None = None
    subreddits: tuple[str, ...] = ()
    inbox: bool = False
    since: date | None = None
    url: str = "https://oauth.reddit.com"
    token_url: str = f"{SITE}/api/v1/access_token"
    private: bool = False

    def __post_init__(self) -> None:
        if not (self.subreddits or self.inbox) or not (self.password or self.refresh_token):
            raise ConfigError("Name subreddits or set inbox = true, and store a refresh_token or password.")

    @contextmanager
    def connect(self) -> Iterator[Http]:
        """Sign in. Raises Refused, TryAgain."""
        held = self.client_secret, self.password, self.refresh_token
        secrets = [one.get_secret_value() for one in held if one]
        agent = {"user-agent": f"{AGENT} (by /u/{self.user})"}
        form = {"grant_type": "password", "username": self.user, "password": secrets[-1]}
        if self.refresh_token:
            form = {"grant_type": "refresh_token", "refresh_token": secrets[-1]}
        auth = self.client_id, secrets[0]
        bearer = token(self.token_url, form, secrets, private=self.private, auth=auth, agent=agent)
        headers = agent | {"authorization": f"bearer {bearer}"}
        with Http(self.url, headers, secrets=(*secrets, bearer), private=self.private) as http:
            yield http

    def streams(self, connection: Http) -> Iterable[str]:
        """Name the listings: posts and comments of each subreddit, the inbox and what was sent from it."""
        yield from (f"r/{name}/{what}" for name in self.subreddits for what in ("new", "comments"))
        yield from ("message/inbox", "message/sent") if self.inbox else ()

    def pull(self, connection: Http, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        """Yield what is new in a listing, then what has changed among the newest known."""

        def ask(keys: list[str]) -> list[Raw]:
            asked = (self._page(connection, f"api/info?id={part}")[0] for part in parts(keys, 100))
            return [raw for found in asked for _, raw in found]

        fetch = partial(self._page, connection, stream)
        pages = newest_first(stream, cursor, fetch, lag=LAG, since=self.since)
        yield from followed(stream, cursor, pages, ask, keep=500) if stream[:2] == "r/" else pages

    def _page(self, connection: Http, path: str, after: Any = None) -> tuple[list[Entry], str | None]:
        said = connection.get(path, {"raw_json": 1, "limit": 100, "after": after}).json()
        things = [one for one in listed(said, "data", "children") if one.get("kind") in ("t1", "t3", "t4")]
        if path == "message/inbox":  # What a subreddit's own stream brings is not brought twice.
            ours = {name.lower() for name in self.subreddits}
            things = [one for one in things if (text(one, "data", "subreddit") or "").lower() not in ours]
        return entries(things, ("data", "name"), ("data", "created_utc")), text(said, "data", "after")

    def normalise(self, raw: Raw) -> Iterable[Comment | Deleted]:
        """Map a post (t3), a comment (t1) or a message (t4)."""
        data = deep(payload(raw), "data")
        said, title = either(data, "body", "selftext"), either(data, "title", "subject")
        author, path = text(data, "author"), text(data, "permalink")
        if said in GONE:
            yield Deleted(key=needed(data, "name"))
            return
        if not (said or title):
            raise BadRecord("There is no text.")
        yield Comment(
            key=needed(data, "name"),
            text=said or title or "",
            title=title[:500] if title else None,
            created_at=when(data, "created_utc"),
            author=None if author in GONE else author,
            author_key=text(data, "author_fullname"),
            thread=either(data, "link_id", "first_message_name") or raw.key,
            reply_to=text(data, "parent_id"),
            url=SITE + path if path else None,
            role="team" if author and author.lower() == self.user.lower() else "customer",
            attributes=kept(data, "subreddit", "link_title", "locked", "archived"),
            counts=shapes.counted(data),
        )

    def rules(self, to: Comment) -> Rules:
        """Answers are Markdown, of 10,000 characters at most."""
        note = "Markdown. Locked or archived threads (often after six months) take none."
        return Rules(longest=10_000, public=not to.key.startswith("t4_"), note=note)

    def send(self, connection: Http, reply: Reply) -> Receipt:
        """Answer once. Raises Unknown, TryAgain (Reddit makes new accounts wait), Refused, NotFound, Invalid."""
        form = {"api_type": "json", "thing_id": reply.to.key, "text": reply.text, "raw_json": "1"}
        said = body(connection.send("POST", "api/comment", form, form=True))
        code, wait = text(said, "json", "errors", 0, 0, longest=60), deep(said, "json", "ratelimit")
        if code == "RATELIMIT":
            raise TryAgain("Reddit asks to wait.", after=wait if isinstance(wait, int | float) else 600)
        if code:
            raise ERRORS.get(code, Invalid)(f"Reddit does not take the answer ({code}).")
        if key := text(said, "json", "data", "things", 0, "data", "name"):
            return Receipt(key=key)
        raise Unknown("Reddit did not say what became of the answer.")

    def find_reply(self, connection: Http, reply: Reply) -> Receipt | None:
        """Look through what the account wrote since the comment; TryAgain where the list does not go back so far."""
        path = "message/sent" if reply.to.key.startswith("t4_") else f"user/{self.user}/comments"

        def ours(thing: dict[str, Any]) -> bool:
            to, said = text(thing, "data", "parent_id"), text(thing, "data", "body") or ""
            return to == reply.to.key and alike(said, reply.text)

        return sought(partial(self._page, connection, path), ours, reply.to.created_at, ends=900)
