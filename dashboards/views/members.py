"""The members: who may sign in, which roles they hold; add, change, remove."""

import streamlit as st

from curation.actions import members
from curation.errors import TribuneError
from curation.models import PERMISSIONS, ROLES
from dashboards import serving, speech
from dashboards.deeds import failed
from dashboards.signing_in import role_names

say = speech.speech(serving.config().app.language)
_ = say.text
store, who = serving.store(), serving.viewer()

NAMES = role_names(say)
MAY = {
    "read": _("read"),
    "triage": _("sort"),
    "draft": _("write replies"),
    "approve": _("approve replies"),
    "send": _("send replies"),
    "curate": _("curate"),
    "administer": _("administer"),
}


def add() -> None:
    """Make a member of who was typed, and say how it went."""
    state = st.session_state
    try:
        name = members.add(store, who, state.new_email, state.new_roles)
    except TribuneError as error:
        state.told = failed(say, error)
        return
    state.told = _("{name} is a member now and can sign in.").format(name=name)
    state.new_email, state.new_roles = "", ["agent"]


def change(name: str, was: list[str]) -> None:
    """Give a member the roles chosen; where that is refused, show those of now."""
    try:
        members.set_roles(store, who, name, st.session_state[f"roles_{name}"], was)
    except TribuneError as error:
        st.session_state.told = failed(say, error)
        del st.session_state[f"seen_{name}"]


def remove(name: str) -> None:
    """Take a member out."""
    try:
        members.remove(store, who, name)
    except TribuneError as error:
        st.session_state.told = failed(say, error)


def row(one: members.Row) -> None:
    """Draw a member."""
    name, state = one["name"], st.session_state
    if state.get(f"seen_{name}") != one["roles"] or f"roles_{name}" not in state:
        # Also where somebody else changed them: what is shown is what the next change is based on.
        state[f"seen_{name}"] = state[f"roles_{name}"] = one["roles"]
    with st.container(border=True, key=f"member_{name}"):
        left, middle, right = st.columns([4, 5, 2], vertical_alignment="center")
        left.text(name)
        seen = one["signed_in_at"]
        left.caption(_("Signed in {when}").format(when=say.ago(seen)) if seen else _("Has not signed in yet"))
        middle.multiselect(
            _("Roles of {name}").format(name=f"`{name}`"),
            list(ROLES),
            format_func=NAMES.__getitem__,
            key=f"roles_{name}",
            on_change=change,
            args=(name, one["roles"]),
            label_visibility="collapsed",
        )
        with right.popover(_("Remove"), icon=":material/person_remove:", key=f"take_{name}"):
            st.text(
                _(
                    "Whoever is removed loses access at once, and the API tokens they made end. What they did stays under their "
                    "name."
                )
            )
            st.button(
                _("Remove this member"),
                key=f"remove_{name}",
                type="primary",
                on_click=remove,
                args=(name,),
            )


st.title(_("Members"), anchor=False)
listed = members.listed(store, who)
if serving.config().sign_in is None:
    st.text(
        _(
            "Tribune is only open to this machine, without sign-in. Members can come in once [sign_in] is set up in tribune.toml; "
            "the README says how."
        )
    )
elif serving.config().sign_in.groups:
    st.text(_("Roles follow the groups of your organisation's sign-in, at every sign-in."))
with st.container(horizontal=True, vertical_alignment="bottom", key="add_member"):
    st.text_input(_("Email address"), key="new_email", max_chars=100, width=320)
    st.multiselect(
        _("Roles"), list(ROLES), default=["agent"], format_func=NAMES.__getitem__, key="new_roles", width=320
    )
    st.button(_("Add"), icon=":material/person_add:", type="primary", key="add", on_click=add)
if told := st.session_state.pop("told", None):
    st.code(told, language=None, wrap_lines=True)
for one in listed:
    row(one)
if not listed:
    st.text(_("Nobody is a member yet. Begin with yourself, as an administrator."))
with st.expander(_("What each role may do"), icon=":material/key:"):
    for role, permissions in ROLES.items():
        may = ", ".join(MAY[one] for one in PERMISSIONS if one in permissions)
        st.text(f"{NAMES[role]}: {may}")
