"""Routes for what the tagger learns from, how good it is, and which model is in force."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.responses import Response, StreamingResponse

from curation import arrow
from curation.actions import learning, measuring
from curation.api import answers
from curation.api.answers import MEDIA
from curation.api.auth import Caller, TheStore

router = APIRouter()

Limit = Annotated[int, Query(ge=1, le=100_000)]


@router.get("/judgements", summary="What people said of tags, and what the tagger had said")
def judged(store: TheStore, who: Caller, limit: Limit = 10_000) -> Response:
    """An Arrow stream, newest first; only of texts that are still as they were judged."""
    table = learning.judged(store, who, limit)
    return StreamingResponse(arrow.stream(table.to_batches(), table.schema), media_type=MEDIA["arrow"])


@router.get("/judgements/untouched", summary="A sample of tagged comments that nobody judged")
def untouched(store: TheStore, who: Caller, limit: Limit = 1_000) -> Response:
    """An Arrow stream of comments with their tags."""
    table = learning.untouched(store, who, limit)
    return StreamingResponse(arrow.stream(table.to_batches(), table.schema), media_type=MEDIA["arrow"])


@router.get("/quality", summary="How often the tagger was right where people looked")
def quality(store: TheStore, who: Caller) -> Response:
    """By head, label, language, source and month, each rate as [share, low, high] of its 95 % interval."""
    return answers.json(measuring.quality(store, who))


@router.get("/quality/next", summary="Comments worth judging next: uncertain ones, and a fair sample")
def worth_judging(
    store: TheStore, who: Caller, limit: Annotated[int, Query(ge=1, le=1_000)] = 20
) -> Response:
    """Half of them the tagger is unsure of, spread over sources and languages; half are drawn by chance."""
    return answers.json(measuring.worth_judging(store, who, limit))


@router.get("/models", summary="The models made of the team's corrections, and which is in force")
def models(store: TheStore, who: Caller) -> Response:
    """Newest first, each with what it changed on judgements held out."""
    return answers.json(learning.listed(store, who))


class Choice(BaseModel):
    """`name`: a model's number, or "shipped"."""

    name: str = Field(min_length=1, max_length=40)


@router.post("/models/use", summary="Tag with this model from now on")
def use(store: TheStore, who: Caller, choice: Choice) -> Response:
    """Every comment is tagged anew by the next tag run. Answers like GET /models."""
    return answers.json(learning.use(store, who, choice.name))


@router.post("/models/rollback", summary="Go back to the model in force before")
def rollback(store: TheStore, who: Caller) -> Response:
    """404 where there was none."""
    return answers.json(learning.rollback(store, who))
