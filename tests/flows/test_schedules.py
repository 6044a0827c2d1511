"""What tribune.toml wants, what Prefect's processes are told, and when a stage is tried again."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from curation import config as configuration
from curation.config import Config
from curation.errors import Invalid, NotFound, Refused, Stale, TryAgain
from curation.pipeline import Counts
from flows import cli, stages
from flows.environment import environment
from flows.pull import refused_link
from flows.schedules import Wanted, differences, named, wanted

TOML = """
[flows]
timezone = "Europe/Paris"
prefect_port = 1
[flows.upkeep]
paused = true
[sources.survey]
connector = "file"
path = "a.csv"
cron = "*/10 * * * *"
[sources.mail]
connector = "imap"
cron = "0 8 * * 1-5"
timezone = "America/New_York"
"""


@pytest.fixture
def two(config: Config) -> Config:
    config.file.write_text(TOML)
    return configuration.load()


def test_every_source_has_a_pull_of_its_own(two: Config) -> None:
    found = {one.title: (one.cron, one.timezone, one.paused, dict(one.parameters)) for one in wanted(two)}
    assert found == {
        "pull/survey": ("*/10 * * * *", "Europe/Paris", False, {"source": "survey"}),
        "pull/mail": ("0 8 * * 1-5", "America/New_York", False, {"source": "mail"}),
        "tag/tag": ("*/2 * * * *", "Europe/Paris", False, {}),
        "send/send": ("* * * * *", "Europe/Paris", False, {}),
        "watch/watch": ("*/10 * * * *", "Europe/Paris", False, {}),
        "adapt/adapt": ("40 2 * * *", "Europe/Paris", False, {}),
        "themes/themes": ("10 2 * * *", "Europe/Paris", False, {}),
        "upkeep/upkeep": ("20 3 * * *", "Europe/Paris", True, {}),
        "backfill/backfill": (None, "UTC", False, {}),
    }


def test_a_second_pull_is_cancelled_and_a_second_backfill_waits(two: Config) -> None:
    collisions = {one.flow: one.body["concurrency_options"]["collision_strategy"] for one in wanted(two)}
    assert collisions == {
        "pull": "CANCEL_NEW",
        "tag": "CANCEL_NEW",
        "send": "CANCEL_NEW",
        "watch": "CANCEL_NEW",
        "adapt": "CANCEL_NEW",
        "themes": "CANCEL_NEW",
        "upkeep": "CANCEL_NEW",
        "backfill": "ENQUEUE",
    }


def test_entrypoints_are_flows(two: Config) -> None:
    from prefect import Flow

    for one in wanted(two):
        module, _, function = one.body["entrypoint"].rpartition(".")
        assert isinstance(getattr(__import__(module, fromlist=[function]), function), Flow)


def held(one: Wanted) -> dict[str, Any]:
    """Make what Prefect answers for a deployment that agrees with `one`."""
    body = one.body
    return {
        **body,
        "concurrency_limit": None,
        "global_concurrency_limit": {"limit": body["concurrency_limit"]},
    }


def test_what_agrees_does_not_differ(two: Config) -> None:
    assert [differences(one, held(one)) for one in wanted(two)] == [[]] * 9


def test_each_difference_is_named(two: Config) -> None:
    survey = wanted(two)[0]
    assert differences(survey, None) == ["not in Prefect yet"]
    assert differences(survey, held(survey) | {"paused": True}) == ["paused in Prefect"]
    assert differences(survey, held(survey) | {"schedules": []}) == ["schedule in Prefect: none"]
    hourly = {"schedule": {"interval": 3600.0}, "active": False}
    assert differences(survey, held(survey) | {"schedules": [hourly]}) == [
        "schedule in Prefect: no cron UTC (off)"
    ]
    assert differences(survey, held(survey) | {"parameters": {"source": "x"}}) == [
        "parameters in Prefect: {'source': 'x'}"
    ]
    assert differences(survey, held(survey) | {"concurrency_options": None}) == [
        "second run in Prefect: None"
    ]


def test_a_name_is_a_source_a_flow_or_both(two: Config) -> None:
    assert named(two, "survey").title == named(two, "pull/survey").title == "pull/survey"
    assert named(two, "tag").title == "tag/tag"
    with pytest.raises(NotFound, match=r"'nope'.*survey, mail, tag, send, watch, adapt, themes, upkeep"):
        named(two, "nope")


def test_no_other_prefect_is_reached_and_none_is_told(two: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_API_KEY", "pnu_somebody")
    monkeypatch.setenv("PREFECT_API_DATABASE_CONNECTION_URL", "postgresql://elsewhere/db")
    monkeypatch.setenv("NO_PROXY", "intranet")
    told = environment(two)
    assert "PREFECT_API_KEY" not in told and "PREFECT_API_DATABASE_CONNECTION_URL" not in told
    assert told["PREFECT_API_URL"] == "http://127.0.0.1:1/api"
    assert told["PREFECT_HOME"] == str(two.home / "prefect")
    assert told["NO_PROXY"] == "intranet,127.0.0.1,localhost"
    off = {
        "PREFECT_SERVER_ANALYTICS_ENABLED",
        "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY",
        "PREFECT_TELEMETRY_ENABLE_RESOURCE_METRICS",
    }
    assert {told[name] for name in off} == {"false"}
    assert told["DO_NOT_TRACK"] == "1"


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (TryAgain("later"), True),
        (TryAgain("tomorrow", after=86_400), False),
        (httpx.ConnectError("no route"), True),
        (Stale("another pull was faster"), True),
        (Refused("wrong password"), False),
        (ValueError("a bug"), False),
    ],
)
def test_only_what_may_pass_is_tried_again(error: Exception, expected: bool) -> None:
    state = SimpleNamespace(result=lambda raise_on_failure: error)
    assert stages.again(None, None, state) is expected


def test_what_a_person_has_to_mend_is_one_sentence() -> None:
    def refused() -> None:
        raise Refused("The mailbox refused the password of support@example.org.")

    state = stages.plainly(refused)()
    assert state is not None and state.is_failed()
    assert state.message == f"{Refused.title}: The mailbox refused the password of support@example.org."


@pytest.mark.parametrize(
    "passing", [TryAgain("later"), Stale("another pull was faster"), ValueError("a bug")]
)
def test_what_may_pass_and_what_is_a_bug_is_raised(passing: Exception) -> None:
    def stage() -> None:
        raise passing

    with pytest.raises(type(passing)):
        stages.plainly(stage)()


def test_one_tags_at_a_time(two: Config) -> None:
    with stages.only_tagger(two) as first, stages.only_tagger(two) as second:
        assert (first, second) == (True, False)
    with stages.only_tagger(two) as third:
        assert third


def test_the_report_points_to_the_refused(two: Config) -> None:
    link = refused_link(two, "survey", Counts(pulled=9, refused=1200))
    assert link == (
        "[See the 1,200 refused records with their reasons](http://127.0.0.1:8787/sources?source=survey)"
    )


def test_list_without_prefect_shows_what_is_configured(two: Config) -> None:
    done = CliRunner().invoke(cli.app, ["list"], env={"COLUMNS": "200"})
    assert done.exit_code == 0
    assert "tribune up" in done.stderr
    assert "*/10 * * * *" in done.stdout and "America/New_York" in done.stdout and "paused" in done.stdout


def test_run_without_prefect_says_what_to_start(two: Config) -> None:
    done = CliRunner().invoke(cli.app, ["run", "survey"])
    assert isinstance(done.exception, TryAgain)
    assert "tribune up" in str(done.exception)


def test_pause_is_kept_for_the_next_start(two: Config, home: Path) -> None:
    done = CliRunner().invoke(cli.app, ["pause", "survey"])
    assert done.stdout == "survey is paused; it holds from the next tribune up on.\n"
    assert configuration.load().source("survey").paused
    assert CliRunner().invoke(cli.app, ["resume", "upkeep"]).exit_code == 0
    assert not configuration.load().flows.upkeep.paused


@pytest.mark.parametrize("since", ["yesterday", "2024-13-01", "2999-01-01"])
def test_backfill_wants_a_day_that_was(two: Config, since: str) -> None:
    done = CliRunner().invoke(cli.app, ["backfill", "survey", "--since", since])
    assert isinstance(done.exception, Invalid)
