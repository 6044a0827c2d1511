"""Read `tribune.toml`; name every mistake by file, line and key."""

import re
import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from curation.config.home import ensure_home
from curation.config.model import LOOPBACK, Config, SourceConfig
from curation.errors import ConfigError

SOURCE_NAME = re.compile(r"(?!(alerts|notices|sign_in)$)[a-z0-9][a-z0-9_-]{0,62}")
"""`alerts`, `notices` and `sign_in` are tables of `secrets.toml` that are no source's."""


def load(path: Path | None = None) -> Config:
    """Read and check `tribune.toml` under `path` (default: home()). Raises ConfigError naming file, line and key."""
    path = ensure_home(path)
    file = path / "tribune.toml"
    try:
        return parse(file.read_text("utf-8"), path)
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file} is not valid TOML: it is not UTF-8 ({error.reason}).") from error
    except OSError as error:
        raise ConfigError(f"Cannot read {file}: {error.strerror}.") from error


def parse(text: str, path: Path) -> Config:
    """Check the text of the `tribune.toml` under `path`. Raises ConfigError naming file, line and key."""
    file = path / "tribune.toml"
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file} is not valid TOML: {error}. Mend that line and try again.") from error
    sources = tables.pop("sources", {})
    if not isinstance(sources, dict):
        raise ConfigError(f"{file}: 'sources' must be tables such as [sources.support].")
    if "home" in tables:
        raise ConfigError(f"{where_is(file, text, ('home',))}: is not a known key.")
    try:
        config = Config(
            home=path, sources={n: _source(n, t, file, text) for n, t in sources.items()}, **tables
        )
    except ValidationError as error:
        raise _explain(error, file, text, ()) from error
    if config.app.host not in LOOPBACK and config.sign_in is None:
        raise ConfigError(
            f"{where_is(file, text, ('app', 'host'))}: without sign-in Tribune listens on this machine only "
            f"({', '.join(LOOPBACK)}). Set up [sign_in] first, as the README says."
        )
    return config


def _source(name: str, table: Any, file: Path, text: str) -> SourceConfig:
    where = where_is(file, text, ("sources", name))
    if not SOURCE_NAME.fullmatch(name):
        raise ConfigError(f"{where}: a source's name has only a-z, 0-9, '-' and '_', not {name!r}.")
    if not isinstance(table, dict) or "connector" not in table:
        raise ConfigError(f"{where}: needs a key 'connector', such as connector = \"file\".")
    own = set(SourceConfig.model_fields) - {"name", "settings"}
    settings = {k: v for k, v in table.items() if k not in own}
    try:
        return SourceConfig(name=name, settings=settings, **{k: v for k, v in table.items() if k in own})
    except ValidationError as error:
        raise _explain(error, file, text, ("sources", name)) from error


def where_is(file: Path, text: str, keys: tuple[str, ...]) -> str:
    """Name a key by file, line and dotted path; the line is found by reading, as TOML parsers do not tell it."""
    table, last = ".".join(keys[:-1]), keys[-1] if keys else ""
    here, number = "", 0
    for index, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[([^\[\]]+)\]", line):
            here = re.sub(r"[\"' ]", "", header[1])
            if here == ".".join(keys).replace(" ", ""):
                number = index
        elif here == table and re.match(rf"\s*\"?{re.escape(last)}\"?\s*=", line):
            number = index
            break
    return f"{file}{f', line {number}' if number else ''}, {'.'.join(keys)}"


def _explain(error: ValidationError, file: Path, text: str, prefix: tuple[str, ...]) -> ConfigError:
    said = []
    for problem in error.errors():
        keys = prefix + tuple(str(part) for part in problem["loc"])
        why = "is not a known key" if problem["type"] == "extra_forbidden" else problem["msg"]
        said.append(f"{where_is(file, text, keys)}: {why.removeprefix('Value error, ')}.")
    return ConfigError("\n".join(said))
