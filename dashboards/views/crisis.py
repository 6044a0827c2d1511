"""Crisis rooms: the list of them, or one: what happens, what we say, whom we answer, and what it was in the end."""

import streamlit as st

from curation.actions import crises
from dashboards import rooms, saying, serving, speech
from dashboards.attempts import told

say = speech.speech(serving.config().app.language)
_ = say.text
PARTS = {
    "timeline": (_("Timeline"), rooms.timeline),
    "statement": (_("Our statement"), saying.statement),
    "people": (_("People"), saying.people),
    "review": (_("To review"), saying.review),
    "report": (_("Report"), rooms.report),
}


def turn() -> None:
    """Keep the part that is shown in the address."""
    st.query_params.part = st.session_state.part


chosen = st.query_params.get("crisis", "")
if not chosen.isdecimal() or len(chosen) > 18:
    st.title(_("Crises"), anchor=False)
    told(say)
    rooms.opening(say)
    rooms.listed(say)
    st.stop()

room = crises.room(serving.store(), serving.viewer(), int(chosen))
st.page_link("views/crisis.py", label=_("All crises"), icon=":material/arrow_back:")
rooms.state(say, room, 1)
told(say)
progress = room["progress"]
st.progress(progress["answered"] / max(progress["people"], 1), rooms.answered(say, progress))
rooms.members(say, room)
part = st.segmented_control(
    _("Part"),
    list(PARTS),
    default=shown if (shown := st.query_params.get("part")) in PARTS else "timeline",
    format_func=lambda name: PARTS[name][0],
    key="part",
    label_visibility="collapsed",
    required=True,
    on_change=turn,
)
PARTS[part][1](say, room)
