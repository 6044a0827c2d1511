"""The apology coach: which elements of an effective apology a reply has, and the words that spoil them.

The elements are those of published research:

* Lewicki, Polin & Lount 2016, "An Exploration of the Structure of Effective Apologies", Negotiation and Conflict Management
  Research 9(2): expression of regret, explanation, acknowledgment of responsibility, declaration of repentance, offer of repair,
  request for forgiveness. The more of them, the better; responsibility matters most, repair next, asking for forgiveness least.
* Fehr & Gelfand 2010, "When apologies work", Organizational Behavior and Human Decision Processes 113(1): compensation, empathy,
  acknowledgment of the violated norm (here: what happened, by name).
* Scher & Darley 1997, "How effective are the things people say to apologize?", Journal of Psycholinguistic Research 26(1): each of
  remorse, responsibility, forbearance and repair adds to the others.
* Lazare 2004, "On Apology", Oxford University Press: what makes none of it: a vague offence, the passive voice, "if", doubt whether
  anybody was hurt, sorrow for how the other feels.

The weights are ours; their order is that of Lewicki et al. What is repaired and by when, and an invitation to reply, are what a
team's answer needs besides.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from curation.drafting.advice import LANGUAGES, Element, Span, found, joined, plain
from curation.drafting.apology_cues import ACTED, CAUSE, CUSTOMER, SHOWS, SPOILS
from curation.drafting.cues import PROMISE
from curation.drafting.dates import terms
from curation.drafting.reading import sentences
from curation.drafting.tongue import tongue

WEIGHTS = {
    "regret": 2,
    "happened": 2,
    "empathy": 1,
    "responsibility": 4,
    "explanation": 2,
    "repair": 3,
    "when": 1,
    "repentance": 2,
    "forgiveness": 1,
    "reply": 1,
}
"""The elements in the order they are shown, and each one's share."""


def apology(text: str, language: str | None = None) -> list[Element]:
    """Return every element, met or not, of a reply; time is linear.

    `language` is the reply's (en or fr), told from the text where it is None. An element is met where words show it in a sentence
    that does not spoil it: "sorry if you were offended" is no regret. Nothing is met in another language.
    """
    flat = plain(text)
    spoken = language or tongue(flat)
    if spoken not in LANGUAGES:
        return [Element(code, False, weight=weight) for code, weight in WEIGHTS.items()]
    cut = sentences(flat)
    shown = {code: found(cue, flat) for code, cue in SHOWS[spoken].items()}
    shown["repair"] += shown.pop("deed")
    shown["reply"] += _asked(flat, spoken, cut)
    shown["when"] = _terms(flat, spoken, cut, shown["repair"])
    spoilers = {code: joined(_all(cues, flat)) for code, cues in SPOILS[spoken].items()}
    if _clean(shown["regret"], spoilers["regret"], cut):
        acts = found(ACTED[spoken], flat)
        shown["responsibility"] += acts
        shown["happened"] += acts
        shown["explanation"] += _causes(flat, spoken, cut, shown)
    return [_element(code, shown[code], spoilers.get(code, ()), cut) for code in WEIGHTS]


def score(elements: Sequence[Element]) -> float:
    """Return how much of a whole apology is there, by weight: 0 to 1."""
    return sum(one.weight for one in elements if one.met) / sum(one.weight for one in elements)


def _element(code: str, shown: list[Span], spoilers: tuple[Span, ...], cut: list[Span]) -> Element:
    """An element that is shown nowhere has nothing to spoil."""
    clean = _clean(shown, spoilers, cut)
    return Element(code, bool(clean), joined(clean or shown), spoilers if shown else (), WEIGHTS[code])


def _clean(shown: Iterable[Span], spoilers: Iterable[Span], cut: list[Span]) -> list[Span]:
    """Return the places in sentences that nothing spoils."""
    spoilt = _sentences_of(spoilers, cut)
    return [one for one in shown if not _sentences_of([one], cut) & spoilt]


def _asked(text: str, language: str, cut: list[Span]) -> list[Span]:
    """Return the questions to the customer; the one for forgiveness asks for no answer."""
    return [
        (begin, end)
        for begin, end in cut
        if text[begin:end].endswith("?") and not SHOWS[language]["forgiveness"].search(text, begin, end)
    ]


def _terms(text: str, language: str, cut: list[Span], repairs: list[Span]) -> list[Span]:
    """Return days in sentences that repair or promise something: "you waited on Monday" names no term."""
    done = _sentences_of([*repairs, *found(PROMISE[language], text)], cut)
    days = (one.span for one in terms(text, language, date.min))
    return [one for one in days if _sentences_of([one], cut) & done]


def _causes(text: str, language: str, cut: list[Span], shown: dict[str, list[Span]]) -> list[Span]:
    """Return the sentences right after words of regret that tell what something else did, and repair nothing."""
    regret, repair = (_sentences_of(shown[code], cut) for code in ("regret", "repair"))
    return [
        (begin, end)
        for number, (begin, end) in enumerate(cut, 1)
        if number - 1 in regret and number not in regret | repair
        if CAUSE[language].match(text, begin, end) and not CUSTOMER[language].search(text, begin, end)
    ]


def _all(cues: Iterable[re.Pattern[str]], text: str) -> Iterator[Span]:
    for cue in cues:
        yield from found(cue, text)


def _sentences_of(spans: Iterable[Span], cut: list[Span]) -> set[int]:
    """Return the numbers, from 1, of the sentences that `spans` begin in."""
    return {bisect_right(cut, begin, key=lambda one: one[0]) for begin, _ in spans}
