"""Replies: what waits for my approval, what I write, what is about to leave, and what was sent."""

import streamlit as st

from curation.actions import replies, reviews
from curation.errors import TribuneError
from dashboards import approving, frame, narrowing, serving, speech
from dashboards.attempts import told
from dashboards.replies import Row, card

PAGE = 10
STATES = {
    "mine": ["draft", "in_review", "changes_requested", "approved"],
    "outbox": ["queued", "sending", "unknown", "failed"],
    "sent": ["sent"],
}
EVERY = {"review": 5, "mine": 5, "outbox": 2, "sent": 10}
"""Seconds between two looks."""
STAYS = 30.0
"""Seconds that what came of a click is said."""

say = speech.speech(serving.config().app.language)
_ = say.text

SECTIONS = {"review": _("To review"), "mine": _("Mine"), "outbox": _("Outbox"), "sent": _("Already sent")}
EMPTY = {
    "review": _("No reply waits for your approval."),
    "mine": _("You write no reply at present. Begin one in the inbox."),
    "outbox": _("Nothing waits to be sent."),
    "sent": _("Nothing was sent yet."),
}


def go(**values: str | None) -> None:
    """Change the address; another section or filter begins with the newest."""
    kept = {name: st.query_params.get(name) for name in ("section", "source", "writer")}
    st.query_params.from_dict({name: value for name, value in {**kept, **values}.items() if value})


def choose(section: str) -> tuple[str | None, str | None]:
    """Draw the filters and return the source and the writer chosen."""
    sources = narrowing.source_names()
    people = [] if section == "mine" else replies.writers(serving.store(), serving.viewer())
    with st.container(horizontal=True, key="replies_filters"):
        source = _one("source", _("Source"), sources, _("All sources"))
        writer = _one("writer", _("Written by"), people, _("Everybody")) if people else None
    return source, writer


def _one(name: str, label: str, known: list[str], everything: str) -> str | None:
    chosen = st.query_params.get(name)
    options = list(dict.fromkeys([*known, *([chosen] if chosen else [])]))
    return st.selectbox(
        label,
        options,
        index=options.index(chosen) if chosen else None,
        placeholder=everything,
        key=f"replies_{name}",
        on_change=lambda: go(**{name: st.session_state[f"replies_{name}"]}),
        label_visibility="collapsed",
        width=240,
    )


def waiting(source: str | None, writer: str | None) -> list[Row]:
    """Return what waits for approval by who looks at the page, oldest first."""
    found = reviews.mine(serving.store(), serving.viewer())
    return [
        row
        for row in found
        if row["kind"] == "review" and source in (None, row["source"]) and writer in (None, row["who"])
    ]


def listed(section: str, source: str | None, writer: str | None) -> list[Row]:
    """Return a page of a section, newest first, and one more where there are more."""
    who = serving.viewer()
    before = st.query_params.get("before")
    writer = who.name if section == "mine" else writer
    return replies.listed(
        serving.store(), who, None, STATES[section], source, PAGE + 1, writer=writer, before=before
    )


def page() -> None:
    """Draw the section that the address names."""
    try:
        source, writer = choose(section)
        told(say, STAYS)
        rows = waiting(source, writer) if section == "review" else listed(section, source, writer)
        for row in rows[:PAGE]:
            (approving.card if section == "review" else card)(say, row)
        if not rows:
            st.text(EMPTY[section])
        turn(rows)
    except TribuneError as error:
        # What a fragment raises does not reach the frame around the pages.
        frame.trouble(_("This did not work"), str(error))


def turn(rows: list[Row]) -> None:
    """Draw the ways to older replies and back."""
    if section == "review":
        if len(rows) > PAGE:
            st.caption(say.plural("{n} more waits.", "{n} more wait.", len(rows) - PAGE))
        return
    with st.container(horizontal=True, key="replies_turn"):
        if st.query_params.get("before"):
            st.button(_("Newest"), key="newest", icon=":material/first_page:", on_click=go)
        if len(rows) > PAGE:
            older = rows[PAGE - 1]["marker"]
            st.button(
                _("Older"),
                key="older",
                icon=":material/arrow_forward:",
                on_click=lambda: go(before=older),
            )


st.title(_("Replies"), anchor=False)
asked = st.query_params.get("section", "review")
section = st.segmented_control(
    _("Section"),
    list(SECTIONS),
    default=asked if asked in SECTIONS else "review",
    format_func=SECTIONS.__getitem__,
    key="replies_section",
    required=True,
    on_change=lambda: go(section=st.session_state.replies_section),
    label_visibility="collapsed",
    wrap=True,
)
st.fragment(page, run_every=EVERY[section])()
