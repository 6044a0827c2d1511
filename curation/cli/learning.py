"""`tribune adapt|models|quality|themes`: how the tagger learns, how good it is, and what no topic covers yet."""

from pathlib import Path
from typing import Annotated, Any

import typer

from curation import config, pipeline
from curation.cli.opening import embedded
from curation.cli.terminal import answer_json, progress, say, table
from curation.errors import Invalid

models = typer.Typer(help="The models made of your corrections: look, choose, go back.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="JSON on standard output.")]


def join(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command()(adapt)
    app.command()(quality)
    app.command()(themes)
    app.add_typer(models, name="models")


def adapt(
    labels: Annotated[
        Path | None,
        typer.Option("--labels", help="A CSV with text and labels, in the place of the store's corrections."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="With --labels: the folder the model is written to.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Use the new model even where it is worse.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only measure; keep nothing.")] = False,
    retag: Annotated[bool, typer.Option(help="Tag every comment anew with the new model.")] = True,
    json: Json = False,
) -> None:
    """Learn from your team's corrections; use what was learned if it is not worse than what there is.

    With --labels and --out no store is opened: columns text and any of sentiment, topics (a|b), intent, urgency.
    """
    if labels or out:
        if not labels or not out or force or dry_run or json:
            raise Invalid("--labels and --out go together, without --force, --dry-run and --json.")
        return adapt_labels(labels, out)
    settings = config.load()
    with embedded(settings) as client, progress() as tell:
        learned = pipeline.adapt(client, settings, force=force, dry_run=dry_run, progress=tell)
        if json:
            answer_json(learned.as_dict())
        else:
            _report(learned)
        if learned.used and retag:
            counts = pipeline.tag(client, settings, progress=tell)
            say(f"{counts.tagged:,} comments tagged anew.")


def adapt_labels(labels: Path, out: Path) -> None:
    """Learn from a CSV and write a model; no store is opened."""
    from dataclasses import asdict

    from curation.language.engine import Engine
    from curation.language.heads import check_target
    from curation.language.training import adapt as learning

    rows = learning.read_labels(labels, (*learning.ADAPTABLE, "topics"))
    engine = Engine.load()
    check_target(out, engine.digest)
    say(f"Learning from {len(rows):,} comments …")
    with progress() as tell:
        heads, changes = learning.adapt(engine, rows, tell=tell)
    if not changes:
        raise Invalid(
            f"{labels}: at least {learning.FEWEST} comments with a label are needed for a head to learn from."
        )
    learning.save(out, engine, heads)
    _compared([asdict(change) for change in changes])
    typer.echo(
        f"Macro-F1 in %, on labels held out. Written to {out}; use it: tribune tag --stdin --model {out}"
    )


def _report(learned: pipeline.Learned) -> None:
    if learned.changes:
        _compared(learned.changes)
        parts = [
            {"head": change["head"], **part}
            for change in learned.changes
            for part in change["parts"]
            if change["share"]
        ]
        if parts:
            typer.echo()
            table(
                ["head", "of", "", "labels", "before", "after", "gain, 95 %"],
                [[part["head"], part["kind"], part["name"], *_figures(part)] for part in parts],
            )
        others = f" and {learned.untouched:,} others taken as right" if learned.untouched else ""
        typer.echo(f"\nF1 in %, on comments held out: {learned.judged:,} judged{others}.")
    if learned.reason:
        say(learned.reason)
    if learned.used:
        typer.echo(f"Model {learned.model} is in force. Go back with: tribune models rollback")
    elif learned.model:
        typer.echo(
            f"Model {learned.model} is kept, not in force. Use it all the same: tribune models use {learned.model}"
        )


def _compared(changes: list[dict[str, Any]]) -> None:
    table(
        ["head", "labels", "before", "after", "gain, 95 %", "kept"],
        [
            [change["head"], *_figures(change), "adapted" if change["share"] else "as it was"]
            for change in changes
        ],
    )


def _figures(one: dict[str, Any]) -> list[str]:
    return [
        f"{one['labels']:,}",
        f"{one['before'] * 100:.1f}",
        f"{one['after'] * 100:.1f}",
        f"{one['low'] * 100:+.1f} … {one['high'] * 100:+.1f}",
    ]


def quality(
    next: Annotated[
        int, typer.Option("--next", help="List so many comments that are worth a look next.", min=0, max=1000)
    ] = 0,
    json: Json = False,
) -> None:
    """How often the tagger was right where people looked: by head, label, language and source."""
    with embedded(config.load()) as client:
        found = client.get("/quality/next", limit=next) if next else client.get("/quality")
    if json:
        return answer_json(found)
    if next and not found:
        say("There is no tagged comment that nobody has judged.")
        return
    if next:
        rows = [
            [str(one["id"]), one["source"], one["unsure"] or one["why"], one["text"][:200]] for one in found
        ]
        return table(["comment", "source", "why", "text"], rows, one_line=True)
    if not found["judged"]:
        say(
            "Nobody has judged a tag yet. Correct or confirm tags in the inbox; see: tribune quality --next 20"
        )
        return
    typer.echo(f"{found['judged']:,} comments judged. Right, in %, with the 95 % interval:")
    table(
        ["head", "of", "", "judged", "right", "95 %", "sure", "right if sure"],
        [
            [one["head"], kind, one["name"] if kind else "", f"{one['judged']:,}", *_shares(one)]
            for kind, ones in (("", "heads"), ("language", "languages"), ("source", "sources"))
            for one in found[ones]
        ],
    )
    typer.echo()
    table(
        ["head", "label", "said", "precision", "95 %", "meant", "recall", "95 %"],
        [
            [
                one["head"],
                one["label"],
                f"{one['said']:,}",
                *_rate(one["precision"]),
                f"{one['meant']:,}",
                *_rate(one["recall"]),
            ]
            for one in found["labels"]
        ],
    )
    if found["confusions"]:
        typer.echo("\nWhat hurts most:")
        table(
            ["head", "said", "meant", "judged", "comments like that, about"],
            [
                [one["head"], one["said"], one["meant"], f"{one['judged']:,}", f"{one['about']:,}"]
                for one in found["confusions"]
            ],
        )


def _shares(one: dict[str, Any]) -> list[str]:
    return [*_rate(one["right"]), f"{one['coverage'] * 100:.0f}", _rate(one["right_if_sure"])[0]]


def _rate(rate: list[float] | None) -> list[str]:
    if rate is None:
        return ["-", "-"]
    value, low, high = (100 * part for part in rate)
    return [f"{value:.0f}", f"{low:.0f} … {high:.0f}"]


def themes(
    days: Annotated[
        int, typer.Option("--days", help="Look at the comments of so many days.", min=1, max=36_500)
    ] = 90,
    last: Annotated[
        bool, typer.Option("--last", help="Show what was found last; do not look again.")
    ] = False,
    adopt: Annotated[str | None, typer.Option("--adopt", help="Make a topic of this theme.")] = None,
    json: Json = False,
) -> None:
    """Find what people talk about that no topic covers yet, and texts that many post."""
    with embedded(config.load()) as client, progress() as tell:
        if adopt:
            made = client.post("/themes/adopt", {"theme": adopt})
            if json:
                return answer_json(made)
            return typer.echo(
                f"{made['comments']:,} comments are about the new topic {made['id']}. "
                f"Take it back with: tribune topics undo {made['version']}"
            )
        if not last:
            pipeline.discover(client, days=days, progress=tell)
        found = client.get("/themes")
    if json:
        return answer_json(found)
    if found["made_at"] is None:
        say("Nobody has looked for themes yet. Look now with: tribune themes")
        return
    typer.echo(
        f"{found['comments']:,} comments of {found['days']} days, {found['uncovered']:,} without a topic."
    )
    if found["themes"]:
        table(
            ["theme", "comments", "negative", "a week", "name", "for example"],
            [
                [
                    one["id"],
                    f"{one['comments']:,}",
                    f"{one['negative'] * 100:.0f} %",
                    _spark(one["weeks"]),
                    one["name"],
                    one["quotes"][0]["text"][:120] if one["quotes"] else "",
                ]
                for one in found["themes"]
            ],
            one_line=True,
        )
        say("Make a topic of one: tribune themes --adopt THEME")
    else:
        say("No theme was found: too few comments without a topic have words in common.")
    if found["campaigns"]:
        typer.echo("\nTexts that many post:")
        table(
            ["comments", "people", "sources", "text"],
            [
                [f"{one['comments']:,}", f"{one['people']:,}", ", ".join(one["sources"]), one["opening"]]
                for one in found["campaigns"]
            ],
            one_line=True,
        )


def _spark(weeks: list[int]) -> str:
    """Draw numbers as bars of eight heights."""
    most = max(weeks) or 1
    return "".join("▁▂▃▄▅▆▇█"[round(7 * week / most)] for week in weeks)


@models.command("list")
def list_(json: Json = False) -> None:
    """List the models, newest first; one is in force."""
    with embedded(config.load()) as client:
        found = client.get("/models")
    if json:
        return answer_json(found)
    rows = [
        [
            one["name"],
            one["made_at"][:16].replace("T", " "),
            f"{one['judged']:,}",
            ", ".join(
                f"{change['head']} {change['before'] * 100:.0f} → {change['after'] * 100:.0f}"
                for change in one["changes"]
                if change["share"]
            ),
            _state(one, found["in_force"]),
        ]
        for one in found["models"]
    ]
    shipped = "in force" if found["in_force"] == "shipped" else ""
    table(
        ["model", "made (UTC)", "judged", "macro-F1, %", "state"], [*rows, ["shipped", "", "", "", shipped]]
    )


def _state(one: dict[str, Any], in_force: str) -> str:
    if one["name"] == in_force:
        return "in force"
    return "" if one["fits"] else "for other weights"


@models.command()
def use(name: Annotated[str, typer.Argument(help='A model\'s number, or "shipped".')]) -> None:
    """Tag with this model from now on; what is tagged already is tagged anew."""
    settings = config.load()
    with embedded(settings) as client, progress() as tell:
        _now(client.post("/models/use", {"name": name}))
        pipeline.tag(client, settings, progress=tell)


@models.command()
def rollback() -> None:
    """Go back to the model in force before, and tag anew."""
    settings = config.load()
    with embedded(settings) as client, progress() as tell:
        _now(client.post("/models/rollback"))
        pipeline.tag(client, settings, progress=tell)


def _now(found: dict[str, Any]) -> None:
    typer.echo(f"In force: {found['in_force']}. Every comment is tagged anew …")
