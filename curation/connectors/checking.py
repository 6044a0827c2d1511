"""What a channel would not take of a reply, found before it is sent: for the person who writes it, and again at sending."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from curation.models import Comment, Rules, length


@dataclass(frozen=True, slots=True)
class Problem:
    """`kind` for programs, `why` for people."""

    kind: Literal["empty", "long", "late", "deleted"]
    why: str


def problems(rules: Rules, text: str, to: Comment, at: datetime, deleted: bool = False) -> list[Problem]:
    """Return what stands in the way of replying with `text` at the time `at` (aware)."""
    found = []
    if not text.strip():
        found.append(Problem("empty", "There is no text yet."))
    if rules.longest is not None:
        size = length(rules.mention + text, rules.unit)
        if size > rules.longest:
            found.append(
                Problem(
                    "long",
                    f"{size:,} {rules.unit}, and the channel takes {rules.longest:,}. Take out {size - rules.longest:,}.",
                )
            )
    if rules.window is not None and at > to.created_at + rules.window:
        end = to.created_at + rules.window
        found.append(
            Problem("late", f"The channel took replies until {end:%Y-%m-%d %H:%M} UTC. Answer another way.")
        )
    if deleted:
        found.append(
            Problem("deleted", "The comment is gone from its channel; a reply may have nowhere to go.")
        )
    return found
