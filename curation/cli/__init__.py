"""The `tribune` command. Exit codes: 0 done, 1 something was newly refused or failed, 2 wrong usage."""

import os
import sys
from importlib.metadata import entry_points

import typer

from curation.cli import (
    answering,
    bench,
    coaching,
    language,
    learning,
    members,
    publishing,
    sources,
    stages,
    store,
    taxonomy,
)
from curation.cli.terminal import complain, say
from curation.errors import Invalid, TribuneError

app = typer.Typer(
    name="tribune",
    help="Pull what customers say, tag it, search it, curate it and answer it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
stages.join(app)
store.join(app)
language.join(app)
answering.join(app)
coaching.join(app)
learning.join(app)
publishing.join(app)
app.add_typer(sources.app, name="sources")
app.add_typer(store.tokens, name="tokens")
app.add_typer(members.app, name="members")
app.add_typer(taxonomy.app, name="topics")
app.add_typer(bench.app, name="bench")


def main() -> None:
    """Run one command; every error of ours becomes a sentence, and an exit code."""
    # What customers wrote is for the owner's eyes: the store, its log, exports, and those of every process started.
    os.umask(0o077)
    for point in entry_points(group="tribune.commands"):
        if point.name in sys.argv[1:3] or {"--help", "-h"} & set(sys.argv) or len(sys.argv) == 1:
            try:
                app.add_typer(point.load(), name=point.name)
            except ImportError as error:
                say(f"The command {point.name!r} is registered but does not import: {error}.")
    try:
        app()
    except Invalid as error:
        complain(error)
        raise SystemExit(2) from None
    except TribuneError as error:
        complain(error)
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        complain(TribuneError(f"{where}{error.strerror or error}."))
        raise SystemExit(1) from None
