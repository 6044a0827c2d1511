"""The filters beside a page. The address is the truth: widgets follow it, and write it when a person changes them."""

from collections.abc import Callable, Iterable
from typing import Any

import streamlit as st

from curation.actions import sources
from curation.errors import ConfigError
from curation.models import HEADS, INTENTS, SENTIMENTS, URGENCIES
from dashboards import filters, inbox, serving
from dashboards.filters import MANY, NAMES, Wanted
from dashboards.speech import Speech
from dashboards.topics import full_name, topics

PREFIX = "filter_"
SIGNS = {"negative": "−", "neutral": "○", "positive": "+"}


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


def go(pairs: filters.Pairs, order: str | None = None) -> None:
    """Give the page another address, in the same order unless `order` says another; the browser's Back leads to the one before."""
    order = order or st.query_params.get("order", "")
    params = {name: [v for n, v in pairs if n == name] for name in dict(pairs)}
    st.query_params.from_dict(params | ({"order": [order]} if order == "queue" else {}))


def drop(name: str, value: str) -> None:
    """Take one value of one filter away."""
    go([pair for pair in wanted().pairs() if pair != (name, value)])


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
        "unsure": many("unsure", _("Unsure"), HEADS, lambda value: named["heads"][value], _("Sure or not")),
        "status": pills("status", _("Status"), inbox.STATUSES, lambda value: named["statuses"][value]),
        "deleted": lambda: st.toggle(
            _("Also those deleted at the source"), key=PREFIX + "deleted", on_change=changed
        ),
    }


@st.cache_data(ttl=30, show_spinner=False)
def source_names() -> list[str]:
    """Every source configured or once pulled from."""
    try:
        return [row["name"] for row in sources.listed(serving.store(), serving.viewer())]
    except ConfigError:
        # Whoever mends tribune.toml keeps nobody from reading.
        return sorted(serving.config().sources)


def labels(say: Speech, now: Wanted) -> list[list[str]]:
    """Return each filter in use as name, value and what a person reads."""
    named = inbox.names(say)
    names = topics(say)
    shown: dict[str, Callable[[str], str]] = {
        "language": say.language_name,
        "sentiment": lambda value: named["sentiments"][value],
        "status": lambda value: named["statuses"][value],
        "intent": lambda value: named["intents"][value],
        "urgency": lambda value: named["urgencies"][value],
        "unsure": lambda value: say.text("Unsure: {heads}").format(heads=named["heads"][value]),
        "topic": lambda value: full_name(value, names),
        "since": lambda value: say.text("from {day}").format(day=say.day(now.since)) if now.since else value,
        "until": lambda value: say.text("until {day}").format(day=say.day(now.until)) if now.until else value,
        "person": lambda value: say.text("one person"),
        "deleted": lambda value: say.text("with deleted ones"),
        "q": lambda value: f"“{value[:60]}”",
    }
    return [[name, value, shown.get(name, str)(value)] for name, value in now.pairs()]
