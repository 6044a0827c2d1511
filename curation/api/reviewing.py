"""Routes for review: ask, look, decide, send; and what waits for whom."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.responses import Response

from curation.actions import reviews
from curation.api import answers
from curation.api.auth import Caller, TheStore
from curation.api.replying import AwareOf, Version, known

router = APIRouter()

Digest = Annotated[str, Field(max_length=40)]
"""Stands for the thread as it was seen."""


@router.post("/replies/{marker}/ask", summary="Put one's draft before reviewers")
def ask(store: TheStore, who: Caller, marker: str, given: Version) -> Response:
    """409 where it changed meanwhile."""
    return answers.json(reviews.ask(store, who, marker, given.version))


@router.get("/replies/{marker}/review", summary="All a reviewer looks at")
def dossier(store: TheStore, who: Caller, marker: str) -> Response:
    """`reply`, `previous`, `suggestion`, `texts`, `decisions`, `lines`, `approvers`, `others`, `digest`, `needs`, `because`, `rules`."""
    return answers.json(reviews.dossier(store, who, marker))


class Remark(BaseModel):
    """What is said of one line; the first is 1."""

    line: int = Field(ge=1)
    text: str


class Decision(Version):
    """`version` and `digest`: the reply and the thread as they were seen."""

    digest: Digest
    approve: bool
    why: str | None = None
    lines: tuple[Remark, ...] = ()


@router.post("/replies/{marker}/review", summary="Approve another's text, or ask for changes")
def decide(store: TheStore, who: Caller, marker: str, given: Decision) -> Response:
    """409 where the text or the thread changed since: `current` has them as they are."""
    lines = [(one.line, one.text) for one in given.lines]
    found = reviews.decide(store, who, marker, given.version, given.digest, given.approve, given.why, lines)
    return answers.json(found)


class Leave(Version):
    """`version`, `digest`, `aware_of`: the reply, the thread and the replies of others as they were seen."""

    digest: Digest
    aware_of: AwareOf = ()


@router.post("/replies/{marker}/send", summary="Let a draft leave that needs no approval, or has it")
def send(store: TheStore, who: Caller, marker: str, given: Leave) -> Response:
    """It leaves once the undo window is over. 409 where anything changed since, or where others answer too."""
    found = reviews.send(store, who, marker, given.version, given.digest, known(given.aware_of))
    return answers.json(found)


@router.get("/mine", summary="The replies that wait for oneself")
def mine(store: TheStore, who: Caller) -> Response:
    """Each with its `kind`: review, changes, approved, failed or unknown."""
    return answers.json(reviews.mine(store, who))
