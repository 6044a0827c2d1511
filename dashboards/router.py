"""The frame around every page: name, navigation, language, and a plain word where something failed."""

from pathlib import Path

import streamlit as st

from curation.actions.members import NotAdmitted
from curation.errors import TribuneError
from curation.models import PERMISSIONS
from dashboards import frame, needs, serving, signing_in, speech

HERE = Path(__file__).parent
NEEDS = {"replies": "draft", "canned": "draft", "members": "administer", "activity": "administer"}
"""What a page is for, where that is more than to read; the library refuses the rest."""

say = speech.speech(serving.config().app.language)
_ = say.text

# Before the navigation: without an icon of ours, the page's would be fetched from a font server elsewhere.
st.set_page_config(page_icon=str(HERE / "frame" / "icon.svg"), layout="wide")
st.logo(str(HERE / "frame" / "logo.svg"), size="medium")
st.html(HERE / "frame" / "page.css")

who, refusal = None, None
try:
    who = serving.viewer()
except NotAdmitted as error:
    refusal = error

views = HERE / "views"
sections = {
    "": [
        st.Page(views / "inbox.py", title=_("Inbox"), icon=":material/inbox:", default=True),
        st.Page(views / "replies.py", title=_("Replies"), icon=":material/reply_all:", url_path="replies"),
        st.Page(views / "crisis.py", title=_("Crises"), icon=":material/crisis_alert:", url_path="crisis"),
        st.Page(
            views / "overview.py", title=_("Overview"), icon=":material/monitoring:", url_path="overview"
        ),
    ],
    _("Library"): [
        st.Page(views / "topics.py", title=_("Topics"), icon=":material/sell:", url_path="topics"),
        st.Page(views / "themes.py", title=_("Themes"), icon=":material/bubble_chart:", url_path="themes"),
        st.Page(
            views / "collections.py",
            title=_("Collections"),
            icon=":material/format_quote:",
            url_path="collections",
        ),
        st.Page(
            views / "canned.py", title=_("Canned replies"), icon=":material/quickreply:", url_path="canned"
        ),
    ],
    _("Administration"): [
        st.Page(views / "sources.py", title=_("Sources"), icon=":material/cable:", url_path="sources"),
        st.Page(views / "quality.py", title=_("Quality"), icon=":material/target:", url_path="quality"),
        st.Page(views / "members.py", title=_("Members"), icon=":material/group:", url_path="members"),
        st.Page(views / "activity.py", title=_("Activity"), icon=":material/history:", url_path="activity"),
    ],
}
may = who.permissions if who else PERMISSIONS
shown = {
    name: [one for one in pages if NEEDS.get(one.url_path, "read") in may] for name, pages in sections.items()
}
st.session_state.pages = [(one.url_path, one.title) for pages in shown.values() for one in pages]
page = st.navigation(shown, position="hidden" if refusal else "top")
st.set_page_config(page_title=f"{page.title} · Tribune")
if refusal:
    signing_in.door(say, refusal)
    frame.foot(say)
    st.stop()
with st.container(key="needs_frame"):
    needs.needs(say, who)
try:
    page.run()
except TribuneError as error:
    frame.trouble(_("This did not work"), str(error))
with st.sidebar if page.url_path == "overview" else st.container():
    if who and serving.config().sign_in:
        signing_in.way_out(say, who.name)
    frame.foot(say)
