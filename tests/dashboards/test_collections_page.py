"""The Collections page through Streamlit's own test driver, on a real store."""

from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from curation.actions import clearing, collecting
from curation.api.serving import Served
from curation.models import LOCAL
from tests.conftest import land, notice
from tests.dashboards.conftest import Open, words

TEXT = "The parcel was late. But your support was **wonderful**, thank you!"


@pytest.fixture
def voices(opened: Open, served: Served) -> Iterator[AppTest]:
    """The page with one collection, and a comment to quote."""
    land(served.store, [notice("a", TEXT, author="Cleo Martin", url="https://example.org/p/1")])
    app = opened("collections")
    assert "No collection yet" in words(app)
    app.text_input(key="name_new").set_value("voices")
    app.text_input(key="title_new").set_value("What customers say")
    press(app, "Make it")
    yield app


def press(app: AppTest, label: str) -> None:
    """Press the button of a form, or another, by what stands on it."""
    [button] = [one for one in app.button if one.label == label]
    button.click().run()
    assert not app.exception


def test_words_are_quoted_cleared_and_published(voices: AppTest, served: Served) -> None:
    app = voices
    app.text_input(key="meant").set_value("#1").run()
    assert TEXT in words(app)
    app.text_area(key="chosen_1").set_value("your support was great")
    press(app, "Add")
    assert "“**wonderful**,” is there, not “great”" in words(app)
    app.text_area(key="chosen_1").set_value("your support was **wonderful**")
    press(app, "Add")
    [quote] = collecting.opened(served.store, LOCAL, "voices")["quotes"]
    assert (quote["starts"], quote["text"]) == (25, "your support was **wonderful**")
    assert "Not published: Nobody has agreed" in " ".join(str(one.value) for one in app.get("html"))


@pytest.fixture
def two(voices: AppTest, served: Served) -> AppTest:
    """The page with two quotes, the first one cleared."""
    for said in ("The parcel was late.", "your support was **wonderful**"):
        collecting.add(served.store, LOCAL, "voices", 1, said)
    clear(served, 1)
    voices.run()
    return voices


def clear(served: Served, id: int) -> None:
    quote = collecting.opened(served.store, LOCAL, "voices")["quotes"][id - 1]
    given = {"kind": "consent", "words": quote["text"], "how": "By mail", "uses": ["site", "feed"]}
    clearance = clearing.Clearance.model_validate({**given, "given_on": "2026-11-03", "shown": "initials"})
    clearing.clear(served.store, LOCAL, id, clearance, quote["version"])


def test_a_quote_says_what_clears_it_and_what_became_of_its_comment(two: AppTest, served: Served) -> None:
    assert "Consent of Cleo Martin, November 3, 2026 · for website, feeds · shown as C. M." in words(two)
    land(served.store, [notice("a", "Something else", payload="{} ", author="Cleo Martin")])
    two.run()
    told = " ".join(str(one.value) for one in two.get("html"))
    assert "it no longer says this" in told and "changed these words since. Ask again" in told
    assert "The parcel was late." in words(two)


def test_quotes_are_put_in_order_taken_out_and_put_back(two: AppTest, served: Served) -> None:
    def order() -> list[int]:
        return [one["id"] for one in collecting.opened(served.store, LOCAL, "voices")["quotes"]]

    two.button(key="move_2_-1").click().run()
    assert order() == [2, 1]
    two.button(key="out_2").click().run()
    assert order() == [1]
    two.button(key="undo").click().run()
    assert order() == [2, 1]


def test_the_publication_is_shown_before_it_is_made(two: AppTest, served: Served) -> None:
    two.segmented_control(key="part").set_value("publish").run()
    said = words(two)
    assert "1 quote will be published" in said and "1 quote is withheld" in said
    assert "— C. M. · website, feeds" in said and "tribune publish voices --out voices" in said
    collecting.publish(served.store, LOCAL, "voices")
    clearing.withdraw(served.store, LOCAL, 1, "By mail")
    two.run()
    assert "may not be published any more" in " ".join(one.value for one in two.warning)


def test_a_collection_is_changed_put_away_and_brought_back(two: AppTest, served: Served) -> None:
    two.segmented_control(key="part").set_value("about").run()
    two.text_input(key="title_voices_1").set_value("Voices")
    two.text_input(key="address_voices_1").set_value("ftp://example.org")
    press(two, "Save")
    assert "an address begins with https://" in words(two)
    two.text_input(key="address_voices_1").set_value("https://example.org/voices")
    press(two, "Save")
    assert collecting.listed(served.store, LOCAL)[0]["address"] == "https://example.org/voices/"
    two.button(key="put_away").click().run()
    assert "No collection yet" in words(two)
    two.button(key="undo").click().run()
    assert len(collecting.opened(served.store, LOCAL, "voices")["quotes"]) == 2


def test_what_was_typed_of_a_collection_too_late_is_kept_to_be_copied(two: AppTest, served: Served) -> None:
    two.segmented_control(key="part").set_value("about").run()
    two.text_area(key="about_voices_1").set_value("Typed for an hour.")
    collecting.save(served.store, LOCAL, "voices", collecting.About(title="Theirs"), 1)
    press(two, "Save")
    assert "was changed since you looked" in words(two) and "Typed for an hour." in words(two)
    assert two.text_input(key="title_voices_2").value == "Theirs"


def test_a_name_is_given_once(two: AppTest) -> None:
    two.text_input(key="name_new").set_value("voices")
    two.text_input(key="title_new").set_value("Others")
    press(two, "Make it")
    assert "There is a collection of this name already." in words(two)
