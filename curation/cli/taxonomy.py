"""`tribune topics list|changes|add|edit|rename|merge|split|move|archive|unarchive|undo`: the topics the team owns."""

import tomllib
from pathlib import Path
from typing import Annotated, Any

import typer

from curation import config
from curation.cli.opening import embedded
from curation.cli.terminal import answer_json, err, say, table
from curation.errors import Invalid

app = typer.Typer(help="The topics comments are tagged with: look, change, undo.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="JSON on standard output.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would change; change nothing.")]
Id = Annotated[str, typer.Argument(help="The topic's id, such as delivery.late.")]
En = Annotated[str | None, typer.Option("--en", help="Its English name.")]
Fr = Annotated[str | None, typer.Option("--fr", help="Its French name.")]
PhraseEn = Annotated[list[str] | None, typer.Option(help="An English phrase; may be repeated.")]
PhraseFr = Annotated[list[str] | None, typer.Option(help="A French phrase; may be repeated.")]
Example = Annotated[
    list[str] | None, typer.Option(help="A text it is like, or #42 for a comment; may be repeated.")
]


@app.command("list")
def list_(json: Json = False) -> None:
    """List the topics in use, and those archived."""
    with embedded(config.load()) as client:
        found = client.get("/taxonomy")
    if json:
        return answer_json(found)
    rows = [
        [one["id"], one["name"]["en"], one["name"]["fr"], "archived" if one in found["archived"] else ""]
        for one in found["topics"] + found["archived"]
    ]
    table(["topic", "English", "French", "state"], rows)


@app.command()
def changes(json: Json = False) -> None:
    """List the changes of the topics, newest first."""
    with embedded(config.load()) as client:
        found = client.get("/taxonomy/changes")
    if json:
        return answer_json(found)
    rows = [
        [
            str(one["version"]),
            one["at"][:16],
            one["who"],
            one["action"],
            one["subject"],
            f"{one['comments']:,}",
            f"undone by {one['undone_by']}" if one["undone_by"] else "",
        ]
        for one in found
    ]
    table(["change", "at (UTC)", "who", "what", "topic", "comments", "state"], rows)


@app.command()
def add(
    id: Id,
    en: Annotated[str, typer.Option("--en", help="Its English name.")],
    fr: Annotated[str, typer.Option("--fr", help="Its French name.")],
    phrase_en: PhraseEn = None,
    phrase_fr: PhraseFr = None,
    example: Example = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Add a topic, known by phrases, by a few examples, or by both."""
    written: dict[str, Any] = {"phrases": _phrases(phrase_en, phrase_fr), "examples": _examples(example)}
    _edit({"action": "add", "id": id, "name": {"en": en, "fr": fr}, **_given(written)}, dry_run, json)


@app.command()
def edit(
    id: Id,
    phrase_en: PhraseEn = None,
    phrase_fr: PhraseFr = None,
    example: Example = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Give a topic other phrases or examples, in the place of those it had; what is not given stays."""
    with embedded(config.load()) as client:
        known = {one["id"]: one for one in client.get("/taxonomy")["topics"]}
    phrases = _phrases(phrase_en, phrase_fr)
    if phrases:
        phrases = {**known.get(id, {}).get("phrases", {}), **phrases}
    _edit(
        {"action": "edit", "id": id, **_given({"phrases": phrases, "examples": _examples(example)})},
        dry_run,
        json,
    )


@app.command()
def rename(id: Id, en: En = None, fr: Fr = None, dry_run: DryRun = False, json: Json = False) -> None:
    """Give a topic other names; its id stays."""
    with embedded(config.load()) as client:
        known = {one["id"]: one["name"] for one in client.get("/taxonomy")["topics"]}
    name = {**known.get(id, {}), **_given({"en": en, "fr": fr})}
    _edit({"action": "edit", "id": id, "name": name}, dry_run, json)


@app.command()
def merge(
    id: Id,
    others: Annotated[list[str], typer.Argument(help="The topics that become part of it.")],
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Make other topics part of one: their comments, phrases and people's corrections become its own."""
    _edit({"action": "merge", "id": id, "others": others}, dry_run, json)


@app.command()
def split(
    id: Id,
    parts: Annotated[
        Path, typer.Argument(help="A file of [[topic]] tables, as a taxonomy has them: the parts.")
    ],
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Split a topic into those of a file; comments that fit none go to the first."""
    try:
        listed = tomllib.loads(parts.read_text("utf-8")).get("topic", [])
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Invalid(f"{parts} cannot be read: {error}.") from error
    _edit({"action": "split", "id": id, "parts": listed}, dry_run, json)


@app.command()
def move(
    id: Id,
    parent: Annotated[str, typer.Argument(help="The topic it goes below; '' for none.")],
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Put a topic below another; its id follows."""
    _edit({"action": "move", "id": id, "parent": parent}, dry_run, json)


@app.command()
def archive(id: Id, dry_run: DryRun = False, json: Json = False) -> None:
    """Put a topic away, and those below it; what people said of it is kept."""
    _edit({"action": "archive", "id": id}, dry_run, json)


@app.command()
def unarchive(id: Id, dry_run: DryRun = False, json: Json = False) -> None:
    """Take a topic out again."""
    _edit({"action": "unarchive", "id": id}, dry_run, json)


@app.command()
def undo(
    change: Annotated[int, typer.Argument(help="The change's number: tribune topics changes")],
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Take a change back, also after others that did not touch its topics."""
    _edit({"action": "undo", "version": change}, dry_run, json)


def _edit(wanted: dict[str, Any], dry_run: bool, json: bool) -> None:
    with embedded(config.load()) as client, err.status("Looking for the comments that change …"):
        found = client.post("/taxonomy", wanted, dry_run=dry_run)
    if json:
        return answer_json(found)
    verb = "would change" if dry_run else "changed"
    by_source = ", ".join(f"{one['source']} {one['comments']:,}" for one in found["by_source"])
    typer.echo(f"{found['comments']:,} comments {verb}{f' ({by_source})' if by_source else ''}.")
    if found["examples"]:
        rows = [
            [str(one["id"]), ", ".join(one["before"]) or "-", ", ".join(one["after"]) or "-", one["text"]]
            for one in found["examples"]
        ]
        table(["comment", "before", "after", "text"], rows, one_line=True)
    if not dry_run:
        say(f"Take it back with: tribune topics undo {found['version']}")


def _phrases(en: list[str] | None, fr: list[str] | None) -> dict[str, list[str]] | None:
    return _given({"en": en, "fr": fr}) or None


def _examples(given: list[str] | None) -> list[int | str] | None:
    if not given:
        return None
    return [int(one[1:]) if one[:1] == "#" and one[1:].isdecimal() else one for one in given]


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}
