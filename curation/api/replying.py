"""Routes for answers: check one while it is written, send it, take it back; and the outbox, for senders."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from curation.actions import answering, replies
from curation.api import answers
from curation.api.auth import Caller, TheStore
from curation.api.reading import Comment

router = APIRouter()


class Aware(BaseModel):
    """Somebody else's reply that was seen, as it was at `version`."""

    marker: str = Field(max_length=26)
    version: int


AwareOf = Annotated[tuple[Aware, ...], Field(max_length=1_000)]


def known(aware_of: Iterable[Aware]) -> dict[str, int]:
    """Return which replies of others were seen, by marker their version."""
    return {one.marker: one.version for one in aware_of}


class Draft(BaseModel):
    """`marker` names a reply for good: send it again with the same, and it is still one reply."""

    text: str = Field(max_length=answering.LONGEST)
    marker: str | None = None


class Answer(Draft):
    """`aware_of`: the replies of others to this thread that were seen."""

    aware_of: AwareOf = ()


class Elsewhere(Draft):
    """An answer given on another way: `via` such as "phone", `url` where it can be seen."""

    via: str = Field(max_length=60)
    url: str | None = Field(default=None, max_length=2_000, pattern="^https?://")


class Version(BaseModel):
    """The reply's `version` the decision was based on; 409 where it moved on since."""

    version: int


@router.post(
    "/comments/{comment}/replies/check",
    summary="What the channel asks of a reply, and what stands in its way",
)
def check(store: TheStore, who: Caller, comment: Comment, draft: Draft) -> Response:
    """`rules`, `length`, `left` and `problems`; nothing is kept."""
    return answers.json(replies.check(store, who, comment, draft.text))


@router.post("/comments/{comment}/replies", summary="Answer a comment on its channel")
def write(store: TheStore, who: Caller, comment: Comment, draft: Answer) -> Response:
    """Queued, and sent once the undo window is over. The same marker again answers with the same reply.

    409 where others answer too: `current.others` has their texts. 422 where it needs approval: save it as a draft instead.
    """
    found = replies.write(store, who, comment, draft.text, draft.marker, known(draft.aware_of))
    return answers.json(found, 201)


@router.post(
    "/comments/{comment}/replies/elsewhere", summary="Record an answer that was given on another way"
)
def elsewhere(store: TheStore, who: Caller, comment: Comment, draft: Elsewhere) -> Response:
    """Shown in the thread; nothing is sent."""
    found = replies.elsewhere(store, who, comment, draft.text, draft.via, draft.marker, draft.url)
    return answers.json(found, 201)


@router.get("/replies", summary="Replies with their state, newest first")
def listed(
    store: TheStore,
    who: Caller,
    comment: int | None = None,
    state: Annotated[list[str] | None, Query()] = None,
    source: str | None = None,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
    writer: str | None = None,
    before: Annotated[str | None, Query(max_length=26)] = None,
) -> Response:
    """`comment` asks for those of its thread. `before`: the marker that a page goes on from."""
    return answers.json(replies.listed(store, who, comment, state, source, limit, writer, before))


@router.get("/replies/writers", summary="Who ever wrote a reply")
def writers(store: TheStore, who: Caller) -> Response:
    """Names, in their order."""
    return answers.json(replies.writers(store, who))


@router.get("/replies/{marker}", summary="One reply with its state")
def one(store: TheStore, who: Caller, marker: str) -> Response:
    """404 where there is none."""
    return answers.json(replies.one(store, who, marker))


@router.post("/replies/{marker}/withdraw", summary="Take back a reply that has not left")
def withdraw(store: TheStore, who: Caller, marker: str, given: Version) -> Response:
    """409 where it is on its way. Of a reply that nobody is sure of, it ends the search."""
    return answers.json(replies.withdraw(store, who, marker, given.version))


class Seen(Version):
    """`arrived`: whether the reply is on its channel; `url`: where it can be seen."""

    arrived: bool
    url: str | None = Field(default=None, max_length=2_000, pattern="^https?://")


@router.post("/replies/{marker}/settle", summary="Say whether a reply arrived that nobody is sure of")
def settle(store: TheStore, who: Caller, marker: str, given: Seen) -> Response:
    """422 where it is too early to say that it did not."""
    return answers.json(replies.settle(store, who, marker, given.version, given.arrived, given.url))


@router.post("/replies/{marker}/again", summary="Queue a reply again that failed")
def again(store: TheStore, who: Caller, marker: str, given: Version) -> Response:
    """What nobody is sure of is not sent again: it is looked for."""
    return answers.json(replies.again(store, who, marker, given.version))


@router.get("/outbox", summary="What is to be sent and what is to be looked for")
def outbox(store: TheStore, who: Caller, source: str | None = None) -> Response:
    """Each with the comment `to` that it answers."""
    return answers.json(replies.due(store, who, source))


@router.post("/outbox/{marker}/begin", summary="Write down that a reply is about to leave")
def begin(store: TheStore, who: Caller, marker: str, given: Version) -> Response:
    """409 where another sender has it, or where its approval holds no more."""
    return answers.json(replies.begin(store, who, marker, given.version))


class Outcome(Version):
    """`after`: seconds until it is due again. `key`, `url`, `sent_at`: the receipt."""

    state: Literal["sent", "failed", "unknown", "queued"]
    why: str | None = None
    after: float = Field(default=0, ge=0, le=30 * 86_400)
    key: str | None = Field(default=None, max_length=2_000)
    url: str | None = Field(default=None, max_length=2_000)
    sent_at: datetime | None = None


@router.post("/outbox/{marker}/finish", summary="Write down what became of a reply")
def finish(store: TheStore, who: Caller, marker: str, given: Outcome) -> Response:
    """409 where it moved on meanwhile."""
    outcome: dict[str, Any] = given.model_dump(exclude={"version", "state"})
    return answers.json(replies.finish(store, who, marker, given.version, given.state, outcome))
