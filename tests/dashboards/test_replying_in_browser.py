"""Answering as people do it: two of them, each in a window of a real browser, the real app, and a channel that is served."""

import os
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from curation import config, pipeline
from curation.actions import drafts
from curation.api import embedded, opened
from curation.api.serving import _socket
from curation.models import LOCAL
from curation.store.access import create_token
from curation.testing import faults, serving
from tests.dashboards.browser import expect, in_browser
from tests.dashboards.started import free_port, started
from tests.guestbook import GuestbookStandIn
from tests.patience import PATIENCE
from tests.servers.completions import completions

pytestmark = in_browser

ASKED = "Where is parcel {n}? It is late, and I am very disappointed."
ANSWERED = "We are sorry. Your parcel left this morning and arrives on 3 December."


class House:
    """The app on a home of its own, with a guestbook as its channel."""

    def __init__(self, book: serving.Site, port: int) -> None:
        self.book, self.base = book, f"http://127.0.0.1:{port}"
        self.comments: list[int] = []
        self.tokens: dict[str, str] = {}

    def source(self) -> None:
        config.save_source("book", "guestbook", {"url": self.book.base, "private": True})

    def open(self) -> None:
        """Have customers write, and one of them answered."""
        at = datetime.now(UTC) - timedelta(hours=3)
        keys = [self.book.stand_in.add(ASKED.format(n=n), at + timedelta(minutes=n)) for n in range(30)]
        with opened(config.load()) as served, _socket(served) as client, client:
            pipeline.pull(client, config.load(), "book")
            self.comments = [client.get("/comments/find", source="book", key=key)["id"] for key in keys]
            scopes = ["read", "triage", "draft", "approve", "send"]
            self.tokens = {who: create_token(served.store, "local", who, scopes) for who in ("ben", "cleo")}
            drafts.save_canned(
                served.store, LOCAL, "late", "en", "Dear {author}, order {order} is on its way."
            )
            client.post(f"/comments/{self.comments.pop()}/replies", {"text": ANSWERED})
            pipeline.send(client, config.load())

    def configure(self, undo: float, *rules: dict[str, Any], model: dict[str, str] | None = None) -> None:
        """Set the undo window, in seconds, the review rules, and the model that suggests answers."""
        with config.edit() as document:
            document["replies"] = {"undo_seconds": undo, "model": model or {}}
            document["review"] = list(rules)

    def send(self) -> None:
        """Do what the `send` flow does."""
        with embedded(config.load()) as client:
            pipeline.send(client, config.load())

    def replies(self, comment: int) -> list[dict[str, Any]]:
        with embedded(config.load()) as client:
            found: list[dict[str, Any]] = client.get("/replies", comment=comment)
            return found

    def posted(self) -> list[str]:
        return [text for _, text in self.book.stand_in.posted()]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("answering")
    info = folder / "site" / "guestbook-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: guestbook\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[tribune.connectors]\nguestbook = tests.guestbook:Guestbook\n")
    home, port = folder / "home", free_port()
    with pytest.MonkeyPatch.context() as patch, serving.serve(GuestbookStandIn()) as book:
        patch.syspath_prepend(str(info.parent))
        patch.setenv("PYTHONPATH", os.pathsep.join([str(info.parent), os.environ.get("PYTHONPATH", "")]))
        patch.setenv("TRIBUNE_BOOK_TOKEN", "hush-token")
        patch.setenv("TRIBUNE_HOME", str(home))
        book.stand_in.settings(book.base)
        house = House(book, port)
        config.ensure_home()
        with config.edit() as document:
            document["app"] = {"port": port}
        house.source()
        house.configure(0)
        house.open()
        with started(home, port):
            yield house


@pytest.fixture
def comment(house: House) -> int:
    """A comment that no other test answers."""
    house.configure(600)
    house.book.mend()
    return house.comments.pop()


Visit = Callable[..., Any]


@pytest.fixture
def visit(chromium, house: House) -> Iterator[Visit]:
    """Open a comment in a window of its own, as oneself or as a colleague; at the end, nothing may have been thrown."""
    contexts, wrong = {}, []

    def speak_for(who: str, route: Any) -> None:
        route.continue_(headers={**route.request.headers, "authorization": f"Bearer {house.tokens[who]}"})

    def open_page(
        comment: int, who: str = "local", wide: bool = True, locale: str = "en-GB", scheme: str = "light"
    ):
        kind = (who, wide, locale, scheme)
        if kind not in contexts:
            size = {"width": 1280, "height": 900} if wide else {"width": 390, "height": 844}
            contexts[kind] = chromium.new_context(
                viewport=size, locale=locale, color_scheme=scheme, base_url=house.base
            )
            if who in house.tokens:
                contexts[kind].route("**/api/**", partial(speak_for, who))
        page = contexts[kind].new_page()
        page.set_default_timeout(1000 * PATIENCE)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(f"/?comment={comment}")
        page.locator(".reply .writing > textarea").wait_for()
        return page

    yield open_page
    for context in contexts.values():
        context.close()
    assert wrong == []


def field(page):
    return page.get_by_role("textbox", name="Answer", exact=True)


def state(page):
    return page.locator(".reply-state")


def cut(page, method: str) -> None:
    """Have no answer come to the page that asks for its draft, or saves it."""
    page.route(
        "**/draft", lambda route: route.abort() if route.request.method == method else route.fallback()
    )


def write(page, text: str) -> None:
    field(page).fill(text)
    expect(state(page)).to_contain_text("Saved")


def test_a_text_survives_a_reload_another_device_and_a_server_that_is_away(house, comment, visit):
    page = visit(comment)
    write(page, "It left this morning.")
    page.reload()
    expect(field(page)).to_have_value("It left this morning.")
    other = visit(comment, scheme="dark")
    expect(field(other)).to_have_value("It left this morning.")

    cut(page, "PUT")
    field(page).fill("It left this morning, by train.")
    expect(state(page)).to_contain_text("Not saved yet")
    page.reload()
    expect(field(page)).to_have_value("It left this morning, by train.")
    page.unroute("**/draft")
    expect(state(page)).to_contain_text("Saved")
    assert house.replies(comment)[0]["text"] == "It left this morning, by train."


def test_a_text_written_on_two_devices_is_put_together(house, comment, visit):
    page, other = visit(comment), visit(comment, scheme="dark")
    cut(page, "GET")
    write(other, "From the phone.")
    field(page).fill("From the desk.")
    both = page.get_by_role("alertdialog")
    expect(both).to_contain_text("From the desk.")
    expect(both).to_contain_text("From the phone.")
    both.get_by_role("button", name="Put both together").click()
    expect(field(page)).to_have_value("From the desk.\n\nFrom the phone.")
    expect(state(page)).to_contain_text("Saved")
    page.get_by_role("button", name="Earlier texts").click()
    expect(page.locator(".tray")).to_contain_text("put aside")


def test_it_is_sent_once_after_the_undo_window_and_has_a_receipt(house, comment, visit):
    page = visit(comment)
    write(page, "Sent with two presses.")
    page.get_by_role("button", name="Send", exact=True).dblclick()
    card = page.get_by_role("article", name="Answer by local")
    expect(card).to_contain_text("Leaves in")
    card.get_by_role("button", name="Undo").click()
    expect(field(page)).to_have_value("Sent with two presses.")
    expect(state(page)).to_contain_text("Saved")

    house.configure(0)
    field(page).press("Control+Enter")
    expect(card).to_contain_text("On its way")
    house.send()
    expect(card).to_contain_text("local answered")
    house.send()
    assert house.posted().count("Sent with two presses.") == 1
    expect(field(page)).to_have_value("")

    card.get_by_role("button", name="Change it on the channel").click()
    card.get_by_role("textbox").fill("Sent with two presses, and mended.")
    card.get_by_role("button", name="Change it", exact=True).click()
    expect(card).to_contain_text("Being changed")
    house.send()
    expect(card).not_to_contain_text("Being changed")
    assert "Sent with two presses, and mended." in house.posted()
    card.get_by_role("button", name="Delete it on the channel").click()
    card.get_by_role("button", name="Delete it on the channel").click()
    expect(card).to_contain_text("Being deleted")
    house.send()
    expect(card).to_have_count(0)
    assert "Sent with two presses, and mended." not in house.posted()


def test_what_is_typed_while_an_answer_leaves_is_kept(house, comment, visit):
    page = visit(comment)
    write(page, "It left.")
    waiting: list[Any] = []
    page.route("**/send", lambda route: waiting.append(route))
    with page.expect_request("**/send"):
        page.get_by_role("button", name="Send", exact=True).click()
    field(page).press("End")
    field(page).press_sequentially(" And more")
    waiting[0].continue_()
    expect(page.get_by_role("article", name="Answer by local")).to_contain_text("Leaves in")
    expect(field(page)).to_have_value("It left. And more")
    expect(state(page)).to_contain_text("Saved")
    page.get_by_role("article", name="Answer by local").get_by_role("button", name="Undo").click()
    expect(field(page)).to_have_value("It left.\n\nIt left. And more")


def test_an_answer_to_send_that_is_lost_sends_nothing_twice(house, comment, visit):
    page = visit(comment)
    write(page, "Sent, and nobody heard of it.")

    def lost(route: Any) -> None:
        route.fetch()
        route.abort()

    page.route("**/send", lost)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("article", name="Answer by local")).to_contain_text("Leaves in")
    assert [reply["state"] for reply in house.replies(comment)] == ["queued"]


def test_who_is_removed_while_writing_keeps_the_text_and_is_told(house, comment, visit):
    page = visit(comment, "cleo")
    write(page, "I began.")
    with embedded(config.load()) as client:
        client.delete("/tokens/cleo")
    field(page).fill("I began, and went on.")
    expect(state(page)).to_contain_text("Not saved")
    expect(state(page)).to_contain_text("copy it before you leave")
    expect(field(page)).to_have_value("I began, and went on.")


def test_what_failed_says_why_and_what_nobody_is_sure_of_is_settled_by_a_person(house, comment, visit):
    house.configure(0)
    page = visit(comment)
    write(page, "The channel refuses this.")
    house.book.inject(faults.answers(403), where=lambda method, path: method == "POST", times=None)
    page.get_by_role("button", name="Send", exact=True).click()
    card = page.get_by_role("article", name="Answer by local")
    expect(card).to_contain_text("On its way")
    house.send()
    expect(card).to_contain_text("It was not sent.")
    expect(card).to_contain_text("403")
    house.book.mend()
    house.book.inject(
        faults.answers(500, taken=True), where=lambda method, path: method == "POST", times=None
    )
    card.get_by_role("button", name="Try again").click()
    expect(card).to_contain_text("On its way")
    house.send()
    expect(card).to_contain_text("never sent twice")
    card.get_by_role("button", name="It is not there").click()
    expect(page.locator(".said")).to_contain_text("may still arrive")
    card.get_by_role("button", name="I found it there").click()
    expect(card).to_contain_text("local answered")
    assert house.posted().count("The channel refuses this.") == 1


def test_two_people_see_each_other_before_they_save_and_before_they_send(house, comment, visit):
    mine, bens = visit(comment), visit(comment, "ben")
    write(bens, "Ben was first.")
    # What the other writes is there before one begins, or else it is shown when one saves.
    expect(mine.locator(".other")).to_contain_text("Ben was first.")
    write(mine, "I know of Ben.")
    expect(bens.locator(".other")).to_contain_text("I know of Ben.")
    cut(mine, "GET")
    write(bens, "Ben went on, and said more.")
    mine.get_by_role("button", name="Send", exact=True).click()
    both = mine.get_by_role("alertdialog")
    expect(both).to_contain_text("Ben went on, and said more.")
    expect(both).to_contain_text("I know of Ben.")
    assert {reply["state"] for reply in house.replies(comment)} == {"draft"}
    both.get_by_role("button", name="Keep mine").click()
    mine.get_by_role("button", name="Send", exact=True).click()
    expect(mine.get_by_role("article", name="Answer by local")).to_contain_text("Leaves in")


def test_a_text_is_reviewed_changed_and_approved_by_another(house, comment, visit):
    house.configure(600, {"approvals": 1, "source": "book"})
    mine = visit(comment)
    expect(mine.locator(".reply-about")).to_contain_text("Needs 1 approval, because: source book")
    write(mine, "Dear customer,\nit is your fault.")
    field(mine).press("Control+Enter")
    expect(mine.locator(".reply-verdicts")).to_contain_text("Waits for review")
    expect(mine.get_by_role("button", name="Send", exact=True)).to_have_count(0)

    bens = visit(comment, "ben")
    card = bens.locator(".other")
    card.get_by_role("button", name="Remark on line 2").click()
    remark = card.get_by_role("textbox", name="Remark on line 2")
    remark.fill("No blame, pl")
    # Its writer goes on meanwhile: what the reviewer types stays, and keeps the cursor.
    write(mine, "Dear client,\nit is your fault.")
    mine.get_by_role("button", name="Ask for review").click()
    expect(mine.locator(".reply-verdicts")).to_contain_text("Waits for review")
    remark.press_sequentially("ease.")
    bens.locator(".detail h2").click()
    expect(card.locator(".lines")).to_contain_text("Dear client")
    expect(remark).to_have_value("No blame, please.")
    card.get_by_role("button", name="Ask for changes").click()
    expect(mine.locator(".reply-verdicts")).to_contain_text("No blame, please.")
    expect(mine.locator(".reply-verdicts")).to_contain_text("Line 2")

    write(mine, "Dear client,\nit is our fault.")
    mine.get_by_role("button", name="Ask for review").click()
    expect(card).to_contain_text("waits for review")
    card.get_by_role("button", name="Since the last review").click()
    expect(card.locator("del")).to_have_text("your")
    expect(card.locator("ins")).to_have_text("our")
    card.get_by_role("button", name="Approve", exact=True).click()
    expect(mine.locator(".reply-verdicts")).to_contain_text("Approved as it reads now")
    mine.get_by_role("button", name="Send", exact=True).click()
    expect(mine.get_by_role("article", name="Answer by local")).to_contain_text("Leaves in")


def test_an_approval_ends_when_the_customer_writes_again(house, comment, visit):
    house.configure(600, {"approvals": 1})
    mine, bens = visit(comment), visit(comment, "ben")
    write(mine, "It comes tomorrow.")
    mine.get_by_role("button", name="Ask for review").click()
    bens.locator(".other").get_by_role("button", name="Approve", exact=True).click()
    expect(mine.locator(".reply-verdicts")).to_contain_text("Approved as it reads now")
    with embedded(config.load()) as client:
        parent = client.get(f"/comments/{comment}")["key"]
        house.book.stand_in.put("It came, thank you!", datetime.now(UTC), by="ana", parent=parent)
        pipeline.pull(client, config.load(), "book")
    expect(mine.locator(".reply-verdicts")).to_contain_text("The thread changed since this was approved")
    expect(mine.locator(".thread")).to_contain_text("It came, thank you!")
    expect(mine.locator(".reply-about")).to_contain_text("Read it again before you send")


def test_it_begins_with_a_canned_reply_or_a_suggestion(house, comment, visit):
    page = visit(comment)
    page.get_by_role("button", name="Suggestions").click()
    best = page.locator(".choice.suggestion .text").first.text_content()
    field(page).press("Alt+1")
    expect(field(page)).to_have_value(best)
    expect(state(page)).to_contain_text("Saved")
    page.get_by_role("button", name="Discard").click()
    expect(field(page)).to_have_value("")
    page.get_by_role("button", name="Canned replies").click()
    page.locator(".tray").get_by_role("button", name="late").click()
    expect(field(page)).to_have_value("Dear ana, order {order} is on its way.")
    expect(page.locator(".said")).to_contain_text("{order}")
    page.get_by_role("button", name="Earlier texts").click()
    page.locator(".tray").get_by_role("button", name=best).first.click()
    expect(field(page)).to_have_value(best)


def test_a_model_is_asked_where_there_is_one_and_its_text_is_marked(house, comment, visit):
    page = visit(comment)
    page.get_by_role("button", name="Suggestions").click()
    expect(page.locator(".tray .choice")).not_to_have_count(0)
    expect(page.get_by_role("button", name="Ask the model")).to_have_count(0)
    with completions("Sorry about that. <b>We</b> look into it. " + "Really. " * 60) as server:
        house.configure(600, {"approvals": 1}, model={"url": server.url, "model": "tiny-1"})
        server.wait = threading.Event()
        page = visit(comment)
        page.get_by_role("button", name="Suggestions").click()
        page.get_by_role("button", name="Ask the model").click()
        expect(page.get_by_role("button", name="tiny-1 is writing…")).to_be_focused()
        page.keyboard.press("Enter")
        server.wait.set()
        card = page.get_by_role("button", name="Written by tiny-1 – read it before you use it")
        expect(card).to_contain_text(server.says.strip())
        assert len(server.got) == 1
        server.status = 401
        ask = page.get_by_role("button", name="Ask the model")
        ask.click()
        expect(page.locator(".tray")).to_contain_text("tiny-1 cannot be asked: The model server on")
        server.status = 200
        ask.click()
        card.click()
        expect(field(page)).to_have_value(server.says.strip())
        expect(page.locator(".said")).to_contain_text("This began with a suggestion")
        write(page, "Sorry about that. We look into it.")
        page.get_by_role("button", name="Ask for review").click()
        bens = visit(comment, "ben", locale="fr-FR")
        bens.get_by_role("button", name="Depuis la suggestion").click()
        expect(bens.locator(".other del").first).to_contain_text("<b>")
        bens.get_by_role("button", name="Suggestions").click()
        bens.get_by_role("button", name="Demander au modèle").click()
        expect(bens.locator(".tray")).to_contain_text("Écrit par tiny-1 – à relire")


def test_the_coach_leads_to_the_words_and_the_channel_says_how_much_it_takes(house, comment, visit):
    page = visit(comment)
    write(page, "Sorry if you were upset. We promise to call you.")
    point = page.locator(".points li.missing", has_text="sorry").first
    expect(point).to_be_visible()
    point.get_by_role("button").first.click()
    marked = "field => field.value.slice(field.selectionStart, field.selectionEnd)"
    assert "if" in field(page).evaluate(marked).lower()
    field(page).fill("x" * 501)
    expect(state(page)).to_contain_text("501 of 500")
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_disabled()


def test_a_text_of_a_hundred_thousand_characters_and_one_that_is_too_long(house, comment, visit):
    page = visit(comment)
    field(page).evaluate(
        "(field, text) => { field.value = text; field.dispatchEvent(new Event('input')) }", "word " * 20_000
    )
    expect(state(page)).to_contain_text("Saved")
    field(page).evaluate(
        "(field, text) => { field.value += text; field.dispatchEvent(new Event('input')) }", "and more"
    )
    expect(state(page)).to_contain_text("Take out 8")
    page.reload()
    expect(field(page)).to_have_value("word " * 20_000 + "and more")


def test_an_answer_on_the_phone_is_recorded_where_the_source_is_gone(house, comment, visit):
    page = visit(comment)
    write(page, "I told her it comes tomorrow.")
    config.remove_source("book")
    try:
        page.reload()
        expect(page.locator(".obstacle")).to_contain_text("not configured any more")
        expect(field(page)).to_have_value("I told her it comes tomorrow.")
        page.get_by_role("button", name="Answered another way").click()
        page.get_by_label("How, such as phone").fill("phone")
        page.get_by_role("button", name="Record this answer").click()
        expect(page.get_by_role("article", name="Answer by local")).to_contain_text("phone")
    finally:
        house.source()


def test_on_a_phone_nothing_is_cut_off_and_the_coach_waits(house, comment, visit):
    page = visit(comment, wide=False, locale="fr-FR")
    page.get_by_role("textbox", name="Réponse").fill("Bonjour, votre colis est parti.")
    expect(state(page)).to_contain_text("Enregistré")
    expect(page.locator(".coach .points")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
