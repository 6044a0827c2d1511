"""What needs a person, in a real browser: the badge on every page, its list, letters, and reviews on the Replies page."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from curation import config
from curation.actions import drafts, reviews, triaging
from curation.api import opened
from curation.models import PERMISSIONS, Who
from curation.store import comments, replies
from curation.store.access import create_token
from tests.conftest import land, notice
from tests.dashboards import hostile
from tests.dashboards.browser import expect, in_browser
from tests.dashboards.started import free_port, started
from tests.patience import PATIENCE

pytestmark = in_browser

TEXTS = hostile.TEXTS[:6]
ANA = Who(name="ana", permissions=frozenset(PERMISSIONS))


class House:
    """The app on a home where ana asks for a review, and a way to speak as another member."""

    def __init__(self, base: str, token: str, thread: str) -> None:
        self.base, self.token, self.thread = base, token, thread

    def note(self, text: str) -> None:
        """Leave a note on the thread, as another member does."""
        headers = {"authorization": f"Bearer {self.token}"}
        url = f"{self.base}/api/threads/{self.thread}/notes"
        httpx.post(url, json={"text": text}, headers=headers, timeout=PATIENCE).raise_for_status()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, fetched: Any) -> Iterator[House]:
    pixel = fetched[0]
    home, port = tmp_path_factory.mktemp("needs") / "home", free_port()
    config.ensure_home(home)
    with config.edit(home) as document:
        document["app"] = {"port": port}
        document["review"] = [{"source": "shop"}]
    texts = [text.format(pixel=pixel) for text in TEXTS]
    with opened(config.load(home)) as served:
        store = served.store
        land(store, [notice(f"q{n}", text, author=text[:100]) for n, text in enumerate(texts)], "shop")
        for number, text in enumerate(texts, 1):
            row = drafts.save(store, ANA, number, f"{text} first", 0, suggestion=text)
            reviews.ask(store, ANA, row["marker"], row["version"])
            made = replies.add(store, "local", number, f"{number:02}".rjust(26, "x"), text)
            made = replies.move(store, "x", made["marker"], made["version"], "sending")
            replies.move(store, "x", made["marker"], made["version"], "failed", why=text)
        thread = comments.get(store, 1)["thread_id"]
        triaging.add_note(store, ANA, int(thread), f"@local {texts[0]}")
        token = create_token(store, "local", "bo", ["read", "triage"])
    with started(home, port):
        yield House(f"http://127.0.0.1:{port}", token, thread)


def visit(chromium: Any, house: House, path: str = "/replies", width: int = 1280, **more: Any) -> Any:
    page = chromium.new_page(viewport={"width": width, "height": 900}, base_url=house.base, **more)
    page.set_default_timeout(1000 * PATIENCE)
    page.goto(path)
    expect(page.locator(".badge .count")).not_to_be_empty()
    return page


def test_the_badge_counts_opens_and_is_seen(chromium: Any, house: House) -> None:
    page = visit(chromium, house)
    badge = page.locator(".badge")
    expect(badge).to_have_attribute(
        "aria-label", f"Needs you: {2 * len(TEXTS) + 1}, {2 * len(TEXTS) + 1} new"
    )
    badge.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("ana mentions you in a note")).to_be_visible()
    expect(badge).to_have_attribute("aria-label", f"Needs you: {2 * len(TEXTS) + 1}")
    page.keyboard.press("Escape")
    expect(page.locator(".needs .list")).to_be_hidden()
    expect(badge).to_be_focused()
    house.note("@local and this one, please")
    expect(badge).to_have_attribute("aria-label", f"Needs you: {2 * len(TEXTS) + 2}, 1 new")
    badge.click()
    mine = page.locator(".needs li", has_text="and this one")
    mine.get_by_role("button", name="Seen").click()
    expect(mine).to_have_count(0)
    page.locator(".needs li", has_text="mentions you").locator("a").click()
    page.wait_for_url("**/?comment=1")
    page.close()


@pytest.mark.parametrize("width", [1280, 390])
def test_the_badge_has_a_name_before_its_first_list(chromium: Any, house: House, width: int) -> None:
    page = chromium.new_page(viewport={"width": width, "height": 900}, base_url=house.base)
    page.route("**/api/notices", lambda route: route.abort())
    page.goto("/replies")
    expect(page.get_by_role("button", name="Needs you", exact=True)).to_be_visible()
    page.close()


def test_letters_are_chosen_and_another_tab_is_told(chromium: Any, house: House) -> None:
    pages = [visit(chromium, house, locale=locale) for locale in ("en-GB", "fr-FR")]
    for page, summary in zip(pages, ("By mail", "Par courriel"), strict=True):
        page.locator(".badge").click()
        page.locator(".needs summary", has_text=summary).click()
        expect(page.locator(".needs form .hint")).to_contain_text("[notices]")
        page.locator(".needs input").fill("ana@example.org")
    first, second = pages
    first.get_by_label("How often").select_option("daily")
    first.locator(".needs").get_by_role("button", name="Save").click()
    expect(first.locator(".needs form .hint")).to_have_text("Saved")
    second.get_by_label("À quelle fréquence").select_option("once")
    second.locator(".needs").get_by_role("button", name="Enregistrer").click()
    expect(second.locator(".needs form .hint")).to_contain_text("another tab")
    expect(second.get_by_label("À quelle fréquence")).to_have_value("daily")
    for page in pages:
        page.close()


@pytest.mark.parametrize("section", ["review", "outbox"])
def test_hostile_texts_stay_text_and_nothing_is_fetched(
    chromium: Any, house: House, fetched: Any, section: str
) -> None:
    page = visit(chromium, house, f"/replies?section={section}")
    expect(page.locator(".difference")).not_to_have_count(0)
    page.locator(".badge").click()
    expect(page.locator(".needs li")).not_to_have_count(0)
    found = page.evaluate("""() => {
        const roots = [document, ...[...document.querySelectorAll('*')].map(e => e.shadowRoot).filter(Boolean)]
        return roots.flatMap(r => [...r.querySelectorAll('.difference :not(ins, del, .unseen), .needs :is(img, script, iframe)')]).length
    }""")
    assert (found, fetched[1]) == (0, [])
    page.close()


def test_a_reply_is_approved_right_there(chromium: Any, house: House) -> None:
    page = visit(chromium, house)
    first = page.locator("[class*=st-key-review_]").first
    expect(first.locator(".difference ins")).to_contain_text("first")
    before = page.locator(".badge .count").inner_text()
    first.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Approved, for just this text.")).to_be_visible()
    expect(page.locator(".badge .count")).to_have_text(str(int(before) - 1))
    page.close()


@pytest.mark.parametrize("path", ["/replies?section=review", "/replies?section=outbox", "/canned?key=late"])
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_pages_fit_and_are_accessible(
    chromium: Any, house: House, path: str, width: int, scheme: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page = visit(chromium, house, path, width, color_scheme=scheme)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator(".stApp [data-testid=stSkeleton]")).to_have_count(0)
    page.locator(".badge").click()
    expect(page.locator(".needs .list")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = axe.Axe().run(page).response["violations"]
    assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []
    page.close()
