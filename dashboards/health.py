"""How a source is, in words: rules over the rows of `actions.sources.listed`, without I/O."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from croniter import croniter

from curation.connectors import PUSHED
from dashboards.speech import Speech

Row = dict[str, Any]
Kind = Literal["alarm", "notice", "well", "idle"]

OVERDUE_AFTER = 3
"""A source is overdue once so many of its runs are missing."""
WORST = ("failing", "expires", "drop", "silent", "reply", "refusals", "gap", "fields")
MILD = ("gap", "fields")
"""What a person should have seen, and need not mend at once."""


@dataclass(frozen=True, slots=True)
class Health:
    """A word to see at a glance, and the sentence behind it."""

    kind: Kind
    word: str
    why: str


def health(say: Speech, source: Row, at: datetime) -> Health:
    """Judge a source at the time `at` (aware). The first thing that needs a person is what is said."""
    _ = say.text
    if not source["configured"] and source["last_pull"] is None:
        return Health(
            "idle",
            _("Fed by hand"),
            _("Nothing is pulled: its comments are entered, or sent in by another program."),
        )
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
    pushed = source.get("connector") in PUSHED
    if pushed and not source["comments"]:
        return Health("idle", _("Waiting for a first delivery"), _("The other service sends to it."))
    if source["last_pull"] is None and not pushed:
        return Health("idle", _("Waiting for its first pull"), _("It is pulled at the next run."))
    if not pushed and overdue(source, at):
        why = _("The last pull was {when}, and runs are missing since. Is the flow runner running?")
        return Health("alarm", _("Overdue"), why.format(when=say.ago(source["last_pull"])))
    if source["silent"]:
        why = _("It answers, but the last new comment came {when}; it usually speaks more often.")
        return Health("alarm", _("Silent"), why.format(when=say.ago(source["last_new"])))
    alerts = open_alerts(source)
    if alerts and alerts[0]["kind"] not in MILD:
        return Health("alarm", about(say, alerts[0]["kind"]).word, "")
    if not source["comments"]:
        return Health(
            "alarm", _("Returns nothing"), _("It was pulled and gave no comment. Check its settings.")
        )
    if alerts:
        return Health("notice", about(say, alerts[0]["kind"]).word, "")
    return Health("well", _("Well"), "")


@dataclass(frozen=True, slots=True)
class About:
    """What an alert of a kind is called, and what to do about it on the page."""

    word: str
    advice: str


def about(say: Speech, kind: str) -> About:
    """Name a kind of alert."""
    _ = say.text
    known = {
        "failing": About(
            _("Failing"), _("Look at its last runs below; mend its settings or its secret, then run it.")
        ),
        "expires": About(
            _("Its token ends soon"), _("Make a new token on the channel and store it before that day.")
        ),
        "drop": About(_("Far fewer comments"), _("Open its comments below, and look at the channel itself.")),
        "silent": About(
            _("Silent"), _("Look at the channel itself. If there is something new, check its token’s rights.")
        ),
        "reply": About(
            _("Replies could not be sent"), _("Open the comments, mend the replies and send them again.")
        ),
        "refusals": About(
            _("Many records are refused"), _("Read the reasons below; once mended, try them again.")
        ),
        "gap": About(
            _("Something was missed"),
            _("See below what. If nothing can bring it back, press “I have seen it”."),
        ),
        "fields": About(
            _("The channel’s answers changed"),
            _("Look at a few new comments. If they are whole, press “I have seen it”."),
        ),
    }
    return known.get(kind, About(_("Needs a look"), _("Read what it says, and look at the last runs.")))


def open_alerts(source: Row) -> list[Row]:
    """Return a source's alerts, the worst first, without those that its own state shows to be over already."""
    rank = {kind: n for n, kind in enumerate(WORST)}
    good, new = source.get("last_good_pull"), source.get("last_new")
    found = [
        one
        for one in source.get("alerts", ())
        if not (one["kind"] == "failing" and not source["error"] and good and good > one["raised_at"])
        and not (one["kind"] == "silent" and not source["silent"] and new and new > one["raised_at"])
    ]
    return sorted(found, key=lambda one: rank.get(one["kind"], 0))


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
