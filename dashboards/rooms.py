"""Crisis rooms on their page: the list, what one is about, how it went, and how it ended. Nothing of it is read as markup."""

from datetime import date, timedelta
from html import escape
from typing import Any

import streamlit as st

from curation.actions import crises, crisis_report
from curation.crisis import report as writing
from curation.store.filters import Filter
from dashboards import charts, inbox, serving
from dashboards.attempts import attempt
from dashboards.plain import lines, plain
from dashboards.speech import Speech
from dashboards.topics import full_name, topics

Row = dict[str, Any]

LONGEST = 20_000
NEVER = "–"


def title(say: Speech, room: Row) -> str:
    """Name a room: as the person did who opened it, or by its topic."""
    return plain(room["title"]) or ", ".join(full_name(id, topics(say)) for id in room["scope"]["topics"])


def why(say: Speech, room: Row) -> str:
    """Say why it was opened, by whom and when."""
    _ = say.text
    spike, at = room["noticed"], say.ago(room["opened_at"])
    if not spike:
        return _("Opened by {who} {when}.").format(who=plain(room["opened_by"]), when=at)
    came = say.plural("{n} negative comment", "{n} negative comments", spike["came"])
    within = _("within an hour") if spike["hours"] == 1 else _("within a day")
    usual = _("usual at these hours: {n}").format(n=say.number(spike["usual"]))
    return _("Noticed {when}: {came} {within} ({usual}).").format(
        when=at, came=came, within=within, usual=usual
    )


def answered(say: Speech, progress: Row) -> str:
    """Say how far the answers have come."""
    numbers = {name: say.number(progress[name]) for name in ("answered", "people")}
    return say.text("{answered} of {people} answered").format(**numbers)


def state(say: Speech, room: Row, level: int) -> None:
    """Draw a room's name as a heading, its state as a word with a sign, and why it was opened."""
    shown = room["status"] == "open"
    word = say.text("Room open") if shown else say.text("Room closed")
    st.html(
        f'<div class="state"><h{level}>{escape(title(say, room))}</h{level}>'
        f'<span class="word {"alarm" if shown else "idle"}">{escape(word)}</span>'
        f'<p class="why">{escape(why(say, room))}</p></div>'
    )


def listed(say: Speech) -> None:
    """Draw every room, open ones first."""
    _ = say.text
    found = crises.listed(serving.store(), serving.viewer())
    for room in found:
        with st.container(border=True, key=f"crisis_{room['id']}"):
            state(say, room, 2)
            progress = room["progress"]
            share = progress["answered"] / progress["people"] if progress["people"] else 0.0
            st.progress(share, answered(say, progress))
            st.page_link(
                "views/crisis.py",
                label=_("Go to the room"),
                query_params={"crisis": str(room["id"])},
                icon=":material/arrow_forward:",
            )
    if not found:
        with st.container(border=True, key="nothing_yet"):
            st.subheader(_("There is no crisis"), anchor=False)
            st.write(
                _(
                    "When complaints on a topic are far beyond what is usual at that hour, a room opens by itself."
                )
            )


def opening(say: Speech) -> None:
    """Draw the form that opens a room by hand."""
    _ = say.text
    if "triage" not in serving.viewer().permissions:
        return
    with (
        st.expander(_("Open a room by hand"), icon=":material/add_alert:", key="opening"),
        st.form("open_room", border=False),
    ):
        named = topics(say)
        st.text_input(_("What it is called"), max_chars=crises.LONGEST_TITLE, key="room_title")
        st.multiselect(
            _("Topics"),
            list(named),
            default=[id for id in st.query_params.get_all("topic") if id in named],
            format_func=lambda id: full_name(id, named),
            key="room_topics",
        )
        st.text_input(_("Words, as in the search"), st.query_params.get("q", ""), key="room_words")
        st.date_input(
            _("Since"),
            date.today() - timedelta(days=2),  # noqa: DTZ011 - a day of the reader's, to be changed
            format="DD/MM/YYYY" if say.language == "fr" else "YYYY-MM-DD",
            key="room_since",
        )
        st.checkbox(_("Only negative comments"), value=True, key="room_negative")
        st.form_submit_button(
            _("Open the room"),
            key="open_it",
            type="primary",
            on_click=lambda: attempt(_opened, _("The room is open.")),
        )


def _opened() -> None:
    given = st.session_state
    wanted = Filter(
        topics=tuple(given.room_topics),
        query=given.room_words.strip(),
        since=given.room_since,
        sentiments=("negative",) if given.room_negative and (given.room_topics or given.room_words) else (),
    )
    room = crises.open_room(serving.store(), serving.viewer(), given.room_title, wanted)
    st.query_params.from_dict({"crisis": str(room["id"])})


def members(say: Speech, room: Row) -> None:
    """Draw who works in the room, and the way in or out."""
    _ = say.text
    who = serving.viewer()
    here = [one["who"] for one in room["members"]]
    with st.container(horizontal=True, vertical_alignment="center", key="members"):
        st.text(_("In the room: {people}").format(people=", ".join(map(plain, here)) or NEVER))
        if room["status"] != "open" or who.permissions.isdisjoint({"triage", "draft", "approve", "send"}):
            return
        if who.name in here:
            act, label, done = crises.leave, _("Leave"), _("You have left the room.")
        else:
            act, label, done = crises.join, _("Join"), _("You are in the room.")
        st.button(
            label,
            key="join",
            type="tertiary",
            on_click=attempt,
            args=(lambda: act(serving.store(), who, room["id"]), done),
        )


def timeline(say: Speech, room: Row) -> None:
    """Draw comments by sentiment and answers over time with what was done, and all of it as a table."""
    _ = say.text
    found = crisis_report.timeline(serving.store(), serving.viewer(), room["id"])
    names = inbox.names(say)["sentiments"] | {"none": _("Not tagged yet")}
    marks = [
        {"at": f"{one['at'].isoformat()}Z", "what": deed(say, one)}
        for one in room["deeds"]
        if one["action"] in MARKED
    ]
    counts = [
        {"at": f"{one['at'].isoformat()}Z", "kind": names[one["sentiment"]], "comments": one["comments"]}
        for one in found["comments"]
    ]
    sent = [{"at": f"{one['at'].isoformat()}Z", "answers": one["answers"]} for one in found["answers"]]
    told = {one["sentiment"] for one in found["comments"]}
    kinds = {sentiment: name for sentiment, name in names.items() if sentiment in told}
    about = _("Comments an hour") if found["step"] == "hour" else _("Comments a day")
    st.altair_chart(
        charts.crisis(say.language, found["step"], counts, kinds, sent, marks, about, _("Answers")),
        alt=about,
    )
    with st.expander(_("As a table")):
        sums: dict[str, dict[str, int]] = {}
        for one in found["comments"]:
            at = say.time(one["at"], st.context.timezone)
            sums.setdefault(at, {})[names[one["sentiment"]]] = one["comments"]
        st.dataframe([{_("Time"): at, **counts} for at, counts in sums.items()], hide_index=True)
    done = "\n".join(
        f"{say.time(one['at'], st.context.timezone)} · {plain(one['who'])} · {deed(say, one)}"
        for one in reversed(room["deeds"])
    )
    st.text(done, width="stretch")


MARKED = ("open", "statement", "review statement", "close", "reopen")


def deed(say: Speech, done: Row) -> str:
    """Say what was done in a room."""
    _ = say.text
    after = done["after"] or {}
    match done["action"]:
        case "statement":
            return _("Statement, version {n}").format(n=after["version"])
        case "review statement":
            wish = _("Changes wished for: {why}").format(why=plain(after["why"] or "", 200))
            return _("Statement approved") if after["approve"] else wish
        case "gather":
            return say.plural("{n} comment joined", "{n} comments joined", after["comments"])
    words = {
        "open": _("Room opened"),
        "close": _("Room closed"),
        "reopen": _("Room reopened"),
        "join": _("Joined"),
        "leave": _("Left"),
        "leave out": _("Left a person out"),
        "take in": _("Took a person in again"),
    }
    return words.get(done["action"], done["action"])


def report(say: Speech, room: Row) -> None:
    """Draw the closing report with its files, and the way to close or reopen the room."""
    _ = say.text
    store, who, id = serving.store(), serving.viewer(), room["id"]
    found = crisis_report.report(store, who, id)
    for heading, facts, paragraphs in writing.sections(found, say.language):
        if heading:
            st.subheader(heading, anchor=False)
        if facts:
            shown = (f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in facts)
            st.html(f'<dl class="facts">{"".join(shown)}</dl>')
        for one in paragraphs:
            st.text(lines(one, LONGEST), width="stretch")
    with st.container(horizontal=True, key="files"):
        for kind, label, write, mime in (
            ("html", _("Save as a page"), writing.html, "text/html"),
            ("txt", _("Save as text"), writing.text, "text/plain"),
        ):
            st.download_button(
                label,
                write(found, say.language),
                f"crisis-{id}.{kind}",
                mime,
                key=f"save_{kind}",
                icon=":material/download:",
                on_click="ignore",
            )
    if "triage" in who.permissions:
        _ending(say, room)


def _ending(say: Speech, room: Row) -> None:
    _ = say.text
    store, who, id, version = serving.store(), serving.viewer(), room["id"], room["version"]
    if room["status"] == "closed":
        st.button(
            _("Reopen the room"),
            key=f"reopen_{version}",
            on_click=attempt,
            args=(lambda: crises.reopen(store, who, id, version), _("The room is open again.")),
        )
        return
    with st.form(f"close_{version}", border=True):
        st.text_area(_("What we learnt"), room["learnt"], key=f"learnt_{version}", max_chars=20_000)
        st.form_submit_button(
            _("Close the room"),
            key=f"close_it_{version}",
            on_click=lambda: attempt(
                lambda: crises.close(store, who, id, version, st.session_state[f"learnt_{version}"]),
                _("The room is closed. It can still be read."),
                st.session_state[f"learnt_{version}"],
            ),
        )
