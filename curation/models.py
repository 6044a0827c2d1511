"""The nouns. Plain values: no I/O, no rules beyond what makes a value valid."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Cursor = dict[str, Any]
"""Where a stream's next pull starts: JSON, opaque to everyone but its connector."""

Role = Literal["customer", "team", "automatic"]
"""Who speaks: a customer, our own team, or a machine (an auto-reply, a bounce)."""

STATUSES = ("new", "open", "pending", "snoozed", "resolved", "spam")
"""A thread's states, in the order of its life."""

SENTIMENTS = ("negative", "neutral", "positive")

INTENTS = (
    "complaint",
    "question",
    "request",
    "praise",
    "suggestion",
    "cancellation",
    "thanks",
    "spam",
    "none",
)
"""What a comment is for; `none` where it only says something."""

URGENCIES = ("low", "normal", "high")

HEADS = ("language", "sentiment", "topic", "intent", "urgency")
"""What a comment is judged by, and a person may correct."""

TAGS = (*HEADS, "entity")
"""The names a tag may have. An entity's value says its kind: `name:Aurora X`, `amount:14.90 EUR`, `order:…`, `date:…`."""

PERMISSIONS = ("read", "triage", "draft", "approve", "send", "curate", "administer", "feed")
"""What a member's role or a token's scope may carry; `feed` is for flows: land, take, tag."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """One payload as received.

    `key` is the channel's own id of it, unique within the source. `payload` is text, JSON as a rule;
    a connector that receives bytes stores them in JSON as latin-1 so that they come back exactly.
    """

    key: str
    payload: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Raws of one stream, and the cursor that holds once they are stored.

    `total` is the number of raws the stream is expected to give in this pull, where it is known (progress).
    """

    stream: str
    raws: list[Raw]
    cursor: Cursor
    total: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """One message by one person, as the channel shows it now.

    `key`: the channel's id, unique within the source. `created_at`: aware, UTC. `thread`: the key shared
    by comments that answer each other (default: its own key). `reply_to`: the key of the comment answered.
    `language`: ISO 639-1 where the channel says it. `rating`: in the channel's own units.
    `attributes`: whatever else is worth keeping, text to JSON value.
    """

    key: str
    text: str
    created_at: datetime
    author: str | None = None
    author_key: str | None = None
    title: str | None = None
    thread: str | None = None
    reply_to: str | None = None
    url: str | None = None
    language: str | None = None
    rating: float | None = None
    role: Role = "customer"
    attributes: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """A channel's notice that the comment `key` now reads `text`; everything else stays."""

    key: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """A channel's notice that the comment `key` is gone. It is marked, never erased."""

    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """One value of one head for one comment.

    `name`: language, sentiment, topic, intent or urgency. `score`: 0 to 1, calibrated. `evidence`: words that show it,
    verbatim. `unsure`: the head abstains, `value` is its best guess. `sentiment`: of a topic.
    """

    name: str
    value: str
    score: float
    evidence: tuple[str, ...] = ()
    unsure: bool = False
    sentiment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """Who acts: a member or a token, with what it may do. Every audit row names it."""

    name: str
    permissions: frozenset[str] = field(default_factory=frozenset)


LOCAL = Who(name="local", permissions=frozenset(PERMISSIONS))
"""The single member of one's own machine, where no sign-in is configured."""
