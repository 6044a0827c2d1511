"""What README and CONTRIBUTING say is so: their commands run, and nothing a person can use is left unsaid.

In README, lines of ```sh blocks are run in order in a fresh home; those of ```shell blocks, which need a mailbox or
a running app, are only parsed.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import typer
from starlette.testclient import TestClient

from curation import cli, config, connectors, errors
from curation.api import create_api, feeding, reading
from curation.api.auth import Unauthorised
from curation.api.serving import Served
from curation.models import PERMISSIONS, SENTIMENTS, STATUSES
from curation.store import access, query
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.skipif(
    not (ROOT / "README.md").exists(),
    reason="README.md is not here: these are the tests of an installed wheel",
)


@cache
def said(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def section(name: str, title: str) -> str:
    return said(name).split(f"\n## {title}\n")[1].split("\n## ")[0]


def blocks(text: str, *kinds: str) -> list[str]:
    found = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [block for kind, block in found if kind in kinds]


def lines(*kinds: str) -> list[list[str]]:
    return [shlex.split(line) for block in blocks(said("README.md"), *kinds) for line in block.splitlines()]


def rows(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("|")]


def commands() -> dict[str, Any]:
    """Every command by its words, those of entry points too."""
    groups = {"": cli.app, **{point.name: point.load() for point in entry_points(group="tribune.commands")}}
    found: dict[str, Any] = {}

    def walk(words: str, command: Any) -> None:
        if not hasattr(command, "commands"):
            found[words.strip()] = command
        for name, sub in getattr(command, "commands", {}).items():
            walk(f"{words} {name}", sub)

    for name, group in groups.items():
        walk(name, typer.main.get_command(group))
    return found


def command_of(words: list[str]) -> tuple[Any, list[str]]:
    known = commands()
    for length in (2, 1):
        if command := known.get(" ".join(words[1 : 1 + length])):
            return command, words[1 + length :]
    raise AssertionError(f"there is no such command: {shlex.join(words)}")


def tribune(words: list[str], cwd: Path, code: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "curation.cli", *words],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == code, f"{shlex.join(words)}: {done.stdout}{done.stderr}"
    return done.stdout


def test_every_example_in_the_readme_is_a_command_with_such_options() -> None:
    examples = [words for words in lines("sh", "shell") if words[0] != "curl"]
    assert len(examples) > 15
    for words in examples:
        assert words[0] == "tribune"
        command, rest = command_of(words)
        with command.make_context(shlex.join(words), rest):
            pass


def test_the_readme_s_commands_run_in_their_order(home: Path, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "data" / "samples", tmp_path / "data" / "samples")
    answers = {shlex.join(words): tribune(words[1:], tmp_path) for words in lines("sh")}
    (example,) = blocks(section("README.md", "Scripting"), "json")
    assert list(json.loads(answers["tribune run --json"])) == list(json.loads(example))
    comments = answers["tribune comments --source reviews --limit 10"].splitlines()
    columns = re.findall(r"`(\w+)`", said("README.md").split("Columns, in this order:")[1].split(". CSV")[0])
    assert [list(json.loads(line)) for line in comments] == [columns] * 10
    assert (tmp_path / "batteries.csv").read_text("utf-8").splitlines()[0] == ",".join(columns)
    assert json.loads(answers["tribune doctor --json"])["comments"] == 300


def test_every_command_and_option_is_in_the_readme() -> None:
    table = section("README.md", "Commands")
    for words, command in commands().items():
        assert re.search(rf"\| `tribune {words}[` ]", table), (
            f"tribune {words} is not in the table of commands"
        )
        for option in command.params:
            long = [name for name in (*option.opts, *option.secondary_opts) if name.startswith("--")]
            assert not long or any(
                f"{name}`" in said("README.md") or f"{name} " in said("README.md") for name in long
            ), f"tribune {words} {long} is not in the README"


def test_the_make_targets_named_exist() -> None:
    targets = set(re.findall(r"^([\w-]+):", said("Makefile"), re.MULTILINE))
    named = re.findall(r"(?:`|^)make ([\w-]+)", said("README.md") + said("CONTRIBUTING.md"), re.MULTILINE)
    assert {"run", "test", "lock", "bench"} <= set(named) <= targets


def test_every_connector_has_its_page_with_every_setting() -> None:
    about = section("README.md", "Connectors")
    for name in connectors.installed():
        if entry_points(group="tribune.connectors", name=name)[name].dist.name != "tribune":  # type: ignore[union-attr]
            continue
        assert f"| [`{name}`](docs/channels/{name}.md) |" in about
        page = said(f"docs/channels/{name}.md")
        for setting in fields(connectors.load(name)):
            assert any(f"`{setting.name}`" in row.split("|")[1] for row in rows(page)), (
                f"{name}: {setting.name}"
            )


def test_every_error_is_in_the_readme() -> None:
    table = rows(section("README.md", "Errors"))
    leaves = [
        error
        for error in vars(errors).values()
        if isinstance(error, type) and issubclass(error, errors.TribuneError)
    ]
    assert len(leaves) > 10
    for error in (*leaves, Unauthorised):
        assert any(
            row.startswith(f"| {error.title} | `{error.__name__}` ({error.status}) |") for row in table
        ), error


def test_every_key_of_the_configuration_is_in_the_readme_with_its_default() -> None:
    table = rows(section("README.md", "Settings"))

    def check(name: str, model: Any, *, but: tuple[str, ...] = ()) -> None:
        for key, field in model.model_fields.items():
            if key in but:
                continue
            if isinstance(field.default, config.Schedule):
                assert any(f"`[{name}.{key}]`" in row and field.default.cron in row for row in table), (
                    name,
                    key,
                )
                continue
            (row,) = (
                row for row in table if row.startswith(f"| `[{name}]`") and f"`{key}`" in row.split("|")[1]
            )
            if isinstance(field.default, int | float | str):
                assert (
                    f"{field.default:g}" in row
                    if isinstance(field.default, float)
                    else str(field.default).lower() in row.lower()
                )

    for name, field in config.Config.model_fields.items():
        if name == "sources":
            check("sources.NAME", config.SourceConfig, but=("name", "settings"))
        elif name == "review":
            check("[review]", config.ReviewRule)
        elif name == "sign_in":
            check(name, config.SignIn)
        elif name != "home":
            check(name, field.annotation)


def test_every_scope_status_sentiment_and_search_filter_is_in_the_readme() -> None:
    for word in (*PERMISSIONS, *STATUSES):
        assert f"`{word}`" in said("README.md"), word
    search = section("README.md", "Search")
    for word in (*SENTIMENTS, *STATUSES):
        assert word in search, word
    for name in (
        *query.FILTERS,
        *query.FIELDS,
        *(other for others in query.FILTERS.values() for other in others),
    ):
        assert f"`{name}:" in search, name


def test_every_search_the_readme_shows_means_what_it_says() -> None:
    shown = [
        typed
        for row in rows(section("README.md", "Search"))
        for typed in re.findall(r"`([^`]+)`", row.split("|")[1])
    ]
    assert len(shown) > 12
    for typed in shown:
        parsed = query.parse(typed)
        name, colon, value = typed.partition(":")
        if colon and name in query.FILTERS:
            assert parsed == query.Parsed(filters={name: [value]})
        else:
            assert parsed.clauses, typed


def test_the_readme_s_request_is_answered_and_every_route_is_named(served: Served) -> None:
    about = section("README.md", "API")
    (request,) = (words for words in lines("shell") if words[0] == "curl")
    token = access.create_token(served.store, "test", "warehouse", ["read"])
    address = request[-1].partition("/api")[2]
    with TestClient(create_api(served.store, served.token)) as client:
        answer = client.get(address, headers={"authorization": f"Bearer {token}"})
        refused = client.post("/doctor", headers={"authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()) == (200, {"comments": [], "next": None, "states": []})
    assert (refused.status_code, refused.json()["type"]) == (403, "/api/errors/Forbidden")
    for route in (*reading.router.routes, *feeding.router.routes):
        last = [part for part in route.path.split("/") if not part.startswith("{")][-1]  # type: ignore[attr-defined]
        assert f"/{last}" in about, route


def test_the_readme_s_taxonomy_is_valid(tmp_path: Path) -> None:
    from curation.language.taxonomy import load_taxonomy

    (example,) = (block for block in blocks(section("README.md", "Tagging"), "toml"))
    (tmp_path / "topics.toml").write_text(example, "utf-8")
    assert [topic.id for topic in load_taxonomy(tmp_path / "topics.toml").topics] == [
        "delivery",
        "delivery.late",
    ]
    shipped = load_taxonomy().topics
    families = [topic for topic in shipped if topic.parent is None]
    assert f"{len(shipped) - len(families)} shipped topics in {len(families)} families" in said("README.md")


def test_a_source_s_time_zone_is_that_of_its_dates_too(home: Path, tmp_path: Path) -> None:
    (tmp_path / "paris.csv").write_text("id,text,created_at\n1,Bonjour à tous,2026-11-02 12:00\n", "utf-8")
    zone = ["--timezone", "Europe/Paris", "--no-preview"]
    tribune(["sources", "add", "paris", "--connector", "file", "--set", "path=paris.csv", *zone], tmp_path)
    tribune(["pull"], tmp_path)
    assert json.loads(tribune(["comments"], tmp_path))["created_at"] == "2026-11-02T11:00:00Z"


ENTRIES = [
    {
        "id": number,
        "text": "" if number == 3 else f"Entry {number}",
        "at": "2026-11-02T10:00:00+01:00",
        "by": "Ada",
    }
    for number in range(1, 6)
]


class Site(BaseHTTPRequestHandler):
    """Two entries a page, for whoever knows the password."""

    def do_GET(self) -> None:
        known = self.headers["authorization"] == "Basic dHJpYnVuZTpzM2NyZXQ="
        after = int(parse_qs(urlsplit(self.path).query)["after"][0])
        self.send_response(200 if known else 401)
        self.end_headers()
        self.wfile.write(json.dumps([entry for entry in ENTRIES if entry["id"] > after][:2]).encode())

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture
def site() -> Iterator[str]:
    """A guestbook's API on loopback."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_the_worked_connector_works(
    home: Path, tmp_path: Path, site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    about = section("CONTRIBUTING.md", "How to add a connector")
    (code,), (project,) = blocks(about, "python"), blocks(about, "toml")
    assert len([line for line in code.splitlines() if line.strip()]) <= 40
    (points,) = tomllib.loads(project)["project"]["entry-points"].values()
    info = tmp_path / "site" / "guestbook-1.0.dist-info"
    info.mkdir(parents=True)
    (tmp_path / "site" / "guestbook.py").write_text(code, "utf-8")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: guestbook\nVersion: 1.0\n")
    named = "".join(f"{name} = {target}\n" for name, target in points.items())
    (info / "entry_points.txt").write_text(f"[tribune.connectors]\n{named}")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path / "site"), str(ROOT)]))

    assert re.search(r"guestbook +url, token \(secret\)", tribune(["sources", "connectors"], tmp_path))
    add = ["sources", "add", "book", "--connector", "guestbook", "--set", f"url={site}", "--set"]
    assert "Entry 1" in tribune([*add, "token=s3cret"], tmp_path)
    counts = json.loads(tribune(["run", "--json"], tmp_path, code=1))
    assert (counts["pulled"], counts["new"], counts["refused"]) == (5, 4, 1)
    assert json.loads(tribune(["run", "--json"], tmp_path))["pulled"] == 0
    (last,) = tribune(["comments", "--limit", "1"], tmp_path).splitlines()
    at = datetime.fromisoformat(json.loads(last)["created_at"])
    assert (json.loads(last)["key"], at) == ("5", datetime(2026, 11, 2, 9, tzinfo=UTC))
    monkeypatch.setenv("TRIBUNE_BOOK_TOKEN", "wrong")
    tribune(["sources", "check", "book"], tmp_path, code=1)


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads(said("pyproject.toml"))
    required = [
        *project["project"]["dependencies"],
        *(each for group in project["project"].get("optional-dependencies", {}).values() for each in group),
        *(each for group in project["dependency-groups"].values() for each in group),
    ]
    table = rows(section("CONTRIBUTING.md", "Why each dependency"))
    reasoned = {name.strip() for row in table for name in row.split("|")[1].split(",")}
    assert {re.split(r"[\[<>=;~! ]", each)[0] for each in required} == reasoned - {"Package", "---"}


def test_the_tree_names_what_there_is() -> None:
    (tree,) = blocks(section("CONTRIBUTING.md", "The tree"), "")
    named = [path for line in tree.splitlines() for path in re.split(r" {3,}", line)[0].split()]
    assert [
        path for path in named if not (ROOT / path).exists() or (ROOT / path).is_dir() != path.endswith("/")
    ] == []
    packages = {
        f"{file.parent.relative_to(ROOT)}/"
        for top in ("curation", "flows", "dashboards", "tests")
        for file in (ROOT / top).rglob("*.py")
    }
    assert sorted(packages - set(named)) == []


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_links_lead_somewhere(name: str) -> None:
    for file, anchor in re.findall(r"\]\(([\w./-]*)(?:#([\w-]+))?\)", said(name)):
        assert not file or (ROOT / file).exists(), file
        headings = re.findall(r"^#+ (.+)$", said(file or name), re.MULTILINE) if anchor else []
        assert not anchor or anchor in {
            re.sub(r"[^\w -]", "", text).lower().replace(" ", "-") for text in headings
        }, anchor


FOREIGN = re.compile(
    r"py[p]i\.org|python[h]osted|npm[j]s\.(?:org|com)|--(?:extra-)?index-url[ =]"
    r"|(?<![\w.:/*-])/(?:work|root|home|Users|opt)/[\w.-]+"
)


def test_no_registry_and_no_machine_is_named_anywhere() -> None:
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout: what is tracked cannot be told")
    found = {}
    for name in listed.stdout.split("\0"):
        file = ROOT / name
        if name and file.is_file() and (hits := FOREIGN.findall(file.read_bytes().decode("utf-8", "ignore"))):
            found[name] = hits[:3]
    assert found == {}
