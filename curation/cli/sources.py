"""`tribune sources …`: add, list, preview, check, remove, and what was refused."""

import sys
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any, get_origin, get_type_hints

import typer
from pydantic import TypeAdapter, ValidationError

from curation import config, connectors, pipeline
from curation.cli.opening import embedded
from curation.cli.terminal import NONE_YET, answer_json, complain, say, table
from curation.config import SourceConfig
from curation.errors import ConfigError, Invalid, TribuneError
from curation.models import Comment

app = typer.Typer(help="Where comments come from.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The source's name.")]
Json = Annotated[bool, typer.Option("--json", help="JSON on standard output.")]


@app.command()
def add(
    name: Name,
    connector: Annotated[str, typer.Option(help="Which connector; see: tribune sources connectors")],
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="A setting, KEY=VALUE; '-' as VALUE asks for it unseen.")
    ] = None,
    cron: Annotated[str | None, typer.Option(help="When to pull, five fields.")] = None,
    timezone: Annotated[
        str | None, typer.Option(help="How the cron line is read, e.g. Europe/Paris.")
    ] = None,
    preview: Annotated[
        bool, typer.Option(help="Show the mapping and ten records; nothing is stored.")
    ] = True,
) -> None:
    """Add a source to tribune.toml and show what it would bring."""
    cls = connectors.load(connector)
    settings, secrets = _settings(name, connector, cls, set_ or [])
    if not config.SOURCE_NAME.fullmatch(name):
        raise Invalid(f"A source's name has only a-z, 0-9, '-' and '_', not {name!r}.")
    wanted = SourceConfig(name=name, connector=connector, settings=settings)
    config.ensure_home()
    config.check_settings(wanted, cls, need_secrets=False)
    schedule = {key: value for key, value in (("cron", cron), ("timezone", timezone)) if value}
    config.save_source(name, connector, settings, schedule)
    for key, value in secrets.items():
        config.save_secret(name, key, value)
    if preview:
        try:
            _preview(name, 10)
        except TribuneError as error:
            say("The source was added, but it cannot be read yet:")
            complain(error)
    typer.echo(f"Added {name}. Nothing is stored yet; pull it now: tribune run --source {name}")


def _settings(
    name: str, connector: str, cls: type[Any], pairs: list[str]
) -> tuple[dict[str, Any], dict[str, str]]:
    hints = get_type_hints(cls)
    known = [field.name for field in fields(cls)]
    settings: dict[str, Any] = {}
    secrets: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals:
            raise Invalid(f"--set takes KEY=VALUE, not {pair.split('=')[0]!r}.")
        if key not in known:
            raise ConfigError(f"Connector {connector!r} has no setting {key!r}. It has: {', '.join(known)}.")
        if value == "-":
            value = _asked(f"{name} {key}")
        if config.is_secret(hints[key]):
            secrets[key] = value
        else:
            settings[key] = _value(key, value, hints[key])
    return settings, secrets


def _asked(what: str) -> str:
    """Ask for a secret unseen; a script hands it over as one line on standard input."""
    if sys.stdin.isatty():
        return str(typer.prompt(what, hide_input=True, err=True))
    if value := sys.stdin.readline().rstrip("\r\n"):
        return value
    raise Invalid(f"Nothing was given as {what}.")


def _value(key: str, value: str, hint: Any) -> Any:
    if key == "path":
        return str(Path(value).expanduser().absolute())
    given: Any = [part.strip() for part in value.split(",")] if get_origin(hint) in (tuple, list) else value
    try:
        read = TypeAdapter(hint).validate_python(given)
    except ValidationError as error:
        raise ConfigError(
            f"--set {key}={value}: {error.errors()[0]['msg'].removeprefix('Value error, ')}."
        ) from None
    return list(read) if isinstance(read, tuple) else read


@app.command("list")
def list_(json: Json = False) -> None:
    """List sources with what they brought and when."""
    with embedded(config.load()) as client:
        found = client.get("/sources")
    if json:
        return answer_json(found)
    if not found:
        return say(NONE_YET)
    rows = []
    for source in found:
        state = _state(source)
        pulled = (source["last_pull"] or "never")[:16].replace("T", " ")
        counts = [f"{source['comments']:,}", f"{source['refused']:,}"]
        rows.append(
            [source["name"], source.get("connector", ""), source.get("cron", ""), pulled, *counts, state]
        )
    table(["source", "connector", "cron", "last pull (UTC)", "comments", "refused", "state"], rows)


def _state(source: dict[str, Any]) -> str:
    if not source["configured"]:
        return "removed"
    if source["paused"]:
        return "paused"
    if source["error"]:
        return "failing"
    if source["last_pull"] is None:
        return "not pulled yet"
    return f"silent for {source['silent']}" if source["silent"] else "fine"


@app.command("connectors")
def connectors_() -> None:
    """List installed connectors and their settings."""
    rows = []
    for name in sorted(connectors.installed()):
        hints = get_type_hints(cls := connectors.load(name))
        keys = [f"{f.name} (secret)" if config.is_secret(hints[f.name]) else f.name for f in fields(cls)]
        rows.append([name, ", ".join(keys)])
    table(["connector", "settings"], rows)


@app.command()
def preview(name: Name, limit: Annotated[int, typer.Option(min=1, max=1000)] = 10) -> None:
    """Show how a source's fields are recognised and its first records; nothing is stored."""
    _preview(name, limit)


def _preview(name: str, limit: int) -> None:
    recognised, shown = pipeline.preview(config.load(), name, limit)
    if recognised:
        table(["field", "from", "because"], [[r.field, r.column or "–", r.why] for r in recognised])
        typer.echo()
    rows = []
    for one in shown:
        if isinstance(one, Comment):
            text = " ".join(one.text.split())
            rows.append([one.key[:24], f"{one.created_at:%Y-%m-%d %H:%M}", one.author or "–", text[:90]])
        else:
            rows.append(["refused", "", "", one])
    if rows:
        table(["key", "created at (UTC)", "author", "text"], rows, one_line=True)
    else:
        say("There is nothing to pull at the moment.")


@app.command()
def check(name: Name) -> None:
    """Prove settings, credentials and the first page of a source; nothing is stored."""
    typer.echo(f"{name}: {pipeline.check(config.load(), name)}")


@app.command()
def remove(name: Name) -> None:
    """Take a source out of tribune.toml; its comments stay."""
    config.remove_source(name)
    typer.echo(f"Removed {name} from tribune.toml. What was pulled from it stays in the store.")


@app.command()
def refused(name: Name, limit: Annotated[int, typer.Option(min=1, max=500)] = 50, json: Json = False) -> None:
    """Show refused records and why; mend the mapping, then: tribune replay NAME --refused"""
    with embedded(config.load()) as client:
        found = client.get(f"/sources/{name}/refused", limit=limit)
    if json:
        return answer_json(found)
    table(["key", "stream", "reason"], [[r["key"], r["stream"], r["reason"]] for r in found])
