"""One room of a Matrix homeserver: events in a line, tokens that are places in it, written after the client-server API."""

import json
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from pydantic import SecretStr

Json = dict[str, Any]
Answer = tuple[int, dict[str, str], bytes]
ROOM = "!support:stand.test"
BOT = "@bot:stand.test"
V3 = "/_matrix/client/v3"


class Matrix:
    connector = "matrix"
    secrets = ("hush-matrix-token",)
    page = 20
    edits, deletes, answers = True, True, True

    def __init__(self) -> None:
        self.events: list[Json] = [self._event("m.room.create", BOT, {}, datetime(2026, 1, 1, tzinfo=UTC), 0)]
        self.transactions: dict[str, str] = {}

    def settings(self, base: str) -> Json:
        return {"url": base, "token": SecretStr("hush-matrix-token"), "rooms": (ROOM,), "private": True}

    def add(self, text: str, at: datetime, author: str = "ana") -> str:
        return self._say(f"@{author}:stand.test", {"msgtype": "m.text", "body": text}, at)

    def edit(self, key: str, text: str) -> None:
        new = {"msgtype": "m.text", "body": text}
        relates = {"rel_type": "m.replace", "event_id": key}
        content = {"msgtype": "m.text", "body": f"* {text}", "m.new_content": new, "m.relates_to": relates}
        self._say(self._find(key)["sender"], content, datetime.now(UTC))

    def delete(self, key: str) -> None:
        event, number = self._find(key), len(self.events)
        redaction = self._event(
            "m.room.redaction", event["sender"], {"redacts": key}, datetime.now(UTC), number
        )
        self.events.append({**redaction, "redacts": key})
        event["content"] = {}
        event["unsigned"] = {"redacted_because": self.events[-1]}

    def posted(self) -> list[tuple[str, str]]:
        ours = [one for one in self.events if one["sender"] == BOT and one["type"] == "m.room.message"]
        return [(one["event_id"], one["content"]["body"].partition("\n\n")[2]) for one in ours]

    def listing(self, method: str, path: str) -> bool:
        return method == "GET" and path.endswith(("/sync", "/messages"))

    def handle(
        self, method: str, path: str, query: dict[str, str], headers: dict[str, str], body: bytes
    ) -> Answer:
        if headers.get("authorization") != "Bearer hush-matrix-token":
            return _json(401, {"errcode": "M_UNKNOWN_TOKEN", "error": "Invalid access token passed."})
        parts = [unquote(part) for part in path.removeprefix(V3).strip("/").split("/")]
        if parts == ["account", "whoami"]:
            return _json(200, {"user_id": BOT, "device_id": "STAND", "is_guest": False})
        if parts == ["joined_rooms"]:
            return _json(200, {"joined_rooms": [ROOM]})
        if parts == ["sync"]:
            return self._sync(query)
        if parts[:2] != ["rooms", ROOM]:
            return _json(403, {"errcode": "M_FORBIDDEN", "error": f"User {BOT} not in room"})
        return self._room(method, parts[2:], query, body)

    def _room(self, method: str, parts: list[str], query: dict[str, str], body: bytes) -> Answer:
        if parts == ["messages"]:
            return self._messages(query)
        if parts[:2] == ["send", "m.room.message"] and method == "PUT":
            key = self.transactions.get(parts[2])
            if key is None:
                key = self.transactions[parts[2]] = self._say(BOT, json.loads(body), datetime.now(UTC))
            return _json(200, {"event_id": key})
        known = {one["event_id"]: number for number, one in enumerate(self.events)}
        if len(parts) != 2 or parts[0] not in ("event", "context") or parts[1] not in known:
            return _json(404, {"errcode": "M_NOT_FOUND", "error": "Event not found."})
        event, number = self._shown(self._find(parts[1])), known[parts[1]]
        if parts[0] == "event":
            return _json(200, event)
        empty: Json = {"events_before": [], "events_after": [], "state": []}
        return _json(200, {"event": event, "start": f"t{number}", "end": f"t{number + 1}", **empty})

    def _sync(self, query: dict[str, str]) -> Answer:
        chosen, since = json.loads(query["filter"])["room"], query.get("since", "s0")
        if not re.fullmatch(r"s\d+", since):
            return _json(400, {"errcode": "M_UNKNOWN", "error": "Invalid stream token"})
        begin, wanted = int(since[1:]), set(chosen["timeline"]["types"])
        found = [n for n in range(begin, len(self.events)) if self.events[n]["type"] in wanted]
        last = found[-min(chosen["timeline"]["limit"], self.page) :]
        timeline = {
            "events": [_without_room(self._shown(self.events[n])) for n in last],
            "limited": len(last) < len(found),
            "prev_batch": f"t{last[0] if last else len(self.events)}",
        }
        joined = {ROOM: {"timeline": timeline, "state": {"events": []}}}
        rooms = {"join": joined} if found or "since" not in query else {}
        return _json(200, {"next_batch": f"s{len(self.events)}", "rooms": rooms})

    def _messages(self, query: dict[str, str]) -> Answer:
        back, chosen = query["dir"] == "b", json.loads(query["filter"])
        start = query.get("from", f"t{len(self.events) if back else 0}")
        if not re.fullmatch(r"[ts]\d+", start):
            return _json(400, {"errcode": "M_INVALID_PARAM", "error": "'from' parameter is invalid"})
        place, chunk = int(start[1:]), []
        while len(chunk) < min(int(query["limit"]), self.page) and (
            place > 0 if back else place < len(self.events)
        ):
            event = self.events[place - 1 if back else place]
            place += -1 if back else 1
            if event["type"] in chosen["types"] and event["sender"] in chosen.get(
                "senders", [event["sender"]]
            ):
                chunk.append(self._shown(event))
        more = place > 0 if back else place < len(self.events)
        return _json(200, {"chunk": chunk, "start": start, **({"end": f"t{place}"} if more else {})})

    def _say(self, sender: str, content: Json, at: datetime) -> str:
        self.events.append(self._event("m.room.message", sender, content, at, len(self.events)))
        return str(self.events[-1]["event_id"])

    def _event(self, kind: str, sender: str, content: Json, at: datetime, number: int) -> Json:
        event: Json = {"type": kind, "sender": sender, "content": content, "room_id": ROOM}
        sent = int(at.timestamp() * 1000)
        return {**event, "event_id": f"$event{number:05}", "origin_server_ts": sent, "unsigned": {}}

    def _find(self, key: str) -> Json:
        return next(one for one in self.events if one["event_id"] == key)

    def _shown(self, event: Json) -> Json:
        """Show an event with its age, which is never the same, and its newest edit."""
        now = int(datetime.now(UTC).timestamp() * 1000)
        unsigned = {**event["unsigned"], "age": now - event["origin_server_ts"]}
        edits = [one for one in self.events if _replaces(one) == event["event_id"]]
        if edits and "redacted_because" not in unsigned:
            unsigned["m.relations"] = {"m.replace": edits[-1]}
        return {**event, "unsigned": unsigned}


def _replaces(event: Json) -> str | None:
    relates = event["content"].get("m.relates_to", {})
    return relates.get("event_id") if relates.get("rel_type") == "m.replace" else None


def _without_room(event: Json) -> Json:
    return {name: value for name, value in event.items() if name != "room_id"}


def _json(status: int, value: Json) -> Answer:
    return status, {"content-type": "application/json"}, json.dumps(value).encode()
