"""Quotes on their page: the words, what became of their comment, what clears them, and what can be done."""

from collections.abc import Callable
from functools import partial
from typing import Any

import streamlit as st

from curation import publishing
from curation.actions import collecting
from curation.publishing import entries
from dashboards import clearing, serving
from dashboards.attempts import attempt
from dashboards.plain import lines, plain
from dashboards.speech import Speech

Row = dict[str, Any]


def listed(say: Speech, found: list[str]) -> str:
    """Name some uses."""
    return ", ".join(clearing.uses(say)[use] for use in found)


def byline(say: Speech, quote: Row) -> str:
    """Say under which name a quote is published, and where."""
    name = plain(publishing.called(quote["clearance"])) or say.text("anonymous")
    return f"— {name} · {listed(say, quote['uses'])}"


def why_not(say: Speech, quote: Row) -> str | None:
    """Say why neither a page nor a feed has a quote, None where one does."""
    if collecting.ONLINE & set(quote["uses"]):
        return None
    _ = say.text
    given = quote["clearance"]
    why = quote["obstacles"]["site"]
    if why == "withdrawn":
        return _("What cleared it was withdrawn on {day}.").format(day=say.day(given["withdrawn_at"].date()))
    if why == "ended":
        return _("The consent ended on {day}.").format(day=say.day(given["until"]))
    return {
        "none": _("Nobody has agreed to its publication yet."),
        "use": _("It is cleared for print only."),
        "words": _("Its words were changed after the consent, which no longer holds. Ask again."),
        "reworded": _("Its author has changed these words since. Ask again."),
        "deleted": _("Its author has deleted the comment since. Ask before you publish it."),
    }[why]


def became(say: Speech, quote: Row) -> str | None:
    """Say what became of a quote's comment since, None where nothing did."""
    _ = say.text
    return {
        "edited": _("The comment was edited since; these words still stand there."),
        "reworded": _("The comment was edited since: it no longer says this. The quote is as it was."),
        "deleted": _("The comment was deleted at its channel since. The quote is as it was."),
    }.get(quote["state"])


def cleared(say: Speech, quote: Row) -> str:
    """Say what clears a quote: who agreed, when, for what, and how they are named."""
    _ = say.text
    given = quote["clearance"]
    told = (
        _("Consent of {person}, {day}")
        if given["kind"] == "consent"
        else _("Public post of {person}, quoted since {day}")
    )
    parts = [
        told.format(person=plain(given["person"]) or _("somebody"), day=say.day(given["given_on"])),
        _("for {uses}").format(uses=listed(say, given["uses"])),
        _("shown as {name}").format(name=plain(publishing.called(given)) or _("anonymous")),
    ]
    if given["until"]:
        parts.append(_("until {day}").format(day=say.day(given["until"])))
    return " · ".join(parts)


def origin(say: Speech, said: Row) -> str:
    """Say who said something, where and when: of a quote, or of a comment."""
    _ = say.text
    parts = [
        plain(said["author"] or _("anonymous")),
        plain(said["source"] or "?"),
        say.day(said["created_at"].date()),
    ]
    if said.get("excerpt"):
        parts.append(_("excerpt"))
    return f"— {' · '.join(parts)}"


def card(say: Speech, collection: Row, place: int) -> None:
    """Draw one quote with what can be done to it."""
    _ = say.text
    quote = collection["quotes"][place]
    about = [origin(say, quote)]
    if quote["clearance"]:
        about += [cleared(say, quote), plain(quote["clearance"]["how"], 300)]
    if quote["note"]:
        about.append(_("Note: {text}").format(text=lines(quote["note"])))
    why = why_not(say, quote)
    with st.container(border=True, key=f"quote_{quote['id']}", gap="small"):
        with st.container(key=f"said_{quote['id']}"):
            st.text(lines(quote["text"]))
        told = "\n".join(about)
        st.text(told)
        if why or quote["state"] != "as_quoted":
            st.html(_warnings(became(say, quote), why and _("Not published: {why}").format(why=why)))
        if "curate" in serving.viewer().permissions:
            _acts(say, collection, place)


def _warnings(*texts: str | None) -> str:
    # Ours alone: nothing a customer wrote is in them.
    return "".join(f'<div class="alarm word">{text}</div>' for text in texts if text)


def _acts(say: Speech, collection: Row, place: int) -> None:
    _ = say.text
    quote = collection["quotes"][place]
    id = quote["id"]
    asked: dict[str, tuple[str, str, Callable[[Speech, Row], None]]] = {
        "consent": (_("Record consent"), "handshake", clearing.consent)
    }
    if entries.link(quote["url"]) and quote["state"] in ("as_quoted", "edited"):
        asked["public"] = (_("Quote as public"), "public", clearing.quotation)
    if quote["clearance"] and not quote["clearance"]["withdrawn_at"]:
        asked["withdraw"] = (_("Withdraw"), "block", clearing.withdrawal)
    asked["words"] = (_("Other words"), "edit", clearing.rewording)
    asked["note"] = (_("Note"), "sticky_note_2", clearing.noting)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for what, (label, icon, dialog) in asked.items():
            if st.button(label, icon=f":material/{icon}:", key=f"{what}_{id}", type="tertiary"):
                dialog(say, quote)
        for step, label, icon in (
            (-1, _("Move up"), "arrow_upward"),
            (1, _("Move down"), "arrow_downward"),
        ):
            st.button(
                label,
                icon=f":material/{icon}:",
                key=f"move_{id}_{step}",
                type="tertiary",
                disabled=not 0 <= place + step < len(collection["quotes"]),
                on_click=_move,
                args=(say, collection, place, step),
            )
        st.button(
            _("Take out"),
            icon=":material/close:",
            key=f"out_{id}",
            type="tertiary",
            on_click=_take_out,
            args=(say, quote),
        )
        st.page_link(
            "views/inbox.py",
            label=_("Comment"),
            query_params={"comment": str(quote["comment_id"])},
            icon=":material/arrow_forward:",
        )


def _move(say: Speech, collection: Row, place: int, step: int) -> None:
    ids = [quote["id"] for quote in collection["quotes"]]
    ids[place], ids[place + step] = ids[place + step], ids[place]
    store, who = serving.store(), serving.viewer()
    order = partial(collecting.order, store, who, collection["name"], ids, collection["version"])
    attempt(order, say.text("Moved."))


def _take_out(say: Speech, quote: Row) -> None:
    take = partial(collecting.take, serving.store(), serving.viewer(), quote["id"])
    if attempt(lambda: take(quote["version"]), say.text("Taken out.")):
        st.session_state.undoing = (collecting.take, quote["id"], quote["version"] + 1, False)
