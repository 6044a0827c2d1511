"""Routes for watching the sources: what is wrong, whom it was told, and what a person accepts."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, Field
from starlette.responses import Response

from curation.actions import watching
from curation.api import answers
from curation.api.auth import Caller, TheStore

router = APIRouter()


@router.post("/watch", summary="Look at every source; answers with what nobody was told of yet")
def watch(store: TheStore, who: Caller) -> Response:
    """A row: id, source, kind, why, raised_at, cleared_at."""
    return answers.json(watching.watch(store, who))


@router.post("/alerts/told", summary="Remember that people were told")
def told(store: TheStore, who: Caller, ids: Annotated[list[int], Field(max_length=10_000)]) -> Response:
    """By the ids of `/watch`."""
    watching.told(store, who, ids)
    return answers.json({})


class Expiry(BaseModel):
    """`at` null: it does not end."""

    at: AwareDatetime | datetime | None


@router.post("/sources/{source}/expires", summary="Keep when a source's token ends")
def expires(store: TheStore, who: Caller, source: str, given: Expiry) -> Response:
    """A week before, it is an alert."""
    watching.expires(store, who, source, given.at)
    return answers.json({})


@router.post(
    "/sources/{source}/accept/{kind}", summary="Say that a person has seen lost gaps, or changed fields"
)
def accept(store: TheStore, who: Caller, source: str, kind: Literal["gap", "fields"]) -> Response:
    """The alert ends with the next look."""
    return answers.json(watching.accept(store, who, source, kind))
