"""Crisis rooms: noticed by themselves or opened by hand, one statement for all, an answer to each, and what was learnt."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import timedelta
from typing import Any

from curation import config, crisis
from curation.actions import answering, needs
from curation.errors import Forbidden, Invalid
from curation.models import Who
from curation.store import Store, affected, comments, crises
from curation.store.connection import now
from curation.store.filters import Filter, utc

Row = dict[str, Any]

MOST_OPENED = 3
"""Rooms one look opens; what is one event in truth must not open one for each of its topics."""
BEFORE = timedelta(days=1)
"""So long before a spike was noticed, complaints already belong to it."""
USUALLY = timedelta(days=7)
LONGEST_TITLE = 200
LANGUAGES = ("en", "fr")


@needs("feed")
def notice(store: Store, who: Who) -> dict[str, str | None]:
    """Bring open rooms up to date and open one for each new spike; return all there are, by the name alerts give them.

    An open room's value says why it is open, a closed one's is None. No source can have such a name.
    """
    settings = config.load(store.config.home).crisis
    for room in crises.listed(store):
        if room["status"] == "open":
            affected.gather(store, who.name, room["id"])
    for _ in range(MOST_OPENED if settings.opens else 0):
        until = now()
        counts = affected.complaints(store, until, crisis.WEEKS, crisis.LEAST_WEEKS)
        spike = crisis.worst(crisis.spikes(counts, settings.least, settings.times))
        if spike is None:
            break
        scope = Filter(topics=(spike.topic,), sentiments=("negative",))
        room = crises.open_room(store, who.name, "", scope, until - BEFORE, spike.as_dict())
        affected.gather(store, who.name, room["id"])
    return {f"crisis {room['id']}": _why(room) for room in crises.listed(store)}


def _why(room: Row) -> str | None:
    if room["status"] != "open":
        return None
    at = f"The room is open on the dashboard: /crisis?crisis={room['id']}"
    if not (spike := room["noticed"]):
        return f"{room['opened_by']} opened it: {room['title']}. {at}"
    within = "an hour" if spike["hours"] == 1 else f"{spike['hours']} hours"
    return (
        f"{spike['came']:,} negative comments on {spike['topic']} within {within}, where {spike['usual']:,.0f} are"
        f" usual. {at}"
    )


@needs("triage")
def open_room(store: Store, who: Who, title: str, wanted: Filter) -> Row:
    """Open a room for what a filter finds, from its `since` on (by default of the last seven days), and what is still to come.

    Raises Invalid where it finds nothing, or has a room already.
    """
    title = " ".join(title.split())
    if not title or len(title) > LONGEST_TITLE:
        raise Invalid(f"A room's title has 1 to {LONGEST_TITLE} characters.")
    if wanted.until is not None:
        raise Invalid("A room takes in what is still to come: leave the end of the time open.")
    if not any(getattr(wanted, one.name) for one in fields(Filter) if one.name not in ("since", "deleted")):
        raise Invalid("Narrow the filter first: a room is never for all comments there are.")
    same = [room for room in crises.listed(store) if room["status"] == "open" and _same(room, wanted)]
    if same:
        raise Invalid(f"The open room {same[0]['id']} is about this already.")
    if not comments.count(store, wanted)["comments"]:
        raise Invalid("No comment fits this filter. Widen it, or choose an earlier day.")
    room = crises.open_room(store, who.name, title, wanted, utc(wanted.since) or now() - USUALLY)
    affected.gather(store, who.name, room["id"])
    crises.join(store, who.name, room["id"])
    return crises.get(store, room["id"])


def _same(room: Row, wanted: Filter) -> bool:
    mine = crises.scope_of(room)
    return all(
        getattr(mine, one.name) == getattr(wanted, one.name) for one in fields(Filter) if one.name != "since"
    )


@needs("read")
def listed(store: Store, who: Who) -> list[Row]:
    """List rooms, open ones first, each with its `progress`; see `store.affected.progress`."""
    return [{**room, "progress": affected.progress(store, room["id"])} for room in crises.listed(store)]


@needs("read")
def room(store: Store, who: Who, id: int) -> Row:
    """Return a room with its `statement` (see `statement`), `progress`, `members` and `deeds`. Raises NotFound."""
    return {
        **crises.get(store, id),
        "statement": statement(store, id),
        "progress": affected.progress(store, id),
        "members": crises.members(store, id),
        "deeds": crises.deeds(store, id),
    }


def statement(store: Store, id: int) -> Row | None:
    """Return the newest statement: version, texts, who, made_at, `previous` texts, `approvers`, how many it `needs`, `agreed_at`, `wishes`.

    None: there is none yet.
    """
    found = crises.statements(store, id)
    if not found:
        return None
    decided = crises.reviews(store, id)
    needed = config.load(store.config.home).crisis.approvals
    approvers, at = crisis.agreed(decided, found[0], needed)
    mine = [one for one in decided if one["version"] == found[0]["version"] and not one["approve"]]
    return {
        **found[0],
        "previous": found[1]["texts"] if len(found) > 1 else None,
        "approvers": approvers,
        "needs": needed,
        "agreed_at": at,
        "wishes": [{name: one[name] for name in ("who", "why", "made_at")} for one in mine],
    }


@needs("read")
def people(
    store: Store,
    who: Who,
    id: int,
    states: list[str] | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[Row]:
    """List a room's people; see `store.affected.people`. `said`: what they said last."""
    crises.get(store, id)
    rows = affected.people(store, id, states or (), before, limit)
    said = {one["id"]: one for one in comments.some(store, [row["comment"] for row in rows])}
    shown = ("author", "text", "language", "source", "created_at", "url")
    return [{**row, "said": {name: said[row["comment"]][name] for name in shown}} for row in rows]


@needs("triage", "draft", "approve", "send")
def join(store: Store, who: Who, id: int) -> None:
    """Work in a room, for others to see."""
    crises.join(store, who.name, id)


@needs("triage", "draft", "approve", "send")
def leave(store: Store, who: Who, id: int) -> None:
    """Work in a room no more."""
    crises.join(store, who.name, id, here=False)


@needs("triage")
def leave_out(store: Store, who: Who, id: int, comment: int, out: bool = True) -> None:
    """Leave the person who wrote `comment` out of a room, or take them in again."""
    affected.leave_out(store, who.name, id, comment, out)


@needs("draft")
def save_statement(store: Store, who: Who, id: int, version: int, texts: Mapping[str, str]) -> Row:
    """Save the statement as it was seen at `version`, 0 for none; return it. Approvals of the one before hold no more.

    `texts`: by language, en and fr, one of them at least. Answers that have not left are withdrawn. Raises Invalid, Stale.
    """
    if unknown := sorted(set(texts) - set(LANGUAGES)):
        raise Invalid(f"A statement has the languages {', '.join(LANGUAGES)}, not {', '.join(unknown)[:60]}.")
    kept = {code: answering.bounded(texts[code].strip()) for code in LANGUAGES if texts.get(code, "").strip()}
    if not kept:
        raise Invalid("There is no text yet.")
    crises.save_statement(store, who.name, id, version, kept)
    found = statement(store, id)
    assert found  # noqa: S101 - it was written above
    return found


@needs("approve")
def decide(store: Store, who: Who, id: int, version: int, approve: bool, why: str | None = None) -> Row:
    """Approve the statement at `version`, or ask for changes and say which; return it.

    Raises Stale where there is a newer one, Invalid, and Forbidden for its own writer.
    """
    found = statement(store, id)
    if found and found["version"] == version:
        if found["who"] == who.name:
            raise Forbidden("You wrote this statement. Another person has to approve it.")
        if approve and who.name in found["approvers"]:
            raise Invalid("You approved this text already; it needs another person.")
    why = (why or "").strip() or None
    if not approve and why is None:
        raise Invalid("Say what should change.")
    crises.decide(store, who.name, id, version, approve, answering.bounded(why) if why else None)
    decided = statement(store, id)
    assert decided  # noqa: S101 - there was one to decide on
    return decided


@needs("triage")
def close(store: Store, who: Who, id: int, version: int, learnt: str) -> Row:
    """Close a room as it was seen at `version`, with what was learnt; it can be read from then on, and be reopened."""
    return crises.close(store, who.name, id, version, answering.bounded(learnt.strip()))


@needs("triage")
def reopen(store: Store, who: Who, id: int, version: int) -> Row:
    """Open a closed room again as it was seen at `version`."""
    return crises.reopen(store, who.name, id, version)
