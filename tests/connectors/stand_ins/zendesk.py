"""A Zendesk account's tickets, shaped as the published Support API says."""

import base64
import json
import re
from datetime import UTC, datetime
from typing import Any

from pydantic import SecretStr

Json = dict[str, Any]
Answer = tuple[int, dict[str, str], bytes]
AGENT = {"id": 7, "name": "Aurora Support", "role": "agent", "email": "agent@aurora.test"}
BASIC = base64.b64encode(b"agent@aurora.test/token:hush-token").decode()


def shown(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Zendesk:
    connector = "zendesk"
    secrets = ("hush-token",)
    page = 20
    edits, deletes, answers = True, True, True

    def __init__(self) -> None:
        self.tickets: dict[int, Json] = {}
        self.comments: dict[int, list[Json]] = {}
        self.audits: dict[int, list[Json]] = {}
        self.users: dict[int, Json] = {7: dict(AGENT)}
        self.changes: list[int] = []
        self.closed: set[int] = set()
        self.busy = False
        self.count = 1_000
        self.base = ""

    def settings(self, base: str) -> Json:
        self.base = base
        return {"url": base, "email": "agent@aurora.test", "token": SecretStr("hush-token"), "private": True}

    def _user(self, name: str) -> int:
        number = 10_000 + sum(map(ord, name))
        self.users[number] = {"id": number, "name": name, "role": "end-user", "email": f"{name}@mail.test"}
        return number

    def say(
        self, ticket: int, body: str, at: datetime, author: int, public: bool = True, custom: Any = None
    ) -> Json:
        """Add a comment, and the audit that tells of it."""
        self.count += 1
        comment = {
            "id": self.count,
            "type": "Comment",
            "author_id": author,
            "body": body,
            "html_body": f"<div class='zd-comment'>{body}</div>",
            "plain_body": body,
            "public": public,
            "attachments": [],
            "audit_id": self.count + 50_000,
            "via": {
                "channel": "api" if author == 7 else "web",
                "source": {"from": {}, "to": {}, "rel": None},
            },
            "created_at": shown(at),
            "metadata": {"system": {"ip_address": "192.0.2.7", "location": "Somewhere"}, "custom": {}},
        }
        self.comments[ticket].append(comment)
        event = {"id": self.count, "type": "Comment", "body": body, "public": public}
        audit = {
            "id": self.count + 50_000,
            "ticket_id": ticket,
            "author_id": author,
            "created_at": shown(at),
            "events": [event, {"id": self.count + 90_000, "type": "Notification", "body": "Updated"}],
            "metadata": {"custom": custom or {}, "system": {}},
        }
        self.audits[ticket].append(audit)
        self._changed(ticket, at)
        return audit

    def _changed(self, ticket: int, at: datetime) -> None:
        self.tickets[ticket]["updated_at"] = shown(at)
        self.changes = [*(one for one in self.changes if one != ticket), ticket]
        self.tickets[ticket]["change"] = self.tickets[ticket].get("change", 0)
        self.count += 1
        self.tickets[ticket]["change"] = self.count

    def add(self, text: str, at: datetime, author: str = "ana") -> str:
        number = 35_000 + len(self.tickets)
        requester = self._user(author)
        self.tickets[number] = {
            "id": number,
            "url": f"{self.base}/api/v2/tickets/{number}.json",
            "created_at": shown(at),
            "subject": "Parcels",
            "description": text,
            "status": "open",
            "priority": None,
            "type": "question",
            "requester_id": requester,
            "submitter_id": requester,
            "tags": [],
            "via": {"channel": "web"},
        }
        self.comments[number], self.audits[number] = [], []
        self.say(number, text, at, requester)
        return f"ticket-{number}"

    def edit(self, key: str, text: str) -> None:
        """An agent redacts."""
        number = int(key.removeprefix("ticket-"))
        self.comments[number][0] |= {"body": text, "html_body": text, "plain_body": text}
        self._changed(number, datetime.now(UTC))

    def delete(self, key: str) -> None:
        number = int(key.removeprefix("ticket-"))
        self.tickets[number]["status"] = "deleted"
        self._changed(number, datetime.now(UTC))

    def posted(self) -> list[tuple[str, str]]:
        every = [one for comments in self.comments.values() for one in comments]
        return [(str(one["id"]), one["body"]) for one in every if one["author_id"] == 7 and one["public"]]

    def listing(self, method: str, path: str) -> bool:
        return method == "GET" and path.endswith(("/incremental/tickets/cursor.json", "/comments.json"))

    def handle(
        self, method: str, path: str, query: dict[str, str], headers: dict[str, str], body: bytes
    ) -> Answer:
        if headers.get("authorization") not in (f"Basic {BASIC}", "Bearer hush-token"):
            return self._said({"error": "Couldn't authenticate you"}, 401)
        if path == "/api/v2/incremental/tickets/cursor.json":
            return self._said(self._export(query))
        one = re.fullmatch(r"/api/v2/tickets/(\d+)(?:/(comments|audits))?\.json", path)
        number = int(one[1]) if one else 0
        ticket = self.tickets.get(number)
        if one is None or ticket is None or ticket["status"] == "deleted":
            return self._said({"error": "RecordNotFound", "description": "Not found"}, 404)
        if method == "PUT":
            return self._update(number, json.loads(body)["ticket"])
        if one[2] == "comments":
            return self._listed(path, "comments", self.comments[number], query)
        if one[2] == "audits":
            return self._listed(path, "audits", self.audits[number], query)
        return self._said({"ticket": ticket})

    def _update(self, number: int, asked: Json) -> Answer:
        if self.busy:
            return self._said({"error": "Conflict"}, 409)
        if number in self.closed:
            details = {"status": [{"description": "Status: closed prevents ticket update"}]}
            return self._said({"error": "RecordInvalid", "details": details}, 422)
        comment = asked["comment"]
        now, custom = datetime.now(UTC), asked.get("metadata")
        audit = self.say(number, comment["body"], now, 7, comment["public"], custom)
        return self._said({"ticket": self.tickets[number], "audit": audit})

    def _export(self, query: dict[str, str]) -> Json:
        """Cursors lie at changes: what changed since stands behind them."""
        assert ("cursor" in query) != ("start_time" in query)
        after = int(base64.b64decode(query["cursor"])) if "cursor" in query else 0
        waiting = [self.tickets[one] for one in self.changes if self.tickets[one]["change"] > after]
        page = waiting[: min(self.page, int(query.get("per_page", 1_000)))]
        last = page[-1]["change"] if page else after
        cursor = base64.b64encode(str(last).encode()).decode() if last else None
        return {
            "tickets": [{name: value for name, value in one.items() if name != "change"} for one in page],
            "after_cursor": cursor,
            "after_url": f"{self.base}/api/v2/incremental/tickets/cursor.json?cursor={cursor}"
            if cursor
            else None,
            "before_cursor": None,
            "before_url": None,
            "end_of_stream": len(page) == len(waiting),
        }

    def _listed(self, path: str, name: str, found: list[Json], query: dict[str, str]) -> Answer:
        start = int(query.get("page[after]", 0))
        page, more = found[start : start + 2], start + 2 < len(found)
        link = f"{self.base}{path}?include=users&page%5Bafter%5D={start + 2}" if more else None
        users = [self.users[one] for one in {one["author_id"] for one in page}] if "include" in query else []
        meta = {"has_more": more, "after_cursor": str(start + 2)}
        return self._said({name: page, "users": users, "meta": meta, "links": {"next": link, "prev": None}})

    def _said(self, value: Any, status: int = 200) -> Answer:
        headers = {"content-type": "application/json", "x-rate-limit": "700", "x-rate-limit-remaining": "699"}
        return status, headers, json.dumps(value).encode()
