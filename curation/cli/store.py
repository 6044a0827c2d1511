"""`tribune comments|doctor|backup|restore|snapshot|tokens …`: what is kept, and its care."""

import os
import sys
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.filesize import decimal

from curation import config, connectors
from curation.cli.opening import embedded
from curation.cli.terminal import answer_json, err, say, table
from curation.errors import ConfigError, DiskFull, Invalid, NotFound
from curation.models import LOCAL

tokens = typer.Typer(help="Tokens for integrations: scoped, kept as a hash, revocable.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="JSON on standard output.")]


def join(app: typer.Typer) -> None:
    """Add the store's commands to `app`."""
    for command in (comments, explain, doctor, backup, restore, snapshot):
        app.command()(command)


def comments(
    format: Annotated[str, typer.Option(help="jsonl, csv, parquet or arrow.")] = "jsonl",
    search: Annotated[
        str | None, typer.Option(help='Words, "a phrase", pref*, -without, lang:fr, status:open …')
    ] = None,
    source: Annotated[list[str] | None, typer.Option(help="Only this source; may be repeated.")] = None,
    sentiment: Annotated[list[str] | None, typer.Option(help="negative, neutral or positive.")] = None,
    topic: Annotated[
        list[str] | None, typer.Option(help="A topic's id; a parent holds its children.")
    ] = None,
    language: Annotated[list[str] | None, typer.Option(help="An ISO 639-1 code.")] = None,
    status: Annotated[
        list[str] | None, typer.Option(help="new, open, pending, snoozed, resolved or spam.")
    ] = None,
    since: Annotated[str | None, typer.Option(help="A day, e.g. 2026-11-01.")] = None,
    until: Annotated[str | None, typer.Option(help="A day, not included.")] = None,
    limit: Annotated[int | None, typer.Option(min=0, help="At most so many, the newest.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write to this file, replacing it.")] = None,
) -> None:
    """Export comments, newest first, with no cap."""
    from curation.api.answers import MEDIA

    if format not in MEDIA:
        raise Invalid(f"--format is one of {', '.join(MEDIA)}, not {format!r}.")
    if format in ("parquet", "arrow") and out is None and sys.stdout.isatty():
        raise Invalid(f"{format} is not for a terminal. Add --out FILE.")
    wanted: dict[str, Any] = {
        "format": format, "q": search, "source": source, "sentiment": sentiment, "topic": topic, "language": language,
        "status": status, "since": _day("since", since), "until": _day("until", until), "limit": limit,
    }  # fmt: skip
    with embedded(config.load()) as client, client.stream("/export", **wanted) as pieces:
        if out is None:
            for piece in pieces:
                sys.stdout.buffer.write(piece)
            sys.stdout.buffer.flush()
        else:
            _write(out, pieces)


def _day(name: str, value: str | None) -> str | None:
    try:
        return None if value is None else date.fromisoformat(value).isoformat()
    except ValueError:
        raise Invalid(f"--{name} takes a day such as 2026-11-01, not {value!r}.") from None


def _write(out: Path, pieces: Any) -> None:
    """Write beside the file and put it in place once whole."""
    unfinished = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        with unfinished.open("wb") as file:
            for piece in pieces:
                file.write(piece)
        unfinished.replace(out)
    except OSError as error:
        raise DiskFull(
            f"Cannot write {out}: {error.strerror}. What was there before is untouched."
        ) from error
    finally:
        unfinished.unlink(missing_ok=True)


def explain(
    id: Annotated[int, typer.Argument(min=0, help="The comment's number.")], json: Json = False
) -> None:
    """Show which words weighed most for each tag of a comment."""
    with embedded(config.load()) as client, err.status("Reading it again, a word left out at a time …"):
        found = client.get(f"/comments/{id}/explanation")
    if json:
        return answer_json(found)
    rows = [
        [
            tag["name"],
            tag["value"],
            "  ".join(f"{one['words']} {one['weight']:+.1f}" for one in tag["weights"]),
        ]
        for tag in found["tags"]
    ]
    table(["tag", "value", "words, + for and - against it"], rows)


def doctor(
    json: Json = False,
    mend: Annotated[bool, typer.Option(help="Bring the search index back to the store's state.")] = True,
) -> None:
    """Check configuration, store and search index; the index is mended, the store never touched."""
    settings = config.load()
    with embedded(settings) as client, err.status("Comparing the store and its index …"):
        found = client.post("/doctor", mend=mend)
    if wrong := _misconfigured(settings):
        found["problems"] += wrong
        found["healthy"] = False
    if json:
        answer_json(found)
    else:
        for line in found["mended"]:
            typer.echo(f"Mended: {line}.")
        for line in found["problems"]:
            say(f"Problem: {line.removesuffix('.')}.")
        if found["healthy"]:
            typer.echo(f"Healthy: {found['comments']:,} comments, and the search index agrees.")
    if not found["healthy"]:
        raise typer.Exit(1)


def _misconfigured(settings: config.Config) -> list[str]:
    """Say what is wrong with sources' settings; secrets are left to `tribune sources check`, which uses them."""
    problems = []
    for source in settings.sources.values():
        try:
            config.check_settings(
                source, connectors.load(source.connector), settings.home, need_secrets=False
            )
        except ConfigError as error:
            problems.append(str(error))
    return problems


File = Annotated[Path, typer.Argument(help="The file.")]


def backup(file: File) -> None:
    """Copy the whole store into a new file and check the copy, also while the app runs."""
    with embedded(config.load()) as client, err.status("Copying and checking …"):
        made = client.post("/backup", {"file": str(file.absolute())})
    typer.echo(f"{made['comment']:,} comments in {made['file']} ({decimal(made['bytes'])}), checked.")


def restore(file: File) -> None:
    """Put a backup in the store's place, after checking it; the app must not run."""
    from curation.actions import care

    settings = config.load()
    if not file.is_file():
        raise NotFound(f"There is no file {file}.")
    with err.status("Checking and copying …"):
        found = care.restore(settings, LOCAL, file)
    typer.echo(
        f"{found['comment']:,} comments restored; the store as it was is kept as store.before-restore.duckdb."
    )
    with embedded(settings), err.status("Building the search index …"):
        pass


def snapshot(
    file: Annotated[
        Path | None,
        typer.Argument(help="A .duckdb or .parquet file; by default snapshot.parquet in the home."),
    ] = None,
) -> None:
    """Write a read-only copy of the comments for analysts, as DuckDB or Parquet."""
    settings = config.load()
    file = file or settings.home / "snapshot.parquet"
    with embedded(settings) as client, err.status("Writing …"):
        made = client.post("/snapshot", {"file": str(file.absolute())})
    typer.echo(f"{made['file']} ({decimal(made['bytes'])})")


@tokens.command("create")
def create(
    name: str, scope: Annotated[list[str], typer.Option(help="A permission; may be repeated.")]
) -> None:
    """Make a token and print it, this once."""
    with embedded(config.load()) as client:
        typer.echo(client.post("/tokens", {"name": name, "scopes": scope})["token"])


@tokens.command("list")
def list_(json: Json = False) -> None:
    """List tokens; never the token itself."""
    with embedded(config.load()) as client:
        found = client.get("/tokens")
    if json:
        return answer_json(found)
    rows = [
        [t["name"], " ".join(t["scopes"]), t["created_at"][:16], "revoked" if t["revoked_at"] else "in use"]
        for t in found
    ]
    table(["token", "scopes", "created (UTC)", "state"], rows)


@tokens.command("revoke")
def revoke(name: str) -> None:
    """End a token at once."""
    with embedded(config.load()) as client:
        client.delete(f"/tokens/{name}")
    typer.echo(f"Revoked {name}.")
