"""Who did what, when, and what it was before; narrowed by person, action and period, all in the address."""

from datetime import date, timedelta

import streamlit as st

from curation.actions import activity
from curation.api.activity import as_csv
from curation.store.access import Activity
from dashboards import assets, serving, speech
from dashboards.activity import actions, rows

PAGE = 50

say = speech.speech(serving.config().app.language)
_ = say.text
store, who = serving.store(), serving.viewer()
component = assets.component("activity")


def day(name: str) -> date | None:
    """Read a day of the address; None where it is none."""
    try:
        return date.fromisoformat(st.query_params.get(name, ""))
    except ValueError:
        return None


def go(**values: str | None) -> None:
    """Change the address; other filters begin with the newest."""
    kept = {name: st.query_params.get(name) for name in ("who", "action", "since", "until")}
    st.query_params.from_dict({name: value for name, value in {**kept, **values}.items() if value})


def chosen(name: str) -> None:
    """Follow a widget."""
    value = st.session_state[f"activity_{name}"]
    go(**{name: value.isoformat() if isinstance(value, date) else value})


def choose(name: str, label: str, known: dict[str, str]) -> None:
    """Draw a filter by value."""
    given = st.query_params.get(name)
    options = list(dict.fromkeys([*known, *([given] if given else [])]))
    st.selectbox(
        label,
        options,
        index=options.index(given) if given else None,
        placeholder=_("All"),
        format_func=lambda one: known.get(one, one),
        key=f"activity_{name}",
        on_change=chosen,
        args=(name,),
        width=260,
    )


def between() -> None:
    """Draw the period."""
    for name, label in (("since", _("From")), ("until", _("Until"))):
        st.date_input(
            label,
            value=day(name),
            format="DD/MM/YYYY" if say.language == "fr" else "YYYY-MM-DD",
            key=f"activity_{name}",
            on_change=chosen,
            args=(name,),
            width=160,
        )


st.title(_("Activity"), anchor=False)
words, known = actions(say), activity.actors(store, who)
with st.container(horizontal=True, vertical_alignment="bottom", key="activity_filters"):
    choose("who", _("Who"), {one: one for one in known["who"]})
    choose("action", _("What"), {one: words.get(one, one) for one in known["action"]})
    between()
last = day("until")
wanted = Activity(
    who=st.query_params.get("who"),
    action=st.query_params.get("action"),
    since=day("since"),
    until=last + timedelta(days=1) if last and last < date.max else None,
)
before = st.query_params.get("before", "")
found = activity.listed(
    store, who, wanted, int(before) if before.isdecimal() and len(before) < 19 else None, PAGE + 1
)
component(
    key="activity",
    data={
        "rows": rows(say, found[:PAGE]),
        "locale": say.locale.replace("_", "-"),
        "texts": {"nothing": _("nothing"), "becomes": "→"},
    },
)
if not found:
    st.text(_("Nobody did anything that fits."))
with st.container(horizontal=True, key="activity_turn"):
    if before:
        st.button(_("Newest"), key="newest", icon=":material/first_page:", on_click=go)
    if len(found) > PAGE:
        older = str(found[PAGE - 1]["id"])
        st.button(_("Older"), key="older", icon=":material/arrow_forward:", on_click=lambda: go(before=older))
    st.download_button(
        _("Download as CSV"),
        lambda: "".join(as_csv(activity.exported(store, who, wanted))),
        "activity.csv",
        "text/csv",
        key="download",
        on_click="ignore",
        icon=":material/download:",
        type="tertiary",
    )
