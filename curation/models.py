"""The nouns. Plain values: no I/O, no rules beyond what makes a value valid."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

import regex

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

Count = Literal["likes", "reposts", "replies", "score", "views", "followers"]
COUNTS: tuple[str, ...] = get_args(Count)
"""What channels count beside a comment; `score` is likes less dislikes, `followers` are its author's."""
MOST_COUNTED = 2**53 - 1
"""Beyond it a browser would round."""

PERMISSIONS = ("read", "triage", "draft", "approve", "send", "curate", "administer", "feed")
"""What a member's role or a token's scope may carry; `feed` is for flows: land, take, tag."""

ROLES: Mapping[str, frozenset[str]] = {
    "reader": frozenset({"read"}),
    "writer": frozenset({"read", "triage", "draft"}),
    "agent": frozenset({"read", "triage", "draft", "send"}),
    "reviewer": frozenset({"read", "triage", "draft", "approve", "send"}),
    "curator": frozenset({"read", "triage", "curate"}),
    "administrator": frozenset(PERMISSIONS) - {"feed"},
}
"""What a member's role carries. A member may hold several, and may then do what any of them does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """One payload as received.

    `key` is the channel's own id of it, unique within the source. `payload` is text, JSON as a rule;
    a connector that receives bytes stores them in JSON as latin-1 so that they come back exactly.
    """

    key: str
    payload: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """What a pull knows it has not read: `why`, for people, and the cursor that reads it, None where nothing can.

    The cursor is one of the same stream's, as `pull` takes it; it is stored with the page that found the gap, and
    read after the live streams until it gives no more pages.
    """

    why: str
    cursor: Cursor | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Raws of one stream, and the cursor that holds once they are stored.

    `total` is the number of raws the stream is expected to give in this pull, where it is known (progress). `gap`:
    what was found to be missing.
    """

    stream: str
    raws: list[Raw]
    cursor: Cursor
    total: int | None = None
    gap: Gap | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """One message by one person, as the channel shows it now.

    `key`: the channel's id, unique within the source. `created_at`: aware, UTC. `thread`: the key shared
    by comments that answer each other (default: its own key). `reply_to`: the key of the comment answered.
    `language`: ISO 639-1 where the channel says it. `rating`: in the channel's own units.
    `attributes`: whatever else is worth keeping, text to JSON value. `counts`: how many, by a name of COUNTS; they move without
    making another version, and stay as they are where a channel tells none.
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
    counts: Mapping[Count, int] | None = None


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
class Rules:
    """What a channel asks of a reply; shown while it is written, and checked before it is sent.

    `longest` in `unit`; `note` says in a sentence what else a writer should know. `window`: how long after the comment a reply is
    taken. `mention`: what the connector puts before the text, counted within `longest`. `public`: anyone can read it.
    `links`: whether an address in the text can be followed.
    """

    longest: int | None = None
    unit: Literal["characters", "graphemes", "bytes"] = "characters"
    window: timedelta | None = None
    mention: str = ""
    public: bool = True
    links: bool = True
    note: str = ""


def length(text: str, unit: str) -> int:
    """Count as a channel does: characters (code points), graphemes (what a reader sees as one), or bytes of UTF-8."""
    if unit == "bytes":
        return len(text.encode("utf-8", "replace"))
    return len(regex.findall(r"\X", text)) if unit == "graphemes" else len(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer on its way. `marker` names it for good: 26 letters and digits, the same at every attempt.

    `to` is the comment it answers, as normalised; `attempts` counts those that may have left.
    """

    marker: str
    text: str
    to: Comment
    attempts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Where a reply stands on its channel: `key` as `normalise` will give it when it comes back in a pull."""

    key: str
    url: str | None = None
    at: datetime | None = None


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
    """Who acts: a member or a token, with what it may do. Every audit row names it.

    `signed_in`: what they may do is looked up again at every act, as a page may hold this for longer than they hold their roles.
    """

    name: str
    permissions: frozenset[str] = field(default_factory=frozenset)
    signed_in: bool = field(default=False, compare=False)


LOCAL = Who(name="local", permissions=frozenset(PERMISSIONS))
"""The single member of one's own machine, where no sign-in is configured."""
