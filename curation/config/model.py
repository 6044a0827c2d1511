"""What can be configured: one frozen Config, every value checked."""

from pathlib import Path
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo

from croniter import croniter
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from curation.config.crisis import Crisis
from curation.config.hours import Hours, known_zone, promise
from curation.config.notices import Notices
from curation.config.rules import ReviewRule
from curation.config.signing_in import SignIn
from curation.config.voice import Voice
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
        return known_zone(value)


class SourceConfig(Schedule):
    """One configured connector. `settings` holds every key the connector itself defines.

    `expect_every` (hours): alarm when the source has been silent for longer; by default its own rhythm decides.
    `reply_within`, `hours`: as in `[triage]` and `[hours]`, for this source alone.
    """

    name: str
    connector: str
    expect_every: float | None = Field(default=None, gt=0)
    reply_within: str | None = None
    hours: Hours | None = None
    settings: dict[str, Any] = Field(default_factory=dict)

    @field_validator("reply_within")
    @classmethod
    def _reply_within(cls, value: str | None) -> str | None:
        return value if value is None or promise(value) else None


LOOPBACK = ("127.0.0.1", "localhost", "::1")


class App(_Section):
    """Where the dashboard and the API listen. Anything but loopback needs `[sign_in]`."""

    host: str = Field(default="127.0.0.1", pattern=r"^[A-Za-z0-9.:-]{1,253}$")
    port: int = Field(default=8787, ge=1, le=65535)
    language: Literal["en", "fr"] = "en"

    @property
    def reached(self) -> str:
        """The host at which this machine itself reaches it, as an address has it."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104
        return f"[{host}]" if ":" in host else host

    @property
    def local(self) -> str:
        """The address at which this machine itself reaches it."""
        return f"http://{self.reached}:{self.port}"


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


class ReplyModel(_Section):
    """A model that suggests answers where a person asks it, off unless `url` is set; see `curation.actions.suggesting`.

    `model`: as its server calls it. `seconds`: how long one waits for its answer.
    """

    url: str = ""
    model: str = Field(default="", max_length=200)
    seconds: float = Field(default=30, gt=0, le=600)

    @model_validator(mode="after")
    def _named(self) -> Self:
        if self.url and not self.model.strip():
            raise ValueError("needs a key 'model': what its server calls it, and people are shown")
        return self


class Replies(_Section):
    """`undo_seconds`: how long a reply waits before it leaves, so that it can be taken back."""

    undo_seconds: float = Field(default=10, ge=0, le=3600)
    model: ReplyModel = ReplyModel()


class Triage(_Section):
    """`reply_within`: how soon an answer is promised, in working time. `claim_minutes`: how long a claim lasts that nobody renews.

    `days`: what has waited for longer is no more in the queue, only in the inbox.
    """

    reply_within: str = "24h"
    claim_minutes: float = Field(default=15, gt=0, le=1440)
    days: int = Field(default=60, ge=1, le=3650)

    @field_validator("reply_within")
    @classmethod
    def _reply_within(cls, value: str) -> str:
        promise(value)
        return value


class Upkeep(_Section):
    """Nightly care: how many backups stay, whether analysts get a snapshot, how long raw payloads are kept."""

    keep_backups: int = Field(default=7, ge=1)
    snapshot: bool = True
    raw_days: int | None = Field(default=None, ge=1)


class TagSchedule(Schedule):
    """When comments that wait for tags get them; a pull tags what it brought by itself."""

    cron: str = "*/2 * * * *"


class SendSchedule(Schedule):
    """When replies that are due are sent, and those nobody is sure of are looked for."""

    cron: str = "* * * * *"


class WatchSchedule(Schedule):
    """When sources are looked at for what needs a person."""

    cron: str = "*/10 * * * *"


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
    send: SendSchedule = SendSchedule()
    watch: WatchSchedule = WatchSchedule()
    adapt: AdaptSchedule = AdaptSchedule()
    themes: ThemesSchedule = ThemesSchedule()
    upkeep: UpkeepSchedule = UpkeepSchedule()

    @field_validator("timezone")
    @classmethod
    def _timezone(cls, value: str) -> str | None:
        return known_zone(value)


class Config(_Section):
    """Everything configured, checked. `home` holds the configuration, the store and the index."""

    home: Path
    app: App = App()
    sign_in: SignIn | None = None
    store: Store = Store()
    tagging: Tagging = Tagging()
    flows: Flows = Flows()
    upkeep: Upkeep = Upkeep()
    replies: Replies = Replies()
    review: tuple[ReviewRule, ...] = ()
    notices: Notices = Notices()
    crisis: Crisis = Crisis()
    triage: Triage = Triage()
    hours: Hours = Hours()
    voice: Voice = Voice()
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
