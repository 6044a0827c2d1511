"""Rooms of a Matrix server, over the client-server API v3 (spec.matrix.org/latest/client-server-api); unencrypted rooms only.

A room's cursor is {since, last, back, until}: the token of `/sync`, the newest event seen, and while older ones are
read the token of `/messages` and the event to stop at. The first pull walks the whole history back. Later ones read what is
new and nothing twice; where the server leaves some out (`limited`) that is a gap, read back to the last event seen.
An edit makes the original be asked for anew, so that texts never go back to an older one; a redaction is a deletion.
Not seen: that an edit was itself redacted. `send` and all the rest was proven on a real Synapse 1.163.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from pydantic import SecretStr

from curation.connectors import rooms
from curation.connectors.http import Http
from curation.connectors.shapes import deep, needed, payload, text
from curation.errors import BadRecord, Refused, TryAgain, Unknown
from curation.models import Comment, Cursor, Deleted, Page, Raw, Receipt, Reply, Rules


@dataclass(frozen=True, kw_only=True)
class Matrix:
    """Settings. `rooms`: ids or aliases, by default all the account has joined. `team`: user ids who speak for us too.

    `url`: the homeserver. `token`: of an account of its own. `since`: leave out what is older. `private`: a server of one's own network.
    """

    url: str
    token: SecretStr
    rooms: tuple[str, ...] = ()
    team: tuple[str, ...] = ()
    since: date | None = None
    private: bool = False

    @contextmanager
    def connect(self) -> Iterator[Http]:
        """Open a client of the homeserver."""
        token = self.token.get_secret_value()
        headers = {"authorization": f"Bearer {token}"}
        with Http(self.url, headers=headers, secrets=(token,), private=self.private) as http:
            yield http

    def streams(self, connection: Http) -> Iterable[str]:
        """Name the rooms' ids. Raises Refused, after those that can be read, for one the account has not joined."""
        found = deep(connection.get(f"{rooms.API}/joined_rooms").json(), "joined_rooms")
        if not isinstance(found, list):
            raise TryAgain("The server does not say which rooms the account has joined.", after=300)
        joined = sorted(one for one in found if isinstance(one, str))
        wanted = {rooms.resolved(connection, one): one for one in self.rooms} or {one: one for one in joined}
        yield from (one for one in wanted if one in joined)
        if missing := [name for room, name in wanted.items() if room not in joined]:
            raise Refused(
                f"The account has not joined {', '.join(missing)[:300]}. Invite it and let it join."
            )

    def pull(self, connection: Http, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        """Yield what is new in the room; the first time, its history, from new to old. Raises Refused, TryAgain."""
        room, known = rooms.entered(connection, stream, self.since), cursor
        if known is None:
            page = room.news({})
            yield page
            known = page.cursor
        while known.get("back"):
            page = room.older(known)
            yield page
            known = page.cursor
        # Twice: a server may answer from its memory (Synapse does for two minutes), and the second begins after that.
        for _ in range(2 if known.get("since") else 0):
            page = room.news(known)
            if not (page.raws or page.gap):
                return
            yield page
            known = page.cursor

    def normalise(self, raw: Raw) -> Iterable[Comment | Deleted]:
        """Map one event. Raises BadRecord."""
        found = payload(raw)
        event, room = deep(found, "event"), needed(found, "room")
        if needed(event, "type") == "m.room.redaction":
            target = text(event, "redacts", longest=500)
            yield Deleted(key=target or needed(event, "content", "redacts"))
            return
        if deep(event, "redacted"):
            yield Deleted(key=raw.key)
            return
        if deep(event, "type") != "m.room.message":
            raise BadRecord("The message is encrypted, and Tribune has no keys. Use a room without.")
        key, sender = needed(event, "event_id"), needed(event, "sender")
        edited, relates = deep(event, "edit"), deep(event, "content", "m.relates_to")
        content = edited if isinstance(edited, dict) else deep(event, "content")
        kind = text(content, "msgtype", longest=100)
        answered = text(relates, "m.in_reply_to", "event_id", longest=500)
        thread = text(relates, "event_id", longest=500) if deep(relates, "rel_type") == "m.thread" else None
        if thread and deep(relates, "is_falling_back"):
            answered = thread
        said = rooms.said(content, answered is not None)
        if not said:
            raise BadRecord("The message has no text.")
        team = deep(found, "own") is True or sender in self.team
        attributes = {
            "room": room,
            "in_thread": thread,
            "kind": None if kind == "m.text" else kind,
            "file": text(content, "filename", longest=500),
            "edited": isinstance(edited, dict),
        }
        yield Comment(
            key=key,
            text=said,
            created_at=rooms.at(event),
            author=sender.removeprefix("@").partition(":")[0],
            author_key=sender,
            thread=thread or text(found, "root", longest=500) or key,
            reply_to=answered,
            url=rooms.link(room, key),
            role="team" if team else "automatic" if kind == "m.notice" else "customer",
            attributes={name: value for name, value in attributes.items() if value},
        )

    def rules(self, to: Comment) -> Rules:
        """Say what fits into an event of 64 KB that holds the text twice, once as HTML."""
        return Rules(longest=8_000, unit="bytes", note="Everyone in the room reads it.")

    def send(self, connection: Http, reply: Reply) -> Receipt:
        """Send once: the marker is the transaction id, and the server makes one event of it however often it is sent."""
        place = rooms.path(rooms.of(reply.to), "send", "m.room.message", reply.marker)
        answer = connection.send("PUT", place, rooms.content(reply))
        try:
            event = needed(answer.json(), "event_id")
        except (BadRecord, TryAgain, Refused) as error:
            raise Unknown(f"The server took the reply and its answer cannot be read: {error}") from None
        return Receipt(key=event, url=rooms.link(rooms.of(reply.to), event))

    def change(self, connection: Http, reply: Reply, key: str, gone: bool) -> None:
        """Replace our message by an edit, or redact it."""
        rooms.change(connection, reply, key, gone)

    def find_reply(self, connection: Http, reply: Reply) -> Receipt | None:
        """Read our own messages from the comment on until one bears the marker. Raises TryAgain, Refused, NotFound."""
        room = rooms.entered(connection, rooms.of(reply.to))
        for event in room.after(reply.to.key):
            if deep(event, "content", rooms.MARKER) == reply.marker:
                key = needed(event, "event_id")
                return Receipt(key=key, url=rooms.link(room.id, key), at=rooms.at(event))
        return None
