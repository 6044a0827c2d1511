"""How a source is, in words: rules over the rows of `actions.sources.listed`, without I/O."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from croniter import croniter

from dashboards.speech import Speech

Row = dict[str, Any]
Kind = Literal["alarm", "well", "idle"]

OVERDUE_AFTER = 3
"""A source is overdue once so many of its runs are missing."""


@dataclass(frozen=True, slots=True)
class Health:
    """A word to see at a glance, and the sentence behind it."""

    kind: Kind
    word: str
    why: str


def health(say: Speech, source: Row, at: datetime) -> Health:
    """Judge a source at the time `at` (aware). The first thing that needs a person is what is said."""
    _ = say.text
    if not source["configured"]:
        return Health("idle", _("Not configured any more"), _("Its comments stay; nothing new is pulled."))
    if source["paused"]:
        return Health("idle", _("Paused"), _("Nothing is pulled until it is resumed."))
    if source["error"]:
        good = source["last_good_pull"]
        since = (
            _("The last good pull was {when}.").format(when=say.ago(good))
            if good
            else _("No pull has worked yet.")
        )
        return Health("alarm", _("Failing"), since)
    if source["last_pull"] is None:
        return Health("idle", _("Waiting for its first pull"), _("It is pulled at the next run."))
    if overdue(source, at):
        why = _("The last pull was {when}, and runs are missing since. Is the flow runner running?")
        return Health("alarm", _("Overdue"), why.format(when=say.ago(source["last_pull"])))
    if source["silent"]:
        why = _("It answers, but the last new comment came {when}; it usually speaks more often.")
        return Health("alarm", _("Silent"), why.format(when=say.ago(source["last_new"])))
    if not source["comments"]:
        return Health(
            "alarm", _("Returns nothing"), _("It was pulled and gave no comment. Check its settings.")
        )
    return Health("well", _("Well"), "")


def overdue(source: Row, at: datetime) -> bool:
    """Tell whether the last OVERDUE_AFTER runs that were due did not happen."""
    due = croniter(source["cron"], at.astimezone(ZoneInfo(source["timezone"])))
    for _ in range(OVERDUE_AFTER):
        first: datetime = due.get_prev(datetime)
    return bool(source["last_pull"].replace(tzinfo=UTC) < first)


def next_run(source: Row, at: datetime) -> datetime | None:
    """When a source is pulled next, in its own time zone; None where it is not."""
    if not source["configured"] or source["paused"]:
        return None
    following: datetime = croniter(source["cron"], at.astimezone(ZoneInfo(source["timezone"]))).get_next(
        datetime
    )
    return following


def now() -> datetime:
    """The time, aware."""
    return datetime.now(UTC)
