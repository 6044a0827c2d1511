"""What is wrong with a source, on its card: why, what to do, and that a person has seen it. Nothing of it is markup."""

from html import escape
from typing import Any

import streamlit as st

from curation.actions import sources, watching
from curation.errors import TribuneError
from dashboards import health, serving
from dashboards.attempts import failed
from dashboards.plain import plain
from dashboards.speech import Speech

Row = dict[str, Any]

LONGEST = 800


def alerts(say: Speech, source: Row, state: health.Health) -> None:
    """Draw a source's open alerts, the worst first. `state`: what the card says already, and need not say twice."""
    _ = say.text
    for alert in health.open_alerts(source):
        kind = alert["kind"]
        known = health.about(say, kind)
        tone = "notice" if kind in health.MILD else "alarm"
        title = f'<h3 class="word {tone}">{escape(known.word)}</h3>' if known.word != state.word else ""
        # A failing source's error stands on the card already.
        said = kind == "failing" and source["error"]
        why = "" if said else f'<p dir="auto">{escape(plain(alert["why"], LONGEST))}</p>'
        noticed = _("Noticed {when}.").format(when=say.ago(alert["raised_at"]))
        st.html(
            f'<div class="alert of-{tone}">{title}{why}'
            f"<p>{escape(known.advice)}</p><p><small>{escape(noticed)}</small></p></div>"
        )
        if kind in health.MILD and "curate" in serving.viewer().permissions:
            seen(say, source["name"], kind)


def seen(say: Speech, name: str, kind: str) -> None:
    """Draw the button that says: I know."""
    _ = say.text
    if not st.button(_("I have seen it"), key=f"seen_{kind}_{name}", icon=":material/visibility:"):
        return
    store, who = serving.store(), serving.viewer()
    try:
        closed = watching.accept(store, who, name, kind)["accepted"]
        if "feed" in who.permissions:
            # Or it would stay until the next watch, some minutes later.
            watching.watch(store, who)
    except TribuneError as error:
        failed(say, str(error))
        return
    if kind == "gap" and not closed:
        st.text(_("The next pulls can still read it, and do: nothing is lost yet."), width="stretch")
        return
    st.rerun()


def gaps(say: Speech, name: str) -> None:
    """Draw what a source's pulls found missing, open and lately closed."""
    _ = say.text
    found = sources.gaps(serving.store(), serving.viewer(), name)
    if not found:
        return
    title = say.plural("{n} gap", "{n} gaps", len(found))
    with st.expander(title, icon=":material/data_alert:", key=f"gaps_{name}", on_change="rerun") as box:
        if not box.open:
            return
        st.write(_("What a pull found missing. Where the channel still has it, the next pulls read it."))
        for gap in found:
            when = _("found {when}").format(when=say.ago(gap["found_at"]))
            ended = gap["closed_at"]
            state = _("closed {when}").format(when=say.ago(ended)) if ended else _("still open")
            st.text(f"{plain(gap['why'], 500)} · {when} · {state}", width="stretch")
