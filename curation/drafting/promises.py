"""Find what a reply promises, and by when."""

from dataclasses import dataclass
from datetime import date

from curation.drafting.advice import Span, found
from curation.drafting.cues import NOT_PROMISED, PROMISE
from curation.drafting.dates import Term, terms
from curation.drafting.reading import sentences


@dataclass(frozen=True, slots=True)
class Promise:
    """What is promised, to the end of the sentence, and the day or term named in that sentence."""

    span: Span
    term: Term | None


def promises(text: str, language: str, today: date) -> list[Promise]:
    """Return the promises of `text` (`plain`), one for each sentence that holds any, in order."""
    days = terms(text, language, today)
    result = []
    for begin, end in sentences(text):
        cues = [
            one
            for one in found(PROMISE[language], text, begin, end)
            if not NOT_PROMISED[language].search(text, max(begin, one[0] - 12), one[1])
        ]
        if cues:
            named = [day for day in days if begin <= day.span[0] < end]
            # Of several days the last known one is when it is to be kept by.
            named.sort(key=lambda day: day.day or date.min)
            end -= len(text[begin:end]) - len(text[begin:end].rstrip(".!?… "))
            result.append(Promise((cues[0][0], end), named[-1] if named else None))
    return result
