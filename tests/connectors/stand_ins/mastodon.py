"""A Mastodon account's mentions, a hashtag and its own posts, shaped as Mastodon 4.6 answers."""

import html
import json
import re
from datetime import UTC, datetime
from typing import Any

from pydantic import SecretStr

Json = dict[str, Any]
ME = "aurora"


def shown(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def markup(text: str) -> str:
    """Return a post as the server writes it: a paragraph, with mentions as links."""
    words = [
        f'<span class="h-card"><a href="https://social.test/{word}" class="u-url mention">@<span>{word[1:]}</span></a></span>'
        if re.fullmatch(r"@\w+", word)
        else html.escape(word)
        for word in text.split(" ")
    ]
    return f"<p>{' '.join(words)}</p>"


class Mastodon:
    connector = "mastodon"
    secrets = ("hush-token",)
    page = 20
    edits, deletes, answers = True, True, True

    def __init__(self) -> None:
        self.statuses: dict[str, Json] = {}
        self.mentions: list[tuple[int, str]] = []
        self.keys: dict[str, str] = {}
        self.heeds_keys = True
        self.base = ""

    def settings(self, base: str) -> Json:
        self.base = base
        return {"url": base, "token": SecretStr("hush-token"), "hashtags": ("aurora",), "private": True}

    def _account(self, name: str) -> Json:
        number = str(900_000 + sum(map(ord, name)))
        return {
            "id": number,
            "username": name,
            "acct": name,
            "display_name": "" if name == "ana" else name.title() if name == ME else name,
            "bot": False,
            "url": f"{self.base}/@{name}",
            "followers_count": 3,
        }

    def _status(self, text: str, at: datetime, author: str, parent: str | None = None) -> Json:
        number = str(117_020_577_000_000_000 + len(self.statuses))
        known = self.statuses.get(parent or "")
        return {
            "id": number,
            "created_at": shown(at),
            "in_reply_to_id": parent,
            "in_reply_to_account_id": known["account"]["id"] if known else None,
            "sensitive": False,
            "spoiler_text": "",
            "visibility": "public",
            "language": "en",
            "uri": f"{self.base}/ap/{number}",
            "url": f"{self.base}/@{author}/{number}",
            "replies_count": 0,
            "reblogs_count": 0,
            "favourites_count": 2,
            "edited_at": None,
            "content": markup(text),
            "reblog": None,
            "account": self._account(author),
            "media_attachments": [],
            "mentions": [],
            "tags": [],
            "emojis": [],
            "card": None,
            "poll": None,
        }

    def add(self, text: str, at: datetime, author: str = "ana", parent: str | None = None) -> str:
        status = self._status(f"@{ME} {text}", at, author, parent)
        self.statuses[status["id"]] = status
        self.mentions.append((len(self.statuses), status["id"]))
        return str(status["id"])

    def edit(self, key: str, text: str) -> None:
        self.statuses[key] |= {"content": markup(f"@{ME} {text}"), "edited_at": shown(datetime.now(UTC))}

    def delete(self, key: str) -> None:
        self.statuses[key] = {}
        self.mentions = [one for one in self.mentions if one[1] != key]

    def posted(self) -> list[tuple[str, str]]:
        mine = [one for one in self.statuses.values() if one and one["account"]["username"] == ME]
        plain = [html.unescape(re.sub("<[^>]*>", "", one["content"])) for one in mine]
        return [(one["id"], text) for one, text in zip(mine, plain, strict=True)]

    def listing(self, method: str, path: str) -> bool:
        return method == "GET" and path.startswith(("/api/v1/notifications", "/api/v1/timelines/tag/"))

    def handle(
        self, method: str, path: str, query: dict[str, str], headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        if headers.get("authorization") != "Bearer hush-token":
            return self._said({"error": "The access token is invalid"}, 401)
        parts = [*path.strip("/").split("/"), "", "", ""]
        if path == "/api/v1/accounts/verify_credentials":
            return self._said(self._account(ME))
        if path == "/api/v1/notifications":
            assert query["types[]"] == "mention"
            entries = [
                {
                    "id": str(number),
                    "type": "mention",
                    "created_at": self.statuses[key]["created_at"],
                    "account": self.statuses[key]["account"],
                    "status": self.statuses[key],
                }
                for number, key in self.mentions
            ]
            return self._listed(path, entries, query)
        if parts[2] == "timelines":
            found = [one for one in self.statuses.values() if one and f"#{parts[4]}" in one["content"]]
            return self._listed(path, found, query)
        if parts[2] == "accounts":
            mine = [one for one in self.statuses.values() if one and one["account"]["id"] == parts[3]]
            return self._listed(path, mine, query)
        if path == "/api/v1/statuses" and method == "POST":
            return self._post(json.loads(body), headers.get("idempotency-key", ""))
        status = self.statuses.get(parts[3])
        if not status:
            return self._said({"error": "Record not found"}, 404)
        return self._said(self._context(status) if parts[4] == "context" else status)

    def _post(self, asked: Json, once: str) -> tuple[int, dict[str, str], bytes]:
        if self.heeds_keys and once in self.keys:
            return self._said(self.statuses[self.keys[once]])
        if not self.statuses.get(asked["in_reply_to_id"]):
            return self._said({"error": "The post you are replying to does not exist"}, 404)
        if len(asked["status"]) > 500:
            return self._said({"error": "Validation failed: Text character limit of 500 exceeded"}, 422)
        status = self._status(asked["status"], datetime.now(UTC), ME, asked["in_reply_to_id"])
        status |= {"visibility": asked["visibility"], "spoiler_text": asked["spoiler_text"]}
        self.statuses[status["id"]] = status
        self.keys[once] = status["id"]
        return self._said(status)

    def _context(self, status: Json) -> Json:
        above, one = [], status
        while parent := self.statuses.get(one["in_reply_to_id"] or ""):
            above.insert(0, parent)
            one = parent
        below, known = [], {status["id"]}
        for other in self.statuses.values():
            if other and other["in_reply_to_id"] in known:
                known.add(other["id"])
                below.append(other)
        return {"ancestors": above, "descendants": below}

    def _listed(
        self, path: str, entries: list[Json], query: dict[str, str]
    ) -> tuple[int, dict[str, str], bytes]:
        """Answer as Rails does: `min_id` gives the entries next after it, and every page is newest first."""
        entries = sorted(entries, key=lambda one: int(one["id"]))
        most = min(self.page, int(query.get("limit", 20)))
        if "min_id" in query:
            found = [one for one in entries if int(one["id"]) > int(query["min_id"])][:most]
        else:
            found = entries[-most:]
        found.reverse()
        links = {}
        if found:
            where = f"{self.base}{path}"
            links["link"] = (
                f'<{where}?max_id={found[-1]["id"]}>; rel="next", <{where}?min_id={found[0]["id"]}>; rel="prev"'
            )
        status, headers, body = self._said(found)
        return status, {**headers, **links}, body

    def _said(self, value: Any, status: int = 200) -> tuple[int, dict[str, str], bytes]:
        headers = {
            "content-type": "application/json; charset=utf-8",
            "x-ratelimit-limit": "300",
            "x-ratelimit-remaining": "299",
            "x-ratelimit-reset": shown(datetime.now(UTC)),
        }
        return status, headers, json.dumps(value).encode()
