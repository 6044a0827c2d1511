"""Themes that no topic covers, and texts that many post, looked for in the comments of the last three months."""

from typing import Any

from prefect import flow, task

from curation import config as configuration
from curation import pipeline
from curation.client import running
from flows.stages import PATIENT, failed, logged, plainly, report


@task(name="themes", **PATIENT)
@plainly
def look(days: int = 90) -> dict[str, int]:
    """Look; return how much was found."""
    with running(configuration.load(), 20) as client:
        found = pipeline.discover(client, days=days, progress=logged())
    return {
        "comments": found["comments"],
        "without a topic": found["uncovered"],
        "themes": len(found["themes"]),
        "campaigns": len(found["campaigns"]),
    }


@flow(name="themes", flow_run_name="themes")
def themes(days: int = 90) -> Any:
    """Look for themes and campaigns; the Themes page shows them."""
    state = look(days, return_state=True)
    if not state.is_completed():
        return failed(state)
    counts = state.result()
    report("themes", "What was found", counts)
    return counts
