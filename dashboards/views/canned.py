"""Canned replies: the texts a team uses again, in every language side by side, tried on a real comment."""

from collections.abc import Iterable
from datetime import datetime
from html import escape

import streamlit as st

from curation.actions import comments, drafts
from curation.store.filters import Filter
from dashboards import serving, speech
from dashboards.canned import TOLD, Row, form, variables
from dashboards.plain import plain
from dashboards.speech import LANGUAGES
from dashboards.topics import full_name, topics

say = speech.speech(serving.config().app.language)
_ = say.text
store, who = serving.store(), serving.viewer()

TRIED = 30
"""Newest comments that a text can be tried on."""


def by_key(rows: list[Row]) -> dict[str, dict[str, Row]]:
    """Sort canned replies by key and language, the most used first."""
    found: dict[str, dict[str, Row]] = {}
    for row in rows:
        found.setdefault(row["key"], {})[row["language"]] = row
    return found


def table(found: dict[str, dict[str, Row]]) -> list[Row]:
    """Return a row for each key."""
    names = topics(say)
    return [
        {
            _("Name"): key,
            _("Languages"): ", ".join(sorted(rows)),
            _("Topics"): ", ".join(
                sorted({full_name(one["topic"], names) for one in rows.values() if one["topic"]})
            ),
            _("Uses"): sum(one["uses"] for one in rows.values()),
            _("Last used"): last(one["used_at"] for one in rows.values()),
        }
        for key, rows in found.items()
    ]


def last(moments: Iterable[datetime | None]) -> str:
    """Say how long ago the last of some moments is."""
    known = [one for one in moments if one]
    return say.ago(max(known)) if known else "–"


def named(comment: Row) -> str:
    """Name a comment in a line."""
    author = plain(comment["author"] or _("No name"), 40)
    return f"{author}: {plain(comment['text'], 80)}"


def picked() -> None:
    """Open the chosen reply."""
    chosen = st.session_state.canned_list["selection"]
    rows = chosen["rows"] or [row for row, _column in chosen["cells"]]
    if rows:
        open_one(list(found)[rows[0]])


def open_one(key: str) -> None:
    """Open one canned reply."""
    st.query_params["key"] = key


def add() -> None:
    """Open the forms of a new one."""
    if key := st.session_state.canned_new.strip().lower():
        open_one("-".join(key.split()))


found = by_key(drafts.canned_replies(store, who))
st.title(_("Canned replies"), anchor=False)
st.caption(
    _("Texts the team uses again. Writers insert them from the inbox, filled in for the comment they answer.")
)
with st.container(horizontal=True, vertical_alignment="bottom", key="canned_head"):
    if "curate" in who.permissions:
        st.text_input(
            _("A new one, called"), key="canned_new", max_chars=60, width=280, placeholder="late-parcel"
        )
        st.button(_("Add"), icon=":material/add:", key="canned_add", on_click=add)
if found:
    st.dataframe(
        table(found),
        hide_index=True,
        on_select=picked,
        selection_mode=["single-row", "single-cell"],
        alt=_("Canned replies"),
        key="canned_list",
    )
else:
    st.text(_("There are no canned replies yet."))
if told := st.session_state.pop(TOLD, None):
    st.code(told, language=None, wrap_lines=True)
if key := st.query_params.get("key"):
    st.html(f"<hr><h3>{escape(plain(key))}</h3>")
    meanings = " · ".join(f"{{{name}}} {meaning}" for name, meaning in variables(say).items())
    st.text(meanings, width="stretch")
    rows = comments.page(store, who, Filter(), limit=TRIED)
    tried = st.selectbox(
        _("Try it on a comment"),
        rows,
        format_func=named,
        index=0 if rows else None,
        key="canned_try",
    )
    shown = [*LANGUAGES, *(one for one in found.get(key, {}) if one not in LANGUAGES)]
    for column, language in zip(st.columns(len(shown), gap="medium"), shown, strict=True):
        with column:
            form(say, key, language, found.get(key, {}).get(language), tried["id"] if tried else None)
