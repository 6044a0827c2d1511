"""When a team works, and how soon it promises an answer."""

import re
from datetime import date, timedelta
from typing import Literal, get_args
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = get_args(Day)
_PROMISE = re.compile(r"([1-9]\d{0,3}) ?([mh])")


def known_zone(value: str | None) -> str | None:
    """Return a time zone's name, or None. Raises ValueError where there is none of that name."""
    if value is not None and value not in available_timezones():
        raise ValueError(f"{value!r} is not a time zone such as 'Europe/Paris'")
    return value


def promise(value: str) -> timedelta:
    """Read how soon an answer is promised: "30m" or "8h" of working time. Raises ValueError."""
    found = _PROMISE.fullmatch(value.strip())
    if not found:
        raise ValueError(f"{value!r} is not a time such as '30m' or '8h' (of working time)")
    return timedelta(minutes=int(found[1]) * (60 if found[2] == "h" else 1))


class Hours(BaseModel):
    """When a team works: `days`, from `opens` to `closes`, but not on `holidays`. `timezone`: by default that of `[flows]`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    days: tuple[Day, ...] = Field(default=DAYS, min_length=1)
    opens: str = Field(default="00:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    closes: str = Field(default="24:00", pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$")
    timezone: str | None = None
    holidays: tuple[date, ...] = ()

    @field_validator("closes")
    @classmethod
    def _closes(cls, value: str, info: ValidationInfo) -> str:
        if value <= info.data.get("opens", ""):
            raise ValueError(f"{value!r} is not later than opens on the same day")
        return value

    @field_validator("timezone")
    @classmethod
    def _timezone(cls, value: str | None) -> str | None:
        return known_zone(value)

    @property
    def always(self) -> bool:
        """Whether the team works around the clock."""
        return (
            set(self.days) == set(DAYS)
            and (self.opens, self.closes) == ("00:00", "24:00")
            and not self.holidays
        )
