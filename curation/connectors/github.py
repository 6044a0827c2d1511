"""Issues, their comments, and discussions on GitHub (docs.github.com, REST 2022-11-28 and GraphQL; read in 2026).

Issues and comments go by rising `updated_at`, from the newest one seen less a minute, so that edits return; each page begins
at the time the one before ended with, since page numbers shift when something changes meanwhile. Discussions go
from the newest change down, and a changed one is read whole. Cursors are `paging`'s. Deletions are invisible. Pull requests
are left out. A reply carries its marker in a comment no reader sees. Proven: mapping on recordings of issues; comments,
discussions, paging, `send` and `find_reply` on a stand-in after the documentation, never on GitHub itself.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any

from pydantic import SecretStr

from curation.connectors import repository
from curation.connectors.http import Http
from curation.connectors.paging import Trail, newest_first, oldest_first
from curation.connectors.shapes import (
    body,
    counted,
    either,
    kept,
    listed,
    needed,
    payload,
    text,
    when,
)
from curation.errors import BadRecord, Unknown
from curation.models import Comment, Cursor, Page, Raw, Receipt, Reply, Rules

LAG = timedelta(minutes=1)
TEAM = {"OWNER", "MEMBER", "COLLABORATOR"}
HIDDEN = re.compile(r"<!--.*?(?:-->|\Z)", re.S)
KEPT = ("repository", "number", "state", "thread", "top")


@dataclass(frozen=True, kw_only=True)
class Github:
    """`repositories` as owner/name. `team`: logins that speak for us, beside owners, members and collaborators.

    `since`: leave out what has not changed since. `url`: of a server of one's own, https://HOST/api/v3.
    """

    repositories: tuple[str, ...]
    token: SecretStr
    issues: bool = True
    discussions: bool = False
    team: tuple[str, ...] = ()
    since: date | None = None
    url: str = "https://api.github.com"
    private: bool = False

    @contextmanager
    def connect(self) -> Iterator[Http]:
        """Make the client; the first request shows whether the token holds."""
        key = self.token.get_secret_value()
        headers = {"authorization": f"Bearer {key}", "x-github-api-version": "2022-11-28"}
        with Http(self.url, headers, secrets=(key,), private=self.private) as http:
            yield http

    def streams(self, connection: Http) -> Iterable[str]:
        """Name each repository's issues, their comments, and discussions."""
        what = [*["issues", "issues/comments"] * self.issues, *["discussions"] * self.discussions]
        return [f"{name} {one}" for name in self.repositories for one in what]

    def pull(self, connection: Http, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        """Yield what is new or has changed."""
        name, _, what = stream.rpartition(" ")
        if what == "discussions":
            talks = partial(repository.discussions, connection, name)
            return newest_first(stream, cursor, talks, lag=LAG, since=self.since)
        issues = partial(repository.issues, connection, name, what)
        return oldest_first(stream, cursor, issues, lag=LAG, since=self.since)

    def normalise(self, raw: Raw) -> Iterable[Comment]:
        """Map an issue, a comment on one, or what was said in a discussion."""
        data = payload(raw)
        key, thread, title = needed(data, "key"), text(data, "thread"), text(data, "title", longest=500)
        user = data.get("user") or data.get("author")
        login, machine = text(user, "login"), either(user, "type", "__typename") == "Bot"
        said = HIDDEN.sub("", text(data, "body") or "").strip() or title
        if not said:
            raise BadRecord("There is no text.")
        known = either(data, "author_association", "authorAssociation") in TEAM or login in self.team
        ours = known or data.get("viewerDidAuthor") is True
        yield Comment(
            key=key,
            text=said,
            title=title,
            created_at=when(data, "created_at" if "created_at" in data else "createdAt"),
            author=login,
            author_key=text(user, "id") or login,
            thread=thread or key,
            reply_to=text(data, "parent") or (thread if thread != key else None),
            url=either(data, "html_url", "url"),
            role="team" if ours else "automatic" if machine else "customer",
            attributes=kept(data, *KEPT),
            counts=counted(data),
        )

    def rules(self, to: Comment) -> Rules:
        """Answers are Markdown of 65,536 characters at most, with the marker that is not seen."""
        return Rules(longest=65_400, note="Markdown. Everybody who can read the repository reads it.")

    def send(self, connection: Http, reply: Reply) -> Receipt:
        """Comment once on the issue or in the discussion."""
        to, said = reply.to.attributes or {}, f"{reply.text}\n\n<!-- tribune:{reply.marker} -->"
        if not (path := self._issue(reply)):
            return repository.say(connection, reply.to.thread or reply.to.key, to.get("top"), said)
        answer = connection.send("POST", path, {"body": said}, ok=(200, 201, 403))
        told = body(repository.allowed(connection, answer))
        if key := text(told, "id"):
            return Receipt(key=f"comment-{key}", url=text(told, "html_url"))
        raise Unknown("GitHub did not say what became of the reply.")

    def find_reply(self, connection: Http, reply: Reply) -> Receipt | None:
        """Look for the marker in what was said since the comment."""
        mark, path = f"<!-- tribune:{reply.marker} -->", self._issue(reply)
        asked: Any = {"since": repository.seconds(reply.to.created_at - timedelta(days=1)), "per_page": 100}
        found = [] if path else list(repository.all_of(connection, reply.to.thread or reply.to.key))
        trail = Trail()
        while path:
            answer = repository.allowed(connection, connection.get(path, asked, ok=(200, 403)))
            trail.met(text(one, "id") for one in listed(answer.json()))
            found += [{**one, "id": f"comment-{text(one, 'id')}"} for one in listed(answer.json())]
            path, asked = answer.link() or "", {}
        ours = next((one for one in found if mark in (text(one, "body") or "")), None)
        return Receipt(key=needed(ours, "id"), url=either(ours, "html_url", "url")) if ours else None

    def _issue(self, reply: Reply) -> str:
        name, hash_, number = (reply.to.thread or reply.to.key).partition("#")
        return f"repos/{name}/issues/{number}/comments" if hash_ else ""
