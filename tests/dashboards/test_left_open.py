"""A tab from yesterday: the app was started anew since, others went on, and a text was left in it."""

from datetime import timedelta

import httpx
from playwright.sync_api import Page

from curation import config
from curation.api import opened
from curation.store import access
from curation.store.connection import now
from tests.conftest import land, notice
from tests.dashboards.browser import expect, in_browser
from tests.dashboards.started import free_port, started
from tests.patience import PATIENCE

pytestmark = in_browser


def test_a_tab_left_open_goes_on_where_it_was(chromium, home):
    port = free_port()
    config.ensure_home()
    with config.edit() as document:
        document["app"] = {"port": port}
    with opened(config.load()) as served:
        at = now() - timedelta(days=1)
        land(
            served.store, [notice(f"c{n}", f"Where is parcel {n}?", created_at=at) for n in range(3)], "shop"
        )
        token = access.create_token(served.store, "test", "ana", ["read", "triage"])
    base, wrong = f"http://127.0.0.1:{port}", []
    page: Page = chromium.new_context(locale="en-GB", base_url=base).new_page()
    page.on("pageerror", lambda error: wrong.append(str(error)))
    state, coach = page.locator(".reply-state"), page.locator(".coach")
    text = page.get_by_role("textbox", name="Answer", exact=True)
    with started(home, port):
        page.goto("/")
        text.fill("It left this morning")
        expect(state).to_contain_text("Saved")
    text.fill("It left this morning, by train.")
    expect(state).to_contain_text("Not saved yet")
    expect(coach).to_contain_text("does not answer")

    asleep = lambda route: route.abort()  # noqa: E731
    page.route("**/api/**", asleep)
    headers = {"authorization": f"Bearer {token}"}
    with started(home, port), httpx.Client(base_url=f"{base}/api", headers=headers, timeout=PATIENCE) as ana:
        thread = ana.get("/comments/find", params={"source": "shop", "key": "c2"}).json()["thread_id"]
        ana.post(f"/threads/{thread}/status", json={"status": "resolved"}).raise_for_status()
        page.unroute("**/api/**", asleep)
        expect(state).to_contain_text("Saved")
        expect(coach).not_to_contain_text("does not answer")
        resolved = page.locator(".moves .choices").get_by_role("button", name="Resolved", exact=True)
        expect(resolved).to_have_attribute("aria-pressed", "true")
        expect(page.locator(".offline")).to_be_hidden()
        text.fill("It left this morning, by night train.")
        expect(state).to_contain_text("Saved")
        page.reload()
        expect(text).to_have_value("It left this morning, by night train.")
    assert wrong == []
