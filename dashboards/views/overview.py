"""The overview: how much people say, how they feel, and about what; every number opens the comments behind it."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import streamlit as st

from curation.actions import comments
from dashboards import assets, figures, inbox, narrowing, serving, speech
from dashboards.filters import Wanted, read
from dashboards.topics import topics

say = speech.speech(serving.config().app.language)
_ = say.text
component = assets.component("figures")


@st.cache_data(ttl=60, max_entries=50, show_spinner=False)
def counted(wanted: Wanted, step: str) -> dict[str, Any]:
    """Count what a filter finds; a minute old at most."""
    return comments.overview_of(serving.store(), serving.viewer(), wanted.filter(), step)


wanted = narrowing.narrow(
    say, ("days", "source", "language", "topic", "sentiment", "urgency", "intent", "status")
)

units = {"comments": _("Comments"), "people": _("People")}
steps = {"day": _("Days"), "week": _("Weeks"), "month": _("Months")}
head = st.container(horizontal=True, vertical_alignment="bottom", key="head")
head.title(_("Overview"), anchor=False)
unit = head.segmented_control(
    _("Count in"),
    units,
    default="comments",
    format_func=units.get,
    key="unit",
    persist_state="session",
    required=True,
)


def choose() -> None:
    """Keep to the step a person chose; until then the time shown decides."""
    st.session_state.chosen_step = st.session_state.step


with st.spinner(_("Counting…")):
    step = st.session_state.get("chosen_step") or "week"
    found = counted(wanted, step)
    if "chosen_step" not in st.session_state and (better := figures.better_step(found["by_time"])) != step:
        found, step = counted(wanted, better), better
st.session_state.step = step
head.segmented_control(_("By"), steps, format_func=steps.get, key="step", on_change=choose, required=True)

if not found["totals"]["comments"]:
    with st.container(border=True, key="nothing_yet"):
        if wanted.pairs():
            st.subheader(_("Nothing fits these filters"), anchor=False)
            st.write(_("Choose a longer time, or clear the filters in the side bar."))
        else:
            st.subheader(_("There is nothing to count yet"), anchor=False)
            st.write(_("Add a source and pull it. Its comments are counted here as soon as they arrive."))
            st.page_link("views/sources.py", label=_("See the sources"), icon=":material/arrow_forward:")
    st.stop()

sentiments = inbox.names(say)["sentiments"] | {"none": _("Not tagged yet")}
share = {row["sentiment"]: row[unit] for row in found["by_sentiment"]}
total = sum(share.values())
opened = component(
    key="figures",
    data={
        "tiles": figures.tiles(say, wanted, found, unit),
        "columns": figures.columns(say, wanted, found["by_time"], step, unit),
        "legend": [[name, label] for name, label in sentiments.items() if name in share],
        "share": [
            {
                **part,
                "written": say.percent(part["value"] / total)
                if unit == "comments"
                else say.number(part["value"]),
            }
            for part in figures.segments(say, wanted, share, _("Sentiment"), unit)
        ],
        "topics": figures.topic_bars(say, wanted, found, topics(say), unit),
        "sources": figures.plain_bars(say, wanted, found["by_source"], "source", unit),
        "intents": figures.plain_bars(say, wanted, found["by_intent"], "intent", unit),
        "languages": figures.plain_bars(say, wanted, found["by_language"], "language", unit),
        "texts": {
            "time": _("Volume and sentiment over time"),
            "topics": _("Topics"),
            "share": _("Sentiment"),
            "sources": _("Sources"),
            "intents": _("Intents"),
            "languages": _("Languages"),
            "no_topics": _("No comment has a topic yet."),
            "note": _("Who wrote both praise and complaints counts in both.") if unit == "people" else "",
        },
    },
    on_open_change=lambda: None,
)
if opened.open:
    params = parse_qs(urlsplit(opened.open["to"]).query)
    pairs = read(params).pairs()
    st.switch_page("views/inbox.py", query_params={name: params[name] for name in dict(pairs)})
