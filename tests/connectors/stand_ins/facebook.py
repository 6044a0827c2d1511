"""A page and an Instagram account as the Graph API shows them, written after Meta's documentation."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from pydantic import SecretStr

Json = dict[str, Any]
PAGE, ACCOUNT, NAME = "1001", "17841", "aurora"


class Facebook:
    """A page with one post."""

    connector = "facebook"
    secrets = ("hush-token",)
    page = 20
    edits, deletes, answers = True, True, True
    kind, text, time, edge, hidden = "page", "message", "created_time", "comments", "is_hidden"

    def __init__(self) -> None:
        self.base = ""
        self.comments: list[Json] = []
        self.fails: tuple[int, Json] | None = None

    def settings(self, base: str) -> Json:
        self.base = base
        return {"page": PAGE, "token": SecretStr("hush-token"), "url": f"{base}/v25.0", "private": True}

    def comment(self, text: str, at: datetime, author: str, parent: str | None = None) -> Json:
        key = f"900_{len(self.comments):05d}"
        found = {
            "id": key,
            "message": text,
            "from": {"id": PAGE if author == NAME else f"u{author}", "name": author},
            "created_time": at.strftime("%Y-%m-%dT%H:%M:%S+0000"),
            "permalink_url": f"https://www.facebook.com/900/posts/1?comment_id={key}",
            "like_count": 0,
            "is_hidden": False,
        }
        return {**found, "parent": {"id": parent}} if parent else found

    def add(self, text: str, at: datetime, author: str = "ana") -> str:
        self.comments.append(self.comment(text, at, author))
        return str(self.comments[-1]["id"])

    def reply(self, parent: str, text: str, at: datetime, author: str = "ana") -> str:
        """Somebody answers under a comment."""
        self.comments.append(self.comment(text, at, author, parent))
        return str(self.comments[-1]["id"])

    def find(self, key: str) -> Json | None:
        return next((one for one in self.comments if one["id"] == key), None)

    def edit(self, key: str, text: str) -> None:
        found = self.find(key)
        assert found
        found[self.text] = text

    def delete(self, key: str) -> None:
        self.comments = [one for one in self.comments if one["id"] != key]

    def posted(self) -> list[tuple[str, str]]:
        return [(one["id"], one[self.text]) for one in self.comments if one["from"]["id"] in (PAGE, ACCOUNT)]

    def listing(self, method: str, path: str) -> bool:
        return method == "GET" and path == "/v25.0/post1/comments"

    def parent(self, one: Json) -> str | None:
        return one["parent"]["id"] if "parent" in one else None

    def handle(
        self, method: str, path: str, query: dict[str, str], headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        assert "access_token" not in query, "a secret stands in the address"
        if headers.get("authorization") != "Bearer hush-token":
            return failed(401, 190, "OAuthException")
        if self.fails:
            return self.fails[0], {"content-type": "application/json"}, json.dumps(self.fails[1]).encode()
        path = path.removeprefix("/v25.0").strip("/")
        if not path:
            keys = query["ids"].split(",")
            found = {key: self.find(key) for key in keys}
            assert len(keys) <= 50
            return answer(found) if all(found.values()) else failed(400, 100, "GraphMethodException", 33)
        owner, _, edge = path.partition("/")
        if (owner, edge) in ((PAGE, "posts"), (ACCOUNT, "media")):
            return answer({"data": [{"id": "post1"}], "paging": {"cursors": {"before": "a", "after": "b"}}})
        if method == "POST":
            return self._take(owner, edge, body)
        return self.read(owner, edge, query)

    def read(self, owner: str, edge: str, query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        if edge != "comments" or (owner != "post1" and not self.find(owner)):
            return failed(400, 100, "GraphMethodException", 33)
        assert (query["filter"], query["order"]) == ("stream", "reverse_chronological")
        found = [one for one in self.comments if owner in ("post1", self.parent(one))]
        return self.listed(found, query, f"{owner}/{edge}", self.page)

    def listed(self, found: list[Json], query: dict[str, str], path: str, size: int) -> Any:
        shown = sorted(found, key=lambda one: str(one[self.time]), reverse=True)
        keys = [one["id"] for one in shown]
        start = keys.index(query["after"]) + 1 if query.get("after") in keys else 0
        part = shown[start : start + min(size, int(query.get("limit", 25)))]
        paging: Json = {}
        if part:
            paging = {"cursors": {"before": part[0]["id"], "after": part[-1]["id"]}}
        if start + len(part) < len(shown):
            address = f"{self.base}/v25.0/{path}?access_token=hush-token&after={part[-1]['id']}"
            paging["next"] = address
        return answer({"data": part, "paging": paging})

    def _take(self, owner: str, edge: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        found = self.find(owner)
        if not found or edge != self.edge or self.parent(found) or found[self.hidden]:
            return failed(400, 100, "OAuthException", 33)
        kind_is_form = not body.startswith(b"{")
        value = dict(parse_qsl(body.decode())) if kind_is_form else json.loads(body)
        return answer({"id": self.reply(owner, value["message"], datetime.now(UTC), NAME)})


class Instagram(Facebook):
    """An account with one picture: answers stand inside the comments they answer."""

    kind, text, time, edge, hidden = "instagram", "text", "timestamp", "replies", "hidden"

    def settings(self, base: str) -> Json:
        self.base = base
        own = {"instagram": ACCOUNT, "username": NAME}
        return {**own, "token": SecretStr("hush-token"), "url": f"{base}/v25.0", "private": True}

    def comment(self, text: str, at: datetime, author: str, parent: str | None = None) -> Json:
        found = {
            "id": f"178{len(self.comments):05d}",
            "text": text,
            "timestamp": at.strftime("%Y-%m-%dT%H:%M:%S+0000"),
            "username": author,
            "from": {"id": ACCOUNT if author == NAME else f"i{author}", "username": author},
            "like_count": 0,
            "hidden": False,
        }
        return {**found, "parent_id": parent} if parent else found

    def parent(self, one: Json) -> str | None:
        found: str | None = one.get("parent_id")
        return found

    def read(self, owner: str, edge: str, query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        if edge == "replies" and self.find(owner):
            found = [one for one in self.comments if self.parent(one) == owner]
            return self.listed(found, query, f"{owner}/{edge}", 2)
        if (owner, edge) != ("post1", "comments"):
            return failed(400, 100, "GraphMethodException", 33)
        heads = []
        for one in self.comments:
            replies = [other for other in self.comments if self.parent(other) == one["id"]]
            if replies:
                one = {**one, "replies": json.loads(self.listed(replies, {}, f"{one['id']}/replies", 2)[2])}
            heads += [] if self.parent(one) else [one]
        return self.listed(heads, query, "post1/comments", self.page)


def answer(value: Any, status: int = 200) -> tuple[int, dict[str, str], bytes]:
    usage = '{"call_count":3,"total_cputime":1,"total_time":2}'
    return status, {"content-type": "application/json", "x-app-usage": usage}, json.dumps(value).encode()


def failed(
    status: int, code: int, kind: str, subcode: int | None = None
) -> tuple[int, dict[str, str], bytes]:
    """An error as the Graph API writes it."""
    error = {"message": "No.", "type": kind, "code": code, "fbtrace_id": "x"}
    return answer({"error": {**error, "error_subcode": subcode} if subcode else error}, status)
