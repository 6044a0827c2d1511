"""Comments of a WordPress site over its REST API wp/v2 (developer.wordpress.org/rest-api/reference/comments, 6.1).

Newest first, down to a day before the newest known: {until, walk, recent}. `recent`, the 300 newest, are asked about by id
where a pull does not meet them, for WordPress keeps no date of change: so edits, approvals, trashed and deleted comments
show while among these; later not, nor does what leaves spam after a day. `before` is said in UTC but compared with local
dates, so pages begin an hour early: a clock put back shows an hour twice. All, `send` too, was proven on WordPress 6.1.9.
"""

import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from typing import Any

from pydantic import SecretStr

from curation.connectors import markup
from curation.connectors.again import alike, followed, gone, parts
from curation.connectors.http import Http
from curation.connectors.paging import Entry, newest_first
from curation.connectors.shapes import body, deep, entries, kept, listed, needed, payload, refusal, text, when
from curation.connectors.threads import above, roots
from curation.errors import BadRecord, Invalid, NotFound, TryAgain, Unknown
from curation.models import Comment, Cursor, Deleted, Page, Raw, Receipt, Reply, Rules

FIELDS = "id,post,parent,author,author_name,author_email,author_user_agent,date_gmt,content,link,status"
ASKED = {"status": "all", "context": "edit", "per_page": 100, "orderby": "date_gmt", "_fields": FIELDS}
LAG, CLOCK = timedelta(days=1), timedelta(hours=1, seconds=1)


@dataclass(frozen=True, kw_only=True)
class Wordpress:
    """Settings: `url` of the site, `user` who may moderate, their application `password`, `team`: ids of our other users."""

    url: str
    user: str
    password: SecretStr
    team: tuple[int, ...] = ()
    since: date | None = None
    private: bool = False

    def connect(self) -> Http:
        """Return a client of the site's API; credentials go to its host alone."""
        auth, base = (self.user, self.password.get_secret_value()), f"{self.url.rstrip('/')}/wp-json/wp/v2"
        return Http(base, auth=auth, secrets=auth[1:], private=self.private)

    def streams(self, connection: Http) -> list[str]:
        """Name the one stream."""
        return ["comments"]

    def pull(self, connection: Http, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        """Yield comments by falling date, then what became of those known before. Raises Refused or TryAgain."""
        me = _me(connection)
        walk = newest_first(stream, cursor, partial(_page, connection, me), lag=LAG, since=self.since)
        whole = (replace(page, gap=None) for page in walk)  # The list has no end but the first comment.
        yield from followed(stream, cursor, whole, partial(_again, connection, me), keep=300)

    def normalise(self, raw: Raw) -> Iterator[Comment | Deleted]:
        """Map a comment, or that it is gone."""
        data = payload(raw)
        if "deleted" in data:
            yield Deleted(key=raw.key)
            return
        if not (said := markup.lined(text(data, "content", "raw"))):
            raise BadRecord("The comment has no text.")
        key, user, email = needed(data, "id"), deep(data, "author"), text(data, "author_email", longest=320)
        yield Comment(
            key=key,
            text=said,
            created_at=when(data, "date_gmt"),
            author=html.unescape(text(data, "author_name", longest=200) or "") or None,
            author_key=f"user {user}"[:30] if user else email.lower() if email else None,
            thread=text(data, "tribune", "root") or key,
            reply_to=above(data),
            url=text(data, "link", longest=2_000),
            role="team" if user and user in (deep(data, "tribune", "me"), *self.team) else "customer",
            attributes=kept(data, "post", "status"),
        )

    def rules(self, to: Comment) -> Rules:
        """Say what WordPress takes."""
        return Rules(longest=65_525, unit="bytes", note="Anyone reads it, once it is approved.")

    def send(self, connection: Http, reply: Reply) -> Receipt:
        """Post below the comment; WordPress would take it for one that is gone, so that is looked for first."""
        if not (there := _list(connection, include=reply.to.key)[0]):
            raise NotFound("The comment is no longer on the site.")
        value = {**kept(there[0], "post"), "parent": reply.to.key, "author_user_agent": reply.marker}
        value["content"] = html.escape(reply.text, quote=False)
        answer = connection.send("POST", "comments", value, ok=(201, 403, 409))
        said, code = body(answer), text(body(answer), "code") or ""
        if key := text(said, "id"):
            return Receipt(key=key, url=text(said, "link"))
        if answer.status == 201:
            raise Unknown("The site took the reply, and what it said cannot be read.")
        if code == "comment_duplicate" and (found := self.find_reply(connection, reply)):
            return found
        raise Invalid("It takes no comments.") if code == "rest_comment_closed" else refusal(answer, code)

    def change(self, connection: Http, reply: Reply, key: str, gone: bool) -> None:
        """Rewrite our comment, or put it into the trash, where it may be already."""
        value = {} if gone else {"content": html.escape(reply.text, quote=False)}
        connection.send("DELETE" if gone else "POST", f"comments/{key}", value, ok=(200, 410))

    def find_reply(self, connection: Http, reply: Reply) -> Receipt | None:
        """Look among our replies to the comment, trashed ones too, for the marker or the same text."""
        ours = {"parent": reply.to.key, "author": _me(connection)}
        for status in ("all", "trash", "spam"):
            for one in _list(connection, **ours, status=status)[0]:
                same = alike(markup.lined(text(one, "content", "raw")), reply.text)
                if same or text(one, "author_user_agent") == reply.marker:
                    return Receipt(key=needed(one, "id"), url=text(one, "link"))
        return None


def _list(connection: Http, **asked: Any) -> tuple[list[dict[str, Any]], bool]:
    answer = connection.get("comments", {**ASKED, **asked})
    found = listed(answer.json())
    if "x-wp-total" not in answer.headers:
        raise TryAgain("The site's list of comments is not WordPress's own.", after=300)
    return found, answer.link() is not None


def _me(connection: Http) -> int:
    if isinstance(me := deep(connection.get("users/me", {"_fields": "id"}).json(), "id"), int):
        return me
    raise TryAgain("The site does not say whose password this is.", after=300)


def _page(connection: Http, me: int, token: Any) -> tuple[Sequence[Entry], Any]:
    before, number = token or (None, 1)
    found, more = _list(connection, before=before, page=number)
    page = _rooted(connection, me, found)
    edge = (page[-1][0] + CLOCK).isoformat() if page else ""
    following = [edge, 1] if before is None or edge < before else [before, number + 1]
    return page, following if page and more else None


def _again(connection: Http, me: int, keys: list[str]) -> list[Raw]:
    found = [one for some in parts(keys, 100) for one in _list(connection, include=some)[0]]
    raws = {raw.key: raw for _, raw in _rooted(connection, me, found)}
    return [raws.get(key) or gone(key) for key in keys]


def _rooted(connection: Http, me: int, found: list[dict[str, Any]]) -> list[Entry]:
    for one, root in zip(found, roots(found, lambda keys: _list(connection, include=keys)[0]), strict=True):
        one["tribune"] = {"me": me, "root": root}
    return entries(found, ["id"], ["date_gmt"])
