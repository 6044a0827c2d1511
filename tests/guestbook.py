"""A guestbook: a connector and the stand-in of its channel, small and whole, to prove the contract suite with."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import orjson
from pydantic import SecretStr

from curation.connectors.http import Http
from curation.connectors.paging import moment, newest_first
from curation.connectors.shapes import coded
from curation.errors import BadRecord, TryAgain
from curation.models import Comment, Cursor, Deleted, Page, Raw, Receipt, Reply, Rules

LAG = timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True)
class Guestbook:
    """A site's guestbook: a listing from new to old, by the time of the last change."""

    url: str
    token: SecretStr
    private: bool = False

    @contextmanager
    def connect(self) -> Iterator[Http]:
        token = self.token.get_secret_value()
        headers = {"authorization": f"Bearer {token}"}
        with Http(self.url, headers=headers, secrets=(token,), private=self.private) as http:
            yield http

    def streams(self, connection: Http) -> Iterable[str]:
        return ["entries"]

    def fetch(self, connection: Http, token: Any) -> tuple[list[tuple[datetime, Raw]], Any]:
        listing = connection.get(token or "/entries").json()
        if not isinstance(listing, dict) or not isinstance(listing.get("entries"), list):
            raise TryAgain("The guestbook answers with no list of entries.", after=60)
        following = listing.get("next")
        if "next" not in listing or not (following is None or isinstance(following, str)):
            raise TryAgain("The guestbook does not say where its list goes on.", after=60)
        return [entry(one) for one in listing["entries"]], following and connection.same_host(following)

    def pull(self, connection: Http, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        return newest_first(stream, cursor, lambda token: self.fetch(connection, token), lag=LAG)

    def normalise(self, raw: Raw) -> Iterable[Comment | Deleted]:
        try:
            one = orjson.loads(raw.payload)
            if one.get("deleted") is True:
                yield Deleted(key=raw.key)
                return
            text, by, parent, thread = one["text"], one.get("by"), one.get("parent"), one.get("thread")
            for value in (text, by or "", parent or "", thread or ""):
                if not isinstance(value, str):
                    raise TypeError(f"{value!r} is no text")
            at = moment(one["at"])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadRecord(f"The entry cannot be read: {type(error).__name__}: {error}"[:300]) from None
        yield Comment(
            key=raw.key,
            text=text,
            created_at=at,
            author=by or None,
            thread=thread or raw.key,
            reply_to=parent or None,
            role="team" if one.get("ours") is True else "customer",
        )

    def rules(self, to: Comment) -> Rules:
        return Rules(longest=500)

    def send(self, connection: Http, reply: Reply) -> Receipt:
        value = {"text": reply.text, "parent": reply.to.key, "mark": reply.marker}
        return Receipt(key=connection.send("POST", "/entries", value).json()["id"])

    def change(self, connection: Http, reply: Reply, key: str, gone: bool) -> None:
        connection.send("PUT", f"/entries/{key}", {"text": reply.text, "gone": gone})

    def find_reply(self, connection: Http, reply: Reply) -> Receipt | None:
        found = connection.get("/sent", {"mark": reply.marker}).json()
        if not isinstance(found, list):
            raise TryAgain("The guestbook does not say what was sent.", after=60)
        return Receipt(key=found[0]["id"]) if found else None


def entry(one: Any) -> tuple[datetime, Raw]:
    """An entry without a time or an id is kept for `normalise` to refuse, as if it came now."""
    payload = coded(one).decode()
    try:
        return moment(one["changed"]), Raw(key=str(one["id"]), payload=payload)
    except (ValueError, KeyError, TypeError):
        return datetime.now(UTC), Raw(key=f"odd {payload[:100]}", payload=payload)


class GuestbookStandIn:
    """The guestbook's three endpoints."""

    connector: Any = Guestbook
    secrets = ("hush-token",)
    page = 20
    edits = deletes = answers = True

    def __init__(self) -> None:
        self.entries: dict[str, dict[str, Any]] = {}
        self.numbers = count(1)

    def settings(self, base: str) -> dict[str, Any]:
        self.base = base
        return {"url": base, "token": SecretStr("hush-token"), "private": True}

    def put(self, text: str, at: datetime, **more: Any) -> str:
        key = f"e{next(self.numbers)}"
        thread = self.entries[more["parent"]]["thread"] if more.get("parent") else key
        times = {"at": at.isoformat(), "changed": at.isoformat()}
        self.entries[key] = {"id": key, "text": text, "thread": thread, **times, **more}
        return key

    def add(self, text: str, at: datetime, author: str = "ana") -> str:
        return self.put(text, at, by=author)

    def edit(self, key: str, text: str) -> None:
        self.entries[key] |= {"text": text, "changed": datetime.now(UTC).isoformat()}

    def delete(self, key: str) -> None:
        self.entries[key] = {"id": key, "deleted": True, "changed": datetime.now(UTC).isoformat()}

    def posted(self) -> list[tuple[str, str]]:
        return [(key, one["text"]) for key, one in self.entries.items() if one.get("ours")]

    def listing(self, method: str, path: str) -> bool:
        return method == "GET" and path == "/entries"

    def handle(
        self, method: str, path: str, query: dict[str, str], headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        if headers.get("Authorization") != "Bearer hush-token":
            return 401, {}, b'{"error": "who are you?"}'
        if (method, path) == ("POST", "/entries"):
            given = orjson.loads(body)
            key = self.put(given.pop("text"), datetime.now(UTC), ours=True, **given)
            return 201, {}, orjson.dumps({"id": key})
        if method == "PUT" and path.removeprefix("/entries/") in self.entries:
            given, key = orjson.loads(body), path.removeprefix("/entries/")
            self.delete(key) if given["gone"] else self.edit(key, given["text"])
            return 200, {}, b"{}"
        if path == "/sent":
            return (
                200,
                {},
                orjson.dumps([one for one in self.entries.values() if one.get("mark") == query["mark"]]),
            )
        if path != "/entries":
            return 404, {}, b"{}"
        shown = sorted(self.entries.values(), key=lambda one: one["changed"], reverse=True)
        start = int(query.get("from", 0))
        more = start + self.page < len(shown)
        following = f"{self.base}/entries?from={start + self.page}" if more else None
        part = shown[start : start + self.page]
        return 200, {}, orjson.dumps({"entries": part, "next": following})
