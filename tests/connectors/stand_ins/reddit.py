"""A subreddit and an inbox as Reddit's API shows them, written after its documentation."""

import base64
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from pydantic import SecretStr

Json = dict[str, Any]


class Reddit:
    connector = "reddit"
    secrets = ("hush-client", "hush-refresh", "hush-bearer")
    page = 20
    edits, deletes, answers = True, True, True

    def __init__(self) -> None:
        self.things: list[Json] = []
        self.gone: dict[str, Json] = {}
        self.errors: list[list[str]] = []
        self.most = 1_000

    def settings(self, base: str) -> Json:
        return {
            "user": "aurora_help",
            "client_id": "app",
            "client_secret": SecretStr("hush-client"),
            "refresh_token": SecretStr("hush-refresh"),
            "subreddits": ("aurora",),
            "inbox": True,
            "url": base,
            "token_url": f"{base}/api/v1/access_token",
            "private": True,
        }

    def _comment(self, body: str, at: datetime, author: str, parent: str = "t3_post1") -> Json:
        number = f"c{len(self.things):x}"
        data = {
            "id": number,
            "name": f"t1_{number}",
            "author": author,
            "author_fullname": f"t2_{author}",
            "body": body,
            "created_utc": at.timestamp(),
            "edited": False,
            "link_id": "t3_post1",
            "link_title": "Delivery",
            "parent_id": parent,
            "permalink": f"/r/aurora/comments/post1/delivery/{number}/",
            "score": 1,
            "subreddit": "aurora",
            "replies": "",
        }
        return {"kind": "t1", "data": data}

    def add(self, text: str, at: datetime, author: str = "ana") -> str:
        self.things.append(self._comment(text, at, author))
        return str(self.things[-1]["data"]["name"])

    def message(self, text: str, at: datetime, author: str = "ana") -> str:
        """A private message arrives."""
        name = f"t4_m{len(self.things):x}"
        data = {"name": name, "author": author, "dest": "aurora_help", "subject": "My order", "body": text}
        data |= {
            "created_utc": at.timestamp(),
            "first_message_name": None,
            "parent_id": None,
            "was_comment": False,
        }
        self.things.append({"kind": "t4", "data": data})
        return name

    def _find(self, key: str) -> Json:
        return next(one for one in self.things if one["data"]["name"] == key)

    def edit(self, key: str, text: str) -> None:
        self._find(key)["data"] |= {"body": text, "edited": datetime.now(UTC).timestamp()}

    def delete(self, key: str) -> None:
        self.gone[key] = self._find(key)
        self.gone[key]["data"] |= {"body": "[deleted]", "author": "[deleted]", "author_fullname": None}
        self.things.remove(self.gone[key])

    def posted(self) -> list[tuple[str, str]]:
        ours = [one["data"] for one in self.things if one["data"]["author"] == "aurora_help"]
        return [(one["name"], one["body"]) for one in ours]

    def listing(self, method: str, path: str) -> bool:
        return path == "/r/aurora/comments"

    def handle(
        self, method: str, path: str, query: dict[str, str], headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        form = dict(parse_qsl(body.decode()))
        if path == "/api/v1/access_token":
            wanted = "Basic " + base64.b64encode(b"app:hush-client").decode()
            if headers.get("authorization") != wanted:
                return answer({"message": "Unauthorized", "error": 401}, 401)
            if form.get("refresh_token") != "hush-refresh":
                return answer({"error": "invalid_grant"}, 400)
            return answer({"access_token": "hush-bearer", "token_type": "bearer", "expires_in": 3600})
        if headers.get("authorization") != "bearer hush-bearer":
            return answer({"message": "Unauthorized", "error": 401}, 401)
        if path == "/api/comment":
            assert form["raw_json"] == "1" and form["api_type"] == "json"
            return self._take(form)
        things = [one for one in self.things if one["kind"] == "t1"]
        if path.startswith(("/r/", "/api/", "/message/", "/user/")):
            assert query["raw_json"] == "1", "texts would be escaped"
        if path == "/api/info":
            wanted_keys = query["id"].split(",")
            assert len(wanted_keys) <= 100
            known = {**self.gone, **{one["data"]["name"]: one for one in things}}
            found = [known[key] for key in wanted_keys if key in known]
            return answer({"kind": "Listing", "data": {"after": None, "children": found}})
        if path == "/r/aurora/new":
            things = []
        elif path in ("/message/inbox", "/message/sent"):
            ours = path == "/message/sent"
            messages = [one for one in self.things if one["kind"] == "t4"]
            things = [one for one in messages if (one["data"]["author"] == "aurora_help") is ours]
            things += (
                [] if ours else [one for one in self.things if one["data"].get("parent_id") in self._ours()]
            )
        elif path == "/user/aurora_help/comments":
            things = [one for one in things if one["data"]["author"] == "aurora_help"]
        elif path != "/r/aurora/comments":
            return answer({"message": "Not Found", "error": 404}, 404)
        return self._page(things, query)

    def _ours(self) -> set[str]:
        return {key for key, _ in self.posted()}

    def _page(self, things: list[Json], query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        shown = sorted(things, key=lambda one: float(one["data"]["created_utc"]), reverse=True)[: self.most]
        names = [one["data"]["name"] for one in shown]
        start = names.index(query["after"]) + 1 if query.get("after") in names else 0
        part = shown[start : start + min(self.page, int(query["limit"]))]
        after = part[-1]["data"]["name"] if start + len(part) < len(shown) else None
        return answer({"kind": "Listing", "data": {"after": after, "before": None, "children": part}})

    def _take(self, form: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        if self.errors:
            wait = {"ratelimit": 540.5} if self.errors[0][0] == "RATELIMIT" else {}
            return answer({"json": {"errors": self.errors, **wait}})
        if form["thing_id"] in self.gone:
            return answer(
                {"json": {"errors": [["DELETED_COMMENT", "that comment has been deleted", "parent"]]}}
            )
        thing = self._comment(form["text"], datetime.now(UTC), "aurora_help", form["thing_id"])
        if form["thing_id"].startswith("t4_"):
            thing["kind"], first = "t4", form["thing_id"]
            thing["data"] |= {
                "name": f"t4_m{len(self.things):x}",
                "subject": "re: My order",
                "first_message_name": first,
            }
            del thing["data"]["link_id"]
        self.things.append(thing)
        return answer({"json": {"errors": [], "data": {"things": [thing]}}})


def answer(value: Any, status: int = 200) -> tuple[int, dict[str, str], bytes]:
    """An answer in JSON, with what Reddit says of its limits: floats, and the seconds that are left."""
    limits = {"x-ratelimit-used": "3", "x-ratelimit-remaining": "597.0", "x-ratelimit-reset": "369"}
    return status, {"content-type": "application/json; charset=UTF-8", **limits}, json.dumps(value).encode()
