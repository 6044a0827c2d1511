"""A crisis's closing report as a page that needs nothing else, and as plain text; in English and French. Nothing of it is customers' own words."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from typing import Any

from babel import dates, numbers

Row = dict[str, Any]

SENTIMENTS = ("negative", "neutral", "positive", "none")
COLOURS = {"negative": "#d55e00", "neutral": "#999999", "positive": "#0072b2", "none": "#d8dcda"}
"""Okabe and Ito's, told apart by every common kind of colour vision."""

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "title": "Crisis report",
        "pair": "{0}: {1}",
        "about": "About",
        "noticed": "{came} negative comments on {topic} within {hours} h, where {usual} are usual.",
        "by_hand": "{who} opened the room.",
        "began_at": "First comment",
        "noticed_at": "Noticed",
        "agreed_at": "Statement agreed",
        "first_answer_at": "First answer",
        "closed_at": "Closed",
        "to_statement": "From notice to statement",
        "to_first_answer": "From notice to first answer",
        "affected": "People affected",
        "answered": "Answered",
        "mood": "Share of negative comments, on all subjects",
        "usual": "Four weeks before",
        "during": "Until the first answer",
        "after": "Since the first answer",
        "time": "Comments over time",
        "negative": "negative",
        "neutral": "neutral",
        "positive": "positive",
        "none": "not tagged",
        "statement": "What we said",
        "approved_by": "Written by {who}, approved by {approvers}.",
        "learnt": "What we learnt",
        "members": "In the room",
        "made": "Made with Tribune, {at}.",
        "not_yet": "not yet",
    },
    "fr": {
        "title": "Rapport de crise",
        "pair": "{0} : {1}",
        "about": "Objet",
        "noticed": "{came} commentaires négatifs sur {topic} en {hours} h, contre {usual} d’habitude.",
        "by_hand": "La cellule a été ouverte par {who}.",
        "began_at": "Premier commentaire",
        "noticed_at": "Détection",
        "agreed_at": "Déclaration validée",
        "first_answer_at": "Première réponse",
        "closed_at": "Clôture",
        "to_statement": "De la détection à la déclaration",
        "to_first_answer": "De la détection à la première réponse",
        "affected": "Personnes touchées",
        "answered": "Ont reçu une réponse",
        "mood": "Part de commentaires négatifs, tous sujets confondus",
        "usual": "Quatre semaines avant",
        "during": "Jusqu’à la première réponse",
        "after": "Depuis la première réponse",
        "time": "Commentaires au fil du temps",
        "negative": "négatifs",
        "neutral": "neutres",
        "positive": "positifs",
        "none": "non étiquetés",
        "statement": "Ce que nous avons dit",
        "approved_by": "Rédigée par {who}, validée par {approvers}.",
        "learnt": "Ce que nous en retenons",
        "members": "Dans la cellule",
        "made": "Établi avec Tribune, le {at}.",
        "not_yet": "pas encore",
    },
}

Section = tuple[str, list[tuple[str, str]], list[str]]
"""A heading, facts as (name, value), and paragraphs."""


@dataclass(frozen=True, slots=True)
class Writing:
    """How one language writes figures; its texts by name."""

    language: str

    def __getitem__(self, name: str) -> str:
        return WORDS[self.language][name]

    def number(self, value: float) -> str:
        """Write a number: 1,234 or 1 234."""
        return str(numbers.format_decimal(value, locale=self.language))

    def at(self, moment: datetime | None) -> str:
        """Write a time of the store."""
        if moment is None:
            return self["not_yet"]
        return f"{dates.format_datetime(moment, 'd MMM y HH:mm', locale=self.language)} UTC"

    def lasted(self, seconds: float | None) -> str:
        """Write how long something took, in minutes or what is longer."""
        if seconds is None:
            return self["not_yet"]
        took = timedelta(seconds=seconds)
        return str(dates.format_timedelta(took, granularity="minute", threshold=1.5, locale=self.language))

    def share(self, mood: Row) -> str:
        """Write which share of comments is negative: 12% (3 / 25)."""
        if not mood["comments"]:
            return "–"
        part = numbers.format_percent(mood["negative"] / mood["comments"], locale=self.language)
        return f"{part} ({self.number(mood['negative'])} / {self.number(mood['comments'])})"


def sections(found: Row, language: str) -> list[Section]:
    """Return a report's sections, in words. `found`: see `actions.crisis_report.report`."""
    say, progress, statement = Writing(language), found["progress"], found["statement"]
    reached = [
        (say["affected"], say.number(progress["people"])),
        (say["answered"], say.number(progress["answered"])),
    ]
    lasted = [(say[name], say.lasted(seconds)) for name, seconds in found["lasted"].items()]
    said: list[Section] = []
    if statement:
        approvers = ", ".join(statement["approvers"]) or "–"
        by = say["approved_by"].format(who=statement["who"], approvers=approvers)
        said = [(say["statement"], [], [*statement["texts"].values(), by])]
    return [
        (say["about"], [], [_why(found, say)]),
        ("", [(say[name], say.at(moment)) for name, moment in found["marks"].items()], []),
        ("", reached + lasted, []),
        (say["mood"], [(say[name], say.share(mood)) for name, mood in found["moods"].items()], []),
        *said,
        (say["learnt"], [], [found["learnt"] or "–"]),
        (say["members"], [], [", ".join(one["who"] for one in found["members"]) or "–"]),
    ]


def _why(found: Row, say: Writing) -> str:
    if not (spike := found["noticed"]):
        return say["by_hand"].format(who=found["opened_by"])
    counted = {name: say.number(spike[name]) for name in ("came", "hours", "usual")}
    return say["noticed"].format(topic=found["subject"][say.language], **counted)


def title(found: Row, say: Writing) -> str:
    """Return a report's title."""
    return say["pair"].format(say["title"], found["subject"][say.language])


def text(found: Row, language: str) -> str:
    """Write a report as plain text."""
    say = Writing(language)
    lines = [title(found, say), ""]
    for heading, facts, paragraphs in sections(found, language):
        lines += [heading, "-" * len(heading)] if heading else []
        lines += [say["pair"].format(*fact) for fact in facts]
        lines += [*paragraphs, ""]
    return "\n".join([*lines, say["made"].format(at=say.at(found["made_at"])), ""])


def html(found: Row, language: str) -> str:
    """Write a report as one page that loads nothing and runs nothing; every text in it is escaped."""
    say = Writing(language)
    body = [_section(*part) for part in sections(found, language)]
    body.insert(3, f"<h2>{escape(say['time'])}</h2>{_chart(found['timeline'], say)}")
    made = say["made"].format(at=say.at(found["made_at"]))
    return PAGE.format(
        language=language,
        title=escape(title(found, say)),
        body="\n".join(body),
        made=escape(made),
        style=STYLE,
    )


def _section(heading: str, facts: Sequence[tuple[str, str]], paragraphs: Sequence[str]) -> str:
    head = f"<h2>{escape(heading)}</h2>" if heading else ""
    listed = "".join(f"<div><dt>{escape(label)}</dt><dd>{escape(value)}</dd></div>" for label, value in facts)
    said = "".join(f'<p dir="auto">{escape(one)}</p>' for one in paragraphs)
    return f"{head}{f'<dl>{listed}</dl>' if listed else ''}{said}"


WIDE, HIGH = 720, 140


def _chart(timeline: Row, say: Writing) -> str:
    """Draw comments over time as stacked columns, each with its words for a screen reader."""
    steps: dict[datetime, dict[str, int]] = defaultdict(dict)
    for row in timeline["comments"]:
        steps[row["at"]][row["sentiment"]] = row["comments"]
    if not steps:
        return "<p>–</p>"
    step, first = timedelta(**{f"{timeline['step']}s": 1}), min(steps)
    width = WIDE / ((max(steps) - first) // step + 1)
    most = max(sum(counts.values()) for counts in steps.values())
    drawn = [
        _column(counts, (at - first) // step * width, width, most, f"{say.at(at)} · ", say)
        for at, counts in sorted(steps.items())
    ]
    legend = "".join(
        f'<span><i style="background:{COLOURS[name]}"></i>{escape(say[name])}</span>' for name in SENTIMENTS
    )
    return f'<div class="legend">{legend}</div><svg viewBox="0 0 {WIDE} {HIGH}" role="img" aria-label="{escape(say["time"])}">{"".join(drawn)}</svg>'


def _column(counts: dict[str, int], x: float, width: float, most: int, told: str, say: Writing) -> str:
    told += ", ".join(f"{say.number(counts[name])} {say[name]}" for name in SENTIMENTS if name in counts)
    parts, y = [f"<title>{escape(told)}</title>"], float(HIGH)
    for name in SENTIMENTS:
        high = counts.get(name, 0) / most * HIGH
        y -= high
        box = f'x="{x:.1f}" y="{y:.1f}" width="{max(width - 1, 0.5):.1f}" height="{high:.1f}"'
        parts.append(f'<rect {box} fill="{COLOURS[name]}"/>')
    return f"<g>{''.join(parts)}</g>"


STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; color: #1c2624; background: #fff; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.1rem; margin: 1.6rem 0 0.4rem; }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: 0.7rem 1rem; }
dt { font-size: 0.85rem; color: #4c5855; } dd { margin: 0; font-weight: 600; }
p { white-space: pre-wrap; overflow-wrap: anywhere; } svg { width: 100%; } small { color: #4c5855; }
.legend span { margin-right: 1rem; font-size: 0.85rem; } .legend i { display: inline-block; width: 0.8em; height: 0.8em; margin-right: 0.3em; }
@media (prefers-color-scheme: dark) { body { color: #e6ebe9; background: #121817; } dt, small { color: #a9b6b2; } }
"""
PAGE = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title><style>{style}</style></head>
<body><h1>{title}</h1>
{body}
<p><small>{made}</small></p></body></html>
"""
