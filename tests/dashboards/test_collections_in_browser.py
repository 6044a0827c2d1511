"""Collections in a real browser: a consent recorded in its dialog, a publication downloaded, and what is published looked at."""

import io
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from curation import config, publishing
from curation.actions import clearing, collecting
from curation.api import opened
from curation.models import LOCAL
from curation.publishing import entries
from curation.store import Store
from tests.conftest import land, notice
from tests.dashboards.browser import expect, in_browser
from tests.dashboards.hostile import TEXTS
from tests.dashboards.started import free_port, started
from tests.patience import PATIENCE

PIXEL = "http://127.0.0.1:9/pixel.png"
HOSTILE = [text.format(pixel=PIXEL) for text in TEXTS]

pytestmark = in_browser


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one collection to work on, and one whose every word is hostile."""
    home = tmp_path_factory.mktemp("collections") / "home"
    config.ensure_home(home)
    with config.edit(home) as document:
        document["app"] = {"port": free_port()}
    with opened(config.load(home)) as served:
        fill(served.store)
        made = collecting.preview(served.store, LOCAL, "hostile")
    (home / "site").mkdir()
    for name, text in made.items():
        (home / "site" / name).write_text(text, "utf-8", newline="")
    return home


def fill(store: Store) -> None:
    land(
        store,
        [notice("a", "Late. But support was wonderful!", author="Cleo Martin", url="https://example.org/1")],
    )
    collecting.save(store, LOCAL, "voices", collecting.About(title="What customers say"))
    collecting.add(store, LOCAL, "voices", 1, "support was wonderful!")
    rows = [notice(f"h{n}", text, author=text[:150], url="javascript:1") for n, text in enumerate(HOSTILE)]
    land(store, rows)
    collecting.save(store, LOCAL, "hostile", collecting.About(title=HOSTILE[2][:200], about=HOSTILE[0]))
    for n in range(len(HOSTILE)):
        quote = collecting.add(store, LOCAL, "hostile", n + 2, note=HOSTILE[2])
        given = {"kind": "consent", "words": quote["text"], "how": HOSTILE[0], "uses": ["site", "feed"]}
        clearance = clearing.Clearance.model_validate({**given, "given_on": date(2026, 11, 3)})
        clearing.clear(store, LOCAL, quote["id"], clearance, quote["version"])


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    """The address of the app on that home."""
    port = config.load(home).app.port
    with started(home, port):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def visit(chromium: Any) -> Iterator[Any]:
    """Open a page; at the end nothing may have been thrown, blocked, or asked of where the pixels are."""
    wrong: list[str] = []
    contexts = []

    def open_page(address: str, wide: bool = True, **about: Any) -> Any:
        size = {"width": 1280, "height": 900} if wide else {"width": 390, "height": 844}
        contexts.append(chromium.new_context(viewport=size, **{"locale": "en-GB", **about}))
        page = contexts[-1].new_page()
        page.set_default_timeout(1000 * PATIENCE)
        page.on("request", lambda asked: wrong.append(asked.url) if ":9/" in asked.url else None)
        page.on("console", lambda said: wrong.append(said.text) if "Security Policy" in said.text else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("dialog", lambda dialog: wrong.append(dialog.message))
        page.goto(address)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert wrong == []


def test_a_consent_is_recorded_published_and_withdrawn(visit: Any, address: str) -> None:
    page = visit(f"{address}/collections?collection=voices")
    expect(page.get_by_text("Nobody has agreed to its publication yet")).to_be_visible()
    page.get_by_role("button", name="Record consent").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("support was wonderful!")).to_be_visible()
    dialog.get_by_role("button", name="Record").click()
    expect(dialog.get_by_text("This did not work")).to_be_visible()
    dialog.get_by_text("initials", exact=True).click()
    dialog.get_by_label("How they agreed").fill("By mail: “yes, you may”")
    dialog.get_by_role("button", name="Record").click()
    expect(page.get_by_text("shown as C. M.")).to_be_visible()
    page.get_by_text("Publish", exact=True).click()
    expect(page.get_by_text("1 quote will be published")).to_be_visible()
    with page.expect_download() as loading:
        page.get_by_role("button", name="Publish: download the files").click()
    with zipfile.ZipFile(io.BytesIO(Path(loading.value.path()).read_bytes())) as archive:
        assert "support was wonderful!" in archive.read("index.html").decode()
        assert set(archive.namelist()) == set(publishing.MEDIA)
    page.get_by_text("Quotes", exact=True).click()
    page.get_by_role("button", name="Withdraw").click()
    dialog.get_by_label("Who withdrew it").fill("Cleo, by phone")
    dialog.get_by_role("button", name="Withdraw").click()
    expect(page.get_by_text("holds quotes that may not be published any more")).to_be_visible()
    expect(page.get_by_text("What cleared it was withdrawn")).to_be_visible()


@pytest.mark.parametrize("wide", [True, False])
def test_hostile_words_stay_words_on_the_page(visit: Any, address: str, wide: bool) -> None:
    page = visit(f"{address}/collections?collection=hostile", wide=wide)
    expect(page.get_by_text('<img src="').first).to_be_visible()
    expect(page.get_by_text("![pixel](").first).to_be_visible()
    page.locator(".st-key-consent_4 button").click()
    expect(page.get_by_role("dialog").get_by_text('<img src="')).to_be_visible()
    page.keyboard.press("Escape")
    for number, said in (("2", "{{7*7}}"), ("3", "javascript:alert(1)")):
        page.get_by_role("radio", name=number, exact=True).click()
        expect(page.get_by_text(said).first).to_be_visible()
    page.get_by_text("Publish", exact=True).click()
    expect(page.get_by_text("22 quotes will be published")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_kept_out_of_the_page(visit: Any, address: str, scheme: str) -> None:
    page = visit(f"{address}/collections?collection=hostile", color_scheme=scheme)
    expect(page.get_by_role("button", name="Take out").first).to_be_visible()
    assert serious(page) == []
    page.get_by_role("button", name="Record consent").first.click()
    expect(page.get_by_label("How they agreed")).to_be_visible()
    assert serious(page) == []


def serious(page: Any) -> list[tuple[str, str]]:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page.wait_for_timeout(300)
    return [
        (violation["id"], node["html"][:200])
        for violation in axe.Axe().run(page).response["violations"]
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["index.html", "embed.html"])
def test_what_is_published_is_shown_as_it_was_said(visit: Any, home: Path, name: str, scheme: str) -> None:
    page = visit((home / "site" / name).as_uri(), wide=False, color_scheme=scheme)
    shown = page.locator("blockquote p").all_text_contents()
    assert shown == [entries.writable(text).strip().replace("\r\n", "\n") for text in HOSTILE]
    assert page.locator("script, img, svg, iframe, form, object, embed").count() == 0
    assert page.locator("style").count() == 1
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(18, 24, 23)"}[scheme]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert serious(page) == []
