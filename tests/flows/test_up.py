"""`tribune up` as a person meets it: comments arrive by themselves, kills leave nothing behind, Ctrl-C ends it all.

The tests follow one another through the life of one start.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from curation import config as configuration
from curation.client import running
from curation.config import Config
from flows.rest import Prefect
from tests.flows.started import SAMPLES, named, new_home, of, with_database
from tests.patience import PATIENCE, eventually

pytestmark = pytest.mark.flows

CRON = f"30 {(datetime.now(UTC).hour + 12) % 24} * * *"
"""Half a day away: a run comes because its source is new, and never by the clock while the tests run."""
TOML = f"""
[sources.samples]
connector = "file"
path = "{SAMPLES}"
cron = "{CRON}"
timezone = "UTC"
"""
COMMENTS = len(SAMPLES.read_text().splitlines()) - 1
TRIBUNE = [sys.executable, "-m", "curation.cli"]


@dataclass
class Life:
    """A home, and the `tribune up` that runs on it."""

    config: Config
    process: subprocess.Popen[bytes]

    def start(self) -> None:
        """Start it; what it says goes to up.out."""
        environment = os.environ | {"TRIBUNE_HOME": str(self.config.home), "TRIBUNE_STUCK_PASSWORD": "none"}
        with (self.config.home / "up.out").open("ab") as out:
            self.process = subprocess.Popen([*TRIBUNE, "up"], env=environment, stdout=out, stderr=out)

    def said(self) -> str:
        """Return what the terminal shows."""
        return (self.config.home / "up.out").read_text()

    def answers(self) -> bool:
        """Tell whether the dashboard does."""
        try:
            return httpx.get(f"http://127.0.0.1:{self.config.app.port}/healthz", trust_env=False).is_success
        except httpx.HTTPError:
            return False


@pytest.fixture(scope="module")
def life(database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    config = with_database(new_home(tmp_path_factory.mktemp("up") / "home", TOML), database)
    life = Life(config, subprocess.Popen(["true"]))
    life.process.wait()
    life.start()
    yield life
    for process in of(config.home):
        process.kill()
    life.process.wait()


@pytest.fixture
def prefect(life: Life) -> Iterator[Prefect]:
    with Prefect(life.config, PATIENCE) as client:
        yield client


def comments(life: Life) -> list[dict[str, Any]]:
    command = [*TRIBUNE, "comments", "--format", "jsonl", "--source", "samples"]
    environment = os.environ | {"TRIBUNE_HOME": str(life.config.home)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def scheduled(prefect: Prefect, source: str) -> list[dict[str, Any]]:
    found = prefect.runs("SCHEDULED", deployments={"name": {"any_": [source]}})
    return [run for run in found if run["auto_scheduled"]]


def test_comments_arrive_and_are_tagged_by_themselves(life: Life) -> None:
    eventually(life.answers)
    eventually(lambda: f"http://127.0.0.1:{life.config.app.port}" in life.said())
    with Prefect(life.config, PATIENCE) as prefect:
        eventually(lambda: "Prefect" in life.said())
        one = {"key": {"any_": ["pull-samples"]}}
        artifact = eventually(lambda: prefect.all("/artifacts/filter", artifacts=one))[0]["data"]
    assert f"| pulled | {COMMENTS} |" in artifact and f"| tagged | {COMMENTS} |" in artifact
    assert f"http://127.0.0.1:{life.config.app.port}/sources?source=samples" in artifact
    arrived = comments(life)
    assert len(arrived) == COMMENTS
    assert any(comment["sentiment"] for comment in arrived)


def test_what_is_judged_is_learned_and_themes_are_looked_for(life: Life, prefect: Prefect) -> None:
    with running(life.config) as client:
        for one in client.get("/quality/next", limit=12):
            client.post(f"/comments/{one['id']}/confirm")
        for flow in ("adapt", "themes"):
            prefect.run(f"{flow}/{flow}")
        said = {}
        for flow in ("adapt", "themes"):
            key = {"key": {"any_": [flow]}}
            said[flow] = eventually(lambda k=key: prefect.all("/artifacts/filter", artifacts=k))[0]["data"]
        assert "| judged | 12 |" in said["adapt"]
        assert f"| comments | {client.get('/themes')['comments']} |" in said["themes"]


def test_a_new_source_is_scheduled(life: Life, prefect: Prefect) -> None:
    settings = {"path": str(SAMPLES), "cron": CRON, "timezone": "UTC"}
    configuration.save_source("later", "file", settings, path=life.config.home)
    assert eventually(lambda: scheduled(prefect, "later"))


def test_an_editor_that_empties_the_file_first_takes_no_schedule_away(life: Life, prefect: Prefect) -> None:
    text = life.config.file.read_text()
    for _ in range(10):
        life.config.file.write_text("")
        time.sleep(0.2)
        life.config.file.write_text(text)
        time.sleep(0.8)
    assert "no longer in tribune.toml" not in (life.config.home / "logs" / "runner.log").read_text()
    assert scheduled(prefect, "samples")


def test_what_a_person_has_to_mend_is_said_without_a_traceback(life: Life, prefect: Prefect) -> None:
    configuration.save_source(
        "lost", "file", {"path": "/nowhere/a.csv", "cron": CRON, "timezone": "UTC"}, path=life.config.home
    )
    lost = {"deployments": {"name": {"any_": ["lost"]}}}
    [run] = eventually(lambda: prefect.runs("FAILED", **lost))
    assert run["state"]["message"].endswith("there is no file or folder '/nowhere/a.csv'.")
    configuration.remove_source("lost", life.config.home)
    assert "Traceback" not in (life.config.home / "logs" / "runner.log").read_text()


def test_a_broken_configuration_changes_nothing(life: Life, prefect: Prefect) -> None:
    before = life.config.file.read_text()
    life.config.file.write_text(before + "\n[sources.later\n")
    log = life.config.home / "logs" / "runner.log"
    try:
        eventually(lambda: "The schedules stay as they were." in log.read_text())
        eventually(lambda: "is not valid TOML" in life.said())
        assert {"pull/samples", "pull/later"} <= set(prefect.deployments())
    finally:
        life.config.file.write_text(before)
    configuration.remove_source("later", life.config.home)
    eventually(lambda: prefect.deployments().get("pull/later", {"paused": True})["paused"])


def test_a_killed_runner_leaves_no_orphan_and_goes_on(life: Life, prefect: Prefect) -> None:
    home = life.config.home
    stuck = {"deployments": {"name": {"any_": ["stuck"]}}}
    with socket.create_server(("127.0.0.1", 0)) as silent:
        mailbox = {"host": "127.0.0.1", "user": "nobody", "tls": "none", "port": silent.getsockname()[1]}
        configuration.save_source("stuck", "imap", mailbox | {"cron": CRON, "timezone": "UTC"}, path=home)
        [first] = eventually(lambda: prefect.runs("RUNNING", **stuck))
        children = named(home, "flows.child")
        [runner] = named(home, "flows runner")
        runner.kill()
        eventually(lambda: children and not any(child.is_running() for child in children))
        eventually(lambda: "The flow runner was ended by SIGKILL" in life.said())
        others = lambda: [run for run in prefect.runs("RUNNING", **stuck) if run["id"] != first["id"]]  # noqa: E731
        assert len(eventually(others)) == 1
        assert [run["id"] for run in prefect.runs("CRASHED", **stuck)] == [first["id"]]
    configuration.remove_source("stuck", home)


def test_a_killed_app_comes_back(life: Life) -> None:
    [app] = named(life.config.home, "-m dashboards")
    app.kill()
    eventually(lambda: "The app was ended by SIGKILL" in life.said())
    eventually(life.answers)
    assert len(comments(life)) == COMMENTS


def test_ctrl_c_ends_it_all(life: Life) -> None:
    life.process.send_signal(signal.SIGINT)
    assert life.process.wait(PATIENCE) == 0
    assert of(life.config.home) == []
    assert life.said().endswith("Stopped.\n")
    assert not life.answers()


def test_it_starts_again_and_a_kill_leaves_nothing(life: Life) -> None:
    life.start()
    eventually(life.answers)
    eventually(lambda: named(life.config.home, "flows server"))
    life.process.kill()
    life.process.wait()
    eventually(lambda: not of(life.config.home))
