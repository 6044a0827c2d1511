"""When complaints are a crisis, when a statement is agreed, and what each person is told of it. Pure: no I/O."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from statistics import median
from typing import Any

Row = dict[str, Any]

HOURS = (1, 24)
"""The windows that are looked at, both ending now."""
WEEKS, LEAST_WEEKS = 8, 3
SHARE = 0.8
"""A topic's child with so much of its complaints is what it is about."""
DEVIATIONS = 6
NORMAL = 1.4826
"""The standard deviation of a normal sample, in its median absolute deviations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spike:
    """`came` negative comments on `topic` within `hours`, where `usual` is the median and `limit` what past weeks make unusual."""

    topic: str
    hours: int
    came: int
    usual: float
    limit: float

    def as_dict(self) -> Row:
        """Return it ready for JSON."""
        return asdict(self)


def limit(past: Sequence[int], times: float) -> float:
    """Return the count from which a window is unusual, given those of the same hours of the same weekday in past weeks.

    median + DEVIATIONS · s, but `times` the median at the least: the waves of a busy topic are no crisis. Of s, three are had
    and the largest counts: 1.4826 · MAD, which half of the weeks being wild does not move; √median, the deviation of a Poisson
    count, where weeks are so alike that MAD is 0; and 1.
    Sources: B. Iglewicz and D. Hoaglin, How to Detect and Handle Outliers (1993), for median and MAD; C. P. Farrington et
    al., A Statistical Algorithm for the Early Detection of Outbreaks of Infectious Disease, J. R. Statist. Soc. A 159
    (1996), for the same weeks of the past as what is usual.
    """
    middle = median(past)
    spread = NORMAL * median(abs(count - middle) for count in past)
    return max(times * middle, middle + DEVIATIONS * max(spread, math.sqrt(middle), 1.0))


def spikes(counts: Mapping[tuple[str, int], Sequence[int]], least: int, times: float) -> list[Spike]:
    """Return what is unusual among counts by (topic, hours), the window's own first, then those of past weeks; most comments first.

    `least`: fewer comments never are a crisis, whatever is usual. `times`: see `limit`.
    """
    found = []
    for (topic, hours), (came, *past) in counts.items():
        if came >= least and len(past) >= LEAST_WEEKS and came >= (high := limit(past, times)):
            found.append(
                Spike(topic=topic, hours=hours, came=came, usual=float(median(past)), limit=round(high, 1))
            )
    return sorted(found, key=lambda one: (-one.came, one.hours, one.topic))


def worst(found: Sequence[Spike]) -> Spike | None:
    """Return the spike to open a room for: the largest, or the child that it nearly all is about; None where there is none."""
    if not found:
        return None
    first = found[0]
    children = (
        one
        for one in found
        if one.topic.startswith(f"{first.topic}.")
        and one.hours == first.hours
        and one.came >= SHARE * first.came
    )
    return next(children, first)


def agreed(reviews: Iterable[Row], statement: Row, needed: int) -> tuple[list[str], datetime | None]:
    """Return who approved a statement (version, who, made_at), and when the last of `needed` did; None: it is not agreed.

    `reviews`: oldest first, each with version, who, approve, made_at. A wish for changes takes back every approval before it.
    Its author's own does not count.
    """
    approvers: dict[str, datetime] = {}
    for review in reviews:
        if review["version"] != statement["version"]:
            continue
        if not review["approve"]:
            approvers.clear()
        elif review["who"] != statement["who"]:
            approvers.setdefault(review["who"], review["made_at"])
    times = [statement["made_at"], *sorted(approvers.values())]
    return list(approvers), times[needed] if len(times) > needed else None


GREETINGS = {"en": ("Hello {name},", "Hello,"), "fr": ("Bonjour {name},", "Bonjour,")}
NAME = re.compile(r"[^\W\d_](?:[\w'’-]|[ ](?=\w)|\.(?=[ ]|$)){0,39}")
"""What is greeted by name: an address or an advertisement in its place would be said in the team's own words."""


def answer(texts: Mapping[str, str], language: str | None, author: str | None) -> str:
    """Return a statement as it is said to one person: greeted by name, in their language where there is a text in it, else the first."""
    spoken = language if language and language in texts else next(iter(texts))
    named, unnamed = GREETINGS[spoken]
    name = " ".join((author or "").split())
    greeting = named.format(name=name) if NAME.fullmatch(name) else unnamed
    return f"{greeting}\n\n{texts[spoken].strip()}"
