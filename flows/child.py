"""One flow run's process: tied to the runner before anything else, so that a killed runner leaves no orphan."""

import os
import runpy

from curation.lifeline import die_with

RUNNER = "TRIBUNE_RUNNER"
"""The environment variable that carries the runner's process id."""

if __name__ == "__main__":
    die_with(int(os.environ[RUNNER]))
    # A long import or tagging must not make the dashboard wait for a core.
    os.nice(5)
    runpy.run_module("prefect.engine", run_name="__main__")
