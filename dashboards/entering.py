"""The form for what nobody pulls: what a customer said on the phone or in the shop."""

import secrets
from datetime import UTC, datetime, timedelta
from html import escape
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import streamlit as st

from curation.actions import entering, sources
from curation.actions.entering import Entered
from curation.config import SOURCE_NAME
from curation.errors import Invalid, TribuneError
from dashboards import narrowing, serving
from dashboards.attempts import failed
from dashboards.speech import Speech

ROUND = "entering_round"
DONE = "entering_done"
USUAL = ("phone", "shop")


def enter(say: Speech) -> None:
    """Draw the form, closed until somebody opens it."""
    _ = say.text
    # The round is the comment's key as well: sent twice, it is one comment.
    key = st.session_state.setdefault(ROUND, secrets.token_hex(16))
    with st.expander(
        _("Enter a comment"), icon=":material/edit_note:", key="entering", on_change="rerun"
    ) as box:
        if not box.open:
            return
        if source := st.session_state.pop(DONE, None):
            st.success(_("It was entered; tags follow within minutes."))
            label = escape(_("See it in the inbox"))
            st.html(f'<a href="/?{urlencode({"source": source})}" target="_self">{label}</a>')
        st.text(_("What was said on the phone, in the shop or in a letter."))
        known = list(dict.fromkeys((*USUAL, *_by_hand())))
        names = {"phone": _("phone"), "shop": _("shop")}
        with st.form(f"enter_{key}", border=False):
            source = st.selectbox(
                _("Where (or a new name)"),
                known,
                format_func=lambda one: names.get(one, one),
                accept_new_options=True,
                key=f"enter_source_{key}",
            )
            text = st.text_area(_("What was said"), max_chars=200_000, key=f"enter_text_{key}")
            author = st.text_input(_("Who said it"), max_chars=500, key=f"enter_author_{key}")
            when = st.datetime_input(
                _("When (empty: now)"),
                value=None,
                max_value=datetime.now() + timedelta(days=1),  # noqa: DTZ005 - in whatever zone the reader is
                format="DD/MM/YYYY" if say.language == "fr" else "YYYY-MM-DD",
                key=f"enter_when_{key}",
            )
            if not st.form_submit_button(_("Enter"), type="primary", key="enter_it"):
                return
        try:
            if not text.strip():
                raise Invalid(_("There is no text yet."))
            zone = ZoneInfo(st.context.timezone or "UTC")
            given = Entered(
                text=text.strip(),
                key=key,
                created_at=when.replace(tzinfo=zone) if when else datetime.now(UTC),
                author=author.strip() or None,
            )
            source = "-".join((source or "").lower().split())
            entering.enter(serving.store(), serving.viewer(), source, [given])
        except TribuneError as error:
            failed(say, str(error))
            return
    narrowing.source_names.clear()
    st.session_state[ROUND], st.session_state[DONE] = secrets.token_hex(16), source
    st.rerun()


def _by_hand() -> list[str]:
    """Name the sources that were only ever fed by hand or by another program."""
    try:
        listed = sources.listed(serving.store(), serving.viewer())
    except TribuneError:
        return []
    fed = (one["name"] for one in listed if not one["configured"] and one["last_pull"] is None)
    return [name for name in fed if SOURCE_NAME.fullmatch(name)]
