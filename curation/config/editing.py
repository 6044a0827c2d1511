"""Edit `tribune.toml` in place, with its comments kept; what is not valid is put back."""

import fcntl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from curation.config.home import ensure_home, write_file
from curation.config.model import Config, SourceConfig
from curation.config.reading import load, parse
from curation.errors import ConfigError


@contextmanager
def edit(path: Path | None = None) -> Iterator[tomlkit.TOMLDocument]:
    """Edit `tribune.toml` with its comments kept; the result is checked before it replaces the file, atomically."""
    path = ensure_home(path)
    with _locked(path):
        file = path / "tribune.toml"
        load(path)
        document = tomlkit.parse(file.read_text("utf-8"))
        yield document
        text = tomlkit.dumps(document)
        parse(text, path)
        write_file(file, text)


def save_source(
    name: str,
    connector: str,
    settings: Mapping[str, Any],
    schedule: Mapping[str, Any] | None = None,
    path: Path | None = None,
) -> SourceConfig:
    """Add a source to `tribune.toml`. Raises ConfigError if the name is taken or anything is not valid."""
    with edit(path) as document:
        sources = document.setdefault("sources", tomlkit.table(is_super_table=True))
        if name in sources:
            raise ConfigError(
                f"A source called {name!r} is already there. Remove it first, or choose another name."
            )
        table = tomlkit.table()
        table.update({"connector": connector, **settings, **(schedule or {})})
        sources[name] = table
    return load(path).source(name)


def change_schedule(name: str, path: Path | None = None, **changes: Any) -> Config:
    """Change `cron`, `timezone` or `paused` of a source, or of the flow called `tag` or `upkeep` when no source is.

    Raises NotFound or ConfigError; then the file is as it was.
    """
    with edit(path) as document:
        table = document.get("sources", {}).get(name)
        if table is None and name in ("tag", "send", "watch", "adapt", "themes", "upkeep"):
            flows = document.setdefault("flows", tomlkit.table())
            table = flows.setdefault(name, tomlkit.table())
        if table is None:
            load(path).source(name)
        table.update(changes)
    return load(path)


def remove_source(name: str, path: Path | None = None) -> None:
    """Take a source out of `tribune.toml`, and its secrets; what was pulled from it stays. Raises NotFound."""
    load(path).source(name)
    with edit(path) as document:
        del document["sources"][name]
        file = ensure_home(path) / "secrets.toml"
        secrets = _secrets(file)
        if secrets.pop(name, None) is not None:
            write_file(file, tomlkit.dumps(secrets), mode=0o600)


def save_secret(source: str, key: str, value: str, path: Path | None = None) -> None:
    """Put a secret into `secrets.toml` (0600)."""
    path = ensure_home(path)
    with _locked(path):
        file = path / "secrets.toml"
        document = _secrets(file)
        document.setdefault(source, tomlkit.table())[key] = value
        write_file(file, tomlkit.dumps(document), mode=0o600)


def _secrets(file: Path) -> tomlkit.TOMLDocument:
    try:
        return tomlkit.parse(file.read_text("utf-8")) if file.exists() else tomlkit.document()
    except (TOMLKitError, UnicodeDecodeError):
        # The parser's own message may quote a part of a secret.
        raise ConfigError(f"{file} is not valid TOML. Mend it and try again.") from None


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with (path / ".tribune.toml.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
