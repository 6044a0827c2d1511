"""The parts of the Collections page: what a collection says of itself, the way from a comment to a quote, and its publication."""

from functools import partial
from html import escape
from typing import Any

import streamlit as st

from curation import publishing
from curation.actions import collecting
from curation.api.collecting import as_csv
from curation.errors import TribuneError
from dashboards import quotes, serving, speech
from dashboards.attempts import attempt, failed
from dashboards.plain import lines, plain
from dashboards.speech import Speech

Row = dict[str, Any]


def about(say: Speech, key: str, known: Row) -> None:
    """Draw the fields for what a collection says of itself; each is kept under its name and `key`."""
    _ = say.text
    st.text_input(_("Title"), known.get("title", ""), max_chars=200, key=f"title_{key}")
    st.text_area(
        _("What readers should know first"),
        known.get("about", ""),
        max_chars=5_000,
        height=90,
        key=f"about_{key}",
    )
    languages = list(speech.LANGUAGES)
    st.selectbox(
        _("Language of the page"),
        languages,
        languages.index(known.get("language", say.language)),
        format_func=speech.LANGUAGES.__getitem__,
        key=f"language_{key}",
    )
    st.text_input(
        _("Where it will stand, such as https://example.org/voices/ (for feeds)"),
        known.get("address", ""),
        max_chars=500,
        key=f"address_{key}",
    )


def adding(say: Speech, name: str) -> None:
    """Draw the way from a comment to a quote in the collection `name`."""
    _ = say.text
    meant = st.text_input(_("Comment: its number or its address"), key="meant")
    if not meant.strip():
        return
    try:
        comment = collecting.found(serving.store(), serving.viewer(), meant)
    except TribuneError as error:
        failed(say, str(error))
        return
    st.text(quotes.origin(say, comment))
    st.code(comment["text"], language=None, wrap_lines=True)
    st.text_area(
        _("Words to quote: take away the rest, or paste them"),
        comment["text"],
        height=140,
        key=f"chosen_{comment['id']}",
    )
    st.button(_("Add"), type="primary", key="add", on_click=_add, args=(say, name, comment["id"]))


def _add(say: Speech, name: str, comment: int) -> None:
    words = st.session_state[f"chosen_{comment}"]
    store, who = serving.store(), serving.viewer()
    if attempt(partial(collecting.add, store, who, name, comment, words), say.text("Added.")):
        st.session_state.meant = ""


def publication(say: Speech, found: Row) -> None:
    """Draw what would be published of a collection now, what not and why, and the ways to have it."""
    _ = say.text
    store, who, name = serving.store(), serving.viewer(), found["name"]
    if last := found["published"]:
        st.text(
            _("Last published {when} by {who}: {quotes}.").format(
                when=say.ago(last["at"]),
                who=plain(last["who"]),
                quotes=say.plural("{n} quote", "{n} quotes", last["quotes"]),
            )
        )
    if "curate" in who.permissions:
        st.download_button(
            _("Publish: download the files"),
            lambda: publishing.zipped(collecting.publish(store, who, name)["files"]),
            f"{name}.zip",
            "application/zip",
            icon=":material/download:",
            type="primary",
            key="publish",
        )
    with st.expander(_("Other ways"), icon=":material/code:"):
        st.text(_("A page, a frame for another page, and feeds. On the command line:"))
        st.code(f"tribune publish {name} --out {name}", language=None)
        st.text(_("To show them in another page:"))
        st.code(f'<iframe src="{escape(found["address"])}embed.html" loading="lazy"></iframe>', language=None)
        st.download_button(
            _("All quotes as a table"),
            lambda: as_csv(collecting.export(store, who, name)),
            f"{name}.csv",
            "text/csv",
            icon=":material/table:",
            key="export",
        )
    why = {quote["id"]: quotes.why_not(say, quote) for quote in found["quotes"]}
    shown = [quote for quote in found["quotes"] if why[quote["id"]] is None]
    withheld = [quote for quote in found["quotes"] if why[quote["id"]] is not None]
    will = say.plural("{n} quote will be published", "{n} quotes will be published", len(shown))
    st.subheader(will, anchor=False)
    for quote in shown:
        with st.container(border=True, gap="small"):
            st.text(lines(quote["text"]))
            st.text(quotes.byline(say, quote))
    if withheld:
        st.subheader(
            say.plural("{n} quote is withheld", "{n} quotes are withheld", len(withheld)), anchor=False
        )
    for quote in withheld:
        st.text(f"{plain(quote['text'], 120)} — {why[quote['id']]}")
