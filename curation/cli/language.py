"""`tribune tag --stdin`, `tribune train`: the language engine on its own; neither opens a store."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from curation.cli.terminal import progress, say
from curation.errors import Invalid

Labels = Annotated[Path, typer.Option("--labels", help="A CSV with the column text and the labels.")]
Out = Annotated[Path, typer.Option("--out", help="The folder the model is written to.")]

_STDIN = 0
_AT_A_TIME = 1_000
_CHUNK = 1 << 20
_LONGEST_LINE = 64 << 20
_LONGEST_NAME = 60
_TAKEN = frozenset(("topics", "unsure", "error", "encoder"))
"""What no head of a team's own is called: the other keys of an answer, and the file of the network."""


def join(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(train)


def tag_lines(model: Path | None, languages: str | None) -> None:
    """Read one JSON object a line on standard input, write what the engine says of its `text`, a line each, in order."""
    from curation.language.engine import LANGUAGES, Engine

    chosen = (
        [code.strip() for code in languages.split(",") if code.strip()]
        if languages is not None
        else LANGUAGES
    )
    engine = Engine.load(model=model, languages=chosen)
    wrong = number = 0
    with progress() as tell:
        for lines in _batches():
            answers: list[dict[str, Any]] = []
            texts: list[str] = []
            for line in lines:
                number += 1
                try:
                    texts.append(_text(line))
                    answers.append({})
                except Invalid as error:
                    wrong += 1
                    answers.append({"error": f"line {number}: {error}"})
            read = iter(engine.read(texts))
            said = [answer or _answer(engine, next(read)) for answer in answers]
            sys.stdout.buffer.write(b"".join(orjson.dumps(one) + b"\n" for one in said))
            sys.stdout.buffer.flush()
            tell("tag", number, None)
    if wrong:
        say(f"{wrong:,} of {number:,} lines could not be read; each has its error in its place.")
        raise typer.Exit(1)


def _batches() -> Iterator[list[bytes]]:
    """Yield the lines that have come, up to a thousand at a time: who waits for an answer gets it."""
    rest = bytearray()
    while chunk := os.read(_STDIN, _CHUNK):
        # What was looked through already is not looked through again: time is linear in a line.
        ended, newline, begun = chunk.rpartition(b"\n")
        if newline:
            lines = bytes(rest + ended).split(b"\n")
            rest.clear()
            for first in range(0, len(lines), _AT_A_TIME):
                yield lines[first : first + _AT_A_TIME]
        rest += begun
        del rest[_LONGEST_LINE + 1 :]
    if rest.strip():
        yield [bytes(rest)]


def _text(line: bytes) -> str:
    if len(line) > _LONGEST_LINE:
        raise Invalid(f"is longer than {_LONGEST_LINE >> 20} MB.")
    try:
        given = orjson.loads(line)
    except orjson.JSONDecodeError:
        given = _lenient(line)
    if not isinstance(given, dict) or not isinstance(given.get("text"), str):
        raise Invalid('needs a JSON object with a text, such as {"text": "…"}.')
    return str(given["text"])


def _lenient(line: bytes) -> Any:
    """Read what orjson refuses but JSON allows, such as a lone surrogate; and what begins with a byte order mark."""
    import json

    try:
        return json.loads(line.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError) as error:
        raise Invalid(f"is not JSON ({error}).") from error


def _answer(engine: Any, reading: Any) -> dict[str, Any]:
    mood, _ = reading.mood
    negative, neutral, positive = reading.sentiment
    answer: dict[str, Any] = {
        "language": _scored(reading.language),
        "sentiment": {"label": mood, "negative": negative, "neutral": neutral, "positive": positive},
        "topics": [{"label": t.id, "score": t.score, "sentiment": t.sentiment} for t in reading.topics],
        "intent": _scored(reading.intent),
        "urgency": _scored(reading.urgency),
        "unsure": sorted(reading.unsure),
    }
    return answer | {name: [_scored(one) for one in given] for name, given in reading.tasks.items()}


def _scored(given: tuple[str, float]) -> dict[str, Any]:
    return {"label": given[0], "score": given[1]}


def train(
    task: Annotated[str, typer.Option("--task", help="What the new head is called.")],
    labels: Labels,
    out: Out,
) -> None:
    """Train a head of your own from text,label; several labels of one text are separated by |."""
    from curation.language.engine import Engine
    from curation.language.heads import check_target
    from curation.language.training import adapt as learning

    if task in _TAKEN or len(task) > _LONGEST_NAME:
        raise Invalid(f"A task is named by a word such as 'mood_of_day', and not {task[:_LONGEST_NAME]!r}.")
    rows = learning.read_labels(labels, ("label",))
    engine = Engine.load()
    check_target(out, engine.digest)
    say(f"Training {task} on {len(rows):,} texts …")
    head, measured = learning.train(engine, task, rows)
    learning.save(out, engine, {task: head})
    typer.echo(
        f"{task}: {len(head.labels)} labels, macro-F1 {measured * 100:.1f} % on texts held out."
        f" Written to {out}; use it: tribune tag --stdin --model {out}"
    )
