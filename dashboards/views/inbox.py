"""The inbox: filters beside it, a search above it, and one component for list and detail."""

from urllib.parse import parse_qs, urlencode

import streamlit as st

from curation.actions import comments
from curation.api import page_token
from dashboards import assets, filters, inbox, narrowing, serving, speech
from dashboards.topics import topics

PAGE = 50

say = speech.speech(serving.config().app.language)
_ = say.text
store, who = serving.store(), serving.viewer()
component = assets.component("inbox")

FILTERS = (
    "sentiment",
    "urgency",
    "status",
    "topic",
    "intent",
    "source",
    "language",
    "unsure",
    "days",
    "deleted",
)
wanted = narrowing.narrow(say, FILTERS)
st.text_input(
    _("Search"),
    key=narrowing.PREFIX + "q",
    on_change=narrowing.changed,
    placeholder=_('Search: late refund, "exact words", refun*, -without, author:smith'),
    icon=":material/search:",
    label_visibility="collapsed",
)


def dropped() -> None:
    """Take away the filter whose chip was clicked."""
    if gone := st.session_state.inbox.drop:
        narrowing.drop(gone["name"], gone["value"])


def narrowed() -> None:
    """Show one person's comments, whatever else was chosen before."""
    if person := st.session_state.inbox.narrow:
        narrowing.go([("person", str(person["person"]))])


def opened_view() -> None:
    """Go to a filter that was kept under a name. Others may have written it: only what is valid of it counts."""
    if chosen := st.session_state.inbox.go:
        params = parse_qs(chosen["query"])
        narrowing.go(filters.read(params).pairs(), params.get("order", ["newest"])[-1])


rows = comments.page(store, who, wanted.filter(), limit=PAGE)
if wanted.pairs():
    empty = [_("Nothing fits these filters"), _("Remove one of them, or search for other words.")]
else:
    empty = [_("No comments yet"), _("Add a source and pull it: its comments appear here.")]
component(
    key="inbox",
    data={
        "rev": urlencode([*wanted.pairs(), ("lang", say.language)]),
        "page": inbox.first_page(rows, comments.states(store, who, rows), PAGE),
        "query": urlencode(wanted.api_pairs()),
        "chips": narrowing.labels(say, wanted),
        "empty": empty,
        "selected": st.query_params.get("comment"),
        "token": page_token(who),
        "me": who.name,
        "may": sorted(who.permissions),
        "pages": st.session_state.pages,
        "texts": inbox.texts(say),
        "locale": say.language,
        "topics": list(topics(say).items()),
        "statuses": inbox.STATUSES,
        "languages": serving.config().tagging.languages,
    },
    on_drop_change=dropped,
    on_narrow_change=narrowed,
    on_go_change=opened_view,
    on_renew_change=lambda: None,
)
