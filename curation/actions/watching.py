"""Watch the sources: what needs a person, why, and what to do about it; told once, and again when it is over."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from curation import config
from curation.actions import crises, needs
from curation.models import Who
from curation.store import Store, replies, sources, threads, watching
from curation.store.connection import now
from curation.store.landing import source_number

Row = dict[str, Any]

MANY_REFUSED, REFUSED_SHARE = 5, 0.2
LATE = timedelta(hours=1)
"""What came within the last hour may not have been pulled yet."""
LOST = timedelta(hours=1)
"""A reply nobody is sure of for so long needs a person."""


@needs("feed")
def watch(store: Store, who: Who) -> list[Row]:
    """Look at every configured source and for crises, keep what is wrong, and return what people were not told of yet; wake what was snoozed.

    A row: id, source, kind, why (with what to do), raised_at, and cleared_at where it is over.
    """
    threads.wake(store)
    settings = config.load(store.config.home)
    found: list[tuple[str, str, str]] = []
    states = sources.states(store, {name: one.expect_every for name, one in settings.sources.items()})
    looked_at = [name for name, source in settings.sources.items() if not source.paused and name in states]
    for name in looked_at:
        found += [(name, kind, why) for kind, why in _wrong(store, name, states[name])]
    rooms = crises.notice(store, who)
    found += [(name, "crisis", why) for name, why in rooms.items() if why]
    watching.keep_alerts(store, found, [*looked_at, *rooms])
    return watching.untold(store)


def _wrong(store: Store, name: str, state: Row) -> Iterator[tuple[str, str]]:
    number = source_number(store.read(), name)
    at = now()
    if state["error"]:
        since = state["last_good_pull"]
        good = f"The last good pull was {since:%Y-%m-%d %H:%M} UTC. " if since else ""
        why = state["error"].rstrip(". ")
        yield "failing", f"{why}. {good}Try it again with: tribune sources check {name}"
    if state["silent"]:
        yield (
            "silent",
            (
                f"Nothing new for {state['silent']}, though it usually speaks more often. Look at the channel itself; if"
                f" there are new comments, the token may have lost a right: tribune sources check {name}"
            ),
        )
    # What was not pulled since, because nothing ran, is no drop.
    until = (state["last_good_pull"] or at).replace(minute=0, second=0, microsecond=0) - LATE
    if not state["silent"] and (dropped := watching.drop(store, number, until)):
        came, expected = dropped
        yield (
            "drop",
            (
                f"{came:,} comments within a day, where this source brings about {expected:,.0f} at these hours of the week."
                " Compare with the channel: part of it may not be readable any more."
            ),
        )
    counts = state["counts"] or {}
    if counts.get("refused", 0) >= MANY_REFUSED and counts["refused"] >= REFUSED_SHARE * counts["pulled"]:
        yield (
            "refusals",
            (
                f"{counts['refused']:,} of {counts['pulled']:,} records of the last pull could not be read. See why:"
                f" tribune sources refused {name}"
            ),
        )
    gone, new = watching.changed_fields(store, number)
    if gone or new:
        said = [f"no more {', '.join(gone[:8])}"] * bool(gone) + [f"new: {', '.join(new[:8])}"] * bool(new)
        yield (
            "fields",
            (
                f"The channel's answers have other fields than before ({'; '.join(said)}). Look at a few comments of this"
                " source; if something is missing in them, its connector needs an update."
            ),
        )
    if lost := [gap for gap in sources.gaps(store, name) if gap["closed_at"] is None]:
        yield "gap", f"{lost[0]['why']} ({len(lost)} in all)" if len(lost) > 1 else lost[0]["why"]
    expires = watching.expiry(store, number)
    if expires and expires < at + watching.SOON:
        yield (
            "expires",
            (
                f"The token ends on {expires:%Y-%m-%d %H:%M} UTC. Make a new one and store it before that day:"
                f" docs/channels says how."
            ),
        )
    failed = replies.listed(store, None, ("failed",), name)
    adrift = [
        one for one in replies.listed(store, None, ("unknown",), name) if one["attempted_at"] < at - LOST
    ]
    if stuck := failed or adrift:
        what = (
            "could not be sent" if failed else "are looked for in vain, and nobody knows whether they arrived"
        )
        why = f"{len(stuck):,} replies {what}: {stuck[0]['why']}"
        yield "reply", f"{why} See: tribune replies --state {stuck[0]['state']}"


@needs("feed")
def told(store: Store, who: Who, ids: list[int]) -> None:
    """Remember that people were told."""
    watching.told(store, ids)


@needs("feed")
def expires(store: Store, who: Who, source: str, at: Any) -> None:
    """Keep when a source's token ends, as its connector said (aware), None where it does not end."""
    from curation.store.filters import utc

    with store.write() as con:
        number = source_number(con, source, now())
    watching.keep_expiry(store, number, utc(at))


@needs("curate")
def accept(store: Store, who: Who, source: str, kind: str) -> Row:
    """Say that a person has seen it: gaps nothing can read are closed, and today's fields are the usual ones."""
    closed = sources.accept(store, who.name, source, kind)
    return {"accepted": closed}
