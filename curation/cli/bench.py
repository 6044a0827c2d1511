"""`tribune bench fill`: a store of invented comments, to measure with."""

import time
from pathlib import Path
from typing import Annotated

import typer

from curation import config
from curation.cli.terminal import progress

app = typer.Typer(help="Measure: fill a store with invented comments.", no_args_is_help=True)


@app.callback()
def bench() -> None:
    """Keep `fill` a command of its own."""


@app.command()
def fill(
    count: Annotated[int, typer.Argument(metavar="N", min=1, max=100_000_000, help="How many comments.")],
    home: Annotated[
        Path | None, typer.Option(help="The folder of the store; by default TRIBUNE_HOME.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Another one invents others.")] = 1,
) -> None:
    """Fill an empty store with N invented comments, threads, people and tags, and index them; the app must not run."""
    from curation.bench.filling import fill as put
    from curation.store import open_store

    settings, start = config.load(home), time.monotonic()
    store = open_store(settings)
    try:
        with progress() as tell:
            put(store, count, seed=seed, tell=tell)
    finally:
        store.close()
    typer.echo(f"{count:,} comments in {settings.home}, in {time.monotonic() - start:.0f} s.")
