"""What a kill leaves behind in Prefect: runs that look alive, and runs that were missed.

Prefect's own way, heartbeats and an automation that waits for them, writes to its SQLite file at every sign of
life of every run: with a dozen sources it was behind most of the "database is locked" that stalled the server.
Here the runner looks for the processes themselves, when it starts and all the while.
"""

import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psutil

from curation.errors import TribuneError, TryAgain
from flows.rest import Prefect

GRACE = 60.0
"""Seconds a run may be pending before its process has to be there."""


def tidy(prefect: Prefect, grace: float = GRACE) -> list[str]:
    """Mark dead runs and drop missed ones; return a sentence for each act.

    At the runner's start `grace` is 0: nothing can be about to start.
    """
    return [*crash_dead(prefect, grace), *drop_missed(prefect)]


def crash_dead(prefect: Prefect, grace: float) -> list[str]:
    """Mark as crashed what Prefect believes to run but whose process is gone; its concurrency slot is free again."""
    before = datetime.now(UTC) - timedelta(seconds=grace)
    done = []
    for run in prefect.runs("RUNNING", "PENDING", "CANCELLING"):
        if _alive(run) or datetime.fromisoformat(run["state"]["timestamp"]) > before:
            continue
        kind = "CANCELLED" if run["state_type"] == "CANCELLING" else "CRASHED"
        try:
            prefect.set_state(
                run, kind, "Its process is gone. The next run goes on after the last stored page."
            )
            done.append(f"Run {run['name']} had lost its process and is marked {kind.lower()}")
        except TryAgain:
            raise
        except TribuneError:
            # Prefect cannot end a run whose deployment, and with it the slot it held, was deleted meanwhile.
            prefect.call("DELETE", f"/flow_runs/{run['id']}")
            done.append(
                f"Run {run['name']} had lost its process and its deployment, and was taken out of Prefect"
            )
    return done


def _alive(run: dict[str, Any]) -> bool:
    """Process ids are used again: the process must also carry this run's id."""
    try:
        process = psutil.Process(int(run["infrastructure_pid"]))
        return UUID(process.environ()["PREFECT__FLOW_RUN_ID"]) == UUID(run["id"])
    except (psutil.Error, TypeError, ValueError, KeyError):
        return False


def drop_missed(prefect: Prefect) -> list[str]:
    """Cancel all but the newest missed run of each deployment: a run reads everything after its cursor anyway."""
    now = datetime.now(UTC)
    late = [
        run
        for run in prefect.runs("SCHEDULED", sort="EXPECTED_START_TIME_DESC")
        if run["auto_scheduled"]
        and run["state_name"] in ("Scheduled", "Late")
        and datetime.fromisoformat(run["expected_start_time"]) < now
    ]
    newest: set[str] = set()
    dropped = 0
    for run in late:
        if run["deployment_id"] in newest:
            prefect.set_state(
                run, "CANCELLED", "Missed while Tribune was not running; a newer run reads it all."
            )
            dropped += 1
        newest.add(run["deployment_id"])
    return (
        [f"Dropped {dropped} missed runs; the newest of each schedule reads everything since"]
        if dropped
        else []
    )


def resume_crashed(prefect: Prefect) -> list[str]:
    """Start again what was broken off last time: a first import must not wait for tomorrow's cron line."""
    done = []
    for title, deployment in prefect.deployments().items():
        body = {
            "deployments": {"id": {"any_": [deployment["id"]]}},
            "flow_runs": {"state": {"type": {"not_any_": ["SCHEDULED", "CANCELLED"]}}},
            "sort": "EXPECTED_START_TIME_DESC",
            "limit": 1,
        }
        for run in prefect.call("POST", "/flow_runs/filter", body):
            if run["state_type"] == "CRASHED" and not deployment["paused"]:
                prefect.run(title, run["parameters"])
                done.append(f"{title} was broken off; it starts again")
    return done


def wait_healthy(prefect: Prefect, seconds: float = 300) -> bool:
    """Wait until the server answers; tell whether it did."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            prefect.call("GET", "/health")
        except Exception:
            time.sleep(0.3)
        else:
            return True
    return False
