"""The pages of administrators: who did what, in words and narrowed; members who are added, changed and removed."""

import ast
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import curation
from curation import config
from curation.actions import members as acts
from curation.api import opened as hold
from curation.api.serving import Served
from curation.models import LOCAL
from curation.store import access, comments, members, tags, threads
from dashboards import activity
from dashboards.speech import Speech
from tests.conftest import land, notice
from tests.dashboards.browser import expect, is_there
from tests.dashboards.conftest import Open, words
from tests.dashboards.hostile import TEXTS
from tests.dashboards.started import free_port, started

SAY = Speech("en")


def test_a_member_is_added_changed_and_removed(opened: Open, served: Served) -> None:
    app = opened("members")
    assert "Nobody is a member yet" in words(app) and "without sign-in" in words(app)
    app.text_input(key="new_email").set_value("Ana@example.org")
    app.multiselect(key="new_roles").set_value(["administrator"])
    app.button(key="add").click().run()
    assert "ana@example.org is a member now" in words(app)
    app.multiselect(key="roles_ana@example.org").set_value(["reader"]).run()
    assert "ana@example.org is the last administrator" in words(app)
    assert app.multiselect(key="roles_ana@example.org").value == ["administrator"]
    members.add(served.store, "local", "bo@example.org", ["reader"])
    app.run()
    app.multiselect(key="roles_bo@example.org").set_value(["agent", "curator"]).run()
    assert acts.permitted(served.store, "bo@example.org") == {"read", "triage", "draft", "send", "curate"}
    members.set_roles(served.store, "ana@example.org", "bo@example.org", ["writer"])
    app.multiselect(key="roles_bo@example.org").set_value(["agent"]).run()
    assert "Somebody gave bo@example.org other roles meanwhile: writer." in words(app)
    assert app.multiselect(key="roles_bo@example.org").value == ["writer"]
    members.set_roles(served.store, "ana@example.org", "bo@example.org", ["reviewer"])
    app.run()
    # What somebody else chose is shown before it is the ground for another change.
    assert app.multiselect(key="roles_bo@example.org").value == ["reviewer"]
    app.button(key="remove_bo@example.org").click().run()
    assert [one["name"] for one in acts.listed(served.store, LOCAL)] == ["ana@example.org"]


def row(action: str, subject: str, before: str | None = None, after: str | None = None) -> dict[str, Any]:
    at = datetime(2026, 11, 1, 12)  # noqa: DTZ001 - the store's times are UTC without a zone
    return {
        "at": at, "who": "ana", "action": action, "subject": subject, "before": before, "after": after, "comment": None,
    }  # fmt: skip


def test_what_changed_is_said_and_nothing_else() -> None:
    before, after = '{"status":"open","version":1,"note":null}', '{"status":"resolved","version":2,"deed":7}'
    (said,) = activity.rows(SAY, [row("status", "thread/77", before, after)])
    assert said["at"] == "2026-11-01T12:00:00Z"
    assert (said["did"], said["about"], said["to"]) == ("changed the status", "conversation", None)
    assert said["changes"] == [{"name": "status", "before": "Open", "after": "Resolved"}]
    for subject, about in (
        ("source/a\u202eb", "source a[U+202E]b"),
        ("bulk", "many conversations"),
        ("older than 9 days", "older than 9 days"),
    ):
        assert activity.rows(SAY, [row("new one", subject)])[0]["about"] == about
    (said,) = activity.rows(SAY, [row("x", "y", None, "[1,2]")])
    assert said["changes"] == [{"name": "", "before": None, "after": "1, 2"}]


def test_every_action_of_the_library_has_its_words() -> None:
    """An audit row is written by `note(con, who, action, …)`, a deed on threads by `done` and `decide`."""
    places = {"note": 2, "audit": 2, "done": 2, "decide": 2}
    written = set()
    for file in Path(curation.__file__).parent.glob("store/*.py"):
        for call in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(call, ast.Call):
                name = getattr(call.func, "id", getattr(call.func, "attr", ""))
                if (place := places.get(name)) and len(call.args) > place + 1:
                    given = call.args[place]
                    parts = [given.body, given.orelse] if isinstance(given, ast.IfExp) else [given]
                    written |= {one.value for one in parts if isinstance(one, ast.Constant)}
    assert len(written) > 40
    assert sorted(written - activity.actions(SAY).keys()) == []


def test_filters_and_pages_live_in_the_address(opened: Open, served: Served) -> None:
    for n in range(60):
        members.add(served.store, "local", f"p{n}@example.org", ["administrator"])
    members.remove(served.store, "ana@example.org", "p1@example.org")
    app = opened("activity")
    app.button(key="older").click().run()
    assert app.query_params["before"] == "12"
    app.selectbox(key="activity_who").set_value("ana@example.org").run()
    assert app.query_params["who"] == "ana@example.org"
    assert "before" not in app.query_params
    app.selectbox(key="activity_action").set_value("add member").run()
    assert "Nobody did anything that fits." in words(app)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app, where everything that has a name has a hostile one."""
    home, port = tmp_path_factory.mktemp("activity") / "home", free_port()
    config.ensure_home(home)
    with config.edit(home) as document:
        document["app"] = {"port": port}
    with hold(config.load(home)) as served:
        store = served.store
        land(store, [notice("a", "Late")], "shop")
        thread = int(comments.get(store, 1)["thread_id"])
        threads.set_status(store, "ana@example.org", thread, "open")
        tags.correct(store, "ana@example.org", 1, "sentiment", "negative")
        members.add(store, "local", "bo_b_b@example.org", ["agent"])
        with store.write() as con:
            for text in TEXTS:
                text = text.format(pixel="http://127.0.0.1:9/pixel")
                access.note(con, text, text, f"source/{text}", {text: text}, {text: [text], "x": text})
    with started(home, port):
        yield f"http://127.0.0.1:{port}"


@pytest.mark.browser
@is_there
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_hostile_names_stay_text_and_nobody_is_kept_out(chromium: Any, address: str, scheme: Any) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page = chromium.new_page(base_url=address, color_scheme=scheme, viewport={"width": 390, "height": 844})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: asked.append(dialog.message))
    for path, shown in (("/activity", "ol.rows"), ("/members", "text=bo_b_b@example.org")):
        page.goto(path)
        expect(page.locator(shown).first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        expect(page.get_by_role("button", name="Needs you")).to_be_visible()
        page.wait_for_timeout(300)
        wrong = axe.Axe().run(page).response["violations"]
        assert [one["id"] for one in wrong if one["impact"] in ("serious", "critical")] == []
        if path == "/activity":
            assert page.locator(".rows img, .rows iframe, .rows a[href^=javascript]").count() == 0
            page.get_by_role("link", name="comment 1").first.focus()
    assert [
        url for url in asked if not url.startswith(("http://127.0.0.1:" + address[-5:], "data:", "blob:"))
    ] == []
    page.goto("/activity?who=ana%40example.org")
    page.get_by_role("link", name="comment 1").first.click()
    expect(page.locator(".detail h2")).to_be_visible()
    page.close()
