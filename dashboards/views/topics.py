"""The topics the team owns: look, change with a preview, undo."""

from typing import Any

import streamlit as st

from curation.actions import comments, taxonomy
from curation.errors import Stale, TribuneError
from curation.store.filters import Filter
from dashboards import editing, serving, speech
from dashboards.deeds import failed
from dashboards.plain import plain
from dashboards.topics import current, full_name
from dashboards.topics import named as names_of

say = speech.speech(serving.config().app.language)
_ = say.text
store, who = serving.store(), serving.viewer()

ACTIONS = {
    "edit": _("Change"),
    "add": _("Add"),
    "merge": _("Merge"),
    "split": _("Split"),
    "move": _("Move"),
    "archive": _("Put away"),
}


@st.cache_data(ttl=60, max_entries=2, show_spinner=False)
def counted(home: str) -> dict[str, int]:
    """Count the comments of each topic of the store in `home`; a minute old at most."""
    rows = comments.overview_of(serving.store(), serving.viewer(), Filter(), "month")["by_topic_tree"]
    return {row["topic"]: row["comments"] for row in rows if row["sentiment"] == "all"}


def carry_out(edit: Any, version: int) -> None:
    """Make an edit that was shown; say where somebody was faster."""
    try:
        made = taxonomy.edit(store, who, edit, based_on=version)
    except Stale:
        st.session_state.told = _("Somebody changed the topics meanwhile. Look again, then decide.")
        return
    except TribuneError as error:
        st.session_state.told = failed(say, error)
        return
    st.session_state.told = say.plural(
        "Done: {n} comment shows other topics.", "Done: {n} comments show other topics.", made["comments"]
    )
    st.session_state.pop("preview", None)
    current.clear()
    counted.clear()


st.title(_("Topics"), anchor=False)
st.caption(_("Two levels, in both languages. Every change is shown before it is made, and can be undone."))
known = taxonomy.current(store, who)
tables = {table["id"]: table for table in known["topics"]}
named = names_of(say, tables.values())
counts = counted(str(serving.config().home))
order = sorted(tables, key=lambda id: (named.get(id.partition(".")[0], ""), id))

listing, form = st.columns([4, 5], gap="medium")
with listing:
    st.subheader(say.plural("{n} topic", "{n} topics", len(tables)), anchor=False)
    chosen = st.dataframe(
        [
            {
                _("Topic"): ("\u2003" if "." in id else "") + named[id],
                _("Comments"): counts.get(id, 0),
                _("Phrases"): sum(map(len, tables[id].get("phrases", {}).values())),
                _("Examples"): len(tables[id].get("examples", [])),
            }
            for id in order
        ],
        hide_index=True,
        height=560,
        column_config={_("Topic"): st.column_config.TextColumn(width=230)},
        alt=_("Topics"),
        on_select="rerun",
        selection_mode=["single-row", "single-cell"],
        key="topics_list",
    )
    rows = chosen["selection"]["rows"] or [row for row, _column in chosen["selection"]["cells"]]
    id = order[rows[0]] if rows and rows[0] < len(order) else None

with form:
    action = st.segmented_control(
        _("What to do"),
        list(ACTIONS),
        default="edit",
        format_func=ACTIONS.__getitem__,
        key="topics_action",
        required=True,
        label_visibility="collapsed",
        wrap=True,
    )
    if action != "add" and id is None:
        st.text(_("Choose a topic in the list."))
    else:
        edit = editing.form(say, action, id, tables, named)
        if edit is not None:
            st.session_state.preview = edit
    if (edit := st.session_state.get("preview")) is not None and (edit.action, edit.id) == (
        action,
        edit.id if action == "add" else id,
    ):
        try:
            with st.spinner(_("Counting…")):
                shown = taxonomy.edit(store, who, edit, dry_run=True)
        except TribuneError as error:
            st.code(str(error), language=None, wrap_lines=True)
        else:
            written = {one.id: (one.name or {}).get(say.language) for one in (edit, *edit.parts)}
            called = {id: plain(name) for id, name in written.items() if name} | named
            with st.container(border=True, key="preview_of_edit"):
                st.subheader(
                    say.plural(
                        "{n} comment will show other topics",
                        "{n} comments will show other topics",
                        shown["comments"],
                    ),
                    anchor=False,
                )
                sources = [
                    f"{plain(one['source'])}: {say.number(one['comments'])}" for one in shown["by_source"]
                ]
                listed = ", ".join(sources)
                st.text(listed)
                if shown["examples"]:
                    st.dataframe(
                        [
                            {
                                _("Comment"): plain(one["text"], 500),
                                _("Before"): ", ".join(full_name(t, called) for t in one["before"]) or "–",
                                _("After"): ", ".join(full_name(t, called) for t in one["after"]) or "–",
                            }
                            for one in shown["examples"]
                        ],
                        hide_index=True,
                        column_config={
                            column: st.column_config.TextColumn(width=width)
                            for column, width in ((_("Comment"), 300), (_("Before"), 150), (_("After"), 150))
                        },
                        alt=_("Examples"),
                    )
                st.button(
                    _("Do it"),
                    type="primary",
                    key="carry_out",
                    on_click=carry_out,
                    args=(edit, known["version"]),
                )

if told := st.session_state.pop("told", None):
    st.code(told, language=None, wrap_lines=True)
with st.expander(_("Changes so far"), icon=":material/history:"):
    for change in taxonomy.changes(store, who, limit=20):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.text(
                _("{when}: {who}, {what} {topic} ({comments} comments)").format(
                    when=say.time(change["at"]),
                    who=change["who"],
                    what=editing.action_name(say, change["action"]),
                    topic=full_name(change["subject"], named),
                    comments=say.number(change["comments"]),
                )
            )
            if change["undone_by"]:
                st.caption(_("undone"))
            elif change["action"] != "import":
                st.button(
                    _("Undo"),
                    key=f"undo_{change['version']}",
                    type="tertiary",
                    on_click=carry_out,
                    args=(editing.undo(change["version"]), known["version"]),
                )
if known["archived"]:
    with st.expander(_("Put away"), icon=":material/inventory_2:"):
        for table in known["archived"]:
            with st.container(horizontal=True, vertical_alignment="center"):
                away = names_of(say, [table])[table["id"]]
                st.text(f"{away} ({table['id']})")
                st.button(
                    _("Take out again"),
                    key=f"unarchive_{table['id']}",
                    type="tertiary",
                    on_click=carry_out,
                    args=(editing.unarchive(table["id"]), known["version"]),
                )
