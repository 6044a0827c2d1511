"""One source: everything after its cursors, landed page by page, and its new comments tagged at once."""

from typing import Any

from prefect import State, flow, task

from curation import config as configuration
from curation import pipeline
from curation.client import running
from curation.config import Config
from curation.pipeline import Counts
from flows.stages import PATIENT, failed, logged, plainly, report
from flows.tag import tag_waiting

WAIT = 20.0
"""Seconds to wait for an app that is being restarted."""


@task(name="pull", task_run_name="pull {source}", **PATIENT)
@plainly
def pull_source(source: str, dry_run: bool = False, since: str | None = None) -> dict[str, int]:
    """Pull, normalise and land; another try goes on after the last stored page."""
    config = configuration.load()
    with running(config, WAIT) as client:
        counts = pipeline.pull(client, config, source, dry_run=dry_run, since=since, progress=logged())
    return counts.as_dict()


@flow(name="pull", flow_run_name="{source}")
def pull(source: str, dry_run: bool = False) -> Any:
    """Pull one source and tag what is new; return the counts. With `dry_run` nothing is kept."""
    return followed(source, f"pull-{source}", pull_source(source, dry_run, return_state=True), dry_run)


def followed(source: str, key: str, state: State[Any], dry_run: bool = False) -> Any:
    """Tag what a pull brought, and put its counts on the run's page under `key`; a failed one is the run's end."""
    if not state.is_completed():
        return failed(state)
    config, counts = configuration.load(), state.result()
    tagging: State[Any] | None = None
    if (counts["new"] or counts["changed"]) and not dry_run:
        tagging = tag_waiting(return_state=True)
        counts["tagged"] = tagging.result()["tagged"] if tagging.is_completed() else 0
    title = f"{source}: what would change (nothing was kept)" if dry_run else f"{source}: what came in"
    report(key, title, counts, refused_link(config, source, Counts(**counts)))
    return failed(tagging) if tagging and not tagging.is_completed() else counts


def refused_link(config: Config, source: str, counts: Counts) -> str:
    """Point to the refused records on the dashboard."""
    page = f"http://{config.app.host}:{config.app.port}/sources?source={source}"
    if counts.refused:
        return f"[See the {counts.refused:,} refused records with their reasons]({page})"
    return f"[The source's page]({page})"
