"""Conversations of an Intercom workspace, over its REST API 2.14 (Intercom's OpenAPI description of that version).

The cursor is {since, next, newest}: conversations changed since the last whole walk, less ten minutes, each read whole. So an
edited or redacted message is seen when its conversation changes; a deleted conversation is not. Of more than 500 messages
Intercom gives the newest: a gap is told. Internal notes are never read. Proven, `send` too, on a stand-in written after that
description, not on Intercom. `find_reply` looks for our admin's message with the same text: there is no key.
"""

import html
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from pydantic import SecretStr

from curation.connectors import markup, shapes
from curation.connectors.again import alike
from curation.connectors.http import Http
from curation.connectors.paging import Entry, oldest_first
from curation.connectors.shapes import deep, either, entries, listed, needed, payload, text
from curation.errors import BadRecord, NotFound, Refused, Unknown
from curation.models import Comment, Cursor, Deleted, Gap, Page, Raw, Receipt, Reply, Rules

SITE = "https://app.intercom.com/a/inbox"
SHOWN = {"comment", "open", "close", "assignment", "quick_reply"}  # What a customer can read: no notes.


@dataclass(frozen=True, kw_only=True)
class Intercom:
    """`url`: of the region, such as https://api.eu.intercom.io. `workspace`: its id in the inbox's address, for links."""

    token: SecretStr
    workspace: str | None = None
    since: date | None = None
    url: str = "https://api.intercom.io"
    private: bool = False

    @contextmanager
    def connect(self) -> Iterator[Http]:
        """Make the client; nothing is asked yet."""
        token = self.token.get_secret_value()
        headers = {"authorization": f"Bearer {token}", "intercom-version": "2.14"}
        with Http(self.url, headers, secrets=(token,), private=self.private) as http:
            yield http

    def streams(self, connection: Http) -> Iterable[str]:
        """Name the only one."""
        return ("conversations",)

    def pull(self, connection: Http, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        """Yield the messages of conversations that changed."""
        long: list[str] = []

        def fetch(start: datetime | None, token: Any) -> tuple[list[Entry], Any]:
            since = int(start.timestamp()) - 1 if start else 0
            query = {"operator": "AND", "value": [{"field": "updated_at", "operator": ">", "value": since}]}
            asked = {"query": query, "pagination": {"per_page": 20, "starting_after": token}}
            said = connection.query("conversations/search", asked).json()
            found: list[Entry] = []
            for at, raw in entries(listed(said, "conversations"), ("id",), ("updated_at",)):
                with suppress(NotFound):
                    messages = _messages(connection, raw.key) if raw.key.isalnum() else [raw]
                    found += [(at, one) for one in messages]
                    long.extend([raw.key] * (len(messages) > 500))
            return found, text(said, "pages", "next", "starting_after", longest=5_000)

        for page in oldest_first(stream, cursor, fetch, lag=timedelta(minutes=10), since=self.since):
            why = f"Intercom gives the newest 500 messages; older ones are missing in {long[:20]}."
            yield replace(page, gap=Gap(why=why)) if long else page
            long.clear()

    def normalise(self, raw: Raw) -> Iterable[Comment | Deleted]:
        """Map one message: what a conversation began with, or a part."""
        found = payload(raw)
        root, part = needed(found, "conversation"), deep(found, "part")
        key = root if found.get("first") else f"{root}.{needed(part, 'id')}"
        if deep(part, "redacted") is True:
            return [Deleted(key=key)]
        title, kind = markup.text(text(part, "subject") or "")[:500], text(part, "author", "type")
        if not (shown := markup.text(text(part, "body") or "") or title):
            raise BadRecord("There is no text.")
        machine = kind == "bot" or deep(part, "author", "from_ai_agent") is True
        comment = Comment(
            key=key,
            text=shown,
            title=title or None,
            created_at=shapes.when(part, "created_at"),
            author=either(deep(part, "author"), "name", "email"),
            author_key=text(part, "author", "id"),
            thread=root,
            reply_to=None if key == root else root,
            url=f"{SITE}/{self.workspace}/inbox/conversation/{root}" if self.workspace else None,
            role="automatic" if machine else "team" if kind in ("admin", "team") else "customer",
            attributes=shapes.kept(part, "part_type", "delivered_as", "type", "url", "rating"),
        )
        return [comment]

    def rules(self, to: Comment) -> Rules:
        """Answers are text; Intercom sends them by chat or mail."""
        return Rules(public=False, note="Goes out by chat or e-mail, as the teammate whose token it is.")

    def send(self, connection: Http, reply: Reply) -> Receipt:
        """Answer once, as the admin. Raises Unknown, TryAgain, Refused, NotFound, Invalid."""
        root, admin = reply.to.thread or reply.to.key, _admin(connection)
        written = html.escape(reply.text, quote=False).replace("\n", "<br>")
        value = {"message_type": "comment", "type": "admin", "admin_id": admin, "body": written}
        sent = shapes.body(connection.send("POST", f"conversations/{root}/reply", value))
        if (receipt := _ours(_read(root, sent), admin, reply)) is None:
            raise Unknown("Intercom did not say what became of the reply.")
        return receipt

    def find_reply(self, connection: Http, reply: Reply) -> Receipt | None:
        """Look through the conversation for a message of the admin with this text."""
        return _ours(_messages(connection, reply.to.thread or reply.to.key), _admin(connection), reply)


def _admin(connection: Http) -> str:
    if not (found := text(connection.get("me").json(), "id")):
        raise Refused("Intercom does not say whose token this is. Make one that belongs to a teammate.")
    return found


def _messages(connection: Http, root: str) -> list[Raw]:
    whole = connection.get(f"conversations/{root}").json()
    listed(whole, "conversation_parts", "conversation_parts")
    return _read(root, whole)


def _read(root: str, whole: Any) -> list[Raw]:
    """Make the raws of a conversation: what it began with, and its parts that a customer can read."""
    found, first = [], {"part_type": "comment"} | (shapes.some([deep(whole, "source")]) or [{}])[0]
    first |= {"created_at": deep(whole, "created_at"), "rating": deep(whole, "conversation_rating", "rating")}
    for part in (first, *shapes.some(whole, "conversation_parts", "conversation_parts")):
        key = root if part is first else f"{root}.{text(part, 'id') or ''}"
        said = either(part, "body", "subject") or part.get("redacted") is True
        if said and text(part, "part_type") in SHOWN:
            found.append(shapes.packed({"conversation": root, "first": part is first, "part": part}, key))
    return found


def _ours(messages: list[Raw], admin: str, reply: Reply) -> Receipt | None:
    for raw in reversed(messages):
        part = deep(payload(raw), "part")
        own = text(part, "author", "type") == "admin" and text(part, "author", "id") == admin
        if own and alike(markup.text(text(part, "body") or ""), reply.text):
            return Receipt(key=raw.key)
    return None
