"""What each person in a crisis is told: a draft of the agreed statement, which is reviewed and sent as any other."""

from collections.abc import Callable
from typing import Any

from curation import crisis
from curation.actions import crises as rooms
from curation.actions import needs, reviews
from curation.actions.replies import new_marker
from curation.errors import Invalid, Stale, TribuneError
from curation.models import Who
from curation.store import Store, affected, awareness, comments, crises, drafts

Row = dict[str, Any]

AT_ONCE = 50
"""Drafts of one call; each is a transaction of its own, and a person waits for the answer."""
OPEN = ("waiting", "void")


@needs("draft")
def draft(store: Store, who: Who, id: int, version: int, limit: int = AT_ONCE) -> Row:
    """Begin a draft for up to `limit` people who have none, with the agreed statement at `version`; the longest waiting come first.

    Returns how many were `made`, how many are `left`, and those `refused` (comment, why), as where others answer too.
    Raises Invalid where the statement is not agreed, and Stale where there is a newer one.
    """
    said = _agreed(store, id, version)
    affected.gather(store, who.name, id)
    known = affected.known(store, id)
    waiting = affected.people(store, id, OPEN, limit=None)[::-1]
    refused = []
    for person in waiting[:limit]:
        comment = comments.get(store, person["comment"])
        text = crisis.answer(said["texts"], comment["language"], comment["author"])
        try:
            row = drafts.save(store, who.name, comment["id"], new_marker(), text, 0, known, text)
        except Stale as error:
            refused.append({"comment": comment["id"], "why": str(error)})
            continue
        affected.keep_answer(store, who.name, id, comment["id"], row["marker"], version)
        known[row["marker"]] = row["version"]
    tried = min(limit, len(waiting))
    return {"made": tried - len(refused), "left": len(waiting) - tried, "refused": refused}


def _agreed(store: Store, id: int, version: int) -> Row:
    said = rooms.statement(store, id)
    if said is None or said["version"] != version:
        raise Stale("There is another statement by now. Look at it again.", said)
    if said["agreed_at"] is None:
        lacking = said["needs"] - len(said["approvers"])
        raise Invalid(
            f"The statement is not agreed: {lacking} more approval{'s' if lacking > 1 else ''} needed."
        )
    return said


@needs("draft")
def ask(store: Store, who: Who, id: int) -> Row:
    """Put all of one's drafts in a room before reviewers; return how many were `done`, and those `refused` (comment, why)."""

    def put(person: Row) -> None:
        reviews.ask(store, who, person["reply"]["marker"], person["reply"]["version"])

    return _each(store, id, "draft", lambda person: person["reply"]["who"] == who.name, put)


@needs("send")
def send(store: Store, who: Who, id: int) -> Row:
    """Let all approved answers of a room leave after the undo window; return how many were `done`, and those `refused` (comment, why)."""
    known = affected.known(store, id)

    def leave(person: Row) -> None:
        digest = awareness.digest(store.read(), person["comment"])
        reviews.send(store, who, person["reply"]["marker"], person["reply"]["version"], digest, known)

    return _each(store, id, "approved", lambda person: True, leave)


def _each(store: Store, id: int, state: str, mine: Callable[[Row], bool], act: Callable[[Row], None]) -> Row:
    """Do the same with each answer of the room's own in a state; one that is refused stops no other."""
    crises.working(store, store.read(), id)
    found = affected.people(store, id, (state,), limit=None)
    chosen = [person for person in found if person["reply"]["statement"] is not None and mine(person)]
    refused = []
    for person in chosen:
        try:
            act(person)
        except TribuneError as error:
            refused.append({"comment": person["comment"], "why": str(error)})
    return {"done": len(chosen) - len(refused), "refused": refused}
