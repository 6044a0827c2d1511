"""One flow run's process: tied to the runner before anything else, so that a killed runner leaves no orphan."""

import os
from uuid import UUID

from curation.lifeline import die_with

RUNNER = "TRIBUNE_RUNNER"
"""The environment variable that carries the runner's process id."""


def main() -> None:
    """Run the flow run named in the environment, as Prefect's own `python -m prefect.engine` does.

    It differs in one thing: a run that failed has said so in its log, and is not raised a second time.
    """
    die_with(int(os.environ[RUNNER]))
    # A long import or tagging must not make the dashboard wait for a core.
    os.nice(5)

    from prefect._internal.control_listener import configure_from_env
    from prefect.engine import handle_engine_signals
    from prefect.flow_engine import load_flow, load_flow_run, run_flow

    run_id = UUID(os.environ["PREFECT__FLOW_RUN_ID"])
    configure_from_env()
    with handle_engine_signals(run_id):
        flow_run = load_flow_run(flow_run_id=run_id)
        run_flow(load_flow(flow_run), flow_run=flow_run, return_type="state")


if __name__ == "__main__":
    main()
