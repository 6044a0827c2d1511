"""How a reply sounds: the team's own words, tu and vous, shouting."""

import re
from collections.abc import Sequence

from curation.drafting.advice import Span, found, joined
from curation.drafting.cues import FORMAL

_SHOUTED = re.compile(
    r"(?<!\w)[A-ZÀ-ÖØ-Þ]{2,30}(?:[ ,]{1,2}[A-ZÀ-ÖØ-Þ]{2,30}){1,40}(?!\w)|(?<!\w)(?:NOT|NEVER|ALWAYS|MUST|STOP|ALL|JAMAIS|TOUJOURS|RIEN)(?!\w)"
)
_MARKS = re.compile(r"(?<![!?])[!?][ ]?[!?][!? ]*+")
_MARK = re.compile(r"!")
_FEW = 3
_LETTERS = 7


def written(text: str, phrases: Sequence[str]) -> dict[str, tuple[Span, ...]]:
    """Return where each of a team's words or phrases stands, whole and without regard to case; those that do not are left out."""
    places = {}
    for phrase in phrases:
        if bare := phrase.strip():
            pattern = re.compile(rf"(?<!\w){re.escape(bare)}(?!\w)", re.IGNORECASE)
            if spans := found(pattern, text):
                places[bare] = tuple(spans)
    return places


def formality(text: str, wanted: str) -> tuple[str, tuple[Span, ...]]:
    """Return what a French reply mainly says, `tu`, `vous` or '', and where it does not say `wanted`.

    Without `wanted`, the rarer of both is what stands out.
    """
    spans = {form: found(cue, text) for form, cue in FORMAL.items()}
    main = max(spans, key=lambda form: len(spans[form]))
    other = "tu" if (wanted or main) == "vous" else "vous"
    return (main if spans[main] else ""), tuple(spans[other])


def shouting(text: str) -> tuple[Span, ...]:
    """Return capitals in a row, marks in a row, and every exclamation mark where there are more than three."""
    capitals = [
        (begin, end)
        for begin, end in found(_SHOUTED, text)
        if " " not in text[begin:end] or sum(map(str.isalpha, text[begin:end])) >= _LETTERS
    ]
    marks = [(begin, begin + len(text[begin:end].rstrip())) for begin, end in found(_MARKS, text)]
    single = found(_MARK, text)
    return joined([*capitals, *marks, *(single if len(single) > _FEW else ())])
