"""What the matrix connector reads with: one room's events as pages of raws, and what a reply is made of."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

import orjson

from curation.connectors import markup
from curation.connectors.http import Http
from curation.connectors.shapes import deep, listed, packed, text, when
from curation.errors import BadRecord, Invalid, NotFound, TryAgain
from curation.models import Comment, Cursor, Gap, Page, Raw, Reply

API = "/_matrix/client/v3"
MARKER = "tribune.marker"
"""The field of a message of ours that holds the reply's marker: transaction ids are not shown to other sessions, nor for long."""
PAGE = 100
DEEPEST = 20
"""Answers to answers that are followed up to find the first message."""
LOOKED = 100
QUOTED = 200
_MESSAGES = ["m.room.message", "m.room.encrypted", "m.room.redaction"]
_FALLBACK = re.compile(r"> (?:\* )?<@[^>\n]*>[^\n]*\n(?:>[^\n]*\n)*\n?")
_NONE = {"not_types": ["*"]}


def path(room: str, *parts: str) -> str:
    """Return the address of something in a room; whatever stands in an id stays within its part."""
    return "/".join([f"{API}/rooms", *(quote(one, safe="") for one in (room, *parts))])


def link(room: str, event: str) -> str:
    """Return an address that every Matrix client opens."""
    return f"https://matrix.to/#/{quote(room, safe='!:')}/{quote(event, safe='$:')}"


def at(event: Any) -> datetime:
    """Read when an event was sent, by its sender's server. Raises BadRecord."""
    sent = deep(event, "origin_server_ts")
    if isinstance(sent, bool) or not isinstance(sent, int | float):
        raise BadRecord("There is no origin_server_ts.")
    return when({"origin_server_ts": sent / 1000}, "origin_server_ts")


def content(reply: Reply) -> dict[str, Any]:
    """Make the message: an answer in its thread, with the quotation that clients show which know no answers."""
    to, thread = reply.to, (reply.to.attributes or {}).get("in_thread")
    who = to.author_key or to.author or ""
    quoted = to.text[:QUOTED].splitlines() or [""]
    relates: dict[str, Any] = {"m.in_reply_to": {"event_id": to.key}}
    if thread:
        relates |= {"rel_type": "m.thread", "event_id": thread, "is_falling_back": False}
    shown = [_html("\n".join(quoted)), _html(who), _html(reply.text), html.escape(to.url or "")]
    return {
        "msgtype": "m.text",
        "body": "\n".join([f"> <{who}> {quoted[0]}", *(f"> {one}" for one in quoted[1:]), "", reply.text]),
        "format": "org.matrix.custom.html",
        "formatted_body": f'<mx-reply><blockquote><a href="{shown[3]}">In reply to</a> {shown[1]}<br>{shown[0]}'
        f"</blockquote></mx-reply>{shown[2]}",
        "m.relates_to": relates,
        "m.mentions": {"user_ids": [to.author_key]} if to.author_key else {},
        MARKER: reply.marker,
    }


def change(connection: Http, reply: Reply, key: str, gone: bool) -> None:
    """Have our event `key` read as `reply` does, or redact it. Its marker is the transaction's id, so it is done once."""
    room, new = of(reply.to), {"msgtype": "m.text", "body": reply.text}
    if gone:
        connection.send("PUT", path(room, "redact", key, reply.marker), {})
        return
    edit = {"m.new_content": new, "m.relates_to": {"rel_type": "m.replace", "event_id": key}}
    shown = {**new, "body": f"* {reply.text}", **edit}
    connection.send("PUT", path(room, "send", "m.room.message", reply.marker), shown)


def said(content: Any, answers: bool) -> str:
    """Return what a message says, as plain text; of an answer without the quotation that stands before it."""
    plain = text(content, "body")
    if plain is None:
        _, _, after = (text(content, "formatted_body") or "").rpartition("</mx-reply>")
        return markup.text(after)
    return (_FALLBACK.sub("", plain, count=1) if answers and _FALLBACK.match(plain) else plain).strip()


def of(to: Comment) -> str:
    """Return the room a comment stands in. Raises Invalid."""
    room = (to.attributes or {}).get("room")
    if not isinstance(room, str):
        raise Invalid("The comment does not say in which room it stands. Pull it again.")
    return room


def resolved(connection: Http, room: str) -> str:
    """Return a room's id, asked for where it is an alias."""
    if not room.startswith("#"):
        return room
    return text(connection.get(f"{API}/directory/room/{quote(room, safe='')}").json(), "room_id") or room


def entered(connection: Http, room: str, since: date | None = None) -> "Room":
    """Return the room as the token's account sees it."""
    me = text(connection.get(f"{API}/account/whoami").json(), "user_id")
    if me is None:
        raise TryAgain("The server does not say whose token this is.", after=300)
    return Room(connection, room, me, since)


@dataclass(slots=True)
class Room:
    """A room as the account `me` sees it. `since`: what is older is left out. `roots`: first messages that are known."""

    connection: Http
    id: str
    me: str
    since: date | None = None
    roots: dict[str, str] = field(default_factory=dict)

    def news(self, known: Cursor) -> Page:
        """Read what is new after `known["since"]`; without it, the newest events. What was left out is a gap."""
        first, since = not known, known.get("since")
        try:
            timeline, following = self._sync(since)
        except Invalid:
            if since is None:
                raise
            timeline, following = self._sync(None)
            timeline["limited"] = True
        if first and not timeline:
            raise TryAgain(f"The server shows nothing of the room {self.id}.", after=60)
        events = listed(timeline, "events") if timeline else []
        ids = [one for event in events if (one := text(event, "event_id"))]
        last, back = known.get("last"), text(timeline, "prev_batch")
        cursor = {"since": following, "last": ids[-1] if ids else last, "back": back if first else None}
        gap = None
        if not first and deep(timeline, "limited") and last not in ids:
            walk = {"since": None, "last": None, "back": back, "until": last}
            why = f"{self.id}: more was written since the last pull than the server shows at once."
            gap = Gap(why=why, cursor=walk if back else None)
        return Page(stream=self.id, raws=self._raws(events), cursor={**cursor, "until": None}, gap=gap)

    def older(self, known: Cursor) -> Page:
        """Read a page back from `known["back"]`, down to the event `known["until"]` or the beginning."""
        try:
            events, following = self._messages("b", known["back"])
        except (Invalid, NotFound):
            events, following = self._messages("b", None)
        events.reverse()
        until = known.get("until")
        reached = until is not None and until in [text(event, "event_id") for event in events]
        early = bool(events) and all(self._early(event) for event in events)
        if events and following == known["back"]:
            raise TryAgain(f"The server goes back to the same place of {self.id} again and again.", after=600)
        over = reached or early or following == known["back"]
        return Page(
            stream=self.id, raws=self._raws(events), cursor={**known, "back": None if over else following}
        )

    def after(self, key: str) -> Iterator[dict[str, Any]]:
        """Yield our own messages after the event `key`, oldest first. Raises TryAgain where they are too many."""
        found = self.connection.get(path(self.id, "context", key), {"limit": 0}).json()
        token = text(found, "end")
        for _ in range(LOOKED):
            events, following = self._messages("f", token, senders=[self.me])
            yield from events
            if following is None or following == token:
                return
            token = following
        raise TryAgain(
            f"Too much was said in {self.id} since to be sure that the reply is not there.", after=600
        )

    def _sync(self, since: str | None) -> tuple[dict[str, Any], str]:
        timeline = {"limit": PAGE, "types": _MESSAGES}
        here = {
            "rooms": [self.id],
            "timeline": timeline,
            "state": _NONE,
            "ephemeral": _NONE,
            "account_data": _NONE,
        }
        chosen = orjson.dumps({"room": here, "presence": _NONE, "account_data": _NONE}).decode()
        asked = {"since": since, "timeout": 0, "set_presence": "offline", "filter": chosen}
        found = self.connection.get(f"{API}/sync", asked).json()
        following, shown = text(found, "next_batch"), deep(found, "rooms", "join", self.id, "timeline")
        if following is None:
            raise TryAgain("The server's answer has no next_batch: it may have changed.", after=300)
        return shown if isinstance(shown, dict) else {}, following

    def _messages(
        self, way: str, token: str | None, **chosen: Any
    ) -> tuple[list[dict[str, Any]], str | None]:
        types = orjson.dumps({"types": _MESSAGES, **chosen}).decode()
        asked = {"dir": way, "from": token, "limit": PAGE, "filter": types}
        found = self.connection.get(path(self.id, "messages"), asked).json()
        return listed(found, "chunk"), text(found, "end")

    def _raws(self, events: list[dict[str, Any]]) -> list[Raw]:
        """Make raws of events in their order; an edit becomes its original, as it reads now."""
        shown = {text(one, "event_id"): one for one in events if not _edits(one)}
        for event in events:
            target = _edits(event)
            if target is None:
                continue
            if target not in shown and (original := self._event(target)):
                shown[target] = original
            if target in shown and deep(shown[target], "sender") == deep(event, "sender"):
                unsigned = shown[target].setdefault("unsigned", {})
                if isinstance(unsigned, dict) and not deep(unsigned, "m.relations", "m.replace"):
                    unsigned["m.relations"] = {"m.replace": event}
        return [self._raw(one) for one in shown.values() if not self._early(one)]

    def _raw(self, event: dict[str, Any]) -> Raw:
        names = ("event_id", "type", "sender", "origin_server_ts", "content", "redacts")
        kept = {name: event.get(name) for name in names if name in event}
        kept["redacted"] = deep(event, "unsigned", "redacted_because") is not None
        kept["edit"] = deep(event, "unsigned", "m.relations", "m.replace", "content", "m.new_content")
        own, root = event.get("sender") == self.me, self._root(event)
        return packed({"room": self.id, "own": own, "root": root, "event": kept}, text(event, "event_id"))

    def _early(self, event: dict[str, Any]) -> bool:
        try:
            return self.since is not None and at(event).date() < self.since
        except BadRecord:
            return False

    def _event(self, key: str) -> dict[str, Any] | None:
        """Ask for one event; None where we may not see it. What is no event's id is not asked for."""
        if not key.startswith("$"):
            return None
        try:
            found = self.connection.get(path(self.id, "event", key)).json()
        except (NotFound, Invalid):
            return None
        return found if isinstance(found, dict) else None

    def _root(self, event: dict[str, Any], depth: int = 0) -> str | None:
        """Find the message a conversation began with; None for one that answers nothing."""
        relates = deep(event, "content", "m.relates_to")
        if deep(relates, "rel_type") == "m.thread":
            return text(relates, "event_id")
        above = text(relates, "m.in_reply_to", "event_id")
        if above and above not in self.roots:
            found = self._event(above) if depth < DEEPEST else None
            self.roots[above] = (self._root(found, depth + 1) if found else None) or above
        return self.roots[above] if above else None


def _edits(event: dict[str, Any]) -> str | None:
    relates = deep(event, "content", "m.relates_to")
    return text(relates, "event_id") if deep(relates, "rel_type") == "m.replace" else None


def _html(plain: str) -> str:
    return html.escape(plain, quote=False).replace("\n", "<br>")
