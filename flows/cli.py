"""`tribune flows …`: what is scheduled, run it now, pause it, read a source again from a day on."""

import json
import time
from datetime import UTC, date, datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from curation import config as configuration
from curation.errors import Invalid, NotFound, TryAgain
from flows.listing import listing
from flows.rest import Prefect
from flows.schedules import Wanted, named

app = typer.Typer(no_args_is_help=True, help="Schedules: list, run now, pause, resume, backfill.")

Name = Annotated[str, typer.Argument(help="A source, or one of: tag, upkeep.")]
Wait = Annotated[bool, typer.Option("--wait", help="Wait for its end; exit 1 unless it completed.")]

ENDS = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}


@app.command("list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="One JSON list.")] = False) -> None:
    """Show every schedule: as tribune.toml has it, its next and last run, and where Prefect differs."""
    rows, trouble = listing(configuration.load())
    if trouble:
        typer.echo(trouble, err=True)
    if as_json:
        typer.echo(json.dumps(rows))
        return
    table = Table("Name", "Cron", "Time zone", "", "Next run", "Last run", "Differs", box=None)
    for row in rows:
        last = f"{row['last_state']} {_when(row['last_run'])}" if row["last_run"] else ""
        paused = "paused" if row["paused"] else ""
        next_run = "" if row["paused"] else _when(row["next_run"])
        differs = "; ".join(row["differs"])
        table.add_row(row["name"], row["cron"], row["timezone"], paused, next_run, last, differs)
    Console().print(table)


@app.command()
def run(name: Name, wait: Wait = False) -> None:
    """Run a source's pull, the tagging or the upkeep now, beside its schedule."""
    config = configuration.load()
    one = named(config, name)
    with Prefect(config) as prefect:
        if busy := prefect.active(one.title):
            typer.echo(f"{one.name} is running already.")
        _follow(prefect, busy or _started(prefect, one.title), wait)


@app.command()
def pause(name: Name) -> None:
    """Stop scheduling it, in tribune.toml and at once; `run` still works."""
    _schedule(name, paused=True)


@app.command()
def resume(name: Name) -> None:
    """Schedule it again, in tribune.toml and at once."""
    _schedule(name, paused=False)


@app.command()
def backfill(
    name: Annotated[str, typer.Argument(help="A source.")],
    since: Annotated[str, typer.Option("--since", help="The first day to read again, e.g. 2024-01-31.")],
    wait: Wait = False,
) -> None:
    """Read a source again from a day on; what is there already is not doubled, the live pull goes on."""
    config = configuration.load()
    config.source(name)
    try:
        day = date.fromisoformat(since)
    except ValueError:
        raise Invalid(f"{since!r} is not a day such as 2024-01-31.") from None
    if day > datetime.now(UTC).date():
        raise Invalid(f"{since} is still to come.")
    with Prefect(config) as prefect:
        run = _started(prefect, "backfill/backfill", {"source": name, "since": day.isoformat()})
        _follow(prefect, run, wait)


def _started(prefect: Prefect, title: str, parameters: dict[str, Any] | None = None) -> dict[str, Any]:
    try:
        return prefect.run(title, parameters)
    except NotFound:
        raise TryAgain(
            f"Prefect does not know {title} yet. It will within seconds of tribune up; try again."
        ) from None


def _follow(prefect: Prefect, run: dict[str, Any], wait: bool) -> None:
    typer.echo(f"Its run: {prefect.link(run['id'])}")
    while wait and run["state_type"] not in ENDS:
        time.sleep(1)
        run = prefect.call("GET", f"/flow_runs/{run['id']}")
    if wait:
        said = f"{run['state_name']}: {run['state']['message'] or ''}".rstrip(": ")
        typer.echo(said, err=run["state_type"] != "COMPLETED")
        raise typer.Exit(0 if run["state_type"] == "COMPLETED" else 1)


def _schedule(name: str, *, paused: bool) -> None:
    one = named(configuration.load(), name)
    config = configuration.change_schedule(one.name, paused=paused)
    done = "paused" if paused else "scheduled again"
    now = _apply(config, one, paused)
    typer.echo(f"{one.name} is {done}{'' if now else '; it holds from the next tribune up on'}.")


def _apply(config: configuration.Config, one: Wanted, paused: bool) -> bool:
    """Tell Prefect at once; the runner would, two seconds later."""
    try:
        with Prefect(config) as prefect:
            held = prefect.call("GET", f"/deployments/name/{one.title}")
            prefect.call("PATCH", f"/deployments/{held['id']}", {"paused": paused})
    except (TryAgain, NotFound):
        return False
    return True


def _when(moment: str | None) -> str:
    """Show a moment in this machine's own time; the day only where it is not today."""
    if not moment:
        return ""
    at = datetime.fromisoformat(moment).astimezone()
    return f"{at:%H:%M:%S}" if at.date() == datetime.now().astimezone().date() else f"{at:%Y-%m-%d %H:%M}"
