"""Find days and terms in a reply, and which day each is: a promise without one is kept by nobody."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from curation.drafting.advice import Span
from curation.drafting.reading import folded

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january janvier",
            "february fevrier",
            "march mars",
            "april avril",
            "may mai",
            "june juin",
            "july juillet",
            "august aout",
            "september septembre",
            "october octobre",
            "november novembre",
            "december decembre",
        ),
        1,
    )
    for name in names.split()
}
_WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            "monday lundi",
            "tuesday mardi",
            "wednesday mercredi",
            "thursday jeudi",
            "friday vendredi",
            "saturday samedi",
            "sunday dimanche",
        )
    )
    for name in names.split()
}
_COUNTS = {
    word: number
    for number, words in {
        1: "one un une a an the la l'",
        2: "two deux",
        3: "three trois",
        4: "four quatre",
        5: "five cinq",
        6: "six",
        7: "seven",
        8: "eight huit",
        9: "nine neuf",
        10: "ten dix",
        14: "fourteen quatorze",
        15: "fifteen quinze",
    }.items()
    for word in words.split()
}
_MONTH = (
    "(?:jan(?:uary|vier)|f[ée]vrier|february|march|mars|april|avril|may|mai|june|juin|july|juillet|august|ao[uû]t"
    "|septemb(?:er|re)|octob(?:er|re)|novemb(?:er|re)|d[ée]cemb(?:er|re))"
)
_HOUR = "(?:\\d{1,2}(?:[:.]\\d\\d)?|one|two|three|four|five|six|seven|eight|nine|ten|eleven)(?! (?:of|times|people|days?|weeks?|months?))"
_HEURE = (
    "une|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|quatorze|quinze|seize|dix-sept|dix-huit|vingt"
)
_COUNT = rf"(?:\d{{1,3}}|{'|'.join(_COUNTS)})"
_UNIT = "(?:(?:working|business|calendar) )?(?:minutes?|hours?|h|days?|weeks?|months?|heures?|jours?|semaines?|mois)"
_DATE = re.compile(
    r"(?<![\w./-])(?:"
    r"(?P<iso>20\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))(?![\w-])"
    r"|(?P<written>[0-3]?\d[/.][01]?\d(?:[/.](?:20)?\d\d)?)(?![\w/])(?!\.\d)"
    rf"|(?P<day>[0-3]?\d)(?:st|nd|rd|th|er)? (?:of )?(?P<month>{_MONTH})\b(?:,? (?P<year>20\d\d))?"
    rf"|(?P<month2>{_MONTH}) (?P<day2>[0-3]?\d)(?:st|nd|rd|th)?\b(?:,? (?P<year2>20\d\d))?"
    rf"|(?P<term>(?:within|in|under|sous|dans|d'ici(?: à)?|en|after|over) (?:(?:the|les|la) )?(?:next |prochaines? )?)"
    rf"(?P<count>{_COUNT})(?: ?(?:-|–|to|à|or|ou) ?(?P<upto>{_COUNT}))? ?(?P<unit>{_UNIT})\b"
    rf"|(?P<count2>\d{{1,3}})(?: ?(?:-|–|to|à) ?(?P<upto2>\d{{1,3}})) (?P<unit2>{_UNIT})\b"
    r"|(?P<weekday>monday|tuesday|wednesday|thursday|friday|saturday|sunday|lundi|mardi|mercredi|jeudi|vendredi|samedi"
    r"|dimanche)\b(?! (?:dernier|passé))"
    r"|(?P<today>today|tonight|this (?:morning|afternoon|evening)|at (?:noon|once)|immediately|right now|just now|straight away"
    r"|aujourd'hui|ce (?:matin|midi|soir|jour)|cet après-midi|à midi|immédiatement|tout de suite|à l'instant)\b"
    r"|(?P<tomorrow>tomorrow|demain)\b"
    r"|(?P<week>(?:(?:by |before )?the end of (?:the|this) week)|(?:d'ici |avant )?(?:à )?la fin de (?:la|cette) semaine)\b"
    r"|(?P<next>next week|la semaine prochaine)\b"
    r"|(?P<loose>(?:by |before |until |at )?the end of (?:the|this|next) (?:month|year|day)|next month"
    r"|(?:d'ici |avant )?(?:à )?la fin (?:du mois|de l'année|de la journée)|le mois prochain"
    rf"|(?:the end of|fin) {_MONTH}|(?:at|before|by) (?:{_HOUR}(?: o'clock| ?[ap]m)?|noon)|by the \d{{1,2}}(?:st|nd|rd|th)(?! (?:of )?{_MONTH})"
    rf"|(?:à|avant|vers|d'ici) (?:(?:\d{{1,2}}|{_HEURE}) ?h(?:eures?)?(?: ?\d\d)?|midi)|d'ici le \d{{1,2}}(?!\d| {_MONTH}))\b"
    r")",
    re.IGNORECASE,
)
_LAST = re.compile(r"\b(?:last|on the last|since|depuis|de) $", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Term:
    """A day or term: where it stands, and which day it is at the latest, None where that is not plain."""

    span: Span
    day: date | None


def terms(text: str, language: str, today: date) -> list[Term]:
    """Return the days and terms of `text` (`plain`) in order. `3/11` is read as the language does, English only where it is plain."""
    return [
        Term(one.span(), _day(one, language, today))
        for one in _DATE.finditer(text)
        if not (one["weekday"] and _LAST.search(text, max(0, one.start() - 14), one.start()))
    ]


def _day(found: re.Match[str], language: str, today: date) -> date | None:
    try:
        return next((read(found, language, today) for name, read in _READ.items() if found[name]), None)
    except (ValueError, OverflowError):
        return None


def _iso(found: re.Match[str], language: str, today: date) -> date:
    return date.fromisoformat(found["iso"])


def _written(found: re.Match[str], language: str, today: date) -> date | None:
    first, second, *year = (int(part) for part in re.split("[/.]", found["written"]))
    if language != "fr" and "/" in found["written"] and first <= 12 and second <= 12 and first != second:
        return None
    if second > 12:
        first, second = second, first
    return _near(first, second, (year[0] % 100 + 2000) if year else None, today)


def _named(found: re.Match[str], language: str, today: date) -> date:
    day, month, year = (found[name] or found[f"{name}2"] for name in ("day", "month", "year"))
    return _near(int(day), _MONTHS[folded(month)], int(year) if year else None, today)


def _near(day: int, month: int, year: int | None, today: date) -> date:
    """Return that day; without a year the one closest to today."""
    if year:
        return date(year, month, day)
    return min((date(today.year + step, month, day) for step in (-1, 0, 1)), key=lambda one: abs(one - today))


def _counted(found: re.Match[str], language: str, today: date) -> date:
    written = folded(found["upto"] or found["upto2"] or found["count"] or found["count2"])
    unit = folded(found["unit"] or found["unit2"])
    count = int(written) if written.isdigit() else _COUNTS[written]
    if "minute" in unit:
        return today
    if "hour" in unit or "heure" in unit or unit == "h":
        return today + timedelta(days=-(-count // 24) if count > 12 else 0)
    days = 7 if "week" in unit or "semaine" in unit else 30 if "month" in unit or "mois" in unit else 1
    return today + timedelta(days=count * days)


def _weekday(found: re.Match[str], language: str, today: date) -> date:
    return today + timedelta(days=(_WEEKDAYS[found["weekday"].lower()] - today.weekday()) % 7)


_READ: dict[str, Callable[[re.Match[str], str, date], date | None]] = {
    "iso": _iso,
    "written": _written,
    "month": _named,
    "month2": _named,
    "count": _counted,
    "count2": _counted,
    "weekday": _weekday,
    "today": lambda found, language, today: today,
    "tomorrow": lambda found, language, today: today + timedelta(days=1),
    "week": lambda found, language, today: today + timedelta(days=6 - today.weekday()),
    "next": lambda found, language, today: today + timedelta(days=13 - today.weekday()),
}
