"""The sources: how each is, in words; what it refused and why; its schedule; another one, and what nobody pulls."""

import streamlit as st

from curation.actions import sources
from curation.errors import TribuneError
from dashboards import adding, entering, errands, frame, health, serving, speech
from dashboards.cards import card

say = speech.speech(serving.config().app.language)
_ = say.text

head = st.container(horizontal=True, vertical_alignment="bottom", key="head")
head.title(_("Sources"), anchor=False)
head.link_button(
    _("Runs and logs in Prefect"), errands.prefect(), icon=":material/open_in_new:", type="tertiary"
)


@st.fragment(run_every=15)
def cards() -> None:
    """Draw every source; looked at again every few seconds."""
    try:
        every()
    except TribuneError as error:
        # What a fragment raises does not reach the frame around the pages.
        frame.trouble(_("This did not work"), str(error))


def every() -> None:
    """Draw a card for each source, or what to do where there is none."""
    listed = sources.listed(serving.store(), serving.viewer())
    if not listed:
        with st.container(border=True, key="nothing_yet"):
            st.subheader(_("No source yet"), anchor=False)
            st.write(_("Add one above, or on the command line; it appears here at once."))
            st.code("tribune sources add survey --connector file --set path=survey.csv", language=None)
        return
    for source in sorted(listed, key=urgency):
        card(say, source)


def urgency(source: health.Row) -> tuple[int, str]:
    """Bring what needs a person to the top."""
    kind = health.health(say, source, health.now()).kind
    return {"alarm": 0, "notice": 1, "well": 2, "idle": 3}[kind], source["name"]


may = serving.viewer().permissions
if "administer" in may:
    adding.add(say)
if may & {"triage", "feed"}:
    entering.enter(say)
cards()
