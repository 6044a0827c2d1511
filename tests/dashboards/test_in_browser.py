"""The dashboard as people use it: the real app in a process of its own, and a real browser."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from curation import config
from curation.api import opened
from tests.dashboards.browser import expect, in_browser
from tests.dashboards.hostile import TEXTS
from tests.dashboards.started import ROOT, fill, free_port, started
from tests.patience import PATIENCE

pytestmark = in_browser

# A text as it was before its unseen characters became marks.
VERBATIM = """element => {
    const copy = element.cloneNode(true)
    for (const mark of copy.querySelectorAll('.unseen'))
        mark.replaceWith(String.fromCodePoint(parseInt(mark.textContent.slice(2), 16)))
    return copy.textContent
}"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, fetched: tuple[str, list[str]]) -> Iterator[str]:
    """The app's address, with a filled store behind it."""
    home = tmp_path_factory.mktemp("browser") / "home"
    port = free_port()
    config.ensure_home(home)
    with config.edit(home) as document:
        document["app"] = {"port": port}
    config.save_source("plain", "file", {"path": "/nowhere.csv"}, {"cron": "*/5 * * * *"}, home)
    with opened(config.load(home)) as served:
        fill(served.store, fetched[0])
    with started(home, port):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def contexts(chromium, address):
    """Give a browser window of a kind; the next test of that kind finds its cache warm."""
    made = {}

    def context(wide: bool, locale: str, scheme: str):
        if (kind := (wide, locale, scheme)) not in made:
            made[kind] = chromium.new_context(
                viewport={"width": 1440, "height": 900} if wide else {"width": 390, "height": 844},
                locale=locale,
                color_scheme=scheme,
                is_mobile=not wide,
                has_touch=not wide,
                base_url=address,
            )
        return made[kind]

    yield context
    for context in made.values():
        context.close()


@pytest.fixture
def visit(contexts, fetched):
    """Open a page of the app; at the end, nothing may have been blocked, fetched, or thrown."""
    pages, wrong = [], []

    def open_page(path: str = "/", wide: bool = True, locale: str = "en-GB", scheme: str = "light"):
        page = contexts(wide, locale, scheme).new_page()
        pages.append(page)
        page.set_default_timeout(1000 * PATIENCE)
        page.on("console", lambda m: wrong.append(m.text) if "Content Security Policy" in m.text else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("dialog", lambda dialog: wrong.append(dialog.message))
        page.goto(path)
        return page

    yield open_page
    for page in pages:
        page.close()
    assert wrong == []
    assert fetched[1] == []


def ready(page) -> None:
    """Wait until a comment is open with all that belongs to it."""
    expect(page.locator(".row[aria-selected=true]")).to_be_visible()
    expect(page.locator(".detail[aria-busy=false]")).to_be_attached()


def selected(page) -> str:
    return page.locator(".row[aria-selected=true]").get_attribute("data-id")


def test_hostile_texts_are_shown_verbatim_and_fetch_nothing(visit, fetched):
    page = visit("/?until=2026-10-01&q=-plain -parcel -got -way")
    ready(page)
    texts = [text.format(pixel=fetched[0]) for text in TEXTS]
    shown, marks = [], {}
    for _ in texts:
        ready(page)
        box = page.locator(".bubble .text")
        shown.append(box.evaluate(VERBATIM))
        marks[shown[-1][:4]] = box.locator(".unseen").all_text_contents()
        assert page.locator(".subject").evaluate(VERBATIM).endswith("#")
        assert page.locator(".original a[href^='javascript:']").count() == 0
        page.keyboard.press("j")
    assert texts == shown[::-1]
    assert marks["\u202egnp"] == ["U+202E", "U+202C", "U+2066", "U+2069", "U+200F", "U+200E"]
    assert marks["tags"] == ["U+E0041", "U+E0042"]
    assert marks["zero"] == ["U+200B", "U+FEFF", "U+00AD"]
    assert marks[TEXTS[17][:4]] == []
    assert page.title() == "Inbox · Tribune"


def test_hostile_names_and_records_stay_text_on_the_other_pages(visit):
    page = visit("/sources")
    page.get_by_text("1 refused record").click()
    expect(page.get_by_text("![pixel](").first).to_be_visible()
    expect(page.get_by_text("hostile ![x](").first).to_be_visible()
    page.get_by_role("link", name="Overview").click()
    expect(page.locator(".sources .bar", has_text="hostile ![x](")).to_be_visible()
    assert page.locator("img[src*=pixel], iframe").count() == 0


def test_ten_keys_move_ten_rows(visit):
    page = visit("/?source=plain")
    ready(page)
    rows = page.locator(".row")
    for _ in range(10):
        page.keyboard.press("j")
    assert rows.nth(10).get_attribute("data-id") == selected(page)
    page.keyboard.press("k")
    page.keyboard.press("ArrowUp")
    assert rows.nth(8).get_attribute("data-id") == selected(page)
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.shadowRoot.activeElement.className") == "detail"
    assert f"comment={selected(page)}" in page.url


def test_more_are_loaded_below_the_last_one(visit):
    page = visit("/?source=plain")
    ready(page)
    expect(page.locator(".inbox .count")).to_have_text("120 comments · 40 people")
    for expected in (100, 120):
        page.get_by_role("button", name="Load more").click()
        expect(page.locator(".row")).to_have_count(expected)
    ids = page.locator(".row").evaluate_all("rows => rows.map(row => row.dataset.id)")
    assert len(set(ids)) == 120
    expect(page.get_by_role("button", name="Load more")).to_be_hidden()


def test_a_correction_and_a_status_survive_a_reload(visit):
    page = visit("/?source=mended")
    ready(page)
    inbox = page.locator(".inbox")
    page.keyboard.press("2")
    expect(inbox.get_by_role("button", name="Neutral")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_text("Set by local").first).to_be_visible()
    inbox.get_by_role("button", name="Add a topic").click()
    page.get_by_role("combobox", name="Add a topic").fill("lost")
    page.keyboard.press("Enter")
    expect(page.locator(".topics .chip")).to_have_count(2)
    page.locator("[data-focus='drop-delivery.late']").click()
    expect(page.get_by_text("Removed by local")).to_be_visible()
    inbox.get_by_role("button", name="Pending", exact=True).click()
    expect(page.locator(".said")).to_contain_text("Pending")
    page.reload()
    ready(page)
    expect(inbox.get_by_role("button", name="Neutral")).to_have_attribute("aria-pressed", "true")
    expect(inbox.get_by_role("button", name="Pending", exact=True)).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".row[aria-selected=true] .status")).to_have_text("Pending")
    page.get_by_role("button", name="Take this back").click()
    expect(inbox.get_by_role("button", name="Neutral")).to_have_attribute("aria-pressed", "false")
    expect(page.get_by_text("rules-test · 80% · because of late")).to_be_visible()


def test_a_tag_says_why_and_an_intent_is_corrected(visit):
    page = visit("/?source=mended")
    ready(page)
    row = page.locator(".row[aria-selected=true]")
    expect(row.locator(".urgent")).to_have_text("Urgent")
    expect(row.locator(".flag", has_text="Unsure: Intent")).to_be_visible()
    expect(page.locator(".entities")).to_contain_text("Order A-77")
    page.locator(".head-of-tags.of-urgency").get_by_role("button", name="Why?").click()
    expect(page.locator(".words li").first).to_be_visible()
    expect(page.locator(".bubble mark").first).to_be_visible()
    page.locator(".head-of-tags.of-urgency").get_by_role("button", name="Hide why").click()
    expect(page.locator(".words")).to_have_count(0)
    page.get_by_label("Intent", exact=True).last.select_option("question")
    expect(page.locator(".head-of-tags.of-intent").get_by_text("Set by local")).to_be_visible()
    expect(page.locator(".head-of-tags.of-intent .flag")).to_have_count(0)
    expect(row.locator(".intent")).to_have_text("Question")


def test_tags_are_confirmed_with_a_key_and_taken_back(visit):
    page = visit("/?source=mended")
    ready(page)
    page.keyboard.press("y")
    expect(page.locator(".confirmation")).to_contain_text("Confirmed")
    expect(page.locator(".head-of-tags.of-urgency").get_by_text("Set by local")).to_be_visible()
    page.locator(".confirmation").get_by_role("button", name="Take this back").click()
    expect(page.get_by_role("button", name="All tags are right")).to_be_visible()


def test_quality_shows_what_to_judge_and_leads_there(visit):
    page = visit("/quality")
    expect(page.get_by_text("judged by the team")).to_be_visible()
    expect(page.locator("[data-testid=stVegaLiteChart]").first).to_be_visible()
    page.get_by_role("link", name="Judge it").first.click()
    expect(page.locator(".detail h2")).to_be_visible()
    assert "comment=" in page.url


def test_a_topic_is_changed_after_a_look(visit):
    page = visit("/topics")
    page.get_by_text("Add", exact=True).click()
    page.get_by_label("Id: a-z, 0-9 and -").fill("pumps")
    page.get_by_label("Name, English").fill("Pumps")
    page.get_by_label("Name, French").fill("Pompes")
    page.get_by_label("Phrases, one a line, English").fill("pump")
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("button", name="Do it").click()
    expect(page.get_by_text("other topics.")).to_be_visible()
    page.get_by_text("Changes so far").click()
    page.get_by_role("button", name="Undo").first.click()
    expect(page.get_by_text("undone")).to_be_visible()


def test_one_person_s_comments_are_a_click_away(visit):
    page = visit("/?source=plain")
    ready(page)
    page.get_by_role("button", name="All by this person").click()
    expect(page.locator(".inbox .count")).to_have_text("3 comments · 1 person")
    assert "person=" in page.url


def test_two_who_set_a_status_are_both_told(visit):
    one, two = visit("/?source=talk"), visit("/healthz")
    two.route("**/api/changes*", lambda route: None)  # whose news come too late
    two.goto("/?source=talk")
    for page in (one, two):
        ready(page)
    one.locator(".inbox").get_by_role("button", name="Open", exact=True).click()
    expect(one.locator(".said")).to_contain_text("Undo")
    two.locator(".inbox").get_by_role("button", name="Resolved", exact=True).click()
    told = two.get_by_role("alert")
    expect(told).to_contain_text("Someone set this to Open while you were looking. You chose Resolved.")
    expect(two.locator(".inbox").get_by_role("button", name="Open", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )
    two.get_by_role("button", name="Set to Resolved").click()
    expect(told).to_have_count(0)
    two.reload()
    ready(two)
    expect(two.locator(".inbox").get_by_role("button", name="Resolved", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )


def test_a_conversation_tells_who_speaks_and_what_was_before(visit):
    page = visit("/?source=talk&q=parcel")
    ready(page)
    assert [
        name.removeprefix("bubble ")
        for name in page.locator(".bubble").evaluate_all("all => all.map(b => b.className)")
    ] == ["customer opened", "automatic", "team"]
    page.get_by_text("Earlier versions: 1").click()
    expect(page.locator(".versions .text")).to_have_text("My parcel?")
    page.get_by_text("As received").click()
    expect(page.locator("pre")).to_have_text("{} ")


def test_a_token_that_ran_out_is_renewed_without_a_word(visit):
    page = visit("/?source=plain")
    ready(page)
    refusals = iter([True])

    def answer(route):
        if next(refusals, False):
            route.fulfill(status=401, json={"title": "A token is needed", "status": 401})
        else:
            route.continue_()

    page.route("**/api/comments/*", answer)
    page.keyboard.press("j")
    ready(page)
    expect(page.locator(".aside")).to_contain_text("rules-test")
    expect(page.locator(".said")).to_be_hidden()


def test_filters_live_in_the_address(visit):
    page = visit("/?source=plain")
    ready(page)
    page.get_by_role("button", name="Filters").click()
    page.get_by_role("group", name="Filters").get_by_role("button", name="Negative").click()
    expect(page.locator(".inbox .count")).to_contain_text("60 comments")
    assert "sentiment=negative" in page.url
    page.reload()
    expect(page.locator(".inbox .count")).to_contain_text("60 comments")
    page.get_by_role("button", name="Remove the filter Negative").click()
    expect(page.locator(".inbox .count")).to_contain_text("120 comments")
    page.go_back()
    expect(page.locator(".inbox .count")).to_contain_text("60 comments")
    page.get_by_role("searchbox", name="Search").fill("number 7")
    page.keyboard.press("Enter")
    expect(page.locator(".inbox .count")).to_contain_text("1 comment ")
    expect(page.locator(".rows")).to_be_focused()


def test_filters_are_chosen_by_keyboard_and_taken_away_at_once(visit):
    page = visit("/?source=plain&order=queue")
    ready(page)
    page.keyboard.press("f")
    filters = page.get_by_role("group", name="Filters")
    filters.get_by_role("button", name="Choose a topic…").press("Enter")
    page.keyboard.type("late")
    page.keyboard.press("Enter")
    expect(page.locator(".chips")).to_contain_text("Delivery › Late delivery")
    filters.get_by_label("Until").fill("2026-10-31")
    expect(page.locator(".chips")).to_contain_text("until 31 Oct 2026")
    assert "until=2026-10-31" in page.url and "order=queue" in page.url
    expect(page.locator(".empty")).to_contain_text("Nobody waits for an answer")
    page.get_by_role("button", name="Newest first").click()
    expect(page.locator(".empty")).to_contain_text("Nothing fits these filters")
    filters.get_by_role("button", name="Clear all filters").click()
    expect(page.locator(".chips button")).to_have_count(0)
    page.keyboard.press("f")
    expect(filters).to_be_hidden()
    page.keyboard.press("/")
    page.keyboard.type("since:yesterday")
    page.keyboard.press("Enter")
    expect(page.locator(".empty")).to_contain_text("A date is written 2026-11-23")
    page.keyboard.press("/")
    page.keyboard.type("number")
    page.keyboard.press("Escape")
    expect(page.get_by_role("searchbox", name="Search")).to_have_value("since:yesterday")


def test_a_day_is_typed_and_a_click_ends_a_search(visit):
    page = visit("/?source=plain")
    ready(page)
    page.keyboard.press("f")
    filters = page.get_by_role("group", name="Filters")
    filters.get_by_label("From").focus()
    page.keyboard.type("01012026")  # in whichever order this machine writes days
    expect(page.locator(".chips")).to_contain_text("from 1 Jan 2026")
    expect(filters.get_by_label("From")).to_be_focused()
    page.get_by_role("searchbox", name="Search").fill("number")
    filters.get_by_role("button", name="Negative").click()
    expect(page.locator(".chips button")).to_have_text(
        ["plain", "Negative", "from 1 Jan 2026", "“number”"], use_inner_text=True
    )


def test_what_is_written_stays_while_the_list_changes(visit):
    page = visit("/?source=plain")
    ready(page)
    shown = selected(page)
    page.keyboard.press("f")
    page.route("**/api/comments?*", lambda route: (page.wait_for_timeout(1_500), route.continue_()))
    page.get_by_role("group", name="Filters").get_by_role("button", name="Negative").click()
    page.locator(".detail textarea").first.focus()
    page.keyboard.type("yes 1 e")
    expect(page.locator(".inbox .count")).to_contain_text("60 comments")
    page.keyboard.type(" s")
    expect(page.locator(".detail")).to_have_attribute("data-id", shown)
    expect(page.locator(".detail textarea").first).to_have_value("yes 1 e s")


def test_what_an_address_gets_wrong_is_left_out(visit):
    wrong = "sentiment=angry&since=2026-02-30&person=9223372036854775808&status=gone&deleted=perhaps"
    page = visit(f"/?source=plain&until=9999-12-31&{wrong}")
    ready(page)
    expect(page.locator(".chips button")).to_have_text(["plain", "until 31 Dec 9999"])
    expect(page.locator(".inbox .count")).to_contain_text("120 comments")


def test_on_a_phone_one_person_s_comments_are_a_list_again(visit):
    page = visit("/?source=plain", wide=False)
    page.locator(".row").nth(2).tap()
    page.get_by_role("button", name="All by this person").tap()
    expect(page.locator(".chips")).to_contain_text("one person")
    expect(page.locator(".inbox .list")).to_be_visible()
    page.go_back()
    expect(page.locator(".inbox .count")).to_contain_text("120 comments")


def test_a_figure_opens_exactly_the_comments_it_counts(visit):
    page = visit("/overview?source=plain")
    page.locator(".topics a.label").nth(1).click()
    expect(page.locator(".chips")).to_contain_text("Delivery › Late delivery")
    expect(page.locator(".inbox .count")).to_have_text("120 comments · 40 people")
    page.go_back()
    page.locator(".plot a").nth(1).focus()
    said = page.locator(".plot a").nth(1).get_attribute("data-says")
    page.keyboard.press("Enter")
    expect(page.locator(".inbox .count")).to_contain_text(said.rsplit(": ", 1)[1])


def test_on_a_phone_the_list_gives_way_to_the_comment(visit):
    page = visit("/?source=plain", wide=False)
    page.locator(".row").nth(2).click()
    expect(page.locator(".detail")).to_be_visible()
    expect(page.locator(".inbox .list")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.get_by_role("button", name="Back to the list").click()
    expect(page.locator(".inbox .list")).to_be_visible()
    page.locator(".row").nth(4).click()
    expect(page.locator(".inbox .list")).to_be_hidden()
    page.go_back()
    expect(page.locator(".inbox .list")).to_be_visible()
    assert "source=plain" in page.url
    for path in ("/overview", "/topics", "/themes", "/quality", "/sources"):
        page.goto(path)
        expect(page.locator("h1")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_escape_at_once_leaves_no_half_read_comment(visit):
    page = visit("/?source=plain")
    ready(page)
    page.locator(".rows").focus()
    page.keyboard.press("j")
    page.keyboard.press("Escape")
    expect(page.locator(".detail[aria-busy=false]")).to_be_attached()


def test_on_a_phone_back_at_once_leads_to_the_list_for_good(visit):
    page = visit("/?source=plain", wide=False)
    page.locator(".row").nth(2).wait_for()
    before = page.url
    page.locator(".row").nth(2).evaluate("row => { row.click(); history.back() }")
    expect(page.locator(".inbox .list")).to_be_visible()
    page.wait_for_timeout(300)  # longer than a selection has to rest before it is named in the address
    assert page.url == before
    page.locator(".row").nth(4).click()
    expect(page.locator(".inbox .list")).to_be_hidden()
    page.go_back()
    expect(page.locator(".inbox .list")).to_be_visible()


def test_french_by_browser_and_by_choice(visit):
    page = visit("/?source=plain", locale="fr-FR")
    ready(page)
    expect(page.locator(".inbox .count")).to_have_text("120 commentaires · 40 personnes")
    assert page.evaluate("document.documentElement.lang") == "fr"
    page.get_by_role("link", name="English").click()
    expect(page.locator(".inbox .count")).to_have_text("120 comments · 40 people")
    assert "source=plain" in page.url
    page.goto("/overview")
    expect(page.get_by_role("heading", name="Volume and sentiment over time")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_kept_out(visit, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    found = {}
    page = visit("/?source=talk", scheme=scheme)
    ready(page)
    for path, shown in (
        ("/?source=talk", ".talk"),
        ("/?source=mended", "button.why"),
        ("/overview", ".topics .bar"),
        ("/sources", ".facts"),
        ("/topics", "canvas"),
        ("/themes", "h3"),
        ("/quality", "[data-testid=stMetric]"),
    ):
        if path != "/?source=talk":
            page.goto(path)
        expect(page.locator(shown).first).to_be_visible()
        if shown == "button.why":
            page.locator(shown).first.click()
            expect(page.locator("mark.for").first).to_be_visible()
        page.wait_for_timeout(300)
        for violation in axe.Axe().run(page).response["violations"]:
            if violation["impact"] in ("serious", "critical"):
                found[f"{path} {violation['id']}"] = [node["html"][:200] for node in violation["nodes"]]
    assert found == {}


def test_it_stops_with_pages_open_and_says_who_has_the_port(chromium, tmp_path):
    port = free_port()
    home = tmp_path / "home"
    config.ensure_home(home)
    with config.edit(home) as document:
        document["app"] = {"port": port}
    with started(home, port) as app:
        page = chromium.new_page(base_url=f"http://127.0.0.1:{port}")
        page.goto("/")
        expect(page.get_by_text("No comments yet")).to_be_visible()
        environment = {**os.environ, "TRIBUNE_HOME": str(home)}
        second = subprocess.run(
            [sys.executable, "-m", "dashboards"],
            env=environment,
            cwd=ROOT,
            text=True,
            capture_output=True,
            timeout=PATIENCE,
        )
        assert second.returncode == 1
        assert f"Port {port} is in use by process {app.pid}" in second.stderr
        app.send_signal(signal.SIGTERM)
        said, _ = app.communicate(timeout=PATIENCE)
        assert said == ""
        assert not (home / "run.json").exists()
        page.close()
