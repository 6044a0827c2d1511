"""`tribune publish`: a collection as pages and feeds in a folder."""

import os
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import typer

from curation import config
from curation.cli.opening import embedded
from curation.cli.terminal import answer_json, say
from curation.errors import DiskFull, Invalid


def join(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(publish)


def publish(
    collection: Annotated[str, typer.Argument(help="The collection's name, as its address has it.")],
    out: Annotated[
        Path, typer.Option(help="The folder for the files; those of an earlier time are replaced.")
    ],
    json: Annotated[bool, typer.Option("--json", help="JSON on standard output.")] = False,
) -> None:
    """Write what is cleared of a collection as a page, an embed and feeds; anybody may read the files."""
    _ours(out)
    with embedded(config.load()) as client:
        made = client.post(f"/collections/{quote(collection, safe='')}/publish")
    _make(out)
    for name, text in made["files"].items():
        _write(out, name, text)
    if json:
        return answer_json({"out": str(out), **made, "files": list(made["files"])})
    typer.echo(f"Quotes published: {made['quotes']:,}. In {out}: {', '.join(made['files'])}")
    for one in made["withheld"]:
        why = ", ".join(f"{use}: {WHY[code]}" for use, code in one["obstacles"].items())
        words = " ".join(one["text"].split())
        say(f"Withheld: quote {one['id']} “{words[:60]}” ({why})")


MARK = b'<meta name="generator" content="Tribune">'

WHY = {
    "none": "nothing clears it",
    "withdrawn": "withdrawn",
    "ended": "the consent has ended",
    "words": "it was cleared with other words",
    "reworded": "its author has changed these words since",
    "deleted": "its author has deleted it since",
    "use": "cleared for other uses only",
}


def _ours(out: Path) -> None:
    """Raise Invalid where something lies in the folder's place, or a page in it, that is not ours to replace."""
    page = out / "index.html"
    if out.exists() and not out.is_dir():
        raise Invalid(f"{out} is no folder. Choose another place.")
    if page.exists() and MARK not in page.read_bytes()[:2_000]:
        raise Invalid(f"{page} was not written by Tribune. Choose another folder.")


def _make(out: Path) -> None:
    """Make the folder where there is none. Raises Invalid where that cannot be."""
    if out.exists():
        return
    try:
        out.mkdir(parents=True)
        out.chmod(0o755)
    except OSError as error:
        raise Invalid(f"Cannot make the folder {out}: {error.strerror}. Choose another place.") from error


def _write(out: Path, name: str, text: str) -> None:
    """Write beside the file and put it in place once whole. Others may read it: it is meant to be served."""
    unfinished = out / f".{name}.{os.getpid()}.part"
    try:
        unfinished.write_text(text, "utf-8", newline="")
        unfinished.chmod(0o644)
        unfinished.replace(out / name)
    except OSError as error:
        raise DiskFull(
            f"Cannot write {out / name}: {error.strerror}. What was there before is untouched."
        ) from error
    finally:
        unfinished.unlink(missing_ok=True)
