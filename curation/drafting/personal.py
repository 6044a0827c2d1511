"""Find what should not be read by everybody: addresses, numbers of phones, accounts, cards and orders.

Checksums tell an account or a card from any other number. Every expression is bounded, so time is linear.
"""

import re
from collections.abc import Iterator, Sequence

from curation.drafting.advice import Span

Found = tuple[str, Span]
"""A kind (`card`, `iban`, `mail`, `phone`, `order`, `address`) and where it stands."""

SECRET = ("card", "iban")
"""What does not belong into a message at all, be it public or not."""

_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,30}")
_CARD = re.compile(r"(?<![\w.,+])\d(?:[ -]?\d){12,18}(?!\w)")
_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
_PHONE = re.compile(
    r"(?<![\w.,/+-])(?:(?:\+|00)\d{1,3}(?:[ .-]?\(0\))?(?:[ ./-]{0,2}\(?\d\)?){6,13}"
    r"|\(?0\d{1,4}\)?(?:[ ./-]{0,2}\d){6,9}|\(?[2-9]\d\d\)?[ .-]\d{3}[ .-]\d{4})(?![\w-])"
)
_ORDER = re.compile(
    r"\b(?:order|booking|reservation|ticket|invoice|reference|ref|tracking|parcel|claim|contract|case|account|customer"
    r"|commande|réservation|dossier|facture|référence|réf|suivi|colis|contrat|compte|client)\b[ ]{0,2}"
    r"(?:number|num[ée]ro|no\.?|nr\.?|n[°ºo]\.?|id|code)?[ ]{0,2}(?:is|est)?[ ]?[:#]?[ ]{0,2}"
    r"(?P<id>(?=[A-Z-]{0,8}\d)[A-Z0-9][A-Z0-9/-]{2,23}[A-Z0-9])\b|(?<!\w)#(?P<bare>\d{4,20})\b",
    re.IGNORECASE,
)
_STREET_EN = (
    r"(?:Street|St|Road|Rd|Avenue|Ave|Lane|Drive|Close|Way|Court|Square|Terrace|Crescent|Gardens|Boulevard)"
)
_STREET_FR = r"(?:rue|avenue|av\.|boulevard|bd|place|chemin|allée|impasse|quai|cours|route|passage|square)"
_ADDRESS = re.compile(
    rf"(?<![\w.,])\d{{1,5}}[A-Za-z]?[ ](?:[A-Z][\w'-]{{1,30}}[ ]){{1,3}}{_STREET_EN}\b"
    r"(?:,?[ ](?:[A-Z][\w-]{1,30}[ ,]{1,2}){0,3}[A-Z]{1,2}\d[A-Z\d]?[ ]\d[A-Z]{2}\b)?"
    rf"|(?<![\w.,])\d{{1,4}}(?:[ ]?(?:bis|ter))?,?[ ](?i:{_STREET_FR})[ ](?:[\w'-]{{1,30}}[ ]?){{1,5}}"
    r"(?:,[ ]?\d{5}[ ][A-ZÀ-Ý][\w'-]{1,30})?"
    r"|(?<!\w)\d{5}[ ][A-ZÀ-Ý][\w'-]{2,30}(?:[ ](?:cedex|CEDEX))?"
    r"|(?<!\w)[A-Z]{1,2}\d[A-Z\d]?[ ]\d[A-Z]{2}(?!\w)"
)


def personal(text: str, ours: Sequence[str] = ()) -> list[Found]:
    """Return personal data in the order it stands; what `ours` names (the team's own contacts) is left out.

    `text` has one kind of space (`plain`). Where two kinds overlap, the surer one is kept.
    """
    known = {_bare(one) for one in ours}
    taken: list[Found] = []
    used = bytearray(len(text))
    for kind, (begin, end) in _all(text):
        if not any(used[begin:end]) and _bare(text[begin:end]) not in known:
            used[begin:end] = b"\1" * (end - begin)
            taken.append((kind, (begin, end)))
    return sorted(taken, key=lambda one: one[1])


def _all(text: str) -> Iterator[Found]:
    for one in _IBAN.finditer(text):
        if end := _iban(one[0]):
            yield "iban", (one.start(), one.start() + end)
    for one in _CARD.finditer(text):
        if _luhn(one[0]):
            yield "card", one.span()
    for kind, pattern in (("mail", _MAIL), ("phone", _PHONE)):
        for one in pattern.finditer(text):
            yield kind, one.span()
    for one in _ORDER.finditer(text):
        group = "id" if one["id"] else "bare"
        if sum(map(str.isdigit, one[group])) >= 3:
            yield "order", one.span(group)
    for one in _ADDRESS.finditer(text):
        yield "address", (one.start(), one.start() + len(one[0].rstrip()))


def _iban(written: str) -> int:
    """Return how many characters are an account's number (ISO 13616: the remainder by 97 is 1), or 0.

    Capitals may follow it, so the longest beginning that holds is taken.
    """
    for end in range(len(written), 14, -1):
        bare = re.sub(r"[ -]", "", written[:end])
        if written[end - 1].isalnum() and len(bare) >= 15:
            digits = "".join(str(int(char, 36)) for char in bare[4:] + bare[:4])
            if int(digits) % 97 == 1:
                return end
    return 0


def _luhn(written: str) -> bool:
    """Tell whether a card's check digit holds (ISO/IEC 7812-1)."""
    digits = [int(char) for char in reversed(written) if char.isdigit()]
    doubled = [digit if place % 2 == 0 else digit * 2 for place, digit in enumerate(digits)]
    return sum(digit - 9 if digit > 9 else digit for digit in doubled) % 10 == 0 and any(digits)


def _bare(text: str) -> str:
    return re.sub(r"[\s./()-]", "", text).casefold()
