"""The overview's pictures: plain data for the component, each number with the address of the comments behind it."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from babel import dates

from dashboards import inbox
from dashboards.filters import Pairs, Wanted
from dashboards.speech import Speech
from dashboards.topics import full_name

Row = dict[str, Any]

SENTIMENTS = ("negative", "neutral", "positive", "none")
"""In the order they are stacked; "none" was not tagged yet, and no filter finds it."""

MOST_COLUMNS = 110
FEWEST_COLUMNS = 5


def tiles(say: Speech, wanted: Wanted, found: Row, unit: str) -> list[Row]:
    """Return the headline figures: how many, what share is negative and positive, how many press and are new."""
    _ = say.text
    total = found["totals"][unit]
    named = inbox.names(say)
    unit_name = {"comments": _("Comments"), "people": _("People")}[unit]
    shown = [tile(say.number(total), unit_name, wanted.pairs(), "")]
    sentiments = {row["sentiment"]: row[unit] for row in found["by_sentiment"]}
    for name in ("negative", "positive"):
        share = sentiments.get(name, 0) / total if total else 0
        shown.append(tile(say.percent(share), named["sentiments"][name], wanted.but(sentiment=(name,)), name))
    pressing = {row["urgency"]: row[unit] for row in found["by_urgency"]}.get("high", 0)
    shown.append(tile(say.number(pressing), _("Urgent"), wanted.but(urgency=("high",)), ""))
    waiting = {row["status"]: row[unit] for row in found["by_status"]}.get("new", 0)
    shown.append(tile(say.number(waiting), _("Not looked at yet"), wanted.but(status=("new",)), ""))
    return shown


def tile(value: str, label: str, pairs: Pairs, kind: str) -> Row:
    """One headline figure."""
    return {"value": value, "label": label, "kind": kind, "to": address(pairs)}


def address(pairs: Pairs) -> str:
    """The inbox's address for these filters."""
    return "/?" + urlencode(pairs)


def columns(say: Speech, wanted: Wanted, rows: Iterable[Row], step: str, unit: str) -> list[Row]:
    """Return a column for every step from the first comment to the last, empty ones included."""
    counted: dict[date, dict[str, int]] = defaultdict(dict)
    for row in rows:
        counted[row["day"]][row["sentiment"]] = row[unit]
    if not counted:
        return []
    shown = []
    for first in steps(min(counted), max(counted), step):
        last = after(first, step) - timedelta(days=1)
        inside = replace(
            wanted, since=max(first, wanted.since or first), until=min(last, wanted.until or last)
        )
        shown.append(
            {
                "label": short_day(say, first, step),
                "to": address(inside.pairs()),
                "segments": segments(say, inside, counted[first], long_day(say, first, step), unit),
            }
        )
    return shown


def segments(say: Speech, wanted: Wanted, counts: dict[str, int], of: str, unit: str) -> list[Row]:
    """Return the parts of a bar by sentiment, each with its own address and what it says in words."""
    names = inbox.names(say)["sentiments"] | {"none": say.text("Not tagged yet")}
    return [
        {
            "kind": name,
            "value": counts[name],
            "says": f"{of} · {names[name]}: {count(say, counts[name], unit)}",
            "to": None if name == "none" else address(wanted.but(sentiment=(name,))),
        }
        for name in SENTIMENTS
        if counts.get(name)
    ]


def count(say: Speech, value: int, unit: str) -> str:
    """Write a count with its unit."""
    if unit == "people":
        return say.plural("{n} person", "{n} people", value)
    return say.plural("{n} comment", "{n} comments", value)


def topic_bars(say: Speech, wanted: Wanted, found: Row, names: dict[str, str], unit: str) -> list[Row]:
    """Return a bar for each topic, parents (the largest first) before their children."""
    counted: dict[str, dict[str, int]] = defaultdict(dict)
    for row in found["by_topic_tree"]:
        counted[row["topic"]][row["sentiment"]] = row[unit]
    lines = sparks(found["by_topic_time"])

    def place(id: str) -> tuple[int, str, bool, int, str]:
        parent = id.partition(".")[0]
        return -counted.get(parent, {}).get("all", 0), parent, id != parent, -counted[id]["all"], id

    return [
        {
            "label": names.get(id, id.partition(".")[2] or id),
            "level": 1 if "." in id else 0,
            "value": counted[id]["all"],
            "written": say.number(counted[id]["all"]),
            "says": f"{full_name(id, names)}: {count(say, counted[id]['all'], unit)}",
            "to": address(wanted.but(topic=(id,))),
            "segments": segments(say, replace(wanted, topic=(id,)), counted[id], full_name(id, names), unit),
            "spark": lines.get(id, []),
        }
        for id in sorted(counted, key=place)
    ]


def sparks(rows: Iterable[Row]) -> dict[str, list[int]]:
    """Return each topic's comments per step, its children's added to a parent's: the shape of its time."""
    days = sorted({row["day"] for row in rows})
    places = {day: place for place, day in enumerate(days)}
    lines: dict[str, list[int]] = defaultdict(lambda: [0] * len(days))
    for row in rows:
        for id in {row["topic"], row["topic"].partition(".")[0]}:
            lines[id][places[row["day"]]] += row["comments"]
    return lines


def plain_bars(say: Speech, wanted: Wanted, rows: Iterable[Row], name: str, unit: str) -> list[Row]:
    """Return a bar for each source, language or intent; what nobody could tell has no address."""
    intents = inbox.names(say)["intents"] | {"untagged": say.text("Not tagged yet")}
    labels: dict[str, Callable[[str], str]] = {
        "language": lambda v: say.text("Unknown") if v == "und" else say.language_name(v),
        "intent": intents.__getitem__,
    }
    shown = []
    for row in rows:
        value = row[name]
        label = labels.get(name, str)(value)
        shown.append(
            {
                "label": label,
                "level": 0,
                "value": row[unit],
                "written": say.number(row[unit]),
                "says": f"{label}: {count(say, row[unit], unit)}",
                "to": None if value in ("und", "untagged") else address(wanted.but(**{name: (value,)})),
            }
        )
    return shown


def steps(first: date, last: date, step: str) -> list[date]:
    """Return the first day of every step from `first` to `last`."""
    days = [first]
    while (following := after(days[-1], step)) <= last:
        days.append(following)
    return days


def after(day: date, step: str) -> date:
    """Return the first day of the next step."""
    if step == "month":
        return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return day + timedelta(days=7 if step == "week" else 1)


def better_step(rows: list[Row]) -> str:
    """Choose the step that shows neither a wall of columns nor only a few, from rows by week."""
    if not rows:
        return "week"
    days = (rows[-1]["day"] - rows[0]["day"]).days
    if days / 7 > MOST_COLUMNS:
        return "month"
    return "day" if days / 7 < FEWEST_COLUMNS else "week"


def short_day(say: Speech, day: date, step: str) -> str:
    """Write a column's name as short as it may be."""
    shown = "MMM y" if step == "month" else "d MMM"
    return str(dates.format_date(day, shown, locale=say.locale))


def long_day(say: Speech, day: date, step: str) -> str:
    """Write a column's name in full."""
    if step == "month":
        return str(dates.format_date(day, "MMMM y", locale=say.locale))
    if step == "week":
        return say.text("Week of {day}").format(day=say.day(day))
    return say.day(day)
