"""The sources, looked at: what needs a person is told once."""

from typing import Any

from prefect import flow, task

from curation import config as configuration
from curation import pipeline
from curation.client import running
from flows.stages import PATIENT, failed, plainly, report


@task(name="watch", **PATIENT)
@plainly
def look() -> dict[str, str]:
    """Look at every source and tell what is new; return it by source."""
    config = configuration.load()
    with running(config, 20) as client:
        return {f"{one['source']} {one['kind']}": one["why"] for one in pipeline.watch(client, config)}


@flow(name="watch", flow_run_name="watch")
def watch() -> Any:
    """Look at the sources; the run fails where an alert could not be delivered."""
    state = look(return_state=True)
    if not state.is_completed():
        return failed(state)
    if news := state.result():
        report("watch", "What people were told", news)
    return news
