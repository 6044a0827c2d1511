"""Take personal data out of a text before it leaves the machine. What is taken out is named, so the sense stays.

No list of patterns finds every name: where that is not enough, keep the model on a machine of your own.
"""

import re
from collections.abc import Iterable

_ONE_KIND = str.maketrans("\u00a0\u202f\u2007\u2009\u2010\u2011\u2012\u2013\u2212", "    -----")
"""Spaces and dashes that numbers and names are written with, as one of each."""

# What repeats is bounded wherever it could be tried again from many places: a text can be made to cost hours otherwise.
_PATTERNS = (
    ("[address]", re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)),
    ("[mail]", re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")),
    ("[person]", re.compile(r"(?<!\w)@\w{1,50}(?:[.-]\w{1,50}){0,8}(?::[\w.-]{1,100})?")),
    ("[account]", re.compile(r"\b[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]{4}){2,7}(?:[ ]?[A-Z0-9]{1,3})?\b")),
    ("[number]", re.compile(r"(?<!\w)\+?\(?\d(?:[ ./()-]{0,2}\d){6,40}(?!\w)")),
    (
        "[person]",
        re.compile(
            r"\b(?:(?:Mr|Mrs|Ms|Dr|Mme|Mlle|Herr|Frau|Sig|Sra?|M)\.?|Madame|Monsieur|Mademoiselle)"
            r" (?:[A-ZÀ-Þ][\w'’-]{1,30} ?){1,3}"
        ),
    ),
    ("[reference]", re.compile(r"\b(?=[A-Z0-9-]{0,30}\d)(?=[A-Z0-9-]{0,30}[A-Z])[A-Z0-9][A-Z0-9-]{4,30}\b")),
)


_NAME = re.compile(r"[^\W\d_][\w'’-]{2,50}")


def mask(text: str, names: Iterable[str | None] = (), words: Iterable[str] = ()) -> str:
    """Replace addresses, mails, handles, account, phone and reference numbers, and names after a title.

    `names`: of people who are known to be spoken of; each is replaced whole, in any case, and each of its words that begins with a capital.
    `words`: further ones that are replaced where they stand as they are.
    """
    text = text.translate(_ONE_KIND)
    for name, pattern in _PATTERNS:
        text = pattern.sub(name, text)
    whole = [name.strip()[:200] for name in names if name]
    parts = {word for name in whole for word in _NAME.findall(name) if word[0].isupper()} | set(words)
    for known, flags in (({name for name in whole if len(name) > 2}, re.IGNORECASE), (parts, re.NOFLAG)):
        if known:
            any_of = "|".join(re.escape(name) for name in sorted(known, key=len, reverse=True))
            text = re.sub(rf"(?<!\w)(?:{any_of})(?!\w)", "[person]", text, flags=flags)
    return text
