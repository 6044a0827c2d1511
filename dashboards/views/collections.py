"""What customers said, gathered in collections: quotes, what clears them, and what is published of them."""

from functools import partial
from typing import Any

import streamlit as st

from curation.actions import collecting
from curation.actions.collecting import About
from curation.errors import Invalid
from dashboards import gathering, quotes, serving, speech
from dashboards.attempts import attempt, told
from dashboards.plain import plain

SHOWN = 10

say = speech.speech(serving.config().app.language)
_ = say.text
store, who = serving.store(), serving.viewer()
curates = "curate" in who.permissions
Row = dict[str, Any]


def save(key: str, called: str, version: int) -> None:
    """Save what was typed of a collection."""
    said = {part: st.session_state[f"{part}_{key}"] for part in ("title", "about", "language", "address")}

    def write() -> None:
        if not version and called in names:
            raise Invalid(_("There is a collection of this name already."))
        collecting.save(store, who, called, About.model_validate(said), version)
        st.query_params["collection"] = called

    # A new one's fields keep what was typed in them.
    attempt(write, _("Saved."), "\n\n".join(filter(None, said.values())) if version else "")


def begin() -> None:
    """Make a collection of what was typed."""
    save("new", st.session_state.name_new.strip(), 0)


def put_away(version: int) -> None:
    """Put a collection away."""
    if attempt(partial(collecting.put_away, store, who, name, version), _("Put away.")):
        st.session_state.undoing = (collecting.bring_back, names[name]["id"])
        st.query_params.clear()


def undo(do: Any, *what: Any) -> None:
    """Put back what was just taken out or put away."""
    attempt(lambda: do(store, who, *what), _("Put back."))


def choose() -> None:
    """Let the address say which collection is shown."""
    st.query_params["collection"] = st.session_state.collection


head = st.container(horizontal=True, vertical_alignment="bottom", key="head")
head.title(_("Collections"), anchor=False)
names = {one["name"]: one for one in collecting.listed(store, who)}
if curates:
    with head.popover(_("New collection"), icon=":material/add:"), st.form("new_collection", border=False):
        st.text_input(_("Name in its address: a-z, 0-9 and -"), max_chars=60, key="name_new")
        gathering.about(say, "new", {})
        st.form_submit_button(_("Make it"), type="primary", on_click=begin)
st.caption(
    _(
        "Words of customers, exactly as they said them. What is published is what they agreed to, or a public post that you chose to quote."
    )
)
told(say)
if undoing := st.session_state.pop("undoing", None):
    st.button(_("Undo"), icon=":material/undo:", key="undo", on_click=undo, args=undoing)
if not names:
    with st.container(border=True, key="nothing_yet"):
        st.subheader(_("No collection yet"), anchor=False)
        st.text(
            _("Make one for a page of testimonials, a report or a meeting, then add quotes from comments.")
        )
    st.stop()

asked = st.query_params.get("collection")
name = asked if asked in names else next(iter(names))
st.session_state.collection = name
counted = {id: say.plural("{n} quote", "{n} quotes", one["quotes"]) for id, one in names.items()}
st.selectbox(
    _("Collection"),
    list(names),
    format_func=lambda id: f"{plain(names[id]['title'])} ({counted[id]})",
    key="collection",
    on_change=choose,
)
collection = collecting.opened(store, who, name)
parts = {"quotes": _("Quotes"), "publish": _("Publish"), "about": _("About it")}
part = st.segmented_control(
    _("Part"),
    list(parts),
    default="quotes",
    format_func=parts.__getitem__,
    key="part",
    required=True,
    label_visibility="collapsed",
)
if collection["still_out"]:
    st.warning(
        _("What was published last holds quotes that may not be published any more. Publish again."),
        icon=":material/warning:",
    )
if part == "quotes":
    if curates:
        with st.expander(_("Add a quote"), icon=":material/add:", expanded=not collection["quotes"]):
            gathering.adding(say, name)
    if not collection["quotes"]:
        st.text(_("There are no quotes in it yet."))
    pages, page = -(-len(collection["quotes"]) // SHOWN), 1
    if pages > 1:
        page = st.segmented_control(
            _("Page"), range(1, pages + 1), default=1, key=f"page_{name}_{pages}", required=True
        )
    for place in range((page - 1) * SHOWN, min(page * SHOWN, len(collection["quotes"]))):
        quotes.card(say, collection, place)
elif part == "publish":
    gathering.publication(say, collection)
else:
    with st.form("about_form", border=True):
        key, version = f"{name}_{collection['version']}", collection["version"]
        gathering.about(say, key, collection)
        st.form_submit_button(
            _("Save"), type="primary", disabled=not curates, on_click=save, args=(key, name, version)
        )
    if curates:
        with st.popover(_("Put away"), icon=":material/delete:"):
            st.text(
                _("The collection is no longer listed. What was published of it stays where it was put."),
                width="stretch",
            )
            st.button(_("Put away"), key="put_away", on_click=put_away, args=(version,))
