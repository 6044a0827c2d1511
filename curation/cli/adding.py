"""`tribune sources add`: ask for what a connector needs, try it, show ten comments, and only then write it down."""

import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import Annotated, Any, get_origin, get_type_hints

import typer
from pydantic import TypeAdapter, ValidationError

from curation import config, connectors, pipeline
from curation.cli.terminal import complain, say, shown
from curation.connectors import proposing
from curation.errors import ConfigError, Invalid, TribuneError

LOOKED_AT = 10


def add(
    name: Annotated[str, typer.Argument(help="The source's name.")],
    connector: Annotated[str, typer.Option(help="Which connector; see: tribune sources connectors")],
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set", help="A setting, KEY=VALUE; KEY.NAME=VALUE of a table; '-' as VALUE asks for it unseen."
        ),
    ] = None,
    file: Annotated[
        list[str] | None,
        typer.Option("--file", help="A secret of several lines, such as a key: KEY=PATH of its file."),
    ] = None,
    cron: Annotated[str | None, typer.Option(help="When to pull, five fields.")] = None,
    timezone: Annotated[
        str | None, typer.Option(help="How the cron line is read, e.g. Europe/Paris.")
    ] = None,
    preview: Annotated[
        bool, typer.Option(help="Try it first: show the mapping and ten records; nothing is stored.")
    ] = True,
) -> None:
    """Try a source, show what it would bring, and add it to tribune.toml. On a terminal it asks for what is missing."""
    proposing.may_be_called(name)
    cls = connectors.load(connector)
    given = [*(set_ or []), *map(_read, file or [])]
    settings, secrets = _settings(name, connector, cls, [*given, *_missing(connector, cls, given)])
    schedule = {key: value for key, value in (("cron", cron), ("timezone", timezone)) if value}
    wanted = proposing.proposed(name, connector, settings, secrets, schedule, need_secrets=False)
    works = not preview
    if preview:
        try:
            found = pipeline.preview_of(config.load(), wanted, secrets, LOOKED_AT)
            works = True
        except TribuneError as error:
            say("It cannot be read yet:")
            complain(error)
            with _answering():
                if sys.stdin.isatty() and not typer.confirm("Add it all the same?", err=True):
                    say("Nothing was added.")
                    raise typer.Exit(1) from None
        else:
            if connector not in connectors.PUSHED:
                shown(*found)
    config.save_source(name, connector, settings, schedule)
    for key, value in secrets.items():
        config.save_secret(name, key, value)
    typer.echo(f"Added {name}. {_next(name, connector, works)}")


def _next(name: str, connector: str, works: bool) -> str:
    """Say what to do with a source that was just added."""
    if not works:
        return f"Mend that, then try it: tribune sources check {name}"
    if connector in connectors.PUSHED:
        app = config.load().app
        return (
            f"Let the other service send to http://{app.host}:{app.port}/hooks/{name} while `tribune up` runs; how:"
            f" docs/channels/{connector}.md"
        )
    return f"Nothing is stored yet; pull it now: tribune run --source {name}"


def _missing(connector: str, cls: type[Any], pairs: list[str]) -> list[str]:
    """Ask a person for the settings a connector cannot do without, and for its secrets; a script gives them with --set."""
    if not sys.stdin.isatty():
        return []
    hints, given = get_type_hints(cls), {pair.partition("=")[0] for pair in pairs}
    wanted = [
        one
        for one in fields(cls)
        if one.name not in given and (_needed(one) or config.is_secret(hints[one.name]))
    ]
    if wanted:
        say(
            f"{(cls.__doc__ or '').strip()}\n\nHow to get credentials with the least rights: docs/channels/{connector}.md\n"
        )
    answers = ((one.name, _prompted(one, config.is_secret(hints[one.name]))) for one in wanted)
    return [f"{key}={value}" for key, value in answers if value]


def _needed(one: "Field[Any]") -> bool:
    return one.default is MISSING and one.default_factory is MISSING


def _prompted(one: "Field[Any]", secret: bool) -> str:
    """Ask for one setting. Raises Invalid for a key of which only the first line came."""
    needed = _needed(one)
    label = f"{one.name}{'' if needed else ' (empty: none)'}"
    with _answering():
        value = typer.prompt(
            label, default=None if needed else "", hide_input=secret, show_default=False, err=True
        )
    if secret and (value.strip() == "{" or ("-----BEGIN" in value and "-----END" not in value)):
        # What else was pasted must not become answers, or commands of the shell.
        termios.tcflush(sys.stdin, termios.TCIFLUSH)
        raise Invalid(f"{one.name} has several lines. Give its file: --file {one.name}=PATH")
    return str(value)


@contextmanager
def _answering() -> Iterator[None]:
    """Leave with 130 where a person breaks off with Ctrl-C or Ctrl-D."""
    try:
        yield
    except typer.Abort:
        say("\nNothing was added.")
        raise typer.Exit(130) from None


def _read(pair: str) -> str:
    """Return KEY=PATH as KEY=the file's text."""
    key, equals, path = pair.partition("=")
    if not equals or not path:
        raise Invalid(f"--file takes KEY=PATH, not {pair!r}.")
    try:
        return f"{key}={Path(path).expanduser().read_text('utf-8')}"
    except UnicodeDecodeError:
        raise Invalid(f"{path} is no text in UTF-8.") from None


def _settings(
    name: str, connector: str, cls: type[Any], pairs: list[str]
) -> tuple[dict[str, Any], dict[str, str]]:
    hints = get_type_hints(cls)
    known = [field.name for field in fields(cls)]
    settings: dict[str, Any] = {}
    secrets: dict[str, str] = {}
    for pair in pairs:
        whole, equals, value = pair.partition("=")
        key, dot, inner = whole.partition(".")
        if not equals:
            raise Invalid(f"--set takes KEY=VALUE, not {whole!r}.")
        if key not in known:
            raise ConfigError(f"Connector {connector!r} has no setting {key!r}. It has: {', '.join(known)}.")
        if value == "-":
            value = _asked(f"{name} {key}")
        table = get_origin(hints[key]) is dict
        if table != bool(dot):
            form = f"{key}.NAME=VALUE" if table else f"{key}=VALUE"
            raise Invalid(f"--set takes {form} here, not {whole!r}.")
        if config.is_secret(hints[key]):
            secrets[key] = value
        elif table:
            settings.setdefault(key, {})[inner] = value
        else:
            settings[key] = _value(key, value, hints[key])
    return settings, secrets


def _asked(what: str) -> str:
    """Ask for a secret unseen; a script hands it over as one line on standard input."""
    if sys.stdin.isatty():
        with _answering():
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
