"""What an answer has to keep to: the channel's rules for a comment, what stands in the way of a text, and whose approval it needs."""

from datetime import UTC, datetime
from typing import Any

from curation import config, connectors
from curation.config import ReviewRule
from curation.connectors import Answering
from curation.connectors.checking import problems
from curation.errors import Invalid, NotFound, TribuneError
from curation.models import Comment, Rules
from curation.reviewing import Case, Need, need
from curation.store import Store, affected, comments, waiting

Row = dict[str, Any]

LONGEST = 100_000
SHORT = 400
"""Characters of a comment that stand beside the replies in a list."""


def bounded(text: str) -> str:
    """Return a text that is not too long to be kept. Raises Invalid."""
    if len(text) > LONGEST:
        raise Invalid(
            f"A reply has at most {LONGEST:,} characters, not {len(text):,}. Take out {len(text) - LONGEST:,}."
        )
    return text


def said(text: str) -> str:
    """Return a text that says something and is not too long. Raises Invalid."""
    if not text.strip():
        raise Invalid("There is no text yet.")
    return bounded(text)


def comment_of(store: Store, comment: int) -> tuple[Comment, Row]:
    """Return a comment as connectors know it, and its row. Raises NotFound."""
    row = comments.answered(store, comment)
    return connectors.comment_of(row), row


def beside(store: Store, rows: list[Row]) -> list[Row]:
    """Put the comment that each reply answers beside it as `to`: `author`, `created_at`, and the beginning of its `text`."""
    said = {one["id"]: one for one in comments.some(store, sorted({row["comment_id"] for row in rows}))}
    return [{**row, "to": _short(said[row["comment_id"]])} for row in rows]


def _short(comment: Row) -> Row:
    shown = {name: comment[name] for name in ("author", "created_at", "deleted_at")}
    return {**shown, "text": comment["text"][:SHORT]}


def connector_of(store: Store, source: str) -> Answering:
    """Return the connector that answers for a source. Raises NotFound where it is gone, Invalid where it cannot, ConfigError."""
    settings = config.load(store.config.home)
    if source not in settings.sources:
        raise NotFound(
            f"The source {source!r} is not configured any more. Answer another way and record that."
        )
    connector = connectors.make(settings.sources[source], store.config.home)
    if not isinstance(connector, Answering):
        kind = settings.sources[source].connector
        raise Invalid(
            f"Comments of {source!r} cannot be answered there ({kind} only reads). Answer another way and record that."
        )
    return connector


def rules_of(store: Store, comment: int) -> tuple[Rules, Comment, Row]:
    """Return what the channel asks of a reply to a comment, the comment and its row. Raises as `comment_of` and `connector_of`."""
    to, row = comment_of(store, comment)
    return connector_of(store, row["source"]).rules(to), to, row


def rules_anyway(store: Store, to: Comment, source: str) -> Rules:
    """Return what the channel asks of a reply; where a comment has to be answered another way, what holds everywhere. Raises ConfigError."""
    try:
        return connector_of(store, source).rules(to)
    except (NotFound, Invalid):
        return Rules()


def obstacles(store: Store, comment: int, text: str) -> list[str]:
    """Say what stands in the way of sending a text now; nothing: empty."""
    try:
        rules, to, row = rules_of(store, comment)
    except TribuneError as error:
        return [str(error)]
    gone = row["deleted_at"] is not None
    return [one.why for one in problems(rules, text, to, datetime.now(UTC), gone)]


def sendable(store: Store, comment: int, text: str) -> None:
    """Raise Invalid with everything that stands in the way of sending a text now. Raises NotFound too."""
    rules, to, row = rules_of(store, comment)
    if found := problems(rules, said(text), to, datetime.now(UTC), row["deleted_at"] is not None):
        raise Invalid(" ".join(one.why for one in found))


def undo_window(store: Store) -> float:
    """Return how many seconds a reply waits before it leaves, as it is configured now."""
    return config.load(store.config.home).replies.undo_seconds


def model_of(store: Store) -> str | None:
    """Return the name of the model that suggests answers when asked, None where none is configured."""
    model = config.load(store.config.home).replies.model
    return model.model if model.url else None


def need_of(store: Store, writer: str, comment: int) -> Need:
    """Return the approvals that the configured rules, and an open crisis, ask of a reply by `writer` to a comment.

    Raises NotFound, ConfigError.
    """
    settings = config.load(store.config.home)
    rules, crisis = settings.review, affected.in_crisis(store, comment)
    if crisis and settings.crisis.answers:
        rules += (ReviewRule(crisis=True, approvals=settings.crisis.answers),)
    if not rules:
        return Need(0, ())
    row = comments.get(store, comment)
    case = Case(
        source=row["source"],
        topics=tuple(row["topics"]),
        urgency=row["urgency"],
        sentiment=row["sentiment"],
        followers=row["counts"].get("followers"),
        days=waiting.days(store, writer),
        # The costly ones only where a rule asks.
        public=all(rule.public is None for rule in rules) or _public(store, comment),
        crisis=crisis,
    )
    return need(rules, case)


def _public(store: Store, comment: int) -> bool:
    """Whether anyone can read an answer; yes where nobody can tell."""
    try:
        return rules_of(store, comment)[0].public
    except TribuneError:
        return True
