"""What commands say: results on standard output, everything else on standard error."""

import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import orjson
from rich.cells import cell_len
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from curation.connectors import Recognised
from curation.errors import TribuneError
from curation.models import Comment
from curation.pipeline import Progress as Tell

err = Console(stderr=True, highlight=False)
out = Console(highlight=False)

NONE_YET = "No source is configured yet. Add one: tribune sources add NAME --connector file --set path=FILE"

_UNSEEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]"
)

NARROW = 20
"""Characters that a cell keeps at least, where a row has to stay on one line."""


def visible(text: str) -> str:
    """Spell out what would command the terminal or turn text around: an escape becomes `<U+001B>`."""
    return _UNSEEN.sub(lambda found: f"<U+{ord(found[0]):04X}>", text)


def complain(error: TribuneError) -> None:
    """Say an error on standard error. Markup is off: what a server said stays text."""
    err.print(Text(f"{error.title}: ", "bold red") + Text(visible(str(error))), soft_wrap=True)


def say(text: str) -> None:
    """Say something on standard error."""
    err.print(Text(visible(text)), soft_wrap=True)


def answer_json(value: Any) -> None:
    """Print one JSON value on standard output."""
    sys.stdout.write(orjson.dumps(value, option=orjson.OPT_NAIVE_UTC | orjson.OPT_UTC_Z).decode() + "\n")


@contextmanager
def progress() -> Iterator[Tell]:
    """Show a bar for each thing that is going on, on a terminal only."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bars:
        tasks: dict[str, Any] = {}

        def tell(what: str, done: int, total: int | None) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=None)
            bars.update(tasks[what], completed=done, total=max(total, done) if total else None)

        yield tell


def table(columns: list[str], rows: list[list[str]], one_line: bool = False) -> None:
    """Print a table on standard output; with `one_line` a row that is too wide has its last cell cut, not wrapped."""
    shown = Table(box=None, pad_edge=False, header_style="bold")
    widths = [min(NARROW, max(map(cell_len, cells))) for cells in zip(columns, *rows, strict=True)][:-1]
    left = max(20, out.width - sum(widths) - 2 * len(widths))
    for place, column in enumerate(columns):
        width = (widths[place] if place < len(widths) else left) if one_line else None
        shown.add_column(column, no_wrap=one_line, overflow="ellipsis" if one_line else "fold", width=width)
    for row in rows:
        shown.add_row(*(Text(visible(cell)) for cell in row))
    out.print(shown)


def shown(recognised: Sequence[Recognised], comments: Sequence[Comment | str]) -> None:
    """Print what a preview found: how fields were recognised, and the first comments."""
    if recognised:
        table(["field", "from", "because"], [[r.field, r.column or "–", r.why] for r in recognised])
        sys.stdout.write("\n")
    rows = []
    for one in comments:
        if isinstance(one, Comment):
            text = " ".join(one.text.split())
            rows.append([one.key[:24], f"{one.created_at:%Y-%m-%d %H:%M}", one.author or "–", text[:90]])
        else:
            rows.append(["refused", "", "", one])
    if rows:
        table(["key", "created at (UTC)", "author", "text"], rows, one_line=True)
    else:
        say("There is nothing to pull at the moment.")
