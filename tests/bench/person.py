"""One person who triages, as `tests.bench.people` simulates many: a page's session, the API as the inbox asks it, and what happened."""

import asyncio
import time
from collections import Counter, defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx
import orjson
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets import Subprotocol, WebSocketException

from curation.models import SENTIMENTS

PRESENCE = 4.0
"""Seconds between two words that somebody still looks, as the inbox says them."""
FOLLOWS = 5
"""Seconds the API keeps the question open what has changed."""
WORDS = ("refund", "livraison", "battery", "invoice order", "commande", "staff")
TOPICS = ("account.security", "voice.request", "place.access")
DOES = {
    "read": 40,
    "tag": 14,
    "claim": 10,
    "resolve": 10,
    "list": 8,
    "draft": 7,
    "note": 5,
    "search": 4,
    "filter": 2,
}
"""What people do, of a hundred times."""


@dataclass
class Seen:
    """What happened: ms by operation, refusals of what somebody else did first, errors, and answered writes."""

    times: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    conflicts: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    deeds: dict[int, tuple[str, str]] = field(default_factory=dict)
    notes: dict[int, str] = field(default_factory=dict)
    drafts: dict[str, tuple[int, str]] = field(default_factory=dict)


class Conflict(Exception):
    """Somebody else was first."""


class Person:
    """One who triages."""

    def __init__(self, name: str, token: str, http: httpx.AsyncClient, seen: Seen, rng: Random) -> None:
        self.name, self.http, self.seen, self.rng = name, http, seen, rng
        self.headers = {"authorization": f"Bearer {token}"}
        self.rows: list[dict[str, Any]] = []
        self.thread: str | None = None
        self.page: Any = None

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the API. Raises Conflict, RuntimeError."""
        answer = await self.http.request(method, f"/api/{path}", json=body, headers=self.headers)
        if answer.status_code == 409:
            raise Conflict
        if answer.is_error:
            raise RuntimeError(
                f"{method} {path.split('?')[0].split('/')[0]}: {answer.status_code} {answer.text[:80]}"
            )
        return orjson.loads(answer.content)

    async def works(self, address: str, think: float, end: float) -> None:
        """Open the page, then do one thing after the other until the end."""
        await asyncio.sleep(self.rng.uniform(0, think))
        beside: list[asyncio.Task[None]] = []
        try:
            async with websockets.connect(
                f"{address}/_stcore/stream", subprotocols=[Subprotocol("streamlit")], max_size=None
            ) as self.page:
                await self.timed("page", self.rerun(""))
                await self.timed("list", self.list())
                beside = [asyncio.create_task(one) for one in (self.follows(), self.there())]
                while time.monotonic() < end:
                    await asyncio.sleep(think * self.rng.uniform(0.5, 1.5))
                    what = self.rng.choices(list(DOES), list(DOES.values()))[0]
                    await self.timed(what, getattr(self, what)())
        except (OSError, WebSocketException) as error:
            self.seen.errors[f"session: {error}"[:110]] += 1
        finally:
            for task in beside:
                task.cancel()

    async def timed(self, what: str, doing: Any) -> None:
        """Do something and note how long it took, or why it failed."""
        begin = time.monotonic()
        try:
            await doing
        except Conflict:
            self.seen.conflicts += 1
        except Exception as error:
            self.seen.errors[f"{what}: {type(error).__name__} {error}"[:110]] += 1
            return
        self.seen.times[what].append((time.monotonic() - begin) * 1e3)

    async def rerun(self, query: str) -> None:
        """Have the page's script run, as a filter beside the inbox does, and wait until it has."""
        wish = BackMsg()
        wish.rerun_script.query_string = query
        await self.page.send(wish.SerializeToString())
        while True:
            said = ForwardMsg()
            said.ParseFromString(await asyncio.wait_for(self.page.recv(), 30))
            if said.WhichOneof("type") == "script_finished":
                return

    async def list(self) -> None:
        """Read what is new."""
        self.rows = (await self.ask("GET", "comments?status=new&limit=200"))["comments"]

    async def filter(self) -> None:
        """Narrow the list, and count what it then has."""
        narrowed = f"status=new&sentiment={self.rng.choice(SENTIMENTS)}"
        await self.ask("GET", f"comments?{narrowed}&limit=50")
        await self.ask("GET", f"comments/count?{narrowed}")

    async def search(self) -> None:
        """Look for words."""
        await self.ask("GET", f"comments?limit=50&q={self.rng.choice(WORDS)}")

    async def read(self) -> dict[str, Any]:
        """Open a comment with its thread, as a selection does."""
        row = self.rng.choice(self.rows)
        comment = await self.ask("GET", f"comments/{row['id']}")
        self.thread = comment["state"]["thread"]
        await self.ask("GET", f"threads/{self.thread}")
        return comment

    async def claim(self) -> None:
        """Take the thread that is open."""
        thread = self.thread or self.rng.choice(self.rows)["thread_id"]
        self.did("claim", await self.ask("POST", f"threads/{thread}/claim", {}))

    async def resolve(self) -> None:
        """Be done with a thread, as it was seen."""
        thread = self.thread or self.rng.choice(self.rows)["thread_id"]
        state = (await self.ask("GET", f"threads/{thread}"))["state"]
        status = "open" if state["status"] == "resolved" else "resolved"
        said = {"status": status, "version": state["version"]}
        self.did("status", await self.ask("POST", f"threads/{thread}/status", said))

    async def tag(self) -> None:
        """Correct a sentiment, or add a topic."""
        row, topic = self.rng.choice(self.rows), self.rng.random() < 0.4
        value = self.rng.choice(TOPICS if topic else SENTIMENTS)
        said = {"name": "topic" if topic else "sentiment", "value": value, "holds": True}
        self.did("correct", await self.ask("POST", f"comments/{row['id']}/tags", said))

    async def note(self) -> None:
        """Leave a note for a colleague."""
        thread = self.rng.choice(self.rows)["thread_id"]
        text = f"@person {self.name} {self.rng.random()}"
        made = await self.ask("POST", f"threads/{thread}/notes", {"text": text})
        self.seen.notes[made["id"]] = text

    async def draft(self) -> None:
        """Save a draft, knowing of those of others."""
        id = self.rng.choice(self.rows)["id"]
        found = await self.ask("GET", f"comments/{id}/draft")
        mine, text = found["draft"], f"Thank you! {self.name} {self.rng.random()}"
        aware = [{"marker": one["marker"], "version": one["version"]} for one in found["others"]]
        said = {"text": text, "version": mine["version"] if mine else 0, "aware_of": aware}
        kept = await self.ask("PUT", f"comments/{id}/draft", said)
        self.seen.drafts[kept["marker"]] = kept["version"], text

    def did(self, action: str, answer: dict[str, Any]) -> None:
        """Remember a write that was answered."""
        if answer.get("deed") is not None:
            self.seen.deeds[answer["deed"]] = action, self.name

    async def follows(self) -> None:
        """Ask what others change, always."""
        after = None
        while True:
            more = "" if after is None else f"after={after}&wait={FOLLOWS}"
            more += f"&thread={self.thread}" if self.thread else ""
            try:
                after = (await self.ask("GET", f"changes?{more}"))["next"]
            except Exception as error:
                self.seen.errors[f"changes: {type(error).__name__} {error}"[:110]] += 1
                await asyncio.sleep(1)

    async def there(self) -> None:
        """Say that one still looks at the thread."""
        while True:
            await asyncio.sleep(PRESENCE)
            if self.thread:
                with suppress(Conflict):
                    try:
                        await self.ask("POST", f"threads/{self.thread}/presence", {"typing": False})
                    except RuntimeError as error:
                        self.seen.errors[f"presence: {error}"[:110]] += 1
