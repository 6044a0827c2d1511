"""The page of crisis rooms: opened, worked in by several, closed; drawn by Streamlit's own test driver, and once in a browser."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from curation import config as configuration
from curation.actions import crises, crisis_answers, reviews
from curation.api import opened as opening
from curation.api.serving import Served
from curation.config import Config
from curation.models import LOCAL, PERMISSIONS, Who
from curation.store import Store
from curation.store.connection import now
from curation.store.filters import Filter
from curation.store.indexing import catch_up
from tests.conftest import land, notice
from tests.dashboards.browser import expect, is_there
from tests.dashboards.conftest import Open, words
from tests.dashboards.hostile import TEXTS
from tests.dashboards.started import free_port, started

ANA, BO, CY = (Who(name=name, permissions=frozenset(PERMISSIONS)) for name in ("ana", "bo", "cy"))
TRAP = "![x](http://127.0.0.1:9/p.png) <img src=http://127.0.0.1:9/q.png>"
SAID = {"en": "A lorry burnt down. Your parcel leaves tomorrow."}


def flood(store: Store, texts: list[str]) -> None:
    """Land one angry comment a person on a forum, and open a room for them."""
    at = now() - timedelta(hours=3)
    rows = [
        notice(f"c{n}", text, author=text[:100] if n else "Cleo", created_at=at + timedelta(minutes=n))
        for n, text in enumerate(texts)
    ]
    land(store, rows, "forum")
    with store.write() as con:
        con.execute("update comment set topics = '|delivery|', language = 'en', sentiment = 'negative'")
    crises.open_room(store, ANA, f"The lorry {TRAP}", Filter(topics=("delivery",)))


def agree(store: Store) -> None:
    crises.save_statement(store, ANA, 1, 0, SAID)
    for who in (BO, CY):
        crises.decide(store, who, 1, 1, True)


@pytest.fixture
def room(served: Served, config: Config, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A room with three people."""
    monkeypatch.setenv("TRIBUNE_FORUM_API_KEY", "hush")
    configuration.save_source("forum", "discourse", {"url": "https://forum.example", "user": "team"})
    flood(served.store, [f"Late {n} {TRAP}" for n in range(3)])
    return served.store


def html(app: AppTest) -> str:
    return " ".join(str(one.value) for one in app.get("html"))


def press(app: AppTest, label: str) -> AppTest:
    [button] = [one for one in app.button if one.label == label]
    app = button.click().run()
    assert not app.exception
    return app


def labels(app: AppTest) -> list[str]:
    return [one.label for one in app.button]


def part(opened: Open, name: str) -> AppTest:
    return opened("crisis", crisis="1", part=name)


def test_without_a_crisis_the_page_says_so_and_opens_one_by_hand(opened: Open, served: Served) -> None:
    land(served.store, [notice("a", "Never again", created_at=now())])
    catch_up(served.store)
    app = opened("crisis")
    assert "There is no crisis" in words(app)
    app.text_input(key="room_title").set_value("By hand")
    app.text_input(key="room_words").set_value("never")
    app.checkbox(key="room_negative").uncheck()
    app = press(app, "Open the room")
    assert crises.room(served.store, ANA, 1)["title"] == "By hand"
    assert "In the room: local" in words(app)


def test_what_is_wrong_with_a_new_room_is_said(opened: Open, served: Served) -> None:
    app = opened("crisis")
    app.text_input(key="room_title").set_value("By hand")
    app = press(app, "Open the room")
    assert "Narrow the filter first" in words(app)


def test_a_statement_is_written_and_approved_by_others(opened: Open, room: Store) -> None:
    app = part(opened, "statement")
    assert "There is no statement yet" in words(app)
    app.text_area(key="statement_en_1_0").set_value("One.")
    app = press(app, "Save the statement")
    assert "Version 1 by local" in words(app) and "0 of 2 approvals" in words(app)
    assert "Approve the statement" not in labels(app)
    crises.save_statement(room, ANA, 1, 1, SAID)
    crises.decide(room, BO, 1, 2, True)
    app = press(app.run(), "Approve the statement")
    assert "✓ Version 2 by ana" in words(app) and "(bo, local)" in words(app)


def test_a_statement_that_came_too_late_is_kept_to_be_copied(opened: Open, room: Store) -> None:
    app = part(opened, "statement")
    app.text_area(key="statement_en_1_0").set_value("Mine, written slowly.")
    crises.save_statement(room, ANA, 1, 0, SAID)
    app = press(app, "Save the statement")
    assert "Somebody saved another statement meanwhile" in words(app)
    assert "Mine, written slowly." in words(app)
    assert app.text_area(key="statement_en_1_1").value == SAID["en"]


def test_people_are_answered_one_by_one(opened: Open, room: Store) -> None:
    app = part(opened, "people")
    assert "Begin drafts (3)" not in labels(app)
    assert words(app).count(TRAP) == 5
    agree(room)
    app = press(app.run(), "Begin drafts (3)")
    app = press(app, "Put my drafts before reviewers (3)")
    row = reviews.mine(room, BO)[0]
    seen = reviews.dossier(room, BO, row["marker"])
    reviews.decide(room, BO, row["marker"], seen["reply"]["version"], seen["digest"], True)
    press(app.run(), "Send what is approved (1)")
    assert crises.room(room, ANA, 1)["progress"]["states"] == {"queued": 1, "in_review": 2}


def test_another_s_answers_are_read_and_approved_in_the_room(opened: Open, room: Store) -> None:
    agree(room)
    crisis_answers.draft(room, ANA, 1, 1)
    crisis_answers.ask(room, ANA, 1)
    app = part(opened, "review")
    assert labels(app).count("Approve") == 3
    next(one for one in app.button if one.label == "Approve").click().run()
    assert crises.room(room, ANA, 1)["progress"]["states"] == {"approved": 1, "in_review": 2}


def test_a_person_is_left_out_and_taken_in_again(opened: Open, room: Store) -> None:
    app = part(opened, "people")
    next(one for one in app.button if one.label == "Not about this").click().run()
    assert crises.room(room, LOCAL, 1)["progress"]["people"] == 2
    press(app, "Take in again")
    assert crises.room(room, LOCAL, 1)["progress"]["people"] == 3


def test_a_closed_room_is_read_only_until_it_is_reopened(opened: Open, room: Store) -> None:
    agree(room)
    app = part(opened, "report")
    app.text_area(key="learnt_1").set_value(f"Two lorries. {TRAP}")
    app = press(app, "Close the room")
    assert f"Two lorries. {TRAP}" in words(app)
    assert "Room closed" in html(app) and TRAP not in html(app)
    for name in ("statement", "people", "review", "timeline"):
        app = part(opened, name)
        assert not app.text_area and set(labels(app)) <= {"Show more"}
    press(part(opened, "report"), "Reopen the room")
    assert crises.room(room, ANA, 1)["status"] == "open"


def test_an_address_of_no_room_is_said_plainly(opened: Open, room: Store) -> None:
    assert "There is no crisis room 7." in words(opened("crisis", crisis="7"))
    assert "Crises" in words(opened("crisis", crisis="x' or 1"))


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app's address, with a room behind it whose people wrote everything hostile."""
    home = tmp_path_factory.mktemp("crisis") / "home"
    port = free_port()
    configuration.ensure_home(home)
    with configuration.edit(home) as document:
        document["app"] = {"port": port}
    with opening(configuration.load(home)) as served:
        flood(served.store, [text.format(pixel="http://127.0.0.1:9/p.png") for text in TEXTS])
        crises.save_statement(served.store, ANA, 1, 0, SAID)
    with started(home, port):
        yield f"http://127.0.0.1:{port}"


@pytest.mark.browser
@is_there
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_a_room_in_a_browser(chromium: Any, address: str, width: int, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    context = chromium.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, locale="en-GB"
    )
    page, wrong, away = context.new_page(), [], []
    page.on("console", lambda m: wrong.append(m.text) if "Content Security Policy" in m.text else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda request: away.append(request.url) if ":9/" in request.url else None)
    page.goto(f"{address}/crisis?crisis=1")
    expect(page.get_by_role("heading", level=1)).to_contain_text("The lorry ![x](")
    expect(page.locator(".st-key-people_state, canvas, svg.marks").first).to_be_visible()
    page.get_by_text("People", exact=True).click()
    expect(page.get_by_text("No answer yet").first).to_be_visible()
    expect(page.get_by_text("<script>").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1")
    page.mouse.move(0, 0)
    found = Axe().run(page).response["violations"]
    assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []
    page.get_by_text("Our statement", exact=True).click()
    expect(page.get_by_label("English")).to_have_value(SAID["en"])
    expect(page.get_by_text("0 of 2 approvals")).to_be_visible()
    page.get_by_text("Report", exact=True).click()
    expect(page.get_by_role("button", name="Save as a page")).to_be_visible()
    assert (wrong, away) == ([], [])
    context.close()
