"""What people talk about that no topic covers yet, and texts that many post; one click makes a topic."""

from html import escape
from typing import Any

import streamlit as st

from curation.actions import themes
from curation.errors import TribuneError
from dashboards import charts, errands, serving, speech
from dashboards.deeds import attempt
from dashboards.topics import current

say = speech.speech(serving.config().app.language)
_ = say.text
store, who = serving.store(), serving.viewer()


def adopt(theme: str) -> None:
    """Make a topic of a theme and say what came of it."""
    try:
        made = themes.adopt(store, who, theme)
    except TribuneError as error:
        st.session_state.told = f"{_('This did not work')}: {error}"
        return
    current.clear()
    done = _("The topic {id} was made.").format(id=made["id"])
    about = say.plural("{n} comment is about it.", "{n} comments are about it.", made["comments"])
    st.session_state.told = f"{done} {about} {_('Rename or undo it on the Topics page.')}"


def quotes(one: dict[str, Any], shown: int) -> None:
    """Draw what people said, as they said it."""
    for said in one["quotes"][:shown]:
        shortened = " ".join(said["text"].split())[:240]
        st.text(f"“{shortened}”")


def sources(one: dict[str, Any]) -> str:
    """Say where it was said."""
    return ", ".join(f"{name}: {say.number(count)}" for name, count in one["sources"].items())


head = st.container(horizontal=True, vertical_alignment="bottom", key="head")
head.title(_("Themes"), anchor=False)
with head:
    if st.button(_("Look now"), icon=":material/travel_explore:", key="look"):
        attempt(say, errands.look_now, _("Asked for. It takes a minute; look again then."))
if told := st.session_state.pop("told", None):
    st.code(told, language=None, wrap_lines=True)
found = themes.found(store, who)
if found["made_at"] is None:
    with st.container(border=True, key="nothing_yet"):
        st.subheader(_("Nobody has looked for themes yet"), anchor=False)
        st.write(_("It is done every night, or now with the button above, or on the command line:"))
        st.code("tribune themes", language=None)
    st.stop()
st.caption(
    _("Looked {when} at {comments} comments of {days} days; {uncovered} of them have no topic.").format(
        when=say.ago(found["made_at"]),
        comments=say.number(found["comments"]),
        days=found["days"],
        uncovered=say.number(found["uncovered"]),
    )
)
if not found["themes"]:
    st.text(_("No theme was found: too few comments without a topic have words in common."))
for one in found["themes"]:
    with st.container(border=True, key=f"theme_{one['id']}"):
        left, right = st.columns([1, 3], vertical_alignment="center")
        with left:
            st.metric(_("Comments"), say.number(one["comments"]))
            if sum(map(bool, one["weeks"])) > 1:
                st.altair_chart(
                    charts.bars(one["weeks"]),
                    alt=_("Comments a week, the last twelve weeks"),
                    key=f"weeks_{one['id']}",
                )
        with right:
            st.html(f"<h3>{escape(one['name'])}</h3>")
            about = f"{say.language_name(one['language'])} · {sources(one)}"
            mood = _("{share} negative").format(share=say.percent(one["negative"]))
            st.text(f"{about} · {mood}")
            quotes(one, 3)
            with st.container(horizontal=True, vertical_alignment="center"):
                if one["topic"]:
                    known = _("Covered by the topic {id}").format(id=one["topic"])
                    st.text(f"✓ {known}")
                else:
                    st.button(
                        _("Make a topic"),
                        key=f"adopt_{one['id']}",
                        icon=":material/add:",
                        on_click=adopt,
                        args=(one["id"],),
                    )
                st.page_link(
                    "views/inbox.py",
                    label=_("See them"),
                    query_params={"q": one["words"][0]},
                    icon=":material/arrow_forward:",
                )
if found["campaigns"]:
    st.subheader(_("Texts that many post"), anchor=False)
    st.caption(
        _("Copies of one text, but for a few words: campaigns, templates, or a person who posts twice.")
    )
for number, one in enumerate(found["campaigns"]):
    with st.container(border=True, key=f"campaign_{number}"):
        counted = say.plural("{n} comment", "{n} comments", one["comments"])
        people = say.plural("{n} person", "{n} people", one["people"])
        period = f"{one['first'][:10]} – {one['last'][:10]}"
        st.text(f"{counted} · {people} · {sources(one)} · {period}")
        quotes(one, 1)
        st.page_link(
            "views/inbox.py",
            label=_("See them"),
            query_params={"q": f'"{one["opening"]}"'},
            icon=":material/arrow_forward:",
        )
