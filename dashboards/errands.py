"""What a page asks others to do: the pipeline over the app's own API, Prefect over its own.

Flows are never imported here: a run starts in the flow runner, or not at all.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from curation import config as configuration
from curation import pipeline
from curation.client import running
from curation.config import SourceConfig
from curation.connectors import Recognised
from curation.connectors.http import patient
from curation.models import Comment
from dashboards import schedules, serving

LOOKED_AT = 10
PATIENCE = 20.0
"""Seconds a person waits before a page."""


def replay(name: str) -> dict[str, int]:
    """Normalise a source's refused records again; return what that changed. Raises TribuneError."""
    config = configuration.load(serving.config().home)
    with running(config) as client:
        counts = pipeline.replay(client, config, name, only_refused=True)
    return {"new": counts.new, "changed": counts.changed, "refused": counts.refused}


def try_out(source: SourceConfig, secrets: Mapping[str, str]) -> tuple[list[Recognised], list[Comment | str]]:
    """Look at what a source that is not added yet would bring, with secrets that are kept nowhere. Raises TribuneError."""
    with patient(PATIENCE, PATIENCE):
        return pipeline.preview_of(configuration.load(serving.config().home), source, secrets, LOOKED_AT)


def run_now(name: str) -> str:
    """Pull a source at once, beside its schedule; return the run's id. Raises TryAgain where Prefect is silent."""
    return schedules.run_now(prefect(), name)


def learn_now() -> str:
    """Learn from the team's corrections at once; return the run's id. Raises TryAgain where Prefect is silent."""
    return schedules.run_now(prefect(), "adapt", "adapt")


def look_now() -> str:
    """Look for themes at once; return the run's id. Raises TryAgain where Prefect is silent."""
    return schedules.run_now(prefect(), "themes", "themes")


def runs(name: str, limit: int = 5) -> list[dict[str, Any]]:
    """Return the source's last runs as Prefect knows them. Raises TribuneError."""
    return schedules.runs(prefect(), name, limit)


def log(run: str) -> list[str]:
    """Return a run's log. Raises TribuneError."""
    return schedules.log(prefect(), run)


def planned(name: str) -> datetime | None:
    """When Prefect pulls the source next, aware; None where it plans nothing. Raises TribuneError."""
    found = schedules.upcoming(prefect(), name)
    return datetime.fromisoformat(found) if found else None


def prefect() -> str:
    """Where Prefect's own pages and API are."""
    return f"http://127.0.0.1:{serving.config().flows.prefect_port}"
