"""Review: asked for, decided, and bound to the exact text and to the thread as it read; nothing leaves without what it needs."""

from collections.abc import Sequence
from typing import Any

from curation.errors import Forbidden, Invalid, Stale
from curation.store import awareness, replies
from curation.store.access import note
from curation.store.awareness import Con, Known
from curation.store.connection import Store, dicts, following, now

Row = dict[str, Any]

Line = tuple[int, str]
"""A line's number, from 1, and what is said of it."""

CHANGED = "The thread changed since this was approved; it has to be reviewed again."

ADD = f"""
insert into review select {following("review")}, $marker, $version, $who, $decision, $why, md5($text), $digest, $at
returning id
"""
ADD_LINE = "insert into review_line values ($review, $line, $text)"
NEED = "update reply set needed = $needed where marker = $marker"


def _decided(con: Con, row: Row, who: str, decision: str, digest: str, why: str | None = None) -> int:
    uses = {"marker": row["marker"], "version": row["version"], "who": who, "decision": decision, "why": why}
    ((made,),) = con.execute(ADD, {**uses, "text": row["text"], "digest": digest, "at": now()}).fetchall()
    return int(made)


APPROVED = """
select distinct who from review
where marker = $marker and decision = 'approve' and text_hash = md5($text) and digest = $digest and who <> $who
    and id > coalesce((select max(id) from review where marker = $marker and decision <> 'approve'), 0)
order by who
"""


def approvers(con: Con, row: Row, digest: str) -> list[str]:
    """Return who, other than its writer, approved just this text in a thread that reads as `digest` says, since review was asked for."""
    uses = {"marker": row["marker"], "text": row["text"], "who": row["who"], "digest": digest}
    return [who for (who,) in con.execute(APPROVED, uses).fetchall()]


def ask(store: Store, who: str, marker: str, version: int, needed: int) -> Row:
    """Put a draft before reviewers. Raises NotFound, Stale, Invalid, and Forbidden for another than its writer."""
    with store.write() as con:
        row = replies.seen(con, marker, version)
        if row["who"] != who:
            raise Forbidden(f"Only {row['who']}, who wrote this draft, can ask for its review.")
        if row["state"] not in ("draft", "changes_requested"):
            raise Invalid(f"A reply that is {row['state']} cannot be put before reviewers.")
        if not row["text"].strip():
            raise Invalid("There is no text yet.")
        _decided(con, row, who, "ask", awareness.digest(con, row["comment_id"]))
        con.execute(NEED, {"needed": needed, "marker": marker})
        replies.step(con, marker, row["state"], "in_review")
        note(
            con,
            who,
            "ask",
            f"reply/{marker}",
            {"state": row["state"]},
            {"state": "in_review", "needed": needed},
        )
    return replies.get(store, marker)


def decide(
    store: Store,
    who: str,
    marker: str,
    version: int,
    digest: str,
    approve: bool,
    *,
    needed: int,
    why: str | None = None,
    lines: Sequence[Line] = (),
) -> Row:
    """Approve a text, or ask for changes, with words on some of its lines; return the reply.

    `version` and `digest`: the reply and the thread as the reviewer saw them. With the last of `needed` approvals it is approved,
    and other replies to the same customer that wait give way. Raises NotFound, Stale, Invalid, and Forbidden for its own writer.
    """
    with store.write() as con:
        row = replies.seen(con, marker, version)
        _may_decide(con, row, who, digest, approve)
        made = _decided(con, row, who, "approve" if approve else "changes", digest, why)
        for line, text in lines:
            con.execute(ADD_LINE, {"review": made, "line": line, "text": text})
        con.execute(NEED, {"needed": needed, "marker": marker})
        state, gone = "changes_requested", []
        if approve:
            state = "approved" if len(approvers(con, row, digest)) >= max(needed, 1) else "in_review"
        if state != row["state"]:
            replies.step(con, marker, row["state"], state, why=None if approve else why)
        if state == "approved":
            gone = _supersede(con, row, f"A newer reply by {row['who']} was approved.")
        after = {"state": state, "decision": "approve" if approve else "changes", "superseded": gone}
        note(con, who, "review", f"reply/{marker}", {"state": row["state"]}, after)
    return replies.get(store, marker)


def _may_decide(con: Con, row: Row, who: str, digest: str, approve: bool) -> None:
    if row["who"] == who:
        raise Forbidden("You wrote this text. Another person has to review it.")
    if row["state"] != "in_review" and (approve or row["state"] != "approved"):
        raise Invalid(f"A reply that is {row['state']} is not under review.")
    if (current := awareness.digest(con, row["comment_id"])) != digest:
        raise Stale(
            "The thread changed since you looked. Read it again, then decide.", {**row, "digest": current}
        )
    if approve and who in approvers(con, row, digest):
        raise Invalid("You approved this text already; it needs another person.")


WAITING = """
select r.marker, r.version, r.state from reply r join comment c on c.id = r.comment_id
where r.thread_id in (select unnest($threads::bigint[])) and r.marker <> $marker
    and r.state in ('in_review', 'changes_requested', 'approved')
    and c.author_id is not distinct from (select author_id from comment where id = $comment)
order by r.marker
"""


def _supersede(con: Con, row: Row, why: str) -> list[str]:
    """Let other replies to the same person in the same thread give way, where they still wait; return their markers."""
    threads = awareness.together(con, row["comment_id"])
    uses = {"threads": threads, "marker": row["marker"], "comment": row["comment_id"]}
    found = dicts(con.execute(WAITING, uses))
    for other in found:
        replies.step(con, other["marker"], other["state"], "superseded", why=why)
    return [other["marker"] for other in found]


def queue(
    store: Store,
    who: str,
    marker: str,
    version: int,
    *,
    needed: int,
    wait: float,
    known: Known | None,
    digest: str | None = None,
    only: str | None = None,
) -> Row:
    """Let a reply leave in `wait` seconds, if it has the approvals it needs; return it.

    `digest`: the thread as it was seen, None: does not matter. `known`: the replies of others that were seen, None likewise.
    `only`: the one state it may be in. Raises NotFound, Invalid, and Stale where the reply or the thread changed, an approval
    holds no more, or others answer too.
    """
    with store.write() as con:
        row = replies.seen(con, marker, version)
        current = awareness.digest(con, row["comment_id"])
        if only and row["state"] != only:
            raise Invalid(f"A reply that is {row['state']} cannot become queued.")
        if digest not in (None, current):
            raise Stale("The thread changed since you looked. Read it again.", {**row, "digest": current})
        mine = [who, row["who"]]
        if known is not None and (
            found := awareness.unaware(con, row["comment_id"], mine, known, exact=True)
        ):
            raise awareness.told(found, row["text"], row)
        # What was approved leaves as it was approved, also where no rule asks for it.
        row["needed"] = max(needed, 1) if row["state"] == "approved" else needed
        con.execute(NEED, {"needed": row["needed"], "marker": marker})
        lost = _lost(con, row, current)
        if lost and row["state"] not in ("approved", "failed"):
            raise Invalid(lost)
        if lost:
            _void(con, who, row, current, lost)
        else:
            replies.step(con, marker, row["state"], "queued", after=wait)
            gone = _supersede(con, row, f"A newer reply by {row['who']} was sent.")
            note(con, who, "queued", f"reply/{marker}", {"state": row["state"]}, {"superseded": gone})
    return _gone_on(store, marker, lost)


def begin(store: Store, who: str, marker: str, version: int, needed: int = 0) -> Row:
    """Write down that a reply is about to leave; `needed`: the approvals that rules ask for by now, where they are more.

    Raises Stale where another sender has it, or its approval holds no more.
    """
    with store.write() as con:
        row = replies.seen(con, marker, version)
        row["needed"] = max(needed, row["needed"])
        con.execute(NEED, {"needed": row["needed"], "marker": marker})
        current = awareness.digest(con, row["comment_id"]) if row["needed"] else ""
        if lost := _lost(con, row, current):
            _void(con, who, row, current, lost)
        else:
            replies.step(con, marker, row["state"], "sending")
            note(con, who, "sending", f"reply/{marker}", {"state": row["state"]}, {"state": "sending"})
    return _gone_on(store, marker, lost)


def _gone_on(store: Store, marker: str, lost: str) -> Row:
    row = replies.get(store, marker)
    if lost:
        raise Stale(lost, row)
    return row


def _lost(con: Con, row: Row, digest: str) -> str:
    """Say why a reply may not leave: its approvals are too few, or hold no more; empty where it may."""
    if not row["needed"] or len(approvers(con, row, digest)) >= row["needed"]:
        return ""
    if con.execute(ELSE, {"marker": row["marker"], "digest": digest}).fetchone():
        return CHANGED
    return f"This reply needs approval by {row['needed']} other{'s' if row['needed'] > 1 else ''}. Ask for review."


ELSE = """
select 1 from review where marker = $marker and decision = 'approve' and digest <> $digest
    and id > coalesce((select max(id) from review where marker = $marker and decision <> 'approve'), 0)
"""


def _void(con: Con, who: str, row: Row, digest: str, why: str) -> None:
    _decided(con, row, who, "void", digest, why)
    replies.step(con, row["marker"], row["state"], "in_review", why=why)
    note(
        con,
        who,
        "void",
        f"reply/{row['marker']}",
        {"state": row["state"]},
        {"state": "in_review", "why": why},
    )


PENDING = "select 1 from reply where state in ('in_review', 'approved', 'queued') limit 1"
TOUCHED = f"""
with hit as (select distinct coalesce(t.merged_into, c.thread_id) as id
             from comment c left join thread t on t.id = c.thread_id where c.changed >= $first)
select {replies.COLUMNS} from reply r join source s on s.id = r.source
where r.state in ('in_review', 'approved', 'queued')
    and r.marker in (select marker from review where decision = 'approve')
    and r.thread_id in (select id from hit union select id from thread where merged_into in (select id from hit))
"""  # noqa: S608 - the columns are a constant


def landed(con: Con, who: str, first: int) -> None:
    """Void the approvals of replies to threads that read otherwise, by the comments that changed from the number `first` on."""
    if not con.execute(PENDING).fetchone():
        return
    for row in dicts(con.execute(TOUCHED, {"first": first})):
        digest = awareness.digest(con, row["comment_id"])
        if con.execute(ELSE, {"marker": row["marker"], "digest": digest}).fetchone():
            _void(con, who, row, digest, CHANGED)
