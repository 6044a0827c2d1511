"""What a host says of its rate limit, in every form it is said: so that we wait before it has to refuse us."""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LIMIT = ("ratelimit-limit", "x-ratelimit-limit", "x-rate-limit-limit", "x-rate-limit", "x-ratelimit-total")
REMAINING = ("ratelimit-remaining", "x-ratelimit-remaining", "x-rate-limit-remaining")
RESET = ("ratelimit-reset", "x-ratelimit-reset", "x-rate-limit-reset")
_EPOCH = 1e9
"""A number beyond this is a time, below it are seconds that are left."""
_LONGEST = 86_400.0


def waits(headers: Mapping[str, str]) -> float | None:
    """Return the seconds a `Retry-After` asks for, a number or a date (RFC 9110, 10.2.3); None without one."""
    value = headers.get("retry-after", "").strip()
    return _seconds(value, headers) if value else None


@dataclass(slots=True)
class Budget:
    """What is left of one host's limit, learnt from its answers. Times are of the monotonic clock."""

    limit: float | None = None
    remaining: float | None = None
    until: float = 0.0

    def learn(self, headers: Mapping[str, str], status: int = 200) -> None:
        """Take in an answer's headers: `RateLimit-*`, `X-RateLimit-*`, `X-Rate-Limit-*`, `RateLimit: r=…;t=…`."""
        limit, remaining = _first(headers, LIMIT), _first(headers, REMAINING)
        reset = next((found for name in RESET if (found := headers.get(name))), None)
        combined = _combined(headers.get("ratelimit", ""))
        if limit is None:
            limit = combined.get("limit", _first({"limit": headers.get("ratelimit-policy", "")}, ("limit",)))
        remaining = combined.get("r", combined.get("remaining", remaining))
        left = combined.get("t", combined.get("reset", _seconds(reset, headers) if reset else None))
        now = time.monotonic()
        if remaining is not None:
            self.limit = limit if limit is not None else max(self.limit or 0.0, remaining)
            self.remaining = remaining
            self.until = now + left if left is not None else max(self.until, now + 10.0)
        if status == 429:
            self.remaining = 0.0
            after = waits(headers)
            self.until = now + (after if after is not None else left if left is not None else 30.0)

    def pause(self, reserve: float) -> float:
        """Return the seconds to wait before the next request; `reserve` is the share of the limit to leave to others."""
        left = self.until - time.monotonic()
        if self.remaining is None or left <= 0:
            return 0.0
        if self.remaining <= math.floor((self.limit or 0.0) * reserve):
            return left
        self.remaining -= 1
        return 0.0


def _first(headers: Mapping[str, str], names: tuple[str, ...]) -> float | None:
    """Return the first number of the first header there is: `100, 100;w=60` says 100."""
    for name in names:
        value = headers.get(name, "").split(",")[0].split(";")[0].strip()
        number = _number(value)
        if number is not None:
            return number
    return None


def _combined(value: str) -> dict[str, float]:
    """Read `limit=100, remaining=50, reset=5` and `"default";r=50;t=30` (drafts of RateLimit header fields)."""
    found: dict[str, float] = {}
    for part in value.replace(",", ";").split(";")[:20]:
        name, equals, given = part.strip().partition("=")
        number = _number(given.strip('" '))
        if equals and number is not None:
            found.setdefault(name.strip(), number)
    return found


def _number(value: str) -> float | None:
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _seconds(value: str, headers: Mapping[str, str]) -> float | None:
    """Return how many seconds from now `value` is: seconds left, an epoch (also in ms), an ISO or an HTTP date.

    A time is compared with the answer's own Date, so that a clock that is wrong here or there does no harm.
    """
    number = _number(value)
    if number is not None and number < _EPOCH:
        return min(number, _LONGEST)
    if number is not None:
        at = number / 1000 if number > _EPOCH * 100 else number
    else:
        moment = _date(value)
        if moment is None:
            return None
        at = moment.timestamp()
    said = _date(headers.get("date", ""))
    here = said.timestamp() if said else datetime.now(UTC).timestamp()
    return min(max(0.0, at - here), _LONGEST)


def _date(value: str) -> datetime | None:
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            found = read(value)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    return None
