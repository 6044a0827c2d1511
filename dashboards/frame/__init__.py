"""What stands around the pages: the language switch, the word that the app stopped answering, plain troubles."""

import streamlit as st

from dashboards import assets
from dashboards.speech import LANGUAGES, Speech

_foot = assets.component("frame")


def foot(say: Speech) -> None:
    """Draw the language switch, set the page's language for screen readers, and watch that the app answers."""
    _ = say.text
    texts = {
        "language": _("Language"),
        "offline": _("The dashboard does not answer. It may have been stopped, or is restarting."),
    }
    _foot(key="frame", data={"language": say.language, "languages": LANGUAGES, "texts": texts})


def trouble(title: str, text: str) -> None:
    """Say what went wrong. `text` may quote anything, so nothing in it is read as markup."""
    with st.container(border=True, key=f"trouble_{abs(hash((title, text)))}"):
        st.markdown(f":material/error: **{title}**")
        st.text(text)
