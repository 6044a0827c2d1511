"""Nightly care: the search index, a verified backup, the analysts' snapshot, and what is old enough to forget."""

from typing import Any

from prefect import flow, task
from prefect.states import Failed

from curation import config as configuration
from curation import pipeline
from curation.client import running
from flows.stages import PATIENT, failed, plainly, report


@task(name="upkeep", **PATIENT)
@plainly
def care() -> dict[str, Any]:
    """Have the store do its care; what fails does not stop the rest."""
    with running(configuration.load(), 20) as client:
        return pipeline.upkeep(client)


@flow(name="upkeep", flow_run_name="upkeep")
def upkeep() -> Any:
    """Do every part of the care, then fail where a part failed."""
    state = care(return_state=True)
    if not state.is_completed():
        return failed(state)
    done, broken = state.result()["done"], state.result()["failed"]
    rows = {name: _said(made) for name, made in done.items()}
    rows |= {name: f"failed: {why}" for name, why in broken.items()}
    report("upkeep", "What was cared for", rows)
    if broken:
        return Failed(message="; ".join(f"{name}: {why}" for name, why in broken.items()))
    return rows


def _said(made: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in made.items()) or "nothing to do"
