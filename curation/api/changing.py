"""Routes for replies that were sent: have one changed or taken away, and what the sender does about it."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path
from pydantic import Field
from starlette.responses import Response

from curation.actions import answering, changing
from curation.api import answers
from curation.api.auth import Caller, TheStore
from curation.api.replying import Version

router = APIRouter()


class Change(Version):
    """`text` in the place of the reply's own; null takes it away."""

    text: str | None = Field(max_length=answering.LONGEST)


@router.post("/replies/{marker}/change", summary="Change a sent reply on its channel, or take it away")
def change(store: TheStore, who: Caller, marker: str, given: Change) -> Response:
    """422 where the channel does not allow it, or a new text would need approval; 409 where the reply moved on."""
    return answers.json(changing.change(store, who, marker, given.version, given.text))


@router.get("/outbox/changes", summary="What is to be changed on its channel")
def due(store: TheStore, who: Caller, source: str | None = None) -> Response:
    """Each with the comment `to`, the reply's `receipt_key`, and its new `text`, null to take it away."""
    return answers.json(changing.due(store, who, source))


class Made(Version):
    """`after`: seconds until it is tried again."""

    state: Literal["done", "failed", "queued"]
    why: str | None = None
    after: float = Field(default=0, ge=0, le=30 * 86_400)


@router.post("/outbox/changes/{id}/finish", summary="Write down what became of a change")
def finish(store: TheStore, who: Caller, id: Annotated[int, Path(ge=0, lt=2**63)], given: Made) -> Response:
    """409 where another sender saw to it."""
    return answers.json(changing.finish(store, who, id, given.version, given.state, given.why, given.after))
