"""Sign-in as people meet it: the real app, a real OpenID provider, a real browser."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from curation import config
from curation.actions import members
from curation.api import opened as hold
from curation.client import Client, find
from curation.models import LOCAL
from dashboards import serving, signing_in
from tests.conftest import land, notice
from tests.dashboards.browser import expect, in_browser
from tests.dashboards.conftest import Open, words
from tests.dashboards.started import free_port, started
from tests.patience import PATIENCE
from tests.servers.openid.provider import running

PEOPLE = {
    "ana": {"email": "Ana@example.org", "email_verified": True},
    "rex": {"email": "rex@example.org", "email_verified": True},
    "eve": {"email": "eve@example.org", "email_verified": True},
    "una": {"email": "ana@example.org", "email_verified": False},
    "bot": {},
}


@dataclass
class App:
    """The app's address, and a client that may do everything, as the machine's own."""

    address: str
    client: Client


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The app with sign-in, and an administrator and a reader who are members."""
    home, port = tmp_path_factory.mktemp("signing-in") / "home", free_port()
    address = f"http://localhost:{port}"
    with running(address, PEOPLE) as provider:
        config.ensure_home(home)
        with config.edit(home) as document:
            document["app"] = {"port": port, "host": "0.0.0.0"}
            about = {"metadata": provider.metadata, "client_id": "tribune", "address": address}
            document["sign_in"] = about
        config.save_secret("sign_in", "client_secret", provider.secret, home)
        settings = config.load(home)
        with hold(settings) as served:
            members.add(served.store, LOCAL, "ana@example.org", ["administrator"])
            members.add(served.store, LOCAL, "rex@example.org", ["reader"])
            land(served.store, [notice("a", "My parcel is late")])
        with started(home, port):
            client = find(settings)
            assert client is not None
            with client:
                yield App(address, client)


@pytest.fixture
def visit(chromium: Any, app: App) -> Iterator[Callable[..., Any]]:
    """Open the app in a context of one's own, which knows nobody yet."""
    contexts = []

    def open_page(path: str = "/", **about: Any) -> Any:
        contexts.append(chromium.new_context(**{"base_url": app.address, "locale": "en-GB", **about}))
        page = contexts[-1].new_page()
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()


def sign_in(page: Any, name: str) -> None:
    """Sign in at the provider."""
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Continue").click()


class TestInABrowser:
    """With Chromium and the provider from npm."""

    pytestmark = in_browser

    def test_a_member_comes_in_acts_under_their_name_and_leaves(self, visit, app):
        page = visit("/overview?topic=delivery")
        expect(page.get_by_text("Sign in with the account of your organisation")).to_be_visible()
        assert page.get_by_role("link", name="Inbox").count() == 0
        sign_in(page, "ana")
        expect(page.get_by_role("heading", name="Overview")).to_be_visible()
        assert page.url == f"{app.address}/overview?topic=delivery"
        page.goto("/")
        expect(page.locator(".row[aria-selected=true]")).to_be_visible()
        page.keyboard.press("2")
        expect(page.get_by_text("Set by ana@example.org").first).to_be_visible()
        done = app.client.get("/activity", who="ana@example.org")
        assert [row["action"] for row in done] == ["correct", "sign in"]
        page.goto("/members")
        expect(page.get_by_text("rex@example.org").first).to_be_visible()
        page.goto("/activity")
        expect(page.get_by_text("corrected a tag")).to_be_visible()
        page.get_by_role("button", name="Sign out").click()
        page.get_by_role("button", name="Yes, sign me out").click()
        expect(page.get_by_text("Sign in with the account of your organisation")).to_be_visible()

    @pytest.mark.parametrize(
        ("name", "said"),
        [
            ("eve", "You are not a member here"),
            ("una", "does not say that this address is yours"),
            ("bot", "does not tell Tribune your email address"),
        ],
    )
    def test_who_is_not_let_in_is_told_what_to_do(self, visit, name, said):
        page = visit()
        sign_in(page, name)
        expect(page.get_by_text(said)).to_be_visible()
        assert page.locator(".inbox").count() == 0
        page.get_by_role("button", name="Sign out").click()
        page.get_by_role("button", name="Yes, sign me out").click()
        expect(page.get_by_role("button", name="Sign in")).to_be_visible()

    def test_a_reader_sees_no_page_of_administrators_and_is_out_once_removed(self, visit, app):
        page = visit()
        sign_in(page, "rex")
        expect(page.locator(".row[aria-selected=true]")).to_be_visible()
        page.keyboard.press("g")
        offered = page.get_by_role("option")
        expect(offered.filter(has_text="Sources")).to_be_visible()
        assert offered.filter(has_text="Members").count() == offered.filter(has_text="Activity").count() == 0
        for path in ("overview", "crisis", "topics", "themes", "quality", "collections", "sources"):
            page.goto(f"/{path}")
            expect(page.locator("h1").first).to_be_visible()
            assert page.get_by_text("This did not work").count() == 0
            assert page.get_by_test_id("stException").count() == 0
        app.client.delete("/members/rex@example.org")
        page.goto(
            "/overview"
        )  # A click may come too late: the badge asks, too, and the page is gone by then.
        expect(page.get_by_text("You are not a member here")).to_be_visible()

    def test_the_door_speaks_french(self, visit):
        page = visit(locale="fr-FR", viewport={"width": 390, "height": 844})
        expect(page.get_by_role("button", name="Se connecter")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") == 390

    def test_the_api_and_the_pages_answer_to_no_other_name(self, app):
        assert httpx.get(f"{app.address}/api/comments").status_code == 401
        for evil in ({"host": "evil.example"}, {"origin": "https://evil.example"}):
            assert httpx.get(f"{app.address}/", headers=evil).status_code in (403, 421)


def test_nobody_sees_a_page_who_is_not_signed_in(opened: Open, config: config.Config) -> None:
    about = {
        "metadata": "https://login.example.org/.well-known/openid-configuration",
        "client_id": "tribune",
        "address": "https://tribune.example.org",
    }
    guarded = config.model_copy(update={"sign_in": signing_in.SignIn.model_validate(about)})
    serving.hold(serving.served(), guarded)
    for name in ("inbox", "overview", "sources", "members", "activity"):
        app = opened()
        app.switch_page(f"views/{name}.py").run()
        assert "Sign in with the account of your organisation" in words(app)
        assert app.title == []


@pytest.mark.parametrize(
    ("address", "secure"), [("https://tribune.example.org", True), ("http://localhost:1", False)]
)
def test_behind_tls_cookies_are_secure(address: str, secure: bool) -> None:
    async def page(_: Any) -> PlainTextResponse:
        answer = PlainTextResponse("")
        answer.set_cookie("a", "b")
        return answer

    sign_in = signing_in.SignIn(metadata=address, client_id="x", address=address)
    with TestClient(signing_in.Secure(Starlette(routes=[Route("/", page)]), sign_in)) as client:
        answer = client.get("/")
    assert ("; Secure" in answer.headers["set-cookie"]) is secure
    assert ("strict-transport-security" in answer.headers) is secure


@pytest.mark.parametrize(
    ("page", "back"),
    [
        ("/overview?topic=delivery;late", "/overview?topic=delivery;late"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/\t/evil.example", "/"),
        ("https://evil.example/", "/"),
        ("", "/"),
    ],
)
def test_who_signs_in_comes_back_to_a_page_of_ours_only(page: str, back: str) -> None:
    async def streamlit(_: Any) -> RedirectResponse:
        return RedirectResponse("/")

    address = "https://tribune.example.org"
    sign_in = signing_in.SignIn(metadata=address, client_id="x", address=address)
    routes = [Route(path, streamlit) for path in (signing_in.LOGIN, signing_in.CALLBACK)]
    back_again = signing_in.Back(Starlette(routes=routes), sign_in)
    with TestClient(back_again, base_url=address, follow_redirects=False) as client:
        client.get(signing_in.LOGIN, headers={"referer": address + page})
        assert client.get(signing_in.CALLBACK).headers["location"] == back
        assert client.get(signing_in.CALLBACK).headers["location"] == "/"
        cookie = f"{signing_in.ASKED}={quote(page, safe='')}"
        assert client.get(signing_in.CALLBACK, headers={"cookie": cookie}).headers["location"] == back
        client.get(signing_in.LOGIN, headers={"referer": f"https://evil.example{page}"})
        assert client.get(signing_in.CALLBACK).headers["location"] == "/"


def test_the_app_does_not_start_on_other_addresses_without_sign_in(home: Path) -> None:
    config.ensure_home(home)
    (home / "tribune.toml").write_text("[app]\nhost = '0.0.0.0'\n")
    for command in (["dashboards"], ["curation.up"]):
        done = subprocess.run(
            [sys.executable, "-m", *command], capture_output=True, text=True, timeout=PATIENCE
        )
        assert done.returncode == 1
        assert "without sign-in Tribune listens on this machine only" in done.stderr
        assert not (home / "run.json").exists()
