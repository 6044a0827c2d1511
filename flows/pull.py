"""One source: everything after its cursors, landed page by page, and its new comments tagged at once."""

from prefect import flow, task

from curation import config as configuration
from curation import pipeline
from curation.client import running
from curation.config import Config
from curation.pipeline import Counts
from flows.stages import PATIENT, logged, report
from flows.tag import tag_waiting

WAIT = 20.0
"""Seconds to wait for an app that is being restarted."""


@task(name="pull", task_run_name="pull {source}", **PATIENT)
def pull_source(source: str, dry_run: bool = False, since: str | None = None) -> dict[str, int]:
    """Pull, normalise and land; another try goes on after the last stored page."""
    config = configuration.load()
    with running(config, WAIT) as client:
        counts = pipeline.pull(client, config, source, dry_run=dry_run, since=since, progress=logged())
    return counts.as_dict()


@flow(name="pull", flow_run_name="{source}")
def pull(source: str, dry_run: bool = False) -> dict[str, int]:
    """Pull one source and tag what is new. With `dry_run` nothing is kept."""
    return pulled(source, f"pull-{source}", pull_source(source, dry_run), dry_run)


def pulled(source: str, key: str, counts: dict[str, int], dry_run: bool = False) -> dict[str, int]:
    """Tag what a pull brought, and put its counts on the run's page under `key`."""
    config = configuration.load()
    if (counts["new"] or counts["changed"]) and not dry_run:
        counts["tagged"] = tag_waiting()["tagged"]
    title = f"{source}: what would change (nothing was kept)" if dry_run else f"{source}: what came in"
    report(key, title, counts, refused_link(config, source, Counts(**counts)))
    return counts


def refused_link(config: Config, source: str, counts: Counts) -> str:
    """Point to the refused records on the dashboard."""
    page = f"http://{config.app.host}:{config.app.port}/sources?source={source}"
    if counts.refused:
        return f"[See the {counts.refused:,} refused records with their reasons]({page})"
    return f"[The source's page]({page})"
