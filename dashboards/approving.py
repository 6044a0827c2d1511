"""A reply that waits for approval on the Replies page: why, what changed, and the decision. Nothing of it is read as markup."""

from typing import Any

import streamlit as st

from curation.actions import reviews
from dashboards import difference, inbox, serving
from dashboards.attempts import attempt
from dashboards.plain import plain
from dashboards.replies import head, in_inbox
from dashboards.speech import Speech
from dashboards.topics import full_name, topics

Row = dict[str, Any]

LONGEST = 500


def card(say: Speech, row: Row) -> None:
    """Draw one, as it is now."""
    found = reviews.dossier(serving.store(), serving.viewer(), row["marker"])
    row = {**row, **found["reply"]}
    # A click on what was shown before must not decide on what is there now: the buttons' keys say what was shown.
    mark = f"{row['marker']}_{row['version']}_{found['digest']}"
    asked = max(
        (one["made_at"] for one in found["decisions"] if one["decision"] == "ask"), default=row["made_at"]
    )
    with st.container(border=True, key=f"review_{row['marker']}"):
        head(say, row, asked)
        st.text(needed(say, found), width="stretch")
        _texts(say, found, mark)
        _said(say, found)
        with st.container(horizontal=True, vertical_alignment="center", key=f"decide_{row['marker']}"):
            _decide(say, row, found["digest"], mark)
            in_inbox(say, row)


def needed(say: Speech, found: Row) -> str:
    """Say how many approvals a reply needs, of which rules, and who gave one."""
    _ = say.text
    counted = say.plural("Needs {n} approval", "Needs {n} approvals", max(found["needs"], 1))
    rules = [" + ".join(rule(say, one)) or _("every reply") for one in found["rules"]]
    why = "; ".join(rules) or _("its writer asks for it")
    said = [f"{counted} ({why})"]
    if found["approvers"]:
        named = ", ".join(map(plain, found["approvers"]))
        said += [_("approved by {people}").format(people=named)]
    return " · ".join(said)


def rule(say: Speech, given: Row) -> list[str]:
    """Name the conditions of a review rule."""
    _ = say.text
    named = inbox.names(say)
    words = {
        "source": lambda value: _("source {value}").format(value=plain(value)),
        "topic": lambda value: _("topic {value}").format(value=full_name(value, topics(say))),
        "urgency": lambda value: _("urgency: {value}").format(value=named["urgencies"][value]),
        "sentiment": lambda value: _("sentiment: {value}").format(value=named["sentiments"][value]),
        "audience": lambda value: _("{value} followers or more").format(value=say.number(value)),
        "new_author_days": lambda value: _("its writer is new to the team"),
        "public": lambda value: _("anyone can read it") if value else _("only the customer can read it"),
        "crisis": lambda value: _("its topic has a crisis") if value else _("its topic has no crisis"),
    }
    return [words[name](value) for name, value in given.items()]


def _texts(say: Speech, found: Row, mark: str) -> None:
    _ = say.text
    earlier = {
        _("Since the last review"): found["previous"],
        _("Beside the suggestion"): found["suggestion"],
        _("As it is"): None,
    }
    offered = [name for name, text in earlier.items() if text or name == _("As it is")]
    shown = offered[0]
    if len(offered) > 1:
        shown = st.segmented_control(
            _("Show the text"),
            offered,
            default=shown,
            required=True,
            key=f"compare_{mark}",
            label_visibility="collapsed",
        )
    difference.draw(earlier[shown], found["reply"]["text"], _("The reply"), f"review_text_{mark}_{shown}")


def _said(say: Speech, found: Row) -> None:
    """Draw what reviewers said before, and who else answers."""
    _ = say.text
    for one in found["decisions"]:
        if one["why"]:
            st.text(
                f"{plain(one['who'])}, {say.ago(one['made_at'])}: {plain(one['why'], LONGEST)}",
                width="stretch",
            )
    for one in found["lines"]:
        where = _("{who} on line {n}").format(who=plain(one["who"]), n=one["line"])
        st.text(f"{where}: {plain(one['text'], LONGEST)}", width="stretch")
    for one in found["others"]:
        also = _("{who} answers this too").format(who=plain(one["who"]))
        st.text(f"{also}: {plain(one['text'], LONGEST)}", width="stretch")


def _decide(say: Speech, row: Row, digest: str, mark: str) -> None:
    _ = say.text
    store, who = serving.store(), serving.viewer()

    def decide(approve: bool, why: str | None = None) -> Row:
        return reviews.decide(store, who, row["marker"], row["version"], digest, approve, why)

    def ask_for_changes() -> None:
        why = st.session_state[f"why_{row['marker']}"]
        attempt(lambda: decide(False, why), _("Asked for changes. Its writer is told."))

    st.button(
        _("Approve"),
        key=f"approve_{mark}",
        type="primary",
        icon=":material/check:",
        on_click=attempt,
        args=(lambda: decide(True), _("Approved, for just this text.")),
    )
    # What is being typed here stays, also when the text or the thread changes meanwhile.
    popover = st.popover(_("Ask for changes"), icon=":material/edit:", key=f"changes_{row['marker']}")
    with popover, st.form(f"form_{row['marker']}", border=False):
        st.text_area(_("What should change"), key=f"why_{row['marker']}", max_chars=5_000)
        st.form_submit_button(_("Ask for changes"), key=f"ask_{mark}", on_click=ask_for_changes)
