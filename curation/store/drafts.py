"""Drafts: one of each writer for each comment, saved at the version that was seen; no text is ever lost."""

from typing import Any

from curation.errors import Stale
from curation.store import awareness, replies
from curation.store.access import note
from curation.store.awareness import DRAFTS, Known
from curation.store.connection import Store, dicts, now

Row = dict[str, Any]

MINE = f"""
select {replies.COLUMNS}, r.suggestion from reply r join source s on s.id = r.source
where r.comment_id = $comment and r.who = $who and r.via is null
order by list_contains($drafts, r.state) desc, r.made_at desc limit 1
"""  # noqa: S608 - the columns are a constant


def mine(store: Store, who: str, comment: int, con: awareness.Con | None = None) -> Row | None:
    """Return the draft of `who` for `comment`, or else the last reply it became; None where there was none."""
    rows = dicts(
        (con or store.read()).execute(MINE, {"comment": comment, "who": who, "drafts": list(DRAFTS)})
    )
    return rows[0] if rows else None


EDIT = """
update reply set text = $text, state = 'draft', version = version + 1, suggestion = coalesce($suggestion, suggestion),
    why = case when state in ('in_review', 'approved') then 'The text changed; ask for review again.' end
where marker = $marker
"""


def save(
    store: Store,
    who: str,
    comment: int,
    marker: str,
    text: str,
    version: int,
    known: Known,
    suggestion: str | None = None,
) -> Row:
    """Save the draft of `who` as it was at `version`, 0 for a new one, which is called `marker`; return it.

    The text it has already is saved already. Raises NotFound, and Stale where the draft is not any more as it was seen, or
    where someone else answers too who is not `known`; both texts are in it, and the one refused is kept.
    """
    refused = None
    with store.write() as con:
        row = mine(store, who, comment, con)
        open_ = row is not None and row["state"] in DRAFTS
        if row and row["text"] == text and (open_ or version):
            return row
        if version != (row["version"] if row and open_ else 0):
            refused = _moved(row, text)
        elif found := awareness.unaware(con, comment, [who], known, exact=False):
            refused = awareness.told(found, text, row)
        if refused:
            awareness.keep(con, comment, who, text)
            note(con, who, "put aside", f"comment/{comment}", None, {"why": str(refused)})
        elif row and open_:
            marker = row["marker"]
            con.execute(EDIT, {"marker": marker, "text": text, "suggestion": suggestion})
            awareness.keep(con, comment, who, text, marker, version + 1)
            note(con, who, "draft", f"reply/{marker}", {"version": version}, {"version": version + 1})
        else:
            replies.begin_with(con, who, comment, marker, text, "draft", now(), suggestion=suggestion)
            note(con, who, "draft", f"reply/{marker}", None, {"comment": comment})
    if refused:
        raise refused
    found_now = mine(store, who, comment)
    assert found_now  # noqa: S101 - it was written above
    return found_now


def _moved(row: Row | None, text: str) -> Stale:
    if row is None:
        why = "There is no draft of yours here to go on with."
    elif row["state"] in DRAFTS:
        why = "Your draft was changed in another tab or on another device."
    else:
        why = f"Your reply is {row['state']} by now."
    return Stale(
        f"{why} Your text is kept; look at both, then save again.",
        {"text": text, "reply": row, "others": []},
    )
