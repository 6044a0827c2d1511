"""Routes for people and integrations: read, filter, export, triage."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field
from starlette.responses import Response, StreamingResponse

from curation.actions import comments, explaining, sources
from curation.api import answers
from curation.api.answers import MEDIA, Format
from curation.api.auth import Caller, TheStore
from curation.errors import Invalid
from curation.store.filters import Filter

router = APIRouter()


def wanted(
    source: Annotated[list[str], Query()] = [],  # noqa: B006 - FastAPI copies it
    language: Annotated[list[str], Query()] = [],  # noqa: B006
    sentiment: Annotated[list[str], Query()] = [],  # noqa: B006
    topic: Annotated[list[str], Query()] = [],  # noqa: B006
    status: Annotated[list[str], Query()] = [],  # noqa: B006
    intent: Annotated[list[str], Query()] = [],  # noqa: B006
    urgency: Annotated[list[str], Query()] = [],  # noqa: B006
    unsure: Annotated[list[str], Query()] = [],  # noqa: B006
    since: str | None = None,
    until: str | None = None,
    person: str | None = None,
    q: Annotated[str, Query(max_length=10_000)] = "",
    deleted: bool = False,
) -> Filter:
    """Read a filter from the address; a repeated name means any of its values."""
    return Filter(
        sources=tuple(source),
        languages=tuple(language),
        sentiments=tuple(sentiment),
        topics=tuple(topic),
        statuses=tuple(status),
        intents=tuple(intent),
        urgencies=tuple(urgency),
        unsure=tuple(unsure),
        since=when(since),
        until=when(until),
        person=None if person is None else number(person),
        query=q,
        deleted=deleted,
    )


def when(text: str | None) -> datetime | date | None:
    """Read a day, or a time, as ISO 8601 writes it. Raises Invalid."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise Invalid(f"A date is written 2026-11-23, a time 2026-11-23T08:00Z; not {text[:40]!r}.") from None


Wanted = Annotated[Filter, Depends(wanted)]


def number(text: str) -> int:
    """Read a 64-bit number that travels as text. Raises Invalid."""
    if not text.removeprefix("-").isdecimal() or len(text) > 20 or not -(2**63) <= int(text) < 2**63:
        raise Invalid(f"{text[:40]!r} is not a number this API gave out.")
    return int(text)


Comment = Annotated[int, Field(ge=0, lt=2**63)]


@router.get("/comments", summary="List comments, newest first")
def list_comments(
    store: TheStore, who: Caller, wanted: Wanted, before: str | None = None, limit: int = 50
) -> Response:
    """`next` is the `before` of the next page, or null at the end; `states`: of the threads that somebody touched. Times are UTC."""
    rows = comments.page(store, who, wanted, None if before is None else number(before), limit)
    following = rows[-1]["rank"] if len(rows) == limit else None
    return answers.json({"comments": rows, "next": following, "states": comments.states(store, who, rows)})


@router.get("/comments/count", summary="Count comments and distinct people")
def count_comments(store: TheStore, who: Caller, wanted: Wanted) -> Response:
    """A person is (source, author key)."""
    return answers.json(comments.count(store, who, wanted))


@router.get("/comments/find", summary="Find a comment by the channel's own key")
def find_comment(store: TheStore, who: Caller, source: str, key: str) -> Response:
    """404 where there is none."""
    return answers.json(comments.find(store, who, source, key))


@router.get("/comments/{comment}", summary="One comment with thread, history and provenance")
def open_comment(store: TheStore, who: Caller, comment: Comment) -> Response:
    """`thread_comments` oldest first, `versions`, `tags` (who says so, since when), `state` of the thread."""
    return answers.json(comments.opened(store, who, comment))


@router.get("/comments/{comment}/raw", summary="The payload a comment came from, as received")
def raw(store: TheStore, who: Caller, comment: Comment) -> Response:
    """404 where retention has forgotten it."""
    return answers.json(comments.raw(store, who, comment))


@router.get("/comments/{comment}/explanation", summary="The words that weighed most for each tag")
def explanation(store: TheStore, who: Caller, comment: Comment) -> Response:
    """By tag: `weights` with `part`, `start`, `end` (characters), `words` and `weight`. The first answer takes a second."""
    return answers.json({"tags": explaining.explained(store, who, comment)})


class Correction(BaseModel):
    """`name`: language, sentiment, topic, intent or urgency. `holds` false takes a topic away; an empty value takes a correction back."""

    name: str
    value: str = Field(max_length=200)
    holds: bool = True


@router.post("/comments/{comment}/tags", summary="Put a person's tag over the tagger's")
def correct(store: TheStore, who: Caller, comment: Comment, correction: Correction) -> Response:
    """Answers with what holds now: language, sentiment, topics, intent, urgency, unsure."""
    return answers.json(
        comments.correct(store, who, comment, correction.name, correction.value, correction.holds)
    )


@router.post("/comments/{comment}/confirm", summary="Say that every tag of a comment is right")
def confirm(store: TheStore, who: Caller, comment: Comment) -> Response:
    """What the tagger learns from most: what is right, not only what is wrong. Answers with what holds."""
    return answers.json(comments.confirm(store, who, comment))


@router.delete("/comments/{comment}/confirm", summary="Take a confirmation back")
def unconfirm(store: TheStore, who: Caller, comment: Comment) -> Response:
    """Corrections made before or since stay. Answers with what holds."""
    return answers.json(comments.confirm(store, who, comment, right=False))


class Move(BaseModel):
    """`version`: the thread's `state.version` the decision was based on; 409 where it moved on since."""

    status: str
    version: int | None = None


@router.post("/comments/{comment}/status", summary="Move a comment's thread to a status")
def set_status(store: TheStore, who: Caller, comment: Comment, move: Move) -> Response:
    """Answers with the thread's new state."""
    return answers.json(comments.set_status(store, who, comment, move.status, move.version))


@router.get("/overview", summary="Counts by time, sentiment, topic, source, language, status")
def overview(store: TheStore, who: Caller, wanted: Wanted, step: str = "week") -> Response:
    """Each in comments and in distinct people; `step` is day, week or month."""
    return answers.json(comments.overview_of(store, who, wanted, step))


@router.get("/export", summary="Every comment of a filter, with no cap")
def export(
    store: TheStore,
    who: Caller,
    wanted: Wanted,
    format: Format = "jsonl",
    limit: Annotated[int | None, Query(ge=0, lt=2**63)] = None,
) -> Response:
    """Streams CSV (formulas neutralised), JSON lines, Parquet or Arrow, newest first."""
    reader = comments.export(store, who, wanted, limit)
    headers = {"content-disposition": f"attachment; filename=comments.{format}"}
    return StreamingResponse(answers.exported(reader, format), 200, headers, MEDIA[format])


@router.get("/sources", summary="Sources with schedule and state")
def list_sources(store: TheStore, who: Caller) -> Response:
    """`silent` says for how long a source that usually speaks has been silent, or null."""
    return answers.json(sources.listed(store, who))


@router.get("/sources/{source}/refused", summary="Refused records with payload and reason")
def refused(
    store: TheStore,
    who: Caller,
    source: str,
    after: str = "0",
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> Response:
    """A record's `next` is the `after` of the page behind it."""
    return answers.json(sources.refused(store, who, source, after, limit))


@router.get("/runs", summary="What pulls, tagging and upkeep did")
def runs(
    store: TheStore,
    who: Caller,
    source: str | None = None,
    stage: str | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 20,
) -> Response:
    """Newest first."""
    return answers.json(sources.runs(store, who, source, stage, limit))


class Plan(BaseModel):
    """What is left out stays."""

    cron: str | None = None
    timezone: str | None = None
    paused: bool | None = None


@router.post("/sources/{source}/schedule", summary="Change a source's schedule in tribune.toml")
def schedule(store: TheStore, who: Caller, source: str, plan: Plan) -> Response:
    """422 where cron or time zone are not valid; the file is then as it was."""
    return answers.json(sources.schedule(store, who, source, plan.model_dump(exclude_none=True)))
