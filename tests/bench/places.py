"""Real servers where customers have written: for each channel what a source needs, and what arrived there in the end."""

import quopri
import sqlite3
import time
from base64 import b64decode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.utils import format_datetime
from typing import Any
from urllib.parse import quote

from curation.connectors.atproto.texts import record_key
from tests.servers import dovecot, exim, synapse, wordpress
from tests.servers import request_tracker as tracker
from tests.servers.bluesky import network

Through = Callable[[int], int]
"""Takes a server's port, returns one that leads there and is cut."""
Arrived = list[tuple[str, str]]
"""Each reply the server holds: its marker (or the key of what it answers), and its text."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where replies go. `chance`: of a cut at one thing that passes; `rest`: seconds that really pass before a look may count;
    `said`: which of the server's limits were raised."""

    connector: str
    settings: dict[str, Any]
    secrets: dict[str, str]
    arrived: Callable[[], Arrived]
    chance: float
    rest: float = 5.0
    said: str = "No rate limit of the server was raised."
    environment: dict[str, str] = field(default_factory=dict)


def _fixture(made: Any) -> Callable[..., AbstractContextManager[Any]]:
    return contextmanager(made.__wrapped__)


@contextmanager
def mail(count: int, through: Through) -> Iterator[Place]:
    """Exim and Dovecot, both over TLS: letters lie in the mailbox, customers' maildir is counted."""
    with _fixture(dovecot.dovecot)() as box, _fixture(exim.exim)(box) as server:
        for n in range(count):
            at = datetime.now(UTC) - timedelta(minutes=count - n)
            head = f"From: Ana <ana{n}@post.test>\r\nTo: {box.user}\r\nMessage-ID: <{n}.bench@post.test>\r\n"
            head += f"Date: {format_datetime(at)}\r\nSubject: Parcel {n}\r\n\r\n"
            box.deliver(f"{head}Where is parcel {n}?\r\n".encode(), received=at)

        def arrived() -> Arrived:
            end = time.monotonic() + 120
            while any((server.root / "spool/input").glob("*-D")) and time.monotonic() < end:
                time.sleep(0.1)
            letters = [message_from_bytes(one, policy=policy.default) for one in server.customers()]
            return [(str(one["Tribune-Reply"]), one.get_content()) for one in letters]

        settings = {"host": "127.0.0.1", "port": through(box.tls_port), "user": box.user}
        sending = {"smtp_host": "127.0.0.1", "smtp_port": through(server.port), "smtp_user": server.user}
        yield Place(
            connector="imap",
            settings={**settings, **sending, "timeout": 10.0},
            secrets={"password": box.password},
            arrived=arrived,
            chance=0.012,
            environment={"SSL_CERT_FILE": str(box.certificate)},
        )


@contextmanager
def matrix(count: int, through: Through) -> Iterator[Place]:
    """Synapse: ten rooms, whose messages with a marker are counted."""
    with _fixture(synapse.synapse)() as server:
        cust, bot = server.account("cust", admin=True), server.account("bot")
        server.spare(cust, cust)
        server.spare(cust, bot)
        rooms = [synapse.room(cust, bot) for _ in range(10)]
        for n in range(count):
            cust.say(rooms[n % len(rooms)], f"Where is parcel {n}?")

        def within(room: str) -> Iterator[tuple[str, str]]:
            asked: dict[str, Any] = {"dir": "b", "limit": 500}
            while asked.get("from", True):
                page = cust.ask("GET", f"{synapse.V3}/rooms/{quote(room)}/messages", params=asked)
                said = [one["content"] for one in page["chunk"] if one["sender"] == bot.user]
                yield from ((one["tribune.marker"], one["body"]) for one in said if "body" in one)
                asked["from"] = page.get("end")

        def arrived() -> Arrived:
            return [found for room in rooms for found in within(room)]

        yield Place(
            connector="matrix",
            settings={"url": _url(through(server.port)), "rooms": rooms, "private": True},
            secrets={"token": bot.token},
            arrived=arrived,
            chance=0.1,
            said="Synapse lets a user write once in five seconds; both accounts were spared by its administrator.",
        )


@contextmanager
def words(count: int, through: Through) -> Iterator[Place]:
    """WordPress: one post, below whose comments replies are counted, trashed ones too."""
    with _fixture(wordpress.wordpress)() as site:
        post, now = site.post(), datetime.now(UTC)
        site.fill(post, [now - timedelta(minutes=count - n) for n in range(count)])
        me = site.call("GET", "users/me", user="feedback").json()["id"]

        def arrived() -> Arrived:
            found: Arrived = []
            asked = {"context": "edit", "per_page": 100, "author": me, "orderby": "id", "order": "asc"}
            for status in ("all", "trash", "spam"):
                for number in range(1, 1_000):
                    page = site.call("GET", "comments", params={**asked, "status": status, "page": number})
                    rows = page.raise_for_status().json()
                    found += [(one["author_user_agent"], one["content"]["raw"]) for one in rows]
                    if len(rows) < 100:
                        break
            return found

        yield Place(
            connector="wordpress",
            settings={"url": _url(through(site.port)), "user": "feedback", "private": True},
            secrets={"password": site.passwords["feedback"]},
            arrived=arrived,
            chance=0.03,
        )


@contextmanager
def tickets(count: int, through: Through) -> Iterator[Place]:
    """Request Tracker: a ticket for each reply; what staff wrote is counted in its database."""
    with _fixture(tracker.request_tracker)() as server:
        for n in range(count):
            about = {"Queue": "General", "Subject": f"Parcel {n}", "Requestor": f"ana{n}@post.test"}
            server.agent("POST", "ticket", **about, Content=f"Where is {n}?", ContentType="text/plain")

        def arrived() -> Arrived:
            base = sqlite3.connect(f"file:{server.root / 'rtdb'}?mode=ro", uri=True)
            try:
                rows = base.execute(CORRESPONDED, (tracker.USER,)).fetchall()
            finally:
                base.close()
            return [(str(key), _decoded(text, coding)) for key, text, coding in rows]

        yield Place(
            connector="request_tracker",
            settings={"url": _url(through(server.port)), "private": True},
            secrets={"token": server.token},
            arrived=arrived,
            chance=0.04,
            rest=10.0,
        )


CORRESPONDED = """
select first.id, a.Content, a.ContentEncoding from Transactions t
join Users u on u.id = t.Creator and u.Name = ?
join Transactions first on first.ObjectType = t.ObjectType and first.ObjectId = t.ObjectId and first.Type = 'Create'
join Attachments a on a.TransactionId = t.id and a.ContentType = 'text/plain'
where t.ObjectType = 'RT::Ticket' and t.Type = 'Correspond'
"""


@contextmanager
def bluesky(count: int, through: Through) -> Iterator[Place]:
    """Bluesky's own network: mentions are answered, the account's posts are counted on its server."""
    with _fixture(network.network)() as net:
        brand, ana = net.account("bench-shop"), net.account("bench-ana")
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda n: ana.mention(brand, f"where is parcel {n}?"), range(count)))

        def arrived() -> Arrived:
            found: Arrived = []
            asked: dict[str, Any] = {"repo": brand.did, "collection": network.POST, "limit": 100}
            while True:
                page = brand.call("com.atproto.repo.listRecords", **asked)
                records = page["records"]
                found += [(one["uri"].rpartition("/")[2], one["value"]["text"]) for one in records]
                if not records or "cursor" not in page:
                    return found
                asked["cursor"] = page["cursor"]

        yield Place(
            connector="bluesky",
            settings={"url": _url(through(net.ports["PDS"])), "user": brand.handle, "private": True},
            secrets={"password": brand.app_password},
            arrived=arrived,
            chance=0.03,
            said="The network's own rate limits (1,666 posts an hour, 30 sign-ins in five minutes) were off.",
        )


CHANNELS = {
    "mail": mail,
    "matrix": matrix,
    "bluesky": bluesky,
    "wordpress": words,
    "request_tracker": tickets,
}


def names(marker: str, comment: str) -> tuple[str, str, str]:
    """Return what a server may know a reply by: its marker, Bluesky's record key, or what it answers."""
    return marker, record_key(marker), comment


def _decoded(text: str | bytes, coding: str) -> str:
    data = text.encode() if isinstance(text, str) else text
    decode = {"quoted-printable": quopri.decodestring, "base64": b64decode}.get(coding)
    return (decode(data) if decode else data).decode()


def _url(port: int) -> str:
    return f"http://127.0.0.1:{port}"
