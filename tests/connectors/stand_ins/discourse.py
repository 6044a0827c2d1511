"""A forum's public posts, shaped as Discourse answers an administrator's key."""

import html
import json
from datetime import UTC, datetime
from typing import Any

from pydantic import SecretStr

Json = dict[str, Any]
Answer = tuple[int, dict[str, str], bytes]
ME = "aurora_team"


class Discourse:
    connector = "discourse"
    secrets = ("hush-key",)
    page = 20
    edits, deletes, answers = True, True, True

    def __init__(self) -> None:
        self.posts: dict[int, Json] = {}
        self.inclusive = False
        self.held = False
        self.number = 400

    def settings(self, base: str) -> Json:
        return {"url": base, "user": ME, "api_key": SecretStr("hush-key"), "private": True}

    def _post(self, raw: str, at: datetime, author: str, topic: int, answered: int | None) -> Json:
        self.number += 3
        when = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        ours = author == ME
        post = {
            "id": self.number,
            "name": None,
            "username": author,
            "avatar_template": "/letter_avatar/a/{size}.png",
            "created_at": when,
            "cooked": f"<p>{html.escape(raw)}</p>",
            "post_number": 1 + sum(one["topic_id"] == topic for one in self.posts.values()),
            "post_type": 1,
            "updated_at": when,
            "reply_count": 0,
            "reply_to_post_number": answered,
            "quote_count": 0,
            "incoming_link_count": 0,
            "reads": self.number % 7,
            "score": 0.2,
            "yours": ours,
            "topic_id": topic,
            "topic_slug": "parcels",
            "topic_title": "Parcels",
            "category_id": 3,
            "version": 1,
            "raw": raw,
            "actions_summary": [],
            "moderator": ours,
            "admin": False,
            "staff": ours,
            "user_id": 5 if ours else 1_000 + sum(map(ord, author)),
            "hidden": False,
            "trust_level": 1,
            "deleted_at": None,
            "user_deleted": False,
            "wiki": False,
        }
        self.posts[self.number] = post
        return post

    def add(self, text: str, at: datetime, author: str = "ana") -> str:
        return str(self._post(text, at, author, 11, None)["id"])

    def edit(self, key: str, text: str) -> None:
        post = self.posts[int(key)]
        post |= {"raw": text, "cooked": f"<p>{html.escape(text)}</p>", "version": post["version"] + 1}

    def delete(self, key: str) -> None:
        """Staff take it away: an administrator still gets it by its id."""
        self.posts[int(key)]["deleted_at"] = "2026-03-01T10:00:00.000Z"

    def posted(self) -> list[tuple[str, str]]:
        return [(str(one["id"]), one["raw"]) for one in self.posts.values() if one["username"] == ME]

    def listing(self, method: str, path: str) -> bool:
        return method == "GET" and path == "/posts.json"

    def handle(
        self, method: str, path: str, query: dict[str, str], headers: dict[str, str], body: bytes
    ) -> Answer:
        if headers.get("api-key") != "hush-key" or headers.get("api-username") != ME:
            wrong = {
                "errors": ["You are not permitted to view the requested resource."],
                "error_type": "invalid_access",
            }
            return self._said(wrong, 403)
        if path == "/posts.json" and method == "POST":
            return self._take(json.loads(body))
        if path == "/posts.json":
            return self._said({"latest_posts": self._listed(int(query.get("before", 0)))})
        name, _, more = path.removeprefix("/posts/").removesuffix(".json").partition("/")
        post = self.posts.get(int(name)) if path.startswith("/posts/") and name.isdigit() else None
        if post is None:
            return self._said(
                {"errors": ["The requested URL could not be found."], "error_type": "not_found"}, 404
            )
        if more == "replies":
            after = max(1, int(query.get("after", 0)))
            answers = [
                {name: value for name, value in one.items() if name != "raw"}
                for one in self.posts.values()
                if one["topic_id"] == post["topic_id"]
                and one["reply_to_post_number"] == post["post_number"]
                and one["post_number"] > after
            ]
            return self._said(answers[:20])
        return self._said(post)

    def _listed(self, before: int) -> list[Json]:
        shown = [
            one
            for number, one in sorted(self.posts.items(), reverse=True)
            if not one["deleted_at"] and (not before or number < before + self.inclusive)
        ]
        return shown[: self.page]

    def _take(self, asked: Json) -> Answer:
        if len(asked["raw"]) < 20:
            return self._said(
                {"action": "create_post", "errors": ["Body is too short (minimum is 20 characters)"]}, 422
            )
        if self.held:
            return self._said(
                {"success": True, "action": "enqueued", "pending_post": {"id": 9, "raw": asked["raw"]}}
            )
        answered = asked.get("reply_to_post_number")
        return self._said(self._post(asked["raw"], datetime.now(UTC), ME, asked["topic_id"], answered))

    def _said(self, value: Any, status: int = 200) -> Answer:
        return status, {"content-type": "application/json; charset=utf-8"}, json.dumps(value).encode()
