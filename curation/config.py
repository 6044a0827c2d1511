"""`tribune.toml` and the environment become one frozen Config; nothing is read at import.

The file is the truth for sources, schedules, pauses and limits. Commands and the Sources page edit it in
place with its comments kept. Secrets never live here: they come from the environment or `secrets.toml` (0600).
"""

import fcntl
import os
import re
import stat
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, Literal, get_args, get_type_hints
from zoneinfo import ZoneInfo, available_timezones

import tomlkit
from croniter import croniter
from platformdirs import user_data_path
from pydantic import BaseModel, ConfigDict, Field, SecretStr, TypeAdapter, ValidationError, field_validator

from curation.errors import ConfigError, NotFound

SOURCE_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Schedule(_Section):
    """When a flow runs. `cron` has five fields; `timezone` is an IANA name, by default that of `[flows]`."""

    cron: str = "*/5 * * * *"
    timezone: str | None = None
    paused: bool = False

    @field_validator("cron")
    @classmethod
    def _cron(cls, value: str) -> str:
        if len(value.split()) != 5 or not croniter.is_valid(value):
            raise ValueError(f"{value!r} is not a cron line of five fields, such as '*/5 * * * *'")
        return value

    @field_validator("timezone")
    @classmethod
    def _timezone(cls, value: str | None) -> str | None:
        if value is not None and value not in available_timezones():
            raise ValueError(f"{value!r} is not a time zone such as 'Europe/Paris'")
        return value


class SourceConfig(Schedule):
    """One configured connector. `settings` holds every key the connector itself defines.

    `expect_every` (hours): alarm when the source has been silent for longer; by default its own rhythm decides.
    """

    name: str
    connector: str
    expect_every: float | None = Field(default=None, gt=0)
    settings: dict[str, Any] = Field(default_factory=dict)


class App(_Section):
    """Where the dashboard and the API listen. Anything but loopback needs sign-in, which is not there yet."""

    host: Literal["127.0.0.1", "::1", "localhost"] = "127.0.0.1"
    port: int = Field(default=8787, ge=1, le=65535)
    language: Literal["en", "fr"] = "en"


class Store(_Section):
    """`memory_limit` is DuckDB's own; `query_seconds` ends a heavy question."""

    memory_limit: str = Field(default="512MB", pattern=r"^\d+(\.\d+)?\s?[KMG]i?B$")
    threads: int = Field(default=2, ge=1, le=64)
    query_seconds: float = Field(default=20, gt=0)


class Tagging(_Section):
    """`languages`: the ones to tell apart (ISO 639-1). `taxonomy`: a file of topics, by default the shipped one."""

    languages: tuple[str, ...] = ("en", "fr", "de", "es", "it", "pt", "nl")
    taxonomy: Path | None = None


class Upkeep(_Section):
    """Nightly care: how many backups stay, whether analysts get a snapshot, how long raw payloads are kept."""

    keep_backups: int = Field(default=7, ge=1)
    snapshot: bool = True
    raw_days: int | None = Field(default=None, ge=1)


class Flows(_Section):
    """Schedules of the flows that belong to no source, and where Prefect's own server listens."""

    timezone: str = "UTC"
    prefect_port: int = Field(default=4207, ge=1, le=65535)
    tag: Schedule = Schedule(cron="*/2 * * * *")
    upkeep: Schedule = Schedule(cron="20 3 * * *")

    @field_validator("timezone")
    @classmethod
    def _timezone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError(f"{value!r} is not a time zone such as 'Europe/Paris'")
        return value


class Config(_Section):
    """Everything configured, checked. `home` holds the configuration, the store and the index."""

    home: Path
    app: App = App()
    store: Store = Store()
    tagging: Tagging = Tagging()
    flows: Flows = Flows()
    upkeep: Upkeep = Upkeep()
    sources: dict[str, SourceConfig] = Field(default_factory=dict)

    @property
    def file(self) -> Path:
        """The configuration's own path."""
        return self.home / "tribune.toml"

    def source(self, name: str) -> SourceConfig:
        """Return the source called `name`. Raises NotFound, listing those there are."""
        if name not in self.sources:
            listed = ", ".join(sorted(self.sources)) or "none yet"
            raise NotFound(f"No source is called {name!r} in {self.file}. Configured: {listed}.")
        return self.sources[name]

    def zone(self, schedule: Schedule) -> ZoneInfo:
        """The time zone a schedule is read in."""
        return ZoneInfo(schedule.timezone or self.flows.timezone)


def home() -> Path:
    """TRIBUNE_HOME, else `data/home` in a checkout, else the person's own data folder."""
    if named := os.environ.get("TRIBUNE_HOME"):
        return Path(named).expanduser().absolute()
    checkout = Path(__file__).parents[1]
    if (checkout / "pyproject.toml").exists():
        return checkout / "data" / "home"
    return user_data_path("tribune", appauthor=False)


def shipped(name: str) -> Path:
    """Where a file that ships with Tribune lies: `tribune.toml` or `samples`, in a checkout or in a wheel."""
    checkout = Path(__file__).parents[1]
    in_checkout = checkout / {"samples": "data/samples"}.get(name, name)
    return in_checkout if in_checkout.exists() else Path(__file__).parent / name


def ensure_home(path: Path | None = None) -> Path:
    """Create the home (0700) with the commented example configuration if there is none. Raises ConfigError."""
    path = path or home()
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = path / "tribune.toml"
        if not file.exists():
            _write(file, shipped("tribune.toml").read_text("utf-8"))
    except OSError as error:
        raise ConfigError(
            f"Cannot write in {path}: {error.strerror}. Make the folder writable, or set TRIBUNE_HOME to one that is."
        ) from error
    return path


def load(path: Path | None = None) -> Config:
    """Read and check `tribune.toml` under `path` (default: home()). Raises ConfigError naming file, line and key."""
    path = ensure_home(path)
    file = path / "tribune.toml"
    try:
        text = file.read_text("utf-8")
        tables = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} is not valid TOML: {error}. Mend that line and try again.") from error
    except OSError as error:
        raise ConfigError(f"Cannot read {file}: {error.strerror}.") from error
    sources = tables.pop("sources", {})
    if not isinstance(sources, dict):
        raise ConfigError(f"{file}: 'sources' must be tables such as [sources.support].")
    try:
        return Config(home=path, sources={n: _source(n, t, file, text) for n, t in sources.items()}, **tables)
    except ValidationError as error:
        raise _explain(error, file, text, ()) from error
    except TypeError as error:
        raise ConfigError(f"{file}: {error}") from error


def _source(name: str, table: Any, file: Path, text: str) -> SourceConfig:
    where = _where(file, text, ("sources", name))
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


def _where(file: Path, text: str, keys: tuple[str, ...]) -> str:
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
        said.append(f"{_where(file, text, keys)}: {why.removeprefix('Value error, ')}.")
    return ConfigError("\n".join(said))


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
        where = _where(file, text, ("sources", source.name, key))
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
            where = _where(file, text, ("sources", source.name))
            hint = _secret_hint(source.name, key, file) if is_secret(hints[key]) else f"Add {key} = …"
            problems.append(f"{where}: connector {source.connector!r} needs {key!r}. {hint}")
    if problems:
        raise ConfigError("\n".join(problems))
    return values


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
        return tomllib.loads(file.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        # The parser's own message may quote the line, and the line may be the secret.
        raise ConfigError(f"{file} is not valid TOML. Mend it and try again.") from None


@contextmanager
def edit(path: Path | None = None) -> Iterator[tomlkit.TOMLDocument]:
    """Edit `tribune.toml` with its comments kept; the result is checked before it replaces the file, atomically."""
    path = ensure_home(path)
    with _locked(path):
        file = path / "tribune.toml"
        before = file.read_text("utf-8")
        load(path)
        document = tomlkit.parse(before)
        yield document
        _write(file, tomlkit.dumps(document))
        try:
            load(path)
        except ConfigError:
            _write(file, before)
            raise


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
        if table is None and name in ("tag", "upkeep"):
            flows = document.setdefault("flows", tomlkit.table())
            table = flows.setdefault(name, tomlkit.table())
        if table is None:
            load(path).source(name)
        table.update(changes)
    return load(path)


def remove_source(name: str, path: Path | None = None) -> None:
    """Take a source out of `tribune.toml`; what was pulled from it stays in the store. Raises NotFound."""
    load(path).source(name)
    with edit(path) as document:
        del document["sources"][name]


def save_secret(source: str, key: str, value: str, path: Path | None = None) -> None:
    """Put a secret into `secrets.toml` (0600)."""
    path = ensure_home(path)
    with _locked(path):
        file = path / "secrets.toml"
        document = tomlkit.parse(file.read_text("utf-8")) if file.exists() else tomlkit.document()
        document.setdefault(source, tomlkit.table())[key] = value
        _write(file, tomlkit.dumps(document), mode=0o600)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with (path / ".tribune.toml.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _write(file: Path, text: str, mode: int = 0o644) -> None:
    temporary = file.with_name(f".{file.name}.{os.getpid()}.new")
    try:
        temporary.unlink(missing_ok=True)
        temporary.touch(mode)
        with temporary.open("w", encoding="utf-8") as handle:
            handle.write(text)
            handle.flush()
            os.fsync(handle.fileno())
        temporary.replace(file)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise ConfigError(f"Cannot write {file}: {error.strerror}. Nothing was changed.") from error
