"""A reply on the Replies page: what it answers, its text, how it stands, and what can be done. Nothing of it is read as markup."""

from datetime import UTC, datetime
from html import escape
from typing import Any

import streamlit as st

from curation.actions import replies
from dashboards import difference, serving
from dashboards.attempts import attempt
from dashboards.plain import plain
from dashboards.speech import Speech

Row = dict[str, Any]

SHORT, LONGEST = 300, 1_000
TONES = {"in_review": "notice", "changes_requested": "alarm", "approved": "well", "queued": "notice"}
TONES |= {"sending": "notice", "sent": "well", "failed": "alarm", "unknown": "alarm"}


def states(say: Speech) -> dict[str, str]:
    """Name every state of a reply."""
    _ = say.text
    return {
        "draft": _("Draft"),
        "in_review": _("In review"),
        "changes_requested": _("Changes asked for"),
        "approved": _("Approved"),
        "queued": _("About to be sent"),
        "sending": _("Being sent"),
        "sent": _("Sent"),
        "failed": _("Not sent"),
        "unknown": _("Nobody knows whether it arrived"),
        "withdrawn": _("Taken back"),
        "superseded": _("Gave way to another reply"),
    }


def card(say: Speech, row: Row) -> None:
    """Draw a reply of any state, with what can be done to it."""
    _ = say.text
    with st.container(border=True, key=f"reply_{row['marker']}"):
        head(say, row, row["sent_at"] or row["made_at"])
        difference.draw(None, row["text"], _("The reply"), f"text_{row['marker']}_{row['version']}")
        if row["why"]:
            st.text(plain(row["why"], LONGEST), width="stretch")
        if advice := _advice(say, row):
            st.caption(advice)
        with st.container(horizontal=True, vertical_alignment="center", key=f"acts_{row['marker']}"):
            _acts(say, row)
            in_inbox(say, row)


def head(say: Speech, row: Row, at: datetime) -> None:
    """Draw how a reply stands, whose it is and since when, and the comment it answers in short."""
    to = row["to"]
    about = " · ".join((plain(row["who"]), plain(row["source"]), say.ago(at)))
    word = escape(states(say)[row["state"]])
    st.html(
        f'<div class="state"><span class="word {TONES.get(row["state"], "idle")}">{word}</span>'
        f'<span class="why" dir="auto">{escape(about)}</span></div>'
    )
    author = plain(to["author"] or say.text("No name"))
    if to["deleted_at"]:
        gone = say.text("deleted at the source")
        author = f"{author} ({gone})"
    st.text(f"{author}: {plain(to['text'], SHORT)}", width="stretch")


def in_inbox(say: Speech, row: Row) -> None:
    """Draw the way to the comment in the inbox."""
    st.page_link(
        "views/inbox.py",
        label=say.text("Open in the inbox"),
        query_params={"comment": str(row["comment_id"])},
        icon=":material/inbox:",
    )


def _advice(say: Speech, row: Row) -> str | None:
    _ = say.text
    match row["state"]:
        case "queued":
            wait = (row["not_before"].replace(tzinfo=UTC) - datetime.now(UTC)).total_seconds()
            if wait > 0:
                return say.plural("It leaves in {n} second.", "It leaves in {n} seconds.", int(wait) + 1)
            return _("It leaves with the next pass of the sender, within a minute.")
        case "unknown":
            due = say.time(row["not_before"], st.context.timezone)
            looked = _("It is looked for on the channel, next at {when}, and is never sent again blindly.")
            end = _("If you find it there, or are sure that it is not, end the search; then answer anew.")
            return f"{looked.format(when=due)} {end}"
        case "failed":
            return _("Mend what it says, then try again; or open it in the inbox and answer another way.")
        case "approved":
            return _("Its approval holds for just this text. Open it in the inbox to send it.")
    return None


def _acts(say: Speech, row: Row) -> None:
    """Draw what can be done, and the way to the reply on its channel."""
    _ = say.text
    if "send" in serving.viewer().permissions:
        _buttons(say, row)
    if row["receipt_url"] and row["receipt_url"].startswith(("https://", "http://")):
        label = escape(_("See it on the channel"))
        st.html(
            f'<a href="{escape(row["receipt_url"])}" target="_blank" rel="noopener noreferrer">{label}</a>',
            width="content",
        )
    if row["via"]:
        st.text(_("Given another way: {way}").format(way=plain(row["via"])))


def _buttons(say: Speech, row: Row) -> None:
    """Draw the buttons. Their keys name the version: a click on what was shown before does nothing to what is there now."""
    _ = say.text
    mark = f"{row['marker']}_{row['version']}"
    if row["state"] == "failed":
        st.button(
            _("Try again"),
            key=f"again_{mark}",
            icon=":material/replay:",
            type="primary",
            on_click=attempt,
            args=(lambda: replies.again(*_at(row)), _("It is sent again within a minute.")),
        )
    ends = {"queued": _("Undo"), "unknown": _("End the search"), "failed": _("Give up")}
    if row["state"] in ends:
        st.button(
            ends[row["state"]],
            key=f"withdraw_{mark}",
            icon=":material/undo:",
            on_click=attempt,
            args=(lambda: replies.withdraw(*_at(row)), _("Taken back. Its text is kept in the inbox.")),
        )


def _at(row: Row) -> tuple[Any, ...]:
    return serving.store(), serving.viewer(), row["marker"], row["version"]
