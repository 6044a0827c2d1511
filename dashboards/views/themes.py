"""What people talk about that no topic covers yet, and texts that many post; one click makes a topic."""

from datetime import date
from html import escape
from typing import Any

import streamlit as st

from curation.actions import themes
from curation.errors import TribuneError
from dashboards import charts, errands, serving, speech
from dashboards.deeds import attempt, failed
from dashboards.plain import plain
from dashboards.topics import current, full_name, topics

say = speech.speech(serving.config().app.language)
_ = say.text
store, who = serving.store(), serving.viewer()


def adopt(theme: str) -> None:
    """Make a topic of a theme and say what came of it."""
    try:
        made = themes.adopt(store, who, theme)
    except TribuneError as error:
        st.session_state.told = failed(say, error)
        return
    current.clear()
    done = _("The topic {topic} was made.").format(topic=topics(say)[made["id"]])
    about = say.plural("{n} comment is about it.", "{n} comments are about it.", made["comments"])
    then = _("Rename or undo it on the Topics page.")
    st.session_state.told = f"{done} {about} {then}"


def quotes(one: dict[str, Any], shown: int) -> None:
    """Draw what people said, as they said it."""
    for said in one["quotes"][:shown]:
        st.text(f"“{plain(said['text'], 240)}”")


def sources(one: dict[str, Any]) -> str:
    """Say where it was said."""
    return ", ".join(f"{plain(name)}: {say.number(count)}" for name, count in one["sources"].items())


def behind(one: dict[str, Any]) -> dict[str, str]:
    """Return the inbox's filters that find a theme: its topic, or any of its words."""
    if one["topic"]:
        return {"topic": one["topic"]}
    quoted = (word.replace('"', " ") for word in one["words"][:8])
    return {"q": " OR ".join(f'"{word}"' for word in quoted if word.strip()), "language": one["language"]}


def period(one: dict[str, Any]) -> str:
    """Say from which day to which."""
    days = [say.day(date.fromisoformat(one[end][:10])) for end in ("first", "last")]
    return " – ".join(dict.fromkeys(days))


head = st.container(horizontal=True, vertical_alignment="bottom", key="head")
head.title(_("Themes"), anchor=False)
if head.button(_("Look now"), icon=":material/travel_explore:", key="look"):
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
            st.html(f"<h3>{escape(plain(one['name'], 200))}</h3>")
            about = f"{say.language_name(one['language'])} · {sources(one)}"
            mood = _("{share} negative").format(share=say.percent(one["negative"]))
            st.text(f"{about} · {mood}")
            quotes(one, 3)
            with st.container(horizontal=True, vertical_alignment="center"):
                if one["topic"]:
                    covered = _("Covered by the topic {topic}")
                    st.text(f"✓ {covered.format(topic=full_name(one['topic'], topics(say)))}")
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
                    query_params=behind(one),
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
        st.text(f"{counted} · {people} · {sources(one)} · {period(one)}")
        quotes(one, 1)
        st.page_link(
            "views/inbox.py",
            label=_("See them"),
            query_params={"q": f'"{one["opening"]}"'},
            icon=":material/arrow_forward:",
        )
