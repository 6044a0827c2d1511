"""Bring Prefect's deployments to what tribune.toml says, at start, on every change of the file, and once a minute."""

import hashlib
import logging
import threading
import time
from pathlib import Path
from typing import Any

from curation import config as configuration
from curation.config import Config
from curation.errors import ConfigError, NotFound, TribuneError
from flows.rest import POOL, Prefect
from flows.schedules import differences, wanted
from flows.tidy import tidy

log = logging.getLogger("flows")

LOOK, SETTLED, FULL = 2.0, 0.5, 60.0
"""Seconds between looks at the file, for which it has to stay as it is, and between comparisons with Prefect where nothing changed."""


def reconcile(prefect: Prefect, config: Config, schemas: dict[str, dict[str, Any]]) -> list[str]:
    """Create, change and delete deployments until Prefect agrees with `config`; return a sentence for each act.

    `schemas` holds each flow's parameters as JSON Schema, for Prefect's own form. Running runs are left alone.
    """
    held = prefect.deployments()
    done = []
    for one in wanted(config):
        before = held.pop(one.title, None)
        if differs := differences(one, before):
            flow = prefect.call("POST", "/flows/", {"name": one.flow})
            schema = schemas.get(one.flow, {})
            own = {
                "name": one.name,
                "flow_id": flow["id"],
                "work_pool_name": POOL,
                "parameter_openapi_schema": schema,
            }
            prefect.call("POST", "/deployments/", own | one.body)
            if before is None and one.flow == "pull" and not one.paused:
                # Whoever adds a source wants to see something, not wait for its first hour.
                prefect.run(one.title)
            done.append(f"{one.title} now follows tribune.toml ({'; '.join(differs)})")
    done += [_take_out(prefect, title, gone) for title, gone in held.items()]
    return list(filter(None, done))


def _take_out(prefect: Prefect, title: str, gone: dict[str, Any]) -> str | None:
    """Delete a deployment; while a run of it is under way only pause it, as Prefect could never end that run."""
    if prefect.active(title):
        if gone["paused"]:
            return None
        prefect.call("PATCH", f"/deployments/{gone['id']}", {"paused": True})
        return f"{title} is no longer in tribune.toml; it leaves Prefect when its run has ended"
    prefect.call("DELETE", f"/deployments/{gone['id']}")
    return f"{title} is no longer in tribune.toml and was taken out of Prefect; its runs stay"


def ensure_pool(prefect: Prefect, template: dict[str, Any]) -> None:
    """Create the work pool, or bring its job template up to date."""
    try:
        prefect.call("GET", f"/work_pools/{POOL}")
    except NotFound:
        body = {"name": POOL, "type": "process", "base_job_template": template}
        prefect.call("POST", "/work_pools/", body)
    else:
        prefect.call("PATCH", f"/work_pools/{POOL}", {"base_job_template": template, "is_paused": False})


def watch(config: Config, schemas: dict[str, dict[str, Any]], stop: threading.Event) -> None:
    """Reconcile until `stop`. A broken tribune.toml is said once; what held before goes on holding."""
    seen, due, said = "", 0.0, ""
    with Prefect(config) as prefect:
        while not stop.wait(LOOK):
            now = _digest(config.file)
            if now == seen and time.monotonic() < due:
                continue
            try:
                if now != seen:
                    # Some editors empty a file before they write it: that must not take schedules away.
                    if stop.wait(SETTLED):
                        return
                    read = configuration.load(config.home)
                    if _digest(config.file) != now:
                        continue
                    config = read
                for sentence in [*reconcile(prefect, config, schemas), *tidy(prefect)]:
                    log.info(sentence)
            except TribuneError as error:
                if str(error) != said:
                    kept = " The schedules stay as they were." if isinstance(error, ConfigError) else ""
                    log.error("%s%s", error, kept)
                said = str(error)
                seen = now if isinstance(error, ConfigError) else ""
            except Exception:
                # Whatever it was: a new source must not wait for the next start.
                log.exception("Prefect could not be brought to tribune.toml; the next look is in a minute.")
                seen = now
            else:
                seen, said = now, ""
            due = time.monotonic() + FULL


def _digest(file: Path) -> str:
    try:
        return hashlib.blake2b(file.read_bytes()).hexdigest()
    except OSError:
        return "unreadable"
