"""An Intercom workspace, written after Intercom's description of its REST API 2.14."""

import html
import json
import re
from datetime import UTC, datetime
from typing import Any

from pydantic import SecretStr

Json = dict[str, Any]
ADMIN = {"type": "admin", "id": "991", "name": "Noor", "email": "noor@aurora.example"}


class Intercom:
    connector = "intercom"
    secrets = ("hush-token",)
    page = 20
    edits, deletes, answers = True, True, True

    def __init__(self) -> None:
        self.conversations: dict[str, Json] = {}
        self.parts = 0

    def settings(self, base: str) -> Json:
        return {"token": SecretStr("hush-token"), "url": base, "private": True}

    def add(self, text: str, at: datetime, author: str = "ana") -> str:
        key = str(500 + len(self.conversations))
        source = {
            "type": "conversation",
            "id": f"4039{key}",
            "delivered_as": "customer_initiated",
            "subject": "",
            "body": written(text),
            "author": {"type": "user", "id": f"u-{author}", "name": author, "email": None},
            "attachments": [],
            "url": "https://aurora.example/orders",
            "redacted": False,
        }
        self.conversations[key] = {
            "type": "conversation",
            "id": key,
            "created_at": int(at.timestamp()),
            "updated_at": int(at.timestamp()),
            "source": source,
            "conversation_rating": None,
            "conversation_parts": {
                "type": "conversation_part.list",
                "conversation_parts": [],
                "total_count": 0,
            },
        }
        return key

    def part(self, key: str, kind: str, text: str | None, author: Json, at: datetime) -> str:
        """Something happens in a conversation: a message, a note, an event."""
        self.parts += 1
        found = self.conversations[key]
        part = {
            "type": "conversation_part",
            "id": str(self.parts),
            "part_type": kind,
            "body": written(text) if text else None,
            "created_at": int(at.timestamp()),
            "updated_at": int(at.timestamp()),
            "author": author,
            "attachments": [],
            "redacted": False,
        }
        found["conversation_parts"]["conversation_parts"].append(part)
        found["updated_at"] = int(datetime.now(UTC).timestamp())
        return f"{key}.{self.parts}"

    def edit(self, key: str, text: str) -> None:
        self.conversations[key]["source"]["body"] = written(text)
        self.conversations[key]["updated_at"] = int(datetime.now(UTC).timestamp())

    def delete(self, key: str) -> None:
        gone = "<p><i>This message was deleted</i></p>"
        self.conversations[key]["source"] |= {"body": gone, "redacted": True}
        self.conversations[key]["updated_at"] = int(datetime.now(UTC).timestamp())

    def posted(self) -> list[tuple[str, str]]:
        return [
            (f"{key}.{part['id']}", read(part["body"]))
            for key, found in self.conversations.items()
            for part in found["conversation_parts"]["conversation_parts"]
            if part["author"] == ADMIN and part["part_type"] == "comment"
        ]

    def listing(self, method: str, path: str) -> bool:
        return path == "/conversations/search"

    def handle(
        self, method: str, path: str, query: dict[str, str], headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        if headers.get("authorization") != "Bearer hush-token":
            errors = [{"code": "token_unauthorized", "message": "Not authorized"}]
            return answer({"type": "error.list", "errors": errors}, 401)
        if path == "/me":
            return answer({**ADMIN, "app": {"type": "app", "id_code": "abc"}})
        if path == "/conversations/search" and method == "POST":
            assert headers["intercom-version"] == "2.14"
            return self._search(json.loads(body))
        found = re.fullmatch(r"/conversations/(\d+)(/reply)?", path)
        if not found or found[1] not in self.conversations:
            errors = [{"code": "not_found", "message": "Resource Not Found"}]
            return answer({"type": "error.list", "errors": errors}, 404)
        if found[2] and method == "POST":
            value = json.loads(body)
            assert (value["message_type"], value["type"], value["admin_id"]) == ("comment", "admin", "991")
            self.part(found[1], "comment", None, ADMIN, datetime.now(UTC))
            self._newest(found[1])["body"] = f"<p>{value['body']}</p>"
            shown = {**self.conversations[found[1]]}
            last = {
                "type": "conversation_part.list",
                "conversation_parts": [self._newest(found[1])],
                "total_count": 1,
            }
            return answer({**shown, "conversation_parts": last})
        whole = self.conversations[found[1]]
        parts = whole["conversation_parts"]["conversation_parts"]
        some = {
            "type": "conversation_part.list",
            "conversation_parts": parts[-500:],
            "total_count": len(parts),
        }
        return answer({**whole, "conversation_parts": some})

    def _newest(self, key: str) -> Json:
        newest: Json = self.conversations[key]["conversation_parts"]["conversation_parts"][-1]
        return newest

    def _search(self, asked: Json) -> tuple[int, dict[str, str], bytes]:
        (wanted,) = asked["query"]["value"]
        assert wanted["field"] == "updated_at" and wanted["operator"] == ">"
        found = [one for one in self.conversations.values() if one["updated_at"] > wanted["value"]]
        found.sort(key=lambda one: -int(one["updated_at"]))
        start, size = int(asked["pagination"].get("starting_after") or 0), asked["pagination"]["per_page"]
        part = [
            {k: v for k, v in one.items() if k != "conversation_parts"} for one in found[start : start + size]
        ]
        following = str(start + size) if start + size < len(found) else None
        pages = {"type": "pages", "page": 1, "per_page": size, "total_pages": 1}
        pages |= {"next": {"per_page": size, "starting_after": following}} if following else {}
        return answer(
            {"type": "conversation.list", "pages": pages, "total_count": len(found), "conversations": part}
        )


def written(text: str) -> str:
    """What a customer types in the messenger, as Intercom keeps it."""
    return f"<p>{html.escape(text, quote=False)}</p>"


def read(body: str) -> str:
    return html.unescape(re.sub(r"</?p>", "", body).replace("<br>", "\n"))


def answer(value: Any, status: int = 200) -> tuple[int, dict[str, str], bytes]:
    limits = {"x-ratelimit-limit": "1666", "x-ratelimit-remaining": "1660"}
    return status, {"content-type": "application/json; charset=utf-8", **limits}, json.dumps(value).encode()
