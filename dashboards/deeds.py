"""What can be done to a source from its card: run, pause, another schedule, remove, look at runs, try refused ones again."""

from collections.abc import Callable
from html import escape
from typing import Any

import streamlit as st

from curation.actions import sources
from curation.connectors import PUSHED
from curation.errors import TribuneError
from dashboards import errands, health, serving
from dashboards.speech import Speech

Row = dict[str, Any]

SHOWN = 20
LONGEST = 5_000
APART = 90
"""Seconds by which Prefect's next run may differ from the configured one before it is worth a word."""


def acts(say: Speech, source: Row) -> None:
    """Draw the buttons: run now, pause or resume, another schedule, remove."""
    _ = say.text
    name, paused = source["name"], source["paused"]
    pushed = source["connector"] in PUSHED
    if not pushed and st.button(_("Run now"), key=f"run_{name}", icon=":material/play_arrow:"):
        attempt(say, lambda: errands.run_now(name), _("Asked for. It starts within seconds."))
    label, icon = (_("Resume"), ":material/resume:") if paused else (_("Pause"), ":material/pause:")
    if st.button(label, key=f"pause_{name}", icon=icon):
        attempt(say, lambda: change(name, paused=not paused))
    if not pushed:
        with st.popover(
            _("Schedule"), icon=":material/schedule:", key=f"when_{name}", on_change="rerun"
        ) as box:
            if box.open:
                schedule(say, source)

    if "administer" in serving.viewer().permissions:
        with st.popover(_("Remove"), icon=":material/delete:", key=f"take_{name}", on_change="rerun") as box:
            if box.open:
                remove(say, name)


def remove(say: Speech, name: str) -> None:
    """Draw what removing a source means, and the button that does it."""
    _ = say.text
    st.text(
        _("Nothing more is pulled, and its settings and secrets are deleted. Its comments stay."),
        width="stretch",
    )
    if st.button(_("Remove {name}").format(name=name), key=f"remove_{name}", type="primary"):
        attempt(say, lambda: sources.remove(serving.store(), serving.viewer(), name))


def schedule(say: Speech, source: Row) -> None:
    """Draw the schedule to change, and say where Prefect plans otherwise."""
    _ = say.text
    name = source["name"]
    with st.form(f"schedule_{name}", border=False):
        cron = st.text_input(_("Cron line"), source["cron"], placeholder="*/5 * * * *")
        zone = st.text_input(_("Time zone"), source["timezone"], placeholder="Europe/Paris")
        if st.form_submit_button(_("Save")):
            attempt(say, lambda: change(name, cron=cron.strip(), timezone=zone.strip()))
    wanted = health.next_run(source, health.now())
    try:
        planned = errands.planned(name)
    except TribuneError as error:
        st.text(str(error))
        return
    if planned is None and wanted:
        st.text(_("Prefect has no run planned. A change reaches it within 10 seconds."))
    elif planned and (wanted is None or abs((planned - wanted).total_seconds()) > APART):
        st.text(_("Prefect plans the next run {when}.").format(when=say.ago(planned)))


def change(name: str, **changes: Any) -> None:
    """Write a schedule into tribune.toml."""
    sources.schedule(serving.store(), serving.viewer(), name, changes)


def attempt(say: Speech, act: Callable[[], Any], done: str | None = None) -> None:
    """Do something and say how it went; without a word to say, show the page anew."""
    try:
        act()
    except TribuneError as error:
        st.code(failed(say, error), language=None, wrap_lines=True)
        return
    if done is None:
        st.rerun()
    st.success(done)


def failed(say: Speech, error: TribuneError) -> str:
    """Say that something did not work, and why."""
    return say.text("This did not work: {why}").format(why=error)


def refused(say: Speech, source: Row) -> None:
    """Draw the refused records with reason and payload, and the way to try them again."""
    _ = say.text
    name = source["name"]
    title = say.plural("{n} refused record", "{n} refused records", source["refused"])
    with st.expander(title, icon=":material/block:", key=f"refused_{name}", on_change="rerun") as box:
        if not box.open:
            return
        st.write(
            _(
                "They are kept as received. Once the mapping is mended, try them again: nothing is pulled anew."
            )
        )
        if st.button(_("Try them again"), key=f"replay_{name}", icon=":material/replay:"):
            attempt(say, lambda: errands.replay(name))
        for record in sources.refused(serving.store(), serving.viewer(), name, limit=SHOWN):
            st.text(f"{record['key']} · {record['reason']}")
            st.code((record["payload"] or "")[:LONGEST], language=None, wrap_lines=True)
        if source["refused"] > SHOWN:
            st.caption(_("The first {n} are shown; `tribune replay` tries all.").format(n=SHOWN))


def last_runs(say: Speech, name: str) -> None:
    """Draw what the last runs did, and Prefect's log of the newest."""
    with st.popover(
        say.text("Last runs"), icon=":material/history:", key=f"runs_{name}", on_change="rerun"
    ) as box:
        if not box.open:
            return
        words = {
            "pulled": say.text("pulled"),
            "new": say.text("new"),
            "changed": say.text("changed"),
            "deleted": say.text("deleted"),
            "refused": say.text("refused"),
            "tagged": say.text("tagged"),
        }
        found = sources.runs(serving.store(), serving.viewer(), name, limit=8)
        for run in found:
            counts = ", ".join(
                f"{say.number(n)} {words.get(what, what)}" for what, n in run["counts"].items() if n
            )
            took = f"{say.number(round(run['seconds'], 1))} s"
            parts = [say.ago(run["started_at"]), run["stage"], took, counts, run["error"]]
            said = " · ".join(part for part in parts if part)
            st.text(said[:LONGEST])
        if not found:
            st.text(say.text("No run yet."))
        log(say, name)


def log(say: Speech, name: str) -> None:
    """Draw Prefect's log of the newest run, and the way to its page."""
    try:
        if not (runs := errands.runs(name, 1)):
            return
        lines = errands.log(runs[0]["id"])
    except TribuneError as error:
        st.text(str(error))
        return
    state = f"Prefect: {runs[0]['state']}"
    st.html(
        f'<a href="{escape(runs[0]["link"])}" target="_blank" rel="noopener noreferrer">{escape(state)}</a>'
    )
    st.code("\n".join(lines)[:LONGEST] or "–", language=None, wrap_lines=True)
