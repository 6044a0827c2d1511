"""What `tribune flows list` shows: each schedule of tribune.toml beside what Prefect holds and did."""

from typing import Any

from curation.config import Config
from curation.errors import TryAgain
from flows.rest import Prefect
from flows.schedules import Wanted, differences, wanted

PAST = ["COMPLETED", "FAILED", "CRASHED", "CANCELLING", "RUNNING", "PENDING"]
"""Not CANCELLED: those are second runs beside one under way, and missed ones."""

Row = dict[str, Any]


def listing(config: Config) -> tuple[list[Row], str]:
    """Return a row per schedule, and a sentence where Prefect does not answer (then its columns are empty)."""
    scheduled = [one for one in wanted(config) if one.cron]
    with Prefect(config) as prefect:
        try:
            held = prefect.deployments()
        except TryAgain as error:
            return [_row(one) for one in scheduled], str(error)
        return [_filled(prefect, one, held.get(one.title)) for one in scheduled], ""


def _row(one: Wanted) -> Row:
    row = {
        "name": one.name,
        "flow": one.flow,
        "cron": one.cron,
        "timezone": one.timezone,
        "paused": one.paused,
    }
    return row | {"next_run": None, "last_run": None, "last_state": None, "last_link": None, "differs": []}


def _filled(prefect: Prefect, one: Wanted, held: dict[str, Any] | None) -> Row:
    row = _row(one) | {"differs": differences(one, held)}
    if held is None:
        return row
    coming = _runs(prefect, held["id"], ["SCHEDULED"], "EXPECTED_START_TIME_ASC")
    past = _runs(prefect, held["id"], PAST, "EXPECTED_START_TIME_DESC")
    if coming:
        row["next_run"] = coming[0]["expected_start_time"]
    if past:
        run = past[0]
        row["last_run"] = run["start_time"] or run["expected_start_time"]
        row |= {"last_state": run["state_name"], "last_link": prefect.link(run["id"])}
    return row


def _runs(prefect: Prefect, deployment: str, states: list[str], sort: str) -> list[dict[str, Any]]:
    body = {
        "deployments": {"id": {"any_": [deployment]}},
        "flow_runs": {"state": {"type": {"any_": states}}},
        "sort": sort,
        "limit": 1,
    }
    found: list[dict[str, Any]] = prefect.call("POST", "/flow_runs/filter", body)
    return found
