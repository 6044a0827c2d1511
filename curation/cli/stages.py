"""`tribune up|run|pull|tag|replay`: the stages, each going on from where it was."""

import os
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from curation import config, pipeline
from curation.cli.language import tag_lines
from curation.cli.opening import embedded
from curation.cli.terminal import NONE_YET, answer_json, complain, progress, say
from curation.client import Client
from curation.config import Config
from curation.errors import Invalid, Stale, TribuneError
from curation.pipeline import Counts
from curation.pipeline.runs import OPINION, fault

Source = Annotated[str | None, typer.Option("--source", help="Only this source.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would change; keep nothing.")]


def join(app: typer.Typer) -> None:
    """Add the stage commands to `app`."""
    for command in (up, run, pull, tag, replay):
        app.command()(command)


def up() -> None:
    """Start everything: the dashboard, Prefect's server and the flow runner. Ctrl-C stops all."""
    very_first = not (config.home() / "tribune.toml").exists()
    if very_first:
        config.save_source("samples", "file", {"path": str(config.shipped("samples"))})
    first_pass = [sys.executable, "-P", "-m", "curation.cli", "run"] if very_first else []
    # The supervisor runs for days: it starts afresh, without the libraries of the other commands.
    os.execv(sys.executable, [sys.executable, "-P", "-m", "curation.up", *first_pass])  # noqa: S606 - no shell is wanted


def run(source: Source = None, json: Json = False, dry_run: DryRun = False) -> None:
    """Pull every source that is not paused, then tag: one whole pass, without Prefect."""
    _pass(source, json, dry_run, tag_too=True)


def pull(source: Source = None, json: Json = False, dry_run: DryRun = False) -> None:
    """Pull every source that is not paused, or one."""
    _pass(source, json, dry_run, tag_too=False)


def tag(
    json: Json = False,
    dry_run: DryRun = False,
    stdin: Annotated[
        bool, typer.Option("--stdin", help='Tag lines of {"text": "…"} from standard input; opens no store.')
    ] = False,
    model: Annotated[
        Path | None, typer.Option("--model", help="With --stdin: a folder of tribune train or adapt.")
    ] = None,
    languages: Annotated[
        str | None, typer.Option("--languages", help="With --stdin: the ones to tell apart, such as en,fr.")
    ] = None,
) -> None:
    """Tag what has no tags of the current tagger yet."""
    if stdin:
        tag_lines(model, languages)
        return
    if model or languages:
        raise Invalid(
            "--model and --languages go with --stdin; for the store, set [tagging] in tribune.toml."
        )
    settings, start = config.load(), time.monotonic()
    with embedded(settings) as client, progress() as tell:
        counts = pipeline.tag(client, settings, dry_run=dry_run, progress=tell)
    _report(counts, time.monotonic() - start, json, dry_run)


def replay(
    source: Annotated[str, typer.Argument(help="Whose raws to normalise again.")],
    refused: Annotated[bool, typer.Option("--refused", help="Only those that were refused.")] = False,
    json: Json = False,
) -> None:
    """Normalise raws again, after a mapping was mended: nothing is pulled."""
    settings, start = config.load(), time.monotonic()
    with embedded(settings) as client, progress() as tell:
        counts = pipeline.replay(client, settings, source, only_refused=refused, progress=tell)
    _report(counts, time.monotonic() - start, json, False)
    _end([source], counts, [])


def _pass(source: str | None, json: bool, dry_run: bool, tag_too: bool) -> None:
    settings, start = config.load(), time.monotonic()
    names = (
        [settings.source(source).name] if source else [n for n, s in settings.sources.items() if not s.paused]
    )
    if not names:
        say("Every source is paused." if settings.sources else NONE_YET)
    total = Counts()
    failed: list[str] = []
    refused: list[str] = []
    with embedded(settings) as client, progress() as tell:
        for name in names:
            counts = _pull(client, settings, name, dry_run, tell, failed)
            total.add(counts.as_dict())
            refused += [name] if counts.refused else []
        if tag_too and not dry_run:
            total.add(pipeline.tag(client, settings, progress=tell).as_dict())
    _report(total, time.monotonic() - start, json, dry_run)
    _end(refused, total, failed)


def _pull(
    client: Client, settings: Config, name: str, dry_run: bool, tell: pipeline.Progress, failed: list[str]
) -> Counts:
    counts = Counts()
    try:
        pipeline.pull(client, settings, name, dry_run=dry_run, progress=tell, counts=counts)
    except Stale:
        say(f"Another pull of {name} is under way; what is left is read there.")
    except TribuneError as error:
        say(f"Source {name} stopped; the others go on.")
        complain(error)
        failed.append(name)
    except Exception as error:
        connector = settings.source(name).connector
        say(
            f"Source {name} stopped; the others go on. Its connector {connector!r} has a fault: {fault(error)}."
        )
        failed.append(name)
    return counts


def _report(counts: Counts, seconds: float, json: bool, dry_run: bool) -> None:
    if json:
        answer_json({**counts.as_dict(), "seconds": round(seconds, 3)})
        return
    would = "would be " if dry_run else ""
    done = {name: count for name, count in counts.as_dict().items() if name not in OPINION}
    said = ", ".join(f"{count:,} {would}{name}" for name, count in done.items() if count)
    typer.echo(f"{said or 'Nothing new'} in {seconds:.1f} s.")
    if counts.asked:
        prices = config.load().tagging.opinion
        cost = (counts.tokens_in * prices.price_in + counts.tokens_out * prices.price_out) / 1e6
        spent = (
            f"{counts.tokens_in + counts.tokens_out:,} tokens, {cost:,.2f} in all" if counts.tokens_in else ""
        )
        say(
            f"Second opinion on {counts.asked:,} comments: it disagreed on {counts.disagreed:,}"
            f" ({counts.disagreed / counts.asked:.0%}){'; ' + spent if spent else ''}."
        )


def _end(refused: list[str], counts: Counts, failed: list[str]) -> None:
    if counts.refused:
        commands = " or ".join(f"tribune sources refused {name}" for name in refused[:3])
        say(f"{counts.refused:,} newly refused; see why: {commands}")
    if counts.refused or failed:
        raise typer.Exit(1)
