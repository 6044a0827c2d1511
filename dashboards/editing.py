"""The forms of the Topics page: each returns an edit to look at, once a person asks for it."""

from typing import Any

import streamlit as st
from pydantic import ValidationError

from curation.actions.editing import Edit
from dashboards.speech import Speech
from dashboards.topics import full_name

Table = dict[str, Any]


def form(
    say: Speech, action: str, id: str | None, tables: dict[str, Table], named: dict[str, str]
) -> Edit | None:
    """Draw the form of an action on a topic; return the edit when it is asked for."""
    _ = say.text
    table = tables.get(id or "", {})
    given: dict[str, Any] = {"action": action, "id": id or ""}
    if action != "add":
        st.text(f"{full_name(id or '', named)} · {id}")
    with st.form(f"topic_{action}_{id if action != 'add' else ''}", border=True):
        if action == "add":
            parents = [one for one in tables if "." not in one]
            parent = st.selectbox(
                _("Below"),
                ["", *parents],
                format_func=lambda one: named[one] if one else _("no other topic"),
            )
            leaf = st.text_input(_("Id: a-z, 0-9 and -"), max_chars=60)
            given["id"] = f"{parent}.{leaf}" if parent else leaf
            given |= _written(say, {}, "add")
        elif action == "edit":
            # A topic that became another meanwhile is shown as it is now, not as it was typed over.
            written = _written(say, table, f"edit_{id}_{hash(repr(table))}")
            # What was not touched is not written again: it would count as another text.
            known = table | {"examples": [" ".join(one.split()) for one in table.get("examples", [])]}
            given |= {key: value for key, value in written.items() if value != known.get(key, type(value)())}
        elif action == "merge":
            others = [one for one in tables if one != id and not _children(one, tables)]
            given["others"] = st.multiselect(
                _("Topics that become part of it"), others, format_func=lambda one: full_name(one, named)
            )
        elif action == "split":
            st.caption(_("What fits no other part goes to the first."))
            parts = []
            for number in (1, 2, 3):
                st.text(_("Part {n}").format(n=number))
                leaf = st.text_input(_("Id: a-z, 0-9 and -"), key=f"split_{id}_{number}", max_chars=60)
                more = _written(say, {}, f"split_{id}_{number}", short=True)
                if leaf.strip():
                    parts.append(
                        {"id": leaf.strip() if "." in leaf else _below(id or "", leaf.strip()), **more}
                    )
            given["parts"] = parts
        elif action == "move":
            parents = [one for one in tables if "." not in one and one != id]
            given["parent"] = st.selectbox(
                _("Below"),
                ["", *parents],
                format_func=lambda one: named[one] if one else _("no other topic"),
            )
        else:
            st.text(_("Its comments lose the topic; it can be taken out again at any time."))
        if not st.form_submit_button(_("Preview"), icon=":material/visibility:"):
            return None
    try:
        return Edit.model_validate(given)
    except ValidationError as error:
        st.code(error.errors()[0]["msg"], language=None)
        return None


def undo(version: int) -> Edit:
    """Take a change back."""
    return Edit(action="undo", version=version)


def unarchive(id: str) -> Edit:
    """Take a topic out again."""
    return Edit(action="unarchive", id=id)


def action_name(say: Speech, action: str) -> str:
    """Name what a change did."""
    _ = say.text
    return {
        "import": _("first topics"),
        "add": _("added"),
        "edit": _("changed"),
        "rename": _("renamed"),
        "merge": _("merged into"),
        "split": _("split"),
        "move": _("moved"),
        "archive": _("put away"),
        "unarchive": _("taken out again"),
        "undo": _("undid a change of"),
    }.get(action, action)


def _written(say: Speech, table: Table, key: str, short: bool = False) -> dict[str, Any]:
    """Draw what a topic says of itself; return it as an edit has it."""
    _ = say.text
    names, descriptions = table.get("name", {}), table.get("description", {})
    phrases = table.get("phrases", {})
    given: dict[str, Any] = {"name": {}, "phrases": dict(phrases)}
    if not short:
        given["description"] = dict(descriptions)
    for column, language in zip(st.columns(2), ("en", "fr"), strict=True):
        with column:
            called = say.language_name(language)
            name = st.text_input(
                _("Name, {language}").format(language=called),
                names.get(language, ""),
                key=f"{key}_name_{language}",
                max_chars=80,
            )
            given["name"][language] = name.strip()
            if not short:
                text = st.text_area(
                    _("What it is about, {language}").format(language=called),
                    descriptions.get(language, ""),
                    key=f"{key}_about_{language}",
                    height=80,
                )
                given["description"][language] = text.strip()
            lines = st.text_area(
                _("Phrases, one a line, {language}").format(language=called),
                "\n".join(phrases.get(language, [])),
                key=f"{key}_phrases_{language}",
                height=140 if not short else 80,
            )
            given["phrases"][language] = _lines(lines)
    if not short:
        examples = st.text_area(
            _("Examples: comments it is like, one a line; #42 means comment 42"),
            "\n".join(" ".join(one.split()) for one in table.get("examples", [])),
            key=f"{key}_examples",
            height=100,
        )
        given["examples"] = [_example(line) for line in _lines(examples)]
        given["description"] = {k: v for k, v in given["description"].items() if v}
    given["phrases"] = {language: ones for language, ones in given["phrases"].items() if ones}
    return given


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _example(line: str) -> int | str:
    return int(line[1:]) if line[:1] == "#" and line[1:].isdecimal() else line


def _children(id: str, tables: dict[str, Table]) -> bool:
    return any(one.startswith(f"{id}.") for one in tables)


def _below(id: str, leaf: str) -> str:
    """Put a part of a topic below the same parent, or below the topic where that is a parent itself."""
    parent = id.partition(".")[0]
    return f"{parent}.{leaf}"
