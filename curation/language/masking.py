"""Take personal data out of a text before it leaves the machine. What is taken out is named, so the sense stays.

No list of patterns finds every name: where that is not enough, keep the model on a machine of your own.
"""

import re
from collections.abc import Iterable

_PATTERNS = (
    ("[address]", re.compile(r"(?:https?://|www\.)\S{1,2000}", re.IGNORECASE)),
    ("[mail]", re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")),
    ("[person]", re.compile(r"(?<!\w)@\w{1,50}")),
    ("[account]", re.compile(r"\b[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]{4}){2,7}(?:[ ]?[A-Z0-9]{1,3})?\b")),
    ("[number]", re.compile(r"(?<!\w)\+?\(?\d(?:[ ./()-]{0,2}\d){6,18}(?!\w)")),
    (
        "[person]",
        re.compile(
            r"\b(?:(?:Mr|Mrs|Ms|Dr|Mme|Mlle|Herr|Frau|Sig|Sra?|M)\.?|Madame|Monsieur|Mademoiselle)"
            r" (?:[A-ZÀ-Þ][\w'’-]{1,30} ?){1,3}"
        ),
    ),
    ("[reference]", re.compile(r"\b(?=[A-Z0-9-]*\d)(?=[A-Z0-9-]*[A-Z])[A-Z0-9][A-Z0-9-]{4,30}\b")),
)


_NAME = re.compile(r"[^\W\d_][\w'’-]{2,50}")


def mask(text: str, names: Iterable[str | None] = ()) -> str:
    """Replace addresses, mails, handles, account, phone and reference numbers, and names after a title.

    `names`: of people who are known to be spoken of; each is replaced whole, and each of its words that begins with a capital.
    """
    for name, pattern in _PATTERNS:
        text = pattern.sub(name, text)
    whole = [name.strip()[:200] for name in names if name]
    words = {word for name in whole for word in _NAME.findall(name) if word[0].isupper()}
    known = sorted({*words, *(name for name in whole if len(name) > 2)}, key=len, reverse=True)
    if known:
        text = re.sub(rf"(?<!\w)(?:{'|'.join(map(re.escape, known))})(?!\w)", "[person]", text)
    return text
