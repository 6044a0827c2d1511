"""The filters beside a page. The address is the truth: widgets follow it, and write it when a person changes them."""

from collections.abc import Callable, Iterable
from typing import Any

import streamlit as st

from curation.actions import sources
from curation.errors import ConfigError
from curation.models import INTENTS, SENTIMENTS, URGENCIES
from dashboards import filters, inbox, serving
from dashboards.filters import MANY, NAMES, Wanted
from dashboards.inbox.filtering import SIGNS
from dashboards.speech import Speech
from dashboards.topics import full_name, topics

PREFIX = "filter_"


def wanted() -> Wanted:
    """Read the page's address."""
    return filters.read({name: st.query_params.get_all(name) for name in NAMES})


def narrow(say: Speech, fields: Iterable[str]) -> Wanted:
    """Draw the filters named in `fields` in the sidebar and return what the address wants."""
    now = wanted()
    follow(now)
    with st.sidebar:
        draw = widgets(say, now)
        for name in fields:
            draw[name]()
        if now.pairs():
            st.button(
                say.text("Clear all filters"),
                on_click=go,
                args=([],),
                icon=":material/close:",
                type="tertiary",
            )
    return now


def go(pairs: filters.Pairs) -> None:
    """Give the page another address; the browser's Back leads to the one before."""
    st.query_params.from_dict({name: [v for n, v in pairs if n == name] for name in dict(pairs)})


def follow(now: Wanted) -> None:
    """Bring the widgets to what the address says, unless they already are there."""
    for name in NAMES:
        value = getattr(now, name)
        st.session_state[PREFIX + name] = list(value) if name in MANY else value


def changed() -> None:
    """Write the address from the widgets."""
    now = wanted()
    state = {name: st.session_state.get(PREFIX + name, getattr(now, name)) for name in NAMES}
    lists = {name: tuple(state[name]) for name in MANY}
    go(Wanted(**{**state, **lists, "q": (state["q"] or "").strip()}).pairs())


def widgets(say: Speech, now: Wanted) -> dict[str, Callable[[], Any]]:
    """Return each filter as a function that draws its widget."""
    _ = say.text
    named = inbox.names(say)
    topic_names = topics(say)

    def many(
        name: str, label: str, options: Iterable[str], show: Callable[[str], str], empty: str
    ) -> Callable[[], Any]:
        known = list(dict.fromkeys([*options, *getattr(now, name)]))
        return lambda: st.multiselect(
            label,
            known,
            format_func=show,
            key=PREFIX + name,
            on_change=changed,
            placeholder=empty,
            select_all=False,
        )

    def pills(name: str, label: str, options: Iterable[str], show: Callable[[str], str]) -> Callable[[], Any]:
        known = list(dict.fromkeys([*options, *getattr(now, name)]))
        return lambda: st.pills(
            label, known, selection_mode="multi", format_func=show, key=PREFIX + name, on_change=changed
        )

    def days() -> None:
        order = "DD/MM/YYYY" if say.language == "fr" else "YYYY-MM-DD"
        st.date_input(_("From"), value=None, key=PREFIX + "since", on_change=changed, format=order)
        st.date_input(_("Until"), value=None, key=PREFIX + "until", on_change=changed, format=order)

    return {
        "days": days,
        "source": many("source", _("Source"), source_names(), str, _("All sources")),
        "language": many(
            "language",
            _("Language"),
            serving.config().tagging.languages,
            say.language_name,
            _("All languages"),
        ),
        "topic": many(
            "topic", _("Topic"), topic_names, lambda id: full_name(id, topic_names), _("All topics")
        ),
        "sentiment": pills(
            "sentiment",
            _("Sentiment"),
            SENTIMENTS,
            lambda value: f"{SIGNS[value]} {named['sentiments'][value]}",
        ),
        "urgency": pills(
            "urgency", _("Urgency"), reversed(URGENCIES), lambda value: named["urgencies"][value]
        ),
        "intent": many(
            "intent", _("Intent"), INTENTS, lambda value: named["intents"][value], _("All intents")
        ),
        "status": pills("status", _("Status"), inbox.STATUSES, lambda value: named["statuses"][value]),
    }


@st.cache_data(ttl=30, show_spinner=False)
def source_names() -> list[str]:
    """Every source configured or once pulled from."""
    try:
        return [row["name"] for row in sources.listed(serving.store(), serving.viewer())]
    except ConfigError:
        # Whoever mends tribune.toml keeps nobody from reading.
        return sorted(serving.config().sources)
