"""What a team looks for in a comment beside topics: its own product names, amounts, order numbers and dates.

Every expression is bounded, so time is linear; only texts with a word that belongs to one are looked at.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from curation.language.linear import Kept
from curation.language.phrases import Phrases
from curation.language.readings import Entity
from curation.language.spotting import anchor
from curation.language.taxonomy import expand
from curation.language.tokens import LONGEST, Batch, Floats, Vocabulary, plain
from curation.language.words import clean, words

_CURRENCIES = {
    "€": "EUR",
    "eur": "EUR",
    "euro": "EUR",
    "euros": "EUR",
    "$": "USD",
    "usd": "USD",
    "dollar": "USD",
    "dollars": "USD",
    "£": "GBP",
    "gbp": "GBP",
    "pound": "GBP",
    "pounds": "GBP",
    "quid": "GBP",
    "chf": "CHF",
    "¥": "JPY",
    "jpy": "JPY",
}
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january janvier januar enero gennaio janeiro januari",
            "february fevrier februar febrero febbraio fevereiro februari",
            "march mars marz marzo marco maart",
            "april avril abril aprile",
            "mai maggio maio mei mayo",
            "june juin juni junio giugno junho",
            "july juillet juli julio luglio julho",
            "august aout agosto augustus",
            "september septembre septiembre settembre setembro",
            "october octobre oktober octubre ottobre outubro",
            "november novembre noviembre novembro",
            "december decembre dezember diciembre dicembre dezembro",
        ),
        1,
    )
    for name in names.split()
} | {"may": 5}
_NUMBERED = (
    "order|purchase|booking|reservation|ticket|invoice|reference|ref|tracking|parcel|claim|contract|case|account"
    "|commande|réservation|dossier|facture|référence|suivi|colis|contrat|compte|bestellung|pedido|ordine|bestelling"
)
_NUMBER = r"\d{1,9}(?:[ \u00a0\u202f.,']\d{1,3}){0,4}"
_AMOUNT = re.compile(
    rf"(?<![\w.,])(?:(?P<before>[€$£¥]|(?:EUR|USD|GBP|CHF|JPY)\b)[ \u00a0]?(?P<one>{_NUMBER})(?![\w%])"
    rf"|(?P<two>{_NUMBER})[ \u00a0\u202f]?(?P<after>[€$£¥]|(?:euros?|dollars?|pounds?|quid|EUR|USD|GBP|CHF|JPY)\b)"
    r"(?P<cents>\d\d(?!\d))?)",
    re.IGNORECASE,
)
_ORDER = re.compile(
    rf"\b(?:{_NUMBERED})\b[ ]{{0,2}}(?:number|num[ée]ro|no\.?|nr\.?|n[°ºo]\.?|id|code)?[ ]{{0,2}}(?:is|est)?[ ]?[:#]?[ ]{{0,2}}"
    r"(?P<id>(?=[A-Z-]{0,8}\d)[A-Z0-9](?:[A-Z0-9/-]{2,23}[A-Z0-9]))\b|(?<!\w)#(?P<bare>\d{4,20})\b",
    re.IGNORECASE,
)
# A month before the day is looked for backwards: an expression that begins with any word would be slow.
_DATE = re.compile(
    r"(?<![\w/.,-])(?:(?P<iso>(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))(?![\w-])"
    r"|(?P<written>\d{1,2}[/.]\d{1,2}[/.](?:20)?\d\d)(?![\w/])"
    r"|(?P<day>(?P<number>[0-3]?\d)(?:st|nd|rd|th|er|\.)?)(?!\w)(?:[ ](?:of[ ]|de[ ])?(?P<month>[^\W\d_]{3,10})\b)?"
    r"(?P<year>,?[ ](?:de[ ])?20\d\d\b)?)",
    re.IGNORECASE,
)
_CUES = (
    frozenset(_CURRENCIES),
    frozenset({plain(word) for word in _NUMBERED.split("|")} | {"#"}),
    frozenset(_MONTHS) | {"/"},
)
"""Words without which there is no amount, no order number, no date (but for one of digits alone)."""
_BEFORE = re.compile(r"\b([^\W\d_]{3,10})[ ]$")
_DATED = re.compile(r"(?:19|20)\d\d|\d{1,2}\.\d{1,2}")
_MOST = 20


class Finder:
    """Finds entities; `names` are a team's own: each name with the phrases that stand for it (as in a taxonomy).

    Raises ConfigError for a phrase that is not valid.
    """

    def __init__(self, names: Mapping[str, Sequence[str]]) -> None:
        self._phrases, self._first = Phrases(), Phrases()
        for name, written in names.items():
            where = f"tribune.toml, tagging.entities, {name!r}"
            for phrase in [one for each in (written or (name,)) for one in expand(each, where)]:
                self._phrases.add(name, [phrase])
                self._first.add(name, [(anchor(phrase[0]),)])
        self._kept = Kept(2 + len(_CUES))

    def find(
        self, texts: Sequence[str], vocabulary: Vocabulary, batch: Batch
    ) -> dict[int, tuple[Entity, ...]]:
        """Return the entities of each text (by its place) that has any, in the order they are written."""
        marks = np.maximum.reduceat(self._kept.rows(vocabulary, batch.rows, self._mark), batch.starts, axis=0)
        numbered, named = marks[:, :1] * marks[:, 2:] > 0, marks[:, 1] > 0
        found = {}
        for place in np.flatnonzero(numbered.any(axis=1) | named).tolist():
            text = clean(texts[place], LONGEST)
            entities = [*_written(text, *numbered[place].tolist())]
            entities += self._named(text) if named[place] else []
            if entities:
                unique = {(one.kind, one.value): one for one in sorted(entities, key=lambda one: -one.start)}
                found[place] = tuple(sorted(unique.values(), key=lambda one: one.start)[:_MOST])
        return found

    def _mark(self, vocabulary: Vocabulary, first: int) -> Floats:
        """Tell of each row: a digit; a word of a name, of an amount, of an order number, of a date."""
        marked = []
        for key in vocabulary.words[first:]:
            word = key.lstrip("\x00")
            digit = word[:1].isdigit()
            cues = [plain(word) in known for known in _CUES]
            cues[2] |= bool(_DATED.match(word))
            named = any(map(self._first.starts, words(word).folded))
            marked.append((digit, named, *cues))
        return np.repeat(np.array(marked, np.float32).reshape(-1, 2 + len(_CUES)), 2, axis=0)

    def _named(self, text: str) -> Iterator[Entity]:
        cut = words(text)
        begins = [0]
        for part, space in zip(cut.texts, cut.spaces, strict=True):
            begins.append(begins[-1] + len(part) + space)
        for match in self._phrases.find(cut.folded):
            end = begins[match.last] + len(cut.texts[match.last])
            yield Entity("name", match.label, begins[match.first], end)


def _written(text: str, amounts: bool, orders: bool, dates: bool) -> Iterator[Entity]:
    """Yield the entities of the kinds that may be there."""
    for found in _AMOUNT.finditer(text) if amounts else ():
        currency = _CURRENCIES[(found["before"] or found["after"]).lower()]
        number = _number(found["one"] or found["two"], found["cents"])
        yield Entity("amount", f"{number} {currency}", *found.span())
    for found in _ORDER.finditer(text) if orders else ():
        group = "id" if found["id"] else "bare"
        if sum(map(str.isdigit, found[group])) >= 3:
            yield Entity("order", found[group].upper(), *found.span(group))
    for found in _DATE.finditer(text) if dates else ():
        if entity := _date(text, found):
            yield entity


def _number(written: str, cents: str | None) -> str:
    """Return a number with a point before its decimals, however it was written: `1 299,90` is `1299.90`."""
    if cents and written.isdigit():
        return f"{written}.{cents}"
    whole, mark, decimals = written, "", ""
    if (last := max(written.rfind("."), written.rfind(","))) > 0 and len(written) - last - 1 in (1, 2):
        whole, mark, decimals = written[:last], ".", written[last + 1 :]
    return "".join(char for char in whole if char.isdigit()) + mark + decimals


def _date(text: str, found: re.Match[str]) -> Entity | None:
    """Read `2026-11-03`; `--11-03` where the year is not said; as written where day and month may be either."""
    if found["iso"] or found["written"]:
        return Entity("date", found["iso"] or found["written"], *found.span())
    start, end, year = found.start(), found.end(), (found["year"] or "-")[-4:]
    month = _MONTHS.get(plain((found["month"] or "").lower()))
    if not month:
        before = _BEFORE.search(text, max(0, start - 12), start)
        month = _MONTHS.get(plain(before[1].lower())) if before else None
        if not month or not before:
            return None
        start = before.start()
        if found["month"]:
            end, year = found.end("day"), "-"
    day = int(found["number"])
    return Entity("date", f"{year}-{month:02}-{day:02}", start, end) if 1 <= day <= 31 else None
