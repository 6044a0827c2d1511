"""A source's settings against its connector's fields, and its secrets."""

import os
import re
import secrets
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, get_args, get_type_hints

from pydantic import SecretStr, TypeAdapter, ValidationError

from curation.config.editing import save_secret
from curation.config.home import home
from curation.config.model import Config, SourceConfig
from curation.config.reading import where_is
from curation.errors import ConfigError

SHORTEST = 32


def is_secret(hint: Any) -> bool:
    """Tell whether a connector's field holds a secret."""
    return hint is SecretStr or SecretStr in get_args(hint)


def secret_variable(source: str, key: str) -> str:
    """The environment variable that may hold a secret, e.g. TRIBUNE_SUPPORT_PASSWORD."""
    return "TRIBUNE_" + re.sub(r"[^A-Z0-9]+", "_", f"{source}_{key}".upper())


def _secret_hint(source: str, key: str, file: Path) -> str:
    kept = file.with_name("secrets.toml")
    return f"Set {secret_variable(source, key)}, or put {key} = … under [{source}] in {kept} (mode 0600)."


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


def alert_addresses(config: Config) -> tuple[str, ...]:
    """Return where alerts go, as Apprise writes addresses: TRIBUNE_ALERTS (spaces between), or `to` under [alerts] in `secrets.toml`.

    They hold passwords, as a rule. Raises ConfigError.
    """
    if given := os.environ.get("TRIBUNE_ALERTS"):
        return tuple(given.split())
    found = _secrets(config.home).get("alerts", {}).get("to", [])
    if isinstance(found, str):
        found = [found]
    if not isinstance(found, list) or any(not isinstance(one, str) for one in found):
        raise ConfigError(
            f"{config.home / 'secrets.toml'}: `to` under [alerts] is to be a list of addresses."
        )
    return tuple(found)


def sign_in_secrets(config: Config) -> tuple[str, str]:
    """Return the client's secret at the provider, and the one cookies are signed with, which is made where there is none.

    From TRIBUNE_SIGN_IN_CLIENT_SECRET and TRIBUNE_SIGN_IN_COOKIE_SECRET, or `secrets.toml`. Raises ConfigError.
    """
    kept = _secrets(config.home).get("sign_in", {})
    found = {
        key: os.environ.get(secret_variable("sign_in", key)) or str(kept.get(key, ""))
        for key in ("client_secret", "cookie_secret")
    }
    if not found["client_secret"]:
        raise ConfigError(
            f"Sign-in needs the client's secret. {_secret_hint('sign_in', 'client_secret', config.file)}"
        )
    if not found["cookie_secret"]:
        found["cookie_secret"] = secrets.token_urlsafe(32)
        save_secret("sign_in", "cookie_secret", found["cookie_secret"], config.home)
    if len(found["cookie_secret"]) < SHORTEST:
        raise ConfigError(
            f"The secret that cookies are signed with has under {SHORTEST} characters. Leave it out: one is made."
        )
    return found["client_secret"], found["cookie_secret"]


def notices_password(config: Config) -> str:
    """Return the password of the mail server that letters to members leave by, empty where none is needed.

    From TRIBUNE_NOTICES_SMTP_PASSWORD or `secrets.toml`. Raises ConfigError.
    """
    kept = _secrets(config.home).get("notices", {})
    found = os.environ.get(secret_variable("notices", "smtp_password")) or str(kept.get("smtp_password", ""))
    if config.notices.smtp_user and not found:
        raise ConfigError(f"Letters need a password. {_secret_hint('notices', 'smtp_password', config.file)}")
    return found


def check_settings(
    source: SourceConfig,
    cls: type[Any],
    path: Path | None = None,
    need_secrets: bool = True,
    given: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Check a source's settings against its connector's fields and add its secrets: those `given` first, which are kept nowhere.

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
    stored = _secrets(file.parent).get(source.name, {})
    for key, field in known.items():
        if is_secret(hints[key]):
            kept = os.environ.get(secret_variable(source.name, key)) or stored.get(key)
            found = (given or {}).get(key) or kept
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
