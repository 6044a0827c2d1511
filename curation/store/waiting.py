"""What waits for whom among replies, what a reviewer looks at, and what review rules ask of a case."""

from datetime import timedelta
from typing import Any

from curation.store import awareness, replies, reviews
from curation.store.connection import Store, dicts, now

Row = dict[str, Any]

WAITING = f"""
select case r.state when 'in_review' then 'review' when 'changes_requested' then 'changes' else r.state end as kind,
    {replies.COLUMNS}, coalesce(r.attempted_at, (select max(v.made_at) from review v where v.marker = r.marker), r.made_at) as since
from reply r join source s on s.id = r.source
where (r.who = $who and r.state in ('changes_requested', 'approved', 'failed', 'unknown'))
    or ($approver and r.who <> $who and r.state = 'in_review' and not exists (
        from review v where v.marker = r.marker and v.who = $who and v.decision = 'approve' and v.text_hash = md5(r.text)
            and v.id > (select max(id) from review a where a.marker = r.marker and a.decision <> 'approve')))
order by r.made_at, r.marker limit 500
"""  # noqa: S608 - the columns are a constant


def needing(store: Store, who: str, approver: bool) -> list[Row]:
    """Return the replies that wait for `who`, oldest first, each with its `kind` and `since` when.

    `review`: another's text to be read (for an `approver`); of one's own: `changes` asked for, `approved` and to be sent,
    `failed`, or `unknown` whether it arrived.
    """
    return dicts(store.read().execute(WAITING, {"who": who, "approver": approver}))


TEXTS = "select version, text, made_at from reply_text where marker = $marker order by version"
DECISIONS = (
    "select id, version, who, decision, why, digest, made_at from review where marker = $marker order by id"
)
LINES = """
select l.line, l.text, v.who, v.version from review_line l join review v on v.id = l.review_id
where v.marker = $marker order by v.id, l.line
"""


def dossier(store: Store, marker: str) -> Row:
    """Return all a reviewer looks at: the `reply`, its `suggestion`, every one of its `texts`, `decisions` and words on `lines`.

    `previous` is the text at the last decision that came before the newest text, None where there is none. `approvers`: who approved
    this very text in the thread as it reads now, which `digest` stands for. Raises NotFound.
    """
    reply, con = replies.get(store, marker), store.read()
    texts = dicts(con.execute(TEXTS, {"marker": marker}))
    decisions = dicts(con.execute(DECISIONS, {"marker": marker}))
    lines = dicts(con.execute(LINES, {"marker": marker}))
    ((suggestion,),) = con.execute("select suggestion from reply where marker = $m", {"m": marker}).fetchall()
    digest = awareness.digest(con, reply["comment_id"])
    return {
        "reply": reply,
        "suggestion": suggestion,
        "previous": _previous(texts, decisions),
        "texts": texts,
        "decisions": decisions,
        "lines": lines,
        "digest": digest,
        "approvers": reviews.approvers(con, reply, digest),
        "others": awareness.others(con, reply["comment_id"], [reply["who"]]),
    }


def _previous(texts: list[Row], decisions: list[Row]) -> str | None:
    """The text that the last decision was about which the newest text came after."""
    newest = texts[-1]["version"] if texts else 0
    decided = max((one["version"] for one in decisions if one["version"] < newest), default=None)
    if decided is None:
        return None
    held: list[str] = [one["text"] for one in texts if one["version"] <= decided]
    return held[-1] if held else None


JOINED = """
select coalesce((select min(added_at) from member where name = $who and removed_at is null),
                (select min(made_at) from reply where who = $who))
"""


def days(store: Store, who: str) -> float:
    """Return how many days ago somebody joined the team, or else first wrote a reply; 0 for who never did."""
    ((joined,),) = store.read().execute(JOINED, {"who": who}).fetchall()
    return 0.0 if joined is None else float((now() - joined) / timedelta(days=1))
