"""Tags for every comment that has none of the current tagger: new ones, edited ones, all after a new version."""

from typing import Any

from prefect import flow, task
from prefect.logging import get_run_logger

from curation import config as configuration
from curation import pipeline
from curation.client import running
from flows.stages import PATIENT, failed, logged, only_tagger, plainly, report


@task(name="tag", **PATIENT)
@plainly
def tag_waiting(dry_run: bool = False) -> dict[str, int]:
    """Tag what waits, unless another run is at it; return the counts."""
    config = configuration.load()
    with only_tagger(config) as mine:
        if not mine and not dry_run:
            get_run_logger().info("Another run is tagging; it takes these comments along.")
            return pipeline.Counts().as_dict()
        with running(config, 20) as client:
            return pipeline.tag(client, config, dry_run=dry_run, progress=logged()).as_dict()


@flow(name="tag", flow_run_name="tag")
def tag(dry_run: bool = False) -> Any:
    """Tag what waits; return the counts. With `dry_run` only count it."""
    state = tag_waiting(dry_run, return_state=True)
    if not state.is_completed():
        return failed(state)
    counts = state.result()
    report("tag", "What would be tagged" if dry_run else "What was tagged", {"tagged": counts["tagged"]})
    return counts
