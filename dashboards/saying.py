"""What is said in a crisis, on its page: one statement for all, and the answer to each person. Nothing of it is read as markup."""

from typing import Any

import streamlit as st

from curation.actions import crises, crisis_answers, reviews
from curation.store import affected
from dashboards import approving, difference, serving
from dashboards.attempts import attempt
from dashboards.plain import plain
from dashboards.replies import TONES, states
from dashboards.speech import LANGUAGES, Speech

Row = dict[str, Any]

SHORT, LONGEST = 300, 20_000
PAGE = 20
OPEN = ("waiting", "void")
UNSENT = ("draft", "in_review", "changes_requested", "approved", "queued", "failed")


def statement(say: Speech, room: Row) -> None:
    """Draw the statement: how far it is agreed, its text in each language, and what one may do to it."""
    _ = say.text
    said, who = room["statement"], serving.viewer()
    st.text(standing(say, said), width="stretch")
    if said:
        for wish in said["wishes"]:
            st.text(f"{plain(wish['who'])}: {plain(wish['why'], 1_000)}", width="stretch")
    writes = room["status"] == "open" and "draft" in who.permissions
    version = said["version"] if said else 0
    if said and not writes:
        for code, text in said["texts"].items():
            st.subheader(LANGUAGES[code], anchor=False)
            difference.draw(None, text, _("The statement"), f"said_{code}_{version}")
    if said and said["previous"]:
        with st.expander(_("What changed")):
            for code, text in said["texts"].items():
                before = said["previous"].get(code)
                difference.draw(before, text, LANGUAGES[code], f"changed_{code}_{version}")
    if said and room["status"] == "open":
        _decide(say, room["id"], said)
    if writes:
        _write(say, room, version, said["texts"] if said else {})


def standing(say: Speech, said: Row | None) -> str:
    """Say how far a statement is agreed."""
    _ = say.text
    if said is None:
        return _(
            "There is no statement yet. It is written once, in English and French, and approved by others."
        )
    by = _("Version {n} by {who}, {when}").format(
        n=said["version"], who=plain(said["who"]), when=say.ago(said["made_at"])
    )
    approvers = ", ".join(map(plain, said["approvers"]))
    if said["agreed_at"]:
        agreed = _("agreed {when}").format(when=say.ago(said["agreed_at"]))
        return f"✓ {by} · {agreed}{f' ({approvers})' if approvers else ''}"
    share = _("{n} of {needed} approvals").format(n=len(said["approvers"]), needed=said["needs"])
    return f"{by} · {share}{f' ({approvers})' if approvers else ''}"


def _decide(say: Speech, id: int, said: Row) -> None:
    _ = say.text
    who = serving.viewer()
    if "approve" not in who.permissions or who.name == said["who"]:
        return
    mark = f"{id}_{said['version']}"

    def decide(approve: bool, why: str | None = None) -> None:
        crises.decide(serving.store(), who, id, said["version"], approve, why)

    with st.container(horizontal=True, key="decide_statement"):
        if not said["agreed_at"] and who.name not in said["approvers"]:
            st.button(
                _("Approve the statement"),
                key=f"agree_{mark}",
                type="primary",
                icon=":material/check:",
                on_click=attempt,
                args=(lambda: decide(True), _("Approved, for just this text.")),
            )
        with (
            st.popover(_("Ask for changes"), icon=":material/edit:", key=f"wish_{mark}"),
            st.form(f"wish_form_{mark}", border=False),
        ):
            st.text_area(_("What should change"), key=f"wish_why_{mark}", max_chars=5_000)
            st.form_submit_button(
                _("Ask for changes"),
                key=f"wish_it_{mark}",
                on_click=lambda: attempt(
                    lambda: decide(False, st.session_state[f"wish_why_{mark}"]),
                    _("Asked for changes. Answers that had not left are withdrawn."),
                    st.session_state[f"wish_why_{mark}"],
                ),
            )


def _write(say: Speech, room: Row, version: int, texts: dict[str, str]) -> None:
    _ = say.text
    id = room["id"]
    keys = {code: f"statement_{code}_{id}_{version}" for code in LANGUAGES}
    with st.form(f"statement_{id}_{version}", border=True):
        for code, column in zip(LANGUAGES, st.columns(len(LANGUAGES)), strict=True):
            column.text_area(
                LANGUAGES[code], texts.get(code, ""), key=keys[code], max_chars=LONGEST, height=220
            )
        st.caption(_("Each answer begins with a greeting by name; leave it out here."))
        if unsent := sum(room["progress"]["states"].get(one, 0) for one in UNSENT):
            st.warning(
                say.plural(
                    "Another text withdraws {n} answer that has not left.",
                    "Another text withdraws {n} answers that have not left.",
                    unsent,
                )
            )
        st.form_submit_button(
            _("Save the statement"),
            key=f"save_statement_{id}_{version}",
            on_click=_save,
            args=(say, id, version, keys),
        )


def _save(say: Speech, id: int, version: int, keys: dict[str, str]) -> None:
    texts = {code: st.session_state[key] for code, key in keys.items()}
    attempt(
        lambda: crises.save_statement(serving.store(), serving.viewer(), id, version, texts),
        say.text("Saved. Others can approve it now."),
        "\n\n".join(text for text in texts.values() if text),
    )


def people(say: Speech, room: Row) -> None:
    """Draw the people, those of one state or all, with what was said to each."""
    _ = say.text
    progress, id = room["progress"], room["id"]
    if room["status"] == "open":
        _answer(say, room)
    named = words(say)
    shown = st.pills(
        _("State"),
        [one for one in named if one in progress["states"]],
        format_func=lambda one: f"{named[one]} {say.number(progress['states'][one])}",
        key="people_state",
        label_visibility="collapsed",
    )
    pages = st.session_state.get("people_pages", 1)
    rows = crises.people(
        serving.store(), serving.viewer(), id, [shown] if shown else None, limit=pages * PAGE + 1
    )
    for row in rows[: pages * PAGE]:
        _person(say, room, row, named)
    if len(rows) > pages * PAGE:
        st.button(
            _("Show more"),
            key="more_people",
            on_click=lambda: st.session_state.update(people_pages=pages + 1),
        )


def words(say: Speech) -> dict[str, str]:
    """Name how the answer to a person may stand."""
    _ = say.text
    own = {"waiting": _("No answer yet"), "void": _("To be made anew"), "left_out": _("Left out")}
    return own | states(say)


def _person(say: Speech, room: Row, row: Row, named: dict[str, str]) -> None:
    _ = say.text
    said, state = row["said"], row["state"]
    who = plain(said["author"] or _("No name"))
    with st.container(border=True, key=f"person_{row['comment']}"):
        st.html(f'<span class="word {TONES.get(state, "idle")}">{named[state]}</span>')
        about = [who, plain(said["source"]), say.ago(said["created_at"])]
        if row["comments"] > 1:
            about.append(say.plural("{n} comment", "{n} comments", row["comments"]))
        line = " · ".join(about)
        st.text(line, width="stretch")
        st.text(plain(said["text"], SHORT), width="stretch")
        if row["reply"] and row["reply"]["why"]:
            st.text(plain(row["reply"]["why"], SHORT), width="stretch")
        with st.container(horizontal=True, vertical_alignment="center", key=f"acts_{row['comment']}"):
            st.page_link(
                "views/inbox.py",
                label=_("Open in the inbox"),
                query_params={"comment": str(row["comment"])},
                icon=":material/inbox:",
            )
            if room["status"] == "open" and "triage" in serving.viewer().permissions:
                _leave_out(say, room["id"], row)


def _leave_out(say: Speech, id: int, row: Row) -> None:
    _ = say.text
    out = not row["left_out"]
    st.button(
        _("Not about this") if out else _("Take in again"),
        key=f"out_{row['comment']}_{out}",
        type="tertiary",
        on_click=attempt,
        args=(
            lambda: crises.leave_out(serving.store(), serving.viewer(), id, row["comment"], out),
            _("Left out.") if out else _("Taken in again."),
        ),
    )


def _answer(say: Speech, room: Row) -> None:
    """Draw what is done for all: begin drafts, ask for review, send what is approved."""
    _ = say.text
    who, counts = serving.viewer(), room["progress"]["states"]
    said = room["statement"]
    waiting = sum(counts.get(one, 0) for one in OPEN)
    with st.container(horizontal=True, key="for_all"):
        for key, label, count, allowed, act in (
            ("draft_all", _("Begin drafts"), waiting, "draft", lambda: drafts(say, room)),
            ("ask_all", _("Put my drafts before reviewers"), counts.get("draft", 0), "draft", lambda: every(crisis_answers.ask, room)),
            ("send_all", _("Send what is approved"), counts.get("approved", 0), "send", lambda: every(crisis_answers.send, room)),
        ):  # fmt: skip
            if allowed in who.permissions and count and (key != "draft_all" or (said and said["agreed_at"])):
                st.button(f"{label} ({say.number(count)})", key=key, on_click=attempt, args=(act, _("Done.")))
    if refused := st.session_state.pop("refused", None):
        st.warning(say.plural("{n} could not be done:", "{n} could not be done:", len(refused)))
        st.code("\n".join(dict.fromkeys(one["why"] for one in refused[:20])), language=None, wrap_lines=True)


def drafts(say: Speech, room: Row) -> None:
    """Begin a draft for everybody who has none, some at a time."""
    left, refused, bar = 1, [], st.progress(0.0)
    total = sum(room["progress"]["states"].get(one, 0) for one in OPEN)
    while left:
        done = crisis_answers.draft(
            serving.store(),
            serving.viewer(),
            room["id"],
            room["statement"]["version"],
            len(refused) + crisis_answers.AT_ONCE,
        )
        left = done["left"]
        refused = done["refused"]
        bar.progress(min(1.0, max(0.0, 1 - left / max(total, 1))))
    st.session_state.refused = refused


def every(act: Any, room: Row) -> None:
    """Do one thing with all answers; keep what was refused, to be shown."""
    st.session_state.refused = act(serving.store(), serving.viewer(), room["id"])["refused"]


def review(say: Speech, room: Row) -> None:
    """Draw the room's answers that wait for one's own approval, one after the other."""
    store, who = serving.store(), serving.viewer()
    known = affected.known(store, room["id"])
    waiting = [row for row in reviews.mine(store, who) if row["kind"] == "review" and row["marker"] in known]
    if not waiting:
        st.text(say.text("No answer waits for your approval."))
    for row in waiting[:5]:
        approving.card(say, row)
    if len(waiting) > 5:
        st.text(say.plural("{n} more waits.", "{n} more wait.", len(waiting) - 5))
