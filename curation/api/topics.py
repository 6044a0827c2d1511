"""Routes for the topics a team owns: look, change, see a change before it is made."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from curation.actions import taxonomy
from curation.actions.editing import Edit
from curation.api import answers
from curation.api.auth import Caller, TheStore

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
