"""A source's settings against its connector's fields, and its secrets."""

import os
import re
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, get_args, get_type_hints

from pydantic import SecretStr, TypeAdapter, ValidationError

from curation.config.home import home
from curation.config.model import SourceConfig
from curation.config.reading import where_is
from curation.errors import ConfigError


def is_secret(hint: Any) -> bool:
    """Tell whether a connector's field holds a secret."""
    return hint is SecretStr or SecretStr in get_args(hint)


def secret_variable(source: str, key: str) -> str:
    """The environment variable that may hold a secret, e.g. TRIBUNE_SUPPORT_PASSWORD."""
    return "TRIBUNE_" + re.sub(r"[^A-Z0-9]+", "_", f"{source}_{key}".upper())


def _secret_hint(source: str, key: str, file: Path) -> str:
    secrets = file.with_name("secrets.toml")
    return f"Set {secret_variable(source, key)}, or put {key} = … under [{source}] in {secrets} (mode 0600)."


def _secrets(path: Path) -> Mapping[str, Mapping[str, Any]]:
    file = path / "secrets.toml"
    if not file.exists():
        return {}
    if stat.S_IMODE(file.stat().st_mode) & 0o077:
        raise ConfigError(f"{file} can be read by others. Run: chmod 600 {file}")
    try:
        tables = tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"Cannot read {file}: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        # The parser's own message may quote the line, and the line may be the secret.
        raise ConfigError(f"{file} is not valid TOML. Mend it and try again.") from None
    if loose := [name for name, table in tables.items() if not isinstance(table, dict)]:
        raise ConfigError(
            f"{file}: {loose[0]} stands outside of any table. Put each secret under its [source]."
        )
    return tables


def check_settings(
    source: SourceConfig, cls: type[Any], path: Path | None = None, need_secrets: bool = True
) -> dict[str, Any]:
    """Check a source's settings against its connector's fields and add its secrets.

    Raises ConfigError for an unknown key, a wrong type, a missing key or a missing secret, each by name.
    """
    file = (path or home()) / "tribune.toml"
    text = file.read_text("utf-8") if file.exists() else ""
    hints = get_type_hints(cls)
    known = {field.name: field for field in fields(cls)}
    values: dict[str, Any] = {}
    problems = []
    for key, value in source.settings.items():
        where = where_is(file, text, ("sources", source.name, key))
        if key not in known:
            listed = ", ".join(name for name in known if not is_secret(hints[name]))
            problems.append(
                f"{where}: connector {source.connector!r} has no setting {key!r}. It has: {listed}."
            )
        elif is_secret(hints[key]):
            problems.append(f"{where}: a secret does not belong here. {_secret_hint(source.name, key, file)}")
        else:
            try:
                values[key] = TypeAdapter(hints[key]).validate_python(value)
            except ValidationError as error:
                problems.append(f"{where}: {error.errors()[0]['msg'].removeprefix('Value error, ')}.")
    if source.timezone and "timezone" in known:
        # One key for both: how the cron line is read, and the connector's dates that name no zone.
        values.setdefault("timezone", source.timezone)
    secrets = _secrets(file.parent).get(source.name, {})
    for key, field in known.items():
        if is_secret(hints[key]):
            found = os.environ.get(secret_variable(source.name, key)) or secrets.get(key)
            if found:
                values[key] = SecretStr(str(found))
                continue
        required = field.default is MISSING and field.default_factory is MISSING
        if not need_secrets and is_secret(hints[key]):
            continue
        if required and key not in values and key not in source.settings:
            where = where_is(file, text, ("sources", source.name))
            hint = _secret_hint(source.name, key, file) if is_secret(hints[key]) else f"Add {key} = …"
            problems.append(f"{where}: connector {source.connector!r} needs {key!r}. {hint}")
    if problems:
        raise ConfigError("\n".join(problems))
    return values
