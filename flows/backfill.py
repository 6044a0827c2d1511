"""Read a source again from a day on, beside the live pull: its cursors are its own."""

from typing import Any

from prefect import flow

from flows.pull import followed, pull_source


@flow(name="backfill", flow_run_name="{source} since {since}")
def backfill(source: str, since: str) -> Any:
    """Pull `source` from the day `since` (2024-01-31) on. Broken off, the same call goes on where it was."""
    return followed(source, f"backfill-{source}", pull_source(source, False, since, return_state=True))
