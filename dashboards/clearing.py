"""What is asked before a quote is cleared, withdrawn, worded otherwise or noted on: a dialog each."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import streamlit as st

from curation import publishing
from curation.actions import clearing, collecting
from curation.actions.clearing import Clearance
from curation.publishing import entries
from dashboards import serving
from dashboards.attempts import failed, tried, well
from dashboards.plain import lines
from dashboards.speech import Speech

Row = dict[str, Any]

LONGEST = 5_000


def uses(say: Speech) -> dict[str, str]:
    """Name what a quote can be published for."""
    _ = say.text
    return {"site": _("website"), "feed": _("feeds"), "print": _("print")}


def consent(say: Speech, quote: Row) -> None:
    """Ask how a customer agreed to a quote's words."""
    _ = say.text

    @st.dialog(_("Record consent"), width="medium")
    def box() -> None:
        with st.form("consent", border=False):
            st.text(_("They agreed to exactly these words:"))
            st.text(lines(quote["text"]))
            person = st.text_input(_("Who agreed"), quote["author"] or "", max_chars=200)
            named = {"name": _("their name"), "initials": _("initials"), "nobody": _("nobody")}
            shown = st.radio(_("Shown as"), publishing.SHOWN, format_func=named.__getitem__, horizontal=True)
            linked = bool(entries.link(quote["url"])) and st.checkbox(_("With a link to the comment"))
            chosen = st.pills(
                _("Allowed for"),
                publishing.USES,
                selection_mode="multi",
                default=["site", "feed"],
                format_func=uses(say).__getitem__,
            )
            given, until = _days(say)
            how = _how(_("How they agreed: their words, or a link to them"))
            if st.form_submit_button(_("Record"), type="primary"):
                said = {"person": person, "shown": shown, "linked": linked, "uses": chosen, "how": how}
                _clear(say, quote, {**said, "kind": "consent", "given_on": given, "until": until})

    box()


def _days(say: Speech) -> tuple[date, date | None]:
    _ = say.text
    order = "DD/MM/YYYY" if say.language == "fr" else "YYYY-MM-DD"
    today = datetime.now(UTC).date()
    left, right = st.columns(2)
    given = left.date_input(_("Agreed on"), today, date(1990, 1, 1), today, format=order)
    last = date(today.year + 100, 1, 1)
    return given, right.date_input(_("Until (empty: for good)"), None, today, last, format=order)


def _how(label: str) -> str:
    return st.text_area(label, max_chars=10_000, height=90)


def quotation(say: Speech, quote: Row) -> None:
    """Ask why a public post is quoted without consent."""
    _ = say.text

    @st.dialog(_("Quote as public"), width="medium")
    def box() -> None:
        with st.form("quotation", border=False):
            st.text(
                _(
                    "Without consent, only what its author made public can be quoted: short, with name and link, on site and feeds. "
                    "It is not shown as a testimonial. Your decision and its reason are recorded."
                )
            )
            st.text(lines(quote["text"]))
            person = st.text_input(_("Name of the author"), quote["author"] or "", max_chars=200)
            how = _how(_("Why it is quoted"))
            if st.form_submit_button(_("Decide"), type="primary"):
                given = {"kind": "quotation", "person": person, "how": how, "uses": ["site", "feed"]}
                _clear(say, quote, {**given, "given_on": datetime.now(UTC).date()})

    box()


def _clear(say: Speech, quote: Row, given: Row) -> None:
    def record() -> None:
        clearance = Clearance.model_validate({**given, "words": quote["text"]})
        clearing.clear(serving.store(), serving.viewer(), quote["id"], clearance, quote["version"])

    _finish(say, say.text("Recorded."), record)


def withdrawal(say: Speech, quote: Row) -> None:
    """Ask who withdrew what clears a quote."""
    _ = say.text

    @st.dialog(_("Withdraw"), width="medium")
    def box() -> None:
        with st.form("withdrawal", border=False):
            st.text(_("The next publication is without this quote. Publish again afterwards."))
            why = st.text_input(_("Who withdrew it, and how"), max_chars=LONGEST)
            if st.form_submit_button(_("Withdraw"), type="primary"):
                store, who = serving.store(), serving.viewer()
                done = _("Withdrawn. Publish again, so that it is gone there, too.")
                _finish(say, done, lambda: clearing.withdraw(store, who, quote["id"], why))

    box()


def rewording(say: Speech, quote: Row) -> None:
    """Show the comment as it reads now, to quote other words of it."""
    _ = say.text
    comment = collecting.found(serving.store(), serving.viewer(), quote["comment_id"])

    @st.dialog(_("Other words"), width="medium")
    def box() -> None:
        with st.form("rewording", border=False):
            st.text(_("The comment as it reads now. Other words need a new consent."))
            st.code(comment["text"], language=None, wrap_lines=True)
            words = st.text_area(_("Words to quote"), quote["text"], height=120)
            if st.form_submit_button(_("Save"), type="primary"):
                _change(say, quote, words=words)

    box()


def noting(say: Speech, quote: Row) -> None:
    """Ask for the team's own note on a quote."""
    _ = say.text

    @st.dialog(_("Note"), width="medium")
    def box() -> None:
        with st.form("noting", border=False):
            label = _("For the team only; never published")
            note = st.text_area(label, quote["note"], height=90, max_chars=LONGEST)
            if st.form_submit_button(_("Save"), type="primary"):
                _change(say, quote, note=note)

    box()


def _change(say: Speech, quote: Row, **typed: str) -> None:
    store, who, id, version = serving.store(), serving.viewer(), quote["id"], quote["version"]
    _finish(say, say.text("Saved."), lambda: collecting.change(store, who, id, version, **typed))


def _finish(say: Speech, done: str, do: Callable[[], Any]) -> None:
    """Do what was asked and close the dialog, or say in it why it did not work."""
    if why := tried(do):
        failed(say, why)
    else:
        well(done)
        st.rerun()
