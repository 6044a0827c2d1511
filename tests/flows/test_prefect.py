"""Against a real Prefect server: deployments follow tribune.toml, and what a kill leaves behind is cleared up."""

import json
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from curation import config as configuration
from curation.config import Config
from dashboards import schedules
from flows import cli, tidy
from flows.listing import listing
from flows.reconcile import reconcile, watch
from flows.rest import Prefect
from tests.patience import eventually

pytestmark = pytest.mark.flows


def survey(**more: Any) -> Config:
    """Put one source into tribune.toml."""
    schedule = {"cron": "* * * * *", "timezone": "Europe/Paris"} | more
    configuration.save_source("survey", "file", {"path": "a.csv"} | schedule)
    return configuration.load()


def scheduled(prefect: Prefect) -> list[dict[str, Any]]:
    return [run for run in prefect.runs("SCHEDULED") if run["auto_scheduled"]]


@contextmanager
def running(prefect: Prefect, title: str = "pull/survey", **more: str) -> Iterator[dict[str, Any]]:
    """Start a run and have Prefect believe that a process, which really is there, runs it."""
    run = prefect.run(title)
    process = subprocess.Popen(
        [sys.executable, "-c", "input()"],
        stdin=subprocess.PIPE,
        env=os.environ | {"PREFECT__FLOW_RUN_ID": run["id"]} | more,
    )
    try:
        prefect.call("PATCH", f"/flow_runs/{run['id']}", {"infrastructure_pid": str(process.pid)})
        for kind in ("PENDING", "RUNNING"):
            prefect.call("POST", f"/flow_runs/{run['id']}/set_state", {"state": {"type": kind}})
        yield run
    finally:
        process.kill()
        process.communicate()


def state(prefect: Prefect, run: dict[str, Any]) -> str:
    kind: str = prefect.call("GET", f"/flow_runs/{run['id']}")["state_type"]
    return kind


def test_deployments_follow_the_file(prefect: Prefect) -> None:
    config = survey()
    assert len(reconcile(prefect, config, {})) == 8
    assert reconcile(prefect, config, {}) == []
    assert set(prefect.deployments()) == {
        "pull/survey",
        "tag/tag",
        "send/send",
        "watch/watch",
        "adapt/adapt",
        "themes/themes",
        "upkeep/upkeep",
        "backfill/backfill",
    }
    first = [run for run in prefect.runs("SCHEDULED") if not run["auto_scheduled"]]
    assert [run["parameters"] for run in first] == [{"source": "survey"}]
    eventually(lambda: scheduled(prefect))

    changed = configuration.change_schedule("survey", cron="0 8 * * *", timezone="Asia/Tokyo", paused=True)
    assert len(reconcile(prefect, changed, {})) == 1
    held = prefect.deployments()["pull/survey"]
    assert held["paused"]
    assert [one["schedule"]["cron"] for one in held["schedules"]] == ["0 8 * * *"]
    assert [one["schedule"]["timezone"] for one in held["schedules"]] == ["Asia/Tokyo"]

    configuration.remove_source("survey")
    assert len(reconcile(prefect, configuration.load(), {})) == 1
    assert "pull/survey" not in prefect.deployments()


def test_whatever_goes_wrong_the_file_is_looked_at_again(
    prefect: Prefect, caplog: pytest.LogCaptureFixture
) -> None:
    config, stop = survey(), threading.Event()
    unsayable = {"pull": {"title": object()}}
    looking = threading.Thread(target=watch, args=(config, unsayable, stop))
    looking.start()
    try:
        eventually(lambda: "the next look is in a minute" in caplog.text)
        unsayable.clear()
        configuration.change_schedule("survey", timezone="Asia/Tokyo")
        eventually(lambda: "pull/survey" in prefect.deployments())
    finally:
        stop.set()
        looking.join()


def test_what_somebody_changed_in_prefect_is_shown_and_the_file_wins(prefect: Prefect) -> None:
    config = survey()
    reconcile(prefect, config, {})
    held = prefect.deployments()["pull/survey"]
    prefect.call("PATCH", f"/deployments/{held['id']}", {"paused": True})
    done = CliRunner().invoke(cli.app, ["list", "--json"])
    differs = {row["name"]: row["differs"] for row in json.loads(done.stdout)}
    others = ("tag", "send", "watch", "adapt", "themes", "upkeep")
    assert differs == {"survey": ["paused in Prefect"], **{name: [] for name in others}}
    assert len(reconcile(prefect, config, {})) == 1
    assert not prefect.deployments()["pull/survey"]["paused"]


def test_pause_run_and_backfill_are_known_to_prefect_at_once(prefect: Prefect) -> None:
    reconcile(prefect, survey(paused=True), {})
    command = CliRunner()
    assert command.invoke(cli.app, ["resume", "survey"]).stdout == "survey is scheduled again.\n"
    assert not prefect.deployments()["pull/survey"]["paused"]

    started = command.invoke(cli.app, ["run", "survey"]).stdout
    assert started.startswith(f"Its run: {prefect.address}/runs/flow-run/")
    with running(prefect) as run:
        assert command.invoke(cli.app, ["run", "survey"]).stdout == (
            f"survey is running already.\nIts run: {prefect.link(run['id'])}\n"
        )
        tidy.crash_dead(prefect, 0)
        assert state(prefect, run) == "RUNNING"

    command.invoke(cli.app, ["backfill", "survey", "--since", "2024-01-31"])
    backfills = prefect.runs("SCHEDULED", flows={"name": {"any_": ["backfill"]}})
    assert [run["parameters"] for run in backfills] == [{"source": "survey", "since": "2024-01-31"}]


def test_a_run_whose_process_is_gone_has_crashed_and_starts_again(prefect: Prefect) -> None:
    config = survey(paused=False)
    reconcile(prefect, config, {})
    with running(prefect) as run:
        pass
    assert tidy.crash_dead(prefect, grace=60) == []
    assert tidy.crash_dead(prefect, grace=0) == [
        f"Run {run['name']} had lost its process and is marked crashed"
    ]
    assert state(prefect, run) == "CRASHED"
    rows = {row["name"]: row for row in listing(config)[0]}
    assert rows["survey"]["last_state"] == "Crashed"
    before = len(prefect.runs("SCHEDULED"))
    assert tidy.resume_crashed(prefect) == ["pull/survey was broken off; it starts again"]
    assert len(prefect.runs("SCHEDULED")) >= before + 1
    # Its place is free: the next one may run.
    with running(prefect) as following:
        assert state(prefect, following) == "RUNNING"
        second = prefect.run("pull/survey")
        answer = prefect.call("POST", f"/flow_runs/{second['id']}/set_state", {"state": {"type": "PENDING"}})
        assert answer["state"]["type"] == "CANCELLED"
    tidy.crash_dead(prefect, 0)


def test_a_removed_source_s_run_goes_on_to_its_end(prefect: Prefect) -> None:
    reconcile(prefect, survey(), {})
    configuration.remove_source("survey")
    config = configuration.load()
    with running(prefect) as run:
        assert reconcile(prefect, config, {}) == [
            "pull/survey is no longer in tribune.toml; it leaves Prefect when its run has ended"
        ]
        assert reconcile(prefect, config, {}) == []
        prefect.call("POST", f"/flow_runs/{run['id']}/set_state", {"state": {"type": "COMPLETED"}})
    assert len(reconcile(prefect, config, {})) == 1
    assert "pull/survey" not in prefect.deployments()
    assert state(prefect, run) == "COMPLETED"


def test_a_run_prefect_cannot_end_does_not_stop_the_runner(prefect: Prefect) -> None:
    reconcile(prefect, survey(), {})
    with running(prefect) as run:
        prefect.call("DELETE", f"/deployments/{prefect.deployments()['pull/survey']['id']}")
    assert run["name"] in tidy.crash_dead(prefect, 0)[0]
    assert prefect.runs("RUNNING", "PENDING") == []


def test_of_the_missed_runs_the_newest_is_kept(prefect: Prefect) -> None:
    config = survey()
    for other in ("tag", "send", "watch", "adapt", "themes", "upkeep"):
        config = configuration.change_schedule(other, paused=True)
    reconcile(prefect, config, {})
    survey_id = prefect.deployments()["pull/survey"]["id"]

    def planned() -> list[dict[str, Any]]:
        return [run for run in scheduled(prefect) if run["deployment_id"] == survey_id]

    eventually(lambda: len(planned()) > 1)
    database = configuration.home() / "prefect" / "prefect.db"
    with sqlite3.connect(database, timeout=10) as con:  # the server plans more runs whenever it likes
        shift = "strftime('%Y-%m-%d %H:%M:%f000', expected_start_time, '-1 day')"
        missed = con.execute(
            f"update flow_run set expected_start_time = {shift} where auto_scheduled and deployment_id = ?"
            " and state_type = 'SCHEDULED' returning expected_start_time, id",
            (survey_id,),
        ).fetchall()
    con.close()
    said = tidy.drop_missed(prefect)
    dropped = [run for run in prefect.runs("CANCELLED") if run["state"]["message"].startswith("Missed while")]
    assert said == [f"Dropped {len(dropped)} missed runs; the newest of each schedule reads everything since"]
    assert [id for _, id in missed if state(prefect, {"id": id}) == "SCHEDULED"] == [max(missed)[1]]


def test_the_sources_page_s_questions(prefect: Prefect) -> None:
    reconcile(prefect, survey(), {})
    base = prefect.address
    with running(prefect) as run:
        assert schedules.run_now(base, "survey") == run["id"]
        line = {"name": "flows", "level": 20, "message": "a <b>line</b>", "flow_run_id": run["id"]}
        prefect.call("POST", "/logs/", [line | {"timestamp": "2026-11-23T12:00:00Z"}])
        assert [one["kind"] for one in schedules.runs(base, "survey")] == ["RUNNING"]
        eventually(lambda: schedules.log(base, run["id"]) == ["2026-11-23 12:00:00 INFO a <b>line</b>"])
    tidy.crash_dead(prefect, 0)
    assert schedules.run_now(base, "survey") != run["id"]
    assert eventually(lambda: schedules.upcoming(base, "survey"))


def test_other_sites_do_not_reach_prefect(prefect: Prefect) -> None:
    evil = {"host": "evil.example"}
    assert httpx.get(f"{prefect.address}/api/health", headers=evil, trust_env=False).status_code == 400
    asked = {"origin": "https://evil.example", "access-control-request-method": "POST"}
    answer = httpx.options(f"{prefect.address}/api/flow_runs/filter", headers=asked, trust_env=False)
    assert "access-control-allow-origin" not in answer.headers
