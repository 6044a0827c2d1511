"""Routes for what needs a member: the list, what was seen, how to be told by mail, and the letters, for flows."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, Field
from starlette.responses import Response

from curation.actions import notices
from curation.actions.notices import Language, Way
from curation.api import answers
from curation.api.auth import Caller, TheStore
from curation.store.filters import utc

router = APIRouter()

Keys = Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=1_000)]


@router.get("/notices", summary="What needs oneself: mentions, reviews, replies not sent, claims, threads")
def listed(store: TheStore, who: Caller) -> Response:
    """Newest first; each with its `kind`, and whether it was `seen`."""
    return answers.json(notices.listed(store, who))


@router.post("/notices/seen", summary="Remember that one has seen these")
def seen(store: TheStore, who: Caller, keys: Keys) -> Response:
    """By the keys of `/notices`; they stay in the list until they are done."""
    return answers.json({"seen": notices.seen(store, who, keys)})


@router.get("/notices/mail", summary="How one wishes to be told by mail")
def choice(store: TheStore, who: Caller) -> Response:
    """`way`: off, once (at once) or daily. `possible`: whether a mail server is configured."""
    return answers.json(notices.choice(store, who))


class Choice(BaseModel):
    """`version`: as it was seen, 0 for the first time."""

    way: Way
    email: str = Field(default="", max_length=254)
    language: Language = "en"
    version: int = Field(default=0, ge=0)


@router.put("/notices/mail", summary="Choose how to be told by mail")
def choose(store: TheStore, who: Caller, given: Choice) -> Response:
    """409 where it was changed since."""
    return answers.json(notices.choose(store, who, given.way, given.email, given.language, given.version))


@router.post("/notices/take", summary="The letters to be sent now; what is in them counts as told")
def take(store: TheStore, who: Caller) -> Response:
    """Each with `who`, `email`, `language`, `notices`, and `before` for `/notices/give-back`."""
    return answers.json(notices.take(store, who))


class Back(BaseModel):
    """A letter that certainly did not leave, by its `who` as `member`, its `before` and the keys of its notices."""

    member: str = Field(max_length=254)
    keys: Keys
    before: AwareDatetime | datetime | None = None


@router.post("/notices/give-back", summary="Take back that a member was told")
def give_back(store: TheStore, who: Caller, given: Back) -> Response:
    """They are told with the next letter."""
    notices.give_back(store, who, given.member, given.keys, utc(given.before))
    return answers.json({})
