"""`tribune members …`: who may sign in, and what they may do."""

from typing import Annotated

import typer

from curation import config
from curation.cli.opening import embedded
from curation.cli.terminal import answer_json, say, table

app = typer.Typer(help="Who may sign in, and what they may do.", no_args_is_help=True)

Email = Annotated[str, typer.Argument(help="The address the provider knows them by.")]
Roles = Annotated[
    list[str],
    typer.Option(
        "--role", help="reader, writer, agent, reviewer, curator or administrator; may be repeated."
    ),
]


@app.command()
def add(email: Email, role: Roles) -> None:
    """Make somebody a member."""
    settings = config.load()
    with embedded(settings) as client:
        name = client.post("/members", {"email": email, "roles": role})["name"]
    typer.echo(f"{name} is a member now: {', '.join(role)}.")
    if settings.sign_in is None:
        say("Nobody can sign in yet: set up [sign_in] in tribune.toml, as the README says.")


@app.command("list")
def list_(json: Annotated[bool, typer.Option("--json", help="JSON on standard output.")] = False) -> None:
    """List members, their roles and their last sign-in."""
    with embedded(config.load()) as client:
        found = client.get("/members")
    if json:
        return answer_json(found)
    if not found:
        return say("Nobody is a member yet. Begin with: tribune members add EMAIL --role administrator")
    table(
        ["member", "roles", "added (UTC)", "signed in (UTC)"],
        [[m["name"], " ".join(m["roles"]), _at(m["added_at"]), _at(m["signed_in_at"])] for m in found],
    )


def _at(time: str | None) -> str:
    return (time or "never")[:16].replace("T", " ")


@app.command()
def roles(email: Email, role: Roles) -> None:
    """Give a member other roles, in place of those they have."""
    with embedded(config.load()) as client:
        client.post(f"/members/{email.strip().lower()}/roles", {"roles": role})
    typer.echo(f"{email} has other roles now: {', '.join(role)}.")


@app.command()
def remove(email: Email) -> None:
    """Take a member out, at once; what they did stays under their name."""
    with embedded(config.load()) as client:
        client.delete(f"/members/{email.strip().lower()}")
    typer.echo(f"{email} is no member any more.")
