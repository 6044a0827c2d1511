"""The tagger learns from the team's corrections, where there are new ones; the tag flow then tags anew."""

from typing import Any

from prefect import flow, task
from prefect.logging import get_run_logger

from curation import config as configuration
from curation import pipeline
from curation.client import running
from flows.stages import PATIENT, failed, logged, plainly, report


@task(name="adapt", **PATIENT)
@plainly
def learn(only_new: bool = True) -> dict[str, Any]:
    """Learn; return what came of it."""
    config = configuration.load()
    with running(config, 20) as client:
        return pipeline.adapt(client, config, only_new=only_new, progress=logged()).as_dict()


@flow(name="adapt", flow_run_name="adapt")
def adapt(only_new: bool = True) -> Any:
    """Learn from the judgements; a new model is in force if it is not worse than what there is."""
    state = learn(only_new, return_state=True)
    if not state.is_completed():
        return failed(state)
    learned = state.result()
    rows = {
        "judged": learned["judged"],
        "model": learned["model"] or "none",
        "in force": str(learned["used"]),
    }
    for change in learned["changes"]:
        rows[change["head"]] = f"{change['before']:.1%} → {change['after']:.1%} ({change['labels']} labels)"
    report("adapt", "What was learned", rows, learned["reason"])
    get_run_logger().info("%s", learned["reason"] or f"Model {learned['model']} is in force.")
    return rows
