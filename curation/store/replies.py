"""Replies and their states, from the draft to the receipt; the outbox, with every attempt written down before it is made."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from curation.errors import Invalid, NotFound, Stale
from curation.store import awareness
from curation.store.access import note
from curation.store.connection import Store, dicts, now

Row = dict[str, Any]

NEXT = {
    "draft": ("in_review", "queued", "withdrawn"),
    "in_review": ("in_review", "changes_requested", "approved", "queued", "withdrawn", "superseded"),
    "changes_requested": ("in_review", "withdrawn", "superseded"),
    "approved": ("in_review", "changes_requested", "queued", "withdrawn", "superseded"),
    "queued": ("sending", "withdrawn", "failed", "in_review"),
    "sending": ("sent", "failed", "unknown", "queued"),
    "unknown": ("sent", "queued", "failed", "unknown", "withdrawn"),
    "failed": ("queued", "withdrawn", "in_review"),
    "sent": (),
    "withdrawn": (),
    "superseded": (),
}
"""Which state may follow which. Besides, a new text makes a draft of what is not yet queued."""

STATES = tuple(NEXT)

LEASE = timedelta(minutes=10)
"""A sender that said no more for so long is gone: nobody knows what became of its reply. A slow channel may take some minutes."""

COLUMNS = """r.marker, s.name as source, r.comment_id, r.text, r.state, r.version, r.who, r.made_at, r.not_before, r.attempts,
    r.attempted_at, r.why, r.receipt_key, r.receipt_url, r.sent_at, r.via, r.needed"""

ADD = """
insert into reply by name select $marker as marker, source, id as comment_id, thread_id, $text as text, $state as state,
    1 as version, $who as who, $at as made_at, $not_before as not_before, 0 as attempts, $url as receipt_url,
    case when $state = 'sent' then $at end as sent_at, $via as via, 0 as needed, $suggestion as suggestion
from comment where id = $comment
"""


def begin_with(
    con: awareness.Con,
    who: str,
    comment: int,
    marker: str,
    text: str,
    state: str,
    due: datetime,
    *,
    via: str | None = None,
    url: str | None = None,
    suggestion: str | None = None,
) -> None:
    """Put a reply to `comment` into its first state, and keep its text, inside a write. Raises NotFound."""
    if not con.execute("select 1 from comment where id = $id", {"id": comment}).fetchone():
        raise NotFound(f"There is no comment {comment}.")
    uses = {"comment": comment, "marker": marker, "text": text, "state": state, "who": who, "at": now()}
    con.execute(ADD, {**uses, "not_before": due, "via": via, "url": url, "suggestion": suggestion})
    awareness.keep(con, comment, who, text, marker, 1)


def add(
    store: Store,
    who: str,
    comment: int,
    marker: str,
    text: str,
    *,
    wait: float = 0.0,
    via: str | None = None,
    url: str | None = None,
    known: awareness.Known | None = None,
) -> Row:
    """Queue a reply to `comment`, not to be sent for `wait` seconds; with `via` it was given elsewhere already.

    The same `marker` again answers with the reply it names. `known`: the replies of others its writer has seen; None: does not
    matter. Raises NotFound, Invalid where the marker names another, and Stale where others answer too; the text is kept then.
    """
    at = now()
    found: list[Row] = []
    with store.write() as con:
        named = con.execute(
            "select comment_id, text, via from reply where marker = $marker", {"marker": marker}
        ).fetchone()
        if named and named != (comment, text, via):
            raise Invalid(
                f"The reply {marker!r} is another one already. Give each reply a marker of its own."
            )
        if not named and known is not None:
            found = awareness.unaware(con, comment, [who], known, exact=True)
        if found:
            awareness.keep(con, comment, who, text)
            note(
                con,
                who,
                "put aside",
                f"comment/{comment}",
                None,
                {"others": [row["marker"] for row in found]},
            )
        elif not named:
            state, due = "sent" if via else "queued", at + timedelta(seconds=wait)
            begin_with(con, who, comment, marker, text, state, due, via=via, url=url)
            note(con, who, "reply", f"reply/{marker}", None, {"comment": comment, "via": via})
    if found:
        raise awareness.told(found, text)
    return get(store, marker)


LISTED = f"""
select {COLUMNS} from reply r join source s on s.id = r.source
where ($comment is null or r.thread_id = (select thread_id from comment where id = $comment))
  and ($states is null or list_contains($states, r.state)) and ($source is null or s.name = $source)
  and ($who is null or r.who = $who)
  and ($before is null or (r.made_at, r.marker) < (select (made_at, marker) from reply where marker = $before))
order by r.made_at desc, r.marker desc limit $limit
"""  # noqa: S608 - the columns are a constant of this module


def listed(
    store: Store,
    comment: int | None = None,
    states: Sequence[str] = (),
    source: str | None = None,
    limit: int = 100,
    who: str | None = None,
    before: str | None = None,
) -> list[Row]:
    """List replies, newest first: all, those in the thread of `comment`, in some states, of a source, of their writer `who`.

    `before` is the marker that a page goes on from. Raises Invalid.
    """
    if unknown := set(states) - set(STATES):
        raise Invalid(f"A reply's state is one of {', '.join(STATES)}, not {', '.join(sorted(unknown))}.")
    uses = {"comment": comment, "states": list(states) or None, "source": source, "limit": limit}
    return dicts(store.read().execute(LISTED, {**uses, "who": who, "before": before}))


WRITERS = "select distinct who from reply order by who"


def writers(store: Store) -> list[str]:
    """Return who ever wrote a reply."""
    return [who for (who,) in store.read().execute(WRITERS).fetchall()]


ONE = f"select {COLUMNS} from reply r join source s on s.id = r.source where r.marker = $marker"  # noqa: S608


def get(store: Store, marker: str) -> Row:
    """Return one reply. Raises NotFound."""
    rows = dicts(store.read().execute(ONE, {"marker": marker}))
    if not rows:
        raise NotFound(f"There is no reply {marker[:60]!r}.")
    return rows[0]


LOST = "select 1 from reply where state = 'sending' and attempted_at < $before limit 1"
GONE = """
update reply set state = 'unknown', version = version + 1, not_before = $at,
    why = 'The sender ended before it knew what became of it.'
where state = 'sending' and attempted_at < $before
"""

DUE = f"""
select {COLUMNS} from reply r join source s on s.id = r.source
where r.state in ('queued', 'unknown') and r.not_before <= $at and ($source is null or s.name = $source)
qualify row_number() over (partition by r.source order by r.not_before, r.marker) <= $limit
order by r.not_before, r.marker
"""  # noqa: S608


def due(store: Store, source: str | None = None, limit: int = 100) -> list[Row]:
    """Return what is to be sent, and what is to be looked for; replies of senders that are gone are among the latter.

    At most `limit` of each source: one that takes none must not stand before the others.
    """
    at = now()
    # Asked every two seconds: a write, even of nothing, would wake all who wait for changes.
    if store.read().execute(LOST, {"before": at - LEASE}).fetchone():
        with store.write() as con:
            con.execute(GONE, {"at": at, "before": at - LEASE})
    return dicts(store.read().execute(DUE, {"at": at, "source": source, "limit": limit}))


MOVE = """
update reply set state = $state, version = version + 1, why = $why, not_before = $not_before,
    attempts = attempts + $attempt, attempted_at = case when $attempt = 1 then $at else attempted_at end,
    receipt_key = coalesce($key, receipt_key), receipt_url = coalesce($url, receipt_url), sent_at = $sent_at
where marker = $marker
"""


def move(
    store: Store,
    who: str,
    marker: str,
    version: int,
    state: str,
    *,
    only: str | None = None,
    **outcome: Any,
) -> Row:
    """Bring a reply into its next state, as it stood at `version`; return it. `outcome`: see `step`.

    `only`: the one state it may be in. Raises Stale where it moved on meanwhile, Invalid where no such step is there, NotFound.
    """
    with store.write() as con:
        before = seen(con, marker, version)["state"]
        if only and before != only:
            raise Invalid(f"A reply that is {before} cannot become {state[:20]}.")
        step(con, marker, before, state, **outcome)
        note(
            con, who, state, f"reply/{marker}", {"state": before}, {"state": state, "why": outcome.get("why")}
        )
    return get(store, marker)


def seen(con: awareness.Con, marker: str, version: int) -> Row:
    """Return a reply, inside a write, if it still is as it was seen. Raises NotFound, and Stale with the reply as it is now."""
    rows = dicts(con.execute(ONE, {"marker": marker}))
    if not rows:
        raise NotFound(f"There is no reply {marker[:60]!r}.")
    if rows[0]["version"] != version:
        raise Stale(
            f"The reply is {rows[0]['state']} by now, or has another text. Look at it again.", rows[0]
        )
    return rows[0]


def step(
    con: awareness.Con,
    marker: str,
    before: str,
    state: str,
    *,
    why: str | None = None,
    after: float = 0.0,
    key: str | None = None,
    url: str | None = None,
    sent_at: datetime | None = None,
) -> None:
    """Move a reply on inside a write. `after`: seconds until it is due; `key`, `url`, `sent_at`: the receipt. Raises Invalid."""
    if state not in NEXT[before]:
        raise Invalid(f"A reply that is {before} cannot become {state[:20]}.")
    at = now()
    con.execute(
        MOVE,
        {
            "marker": marker,
            "state": state,
            "why": None if why is None else why[:1_000],
            "not_before": at + timedelta(seconds=after),
            "attempt": int(state == "sending"),
            "at": at,
            "key": key,
            "url": url,
            "sent_at": (sent_at or at) if state == "sent" else None,
        },
    )
