"""Routes for flows: land a page, take what is untagged, save tags, say how a run went; and routes for care."""

from pathlib import Path
from typing import Annotated, Any

import pyarrow as pa
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from curation import arrow
from curation.actions import care, entering, feed
from curation.api import answers
from curation.api.answers import MEDIA
from curation.api.auth import Caller, TheStore
from curation.errors import Forbidden, Invalid
from curation.models import Who

router = APIRouter()

BODY_LIMIT = 512 * 1024 * 1024


async def _arrow(request: Request, who: Who, schema: pa.Schema) -> tuple[pa.Table, dict[str, Any]]:
    if "feed" not in who.permissions:
        raise Forbidden(f"{who.name} may not do this: it needs the permission 'feed'.")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_LIMIT:
            raise Invalid(f"A batch is at most {BODY_LIMIT >> 20} MB. Send smaller ones.")
    try:
        return await run_in_threadpool(arrow.read, body, schema)
    except ValueError as error:
        raise Invalid(f"The body is {error}.") from error


def _stream(table: pa.Table) -> Response:
    return StreamingResponse(arrow.stream(table.to_batches(), table.schema), media_type=MEDIA["arrow"])


@router.post("/sources/{source}/land", summary="Land a page: raws, comments or refusals, and the cursor")
async def land(request: Request, store: TheStore, who: Caller, source: str) -> Response:
    """The body is an Arrow stream of `curation.arrow.NOTICE`; 409 where another pull moved the cursor first."""
    page, about = await _arrow(request, who, arrow.NOTICE)
    return answers.json(await run_in_threadpool(feed.land, store, who, source, page, about))


@router.post(
    "/sources/{source}/comments", summary="Keep comments that nobody pulls: entered by hand, or by a program"
)
def enter(
    store: TheStore,
    who: Caller,
    source: str,
    given: Annotated[list[entering.Entered], Field(min_length=1, max_length=entering.MOST)],
) -> Response:
    """Answers with counts; the same `key` again is the same comment."""
    return answers.json(entering.enter(store, who, source, given))


@router.get("/sources/{source}/cursors", summary="Where each stream's next pull starts")
def cursors(store: TheStore, who: Caller, source: str) -> Response:
    """Opaque JSON per stream."""
    return answers.json(feed.cursors(store, who, source))


@router.delete("/sources/{source}/cursors", summary="Forget the cursors of a finished backfill")
def forget_cursors(store: TheStore, who: Caller, source: str, beginning: str) -> Response:
    """Those of the streams whose name begins so."""
    return answers.json({"forgotten": feed.forget_cursors(store, who, source, beginning)})


@router.get("/sources/{source}/raws", summary="Raw payloads, for a replay")
def raws(
    store: TheStore,
    who: Caller,
    source: str,
    after: str = "0",
    limit: Annotated[int, Query(ge=1, le=100_000)] = 10_000,
    refused: bool = False,
) -> Response:
    """An Arrow stream of key, payload, uid; the last uid is the next `after`."""
    return _stream(feed.raws(store, who, source, after, limit, refused))


@router.get("/untagged", summary="Comments without tags of a tagger's version")
def untagged(
    store: TheStore,
    who: Caller,
    version: str,
    after: int = 0,
    limit: Annotated[int, Query(ge=1, le=100_000)] = 5_000,
) -> Response:
    """An Arrow stream of id, version, text, title, said_language, by id."""
    return _stream(feed.untagged(store, who, version, after, limit))


@router.get("/untagged/count", summary="How many comments a tagger's version has not seen")
def untagged_count(store: TheStore, who: Caller, version: str) -> Response:
    """For progress and dry runs."""
    return answers.json({"comments": feed.untagged_count(store, who, version)})


@router.post("/tags", summary="Save a batch of tags")
async def save_tags(
    request: Request, store: TheStore, who: Caller, version: str, taxonomy: int | None = None
) -> Response:
    """The body is an Arrow stream of `curation.arrow.TAGS`; texts edited since they were read are left out.

    `taxonomy` is the version of the topics; 409 where they were changed since.
    """
    batch, _ = await _arrow(request, who, arrow.TAGS)
    return answers.json(
        {"tagged": await run_in_threadpool(feed.save_tags, store, who, version, batch, taxonomy)}
    )


class Run(BaseModel):
    """`seconds` is the run's length, ending now."""

    stage: str = Field(pattern="^(pull|tag|adapt|themes|upkeep|replay)$")
    source: str | None = None
    seconds: float = Field(ge=0, lt=1e9)
    counts: dict[str, Annotated[int, Field(ge=0, lt=2**63)]] = {}
    error: str | None = None


@router.post("/runs", summary="Keep how a run went")
def add_run(store: TheStore, who: Caller, run: Run) -> Response:
    """Shown on the Sources page."""
    feed.add_run(store, who, run.stage, run.source, run.seconds, run.counts, run.error)
    return answers.json({})


class Target(BaseModel):
    """An absolute path on the machine of the app."""

    file: Path


@router.post("/backup", summary="Copy the store into a new file and check the copy")
def backup(store: TheStore, who: Caller, target: Target) -> Response:
    """Writes go on meanwhile; an existing file is never overwritten."""
    return answers.json(care.backup(store, who, target.file))


@router.post("/snapshot", summary="Write the comments for analysts, as DuckDB or Parquet")
def snapshot(store: TheStore, who: Caller, target: Target) -> Response:
    """The file is replaced and made read-only."""
    return answers.json(care.snapshot(store, who, target.file))


@router.post("/doctor", summary="Check store and index; mend the index")
def doctor(store: TheStore, who: Caller, mend: bool = True) -> Response:
    """Lists what was wrong, what was mended, and what a person has to do."""
    return answers.json(care.doctor(store, who, mend))


@router.post("/upkeep", summary="Backup, snapshot, retention and index check, as configured")
def upkeep(store: TheStore, who: Caller) -> Response:
    """What the nightly flow calls."""
    return answers.json(care.upkeep(store, who))


class NewToken(BaseModel):
    """`scopes`: any of the permissions."""

    name: str = Field(min_length=1, max_length=100)
    scopes: list[str]


@router.post("/tokens", summary="Make a token; it is shown this once")
def create_token(store: TheStore, who: Caller, token: NewToken) -> Response:
    """Kept as a hash."""
    return answers.json({"token": care.create_token(store, who, token.name, token.scopes)}, 201)


@router.get("/tokens", summary="List tokens")
def tokens(store: TheStore, who: Caller) -> Response:
    """Names, scopes and times."""
    return answers.json(care.tokens(store, who))


@router.delete("/tokens/{name}", summary="Revoke a token at once")
def revoke_token(store: TheStore, who: Caller, name: str) -> Response:
    """404 where none in use has that name."""
    care.revoke_token(store, who, name)
    return answers.json({})
