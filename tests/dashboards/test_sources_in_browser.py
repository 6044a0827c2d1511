"""Sources are added in a real chromium, by mouse and keyboard, wide and narrow, and an alert is seen."""

import hashlib
import hmac
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from curation import config
from curation.api import opened
from curation.store import sources, watching
from curation.store.connection import now
from tests.conftest import land, notice
from tests.dashboards.browser import expect, in_browser
from tests.dashboards.started import free_port, started

SECRET = "a secret for the hook"
LOST = "The list ended ![x](http://127.0.0.1:9/p.png) too soon."

pytestmark = in_browser


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one source that lost something."""
    home = tmp_path_factory.mktemp("sources") / "home"
    config.ensure_home(home)
    with config.edit(home) as document:
        document["app"] = {"port": free_port()}
    config.save_source("gappy", "file", {"path": "/nowhere.csv"}, None, home)
    with opened(config.load(home)) as served:
        gap = {"stream": "gap s #1", "why": LOST, "cursor": None}
        land(served.store, [notice("a", "x")], "gappy", cursor={"at": 1}, gap=gap)
        sources.add_run(served.store, "pull", "gappy", now(), 1.0, {"pulled": 1}, None)
        watching.keep_alerts(served.store, [("gappy", "gap", LOST)])
    return home


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    """The address of the app on that home."""
    port = config.load(home).app.port
    with started(home, port):
        yield f"http://127.0.0.1:{port}"


def visit(chromium, address: str, width: int = 1280, **more: str):
    page = chromium.new_page(viewport={"width": width, "height": 900}, base_url=address, **more)
    page.goto("/sources")
    expect(page.locator(".facts").first).to_be_visible()
    return page


def choose(page, connector: str) -> None:
    """Choose a connector, having opened the list: what is typed before it opens may be lost on a busy machine."""
    page.get_by_text("Add a source", exact=True).click()
    box = page.get_by_role("combobox", name="Connector")
    box.click()
    option = page.get_by_role("option", name=connector, exact=True)
    expect(option).to_be_visible()
    box.fill(connector)
    option.click()


def test_sources_are_added_and_an_alert_is_seen(chromium, address, home, tmp_path):
    export = tmp_path / "export.csv"
    export.write_text("id,text,created_at\n1,The parcel is late,2026-11-01\n")
    page = visit(chromium, address, locale="en-GB")
    wrong: list[str] = []
    page.on("console", lambda m: wrong.append(m.text) if "Content Security Policy" in m.text else None)
    page.on("request", lambda r: wrong.append(r.url) if ":9/" in r.url else None)
    choose(page, "file")
    page.get_by_label("path", exact=True).fill(str(export))
    page.keyboard.press("Enter")
    expect(page.get_by_text("The parcel is late")).to_be_visible()
    assert "file" not in config.load(home).sources
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("file was added.")).to_be_visible()
    expect(page.locator(".state h2", has_text="file")).to_be_visible()

    choose(page, "webhook")
    secret = page.get_by_label("secret", exact=True)
    expect(secret).to_have_attribute("type", "password")
    secret.fill(SECRET)
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("/hooks/webhook")).to_be_visible()
    assert SECRET not in page.content()
    body, at = b'{"id": "1", "text": "Said by another service"}', int(time.time())
    signed = hmac.new(SECRET.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    sent = httpx.post(
        f"{address}/hooks/webhook", content=body, headers={"X-Tribune-Signature": f"t={at},v1={signed}"}
    )
    assert (sent.status_code, sent.json()["new"]) == (200, 1)
    assert httpx.get(f"{address}/hooks/webhook").status_code == 405

    expect(page.get_by_text("Something was missed")).to_be_visible()
    expect(page.locator(".alert", has_text=LOST)).to_be_visible()
    page.get_by_role("button", name="I have seen it").click()
    expect(page.get_by_text("Something was missed")).to_have_count(0)
    page.locator(".st-key-source_file").get_by_role("button", name="Remove").click()
    page.get_by_role("button", name="Remove file").click()
    expect(page.locator(".state h2", has_text="file")).to_have_count(0)
    assert "file" not in config.load(home).sources
    assert wrong == []
    page.close()


@pytest.mark.parametrize(
    ("width", "locale", "scheme", "add", "enter"),
    [
        (1280, "en-GB", "dark", "Add a source", "Enter a comment"),
        (390, "fr-FR", "light", "Ajouter une source", "Saisir un commentaire"),
    ],
)
def test_the_forms_keep_nobody_out(chromium, address, width, locale, scheme, add, enter):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page = visit(chromium, address, width, locale=locale, color_scheme=scheme)
    for name in (add, enter):
        page.locator("summary", has_text=name).press("Enter")
    expect(page.locator("textarea").first).to_be_visible()
    page.wait_for_timeout(300)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    found = {
        violation["id"]: [node["html"][:200] for node in violation["nodes"]]
        for violation in axe.Axe().run(page).response["violations"]
        if violation["impact"] in ("serious", "critical")
    }
    assert found == {}
    page.close()
