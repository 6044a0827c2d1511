"""Answer a comment on its channel, or record an answer given elsewhere; and what a sender does with the outbox."""

import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from curation.actions import answering, needs
from curation.connectors.checking import problems
from curation.errors import Forbidden, Invalid
from curation.models import Comment, Rules, Who, length
from curation.store import Store, comments, replies, reviews
from curation.store.awareness import DRAFTS, Known

Row = dict[str, Any]

MARKER = re.compile("[a-z0-9]{26}")
ENDED = "Nobody knows whether it arrived; a person ended the search."
_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"


def new_marker() -> str:
    """Make a name for a reply: 26 letters and digits by chance (130 bits)."""
    return "".join(secrets.choice(_LETTERS) for _ in range(26))


@needs("read")
def check(store: Store, who: Who, comment: int, text: str) -> Row:
    """Say what the channel asks of a reply to a comment, and what stands in the way of this text.

    Returns `rules`, `length` (in their unit, the mention counted in), `left` (None without a limit) and `problems`.
    """
    rules, to, row = answering.rules_of(store, comment)
    size = length(rules.mention + text, rules.unit)
    return {
        "rules": _shown(rules, to),
        "length": size,
        "left": None if rules.longest is None else rules.longest - size,
        "problems": [
            {"kind": one.kind, "why": one.why}
            for one in problems(rules, text, to, datetime.now(UTC), row["deleted_at"] is not None)
        ],
    }


@needs("send")
def write(
    store: Store,
    who: Who,
    comment: int,
    text: str,
    marker: str | None = None,
    known: Known | None = None,
) -> Row:
    """Queue a reply that needs no approval; it leaves after the undo window. The same `marker` again is the same reply.

    `known`: the replies of others that were seen, by marker their version. Raises Invalid with everything that stands in the way,
    and Stale with both texts where others answer too.
    """
    marker = _marker(marker)
    answering.sendable(store, comment, text)
    if (need := answering.need_of(store, who.name, comment)).approvals:
        raise Invalid(f"This reply needs {need.why}. Save it as a draft and ask for review.")
    wait = answering.undo_window(store)
    return replies.add(store, who.name, comment, marker, text, wait=wait, known=known or {})


@needs("send")
def elsewhere(
    store: Store,
    who: Who,
    comment: int,
    text: str,
    via: str,
    marker: str | None = None,
    url: str | None = None,
) -> Row:
    """Record an answer that was given on another way, such as the phone."""
    if not via.strip() or len(via) > 60:
        raise Invalid("Say in a word how the answer was given, such as phone or shop.")
    return replies.add(
        store, who.name, comment, _marker(marker), answering.said(text), via=via.strip(), url=url
    )


@needs("draft", "send")
def withdraw(store: Store, who: Who, marker: str, version: int) -> Row:
    """Take back a reply that has not left, or end the search for one nobody is sure of; a draft, its writer may.

    Its texts are kept. Raises Stale, Invalid, Forbidden.
    """
    row = replies.get(store, marker)
    own = row["who"] == who.name and row["state"] in DRAFTS
    if not own and "send" not in who.permissions:
        raise Forbidden(f"{who.name} may not take this back: it needs the permission 'send'.")
    why = ENDED if row["state"] == "unknown" else None
    return replies.move(store, who.name, marker, version, "withdrawn", why=why)


@needs("send")
def settle(store: Store, who: Who, marker: str, version: int, arrived: bool, url: str | None = None) -> Row:
    """Say of a reply nobody is sure of what a person saw on the channel: it is there (at `url`), or it is not and has failed.

    Not there counts once the attempt has had its time: until then it may still arrive. Raises Stale, Invalid.
    """
    why = f"{who.name} found it there." if arrived else f"{who.name} looked, and it is not there."
    if not arrived and (begun := replies.get(store, marker)["attempted_at"]):
        end = begun.replace(tzinfo=UTC) + replies.LEASE
        if datetime.now(UTC) < end:
            raise Invalid(f"It may still arrive until {end:%H:%M} UTC. Look again then.")
    state = "sent" if arrived else "failed"
    return replies.move(store, who.name, marker, version, state, only="unknown", why=why, url=url)


@needs("send")
def again(store: Store, who: Who, marker: str, version: int) -> Row:
    """Queue a reply again that failed. What nobody is sure of is looked for, and never sent because somebody asks.

    Raises Stale, Invalid.
    """
    row = replies.get(store, marker)
    needed = answering.need_of(store, row["who"], row["comment_id"]).approvals
    return reviews.queue(
        store, who.name, marker, version, needed=max(needed, row["needed"]), wait=0, known=None, only="failed"
    )


@needs("read")
def listed(
    store: Store,
    who: Who,
    comment: int | None = None,
    states: list[str] | None = None,
    source: str | None = None,
    limit: int = 100,
    writer: str | None = None,
    before: str | None = None,
) -> list[Row]:
    """List replies, newest first, each with the comment it answers in short as `to`; see `store.replies.listed`."""
    found = replies.listed(store, comment, states or (), source, limit, writer, before)
    return answering.beside(store, found)


@needs("read")
def writers(store: Store, who: Who) -> list[str]:
    """Return who ever wrote a reply."""
    return replies.writers(store)


@needs("read")
def one(store: Store, who: Who, marker: str) -> Row:
    """Return one reply. Raises NotFound."""
    return replies.get(store, marker)


@needs("feed")
def due(store: Store, who: Who, source: str | None = None) -> list[Row]:
    """Return what is to be sent and what is to be looked for, each with the comment `to` that it answers."""
    return [{**row, "to": comments.answered(store, row["comment_id"])} for row in replies.due(store, source)]


@needs("feed")
def begin(store: Store, who: Who, marker: str, version: int) -> Row:
    """Write down that a reply is about to leave, if it has what the rules ask for as they stand now.

    Raises Stale where another sender has it, or its approval holds no more; NotFound, ConfigError.
    """
    row = replies.get(store, marker)
    needed = answering.need_of(store, row["who"], row["comment_id"]).approvals
    return reviews.begin(store, who.name, marker, version, needed)


@needs("feed")
def finish(store: Store, who: Who, marker: str, version: int, state: str, outcome: Mapping[str, Any]) -> Row:
    """Write down what became of a reply: sent, failed, unknown, or queued again. See `store.replies.move`."""
    return replies.move(store, who.name, marker, version, state, **outcome)


def _marker(marker: str | None) -> str:
    if marker is not None and not MARKER.fullmatch(marker):
        raise Invalid("A reply's marker has 26 letters a-z and digits.")
    return marker or new_marker()


def _shown(rules: Rules, to: Comment) -> Row:
    return {
        "longest": rules.longest,
        "unit": rules.unit,
        "until": to.created_at + rules.window if rules.window else None,
        "mention": rules.mention,
        "public": rules.public,
        "links": rules.links,
        "note": rules.note,
    }
