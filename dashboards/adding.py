"""The form that adds a source: a connector's own settings, a look at what it would bring, then tribune.toml."""

import re
from collections.abc import Sequence
from html import escape
from inspect import cleandoc
from pathlib import Path
from typing import Any

import streamlit as st

from curation import connectors
from curation.actions import sources
from curation.config import SourceConfig
from curation.connectors import PUSHED, Recognised
from curation.errors import Invalid, TribuneError
from curation.models import Comment
from dashboards import asking, errands, narrowing, serving
from dashboards.attempts import failed
from dashboards.plain import plain
from dashboards.speech import Speech

ROUND = "adding_round"
ADDED = "adding_done"
CHANNELS = Path(__file__).parents[1] / "docs" / "channels"
_NAME = re.compile("`([^`]*)`")
USUAL = "*/5 * * * *"


def add(say: Speech) -> None:
    """Draw the form, closed until somebody opens it."""
    _ = say.text
    # A new round after each source: fresh fields, so that no secret stays in one.
    turn = st.session_state.setdefault(ROUND, 0)
    if done := st.session_state.pop(ADDED, None):
        st.success(
            _("{name} was added. It is pulled at its next run; nothing is stored yet.").format(name=done[0])
            if done[1] not in PUSHED
            else _("{name} was added. Its card says where the other service sends to.").format(name=done[0])
        )
    with st.expander(
        _("Add a source"), icon=":material/add:", key=f"adding_{turn}", on_change="rerun"
    ) as box:
        if box.open:
            _form(say, turn)


def _form(say: Speech, turn: int) -> None:
    _ = say.text
    names = sorted(connectors.installed())
    first = names.index("file") if "file" in names else 0
    connector = st.selectbox(_("Connector"), names, first, key=f"add_connector_{turn}")
    try:
        wanted = asking.asks(cls := connectors.load(connector))
    except TribuneError as error:
        failed(say, str(error))
        return
    st.html(about(cls))
    pushed = connector in PUSHED
    if any(ask.kind == "secret" for ask in wanted) and (CHANNELS / f"{connector}.md").exists():
        st.text(_("How to get credentials with the least rights:") + f" docs/channels/{connector}.md")
    key = f"add_{connector}_{turn}"
    with st.form(key, border=False):
        name = st.text_input(_("Name (a-z, 0-9, - and _)"), _free(connector), max_chars=63, key=f"{key}_name")
        needed = [ask for ask in wanted if ask.required]
        typed = {ask.name: asking.widget(say, ask, f"{key}_of_{ask.name}") for ask in needed}
        cron = "" if pushed else st.text_input(_("Cron line"), USUAL, key=f"{key}_cron")
        with st.expander(_("Optional settings")):
            zone = st.text_input(
                _("Time zone"), placeholder=serving.config().flows.timezone, key=f"{key}_timezone"
            )
            others = [ask for ask in wanted if not ask.required]
            half = (len(others) + 1) // 2
            for column, part in zip(st.columns(2), (others[:half], others[half:]), strict=True):
                with column:
                    typed |= {ask.name: asking.widget(say, ask, f"{key}_of_{ask.name}") for ask in part}
        with st.container(horizontal=True):
            trying = st.form_submit_button(_("Try it"), key=f"try_{turn}")
            adding = st.form_submit_button(_("Add"), type="primary", key=f"add_{turn}")
    if not trying and not adding:
        return
    schedule = {k: v for k, v in (("cron", cron.strip()), ("timezone", zone.strip())) if v}
    try:
        settings, secrets = asking.settings(wanted, typed)
        if missing := asking.lacking(wanted, {**settings, **secrets}):
            raise Invalid(_("Still needed: {names}.").format(names=", ".join(missing)))
        given = (name.strip(), connector, settings, secrets, schedule)
        if adding:
            sources.add(serving.store(), serving.viewer(), *given)
        else:
            source = sources.proposed(serving.store(), serving.viewer(), *given)
            _show(say, source, *_looked(say, source, secrets))
            return
    except TribuneError as error:
        failed(say, str(error))
        return
    narrowing.source_names.clear()
    st.session_state[ROUND] = turn + 1
    st.session_state[ADDED] = (given[0], connector)
    st.rerun()


def about(cls: type[Any]) -> str:
    """Return what a connector says of its settings, as HTML in which nothing of it is markup; names stand out."""
    said = cleandoc(cls.__doc__ or "").split("\n\n")
    named = (_NAME.sub(r"<code>\1</code>", escape(" ".join(part.split()))) for part in said)
    return "".join(f"<p>{part}</p>" for part in named)


def _looked(say: Speech, source: SourceConfig, secrets: dict[str, str]) -> Any:
    with st.spinner(say.text("Looking at the channel…")):
        return errands.try_out(source, secrets)


def _show(
    say: Speech, source: SourceConfig, recognised: Sequence[Recognised], shown: Sequence[Comment | str]
) -> None:
    """Show what a source would bring, as plain text: all of it was written by others."""
    _ = say.text
    if source.connector in PUSHED:
        st.success(_("The settings fit. Nothing is pulled here: the other service sends."))
        return
    if not shown:
        st.success(_("It answers, and there is nothing to pull at the moment."))
        return
    comments = [one for one in shown if isinstance(one, Comment)]
    if comments:
        st.success(_("It can be read. These would come first; nothing is stored."))
    else:
        st.error(_("It answers, but its first records cannot be read."))
    if recognised:
        with st.expander(_("How the fields were recognised")):
            for field in recognised:
                st.text(f"{field.field} ← {plain(field.column or '–')} · {plain(field.why, 200)}")
    for one in shown:
        with st.container(border=True):
            if isinstance(one, Comment):
                by = f"{plain(one.author or '–')} · {say.time(one.created_at)}"
                st.text(by)
                st.text(plain(one.text, 300))
            else:
                st.text(_("Refused: {why}").format(why=plain(one, 300)))


def _free(connector: str) -> str:
    """Propose a name: the connector's, with a number where it is taken."""
    try:
        taken = set(narrowing.source_names())
    except TribuneError:
        taken = set()
    base = "".join(one if one.isascii() and one.isalnum() else "-" for one in connector.lower()).strip("-")
    names = (base or "source", *(f"{base or 'source'}-{n}" for n in range(2, len(taken) + 3)))
    return next(one for one in names if one not in taken)
