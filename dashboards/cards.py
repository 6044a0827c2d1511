"""A source's card on the Sources page, piece by piece. Nothing a channel or a file said is read as markup."""

from collections.abc import Callable
from datetime import UTC, datetime
from html import escape
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from curation.actions import sources
from curation.errors import TribuneError
from dashboards import errands, health, serving
from dashboards.speech import Speech

Row = dict[str, Any]

SHOWN = 20
LONGEST = 5_000


def card(say: Speech, source: Row) -> None:
    """Draw one source."""
    name, at = source["name"], datetime.now(UTC)
    state = health.health(say, source, at)
    with st.container(border=True, key=f"source_{name}"):
        st.html(
            f'<div class="state"><h2 dir="auto">{escape(name)}</h2>'
            f'<span class="word {state.kind}">{escape(state.word)}</span>'
            f'<p class="why">{escape(state.why)}</p></div>'
        )
        if source["error"] and not source.get("paused"):
            st.code(source["error"][:LONGEST], language=None, wrap_lines=True)
        st.html(facts(say, source, at))
        with st.container(horizontal=True, key=f"acts_{name}"):
            if source["configured"]:
                acts(say, source)
            runs(say, name)
        if source["refused"]:
            refused(say, source)


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


def acts(say: Speech, source: Row) -> None:
    """Draw what can be done: run now, pause or resume, another schedule."""
    _ = say.text
    name = source["name"]
    if st.button(_("Run now"), key=f"run_{name}", icon=":material/play_arrow:"):
        attempt(say, lambda: errands.run_now(name), _("Asked for. It starts within seconds."))
    paused = source["paused"]
    label, icon = (_("Resume"), ":material/resume:") if paused else (_("Pause"), ":material/pause:")
    if st.button(label, key=f"pause_{name}", icon=icon):
        attempt(say, lambda: change(name, paused=not paused), None)
    with st.popover(_("Schedule"), icon=":material/schedule:"), st.form(f"schedule_{name}", border=False):
        cron = st.text_input(
            _("Cron line"), source["cron"], help=_("Minute, hour, day, month, weekday: */5 * * * *")
        )
        zone = st.text_input(_("Time zone"), source["timezone"])
        if st.form_submit_button(_("Save")):
            attempt(say, lambda: change(name, cron=cron.strip(), timezone=zone.strip()), None)


def change(name: str, **changes: Any) -> None:
    """Write a schedule into tribune.toml."""
    sources.schedule(serving.store(), serving.viewer(), name, changes)


def attempt(say: Speech, act: Callable[[], Any], done: str | None) -> None:
    """Do something and say how it went; without a word to say, show the page anew."""
    try:
        act()
    except TribuneError as error:
        st.code(f"{say.text('This did not work')}: {error}", language=None, wrap_lines=True)
        return
    if done is None:
        st.rerun()
    st.success(done)


def refused(say: Speech, source: Row) -> None:
    """Draw the refused records with reason and payload, and the way to try them again."""
    _ = say.text
    name = source["name"]
    title = say.plural("{n} refused record", "{n} refused records", source["refused"])
    with st.expander(title, icon=":material/block:"):
        st.write(
            _(
                "They are kept as received. Once the mapping is mended, try them again: nothing is pulled anew."
            )
        )
        if st.button(_("Try them again"), key=f"replay_{name}", icon=":material/replay:"):
            counts: dict[str, int] = {}
            attempt(say, lambda: counts.update(errands.replay(name)), None if not counts else "")
        for record in sources.refused(serving.store(), serving.viewer(), name, limit=SHOWN):
            st.text(f"{record['key']} · {record['reason']}")
            st.code((record["payload"] or "")[:LONGEST], language=None, wrap_lines=True)
        if source["refused"] > SHOWN:
            st.caption(_("The first {n} are shown; `tribune replay` tries all.").format(n=SHOWN))


def runs(say: Speech, name: str) -> None:
    """Draw what the last runs did."""
    found = sources.runs(serving.store(), serving.viewer(), name, limit=8)
    if not found:
        return
    with st.popover(say.text("Last runs"), icon=":material/history:"):
        for run in found:
            counts = ", ".join(
                f"{say.number(value)} {word}" for word, value in run["counts"].items() if value
            )
            took = f"{say.number(round(run['seconds'], 1))} s"
            parts = [say.ago(run["started_at"]), run["stage"], took, counts, run["error"]]
            said = " · ".join(part for part in parts if part)
            st.text(said[:LONGEST])
