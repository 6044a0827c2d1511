"""The routes of collections, and `tribune publish`: what each member may, and what comes out."""

import csv
import io
import json
import stat
import zipfile
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from curation.actions import clearing, collecting
from curation.api import create_api, opened
from curation.api.serving import Served
from curation.cli import app
from curation.config import Config
from curation.errors import Invalid, NotFound
from curation.models import LOCAL
from curation.store import access
from tests.conftest import land, notice

TEXT = "=1+1 Late again. But support was wonderful!"
CONSENT = {
    "kind": "consent",
    "words": "support was wonderful!",
    "how": "By mail",
    "uses": ["site", "print"],
    "given_on": "2026-11-03",
    "shown": "initials",
    "version": 1,
}


@pytest.fixture
def ask(served: Served) -> Any:
    """Call the API as its owner, or with another token."""
    land(served.store, [notice("a", TEXT, author="Cleo Martin", url="https://example.org/p/1")])
    with TestClient(create_api(served.store, served.token)) as client:

        def call(method: str, path: str, status: int = 200, token: str | None = None, **value: Any) -> Any:
            headers = {"authorization": f"Bearer {token or served.token}"}
            given = {"params": value} if method in ("GET", "DELETE") else {"json": value}
            answer = client.request(method, path, headers=headers, **given)
            assert answer.status_code == status, answer.text
            return answer.json() if "json" in answer.headers["content-type"] else answer

        yield call


def test_a_quote_goes_its_whole_way(ask: Any) -> None:
    made = ask("PUT", "/collections/voices", title="Voices")
    assert (made["version"], made["quotes"]) == (1, 0)
    wrong = ask("POST", "/collections/voices/quotes", 422, comment=1, words="support was great!")
    assert "“wonderful!” is there, not “great!”" in wrong["detail"]
    quote = ask("POST", "/collections/voices/quotes", 201, comment="#1", words=CONSENT["words"])
    assert (quote["id"], quote["starts"], quote["obstacles"]["site"]) == (1, 21, "none")
    other = ask("POST", "/collections/voices/quotes", 201, comment=1, note="=cmd()")
    cleared = ask("POST", "/quotes/1/clearance", 201, **CONSENT)
    assert (cleared["uses"], cleared["testimonial"]) == (["site", "print"], True)
    ordered = ask("PUT", "/collections/voices/order", ids=[other["id"], 1], version=1)
    assert [one["id"] for one in ordered["quotes"]] == [2, 1]
    page = ask("GET", "/collections/voices/files/index.html")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "support was wonderful!" in page.text and "C. M." in page.text and "Martin" not in page.text
    ask("GET", "/collections/voices/files/other.html", 404)
    published = ask("POST", "/collections/voices/publish")
    assert published["files"]["index.html"] == page.text
    assert [one["id"] for one in published["withheld"]] == [2, 1], "the feeds have none of it"
    packed = ask("POST", "/collections/voices/publish?format=zip")
    with zipfile.ZipFile(io.BytesIO(packed.content)) as archive:
        assert archive.read("index.html").decode() == page.text
    ask("POST", "/quotes/1/withdraw", why="By phone")
    assert ask("GET", "/collections/voices")["still_out"] == [1]
    gone = ask("DELETE", "/quotes/2", version=1)
    ask("DELETE", "/quotes/2", version=0)
    ask("PUT", "/quotes/2", 409, version=1, note="x")
    ask("POST", "/quotes/2/restore", version=gone["version"])
    assert ask("PUT", "/quotes/2", version=gone["version"] + 1, words="Late again.")["excerpt"]
    away = ask("DELETE", "/collections/voices", version=2)
    assert ask("GET", "/collections") == []
    ask("POST", "/collections/restore", id=away["id"])
    assert [one["name"] for one in ask("GET", "/collections")] == ["voices"]


def test_an_export_is_a_table_that_runs_nothing(ask: Any) -> None:
    ask("PUT", "/collections/voices", title="Voices")
    ask("POST", "/collections/voices/quotes", 201, comment=1, words=CONSENT["words"])
    ask("POST", "/collections/voices/quotes", 201, comment=1, note="=cmd()")
    ask("POST", "/quotes/1/clearance", 201, **CONSENT)
    rows = list(csv.DictReader(io.StringIO(ask("GET", "/collections/voices/export").text)))
    assert [(row["text"], row["uses"], row["byline"], row["note"]) for row in rows] == [
        ("support was wonderful!", "site print", "C. M.", ""),
        ("'" + TEXT, "", "", "'=cmd()"),
    ]
    [row] = ask("GET", "/collections/voices/export", format="json", use="print")
    assert list(row) == list(collecting.COLUMNS)
    assert (row["text"], row["person"], row["given_on"]) == (
        "support was wonderful!",
        "Cleo Martin",
        "2026-11-03",
    )
    assert ask("GET", "/collections/voices/export", format="json", use="feed") == []


@pytest.mark.parametrize(
    ("method", "path", "value"),
    [
        ("PUT", "/collections/voices", {"title": ""}),
        ("PUT", "/collections/voices", {"title": "x", "address": "javascript:alert(1)"}),
        ("PUT", "/collections/voices", {"title": "x", "language": "de"}),
        ("PUT", "/collections/..", {"title": "x"}),
        ("POST", "/quotes/1/clearance", {**CONSENT, "kind": "hearsay"}),
        ("POST", "/quotes/1/clearance", {**CONSENT, "uses": []}),
        ("POST", "/quotes/1/clearance", {**CONSENT, "how": " "}),
        ("POST", "/quotes/1/withdraw", {"why": " "}),
        ("POST", "/collections/voices/quotes", {"comment": "by Cleo"}),
        ("POST", "/collections/voices/quotes", {"comment": -1}),
    ],
)
def test_what_makes_no_sense_is_refused(ask: Any, method: str, path: str, value: dict[str, Any]) -> None:
    ask("PUT", "/collections/voices", title="Voices")
    ask("POST", "/collections/voices/quotes", 201, comment=1, words=CONSENT["words"])
    assert ask(method, path, 404 if ".." in path else 422, **value)["detail"]


def test_a_token_that_may_only_read_publishes_nothing(ask: Any, served: Served) -> None:
    ask("PUT", "/collections/voices", title="Voices")
    token = access.create_token(served.store, "test", "reader", ["read"])
    assert ask("GET", "/collections/voices", token=token)["quotes"] == []
    for method, path, value in (
        ("POST", "/collections/voices/publish", {}),
        ("POST", "/collections/voices/quotes", {"comment": 1}),
        ("DELETE", "/collections/voices", {"version": 1}),
    ):
        assert "'curate'" in ask(method, path, 403, token=token, **value)["detail"]


@pytest.fixture
def written(config: Config) -> Config:
    """A store with a collection of two quotes, one of them cleared."""
    with opened(config) as served:
        store = served.store
        land(store, [notice("a", TEXT, author="Cleo Martin")])
        collecting.save(store, LOCAL, "voices", collecting.About(title="Voices"))
        collecting.add(store, LOCAL, "voices", 1, CONSENT["words"])
        collecting.add(store, LOCAL, "voices", 1, "Late again.")
        given = {key: value for key, value in CONSENT.items() if key != "version"}
        clearing.clear(store, LOCAL, 1, clearing.Clearance.model_validate(given), 1)
    return config


def test_publish_writes_files_anybody_may_read(written: Config, tmp_path: Path) -> None:
    out = tmp_path / "site" / "voices"
    done = CliRunner().invoke(app, ["publish", "voices", "--out", str(out)])
    assert done.stdout.startswith("Quotes published: 1. In ")
    assert "Withheld: quote 2 “Late again.” (feed: nothing clears it, site: nothing clears it)" in done.stderr
    assert sorted(file.name for file in out.iterdir()) == [
        "embed.html", "feed.atom", "feed.json", "fragment.html", "index.html",
    ]  # fmt: skip
    assert {stat.S_IMODE(file.stat().st_mode) for file in out.iterdir()} == {0o644}
    assert "support was wonderful!" in (out / "index.html").read_text("utf-8")
    with opened(written) as served:
        clearing.withdraw(served.store, LOCAL, 1, "By mail")
    told = CliRunner().invoke(app, ["publish", "voices", "--out", str(out), "--json"])
    assert json.loads(told.stdout)["quotes"] == 0
    assert not any("wonderful" in file.read_text("utf-8") for file in out.iterdir())


def test_publish_replaces_nobody_else_s_page(written: Config, tmp_path: Path) -> None:
    run = CliRunner().invoke
    assert isinstance(run(app, ["publish", "other", "--out", str(tmp_path / "x")]).exception, NotFound)
    assert not (tmp_path / "x").exists()
    (tmp_path / "file").write_text("Not a folder")
    nowhere = run(app, ["publish", "voices", "--out", str(tmp_path / "file" / "x")]).exception
    assert isinstance(nowhere, Invalid) and "Choose another place" in str(nowhere)
    (tmp_path / "index.html").write_text("<h1>Our shop</h1>")
    assert isinstance(run(app, ["publish", "voices", "--out", str(tmp_path)]).exception, Invalid)
    assert (tmp_path / "index.html").read_text() == "<h1>Our shop</h1>"
    (tmp_path / "file").touch()
    assert isinstance(run(app, ["publish", "voices", "--out", str(tmp_path / "file")]).exception, Invalid)
