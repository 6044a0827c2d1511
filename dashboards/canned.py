"""One canned reply in one language: its form, its preview, and both texts where two people changed it. Nothing is read as markup."""

from typing import Any

import streamlit as st

from curation.actions import drafts
from curation.errors import Stale, TribuneError
from dashboards import difference, serving
from dashboards.deeds import failed
from dashboards.plain import plain
from dashboards.speech import Speech
from dashboards.topics import full_name, topics

Row = dict[str, Any]

TOLD, THEIRS = "canned_told", "canned_theirs"


def variables(say: Speech) -> dict[str, str]:
    """Say what each variable stands for."""
    _ = say.text
    return {
        "author": _("the customer's name"),
        "order": _("the order named in the comment"),
        "member": _("who answers"),
        "source": _("the source of the comment"),
    }


def form(say: Speech, key: str, language: str, row: Row | None, comment: int | None) -> None:
    """Draw the text in one language, as it was when it was first shown: who changed it meanwhile is told at saving."""
    _ = say.text
    mark = f"canned_{key}_{language}"
    if f"{mark}_text" not in st.session_state:
        resume(mark, row)
    seen = st.session_state[f"{mark}_seen"]
    may = "curate" in serving.viewer().permissions
    st.subheader(say.language_name(language), anchor=False)
    names = topics(say)
    text = st.text_area(_("Text"), key=f"{mark}_text", height=200, max_chars=100_000, disabled=not may)
    topic = st.selectbox(
        _("Topic"),
        list(dict.fromkeys(["", *names, seen["topic"]])),
        format_func=lambda id: full_name(id, names) if id else _("Any topic"),
        key=f"{mark}_topic",
        disabled=not may,
    )
    st.session_state[f"{mark}_typed"] = (text, topic)
    if theirs := st.session_state.get(f"{THEIRS}_{mark}"):
        _both(say, key, language, theirs)
    elif may:
        with st.container(horizontal=True, key=f"{mark}_acts"):
            st.button(_("Save"), key=f"{mark}_save", type="primary", on_click=save, args=(say, key, language))
            if seen["version"]:
                st.button(
                    _("Delete"),
                    key=f"{mark}_delete",
                    type="tertiary",
                    icon=":material/delete:",
                    on_click=delete,
                    args=(say, key, language),
                )
    if row:
        used = say.plural("Used {n} time", "Used {n} times", row["uses"])
        last = _("last {when}").format(when=say.ago(row["used_at"])) if row["used_at"] else None
        changed = _("changed by {who} {when}").format(who=plain(row["who"]), when=say.ago(row["changed_at"]))
        known = " · ".join(one for one in (used, last, changed) if one)
        st.text(known, width="stretch")
    if comment is not None and text.strip():
        preview(say, text, comment, mark)


def begin(mark: str, row: Row | None) -> None:
    """Let a form begin with what is stored."""
    seen = row or {"version": 0, "text": "", "topic": ""}
    st.session_state.pop(f"{THEIRS}_{mark}", None)
    st.session_state[f"{mark}_seen"] = seen
    st.session_state[f"{mark}_text"], st.session_state[f"{mark}_topic"] = seen["text"], seen["topic"]


def resume(mark: str, row: Row | None) -> None:
    """Let a form go on with what was typed and not saved before another was opened, else begin with what is stored."""
    typed, seen = st.session_state.get(f"{mark}_typed"), st.session_state.get(f"{mark}_seen")
    if typed and seen and typed != (seen["text"], seen["topic"]):
        st.session_state[f"{mark}_text"], st.session_state[f"{mark}_topic"] = typed
    else:
        begin(mark, row)


def preview(say: Speech, text: str, comment: int, mark: str) -> None:
    """Draw a text as it would be filled in for a comment, and what nobody knows of it."""
    _ = say.text
    try:
        tried = drafts.try_canned(serving.store(), serving.viewer(), text, comment)
    except TribuneError as error:
        st.code(str(error), language=None, wrap_lines=True)
        return
    difference.draw(None, tried["text"], _("Preview"), f"{mark}_preview")
    if tried["missing"]:
        named = ", ".join(f"{{{name}}}" for name in tried["missing"])
        st.text(_("Not known for this comment: {names}").format(names=named))


def save(say: Speech, key: str, language: str, over: int | None = None) -> None:
    """Save what the form holds, as it was seen, or `over` the version somebody else saved."""
    mark = f"canned_{key}_{language}"
    text, topic = st.session_state[f"{mark}_text"], st.session_state[f"{mark}_topic"]
    version = st.session_state[f"{mark}_seen"]["version"] if over is None else over
    try:
        saved = drafts.save_canned(serving.store(), serving.viewer(), key, language, text, topic, version)
    except Stale as error:
        st.session_state[f"{THEIRS}_{mark}"] = error.current
    except TribuneError as error:
        st.session_state[TOLD] = failed(say, error)
    else:
        st.session_state.pop(f"{THEIRS}_{mark}", None)
        st.session_state[f"{mark}_seen"] = saved
        st.session_state[TOLD] = say.text("Saved")


def take_theirs(mark: str) -> None:
    """Go on from what somebody else saved."""
    begin(mark, st.session_state[f"{THEIRS}_{mark}"])


def delete(say: Speech, key: str, language: str) -> None:
    """Delete a text as it was seen."""
    mark = f"canned_{key}_{language}"
    version = st.session_state[f"{mark}_seen"]["version"]
    try:
        drafts.delete_canned(serving.store(), serving.viewer(), key, language, version)
    except TribuneError as error:
        st.session_state[TOLD] = failed(say, error)
    else:
        begin(mark, None)
        st.session_state[TOLD] = say.text("Deleted")


def _both(say: Speech, key: str, language: str, theirs: Row) -> None:
    """Draw what somebody else saved meanwhile, and the ways on."""
    _ = say.text
    mark = f"canned_{key}_{language}"
    if not theirs["version"]:
        st.warning(_("Somebody deleted this meanwhile. Your text is still in the form."))
    else:
        st.warning(_("Somebody changed this meanwhile. This is their text; yours is still in the form."))
        difference.draw(None, theirs["text"], _("Their text"), f"{mark}_theirs")
    with st.container(horizontal=True, key=f"{mark}_ways"):
        st.button(
            _("Save mine"),
            key=f"{mark}_mine",
            type="primary",
            on_click=save,
            args=(say, key, language, theirs["version"]),
        )
        if theirs["version"]:
            st.button(_("Take theirs"), key=f"{mark}_take", on_click=take_theirs, args=(mark,))
