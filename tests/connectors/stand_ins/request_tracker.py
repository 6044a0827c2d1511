"""A small Request Tracker: every customer's message opens a ticket; transactions go by number, in pages of twenty."""

import re
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

import orjson
from pydantic import SecretStr

Answer = tuple[int, dict[str, str], bytes]
STAFF = 12


class RequestTracker:
    """RT's REST2 as an account sees it that is no superuser: no totals, no next page, emails' records in between."""

    connector = "request_tracker"
    secrets = ("1-12-hush-token",)
    page = 20
    edits, deletes, answers = False, True, True

    def __init__(self) -> None:
        self.transactions: list[dict[str, Any]] = []
        self.people: dict[str, int] = {"feedback": STAFF}
        self.tickets: dict[int, dict[str, Any]] = {}

    def settings(self, base: str) -> dict[str, Any]:
        """Return the connector's settings."""
        return {"url": base, "token": SecretStr(self.secrets[0]), "private": True}

    def add(self, text: str, at: datetime, author: str = "ana") -> str:
        """Let a customer open a ticket."""
        ticket = len(self.tickets) + 1
        person = f"{author}@post.test"
        self.people.setdefault(person, 100 + len(self.people))
        self.tickets[ticket] = {"Subject": f"About {ticket}", "Requestor": [{"type": "user", "id": person}]}
        key = self._transaction(ticket, "Create", person, at, text)
        self._transaction(ticket, "EmailRecord", "RT_System", at)
        return key

    def edit(self, key: str, text: str) -> None:
        """RT has no edits."""
        raise NotImplementedError

    def delete(self, key: str) -> None:
        """Set the comment's ticket to deleted."""
        ticket = self._one(int(key))["ObjectId"]
        self._transaction(int(ticket), "Status", "feedback", datetime.now(UTC), new="deleted")

    def posted(self) -> list[tuple[str, str]]:
        """Return what we replied."""
        return [(one["id"], one["text"]) for one in self.transactions if one["Type"] == "Correspond"]

    def listing(self, method: str, path: str) -> bool:
        """Tell whether this reads a page of transactions."""
        return path == "/REST/2.0/transactions"

    def handle(
        self, method: str, path: str, query: dict[str, str], headers: dict[str, str], body: bytes
    ) -> Answer:
        """Answer a request."""
        if headers.get("authorization") != f"token {self.secrets[0]}":
            return _said(401, {"message": "Unauthorized"})
        parts = path.removeprefix("/REST/2.0/").split("/")
        match method, parts:
            case "GET", ["transactions"]:
                return _said(200, self._search(query))
            case "GET", ["transaction", key, "attachments"] if self._one(int(key)):
                kind = {"id": key, "type": "attachment", "ContentType": "text/plain", "Filename": ""}
                return _said(200, _list([{**kind, "Headers": "Content-Type: text/plain"}]))
            case "GET", ["attachment", key] if self._one(int(key)):
                content = b64encode(self._one(int(key))["text"].encode()).decode()
                return _said(200, {"id": int(key), "ContentType": "text/plain", "Content": content})
            case "GET", ["ticket", key] if int(key) in self.tickets:
                return _said(200, {"id": int(key), **self.tickets[int(key)]})
            case "GET", ["user", key]:
                return _said(200, {"id": int(key), "Privileged": int(int(key) == STAFF)})
            case "POST", ["ticket", key, "correspond"] if int(key) in self.tickets:
                text = orjson.loads(body)["Content"]
                made = self._transaction(int(key), "Correspond", "feedback", datetime.now(UTC), text)
                answer = _said(201, ["Correspondence added"])
                return answer[0], {**answer[1], "location": f"/REST/2.0/transaction/{made}"}, answer[2]
        return _said(404, {"message": "Not Found"})

    def _transaction(
        self, ticket: int, kind: str, who: str, at: datetime, text: str = "", new: str = ""
    ) -> str:
        key = str(len(self.transactions) + 40)
        creator = {
            "id": self.people.get(who, 1),
            "Name": who,
            "RealName": who.partition("@")[0],
            "EmailAddress": who,
        }
        made = {"id": key, "type": "transaction", "Type": kind, "ObjectId": str(ticket), "Creator": creator}
        created = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        self.transactions.append({**made, "Created": created, "text": text, "new": new})
        return key

    def _one(self, key: int) -> dict[str, Any]:
        return self.transactions[key - 40] if 0 <= key - 40 < len(self.transactions) else {}

    def _search(self, query: dict[str, str]) -> dict[str, Any]:
        asked = query["query"]
        above, upto = re.search(r"id > (\d+)", asked), re.search(r"id <= (\d+)", asked)
        tickets = re.findall(r"ObjectId = (\d+)", asked)
        found = [
            one
            for one in self.transactions
            if (one["Type"] in ("Create", "Correspond") or (one["new"] == "deleted" and "Status" in asked))
            and (not above or int(one["id"]) > int(above[1]))
            and (not upto or int(one["id"]) <= int(upto[1]))
            and (not tickets or one["ObjectId"] in tickets)
        ]
        found.sort(key=lambda one: int(one["id"]), reverse=query.get("order") == "DESC")
        size = min(int(query.get("per_page", 20)), self.page)
        start = (int(query.get("page", 1)) - 1) * size
        shown = [{name: value for name, value in one.items() if name not in ("text", "new")} for one in found]
        return _list(shown[start : start + size])


def _list(items: list[dict[str, Any]]) -> dict[str, Any]:
    return {"items": items, "count": len(items), "page": 1, "per_page": 20, "total": None, "pages": None}


def _said(status: int, value: Any) -> Answer:
    return status, {"content-type": "application/json; charset=utf-8"}, orjson.dumps(value)
