"""Who has a thread, for how long it is put aside, and which threads are read as one."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from curation.errors import Invalid, NotFound, Stale
from curation.store import threads
from curation.store.connection import Store, dicts, now
from curation.store.threads import Row

LONGEST_SNOOZE = timedelta(days=3660)


def claim(store: Store, who: str, thread: int, minutes: float, version: int | None = None) -> Row:
    """Take a thread for `minutes`, or renew the claim one has, which is no deed; a new thread is open by that.

    Raises NotFound, and Stale where somebody else has it: who, and until when.
    """
    until = now() + timedelta(minutes=minutes)
    with store.write() as con:
        found = threads.begun(con, thread)
        before = threads.state_in(con, found)
        if before["claimed_by"] == who:
            con.execute(
                "update thread set claimed_until = $until where id = $thread",
                {"until": until, "thread": found},
            )
            return {**before, "claimed_until": until, "deed": None}
        free(before, who)
        threads.check(con, before, version)
        sets = {"claimed_by": who, "claimed_until": until, "opens": True}
        deed = threads.done(con, who, "claim", found, [found], sets, before)
        return {**threads.state_in(con, found), "deed": deed}


def free(state: Row, who: str) -> None:
    """Raise Stale where somebody else than `who` has the thread."""
    if state["claimed_by"] not in (None, who):
        raise Stale(
            f"{state['claimed_by']} has this thread until {state['claimed_until']:%Y-%m-%d %H:%M} UTC. "
            "Wait, or ask for it to be released.",
            state,
        )


def release(store: Store, who: str, thread: int) -> Row:
    """Let a thread go that one has claimed. Raises NotFound, and Stale where somebody else has it."""
    with store.write() as con:
        found = threads.begun(con, thread)
        before = threads.state_in(con, found)
        free(before, who)
        deed = threads.done(con, who, "release", found, [found], threads.FREED, before)
        return {**threads.state_in(con, found), "deed": deed}


MEMBERS = "select name from member where removed_at is null order by name"
ASSIGNED = "select distinct assignee from thread where assignee is not null order by assignee"


def members(store: Store) -> list[str]:
    """Return whom a thread can be assigned to, by name; where no members are kept, those it was assigned to so far."""
    con = store.read()
    return [name for (name,) in con.execute(MEMBERS).fetchall() or con.execute(ASSIGNED).fetchall()]


def assignee(store: Store, name: str | None) -> str | None:
    """Return whom a thread can be assigned to: a member, or anybody by name where no members are kept. Raises NotFound, Invalid."""
    if name is None or not (name := name.strip()):
        return None
    if len(name) > 100:
        raise Invalid("A member's name has at most 100 characters.")
    known = [member for (member,) in store.read().execute(MEMBERS).fetchall()]
    if known and name not in known:
        raise NotFound(f"No member is called {name!r}. There are: {', '.join(sorted(known)[:50])}.")
    return name


def assign(store: Store, who: str, thread: int, name: str | None, version: int | None = None) -> Row:
    """Give a thread to a member, or with None to nobody. Raises NotFound, Invalid, Stale."""
    return threads.decide(store, who, "assign", thread, {"assignee": assignee(store, name)}, version)


def snooze(store: Store, who: str, thread: int, until: datetime | None, version: int | None = None) -> Row:
    """Put a thread aside until a time of the store (UTC), or with None until the next message. Raises NotFound, Invalid, Stale."""
    return threads.decide(store, who, "snooze", thread, threads.moved_to("snoozed", waking(until)), version)


def waking(until: datetime | None) -> datetime | None:
    """Check when a thread is to wake. Raises Invalid."""
    at = now()
    if until is not None and not at < until < at + LONGEST_SNOOZE:
        raise Invalid("A snooze ends in the future, within ten years.")
    return until


MERGING = """
select id, claimed_by, claimed_until from thread
where id in (select unnest($threads::bigint[])) or merged_into in (select unnest($threads::bigint[]))
"""


def merge(store: Store, who: str, thread: int, others: Sequence[int], version: int | None = None) -> Row:
    """Read `others`, and what was merged into them, as parts of `thread`; nothing of them is rewritten.

    Raises NotFound, Invalid, and Stale where somebody else has one of them, or `thread` moved on from `version`.
    """
    with store.write() as con:
        into = threads.begun(con, thread)
        heads = [threads.begun(con, other) for other in others]
        if not heads or into in heads:
            raise Invalid("A merge needs other threads than the one they are merged into, and not in it yet.")
        before = threads.state_in(con, into)
        threads.check(con, before, version)
        for other in heads:
            free(threads.state_in(con, other), who)
        parts = [row["id"] for row in dicts(con.execute(MERGING, {"threads": heads}))]
        sets = {"merged_into": into}
        deed = threads.done(con, who, "merge", into, [into, *heads, *parts], sets, before)
        return {**threads.state_in(con, into), "deed": deed}


APART = "select id from thread where merged_into = $into and id in (select unnest($threads::bigint[]))"


def unmerge(store: Store, who: str, thread: int, others: Sequence[int]) -> Row:
    """Take `others` out of the thread they were merged into; each is as it was left. Raises NotFound."""
    with store.write() as con:
        into = threads.begun(con, thread)
        before = threads.state_in(con, into)
        apart = [id for (id,) in con.execute(APART, {"into": into, "threads": list(others)}).fetchall()]
        if len(apart) < len(set(others)) or not apart:
            raise NotFound("Not all of these threads are merged into this one. Look at it again.")
        deed = threads.done(con, who, "unmerge", into, apart, {"merged_into": None}, before)
        return {**threads.state_in(con, into), "deed": deed}
