"""Routes for writers: a draft that is never lost, suggestions, and texts used again."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from curation.actions import drafts, suggesting
from curation.api import answers
from curation.api.auth import Caller, TheStore
from curation.api.reading import Comment
from curation.api.replying import AwareOf, known

router = APIRouter()


@router.get("/comments/{comment}/draft", summary="One's own draft, and who else answers")
def opened(store: TheStore, who: Caller, comment: Comment) -> Response:
    """`draft` (null: none yet), `others`, `digest` of the thread, `obstacles` to sending, `needs` (approvals), `because` and `rules`.

    `replies` of the thread, whether they are `changeable`, `changes` of them that are not done; `model` that can be asked (null: none); `who` one is, what one `may`, and `at`: the time now.
    """
    return answers.json(drafts.opened(store, who, comment))


class Saved(BaseModel):
    """`version`: of the draft as it was seen, 0 for none. `aware_of`: the replies of others that were seen. `suggestion`: the
    text it began with, where one was suggested."""

    text: str
    version: int = Field(ge=0)
    aware_of: AwareOf = ()
    suggestion: str | None = None


@router.put("/comments/{comment}/draft", summary="Save one's draft")
def save(store: TheStore, who: Caller, comment: Comment, given: Saved) -> Response:
    """409 where it changed on another device, or where others answer too: `current` has every text, and this one is kept."""
    found = drafts.save(
        store, who, comment, given.text, given.version, known(given.aware_of), given.suggestion
    )
    return answers.json(found)


@router.get("/comments/{comment}/draft/texts", summary="Every text one wrote in answer to a comment")
def texts(
    store: TheStore, who: Caller, comment: Comment, limit: Annotated[int, Query(ge=1, le=1_000)] = 100
) -> Response:
    """Newest first; those without a `marker` were refused, and put aside."""
    return answers.json(drafts.texts(store, who, comment, limit))


@router.get("/comments/{comment}/suggestions", summary="The team's own answers to similar comments")
def suggestions(store: TheStore, who: Caller, comment: Comment) -> Response:
    """Up to five, the most alike first, each with `score`, and `comment`: the one it answered."""
    return answers.json(suggesting.suggested(store, who, comment))


@router.post("/comments/{comment}/suggestions", summary="Have the configured model suggest an answer")
def written(store: TheStore, who: Caller, comment: Comment) -> Response:
    """One, with `model`: the name of who wrote it. The comment and similar ones with their answers leave this machine, personal data masked, and it is noted who asked.

    422 where no model is configured, 502 where it refuses, 503 where it has no time or says nothing.
    """
    return answers.json(suggesting.written(store, who, comment))


@router.get("/canned", summary="Canned replies, the most used first")
def canned(store: TheStore, who: Caller, language: str | None = None, topic: str | None = None) -> Response:
    """`topic` asks for those that fit it: its own, its parent's, and those of no topic."""
    return answers.json(drafts.canned_replies(store, who, language, topic))


class Canned(BaseModel):
    """`text` may name {author}, {order}, {member} and {source}. `version`: as it was seen, 0 for a new one."""

    text: str
    topic: str = Field(default="", max_length=200)
    version: int = Field(default=0, ge=0)


@router.put("/canned/{key}/{language}", summary="Save a canned reply")
def save_canned(store: TheStore, who: Caller, key: str, language: str, given: Canned) -> Response:
    """422 for a variable there is not, 409 where it was changed since."""
    found = drafts.save_canned(store, who, key, language, given.text, given.topic, given.version)
    return answers.json(found)


@router.delete("/canned/{key}/{language}", summary="Delete a canned reply")
def delete_canned(store: TheStore, who: Caller, key: str, language: str, version: int) -> Response:
    """409 where it was changed since."""
    drafts.delete_canned(store, who, key, language, version)
    return Response(status_code=204)


class Use(BaseModel):
    """`language`: by default the comment's own."""

    language: str | None = None


class Tried(BaseModel):
    """A text that may become a canned reply."""

    text: str


@router.post("/comments/{comment}/canned", summary="Try a text as a canned reply for a comment")
def try_canned(store: TheStore, who: Caller, comment: Comment, given: Tried) -> Response:
    """`text` filled in, and the variables that are `missing`. Nothing is kept or counted."""
    return answers.json(drafts.try_canned(store, who, given.text, comment))


@router.post("/comments/{comment}/canned/{key}", summary="Fill in a canned reply for a comment")
def use_canned(store: TheStore, who: Caller, comment: Comment, key: str, given: Use) -> Response:
    """`text`, and the variables that are `missing`. Counts as a use."""
    return answers.json(drafts.use_canned(store, who, key, comment, given.language))
