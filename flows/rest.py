"""Prefect's REST API over httpx: what the reconciling loop and the commands need, without importing Prefect (1 s)."""

import time
from types import TracebackType
from typing import Any, Self

import httpx

from curation.config import Config
from curation.errors import NotFound, TribuneError, TryAgain
from flows.environment import address

POOL = "tribune"
"""The work pool all of Tribune's deployments belong to, and the runner works for."""

PAGE = 200
TRIES = 5


class Prefect:
    """Speak to the Prefect server of one home. Raises TryAgain where none answers in `timeout` seconds, NotFound for a 404."""

    def __init__(self, config: Config, timeout: float = 15) -> None:
        self.address = address(config)
        self._http = httpx.Client(base_url=f"{self.address}/api", timeout=timeout, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._http.close()

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Send JSON, return JSON (None for an empty answer); patient with a server whose database is busy."""
        for attempt in range(1, TRIES + 1):
            response = self._send(method, path, body)
            if response.status_code != httpx.codes.SERVICE_UNAVAILABLE or attempt == TRIES:
                break
            time.sleep(0.3 * attempt)
        if response.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            raise TryAgain(f"Prefect's server at {self.address} is busy. Try again in a moment.", 5)
        if response.status_code == httpx.codes.NOT_FOUND:
            raise NotFound(f"Prefect has no {path}.")
        if response.is_error:
            raise TribuneError(
                f"Prefect answered {response.status_code} to {method} {path}: {response.text[:300]}"
            )
        return response.json() if response.content else None

    def _send(self, method: str, path: str, body: Any) -> httpx.Response:
        try:
            return self._http.request(method, path, json=body)
        except httpx.ConnectError as error:
            raise TryAgain(
                f"Prefect's server does not answer at {self.address}. Start Tribune with: tribune up", 5
            ) from error
        except httpx.TransportError as error:
            raise TryAgain(
                f"Prefect's server at {self.address} is there, but too busy to answer. Try again in a moment.",
                5,
            ) from error

    def all(self, path: str, **body: Any) -> list[dict[str, Any]]:
        """Return everything a filter finds, page by page."""
        found: list[dict[str, Any]] = []
        while True:
            page = self.call("POST", path, {**body, "limit": PAGE, "offset": len(found)})
            found += page
            if len(page) < PAGE:
                return found

    def deployments(self) -> dict[str, dict[str, Any]]:
        """Map "flow/name" to each deployment of the pool."""
        flows = {flow["id"]: flow["name"] for flow in self.all("/flows/filter")}
        held = self.all("/deployments/filter", work_pools={"name": {"any_": [POOL]}})
        return {f"{flows[one['flow_id']]}/{one['name']}": one for one in held if one["flow_id"] in flows}

    def runs(self, *states: str, **body: Any) -> list[dict[str, Any]]:
        """Return the pool's flow runs in the given state types, e.g. RUNNING."""
        chosen = {"state": {"type": {"any_": list(states)}}}
        return self.all("/flow_runs/filter", flow_runs=chosen, work_pools={"name": {"any_": [POOL]}}, **body)

    def run(self, title: str, parameters: dict[str, Any] | None = None) -> dict[str, Any]:
        """Start a run of the deployment called "flow/name" now, with these parameters over its own."""
        held = self.call("GET", f"/deployments/name/{title}")
        body = {"parameters": {**held["parameters"], **(parameters or {})}, "state": {"type": "SCHEDULED"}}
        run: dict[str, Any] = self.call("POST", f"/deployments/{held['id']}/create_flow_run", body)
        return run

    def active(self, title: str) -> dict[str, Any] | None:
        """Return the run of this deployment that is under way, if there is one."""
        flow, _, name = title.partition("/")
        chosen = {"flows": {"name": {"any_": [flow]}}, "deployments": {"name": {"any_": [name]}}}
        return next(iter(self.runs("RUNNING", "PENDING", **chosen)), None)

    def set_state(self, run: dict[str, Any], kind: str, message: str) -> None:
        """Put a run into a final state whatever it is in, e.g. CRASHED."""
        state = {"type": kind, "name": kind.capitalize(), "message": message}
        self.call("POST", f"/flow_runs/{run['id']}/set_state", {"state": state, "force": True})

    def link(self, run_id: str) -> str:
        """Return the address of a run's page."""
        return f"{self.address}/runs/flow-run/{run_id}"
