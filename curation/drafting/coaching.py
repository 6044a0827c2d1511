"""The writing coach: what a reply still lacks before it leaves. It never changes a word, and nothing leaves this machine."""

import re
from collections.abc import Iterator
from datetime import date, datetime

from curation.config import Voice
from curation.drafting import tone
from curation.drafting.advice import LANGUAGES, Advice, Span, found, plain
from curation.drafting.cues import BLAME, DONE, GREETING, INVITE
from curation.drafting.personal import SECRET, personal
from curation.drafting.promises import Promise, promises
from curation.drafting.questions import open_questions, questions
from curation.drafting.reading import WORD, ease, sentences
from curation.drafting.tongue import tongue
from curation.models import Rules, length

EASY_ENOUGH = 50
"""Flesch's "fairly difficult" begins below sixty; below fifty it is "difficult", the prose of a contract."""

LONG = 25
"""Words beyond which a sentence is not always clear: the rule of GOV.UK's content design."""

_HANDLES = re.compile(r"\s*(?:@[\w.@-]{1,100}\s{1,5}){0,5}")
_NAMED = re.compile(
    r"(?!(?:Sorry|Apologies|Unfortunately|Thanks|However|Yes|No|Oops|Désolée?s?|Navrée?s?|Malheureusement|Merci|Pardon|Oui|Non|Hélas)\b)"
    r"[A-ZÀ-Þ][\w'-]{1,30}(?: [A-ZÀ-Þ][\w'-]{1,30})?[,!:]\s"
)
_GREETED_WITHIN = 20
_LEFT_OPEN = re.compile(
    r"\[(?!sic\])(?=[^\]]{0,30}[a-zà-ÿ])[^\W\d_](?:[^\W\d_]|[ '’-]){1,29}\](?![(\[])|\{[^\W\d_][\w -]{1,29}\}"
)
"""What a masked text or a canned reply holds the place of: [person], {order}."""
_LINK = re.compile(r"(?<!\w)(?:https?://|www\.)\S{1,2000}", re.IGNORECASE)


def coach(
    text: str,
    comment_text: str,
    language: str | None,
    rules: Rules,
    voice: Voice,
    now: datetime,
    asked_at: datetime | None = None,
) -> list[Advice]:
    """Return what there is to say of the reply `text` to `comment_text`, always in the same order; what does not apply is left out.

    `language` is the customer's (ISO 639-1), told from the comment where it is None. Where the reply is neither English nor
    French, what needs its words is left out. `now` and `asked_at`, when the comment was written, are aware. Time is linear.
    """
    flat = plain(text)
    theirs = language if language not in (None, "und") else tongue(plain(comment_text))
    spoken = tongue(flat)
    ours = spoken or theirs or "en"
    advice = [*_limits(text, rules, now, asked_at), _personal(flat, rules, voice)]
    if not rules.links and (links := found(_LINK, flat)):
        advice.append(Advice("links", False, tuple(links)))
    if left := found(_LEFT_OPEN, flat):
        advice.append(
            Advice(
                "placeholders",
                False,
                tuple(left),
                {"words": [*dict.fromkeys(flat[begin:end] for begin, end in left)]},
            )
        )
    if spoken and theirs and comment_text:
        advice.append(Advice("language", spoken == theirs, values={"reply": spoken, "comment": theirs}))
    advice.append(_unless("shouting", tone.shouting(flat)))
    if ours in LANGUAGES:
        advice += _content(flat, comment_text, ours, now.date())
        advice += _style(flat, ours, voice)
    return advice


def _limits(text: str, rules: Rules, now: datetime, asked_at: datetime | None) -> Iterator[Advice]:
    size = length(rules.mention + text, rules.unit)
    if rules.longest is not None:
        values = {"size": size, "longest": rules.longest, "unit": rules.unit}
        # What is beyond the limit is shown only where a place in the text is a place in the count.
        over = rules.longest - len(rules.mention)
        cut = ((max(0, over), len(text)),) if size > rules.longest and rules.unit == "characters" else ()
        yield Advice("length", size <= rules.longest, cut, values)
    if rules.window is not None and asked_at is not None:
        until = asked_at + rules.window
        yield Advice("window", now <= until, values={"until": until.isoformat()})


def _personal(text: str, rules: Rules, voice: Voice) -> Advice:
    """On a public channel everything counts; elsewhere only what no message should hold."""
    shown = [one for one in personal(text, voice.ours) if rules.public or one[0] in SECRET]
    return _unless("personal", tuple(span for _, span in shown), kinds=[kind for kind, _ in shown])


def _content(text: str, comment: str, language: str, today: date) -> Iterator[Advice]:
    greeting = _greeting(text, language)
    yield Advice("greeting", greeting is not None, (greeting,) if greeting else ())
    if asked := questions(comment):
        left = open_questions(comment, text, language, today)
        texts = [comment[begin:end] for begin, end in left]
        yield _unless("questions", tuple(left), asked=len(asked), texts=texts)
    promised = promises(text, language, today)
    asks = [(begin, end) for begin, end in sentences(text) if text[begin:end].endswith("?")]
    cues = [*found(INVITE[language], text), *found(DONE[language], text)]
    steps = sorted([*cues, *asks, *(one.span for one in promised)])
    yield Advice("next_step", bool(steps), tuple(steps[:1]))
    if promised:
        yield from _promised(text, promised, today)


def _greeting(text: str, language: str) -> Span | None:
    """Return the words that greet, or a name that begins the reply; the handles before them are the channel's."""
    handles = _HANDLES.match(text)
    begin = handles.end() if handles else 0
    greeting = GREETING[language].search(text, begin, begin + _GREETED_WITHIN) or _NAMED.match(text, begin)
    return greeting.span() if greeting else None


def _promised(text: str, promised: list[Promise], today: date) -> Iterator[Advice]:
    """Of each promise: its words, the day or term as written, and which day that is, ISO 8601."""
    rows = []
    for one in promised:
        day = one.term.day if one.term else None
        term = text[slice(*one.term.span)] if one.term else None
        rows.append({"text": text[slice(*one.span)], "term": term, "day": day.isoformat() if day else None})
    spans = tuple(one.span for one in promised)
    yield Advice("promises", all(one.term for one in promised), spans, {"promises": rows})
    dated = [one.term for one in promised if one.term and one.term.day]
    if dated:
        yield _unless("past_days", tuple(term.span for term in dated if term.day and term.day < today))


def _style(text: str, language: str, voice: Voice) -> Iterator[Advice]:
    if (score := ease(text, language)) is not None:
        yield Advice("ease", score >= EASY_ENOUGH, values={"score": round(score)})
    cut = [(span, sum(1 for _ in WORD.finditer(text, *span))) for span in sentences(text)]
    yield _unless(
        "sentences",
        tuple(span for span, count in cut if count > LONG),
        longest=max((count for _, count in cut), default=0),
    )
    yield _unless("blame", tuple(found(BLAME[language], text)))
    if avoid := voice.avoid.get(language):
        places = tone.written(text, avoid)
        yield _unless(
            "avoid", tuple(sorted(span for spans in places.values() for span in spans)), words=[*places]
        )
    if use := voice.use.get(language):
        places = tone.written(text, use)
        first = tuple(sorted(span for spans in places.values() for span in spans))
        yield Advice("use", bool(places), first, {"words": list(use)})
    if language == "fr":
        said, odd = tone.formality(text, voice.formality)
        if said:
            yield _unless("formality", odd, wanted=voice.formality, said=said)


def _unless(code: str, spans: tuple[Span, ...], **values: object) -> Advice:
    """Say that something is met unless there is a place that shows it is not."""
    return Advice(code, not spans, spans, values)
