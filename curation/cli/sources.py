"""`tribune sources …`: add, list, preview, check, remove, and what was refused."""

from dataclasses import fields
from typing import Annotated, Any, get_type_hints

import typer

from curation import config, connectors, pipeline
from curation.cli.adding import add
from curation.cli.opening import embedded
from curation.cli.terminal import NONE_YET, answer_json, say, shown, table
from curation.errors import Invalid

app = typer.Typer(help="Where comments come from.", no_args_is_help=True)
app.command()(add)

Name = Annotated[str, typer.Argument(help="The source's name.")]
Json = Annotated[bool, typer.Option("--json", help="JSON on standard output.")]


@app.command("list")
def list_(json: Json = False) -> None:
    """List sources with what they brought and when."""
    with embedded(config.load()) as client:
        found = client.get("/sources")
    if json:
        return answer_json(found)
    if not found:
        return say(NONE_YET)
    rows = []
    for source in found:
        state = _state(source)
        pulled = (source["last_pull"] or "never")[:16].replace("T", " ")
        counts = [f"{source['comments']:,}", f"{source['refused']:,}"]
        pushed = source.get("connector") in connectors.PUSHED
        when = ["–", "–"] if pushed else [source.get("cron", ""), pulled]
        rows.append([source["name"], source.get("connector", ""), *when, *counts, state])
    table(["source", "connector", "cron", "last pull (UTC)", "comments", "refused", "state"], rows)


@app.command()
def alerts(
    test: Annotated[bool, typer.Option("--test", help="Send a word to every alert address.")] = False,
    json: Json = False,
) -> None:
    """Show what is wrong with the sources and what to do; or try the addresses alerts go to."""
    settings = config.load()
    if test:
        if not (count := pipeline.try_out(settings)):
            raise Invalid(
                "No alert address is set. Set TRIBUNE_ALERTS, such as mailto://user:password@example.org, or `to` under"
                " [alerts] in secrets.toml."
            )
        return say(f"Sent to {count} address{'es' if count > 1 else ''}.")
    with embedded(settings) as client:
        client.post("/watch")
        found = [alert for source in client.get("/sources") for alert in source["alerts"]]
    if json:
        return answer_json(found)
    if not found:
        return say("All sources are well.")
    table(
        ["source", "what", "why, and what to do"], [[one["source"], one["kind"], one["why"]] for one in found]
    )


@app.command()
def accept(name: Name, kind: Annotated[str, typer.Argument(help="gap or fields.")]) -> None:
    """Say that you have seen what is lost (gap), or that the channel's answers look so from now on (fields)."""
    with embedded(config.load()) as client:
        found = client.post(f"/sources/{name}/accept/{kind}")
    say(f"{found['accepted']:,} accepted.")


def _state(source: dict[str, Any]) -> str:
    if not source["configured"]:
        return "removed"
    if source["paused"]:
        return "paused"
    if source["error"]:
        return "failing"
    if source.get("connector") in connectors.PUSHED and not source["comments"]:
        return "waits for deliveries"
    if source["last_pull"] is None and source.get("connector") not in connectors.PUSHED:
        return "not pulled yet"
    return f"silent for {source['silent']}" if source["silent"] else "fine"


@app.command("connectors")
def connectors_() -> None:
    """List installed connectors and their settings."""
    rows = []
    for name in sorted(connectors.installed()):
        hints = get_type_hints(cls := connectors.load(name))
        keys = [f"{f.name} (secret)" if config.is_secret(hints[f.name]) else f.name for f in fields(cls)]
        rows.append([name, ", ".join(keys)])
    table(["connector", "settings"], rows)


@app.command()
def preview(name: Name, limit: Annotated[int, typer.Option(min=1, max=1000)] = 10) -> None:
    """Show how a source's fields are recognised and its first records; nothing is stored."""
    shown(*pipeline.preview(config.load(), name, limit))


@app.command()
def check(name: Name) -> None:
    """Prove settings, credentials and the first page of a source; nothing is stored."""
    typer.echo(f"{name}: {pipeline.check(config.load(), name)}")


@app.command()
def remove(name: Name) -> None:
    """Take a source out of tribune.toml; its comments stay."""
    config.remove_source(name)
    typer.echo(f"Removed {name} from tribune.toml. What was pulled from it stays in the store.")


@app.command()
def refused(name: Name, limit: Annotated[int, typer.Option(min=1, max=500)] = 50, json: Json = False) -> None:
    """Show refused records and why; mend the mapping, then: tribune replay NAME --refused"""
    with embedded(config.load()) as client:
        found = client.get(f"/sources/{name}/refused", limit=limit)
    if json:
        return answer_json(found)
    table(["key", "stream", "reason"], [[r["key"], r["stream"], r["reason"]] for r in found])
