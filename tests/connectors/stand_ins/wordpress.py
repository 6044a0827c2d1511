"""A WordPress site's comments as its REST API shows them, shaped like a real WordPress 6.1's answers."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

from pydantic import SecretStr

from curation.connectors import wordpress

Json = dict[str, Any]
ME = 7


class Wordpress:
    connector = wordpress.Wordpress
    secrets = ("hush hush-pass",)
    page = 20
    edits, deletes, answers = True, True, True

    def __init__(self) -> None:
        self.comments: dict[int, Json] = {}
        self.last = 0
        self.closed = False

    def settings(self, base: str) -> Json:
        return {"url": base, "user": "tribune", "password": SecretStr("hush hush-pass"), "private": True}

    def add(self, text: str, at: datetime, author: str = "ana") -> str:
        return self.insert(escaped(text), at, author_name=author, author_email=f"{author}@post.test")

    def insert(self, raw: str, at: datetime, **more: Any) -> str:
        """Have a comment stand there."""
        self.last += 1
        self.comments[self.last] = {
            "id": self.last,
            "post": 1,
            "parent": 0,
            "author": 0,
            "author_name": "ana",
            "author_email": "ana@post.test",
            "author_user_agent": "Mozilla/5.0",
            "date_gmt": f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}",
            "content": {"rendered": f"<p>{raw}</p>\n", "raw": raw},
            "link": f"https://site.test/widget/#comment-{self.last}",
            "status": "approved",
            "type": "comment",
            **more,
        }
        return str(self.last)

    def edit(self, key: str, text: str) -> None:
        self.comments[int(key)]["content"] = {
            "rendered": f"<p>{escaped(text)}</p>\n",
            "raw": escaped(text),
        }

    def delete(self, key: str) -> None:
        del self.comments[int(key)]

    def posted(self) -> list[tuple[str, str]]:
        ours = [one for one in self.comments.values() if one["author"] == ME]
        return [(str(one["id"]), unescaped(one["content"]["raw"])) for one in ours]

    def listing(self, method: str, path: str) -> bool:
        return method == "GET" and path == "/wp-json/wp/v2/comments"

    def handle(
        self, method: str, path: str, query: dict[str, str], headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        good = "Basic " + base64.b64encode(b"tribune:hush hush-pass").decode()
        if headers.get("authorization") != good:
            return failed(401, "incorrect_password")
        if path == "/wp-json/wp/v2/users/me":
            return answer({"id": ME})
        if path != "/wp-json/wp/v2/comments":
            return failed(404, "rest_no_route")
        return self._take(json.loads(body)) if method == "POST" else self._list(query)

    def _list(self, query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        assert query["context"] == "edit"
        status = {"all": ("approved", "hold"), "trash": ("trash",), "spam": ("spam",)}[query["status"]]
        found = [one for one in self.comments.values() if one["status"] in status]
        if "include" in query:
            wanted = query["include"].split(",")
            assert len(wanted) <= 100
            found = [one for one in found if str(one["id"]) in wanted]
        if "before" in query:
            before = datetime.fromisoformat(query["before"])
            assert before.tzinfo, "a time without a zone is the site's"
            found = [one for one in found if one["date_gmt"] < f"{before.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"]
        for name in ("parent", "author"):
            if name in query:
                found = [one for one in found if str(one[name]) == query[name]]
        assert query["orderby"] == "date_gmt" and query.get("order", "desc") == "desc"
        found.sort(key=lambda one: (one["date_gmt"], one["id"]), reverse=True)
        size = min(int(query["per_page"]), 100 if "include" in query else self.page)
        start = (int(query.get("page", 1)) - 1) * size
        part = found[start : start + size]
        fields = query["_fields"].split(",")
        about = {"x-wp-total": str(len(found)), "x-wp-totalpages": str(-(-len(found) // size))}
        if start + size < len(found):
            about["link"] = '<https://site.test/wp-json/wp/v2/comments?page=2>; rel="next"'
        return answer([{name: one[name] for name in fields} for one in part], 200, about)

    def _take(self, value: Json) -> tuple[int, dict[str, str], bytes]:
        if self.closed:
            return failed(403, "rest_comment_closed")
        parent, raw = int(value["parent"]), value["content"]
        alike = (one["content"]["raw"] == raw and one["parent"] == parent for one in self.comments.values())
        if any(alike):
            return failed(409, "comment_duplicate")
        mine = {"author": ME, "author_name": "Aurora", "author_email": "team@aurora.test", "parent": parent}
        agent = value.get("author_user_agent", "")
        key = self.insert(raw, datetime.now(UTC), **mine, author_user_agent=agent)
        return answer(self.comments[int(key)], 201)


def escaped(text: str) -> str:
    """As WordPress keeps what a visitor wrote."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescaped(text: str) -> str:
    """As a reader sees it."""
    return str(text).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def answer(
    value: Any, status: int = 200, more: dict[str, str] | None = None
) -> tuple[int, dict[str, str], bytes]:
    """JSON as WordPress sends it."""
    return (
        status,
        {"content-type": "application/json; charset=UTF-8", **(more or {})},
        json.dumps(value).encode(),
    )


def failed(status: int, code: str) -> tuple[int, dict[str, str], bytes]:
    """An error as WordPress writes it."""
    return answer({"code": code, "message": "No.", "data": {"status": status}}, status)
