"""`tribune coach`: what a reply lacks before it is sent, and whether its apology is one."""

import sys
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.text import Text

from curation import config, drafting
from curation.cli.opening import embedded
from curation.cli.terminal import answer_json, out, visible
from curation.errors import Invalid
from curation.models import Rules

_TITLES = {
    "en": ("The reply", "As an apology: {score:.0%}", "Spoilt by"),
    "fr": ("La réponse", "En tant qu'excuse : {score:.0%}", "Affaibli par"),
}
_MOST = 3


class Language(StrEnum):
    """The languages the coaches speak."""

    en = "en"
    fr = "fr"


def join(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(coach)


def coach(
    text: Annotated[str, typer.Option("--text", help="The reply; '-' reads it from standard input.")] = "-",
    comment: Annotated[int | None, typer.Option("--comment", help="The comment it answers.")] = None,
    stdin: Annotated[bool, typer.Option("--stdin", help="Read the reply from standard input.")] = False,
    language: Annotated[Language, typer.Option(help="The language of the advice.")] = Language.en,
    json: Annotated[bool, typer.Option("--json", help="JSON on standard output.")] = False,
) -> None:
    """Say what a reply lacks: length, questions, promises, tone, personal data, and how good its apology is."""
    if stdin or text == "-":
        # What is not UTF-8 arrives as lone surrogates, which no JSON can carry.
        text = sys.stdin.read().encode("utf-8", "replace").decode()
    if not text.strip():
        raise Invalid("There is no text.")
    settings = config.load()
    if comment is None:
        advice = drafting.coach(text, "", None, Rules(), settings.voice, datetime.now(UTC))
        found = drafting.report(advice, drafting.apology(text), language)
    else:
        with embedded(settings) as client:
            found = client.post(f"/comments/{comment}/coach?language={language}", {"text": text})
    if json:
        answer_json(found)
    else:
        _print(found, text, language)


def _print(found: dict[str, Any], text: str, language: str) -> None:
    reply, apology, spoilt = _TITLES[language]
    out.print(Text(reply, "bold"))
    for one in found["advice"]:
        # The customer's open questions are places in the comment, and quoted in the sentence already.
        _line(one, text if one["code"] != "questions" else "")
    out.print()
    out.print(Text(apology.format(score=found["score"]), "bold"))
    for one in found["apology"]:
        _line(one, text)
        if one["spoilers"]:
            out.print(Text(f"    {spoilt}: {_quoted(text, one['spoilers'])}", "yellow"), soft_wrap=True)


def _line(one: dict[str, Any], text: str) -> None:
    mark = Text("✓ ", "green") if one["met"] else Text("✗ ", "red")
    words = Text(_quoted(text, one["spans"]) if text else "", "dim")
    out.print(mark + Text(visible(one["words"])) + (Text("  ") + words if words else ""), soft_wrap=True)


def _quoted(text: str, spans: list[list[int]]) -> str:
    """Return the first of the places as they are written, on one line."""
    shown = (" ".join(text[begin:end].split()) for begin, end in spans[:_MOST])
    return visible(" · ".join(f"“{one if len(one) <= 60 else one[:59] + '…'}”" for one in shown if one))
