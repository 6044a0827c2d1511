"""The frame around every page: name, navigation, language, and a plain word where something failed."""

from pathlib import Path

import streamlit as st

from curation.errors import TribuneError
from dashboards import frame, serving, speech

HERE = Path(__file__).parent

say = speech.speech(serving.config().app.language)
_ = say.text

# Before the navigation: without an icon of ours, the page's would be fetched from a font server elsewhere.
st.set_page_config(page_icon=str(HERE / "frame" / "icon.svg"), layout="wide")
st.logo(str(HERE / "frame" / "logo.svg"), size="medium")
st.html(HERE / "frame" / "page.css")

views = HERE / "views"
page = st.navigation(
    [
        st.Page(views / "inbox.py", title=_("Inbox"), icon=":material/inbox:", default=True),
        st.Page(
            views / "overview.py", title=_("Overview"), icon=":material/monitoring:", url_path="overview"
        ),
        st.Page(views / "topics.py", title=_("Topics"), icon=":material/sell:", url_path="topics"),
        st.Page(views / "themes.py", title=_("Themes"), icon=":material/bubble_chart:", url_path="themes"),
        st.Page(views / "quality.py", title=_("Quality"), icon=":material/target:", url_path="quality"),
        st.Page(views / "sources.py", title=_("Sources"), icon=":material/cable:", url_path="sources"),
    ],
    position="top",
)
st.set_page_config(page_title=f"{page.title} · Tribune")
try:
    page.run()
except TribuneError as error:
    frame.trouble(_("This did not work"), str(error))
with st.sidebar if page.url_path in ("", "overview") else st.container():
    frame.foot(say)
