"""Routes for crisis rooms: open one, agree on a statement, answer everybody, close it and say what was learnt."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from curation.actions import crises, crisis_answers, crisis_report
from curation.api import answers
from curation.api.auth import Caller, TheStore
from curation.api.reading import Wanted
from curation.api.replying import Version
from curation.crisis import report as writing

router = APIRouter(prefix="/crises")

Id = Annotated[int, Path(ge=0, lt=2**63)]
Comment = Annotated[int, Field(ge=0, lt=2**63)]


@router.get("", summary="Crisis rooms, open ones first")
def listed(store: TheStore, who: Caller) -> Response:
    """Each with its `progress`: `people`, `comments`, `answered`, and people by `states`."""
    return answers.json(crises.listed(store, who))


class Opened(BaseModel):
    """What the room is called."""

    title: str = Field(max_length=crises.LONGEST_TITLE)


@router.post("", summary="Open a room for the comments of a filter")
def open_room(store: TheStore, who: Caller, wanted: Wanted, given: Opened) -> Response:
    """The filter stands in the address, as that of `/comments`; `since` is when it began, by default a week ago."""
    return answers.json(crises.open_room(store, who, given.title, wanted), 201)


@router.get("/{id}", summary="One room")
def room(store: TheStore, who: Caller, id: Id) -> Response:
    """With `statement`, `progress`, `members` and `deeds`."""
    return answers.json(crises.room(store, who, id))


@router.get("/{id}/people", summary="The people of a room, and how far the answer to each has come")
def people(
    store: TheStore,
    who: Caller,
    id: Id,
    state: Annotated[list[str] | None, Query()] = None,
    before: Annotated[int | None, Query(ge=0, lt=2**63)] = None,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 50,
) -> Response:
    """`state`: that of the reply, or waiting, void or left_out. `before`: the `comment` that a page goes on from."""
    return answers.json(crises.people(store, who, id, state, before, limit))


@router.post("/{id}/members", summary="Work in a room, for others to see")
def join(store: TheStore, who: Caller, id: Id) -> Response:
    """Once or often is the same."""
    crises.join(store, who, id)
    return answers.json({})


@router.delete("/{id}/members", summary="Work in a room no more")
def leave(store: TheStore, who: Caller, id: Id) -> Response:
    """Of oneself only."""
    crises.leave(store, who, id)
    return answers.json({})


class Out(BaseModel):
    """`comment`: any the person wrote; `out` false takes them in again."""

    comment: Comment
    out: bool = True


@router.post("/{id}/leave-out", summary="Leave a person out who is there by mistake")
def leave_out(store: TheStore, who: Caller, id: Id, given: Out) -> Response:
    """Nobody drafts an answer to them from the statement then."""
    crises.leave_out(store, who, id, given.comment, given.out)
    return answers.json({})


class Statement(Version):
    """`version`: as it was seen, 0 for none. `texts`: by language, en and fr."""

    version: int = Field(ge=0, lt=2**31)
    texts: dict[str, str]


@router.put("/{id}/statement", summary="Save the statement")
def save_statement(store: TheStore, who: Caller, id: Id, given: Statement) -> Response:
    """409 where somebody saved another meanwhile. Answers that have not left are withdrawn."""
    return answers.json(crises.save_statement(store, who, id, given.version, given.texts))


class Decision(Version):
    """`version`: of the statement. `why`: what should change."""

    approve: bool
    why: str | None = None


@router.post("/{id}/statement/review", summary="Approve another's statement, or ask for changes")
def decide(store: TheStore, who: Caller, id: Id, given: Decision) -> Response:
    """With the last approval it `needs` it is agreed, and has `agreed_at`."""
    return answers.json(crises.decide(store, who, id, given.version, given.approve, given.why))


class Draft(Version):
    """`version`: of the statement."""

    limit: int = Field(default=crisis_answers.AT_ONCE, ge=1, le=1_000)


@router.post("/{id}/answers", summary="Begin a draft of the agreed statement for everybody who has none")
def draft(store: TheStore, who: Caller, id: Id, given: Draft) -> Response:
    """`made`, `left`, and those `refused` (comment, why). Each is reviewed and sent as any other reply."""
    return answers.json(crisis_answers.draft(store, who, id, given.version, given.limit))


@router.post("/{id}/answers/ask", summary="Put one's drafts of a room before reviewers")
def ask(store: TheStore, who: Caller, id: Id) -> Response:
    """How many were `done`, and those `refused` (comment, why)."""
    return answers.json(crisis_answers.ask(store, who, id))


@router.post("/{id}/answers/send", summary="Let a room's approved answers leave")
def send(store: TheStore, who: Caller, id: Id) -> Response:
    """How many were `done`, and those `refused` (comment, why)."""
    return answers.json(crisis_answers.send(store, who, id))


class Closing(Version):
    """What was learnt."""

    learnt: str = Field(max_length=100_000)


@router.post("/{id}/close", summary="Close a room, with what was learnt")
def close(store: TheStore, who: Caller, id: Id, given: Closing) -> Response:
    """It can only be read from then on."""
    return answers.json(crises.close(store, who, id, given.version, given.learnt))


@router.post("/{id}/reopen", summary="Open a closed room again")
def reopen(store: TheStore, who: Caller, id: Id, given: Version) -> Response:
    """409 where somebody changed it since it was seen."""
    return answers.json(crises.reopen(store, who, id, given.version))


@router.get("/{id}/timeline", summary="A room's time: comments by sentiment, and answers")
def timeline(store: TheStore, who: Caller, id: Id) -> Response:
    """By hour, or by day where it lasts: `step`."""
    return answers.json(crisis_report.timeline(store, who, id))


MEDIA = {"html": "text/html; charset=utf-8", "text": "text/plain; charset=utf-8"}


@router.get("/{id}/report", summary="The closing report")
def report(
    store: TheStore,
    who: Caller,
    id: Id,
    format: Literal["json", "html", "text"] = "json",
    language: Literal["en", "fr"] = "en",
) -> Response:
    """`html` is one page that loads nothing. `language` is that of `html` and `text`."""
    found = crisis_report.report(store, who, id)
    if format == "json":
        return answers.json(found)
    written = {"html": writing.html, "text": writing.text}[format](found, language)
    return Response(written, media_type=MEDIA[format])
