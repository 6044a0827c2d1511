"""Routes for the topics a team owns: look, change, see a change before it is made; and for themes no topic covers yet."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.responses import Response, StreamingResponse

from curation import arrow
from curation.actions import taxonomy, themes
from curation.actions.editing import Edit
from curation.actions.themes import Look
from curation.api import answers
from curation.api.answers import MEDIA
from curation.api.auth import Caller, TheStore
from curation.errors import Invalid

router = APIRouter()


@router.get("/taxonomy", summary="The topics comments are tagged with, and their version")
def current(store: TheStore, who: Caller) -> Response:
    """`topics` as a taxonomy file has them, `archived` ones apart."""
    return answers.json(taxonomy.current(store, who))


@router.get("/taxonomy/changes", summary="Who changed the topics, and when")
def changes(
    store: TheStore, who: Caller, before: int | None = None, limit: Annotated[int, Query(ge=1, le=1000)] = 100
) -> Response:
    """Newest first."""
    return answers.json(taxonomy.changes(store, who, before, limit))


@router.post("/taxonomy", summary="Add, edit, merge, split, move or archive topics, or undo that")
def edit(
    store: TheStore, who: Caller, wanted: Edit, dry_run: bool = False, based_on: int | None = None
) -> Response:
    """How many comments change, by source, with examples; `dry_run` changes nothing. 409 where it moved on from `based_on`."""
    return answers.json(taxonomy.edit(store, who, wanted, dry_run, based_on))


@router.get("/themes", summary="What people talk about that no topic covers, and texts that many post")
def found(store: TheStore, who: Caller) -> Response:
    """What was found last: size, weeks, words, phrases and quotes of each; `made_at` null before the first look."""
    return answers.json(themes.found(store, who))


@router.post("/themes", summary="Keep what a look for themes found")
def save(store: TheStore, who: Caller, look: Look) -> Response:
    """What the themes flow calls."""
    themes.save(store, who, look)
    return answers.json({})


class Adoption(BaseModel):
    """`theme`: the id of one that was found last."""

    theme: str = Field(max_length=200)


@router.post("/themes/adopt", summary="Make a topic of a theme")
def adopt(store: TheStore, who: Caller, wanted: Adoption, dry_run: bool = False) -> Response:
    """Answers like POST /taxonomy, with the new topic's `id`."""
    return answers.json(themes.adopt(store, who, wanted.theme, dry_run))


@router.get("/comments/recent", summary="Customers' comments of late, to look for themes in")
def recent(
    store: TheStore, who: Caller, since: datetime, limit: Annotated[int, Query(ge=1, le=100_000)] = 50_000
) -> Response:
    """An Arrow stream, newest first."""
    try:
        after = (since if since.tzinfo else since.replace(tzinfo=UTC)).astimezone(UTC).replace(tzinfo=None)
    except OverflowError as error:
        raise Invalid(f"No calendar has the time {since} in UTC.") from error
    table = themes.recent(store, who, after, limit)
    return StreamingResponse(arrow.stream(table.to_batches(), table.schema), media_type=MEDIA["arrow"])
