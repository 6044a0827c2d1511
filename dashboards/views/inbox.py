"""The inbox: one component for search, filters, list and detail, which asks the API for what it shows."""

import streamlit as st

from curation.api import page_token
from dashboards import assets, inbox, narrowing, serving, speech
from dashboards.inbox import filtering
from dashboards.topics import full_name, topics

say = speech.speech(serving.config().app.language)
who = serving.viewer()
component = assets.component("inbox")
named = topics(say)
languages = serving.config().tagging.languages

component(
    key="inbox",
    data={
        "token": page_token(who),
        "me": who.name,
        "may": sorted(who.permissions),
        "pages": st.session_state.pages,
        "texts": inbox.texts(say),
        "locale": say.language,
        "fields": filtering.fields(
            say,
            inbox.names(say),
            narrowing.source_names(),
            {id: full_name(id, named) for id in named},
            languages,
        ),
        "topics": list(named.items()),
        "statuses": inbox.STATUSES,
        "languages": languages,
    },
    on_renew_change=lambda: None,
)
