"""The inbox's work with Streamlit's own widgets: what it would be without a component of our own. See `tests.bench.native`."""

import streamlit as st

from curation.actions import comments, triaging
from curation.models import SENTIMENTS
from curation.store.filters import Filter
from dashboards import serving, speech
from dashboards.topics import full_name, topics

PAGE = 200
COLUMNS = ("author", "text", "sentiment", "status")

store, who = serving.store(), serving.viewer()
names = topics(speech.speech("en"))
state = st.session_state
if "rows" not in state:
    state.rows, state.at = comments.page(store, who, Filter(statuses=("new",)), limit=PAGE), 0


def step(by: int) -> None:
    """Go on to another comment."""
    state.at = min(max(state.at + by, 0), len(state.rows) - 1)


def resolve(thread: int) -> None:
    """Be done with the comment's thread."""
    triaging.set_status(store, who, thread, "resolved")


def tag(name: str, value: str) -> None:
    """Put a tag of one's own over the tagger's."""
    comments.correct(store, who, state.rows[state.at]["id"], name, value)


def add_topic() -> None:
    """Add the topic that was chosen."""
    if state.topic:
        tag("topic", state.topic)
        state.topic = None


shown = comments.opened(store, who, state.rows[state.at]["id"])
left, right = st.columns([2, 3])
with left:
    st.dataframe([{name: row[name] for name in COLUMNS} for row in state.rows[:50]], height=500)
with right:
    with st.container(key="state"):
        st.text(f"{shown['id']} {shown['sentiment']} {shown['state']['status']} {' '.join(shown['topics'])}")
    st.text(shown["text"])
    moves = st.columns(3)
    moves[0].button("Next", shortcut="j", on_click=step, args=(1,))
    moves[1].button("Previous", shortcut="k", on_click=step, args=(-1,))
    moves[2].button("Resolve", shortcut="e", on_click=resolve, args=(int(shown["thread_id"]),))
    for number, (column, value) in enumerate(zip(st.columns(3), SENTIMENTS, strict=True), 1):
        column.button(value.capitalize(), shortcut=str(number), on_click=tag, args=("sentiment", value))
    st.selectbox(
        "Add a topic",
        list(names),
        index=None,
        format_func=lambda id: full_name(id, names),
        key="topic",
        on_change=add_topic,
    )
