"""Check a source that somebody wants to add: the same rules for the command and for the form."""

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, get_type_hints

from pydantic import ValidationError

from curation import config, connectors
from curation.config import SourceConfig
from curation.errors import Invalid


def may_be_called(name: str, home: Path | None = None) -> None:
    """Check that a new source may have this name. Raises Invalid."""
    if not config.SOURCE_NAME.fullmatch(name):
        raise Invalid(
            "A source's name has only a-z, 0-9, '-' and '_', begins with a letter or a digit, has at most 63 of them and is not"
            f" 'alerts'; {name!r} does not do."
        )
    if name in config.load(home).sources:
        raise Invalid(f"A source called {name!r} is already there. Remove it first, or choose another name.")


def proposed(
    name: str,
    connector: str,
    settings: Mapping[str, Any],
    secrets: Mapping[str, str],
    schedule: Mapping[str, str],
    home: Path | None = None,
    need_secrets: bool = True,
) -> SourceConfig:
    """Check a source that is not there yet, and write nothing. Raises Invalid, ConfigError, NoSuchConnector."""
    may_be_called(name, home)
    if unknown := schedule.keys() - {"cron", "timezone"}:
        raise Invalid(f"A schedule has cron and timezone here, not {', '.join(sorted(unknown))}.")
    cls = connectors.load(connector)
    hints = get_type_hints(cls)
    known = {field.name for field in fields(cls) if config.is_secret(hints[field.name])}
    if unknown := secrets.keys() - known:
        raise Invalid(f"Connector {connector!r} has no secret called {', '.join(sorted(unknown))}.")
    try:
        given = {"name": name, "connector": connector, "settings": dict(settings), **schedule}
        wanted = SourceConfig.model_validate(given)
    except ValidationError as error:
        why = "; ".join(one["msg"].removeprefix("Value error, ") for one in error.errors())
        raise Invalid(f"{why}.") from None
    config.check_settings(wanted, cls, home, need_secrets, given=secrets)
    return wanted
