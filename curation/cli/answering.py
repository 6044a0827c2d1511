"""`tribune reply|replies|send|notices|enter`: answer a comment, see what became of it, send what is due, tell members, enter one by hand."""

import signal
import sys
import time
from collections.abc import Mapping
from threading import Event
from typing import Annotated, Any
from urllib.parse import quote

import typer

from curation import config, pipeline
from curation.cli.opening import embedded
from curation.cli.terminal import answer_json, progress, say, table
from curation.client import Client, running
from curation.errors import Invalid, Stale, TribuneError

Json = Annotated[bool, typer.Option("--json", help="JSON on standard output.")]
Comment = Annotated[int, typer.Argument(help="The comment's number, as the lists show it.")]
Text = Annotated[str, typer.Option("--text", help="The text; '-' reads it from standard input.")]

PAUSE = 2.0
"""Seconds between two looks into the outbox of `send --follow`."""
REST = 60.0
"""Seconds that a source in trouble is left to the schedule."""
WAIT = 20.0
"""Seconds it waits for an app that starts."""


def join(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    for command in (reply, replies, send, notices, enter):
        app.command()(command)


def reply(
    comment: Comment,
    text: Text,
    via: Annotated[
        str | None, typer.Option(help="Record that it was answered on another way, such as phone.")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Only say what the channel would not take.")] = False,
    marker: Annotated[
        str | None, typer.Option(help="26 letters and digits: the same again is the same reply.")
    ] = None,
    seen: Annotated[
        list[str] | None, typer.Option(help="MARKER:VERSION of another's reply that you have read.")
    ] = None,
    json: Json = False,
) -> None:
    """Answer a comment on its channel; it leaves when the undo window is over, with the next pass of `send`."""
    text = _read(text)
    with embedded(config.load()) as client:
        if check:
            found = client.post(f"/comments/{comment}/replies/check", {"text": text})
        elif via is not None:
            draft = {"text": text, "via": via, "marker": marker}
            found = client.post(f"/comments/{comment}/replies/elsewhere", draft)
        else:
            found = _answer(client, comment, {"text": text, "marker": marker, "aware_of": _seen(seen or [])})
    if json:
        answer_json(found)
    elif check:
        for problem in found["problems"]:
            say(problem["why"])
        if found["rules"]["note"]:
            typer.echo(found["rules"]["note"])
        left = found["left"]
        typer.echo(
            f"{found['length']:,} {found['rules']['unit']}" + ("" if left is None else f", {left:,} left")
        )
    elif via:
        typer.echo(f"Recorded: answered by {via}.")
    else:
        typer.echo(f"Queued as {found['marker']}. It leaves with: tribune send")
    if check and found["problems"]:
        raise typer.Exit(1)


def replies(
    state: Annotated[
        list[str] | None,
        typer.Option(help="draft, in_review, approved, queued, sending, sent, failed, unknown, withdrawn …"),
    ] = None,
    source: Annotated[str | None, typer.Option(help="Only this source.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000)] = 50,
    withdraw: Annotated[str | None, typer.Option(help="Take this one back, by its marker.")] = None,
    again: Annotated[
        str | None, typer.Option(help="Queue this one again that failed, by its marker.")
    ] = None,
    json: Json = False,
) -> None:
    """List replies and what became of them; take one back, or queue one again."""
    with embedded(config.load()) as client:
        for marker, step in ((withdraw, "withdraw"), (again, "again")):
            if marker:
                row = client.get(f"/replies/{quote(marker, safe='')}")
                client.post(f"/replies/{row['marker']}/{step}", {"version": row["version"]})
        found = client.get("/replies", state=state, source=source, limit=limit)
    if json:
        return answer_json(found)
    rows = [
        [
            row["marker"],
            row["source"],
            str(row["comment_id"]),
            row["state"],
            row["why"] or row["receipt_url"] or "",
        ]
        for row in found
    ]
    table(["marker", "source", "comment", "state", "why, or where it is"], rows)


def send(
    source: Annotated[str | None, typer.Option("--source", help="Only this source.")] = None,
    follow: Annotated[
        bool,
        typer.Option(
            "--follow", help="Go on until stopped, beside a running app: what is due leaves within seconds."
        ),
    ] = False,
    json: Json = False,
) -> None:
    """Send what is due, and look for replies nobody is sure of; nothing is ever sent twice."""
    settings = config.load()
    if source:
        settings.source(source)
    if follow:
        _follow()
        return
    with embedded(settings) as client, progress() as tell:
        counts = pipeline.send(client, settings, source, tell).as_dict()
    if json:
        answer_json(counts)
    else:
        typer.echo(_done(counts) or "Nothing is due.")
    for name, why in counts["trouble"].items():
        say(f"{name}: {why}")
    if counts["failed"] or counts["trouble"]:
        raise typer.Exit(1)


def _done(counts: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{count:,} {name}" for name, count in counts.items() if isinstance(count, int) and count
    )


def _follow() -> None:
    """Send whatever becomes due until SIGTERM, also through the app's restarts; rest while the `send` flow is paused."""
    stop = Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    resting: dict[str, float] = {}
    told = ""
    while not stop.is_set():
        try:
            settings = config.load()
            if not settings.flows.send.paused:
                now = time.monotonic()
                with running(settings, WAIT) as client:
                    counts = pipeline.send(
                        client, settings, resting=[name for name, end in resting.items() if now < end]
                    )
                resting |= dict.fromkeys(counts.trouble, now + REST)
                if done := _done(counts.as_dict()):
                    say(done)
                for name, why in counts.trouble.items():
                    say(f"{name}: {why}")
            told = ""
        except TribuneError as error:
            if told != (told := f"{error.title}: {error}"):
                say(told)
        stop.wait(PAUSE)


def notices(json: Json = False) -> None:
    """Write to members who wish it what needs them, each thing once; the `send` flow does it every minute."""
    settings = config.load()
    with embedded(settings) as client:
        told = pipeline.tell(client, settings)
    if json:
        answer_json({"told": told})
    else:
        typer.echo(
            f"{told:,} letters left." if settings.notices.smtp_host else "No mail server is configured."
        )


def enter(
    source: Annotated[str, typer.Argument(help="Where it was said, such as phone or shop.")],
    text: Text,
    author: Annotated[str | None, typer.Option(help="Who said it.")] = None,
    json: Json = False,
) -> None:
    """Enter by hand what a customer said on the phone or in the shop."""
    with embedded(config.load()) as client:
        found = client.post(f"/sources/{source}/comments", [{"text": _read(text), "author": author}])
    if json:
        answer_json(found)
    else:
        typer.echo(f"Kept: {found['new']} new. Tags come with: tribune tag")


def _answer(client: Client, comment: int, value: dict[str, Any]) -> Any:
    try:
        return client.post(f"/comments/{comment}/replies", value)
    except Stale as error:
        for other in (error.current or {}).get("others", []):
            say(
                f"{other['who']} ({other['state']}, --seen {other['marker']}:{other['version']}): {other['text']}"
            )
        raise


def _seen(given: list[str]) -> list[dict[str, Any]]:
    """Read MARKER:VERSION. Raises Invalid."""
    known = []
    for one in given:
        marker, _, version = one.partition(":")
        if not version.isdecimal():
            raise Invalid(
                f"Another's reply is named MARKER:VERSION, as the refusal shows it, not {one[:60]!r}."
            )
        known.append({"marker": marker, "version": int(version)})
    return known


def _read(text: str) -> str:
    given = sys.stdin.read() if text == "-" else text
    if not given.strip():
        raise Invalid("There is no text.")
    try:
        given.encode()
    except UnicodeEncodeError:
        raise Invalid("The text is not UTF-8. Convert it first, such as: iconv -f latin1 -t utf-8") from None
    return given.rstrip("\n")
