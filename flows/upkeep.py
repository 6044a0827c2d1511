"""Nightly care: the search index, a verified backup, the analysts' snapshot, and what is old enough to forget."""

from typing import Any

from prefect import flow, task

from curation import config as configuration
from curation import pipeline
from curation.client import running
from curation.errors import TribuneError
from flows.stages import PATIENT, report


@task(name="upkeep", **PATIENT)
def care() -> dict[str, Any]:
    """Have the store do its care; what fails does not stop the rest."""
    with running(configuration.load(), 20) as client:
        return pipeline.upkeep(client)


@flow(name="upkeep", flow_run_name="upkeep")
def upkeep() -> dict[str, Any]:
    """Do every part of the care, then fail where a part failed."""
    answer = care()
    failed: dict[str, str] = answer["failed"]
    rows = {name: _said(made) for name, made in answer["done"].items()}
    rows |= {name: f"failed: {why}" for name, why in failed.items()}
    report("upkeep", "What was cared for", rows)
    if failed:
        raise TribuneError("; ".join(f"{name}: {why}" for name, why in failed.items()))
    return answer


def _said(made: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in made.items()) or "nothing to do"
