"""A source's runs in Prefect, for the Sources page: start one, the last and the next, and a run's log.

Spoken over Prefect's REST API, as flows are never imported here; see `flows` for the calls. `base` is the
address of Prefect's server, e.g. "http://127.0.0.1:4207". Every function raises TryAgain where it does not answer.
"""

import time
from typing import Any

import httpx

from curation.errors import NotFound, TribuneError, TryAgain

SECONDS = 5
UNDER_WAY = ["RUNNING", "PENDING", "CANCELLING"]
PAST = ["COMPLETED", "FAILED", "CRASHED", *UNDER_WAY]
"""Not CANCELLED: those are second runs beside one under way, and missed ones."""

Row = dict[str, Any]


def run_now(base: str, name: str, flow: str = "pull") -> str:
    """Start a source's pull, or another flow, at once; return the run's id, or that of the one under way."""
    for run in _ask(base, "POST", "/flow_runs/filter", _chosen(name, UNDER_WAY, "START_TIME_DESC", 1, flow)):
        return str(run["id"])
    try:
        deployment = _ask(base, "GET", f"/deployments/name/{flow}/{name}")
    except NotFound:
        raise TryAgain(f"{name} is not scheduled yet; what is new is within 10 seconds.") from None
    run = _ask(
        base, "POST", f"/deployments/{deployment['id']}/create_flow_run", {"state": {"type": "SCHEDULED"}}
    )
    return str(run["id"])


def runs(base: str, source: str, limit: int = 10) -> list[Row]:
    """Return the source's last runs, newest first.

    Each has `id`, `kind` (COMPLETED, FAILED, CRASHED, RUNNING, PENDING), `state` (for people), `message`,
    `start` and `end` (ISO 8601 or None), `seconds`, and `link` to its page in Prefect.
    """
    found = _ask(base, "POST", "/flow_runs/filter", _chosen(source, PAST, "EXPECTED_START_TIME_DESC", limit))
    return [
        {
            "id": run["id"],
            "kind": run["state_type"],
            "state": run["state_name"],
            "message": (run["state"] or {}).get("message") or "",
            "start": run["start_time"] or run["expected_start_time"],
            "end": run["end_time"],
            "seconds": run["total_run_time"],
            "link": f"{base}/runs/flow-run/{run['id']}",
        }
        for run in found
    ]


def upcoming(base: str, source: str) -> str | None:
    """Return when the source is pulled next (ISO 8601), or None where nothing is planned."""
    body = _chosen(source, ["SCHEDULED"], "EXPECTED_START_TIME_ASC", 1)
    found = _ask(base, "POST", "/flow_runs/filter", body)
    return str(found[0]["expected_start_time"]) if found else None


def log(base: str, run: str, limit: int = 200) -> list[str]:
    """Return the first lines of a run's log, oldest first: time, level, text. Plain text, never markup."""
    body = {"logs": {"flow_run_id": {"any_": [run]}}, "sort": "TIMESTAMP_ASC", "limit": min(limit, 200)}
    levels = {10: "DEBUG", 20: "INFO", 30: "WARNING", 40: "ERROR", 50: "CRITICAL"}
    return [
        f"{line['timestamp'][:19].replace('T', ' ')} {levels.get(line['level'], line['level'])} {line['message']}"
        for line in _ask(base, "POST", "/logs/filter", body)
    ]


def _chosen(source: str, kinds: list[str], sort: str, limit: int, flow: str = "pull") -> Row:
    return {
        "flows": {"name": {"any_": [flow]}},
        "deployments": {"name": {"any_": [source]}},
        "flow_runs": {"state": {"type": {"any_": kinds}}},
        "sort": sort,
        "limit": limit,
    }


def _ask(base: str, method: str, path: str, body: Row | None = None) -> Any:
    try:
        for wait in (0.3, 0.6, 0):
            response = httpx.request(method, f"{base}/api{path}", json=body, timeout=SECONDS, trust_env=False)
            # Its database is busy for a moment, and nothing was done.
            if response.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                break
            time.sleep(wait)
    except httpx.TransportError as error:
        raise TryAgain(f"Prefect does not answer on {base}. Start everything with: tribune up", 5) from error
    if response.status_code == httpx.codes.SERVICE_UNAVAILABLE:
        raise TryAgain("Prefect is busy. Try again in a moment.", 5)
    if response.status_code == httpx.codes.NOT_FOUND:
        raise NotFound(f"Prefect has no {path}.")
    if response.is_error:
        raise TribuneError(f"Prefect answered {response.status_code} to {path}.")
    return response.json()
