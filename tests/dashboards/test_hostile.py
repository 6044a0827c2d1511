"""Every page on a store where each text anybody can write is hostile: nothing of it is live, and nobody is kept out."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import pytest
from fastapi.testclient import TestClient

from curation import arrow, config
from curation.api import create_api, opened
from curation.api.serving import Served
from curation.store import Store, access, tags
from tests.conftest import land, notice
from tests.dashboards.browser import counted_picture, expect, in_browser
from tests.dashboards.started import ROOT, START, fill, free_port, started

pytestmark = in_browser

VIEWS = sorted(
    "/" if view.stem == "inbox" else f"/{view.stem}" for view in (ROOT / "dashboards" / "views").glob("*.py")
)
Page = Any

VIEW = "<img src=x onerror=alert(1)> **markedup** ?view"
WORD = "markedup"
Step = Callable[[Page], object]


def hostile(pixel: str, place: str) -> str:
    """Return a text that, were it read as markup, would fetch `pixel` and leave an element with nothing but a word in it."""
    return (
        f"![x]({pixel}?{place}) <img src={pixel}?{place} onerror=alert(1)> **{WORD}** <b>{WORD}</b> "
        f":red[{WORD}] :material/pest_control: $x^2$"
    )


def short(pixel: str, place: str) -> str:
    """Return the same in fewer than 100 characters."""
    return f"<img src={pixel}?{place}>![]({pixel}) **{WORD}**"


def press(*keys: str) -> Step:
    def pressed(page: Page) -> None:
        expect(page.locator(".detail[aria-busy=false]")).to_be_attached()
        for key in keys:
            page.keyboard.press(key)

    return pressed


def click(selector: str) -> Step:
    return lambda page: page.locator(selector).first.click()


def search(page: Page) -> None:
    page.get_by_role("searchbox").fill(hostile(page.pixel, "sought"))
    page.keyboard.press("Enter")


TALK = "/?source=forum&comment={talk}"

# Where texts are shown: an address, what to do there, and the places whose texts then stand on the page.
SHOWN: list[tuple[str, list[Step], tuple[str, ...]]] = [
    (
        TALK,
        [],
        ("author", "title", "text", "answer", "attribute-name", "attribute", "entity", "evidence", "note"),
    ),
    (TALK, [click("summary:has-text('Earlier versions')")], ("before",)),
    (TALK, [click("summary:has-text('As received')")], ("raw",)),
    (
        TALK,
        [click("textarea[data-focus=answer]"), click(".reply button:has-text('Canned replies')")],
        ("canned", "draft-of-ana"),
    ),
    (
        TALK,
        [click("textarea[data-focus=answer]"), click(".reply button:has-text('Earlier texts')")],
        ("draft",),
    ),
    (TALK, [press("v")], ("view",)),
    (TALK, [press("m")], ("twin",)),
    ("/?q=%3Cimg%20src%3D{pixel}%3Fchip%3E", [], ("chip",)),
    ("/?topic=bad", [], ("topic",)),
    ("/?source=forum", [search], ("sought",)),
    ("/sources", [click("text=1 refused record")], ("img", "markdown")),
    ("/overview", [], ("source",)),
    ("/themes", [], ("img", "markdown")),
    ("/topics", [], ("topic",)),
    ("/replies", [], ("draft-of-ana", "text")),
    ("/canned?key=sorry", [], ("canned",)),
    ("/collections?collection=said", [], ("collection", "text", "quote-note")),
    ("/crisis", [], ("crisis",)),
    ("/crisis?crisis=1", [click("text=Our statement")], ("statement",)),
    ("/activity", [], ("collection",)),
]


@dataclass(frozen=True)
class App:
    """Where the app is, the picture nobody may fetch, who did, and the comment that holds most."""

    address: str
    pixel: str
    fetched: list[str]
    talk: int


@pytest.fixture(scope="module")
def pixel() -> Iterator[tuple[str, list[str]]]:
    """A picture's address, and every request that was made for it."""
    with counted_picture("p") as given:
        yield given


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, pixel: tuple[str, list[str]]) -> Iterator[App]:
    home = tmp_path_factory.mktemp("hostile") / "home"
    port = free_port()
    config.ensure_home(home)
    config.save_source("forum", "discourse", {"url": "https://forum.example", "user": "team"}, path=home)
    with config.edit(home) as document:
        document["app"] = {"port": port}
        document["review"] = [{"source": "forum"}]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRIBUNE_FORUM_API_KEY", "hush")
        with opened(config.load(home)) as served:
            talk = say_it(served, pixel[0])
        with started(home, port):
            yield App(f"http://127.0.0.1:{port}", *pixel, talk)


def tagged(store: Store, comment: int, entity: str, evidence: str) -> None:
    """Tag a comment with what was found in it, in its own words."""
    about = {"comment_id": comment, "version": 2, "score": 0.9}
    rows = [
        {**about, "name": "entity", "value": f"name:{entity}"},
        {**about, "name": "sentiment", "value": "negative", "evidence": json.dumps([evidence])},
    ]
    tags.save_tags(store, "test", "rules-test", pa.Table.from_pylist(rows, schema=arrow.TAGS))


def say_it(served: Served, pixel: str) -> int:
    """Put a hostile text wherever one can be written; return the comment that holds most."""
    fill(served.store, pixel)

    def bad(place: str) -> str:
        return hostile(pixel, place)

    first = notice(
        "t1", bad("before"), author=bad("author"), title=bad("title"), thread="t", created_at=START
    )
    more = {"attributes": json.dumps({bad("attribute-name"): bad("attribute")}), "url": f"{pixel}?url"}
    land(served.store, [first], "forum")
    land(
        served.store,
        [{**first, **more, "text": bad("text"), "payload": json.dumps({"x": bad("raw")})}],
        "forum",
    )
    answer = notice("t2", bad("answer"), role="team", author="Team", thread="t", created_at=START)
    twin = notice("t3", bad("twin"), author=bad("author"), created_at=START)
    land(served.store, [answer, twin], "forum")
    ana = access.create_token(served.store, "test", "ana", ["read", "draft", "triage"])
    with TestClient(create_api(served.store, served.token)) as client:

        def ask(method: str, path: str, token: str = served.token, **given: Any) -> Any:
            said = client.request(method, path, headers={"authorization": f"Bearer {token}"}, **given)
            assert said.is_success, said.text
            return said.json()

        found = ask("GET", "/comments/find", params={"source": "forum", "key": "t1"})
        talk, thread = found["id"], found["thread_id"]
        tagged(served.store, talk, bad("entity"), bad("evidence"))
        draft = ask("PUT", f"/comments/{talk}/draft", ana, json={"text": bad("draft-of-ana"), "version": 0})
        ask("POST", f"/replies/{draft['marker']}/ask", ana, json={"version": draft["version"]})
        ask(
            "PUT",
            f"/comments/{talk}/draft",
            json={
                "text": bad("draft"),
                "version": 0,
                "aware_of": [{"marker": draft["marker"], "version": draft["version"] + 1}],
            },
        )
        ask("POST", f"/threads/{thread}/notes", ana, json={"text": f"{bad('note')} @local"})
        ask("PUT", f"/views/{quote(VIEW)}", json={"query": "source=forum", "shared": True})
        name = {"en": short(pixel, "topic"), "fr": short(pixel, "topic")}
        ask(
            "POST",
            "/taxonomy",
            json={"action": "add", "id": "bad", "name": name, "phrases": {"en": ["broken pump"]}},
        )
        ask("PUT", "/canned/sorry/en", json={"text": bad("canned")})
        ask("PUT", "/collections/said", json={"title": bad("collection"), "about": bad("about")})
        ask("POST", "/collections/said/quotes", json={"comment": talk, "note": bad("quote-note")})
        room = ask(
            "POST",
            "/crises",
            params={"source": "forum", "since": "2026-01-01"},
            json={"title": short(pixel, "crisis")},
        )
        ask("PUT", f"/crises/{room['id']}/statement", json={"version": 0, "texts": {"en": bad("statement")}})
    return int(talk)


@pytest.fixture
def visit(chromium: Any, app: App) -> Iterator[Callable[..., Page]]:
    """Open a page; at the end, nothing may have left it, been refused by its policy, asked or thrown."""
    made, wrong = [], []

    def left(request: Any) -> None:
        if not request.url.startswith((app.address, "data:", "blob:")):
            wrong.append(request.url)

    def open_page(path: str, width: int = 1280, scheme: str = "light") -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            base_url=app.address,
            locale="en-GB",
        )
        made.append(context)
        page = context.new_page()
        page.on("request", left)
        page.on("console", lambda m: wrong.append(m.text) if "Content Security Policy" in m.text else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("dialog", lambda dialog: wrong.append(dialog.message))
        page.goto(path)
        return page

    yield open_page
    for context in made:
        context.close()
    assert wrong == []
    assert app.fetched == []


READ = """() => {
    const said = []
    const read = root => {
        for (const one of root.querySelectorAll('*')) {
            if (one.shadowRoot) read(one.shadowRoot)
            if (/^(INPUT|TEXTAREA)$/.test(one.tagName)) said.push(one.value)
            else for (const node of one.childNodes) if (node.nodeType === 3) said.push(node.textContent)
        }
    }
    read(document)
    return said.join('\\n')
}"""
"""All that a person can read, also in components and fields."""

LIVE = """([pixel, word]) => {
    const live = []
    const names = new Set([word, 'x^2', 'pest_control'])
    const look = root => {
        for (const one of root.querySelectorAll('*')) {
            if (one.shadowRoot) look(one.shadowRoot)
            const link = one.matches('a[rel~=noopener][href]') && one.href.endsWith('?url')
            const told = [...one.attributes].filter(a => /^on/.test(a.name)
                || (/^(src|srcset|href|xlink:href|data|poster|action|formaction|style)$/.test(a.name) && a.value.includes(pixel) && !link))
            if (told.length || one.matches('iframe, object, embed, .katex, a[href^="javascript:"]')) live.push(one.outerHTML.slice(0, 200))
            else if (!one.children.length && names.has(one.textContent.trim())) live.push(one.outerHTML.slice(0, 200))
        }
    }
    look(document)
    return live
}"""
"""Elements that a hostile text has become: with an address of the picture, a script, or only what markup would have left of it."""


@pytest.mark.parametrize(
    ("path", "steps", "places"),
    SHOWN,
    ids=[f"{path.partition('?')[0]}-{places[0]}" for path, _, places in SHOWN],
)
def test_what_anybody_can_write_stays_text(visit, app, path, steps, places):
    page = visit(path.format(talk=app.talk, pixel=app.pixel))
    page.pixel = app.pixel
    if path == TALK:  # What comes a moment later draws anew what a step would open.
        said(page, "note", "draft")
    for step in steps:
        step(page)
    said(page, *places)
    page.wait_for_timeout(300)
    assert page.evaluate(LIVE, [app.pixel, WORD]) == []


def said(page: Page, *places: str) -> None:
    """Wait until the texts of these places stand on the page."""
    for place in places:
        page.wait_for_function(f"text => ({READ})().includes(text)", arg=f"?{place}")


STOPS = """() => {
    const stops = []
    const look = root => {
        for (const one of root.querySelectorAll('*')) {
            if (one.shadowRoot) look(one.shadowRoot)
            const natural = one.matches('a[href], button, input, select, textarea, summary')
            if (!natural && !one.hasAttribute('tabindex')) continue
            // Of a group of radio buttons, one is stopped at.
            if (one.tabIndex < 0 || one.disabled || one.type === 'radio' || one.closest('[inert], [aria-hidden=true]')) continue
            if (!one.checkVisibility({ visibilityProperty: true, opacityProperty: true }) || !one.getClientRects().length) continue
            stops.push(one)
        }
    }
    look(document)
    window.stops = new Set(stops)
    return stops.length
}"""
STOP = """() => {
    let one = document.activeElement
    while (one?.shadowRoot?.activeElement) one = one.shadowRoot.activeElement
    window.stops.delete(one)
    // Within a bar of choices one goes on by arrows.
    const bar = one?.closest('[data-rac][aria-orientation]')
    for (const other of window.stops) if (bar?.contains(other)) window.stops.delete(other)
    return one === document.body
}"""
LEFT = """() => [...window.stops]
    .filter(one => one.isConnected && one.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
    .map(one => one.outerHTML.slice(0, 160))"""


@pytest.mark.parametrize("name", VIEWS)
def test_every_control_is_reached_by_keyboard(visit, name):
    page = visit(name)
    settled(page)
    count = page.evaluate(STOPS)
    for _ in range(2 * count + 10):
        page.keyboard.press("Tab")
        if page.evaluate(STOP) and not page.evaluate(LEFT):
            break
    assert page.evaluate(LEFT) == []


@pytest.mark.parametrize("name", VIEWS)
def test_no_page_keeps_anybody_out(visit, name):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    found = {}
    for scheme in ("light", "dark"):
        page = visit(name, scheme=scheme)
        settled(page)
        for violation in axe.Axe().run(page).response["violations"]:
            if violation["impact"] in ("serious", "critical"):
                found[f"{scheme} {violation['id']}"] = [node["html"][:200] for node in violation["nodes"]]
    assert found == {}


@pytest.mark.parametrize("name", VIEWS)
def test_no_page_is_wider_than_a_phone(visit, name):
    page = visit(name, width=390)
    settled(page)
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def settled(page: Page) -> None:
    """Wait until a page is drawn."""
    expect(page.locator("h1, .inbox").first).to_be_attached()
    expect(page.locator("[data-testid=stStatusWidget]")).to_have_count(0)
    expect(page.locator("[aria-busy=true], [data-stale=true]")).to_have_count(0)
    # What fades in has no contrast yet.
    page.wait_for_timeout(1_000)
    page.wait_for_function("() => document.getAnimations().every(one => one.playState !== 'running')")


def test_the_policy_lets_nothing_in_from_elsewhere(visit):
    told = visit("/sources").request.get("/").headers["content-security-policy"]
    policy = dict(part.strip().split(" ", 1) for part in told.split(";") if " " in part.strip())
    assert policy["default-src"] == "'self'" and policy["img-src"] == "'self' data: blob:"
    assert not {"'unsafe-inline'", "'unsafe-eval'", "*"} & set(policy["script-src"].split())
    assert not [part for part in told.split() if part.startswith(("http:", "https:"))]
