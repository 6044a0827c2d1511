"""What tribune.toml wants scheduled, and where Prefect differs from it: pure, for the runner and for the commands."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from curation.config import Config, Schedule
from curation.errors import NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One deployment. `cron` is None for what only people start; `collision` is Prefect's word for a second run."""

    flow: str
    name: str
    cron: str | None = None
    timezone: str = "UTC"
    paused: bool = False
    parameters: Mapping[str, Any] = field(default_factory=dict)
    collision: str = "CANCEL_NEW"

    @property
    def title(self) -> str:
        """Its name in Prefect, "flow/name"."""
        return f"{self.flow}/{self.name}"

    @property
    def body(self) -> dict[str, Any]:
        """What Prefect is to hold, in its own words."""
        cron = {"cron": self.cron, "timezone": self.timezone, "day_or": True}
        return {
            "entrypoint": f"flows.{self.flow}.{self.flow}",
            "parameters": dict(self.parameters),
            "paused": self.paused,
            "concurrency_limit": 1,
            "concurrency_options": {"collision_strategy": self.collision},
            "schedules": [{"schedule": cron, "active": True}] if self.cron else [],
        }


def wanted(config: Config) -> list[Wanted]:
    """List every deployment tribune.toml asks for: a pull per source, tag, send, watch, adapt, themes, upkeep, and backfill for people."""
    pulls = [
        _scheduled(config, "pull", name, source, {"source": name}) for name, source in config.sources.items()
    ]
    tag = _scheduled(config, "tag", "tag", config.flows.tag)
    send = _scheduled(config, "send", "send", config.flows.send)
    watch = _scheduled(config, "watch", "watch", config.flows.watch)
    adapt = _scheduled(config, "adapt", "adapt", config.flows.adapt)
    themes = _scheduled(config, "themes", "themes", config.flows.themes)
    upkeep = _scheduled(config, "upkeep", "upkeep", config.flows.upkeep)
    # Backfills wait for each other, and stand in no live pull's way.
    return [
        *pulls,
        tag,
        send,
        watch,
        adapt,
        themes,
        upkeep,
        Wanted(flow="backfill", name="backfill", collision="ENQUEUE"),
    ]


def _scheduled(
    config: Config, flow: str, name: str, schedule: Schedule, parameters: Mapping[str, Any] | None = None
) -> Wanted:
    zone = config.zone(schedule).key
    return Wanted(
        flow=flow,
        name=name,
        cron=schedule.cron,
        timezone=zone,
        paused=schedule.paused,
        parameters=parameters or {},
    )


def named(config: Config, name: str) -> Wanted:
    """Find what a person means by `name`: a source, `tag`, `send`, `watch`, `adapt`, `themes`, `upkeep`, or "flow/name". Raises NotFound."""
    found = [one for one in wanted(config) if one.cron and name in (one.name, one.title)]
    if not found:
        listed = ", ".join(one.name for one in wanted(config) if one.cron)
        raise NotFound(f"Nothing scheduled is called {name!r}. There are: {listed}.")
    return found[0]


def differences(one: Wanted, held: Mapping[str, Any] | None) -> list[str]:
    """Say, a phrase each, where Prefect's deployment differs from tribune.toml; nothing where it agrees."""
    if held is None:
        return ["not in Prefect yet"]
    said = []
    if held["paused"] != one.paused:
        said.append("paused in Prefect" if held["paused"] else "running in Prefect")
    has = {**held, "concurrency_limit": (held.get("global_concurrency_limit") or {}).get("limit")}
    schedules = [_schedule(held_one) for held_one in held["schedules"]]
    if schedules != [_schedule(own) for own in one.body["schedules"]]:
        said.append(f"schedule in Prefect: {'; '.join(schedules) or 'none'}")
    for key in ("parameters", "entrypoint", "concurrency_limit"):
        if has[key] != one.body[key]:
            said.append(f"{key.replace('_', ' ')} in Prefect: {has[key]}")
    strategy = (held.get("concurrency_options") or {}).get("collision_strategy")
    if strategy != one.collision:
        said.append(f"second run in Prefect: {strategy}")
    return said


def _schedule(held: Mapping[str, Any]) -> str:
    schedule = held["schedule"]
    text = f"{schedule.get('cron', 'no cron')} {schedule.get('timezone') or 'UTC'}"
    return text if held["active"] else f"{text} (off)"
