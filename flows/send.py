"""What the outbox holds, sent; what nobody is sure of, looked for; and members told by mail what needs them."""

from typing import Any

from prefect import flow, task
from prefect.states import Failed

from curation import config as configuration
from curation import pipeline
from curation.client import running
from flows.stages import PATIENT, failed, logged, plainly, report


@task(name="send", **PATIENT)
@plainly
def send_due() -> dict[str, Any]:
    """Send every reply that is due; safe to run again at any moment."""
    config = configuration.load()
    with running(config, 20) as client:
        return pipeline.send(client, config, progress=logged()).as_dict()


@task(name="tell", **PATIENT)
@plainly
def tell() -> int:
    """Write to members who wish it; here, as most of what needs them comes of sending, and every minute is soon enough."""
    config = configuration.load()
    with running(config, 20) as client:
        return pipeline.tell(client, config)


@flow(name="send", flow_run_name="send")
def send() -> Any:
    """Send what is due and tell members, then fail where a source or the mail server could not be reached."""
    state, told = send_due(return_state=True), tell(return_state=True)
    if not state.is_completed():
        return failed(state)
    counts = state.result()
    trouble = counts.pop("trouble")
    if told.is_completed():
        counts["told"] = told.result()
    else:
        trouble["mail"] = told.message
    if any(counts.values()) or trouble:
        report("send", "What was sent", {**counts, **trouble})
    if trouble:
        return Failed(message="; ".join(f"{where}: {why}" for where, why in trouble.items()))
    return counts
