"""What can be configured: one frozen Config, every value checked."""

from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from croniter import croniter
from pydantic import BaseModel, ConfigDict, Field, field_validator

from curation.errors import NotFound


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

    memory_limit: str = Field(default="384MB", pattern=r"^\d+(\.\d+)?\s?[KMG]i?B$")
    threads: int = Field(default=2, ge=1, le=64)
    query_seconds: float = Field(default=20, gt=0)


class Opinion(_Section):
    """A second opinion on tags, off unless `url` or `local` is set; see `curation.language.opinion`.

    `use`: "second" marks tags it does not share as unsure, "replace" puts its own in their place. `price_in`,
    `price_out`: what a million tokens cost, for the sum that is shown. `device`: where a local model runs, such as "cuda".
    """

    url: str = ""
    local: Path | None = None
    model: str = ""
    use: Literal["second", "replace"] = "second"
    heads: tuple[Literal["sentiment", "intent", "urgency"], ...] = ("sentiment",)
    seconds: float = Field(default=60, gt=0)
    price_in: float = Field(default=0, ge=0)
    price_out: float = Field(default=0, ge=0)
    device: str = "cpu"

    @property
    def asked(self) -> bool:
        """Whether there is anybody to ask."""
        return bool(self.url or self.local)


class Tagging(_Section):
    """`languages`: the ones to tell apart (ISO 639-1). `taxonomy`: the topics a new store begins with, by default the shipped ones.

    `entities`: a team's own names, such as products, each with the phrases that stand for it.
    """

    languages: tuple[str, ...] = ("en", "fr", "de", "es", "it", "pt", "nl")
    taxonomy: Path | None = None
    entities: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    opinion: Opinion = Opinion()


class Upkeep(_Section):
    """Nightly care: how many backups stay, whether analysts get a snapshot, how long raw payloads are kept."""

    keep_backups: int = Field(default=7, ge=1)
    snapshot: bool = True
    raw_days: int | None = Field(default=None, ge=1)


class TagSchedule(Schedule):
    """When comments that wait for tags get them; a pull tags what it brought by itself."""

    cron: str = "*/2 * * * *"


class AdaptSchedule(Schedule):
    """When the tagger learns from the team's corrections, if there are new ones."""

    cron: str = "40 2 * * *"


class ThemesSchedule(Schedule):
    """When themes that no topic covers, and campaigns, are looked for."""

    cron: str = "10 2 * * *"


class UpkeepSchedule(Schedule):
    """When the nightly care is done. Pausing it must leave its hour as it is, so the default lives here."""

    cron: str = "20 3 * * *"


class Flows(_Section):
    """Schedules of the flows that belong to no source, and where Prefect's own server listens."""

    timezone: str = "UTC"
    prefect_port: int = Field(default=4207, ge=1, le=65535)
    tag: TagSchedule = TagSchedule()
    adapt: AdaptSchedule = AdaptSchedule()
    themes: ThemesSchedule = ThemesSchedule()
    upkeep: UpkeepSchedule = UpkeepSchedule()

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
