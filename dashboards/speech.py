"""The words people read, in English and French, and numbers and times as each language writes them.

Catalogues are `locale/*/LC_MESSAGES/tribune.po`, compiled in memory. After changing a text:

    pybabel extract -k text -k plural:1,2 -k forms:1,2 --no-location -o tribune.pot dashboards
    pybabel update -i tribune.pot -d dashboards/locale -D tribune --no-fuzzy-matching --ignore-obsolete
"""

import gettext
import io
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import streamlit as st
from babel import Locale, dates, localedata, numbers
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = {"en": "English", "fr": "Français"}
LOCALES = Path(__file__).parent / "locale"
COOKIE = "tribune_language"


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """Read a language's messages. A message without a translation stays as it is written here."""
    with (LOCALES / language / "LC_MESSAGES" / "tribune.po").open("rb") as file:
        messages = read_po(file, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, messages)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


@dataclass(frozen=True, slots=True)
class Speech:
    """One language: its texts, and how it writes numbers and times, as the `region` does where that is known."""

    language: str
    region: str | None = None

    @property
    def locale(self) -> str:
        """The locale's name as babel wants it, such as en_GB."""
        return f"{self.language}_{self.region}" if self.region else self.language

    def text(self, message: str) -> str:
        """Return `message` in this language."""
        return catalogue(self.language).gettext(message)

    def plural(self, one: str, many: str, count: int) -> str:
        """Return the form that fits `count`, with `{n}` filled in."""
        return catalogue(self.language).ngettext(one, many, count).format(n=self.number(count))

    def forms(self, one: str, many: str) -> list[str]:
        """Return both forms with `{n}` still to be filled in, for a component that counts by itself."""
        return [catalogue(self.language).ngettext(one, many, count) for count in (1, 2)]

    def number(self, value: float) -> str:
        """Write a number: 1,234 or 1 234."""
        return str(numbers.format_decimal(value, locale=self.locale))

    def percent(self, share: float) -> str:
        """Write a share of 0 to 1: 12% or 12 %."""
        return str(numbers.format_percent(share, locale=self.locale))

    def day(self, value: date) -> str:
        """Write a day in full."""
        return str(dates.format_date(value, "long", locale=self.locale))

    def time(self, value: datetime, zone: str | None = None) -> str:
        """Write a time of the store (UTC) in `zone`, by default UTC."""
        shown = value if value.tzinfo else value.replace(tzinfo=UTC)
        zoned = dates.get_timezone(zone) if zone else UTC
        return str(dates.format_datetime(shown, "d MMM y HH:mm", tzinfo=zoned, locale=self.locale))

    def ago(self, value: datetime) -> str:
        """Write how long ago (or ahead) a time of the store is: 3 hours ago, dans 2 minutes."""
        shown = value if value.tzinfo else value.replace(tzinfo=UTC)
        return str(dates.format_timedelta(shown - datetime.now(UTC), add_direction=True, locale=self.locale))

    def language_name(self, code: str) -> str:
        """Name a language by its ISO 639 code; the code itself where nobody knows it."""
        return str(Locale(self.language).languages.get(code, code)).capitalize()


def chosen(cookie: str | None, browser: str | None, configured: str) -> Speech:
    """Choose a language: what the person chose, else what the browser speaks, else what is configured."""
    spoken, _, region = (browser or "").partition("-")
    for wanted in (cookie, spoken.lower(), configured):
        if wanted in LANGUAGES:
            known = spoken.lower() == wanted and f"{wanted}_{region.upper()}" in _locales()
            return Speech(wanted, region.upper() if known else None)
    return Speech("en")


@cache
def _locales() -> frozenset[str]:
    return frozenset(localedata.locale_identifiers())


def speech(configured: str = "en") -> Speech:
    """The language of the page that is running."""
    return chosen(st.context.cookies.get(COOKIE), st.context.locale, configured)
