"""How good the tagger is where people looked, what to judge next, and which model is in force."""

from datetime import date
from typing import Any

import streamlit as st

from curation.actions import learning, measuring
from dashboards import charts, errands, inbox, serving, speech
from dashboards.deeds import attempt
from dashboards.plain import plain
from dashboards.topics import full_name, topics

say = speech.speech(serving.config().app.language)
_ = say.text
store, who = serving.store(), serving.viewer()
names = inbox.names(say)
heads = names["heads"]
called = {
    "sentiment": names["sentiments"],
    "intent": names["intents"],
    "urgency": names["urgencies"],
}


def label(head: str, value: str | None) -> str:
    """Name a value of a head as the team calls it."""
    if not value or value == "-":
        return _("none of them")
    if head == "topic":
        return full_name(value, topics(say))
    return say.language_name(value) if head == "language" else called[head].get(value, value)


@st.cache_data(ttl=10, max_entries=2, show_spinner=False)
def measured(home: str) -> dict[str, Any]:
    """Measure the tagger of the store in `home`; ten seconds old at most."""
    return measuring.quality(serving.store(), serving.viewer())


def shares(rate: tuple[float, float, float] | None) -> str:
    """Write a share with its interval."""
    return f"{say.percent(rate[0])} ({say.percent(rate[1])} – {say.percent(rate[2])})" if rate else "–"


st.title(_("Quality"), anchor=False)
with st.spinner(_("Counting…")):
    found = measured(str(serving.config().home))

if found["judged"]:
    st.caption(
        say.plural("{n} comment judged by the team.", "{n} comments judged by the team.", found["judged"])
        + " "
        + _("How often the tagger was right before anybody corrected it:")
    )
    for column, one in zip(st.columns(max(4, len(found["heads"]))), found["heads"], strict=False):
        column.metric(heads[one["head"]], say.percent(one["right"][0]), border=True)
        column.caption(
            _("95 % interval: {low} – {high}. Sure of {sure} of them, and right in {then} of those.").format(
                low=say.percent(one["right"][1]),
                high=say.percent(one["right"][2]),
                sure=say.percent(one["coverage"]),
                then=say.percent(one["right_if_sure"][0]) if one["right_if_sure"] else "–",
            )
        )
    shown = st.segmented_control(
        _("Tag"),
        [one["head"] for one in found["heads"]],
        default=next(
            (one["head"] for one in found["heads"] if one["head"] == "topic"), found["heads"][0]["head"]
        ),
        format_func=lambda head: heads[head],
        key="quality_head",
        required=True,
    )
    rows = [one for one in found["labels"] if one["head"] == shown]
    kinds = {"precision": _("Right when given"), "recall": _("Found when meant")}
    points = [
        {"label": label(shown, one["label"]), "kind": kinds[kind], "share": r[0], "low": r[1], "high": r[2]}
        for one in rows[:25]
        for kind in kinds
        if (r := one[kind])
    ]
    picture, beside = st.columns([3, 2])
    with picture:
        st.subheader(_("By label"), anchor=False)
        title = _("Share with its 95 % interval")
        st.caption(title)
        st.altair_chart(charts.intervals(points, list(kinds.values())), alt=title)
        with st.expander(_("As a table")):
            st.dataframe(
                [
                    {
                        _("Label"): label(shown, one["label"]),
                        kinds["precision"]: shares(one["precision"]),
                        _("Given"): one["said"],
                        kinds["recall"]: shares(one["recall"]),
                        _("Meant"): one["meant"],
                    }
                    for one in rows
                ],
                hide_index=True,
            )
    with beside:
        st.subheader(_("By language and source"), anchor=False)
        parts = [
            {
                _("Part"): say.language_name(one["name"]) if kind == "languages" else plain(one["name"]),
                _("Judged"): one["judged"],
                _("Right"): shares(one["right"]),
                _("Sure"): say.percent(one["coverage"]),
            }
            for kind in ("languages", "sources")
            for one in found[kind]
            if one["head"] == shown
        ]
        st.dataframe(parts, hide_index=True)
        st.subheader(_("What hurts most"), anchor=False)
        for one in found["confusions"][:6]:
            st.text(
                _("{head}: {said}, meant was {meant} ({judged} judged, about {about} such comments)").format(
                    head=heads[one["head"]],
                    said=label(one["head"], one["said"]),
                    meant=label(one["head"], one["meant"]),
                    judged=say.number(one["judged"]),
                    about=say.number(one["about"]),
                )
            )
        if not found["confusions"]:
            st.text(_("No tag was taken for another yet."))
else:
    with st.container(border=True, key="nothing_yet"):
        st.subheader(_("Nobody has judged a tag yet"), anchor=False)
        st.text(_("Open a comment in the inbox and correct its tags, or say that they are right."))

if following := measuring.worth_judging(store, who, 8):
    st.subheader(_("Worth judging next"), anchor=False)
    st.caption(
        _("Half of them the tagger is unsure of; half are drawn by chance, so that the figures stay fair.")
    )
for one in following:
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        why = (
            _("Unsure: {heads}").format(
                heads=", ".join(heads.get(head, head) for head in one["unsure"].split(", "))
            )
            if one["unsure"]
            else _("By chance")
        )
        with st.container():
            st.caption(f"{why} · {say.language_name(one['language'] or 'und')}")
            st.text(plain(one["text"], 200))
        st.page_link(
            "views/inbox.py",
            label=_("Judge it"),
            query_params={"comment": str(one["id"])},
            icon=":material/arrow_forward:",
        )

left, right = st.columns(2)
with left:
    st.subheader(_("Over time"), anchor=False)
    weeks = [
        {
            "day": str(one["day"]),
            "kind": _("Unsure, of all comments"),
            "share": one["unsure"] / one["comments"],
        }
        for one in found["unsure"]
    ]
    months = [
        {"day": f"{one['name']}-01", "kind": heads[one["head"]], "share": one["right"][0]}
        for one in found["months"]
    ]
    if months:
        st.altair_chart(
            charts.over_time(say.language, sorted(months, key=lambda one: one["day"]), _("Right")),
            alt=_("Right"),
        )
    if weeks:
        st.altair_chart(charts.over_time(say.language, weeks, _("Unsure")), alt=_("Unsure"))
    if not months and not weeks:
        st.text(_("Nothing was tagged yet."))
with right:
    st.subheader(_("What was learned"), anchor=False)
    known = learning.listed(store, who)
    st.caption(_("Each night the tagger learns from new corrections. It is used only if it is not worse."))
    state = _("The tagger as it was shipped is in force.")
    if known["in_force"] != "shipped":
        state = _("Model {name} is in force.").format(name=known["in_force"])
    st.text(state)
    with st.container(horizontal=True):
        if st.button(_("Learn now"), icon=":material/school:", key="learn"):
            attempt(say, errands.learn_now, _("Asked for. It takes a minute or two; look again then."))
        if known["in_force"] != "shipped" and st.button(_("Go back"), icon=":material/undo:", key="back"):
            attempt(say, lambda: learning.rollback(store, who))
    for model in known["models"]:
        with st.expander(
            _("Model {name}, made {when}").format(
                name=model["name"], when=say.day(date.fromisoformat(model["made_at"][:10]))
            ),
            icon=":material/check:" if model["name"] == known["in_force"] else None,
        ):
            st.dataframe(
                [
                    {
                        _("Tag"): heads[change["head"]],
                        _("Judged"): change["labels"],
                        _("Before"): say.percent(change["before"]),
                        _("After"): say.percent(change["after"]),
                        _("Gain"): f"{change['low'] * 100:+.0f} … {change['high'] * 100:+.0f}",
                    }
                    for change in model["changes"]
                ],
                hide_index=True,
            )
            if reason := model["reason"]:
                st.text(reason)
            if (
                model["fits"]
                and model["name"] != known["in_force"]
                and st.button(_("Use it"), key=f"use_{model['name']}")
            ):
                attempt(say, lambda name=model["name"]: learning.use(store, who, name))
