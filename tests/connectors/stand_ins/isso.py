"""The comments of one page as Isso shows them, written after its server API."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]
Answer = tuple[int, dict[str, str], bytes]
URI = "/blog/lamp/"
EMAIL = "replies-7f3a@stand.test"


class Isso:
    connector = "isso"
    secrets = ()
    page = 20
    edits, deletes, answers = True, True, True

    def __init__(self) -> None:
        self.comments: list[Json] = []
        self.ours = _hash(EMAIL)
        self.limit = 1_000
        self.moderated = False

    def settings(self, base: str) -> Json:
        return {
            "url": base,
            "uris": (URI,),
            "site": "https://stand.test",
            "name": "Stand & Co",
            "email": EMAIL,
        } | {"private": True}

    def add(self, text: str, at: datetime, author: str = "ana", parent: int | None = None) -> str:
        return self._keep(text, at, author, f"{author}@stand.test", parent)

    def edit(self, key: str, text: str) -> None:
        self._find(int(key)).update(text=text, modified=datetime.now(UTC).timestamp())

    def delete(self, key: str) -> None:
        found = self._find(int(key))
        if any(one["parent"] == found["id"] for one in self.comments):
            found.update(mode=4, text="", author=None, website=None)
        else:
            self.comments.remove(found)

    def posted(self) -> list[tuple[str, str]]:
        return [(str(one["id"]), one["text"]) for one in self.comments if one["hash"] == self.ours]

    def listing(self, method: str, path: str) -> bool:
        return method == "GET" and path == "/"

    def handle(
        self, method: str, path: str, query: dict[str, str], headers: dict[str, str], body: bytes
    ) -> Answer:
        if method == "GET" and path.startswith("/id/"):
            here = any(str(one["id"]) == path.removeprefix("/id/") for one in self.comments)
            return _page(403, "Forbidden") if here else _page(404, "Not Found")
        if "uri" not in query:
            return _page(400, "missing uri query")
        if method == "POST" and path == "/new":
            return self._new(json.loads(body)) if query["uri"] == URI else _page(400, "URI is not accessible")
        if method == "GET" and path == "/":
            return _json(200, self._fetch(query))
        return _page(404, "Not Found")

    def _new(self, value: Json) -> Answer:
        if len(value["text"].rstrip()) < 3:
            return _page(400, "text is too short (minimum length: 3)")
        if len(self.posted()) >= self.limit:
            return _page(403, "127.0.0.0: ratelimit exceeded (1, 2)")
        above = self._find(value["parent"])["parent"]
        parent = value["parent"] if above is None else above
        author = value["author"].replace("&", "&amp;")
        key = self._keep(
            value["text"], datetime.now(UTC), author, value["email"], parent, value.get("website")
        )
        found = self._find(int(key))
        found["mode"] = 2 if self.moderated else 1
        return _json(202 if self.moderated else 201, {**found, "text": f"<p>{found['text']}</p>"})

    def _fetch(self, query: dict[str, str]) -> Json:
        parent = int(query["parent"]) if "parent" in query else None
        shown = [one for one in self.comments if one["parent"] == parent and one["mode"] != 2]
        shown.sort(key=lambda one: one["created"], reverse=parent is None and query.get("sort") == "newest")
        offset, limit = int(query.get("offset", 0)), min(int(query["limit"]), self.page)
        replies = [dict(one) for one in shown[offset : offset + limit]]
        if parent is None:
            for one in replies:
                nested = {**query, "parent": str(one["id"]), "limit": query["nested_limit"], "offset": "0"}
                found = self._fetch(nested)
                one |= {name: found[name] for name in ("total_replies", "hidden_replies", "replies")}
        hidden = len(shown) - len(replies) - offset
        return {
            "id": parent,
            "total_replies": len(shown),
            "hidden_replies": hidden,
            "replies": replies,
            "config": {},
        }

    def _keep(
        self, text: str, at: datetime, author: str, email: str, parent: int | None, website: str | None = None
    ) -> str:
        number = max((one["id"] for one in self.comments), default=0) + 1
        comment = {
            "id": number,
            "parent": parent,
            "mode": 1,
            "text": text,
            "author": author,
            "website": website,
        }
        times: Json = {"created": at.timestamp(), "modified": None}
        self.comments.append({**comment, **times, "likes": 0, "dislikes": 0, "hash": _hash(email)})
        return str(number)

    def _find(self, number: int) -> Json:
        return next(one for one in self.comments if one["id"] == number)


def _hash(email: str) -> str:
    return hashlib.pbkdf2_hmac("sha1", email.encode(), b"Eech7co8Ohloopo9Ol6baimi", 1000, 6).hex()


def _json(status: int, value: Json) -> Answer:
    return status, {"content-type": "application/json"}, json.dumps(value).encode()


def _page(status: int, words: str) -> Answer:
    said = f"<!doctype html>\n<html lang=en>\n<title>{status}</title>\n<h1>{status}</h1>\n<p>{words}</p>\n"
    return status, {"content-type": "text/html; charset=utf-8"}, said.encode()
