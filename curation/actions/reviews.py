"""Ask for review, review, and send what is approved; and what waits for whom."""

from collections.abc import Sequence
from typing import Any

from curation.actions import answering, needs
from curation.errors import Invalid
from curation.models import Who
from curation.store import Store, replies, reviews, waiting
from curation.store.awareness import Known
from curation.store.reviews import Line

Row = dict[str, Any]

MOST_LINES = 200
LONGEST_NOTE = 5_000


@needs("draft")
def ask(store: Store, who: Who, marker: str, version: int) -> Row:
    """Put one's draft before reviewers, as it was at `version`. Raises Stale, Invalid, Forbidden."""
    row = replies.get(store, marker)
    needed = answering.need_of(store, row["who"], row["comment_id"]).approvals
    return reviews.ask(store, who.name, marker, version, needed)


@needs("approve")
def decide(
    store: Store,
    who: Who,
    marker: str,
    version: int,
    digest: str,
    approve: bool,
    why: str | None = None,
    lines: Sequence[Line] = (),
) -> Row:
    """Approve another's text, or ask for changes; see `store.reviews.decide`."""
    row = replies.get(store, marker)
    if not approve and not (why or "").strip() and not lines:
        raise Invalid("Say what should change, in a word or on a line.")
    if len(lines) > MOST_LINES or any(
        len(text) > LONGEST_NOTE for text in (why or "", *(t for _, t in lines))
    ):
        raise Invalid(f"A review has at most {MOST_LINES} remarks of {LONGEST_NOTE:,} characters.")
    last = row["text"].count("\n") + 1
    for line, text in lines:
        if not 1 <= line <= last or not text.strip():
            raise Invalid(
                f"The text has the lines 1 to {last}, and a remark says something; not line {line}."
            )
    needed = answering.need_of(store, row["who"], row["comment_id"]).approvals
    return reviews.decide(
        store, who.name, marker, version, digest, approve, needed=needed, why=why, lines=lines
    )


@needs("send")
def send(store: Store, who: Who, marker: str, version: int, digest: str, known: Known | None = None) -> Row:
    """Let a draft that needs no approval, or has it, leave after the undo window; return it.

    `version`, `digest` and `known`: the reply, the thread and the replies of others as they were seen. Raises Invalid with what
    stands in the way, and Stale, with both texts where others answer too.
    """
    row = replies.get(store, marker)
    answering.sendable(store, row["comment_id"], row["text"])
    needed = answering.need_of(store, row["who"], row["comment_id"]).approvals
    wait = answering.undo_window(store)
    return reviews.queue(
        store, who.name, marker, version, needed=needed, wait=wait, known=known or {}, digest=digest
    )


@needs("read")
def dossier(store: Store, who: Who, marker: str) -> Row:
    """Return all a reviewer looks at; see `store.waiting.dossier`. `needs`, `because` and `rules`: as the rules stand."""
    found = waiting.dossier(store, marker)
    need = answering.need_of(store, found["reply"]["who"], found["reply"]["comment_id"])
    rules = [rule.model_dump(exclude={"approvals"}, exclude_none=True) for rule in need.rules]
    return {**found, "needs": need.approvals, "because": need.why, "rules": rules}


@needs("draft", "approve", "send")
def mine(store: Store, who: Who) -> list[Row]:
    """Return the replies that wait for oneself, each with the comment it answers in short as `to`; see `store.waiting.needing`."""
    return answering.beside(store, waiting.needing(store, who.name, "approve" in who.permissions))
