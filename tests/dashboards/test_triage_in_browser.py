"""Triage as people do it all day: by keyboard and by touch, side by side, online and not, in a real browser."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import httpx
import pyarrow as pa
import pytest

from curation import arrow, config
from curation.api import opened
from curation.store import Store, access, tags
from curation.store.connection import now
from tests.conftest import land, notice
from tests.dashboards.browser import expect, in_browser
from tests.dashboards.started import free_port, started
from tests.patience import PATIENCE

pytestmark = in_browser


@dataclass(frozen=True)
class Team:
    """The app's address, and Ana, who works beside whoever sits at the browser."""

    address: str
    ana: httpx.Client

    def thread(self, key: str) -> str:
        found = self.ana.get("/comments/find", params={"source": "shop", "key": key})
        return str(found.raise_for_status().json()["thread_id"])

    def state(self, key: str) -> dict[str, object]:
        state: dict[str, object] = self.ana.get(f"/threads/{self.thread(key)}").json()["state"]
        return state


def fill(store: Store) -> None:
    """Land forty conversations of the last hours: one of three messages, one urgent, two by one person in the same words."""
    at = now()
    rows = [
        notice(
            f"c{n:02}",
            f"Comment {n}, about parcel number {n}.",
            author=f"Person {n}",
            created_at=at - timedelta(minutes=4 * n),
        )
        for n in range(37)
    ]
    rows += [
        notice(
            f"t{n}",
            f"Message {n}: is anybody there?",
            author="Tess",
            thread="t",
            created_at=at - timedelta(minutes=30 - n),
        )
        for n in range(3)
    ]
    twice = "My garden hose arrived with a broken connector."
    rows += [
        notice(f"d{n}", twice, author="Dan", author_key="dan", created_at=at - timedelta(minutes=40 + n))
        for n in range(2)
    ]
    land(store, rows, "shop")
    ids = dict(store.read().execute("select key, id from comment").fetchall())
    said = [(id, 1, "sentiment", "negative", 0.8, None, None, None) for id in ids.values()]
    said.append((ids["t0"], 1, "urgency", "high", 0.9, None, None, None))
    names = arrow.TAGS.names
    batch = pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in said], arrow.TAGS)
    tags.save_tags(store, "test", "rules-test", batch)


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    """The app on a filled store."""
    home = tmp_path_factory.mktemp("triage") / "home"
    port = free_port()
    config.ensure_home(home)
    with config.edit(home) as document:
        document["app"] = {"port": port}
    with opened(config.load(home)) as served:
        fill(served.store)
        token = access.create_token(served.store, "test", "ana", ["read", "triage"])
    address = f"http://127.0.0.1:{port}"
    headers = {"authorization": f"Bearer {token}"}
    with (
        started(home, port),
        httpx.Client(base_url=f"{address}/api", headers=headers, timeout=PATIENCE) as ana,
    ):
        yield Team(address, ana)


@pytest.fixture
def visit(chromium, team):
    """Open the inbox in a window of its own; at the end, nothing may have been thrown."""
    made, wrong = [], []

    def open_page(path: str = "/", wide: bool = True, locale: str = "en-GB", scheme: str = "light"):
        size = {"width": 1440, "height": 900} if wide else {"width": 390, "height": 844}
        context = chromium.new_context(
            viewport=size,
            locale=locale,
            color_scheme=scheme,
            is_mobile=not wide,
            has_touch=not wide,
            base_url=team.address,
        )
        made.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(path)
        return page

    yield open_page
    for context in made:
        context.close()
    assert wrong == []


def ready(page) -> None:
    """Wait until a comment is open with all that belongs to it."""
    expect(page.locator(".row[aria-selected=true]")).to_be_visible()
    expect(page.locator(".detail[aria-busy=false]")).to_be_attached()


def keys(page, *pressed: str) -> None:
    for key in pressed:
        page.keyboard.press(key)


def said(page, text: str) -> None:
    expect(page.locator(".said")).to_contain_text(text)


def status(page, name: str):
    """The button of a status, which says whether it holds."""
    return page.locator(".moves .choices").get_by_role("button", name=name, exact=True)


def holds(page, name: str) -> None:
    expect(status(page, name)).to_have_attribute("aria-pressed", "true")


def test_the_queue_says_in_words_why_it_is_in_this_order(visit):
    page = visit("/?order=queue")
    ready(page)
    first = page.locator(".row").first
    expect(first.locator(".author")).to_have_text("Tess")
    reasons = first.locator(".reasons")
    expect(reasons).to_contain_text(
        re.compile(r"due in \d+ hrs? · high urgency · 3 messages wait · waiting for \d+ min")
    )
    expect(page.locator(".inbox .count")).to_have_text("40 conversations wait")
    page.get_by_role("button", name="Newest first").click()
    expect(first.locator(".author")).to_have_text("Person 0")
    expect(page.locator(".inbox .count")).to_contain_text("42 comments")
    assert "order" not in page.url
    page.get_by_role("button", name="Queue", exact=True).click()
    expect(first.locator(".author")).to_have_text("Tess")
    page.reload()
    ready(page)
    expect(first.locator(".author")).to_have_text("Tess")


def test_in_the_queue_the_next_follows_on_what_is_resolved(visit, team):
    page = visit("/?source=shop&q=%22number 9%22 OR %22number 10%22 OR %22number 11%22&order=queue")
    ready(page)
    keys(page, "e")
    expect(page.locator(".row").nth(1)).to_have_attribute("aria-selected", "true")
    expect(page.locator(".row").first.locator(".status")).to_have_text("Resolved")
    keys(page, "u")
    expect(page.locator(".row").first).to_have_attribute("aria-selected", "true")
    holds(page, "New")
    page.keyboard.down("e")
    page.keyboard.down("e")  # held: it repeats
    page.keyboard.up("e")
    expect(page.locator(".row .status.resolved")).to_have_count(1)
    expect(page.locator(".row").nth(1)).to_have_attribute("aria-selected", "true")
    keys(page, "u")
    expect(page.locator(".row .status.resolved")).to_have_count(0)
    team.ana.post(f"/threads/{team.thread('c10')}/claim", json={}).raise_for_status()
    page.goto("/?source=shop&q=parcel")
    ready(page)
    expect(page.locator(".row .holder")).to_have_text("token ana has it")
    team.ana.delete(f"/threads/{team.thread('c10')}/claim").raise_for_status()


def test_every_deed_has_a_key_and_every_deed_is_undone(visit, team):
    page = visit("/?source=shop&q=%22number 1%22")
    ready(page)
    keys(page, "c")
    expect(page.locator(".standing")).to_contain_text("You have it until")
    holds(page, "Open")
    keys(page, "c")
    said(page, "Released")
    keys(page, "u")
    expect(page.locator(".standing")).to_contain_text("You have it until")
    keys(page, "u")
    holds(page, "New")
    keys(page, "e")
    holds(page, "Resolved")
    keys(page, "u")
    holds(page, "New")
    keys(page, "U")
    holds(page, "Resolved")
    keys(page, "u")
    keys(page, "s", "m")
    expect(page.locator(".standing")).to_contain_text("Snoozed until the next message")
    keys(page, "u")
    holds(page, "New")
    keys(page, "a")
    page.keyboard.type("zoe")
    keys(page, "Enter")
    expect(page.locator(".standing")).to_contain_text("for zoe")
    keys(page, "u")
    expect(page.locator(".standing")).not_to_contain_text("for zoe")
    keys(page, "3")
    expect(page.locator(".sentiments .positive")).to_have_attribute("aria-pressed", "true")
    keys(page, "t")
    page.keyboard.type("late")
    keys(page, "Enter")
    expect(page.locator(".topics .chip")).to_have_count(1)
    keys(page, "u", "u")
    expect(page.locator(".topics .chip")).to_have_count(0)
    expect(page.locator(".sentiments .negative")).to_have_attribute("aria-pressed", "true")
    said(page, "Undone: Sentiment: Positive")
    assert team.state("c01")["status"] == "new"


def test_the_help_lists_every_key_and_pages_are_two_keys_away(visit):
    page = visit("/?source=shop")
    ready(page)
    keys(page, "?")
    help = page.get_by_role("dialog", name="All keys")
    listed = set(help.locator("kbd").all_text_contents())
    assert listed >= set("jkxXcestaru?nm123yguUvf/")
    keys(page, "j")
    expect(page.locator(".row").first).to_have_attribute("aria-selected", "true")
    keys(page, "Escape")
    expect(help).to_have_count(0)
    keys(page, "/")
    expect(page.get_by_role("searchbox", name="Search")).to_be_focused()
    page.locator(".inbox .count").click()
    keys(page, "g", "o")
    expect(page.get_by_role("heading", name="Volume and sentiment over time")).to_be_visible()


def test_many_are_selected_seen_done_and_undone_as_one(visit, team):
    page = visit("/?source=shop&q=parcel&order=newest")
    ready(page)
    keys(page, "j", "j", "x", "j", "j", "X")
    expect(page.locator(".chosen")).to_contain_text("3 selected")
    keys(page, "e")
    asks = page.get_by_role("dialog", name="Set to Resolved")
    expect(asks).to_contain_text("3 conversations")
    expect(asks).to_contain_text("New: 3")
    keys(page, "Enter")
    said(page, "Resolved: 3 conversations")
    expect(page.locator(".row .status.resolved")).to_have_count(3)
    expect(page.locator(".chosen")).to_be_hidden()
    page.locator(".said").get_by_role("button", name="Undo").click()
    expect(page.locator(".row .status.resolved")).to_have_count(0)
    keys(page, "x")
    page.get_by_role("button", name="Select all of this filter").click()
    keys(page, "s", "w")
    expect(page.get_by_role("dialog")).to_contain_text("37 conversations")
    page.get_by_role("button", name="Do it").click()
    expect(page.locator(".row .status.snoozed")).to_have_count(37)
    keys(page, "u")
    expect(page.locator(".row .status.snoozed")).to_have_count(0)
    assert team.state("c00")["status"] == "new"


def test_what_a_colleague_does_is_seen_and_what_is_hers_is_left_to_her(visit, team):
    page = visit("/?source=shop&q=%22number 2%22")
    ready(page)
    thread = team.thread("c02")
    team.ana.post(f"/threads/{thread}/presence", json={"typing": True}).raise_for_status()
    expect(page.locator(".standing .here")).to_have_text("token ana is writing…")
    team.ana.post(f"/threads/{thread}/claim", json={}).raise_for_status()
    expect(page.locator(".standing")).to_contain_text("token ana has it until")
    expect(page.locator(".row .holder")).to_have_text("token ana has it")
    keys(page, "c")
    said(page, "token ana has this conversation until")
    expect(page.locator(".standing")).to_contain_text("token ana has it until")
    team.ana.delete(f"/threads/{thread}/claim").raise_for_status()
    expect(page.locator(".row .holder")).to_have_count(0)
    team.ana.post(f"/threads/{thread}/notes", json={"text": "Ask <b>@local</b>"}).raise_for_status()
    expect(page.locator(".note .text")).to_have_text("Ask <b>@local</b>")
    others = team.ana.post(f"/threads/{thread}/presence", json={}).json()["others"]
    assert others == [{"who": "local", "typing": False}]
    page.get_by_label("Internal note").fill("I am on it")
    expect_writing(team, thread)


def expect_writing(team: Team, thread: str) -> None:
    """Wait until the API says that whoever sits at the browser writes."""
    mark = team.ana.get("/changes").json()["next"]
    others: list[dict[str, object]] = []
    while others != [{"who": "local", "typing": True}]:
        others = team.ana.get("/changes", params={"after": mark, "thread": thread, "wait": 1}).json()[
            "others"
        ]


def test_a_claim_survives_a_reload_and_ends_with_the_page(visit, team):
    page = visit("/?source=shop&q=%22number 3%22")
    ready(page)
    keys(page, "c")
    expect(page.locator(".standing")).to_contain_text("You have it until")
    said(page, "Claimed")
    page.reload()
    ready(page)
    expect(page.locator(".standing")).to_contain_text("You have it until")
    assert team.state("c03")["claimed_by"] == "local"
    page.goto("about:blank")
    mark = team.ana.get("/changes").json()["next"]
    while team.state("c03")["claimed_by"]:
        team.ana.get("/changes", params={"after": mark, "wait": 1})


def test_a_snooze_ends_by_itself_and_says_so(visit, team):
    page = visit("/?source=shop&q=%22number 36%22")
    ready(page)
    until = (now() + timedelta(seconds=4)).isoformat() + "Z"
    team.ana.post(f"/threads/{team.thread('c36')}/snooze", json={"until": until}).raise_for_status()
    expect(page.locator(".row .flag").get_by_text("Back from its snooze")).to_be_visible()
    holds(page, "Open")
    assert team.state("c36")["snoozed_until"] is None


def test_two_tabs_of_one_person_agree(visit):
    one = visit("/?source=shop&q=%22number 4%22")
    ready(one)
    two = one.context.new_page()
    two.goto(one.url)
    ready(two)
    keys(one, "e")
    holds(two, "Resolved")
    keys(two, "u")
    holds(one, "New")


def test_threads_are_merged_from_what_resembles_them_and_taken_out_again(visit, team):
    page = visit("/?source=shop&q=hose")
    ready(page)
    keys(page, "m")
    menu = page.get_by_role("dialog", name="Merge into this conversation")
    expect(menu.get_by_role("option")).to_contain_text("nearly the same words")
    keys(page, "Enter")
    expect(page.locator(".bubble")).to_have_count(2)
    expect(page.locator(".merged")).to_contain_text("Merged into this: 1")
    page.get_by_role("button", name="Take out").click()
    expect(page.locator(".bubble")).to_have_count(1)
    keys(page, "u")
    expect(page.locator(".bubble")).to_have_count(2)
    keys(page, "u")
    expect(page.locator(".merged")).to_have_count(0)
    keys(page, "j", "x", "k", "m")
    expect(menu.get_by_role("option").first).to_have_text("The selected conversations: 1")
    keys(page, "Escape")
    expect(menu).to_be_hidden()
    keys(page, "Escape")
    expect(page.locator(".chosen")).to_be_hidden()


def test_a_note_is_never_lost_and_tells_whom_it_names(visit, team):
    page = visit("/?source=shop&q=%22number 6%22")
    ready(page)
    keys(page, "n")
    page.keyboard.type("Does @ana know? 1 2 3 e")
    holds(page, "New")
    page.reload()
    ready(page)
    field = page.get_by_label("Internal note")
    expect(field).to_have_value("Does @ana know? 1 2 3 e")
    field.focus()
    page.context.set_offline(True)
    keys(page, "Control+Enter")
    said(page, "Your text is still here.")
    expect(field).to_have_value("Does @ana know? 1 2 3 e")
    page.context.set_offline(False)
    keys(page, "Control+Enter")
    said(page, "Note kept; told ana")
    expect(field).to_have_value("")
    expect(page.locator(".note mark")).to_have_text("@ana")
    holds(page, "Open")
    keys(page, "Escape", "u")
    expect(page.locator(".note")).to_have_count(0)


def test_without_a_connection_what_is_done_is_taken_back_and_told(visit, team):
    page = visit("/?source=shop&q=%22number 7%22")
    ready(page)
    page.context.set_offline(True)
    banner = page.locator(".offline")
    expect(banner).to_contain_text("Not connected.")
    keys(page, "e")
    said(page, "Not saved")
    holds(page, "New")
    keys(page, "3")
    expect(page.locator(".sentiments .negative")).to_have_attribute("aria-pressed", "true")
    page.context.set_offline(False)
    expect(banner).to_be_hidden()
    keys(page, "e")
    said(page, "Resolved")
    assert team.state("c07")["status"] == "resolved"


def test_views_are_kept_shared_opened_and_deleted(visit, team):
    page = visit("/?source=shop&sentiment=negative&order=queue")
    ready(page)
    keys(page, "v")
    dialog = page.get_by_role("dialog", name="Views")
    dialog.get_by_label("A name for this filter").fill("Angry <i>now</i>")
    dialog.get_by_label("Shared with all").check()
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("button", name="Angry <i>now</i>", exact=True)).to_be_visible()
    assert team.ana.get("/views").json()[0]["query"] == "source=shop&sentiment=negative&order=queue"
    keys(page, "Escape")
    page.goto("/")
    ready(page)
    page.get_by_role("button", name="Views").click()
    dialog.get_by_role("button", name="Angry <i>now</i>", exact=True).click()
    expect(page.locator(".inbox .count")).to_contain_text("conversations wait")
    assert "sentiment=negative" in page.url and "order=queue" in page.url
    page.get_by_role("button", name="Views").click()
    dialog.get_by_role("button", name="Delete the view Angry <i>now</i>").click()
    expect(dialog).to_contain_text("No filter is kept yet.")


def test_a_finger_does_what_the_keys_do(visit, team):
    page = visit("/?source=shop&q=%22number 8%22", wide=False, locale="fr-FR")
    page.locator(".row").first.tap()
    ready_on_a_phone(page)
    page.get_by_role("button", name="Résoudre").tap()
    holds(page, "Résolu")
    page.locator(".said").get_by_role("button", name="Annuler").tap()
    holds(page, "Nouveau")
    page.get_by_role("button", name="Reporter").tap()
    page.get_by_role("option", name="Demain matin").tap()
    expect(page.locator(".standing")).to_contain_text("Reportée jusqu’au")
    page.get_by_role("button", name="Annuler", exact=True).first.tap()
    holds(page, "Nouveau")
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def ready_on_a_phone(page) -> None:
    expect(page.locator(".detail[aria-busy=false]")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_kept_out_of_menus_and_dialogs(visit, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page = visit("/?source=shop&order=queue", scheme=scheme)
    ready(page)
    found = {}
    for pressed in (["x", "c"], ["s"], ["a"], ["m"], ["v"], ["?"], ["g"], ["e"]):
        keys(page, *pressed)
        page.wait_for_timeout(300)
        for violation in axe.Axe().run(page).response["violations"]:
            if violation["impact"] in ("serious", "critical"):
                found[f"{pressed} {violation['id']}"] = [node["html"][:200] for node in violation["nodes"]]
        if page.get_by_role("dialog").count():
            keys(page, "Escape")
    keys(page, "Escape", "u")
    assert found == {}
