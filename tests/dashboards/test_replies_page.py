"""The Replies page and the canned replies: what waits for approval, what one writes, what is about to leave, and what was sent."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from curation.actions import drafts, reviews
from curation.api.serving import Served
from curation.config import Config, edit, save_source
from curation.errors import Stale
from curation.models import LOCAL, PERMISSIONS, Who
from curation.store import Store, replies, waiting
from tests.conftest import land, notice
from tests.dashboards.conftest import Open, words

ANA = Who(name="ana", permissions=frozenset(PERMISSIONS))
A, B = "a" * 26, "b" * 26


@pytest.fixture
def team(served: Served, config: Config) -> Store:
    """A source whose replies need approval, with a customer's question."""
    save_source("shop", "zendesk", {"subdomain": "x", "email": "a@x.test"}, None, config.home)
    with edit(config.home) as document:
        document["review"] = [{"source": "shop"}]
    land(served.store, [notice("q", "Where is ![it](http://127.0.0.1:9/p.png)?", author="Cleo")], "shop")
    return served.store


def asked(store: Store, text: str = "Soon.", who: Who = ANA) -> dict[str, Any]:
    row = drafts.save(store, who, 1, text, 0)
    return reviews.ask(store, who, row["marker"], row["version"])


def sent(store: Store, marker: str, text: str, state: str = "sent", who: str = "ana", **outcome: Any) -> None:
    row = replies.add(store, who, 1, marker, text)
    row = replies.move(store, "sender", marker, row["version"], "sending")
    replies.move(store, "sender", marker, row["version"], state, **outcome)


def button(app: AppTest, label: str) -> Any:
    return next(one for one in app.button if one.label == label)


def labels(app: AppTest) -> list[str]:
    return [one.label for one in app.button]


def cards(app: AppTest) -> list[str]:
    return [one.key for one in app.container if (one.key or "").startswith("reply_")]


def html(app: AppTest) -> str:
    return " ".join(str(one.value) for one in app.get("html"))


def test_another_s_reply_is_approved_with_why_it_waits(opened: Open, team: Store) -> None:
    row = asked(team)
    app = opened("replies")
    assert "Needs 1 approval (source shop)" in words(app)
    assert "Cleo: Where is ![it]" in words(app)
    button(app, "Approve").click().run()
    assert replies.get(team, row["marker"])["state"] == "approved"
    assert [one.value for one in app.success] == ["Approved, for just this text."]
    assert "No reply waits for your approval." in words(app)


def test_a_click_on_what_was_shown_before_decides_nothing(opened: Open, team: Store) -> None:
    row = asked(team)
    app = opened("replies")
    old = button(app, "Approve").key
    row = drafts.save(team, ANA, 1, "Tomorrow.", row["version"])
    reviews.ask(team, ANA, row["marker"], row["version"])
    app.run()
    assert button(app, "Approve").key != old
    app.session_state[old] = True
    app.run()
    assert replies.get(team, row["marker"])["state"] == "in_review"


def test_changes_are_asked_for_with_a_word_and_shown_to_the_next_reviewer(opened: Open, team: Store) -> None:
    row = asked(team)
    app = opened("replies")
    app.text_area[0].set_value("Say <b>when</b>.")
    button(app, "Ask for changes").click().run()
    assert replies.get(team, row["marker"])["state"] == "changes_requested"
    row = drafts.save(team, ANA, 1, "On Monday.", row["version"] + 1)
    reviews.ask(team, ANA, row["marker"], row["version"])
    app.run()
    assert "Say <b>when</b>." in words(app)
    assert "Since the last review" in app.button_group[-1].options


def test_a_reason_being_typed_outlives_a_new_text(opened: Open, team: Store) -> None:
    row = asked(team)
    app = opened("replies")
    why = app.text_area[0].key
    row = drafts.save(team, ANA, 1, "Tomorrow.", row["version"])
    reviews.ask(team, ANA, row["marker"], row["version"])
    app.run()
    assert app.text_area[0].key == why
    app.text_area[0].set_value("Say when.")
    button(app, "Ask for changes").click().run()
    app.run()
    assert [one.value for one in app.success] == ["Asked for changes. Its writer is told."], (
        "it stays a while"
    )
    assert waiting.dossier(team, row["marker"])["decisions"][-1]["why"] == "Say when."


def test_no_reason_is_refused_in_words(opened: Open, team: Store) -> None:
    asked(team)
    app = opened("replies")
    button(app, "Ask for changes").click().run()
    assert "Say what should change" in words(app)


def test_one_s_own_are_under_mine_and_wait_for_others(opened: Open, team: Store) -> None:
    asked(team, who=LOCAL)
    app = opened("replies")
    assert "No reply waits for your approval." in words(app)
    app.button_group[0].set_value("mine").run()
    assert "In review" in html(app)
    assert app.query_params["section"] == "mine"


def test_the_outbox_says_what_happened_and_what_to_do(opened: Open, team: Store) -> None:
    sent(team, A, "Soon.", "failed", why="The channel refused us: 403.")
    sent(team, B, "Later.", "unknown", why="No answer came.", after=600)
    replies.add(team, "local", 1, "c" * 26, "Now.", wait=3000)
    app = opened("replies", section="outbox")
    text = words(app)
    assert "The channel refused us: 403." in text
    assert "is never sent again blindly" in text
    assert "It leaves in" in text
    button(app, "Undo").click().run()
    assert replies.get(team, "c" * 26)["state"] == "withdrawn"
    button(app, "End the search").click().run()
    assert "a person ended the search" in replies.get(team, B)["why"]
    button(app, "Try again").click().run()
    assert "needs approval" in words(app), "the rules ask for one by now"
    assert replies.get(team, A)["state"] == "in_review"


def test_what_was_sent_leads_to_the_channel_and_only_by_a_web_address(opened: Open, team: Store) -> None:
    sent(team, A, "Soon.", key="k", url='https://example.org/r?"x')
    sent(team, B, "Later.", key="l", url="javascript:alert(1)")
    app = opened("replies", section="sent")
    assert html(app).count("See it on the channel") == 1
    assert 'href="https://example.org/r?&quot;x"' in html(app)
    assert "javascript" not in html(app)


def test_older_ones_come_page_by_page_and_by_source_and_writer(opened: Open, team: Store) -> None:
    for number in range(25):
        sent(
            team,
            f"{number:02}".translate(str.maketrans("0123456789", "abcdefghij")).ljust(26, "z"),
            f"Text {number}",
            key="k",
        )
    land(team, [notice("r", "And mine?")], "other")
    sent(team, A, "Elsewhere", who="bo", key="k")
    app = opened("replies", section="sent")
    pages = [cards(app)]
    while "Older" in labels(app):
        button(app, "Older").click().run()
        pages.append(cards(app))
    assert (list(map(len, pages)), len({key for page in pages for key in page})) == ([10, 10, 6], 26)
    button(app, "Newest").click().run()
    assert "before" not in app.query_params
    app.selectbox(key="replies_writer").set_value("bo").run()
    assert (cards(app), app.query_params["writer"]) == ([f"reply_{A}"], "bo")


def canned(app: AppTest, language: str = "en") -> Any:
    return app.text_area(key=f"canned_late_{language}_text")


def test_a_canned_reply_is_written_in_both_languages_and_tried_on_a_comment(
    opened: Open, team: Store
) -> None:
    app = opened("canned")
    app.text_input(key="canned_new").set_value("Late")
    app.button(key="canned_add").click().run()
    canned(app).set_value("Dear {author}, {order} is late.")
    canned(app, "fr").set_value("Bonjour {author}")
    app.run()
    assert "Not known for this comment: {order}" in words(app)
    app.button(key="canned_late_en_save").click().run()
    app.button(key="canned_late_fr_save").click().run()
    found = drafts.canned_replies(team, LOCAL)
    assert [(one["language"], one["text"], one["uses"]) for one in found] == [
        ("en", "Dear {author}, {order} is late.", 0),
        ("fr", "Bonjour {author}", 0),
    ]
    canned(app).set_value("Dear {name}")
    app.button(key="canned_late_en_save").click().run()
    assert "There is no variable {name}" in words(app)


def test_what_was_typed_and_not_saved_is_there_again_and_what_was_saved_is_as_it_is_now(
    opened: Open, team: Store
) -> None:
    drafts.save_canned(team, ANA, "late", "en", "First")
    drafts.save_canned(team, ANA, "late", "fr", "Premier")

    def go(key: str) -> None:
        app.text_input(key="canned_new").set_value(key)
        app.button(key="canned_add").click().run()

    app = opened("canned")
    go("late")
    canned(app).set_value("Half a sen").run()
    go("other")
    drafts.save_canned(team, ANA, "late", "fr", "Deuxième", version=1)
    go("late")
    assert (canned(app).value, canned(app, "fr").value) == ("Half a sen", "Deuxième")


def test_two_who_change_one_see_both_texts(opened: Open, team: Store) -> None:
    drafts.save_canned(team, ANA, "late", "en", "First")
    app = opened()
    app.query_params["key"] = "late"
    app.switch_page("views/canned.py").run()
    app.query_params["key"] = "late"
    app.run()
    drafts.save_canned(team, ANA, "late", "en", "Theirs", version=1)
    canned(app).set_value("Mine")
    app.button(key="canned_late_en_save").click().run()
    assert "Somebody changed this meanwhile." in " ".join(one.value for one in app.warning)
    assert (canned(app).value, drafts.canned_replies(team, LOCAL)[0]["text"]) == ("Mine", "Theirs")
    app.button(key="canned_late_en_mine").click().run()
    assert drafts.canned_replies(team, LOCAL)[0]["text"] == "Mine"
    with pytest.raises(Stale):
        drafts.delete_canned(team, ANA, "late", "en", 2)
    app.button(key="canned_late_en_delete").click().run()
    assert drafts.canned_replies(team, LOCAL) == []
