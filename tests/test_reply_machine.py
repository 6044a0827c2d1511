"""People write, review and send replies in every order, while a customer writes on and a sender breaks off.

What must hold is checked against a model that knows only what each person was shown and did: nothing is sent twice, no text is lost,
nobody answers unaware of another, and nothing leaves whose text, in that thread, was not approved by those it needs.
"""

import atexit
import shutil
import tempfile
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import HealthCheck, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from curation import config
from curation.actions import drafts, replies, reviews
from curation.errors import Forbidden, Invalid, NotFound, Stale
from curation.models import PERMISSIONS, Who
from curation.store import awareness, waiting
from curation.store.connection import open_store
from curation.store.drafts import mine
from tests.conftest import START, land, notice

PEOPLE = {name: Who(name=name, permissions=frozenset(PERMISSIONS)) for name in ("ana", "bo", "cy")}
SENDER = Who(name="sender", permissions=frozenset({"feed"}))
REFUSED = (Stale, Invalid, Forbidden, NotFound)

OUTCOMES = ("sent", "failed", "unknown", "queued", "killed", "killed")
DEEDS = {
    "save": 3, "ask": 4, "decide": 6, "send": 5, "sender_begins": 4, "customer": 1, "customer_edits": 1, "withdraw": 1,
    "write_at_once": 1, "queue_again": 1, "person_settles": 1, "channel": 5,
}  # fmt: skip
"""How often each is done."""

Thread = tuple[tuple[int, str], ...]
"""The messages of a thread, by their number."""

WORDS = ("Soon.", "Today.", "Sorry.", "")


@cache
def fresh() -> Path:
    """Return a home whose store has its tables: making them takes half a second."""
    home = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    open_store(config.load(home)).close()
    return home


@dataclass
class View:
    """What a person was last shown."""

    draft: dict[str, Any] | None = None
    others: dict[str, dict[str, Any]] = field(default_factory=dict)
    thread: Thread = ()
    digest: str = ""
    dossiers: dict[str, tuple[int, str, str, Thread, str]] = field(default_factory=dict)

    @property
    def known(self) -> dict[str, int]:
        return {marker: row["version"] for marker, row in self.others.items()}


def turn(name: str) -> list[str]:
    """Everybody, `name` first."""
    names = sorted(PEOPLE)
    return names[names.index(name) :] + names[: names.index(name)]


class Replies(RuleBasedStateMachine):
    """One customer's thread, three people who answer, and the outbox."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.home = Path(self.folder.name) / "home"
        self.views = {name: View() for name in PEOPLE}
        self.written: set[tuple[str, str]] = set()
        self.approvals: list[tuple[str, str, str, Thread]] = []
        self.flying: dict[str, dict[str, Any]] = {}
        self.maybe: dict[str, bool] = {}
        self.arrived: Counter[str] = Counter()
        self.known_at: dict[str, int] = {}
        self.messages = self.edits = 0
        self.customer_wrote = 0
        self.steps = 0

    @initialize(needed=st.sampled_from([0, 1, 2, 0]))
    def open(self, needed: int) -> None:
        shutil.copytree(fresh(), self.home)
        rule_of = f"\n[[review]]\napprovals = {needed}\n" if needed else ""
        source = '\n[sources.forum]\nconnector = "discourse"\nurl = "https://forum.example"\nuser = "team"\n'
        (self.home / "tribune.toml").write_text(f"[replies]\nundo_seconds = 0\n{rule_of}{source}")
        secrets = self.home / "secrets.toml"
        secrets.touch(0o600)
        secrets.write_text('[forum]\napi_key = "hush"\n')
        self.needed = needed
        self.store = open_store(config.load(self.home))
        self.customer("Where is it?")
        for name in PEOPLE:
            self.look(name)

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
        self.folder.cleanup()

    def thread(self) -> Thread:
        sql = "select id, text from comment where deleted_at is null order by id"
        return tuple(self.store.read().execute(sql).fetchall())

    @rule(seed=st.integers(0, 1 << 48))
    def act(self, seed: int) -> None:
        """Have people, the customer, the sender and the channel do ten things.

        Left to choose each, hypothesis does much of the same and seldom comes as far as sending; by a seed they are chosen evenly.
        """
        by = Random(seed)
        for deed in by.choices(list(DEEDS), list(DEEDS.values()), k=10):
            name, text = by.choice(sorted(PEOPLE)), by.choice(WORDS)
            look, chance = by.random() < 0.7, by.random() < 0.5
            note(f"{deed}: {name} {text!r} {look=} {chance=}")
            self.one(deed, name, text, look, chance, by.choice(OUTCOMES))

    def one(self, deed: str, name: str, text: str, look: bool, chance: bool, outcome: str) -> None:
        """Do one thing; most people look first, the others act on what they saw once."""
        if look:
            self.look(name)
        if deed == "decide":
            for one in turn(name):
                self.decide(one, look, approve=chance or text != "")
        elif deed in ("save", "send"):
            getattr(self, deed)(name, text, chance)
        elif deed in ("ask", "withdraw", "write_at_once"):
            getattr(self, deed)(name)
        elif deed == "channel":
            self.channel(outcome, chance)
        else:
            getattr(self, deed)()

    def customer(self, text: str = "Well?") -> None:
        """The customer writes."""
        self.messages += 1
        self.steps += 1
        self.customer_wrote = self.steps
        at = START + timedelta(minutes=self.messages)
        land(
            self.store, [notice(f"m{self.messages}", text, thread="t", author="Cleo", created_at=at)], "forum"
        )

    def customer_edits(self) -> None:
        self.edits += 1
        text = ("Where is it?", "Where is my parcel?")[self.edits % 2]
        row = notice("m1", text, thread="t", author="Cleo", payload=f"{{{self.edits}}}")
        land(self.store, [row], "forum")

    def look(self, name: str) -> None:
        """A person opens the comment, as it is now, and every reply to it."""
        others = {row["marker"]: row for row in awareness.others(self.store.read(), 1, [name])}
        draft, digest = mine(self.store, name, 1), awareness.digest(self.store.read(), 1)
        view = View(draft, others, self.thread(), digest)
        for row in [*others.values(), *([draft] if draft else [])]:
            found = waiting.dossier(self.store, row["marker"])
            reply = found["reply"]
            view.dossiers[row["marker"]] = (
                reply["version"],
                reply["text"],
                found["digest"],
                view.thread,
                reply["state"],
            )
        self.views[name] = view

    def save(self, name: str, text: str, anew: bool) -> None:
        """A person saves, perhaps from a tab of yesterday."""
        view = self.views[name]
        live = view.draft and view.draft["state"] in awareness.DRAFTS
        version = view.draft["version"] if view.draft and (live or not anew) else 0
        self.written.add((name, text))
        with suppress(Stale):
            view.draft = drafts.save(self.store, PEOPLE[name], 1, text, version, view.known)

    def ask(self, name: str) -> None:
        """The first person in turn who has a draft before them asks for its review."""
        for one in turn(name):
            draft = self.views[one].draft
            if draft and draft["state"] in ("draft", "changes_requested"):
                with suppress(*REFUSED):
                    reviews.ask(self.store, PEOPLE[one], draft["marker"], draft["version"])
                return

    def decide(self, name: str, look: bool, approve: bool) -> None:
        """A person reviews what they were shown, perhaps a while ago, and perhaps their own."""
        if look:
            self.look(name)
        view = self.views[name]
        for marker, (version, read, digest, thread, state) in view.dossiers.items():
            if state == "draft":
                continue
            with suppress(*REFUSED):
                reviews.decide(self.store, PEOPLE[name], marker, version, digest, approve, "Say when.")
                if approve:
                    self.approvals.append((marker, name, read, thread))

    def send(self, name: str, text: str, other: bool) -> None:
        """The first person in turn who was shown something that may leave sends it, another's or their own."""
        for one in turn(name):
            view = self.views[one]
            shown = [*view.others.values()] * other + ([view.draft] if view.draft else [])
            ready = [
                row for row in shown if row["state"] == "approved" or (not self.needed and row is view.draft)
            ]
            for row in ready[:1]:
                with suppress(*REFUSED):
                    sent = reviews.send(
                        self.store, PEOPLE[one], row["marker"], row["version"], view.digest, view.known
                    )
                    self.nobody_answered_unaware(one, sent)
                return

    def write_at_once(self, name: str) -> None:
        self.written.add((name, "At once."))
        with suppress(Stale, Invalid):
            row = replies.write(self.store, PEOPLE[name], 1, "At once.", known=self.views[name].known)
            self.nobody_answered_unaware(name, row)
            return
        if self.needed:
            self.written.discard((name, "At once."))

    def nobody_answered_unaware(self, name: str, row: dict[str, Any]) -> None:
        seen = {(marker, other["text"]) for marker, other in self.views[name].others.items()}
        for other in replies.listed(self.store, PEOPLE[name], comment=1):
            fresh = self.known_at.get(other["marker"], self.steps) >= self.customer_wrote
            live = (
                other["state"] not in ("failed", "withdrawn", "superseded")
                and fresh
                and other["text"].strip()
            )
            if live and other["who"] not in (name, row["who"]):
                assert (other["marker"], other["text"]) in seen

    def withdraw(self, name: str) -> None:
        if draft := self.views[name].draft:
            with suppress(*REFUSED):
                replies.withdraw(self.store, PEOPLE[name], draft["marker"], draft["version"])

    def queue_again(self) -> None:
        for row in replies.listed(self.store, PEOPLE["ana"], states=["failed"]):
            with suppress(*REFUSED):
                replies.again(self.store, PEOPLE["ana"], row["marker"], row["version"])

    def person_settles(self) -> None:
        """Somebody looks on the channel for what nobody is sure of, and says what is there."""
        for row in replies.listed(self.store, PEOPLE["bo"], states=["unknown"]):
            there = self.maybe[row["marker"]]
            with suppress(*REFUSED):
                replies.settle(self.store, PEOPLE["bo"], row["marker"], row["version"], there)
                if there:
                    self.now_known(row["marker"])

    def sender_begins(self) -> None:
        """The sender takes what is due; what it looks for is found, or certain not to be there."""
        for row in replies.due(self.store, SENDER):
            marker = row["marker"]
            if row["state"] == "unknown":
                state = "sent" if self.maybe.get(marker) else "queued"
                self.finish(row, state)
                continue
            with suppress(Stale):
                begun = replies.begin(self.store, SENDER, marker, row["version"])
                self.has_what_it_needs(begun)
                self.flying[marker] = begun

    def has_what_it_needs(self, row: dict[str, Any]) -> None:
        thread = self.thread()
        said = {
            name
            for marker, name, text, read in self.approvals
            if (marker, text, read) == (row["marker"], row["text"], thread) and name != row["who"]
        }
        assert len(said) >= self.needed, (row["text"], self.approvals)

    def channel(self, outcome: str, taken: bool) -> None:
        """The channel takes what flies, or not; its answer may be lost, and the sender may be killed."""
        for marker, row in sorted(self.flying.items()):
            arrives = outcome == "sent" or (outcome in ("unknown", "killed") and taken)
            self.arrived[marker] += arrives
            self.maybe[marker] = arrives
            if outcome != "killed":
                self.finish(row, outcome)
        if outcome == "killed":
            with self.store.write() as con:
                con.execute(
                    "update reply set attempted_at = attempted_at - interval 1 hour where state = 'sending'"
                )
        self.flying.clear()

    def finish(self, row: dict[str, Any], state: str) -> None:
        with suppress(Stale):
            replies.finish(self.store, SENDER, row["marker"], row["version"], state, {})
            if state == "sent":
                self.now_known(row["marker"])

    def now_known(self, marker: str) -> None:
        self.steps += 1
        self.known_at[marker] = self.steps

    @invariant()
    def nothing_is_sent_twice(self) -> None:
        assert all(count <= 1 for count in self.arrived.values()), self.arrived

    @invariant()
    def no_text_is_lost(self) -> None:
        if hasattr(self, "store"):
            kept = self.store.read().execute("select distinct who, text from reply_text").fetchall()
            assert self.written <= set(kept)


TestReplies = Replies.TestCase
TestReplies.settings = settings(
    max_examples=12, stateful_step_count=5, deadline=None, suppress_health_check=list(HealthCheck)
)
