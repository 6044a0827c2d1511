"""What a crisis was, from the first complaint to the last answer: for its page while it goes on, and as a report at its end."""

from datetime import datetime, timedelta
from typing import Any

from curation.actions import crises as rooms
from curation.actions import needs, taxonomy
from curation.models import Who
from curation.store import Store, affected, crises
from curation.store.connection import now

Row = dict[str, Any]

AHEAD = timedelta(days=1)
"""So much of the time before is shown, to compare with."""
USUAL = timedelta(weeks=4)
AFTER = timedelta(weeks=1)
HOURLY = timedelta(days=4)


@needs("read")
def timeline(store: Store, who: Who, id: int) -> Row:
    """Return a room's time by `step` (hour, or day where it lasts): `comments` (at, sentiment, comments) and `answers` (at, answers)."""
    room = crises.get(store, id)
    since, until = room["since"] - AHEAD, _end(room)
    step = "hour" if until - since <= HOURLY else "day"
    return {
        "step": step,
        "comments": affected.over_time(store, room, since, until, step),
        "answers": affected.sent(store, id, step),
    }


def _end(room: Row) -> datetime:
    end: datetime = room["closed_at"] or now()
    return end


@needs("read")
def report(store: Store, who: Who, id: int) -> Row:
    """Return the whole of a room in figures: the room as `actions.crises.room` has it, its `subject` by language, `timeline`, `marks`, `lasted` and `moods`.

    `marks`: when it began, was noticed, had a statement agreed, a first answer, was closed. `lasted` (seconds): from notice to
    statement and to first answer, None where there is none. `moods`: comments of its sources on whatever subject, and those negative: usual (four weeks before), during (until the first answer) and after (from then on, at most a week beyond the end).
    """
    room = rooms.room(store, who, id)
    statement = room["statement"]
    found = affected.marks(store, id)
    marks = {
        "began_at": found["began_at"],
        "noticed_at": room["opened_at"],
        "agreed_at": statement and statement["agreed_at"],
        "first_answer_at": found["first_answer_at"],
        "closed_at": room["closed_at"],
    }
    turned = marks["first_answer_at"] or _end(room)
    since = room["since"]
    return {
        **room,
        "subject": _subject(store, who, room),
        "timeline": timeline(store, who, id),
        "marks": marks,
        "lasted": {
            "to_statement": _seconds(marks["noticed_at"], marks["agreed_at"]),
            "to_first_answer": _seconds(marks["noticed_at"], marks["first_answer_at"]),
        },
        "moods": {
            "usual": affected.mood(store, room, since - USUAL, since),
            "during": affected.mood(store, room, since, turned),
            "after": affected.mood(store, room, turned, min(_end(room) + AFTER, now())),
        },
        "made_at": now(),
    }


def _subject(store: Store, who: Who, room: Row) -> Row:
    """Name what a room is about, by language: its title, or its topics."""
    topics = room["scope"].get("topics", ())
    names = {one["id"]: one["name"] for one in taxonomy.current(store, who)["topics"]}
    return {
        code: room["title"] or ", ".join(names.get(id, {}).get(code, id) for id in topics)
        for code in rooms.LANGUAGES
    }


def _seconds(start: datetime, end: datetime | None) -> float | None:
    return None if end is None else max(0.0, (end - start).total_seconds())
