"""A source's card on the Sources page, piece by piece. Nothing a channel or a file said is read as markup."""

from datetime import UTC, datetime
from html import escape
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from curation.connectors import PUSHED
from dashboards import alerts, health
from dashboards.deeds import acts, last_runs, refused
from dashboards.speech import Speech

Row = dict[str, Any]

LONGEST = 5_000


def card(say: Speech, source: Row) -> None:
    """Draw one source."""
    name, at = source["name"], datetime.now(UTC)
    state = health.health(say, source, at)
    why = f'<p class="why">{escape(state.why)}</p>' if state.why else ""
    with st.container(border=True, key=f"source_{name}"):
        st.html(
            f'<div class="state"><h2 dir="auto">{escape(name)}</h2>'
            f'<span class="word {state.kind}">{escape(state.word)}</span>'
            f"{why}</div>"
        )
        if source["error"] and not source.get("paused"):
            st.code(source["error"][:LONGEST], language=None, wrap_lines=True)
        if source["configured"] and not source["paused"]:
            alerts.alerts(say, source, state)
        st.html(facts(say, source, at))
        with st.container(horizontal=True, key=f"acts_{name}"):
            if source["configured"]:
                acts(say, source)
            last_runs(say, name)
        if source["refused"]:
            refused(say, source)
        if source["configured"]:
            alerts.gaps(say, name)


def facts(say: Speech, source: Row, at: datetime) -> str:
    """Return the figures of a source as a list of terms."""
    _ = say.text
    following = health.next_run(source, at)
    zone = source.get("timezone")
    never = _("never")
    listed = [
        (
            _("Comments"),
            f'<a href="/?{urlencode({"source": source["name"], "deleted": "true"})}" target="_self">{say.number(source["comments"])}</a>',
        ),
        (_("Newest comment"), escape(say.ago(source["newest"])) if source["newest"] else never),
    ]
    if source.get("connector") in PUSHED:
        listed += [(_("Takes deliveries at"), f"<code>/hooks/{escape(source['name'])}</code>")]
    else:
        listed += [
            (_("Last pull"), escape(say.ago(source["last_pull"])) if source["last_pull"] else never),
            (_("Next run"), escape(say.ago(following)) if following else "–"),
            (_("Schedule"), f"{escape(source['cron'])} <small>{escape(zone)}</small>" if zone else "–"),
            (_("Brought last time"), brought(say, source["counts"])),
        ]
    return (
        '<dl class="facts">'
        + "".join(f"<div><dt>{escape(t)}</dt><dd>{v}</dd></div>" for t, v in listed)
        + "</dl>"
    )


def brought(say: Speech, counts: dict[str, int] | None) -> str:
    """Write what a pull brought."""
    if not counts:
        return "–"
    shown = say.plural("{n} new", "{n} new", counts.get("new", 0))
    if counts.get("changed"):
        shown += ", " + say.plural("{n} changed", "{n} changed", counts["changed"])
    return shown
