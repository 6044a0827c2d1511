"""Read dates as exports write them, fast for the common shapes, with dateparser for the rest."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache

LONGEST = 80
"""Characters beyond which a value is no date (and no regular expression is tried on it)."""

_CLOCK = r"(\d{1,2})\s?[:h]\s?(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*([ap]\.?m\.?)?"
_ZONE = r"(z|utc|gmt|[+-]\d{2}:?\d{2})"
_REST = rf"(?:(?:t|[\s,]+(?:a|at)?\s*){_CLOCK}\s*(?:{_ZONE}(?:\s\([a-z ]+\))?)?)?"
_NUMBERS = re.compile(rf"(\d{{1,4}})([/.-])(\d{{1,2}})\2(\d{{4}}|\d{{1,2}}){_REST}")
_WEEKDAY = r"(?:[a-z]{2,9}\.?,?\s+){0,2}?"
_DAY_MONTH = re.compile(
    rf"{_WEEKDAY}(\d{{1,2}})(?:st|nd|rd|th|er)?[\s.-]+([a-z]{{3,9}})\.?[\s,.-]+(\d{{4}}|\d{{2}}){_REST}"
)
_MONTH_DAY = re.compile(
    rf"{_WEEKDAY}([a-z]{{3,9}})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?(?:,\s*|\s+)(\d{{4}}){_REST}"
)
_C_STYLE = re.compile(rf"[a-z]{{3}}\s+([a-z]{{3}})\s+(\d{{1,2}})\s+{_CLOCK}\s*{_ZONE}?\s*(\d{{4}})")
_EPOCH = re.compile(r"(\d{10})(?:\.\d+)?|(\d{13})|(\d{16})|(\d{19})")
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january janv janvier",
            "feb february fev fevr fevrier",
            "mar march mars",
            "apr april avr avril",
            "may mai",
            "jun june juin",
            "jul july juil juillet",
            "aug august aou aout",
            "sep sept september septembre",
            "oct october octobre",
            "nov november novembre",
            "dec december decembre",
        ),
        1,
    )
    for name in names.split()
}


@lru_cache(maxsize=64)
def reader(pattern: str | None, day_first: bool, zone: tzinfo) -> Callable[[str], datetime]:
    """Make a function that reads one date as aware UTC, or raises ValueError.

    `pattern`: a `strptime` format that every value must follow. `day_first`: what 03/04/2025 means, where the
    value alone does not tell. `zone`: that of dates which name none. Equal values are read once: date-only
    columns repeat themselves.
    """

    @lru_cache(maxsize=1 << 16)
    def read_once(value: str) -> datetime:
        found = datetime.strptime(value, pattern) if pattern else _guess(value, day_first)  # noqa: DTZ007
        return _utc(found, zone)

    def read(value: str) -> datetime:
        if len(value) > LONGEST:
            raise ValueError("a date is not so long")
        return read_once(value)

    return read


def looks_like(value: str) -> bool:
    """Tell whether one of the quick shapes reads this value; bare numbers do not count."""
    try:
        return len(value) <= LONGEST and not _is_number(value) and quick(value, day_first=True) is not None
    except ValueError:
        return False


def day_order(values: Iterable[str]) -> tuple[bool | None, str]:
    """Decide whether numeric dates put the day first, and name the value that shows it; None: nothing does."""
    shows: dict[bool, list[str]] = {True: [], False: []}
    ambiguous = ""
    for value in values:
        match = _NUMBERS.fullmatch(value.strip().lower()[:LONGEST])
        if match is None or len(match[1]) > 2:
            continue
        if int(match[1]) > 12:
            shows[True].append(value)
        elif int(match[3]) > 12:
            shows[False].append(value)
        elif match[1] != match[3]:
            ambiguous = value
    if not any(shows.values()):
        return None, ambiguous
    day_first = len(shows[True]) >= len(shows[False])
    return day_first, shows[day_first][0]


def quick(value: str, day_first: bool) -> datetime | None:
    """Read the shapes that need no library, naive where no zone is named. Raises ValueError (31/31/2025)."""
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        pass
    if match := _EPOCH.fullmatch(value):
        digits = next(group for group in match.groups() if group)
        return datetime.fromtimestamp(float(value) / 10 ** (len(digits) - 10), UTC)
    plain = _fold(value)
    if match := _NUMBERS.fullmatch(plain):
        first, _, middle, last, *rest = match.groups()
        if len(first) == 4:
            return _build(first, middle, last, rest)
        if len(first) == 3:
            return None
        day, month = (first, middle) if day_first else (middle, first)
        if int(month) > 12:
            day, month = month, day
        return _build(last, month, day, rest)
    if match := _DAY_MONTH.fullmatch(plain):
        day, month, year, *rest = match.groups()
    elif match := _MONTH_DAY.fullmatch(plain):
        month, day, year, *rest = match.groups()
    elif match := _C_STYLE.fullmatch(plain):
        month, day, *rest, year = match.groups()
    else:
        return None
    return _build(year, str(_MONTHS[month]), day, rest) if month in _MONTHS else None


def _guess(value: str, day_first: bool) -> datetime:
    value = value.strip()
    if (found := quick(value, day_first)) is not None:
        return found
    if not _is_number(value):
        import dateparser  # 70 ms, and most files never need it

        settings = {
            "DATE_ORDER": "DMY" if day_first else "MDY",
            "PARSERS": ["absolute-time"],
            "REQUIRE_PARTS": ["day", "month", "year"],
            "STRICT_PARSING": True,
        }
        parsed: datetime | None = dateparser.parse(value, languages=["en", "fr"], settings=settings)
        if parsed is not None:
            return parsed
    raise ValueError(f"{value!r} is not a date")


def _build(year: str, month: str, day: str, rest: list[str | None]) -> datetime:
    """Put the groups of one match together; `rest` is hour, minute, second, fraction, am or pm, zone."""
    number = int(year)
    if len(year) <= 2:
        number += 1900 if number >= 69 else 2000  # as POSIX strptime reads %y
    hour, minute, second, fraction, half, zone = rest
    hours = int(hour or 0)
    if half:
        if not 1 <= hours <= 12:
            raise ValueError(f"{hours} {half} is no time of day")
        hours = hours % 12 + (12 if half[0] == "p" else 0)
    micro = int((fraction or "0").ljust(6, "0")[:6])
    built = datetime(number, int(month), int(day), hours, int(minute or 0), int(second or 0), micro)  # noqa: DTZ001
    if zone is None:
        return built
    if zone in ("z", "utc", "gmt"):
        return built.replace(tzinfo=UTC)
    offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
    return built.replace(tzinfo=UTC) + (offset if zone[0] == "-" else -offset)


def _utc(found: datetime, zone: tzinfo) -> datetime:
    try:
        found = found.replace(tzinfo=zone) if found.tzinfo is None else found
        found = found if found.tzinfo is UTC else found.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("beyond the calendar") from error
    if not 1900 <= found.year <= 2200:
        raise ValueError(f"the year {found.year} is not plausible")
    return found


def _is_number(value: str) -> bool:
    return value.replace(".", "", 1).replace("-", "", 1).isdigit()


def _fold(value: str) -> str:
    """Lower case without accents, single spaces: 'Février' as 'fevrier', a no-break space as a space."""
    value = value.lower()
    if not value.isascii():
        letters = unicodedata.normalize("NFKD", value)
        value = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(value.split())
