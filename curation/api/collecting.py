"""Routes for those who curate: collections, quotes, what clears them, and publications."""

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from curation import publishing
from curation.actions import clearing, collecting
from curation.actions.clearing import Clearance
from curation.actions.collecting import About
from curation.api import answers
from curation.api.auth import Caller, TheStore
from curation.errors import NotFound

router = APIRouter()

Name = Annotated[str, Path(max_length=60)]
Quote = Annotated[int, Path(ge=0, lt=2**63)]
Version = Annotated[int, Field(ge=0, lt=2**31)]
Start = Annotated[int | None, Field(ge=0, lt=2**31)]


class Based(BaseModel):
    """`version`: that of what the decision was based on; 409 with the current one where it moved on."""

    version: Version


class Saved(About):
    """`version`: as it was seen, 0 for a new one."""

    version: Version = 0


class Away(BaseModel):
    """`id`: as the answer had it that put the collection away."""

    id: str = Field(max_length=60)


class New(BaseModel):
    """`comment`: its number, or its address. `words`: exactly as they stand there, by default all; `starts` says which of several places."""

    comment: Annotated[int, Field(ge=0, lt=2**63)] | Annotated[str, Field(max_length=2_000)]
    words: str | None = Field(default=None, max_length=100_000)
    starts: Start = None
    note: str = ""


class Order(Based):
    """Every quote of the collection, each once."""

    ids: list[Annotated[int, Field(ge=0, lt=2**63)]] = Field(max_length=10_000)


class Change(Based):
    """Other `words` of the same comment as it reads now, or another `note`."""

    words: str | None = Field(default=None, max_length=100_000)
    starts: Start = None
    note: str | None = None


class Cleared(Clearance):
    """`version`: that of the quote whose words were agreed to."""

    version: Version


class Why(BaseModel):
    """Who withdrew it, and how."""

    why: str


@router.get("/collections", summary="Collections by title")
def listed(store: TheStore, who: Caller) -> Response:
    """Each with how many `quotes` it has."""
    return answers.json(collecting.listed(store, who))


@router.get("/collections/{name}", summary="A collection with its quotes as they stand")
def opened(store: TheStore, who: Caller, name: Name) -> Response:
    """Of each quote: `state` of its comment, `clearance`, the `uses` it may be published for, `obstacles`. `still_out`: publish again."""
    return answers.json(collecting.opened(store, who, name))


@router.put("/collections/{name}", summary="Save what a collection says of itself")
def save(store: TheStore, who: Caller, name: Name, given: Saved) -> Response:
    """409 where it was changed since."""
    about = About(**given.model_dump(exclude={"version"}))
    return answers.json(collecting.save(store, who, name, about, given.version))


@router.delete("/collections/{name}", summary="Put a collection away")
def put_away(
    store: TheStore, who: Caller, name: Name, version: Annotated[int, Query(ge=0, lt=2**31)]
) -> Response:
    """What was published of it stays where it was put."""
    return answers.json(collecting.put_away(store, who, name, version))


@router.post("/collections/restore", summary="Bring a collection back that was put away")
def bring_back(store: TheStore, who: Caller, given: Away) -> Response:
    """With all that was in it. 422 where another has its name by now."""
    return answers.json(collecting.bring_back(store, who, given.id))


@router.post("/collections/{name}/quotes", summary="Quote words of a comment")
def add(store: TheStore, who: Caller, name: Name, given: New) -> Response:
    """422 with what differs where the comment does not say so. The same quote again is there already."""
    found = collecting.add(store, who, name, given.comment, given.words, given.starts, given.note)
    return answers.json(found, 201)


@router.put("/collections/{name}/order", summary="Put quotes in another order")
def order(store: TheStore, who: Caller, name: Name, given: Order) -> Response:
    """`version`: the collection's."""
    collecting.order(store, who, name, given.ids, given.version)
    return answers.json(collecting.opened(store, who, name))


@router.put("/quotes/{id}", summary="Quote other words, or write another note")
def change(store: TheStore, who: Caller, id: Quote, given: Change) -> Response:
    """Other words end what cleared the old ones."""
    found = collecting.change(store, who, id, given.version, given.words, given.starts, given.note)
    return answers.json(found)


@router.delete("/quotes/{id}", summary="Take a quote out of its collection")
def take_out(
    store: TheStore, who: Caller, id: Quote, version: Annotated[int, Query(ge=0, lt=2**31)]
) -> Response:
    """Answers with it, to be put back."""
    return answers.json(collecting.take(store, who, id, version))


@router.post("/quotes/{id}/restore", summary="Put a quote back into its collection")
def put_back(store: TheStore, who: Caller, id: Quote, given: Based) -> Response:
    """In its old place."""
    return answers.json(collecting.take(store, who, id, given.version, out=False))


@router.post("/quotes/{id}/clearance", summary="Write down why a quote may be published")
def clear(store: TheStore, who: Caller, id: Quote, given: Cleared) -> Response:
    """`consent` of the customer to exactly these words, or the decision to make a `quotation` of a public post."""
    clearance = Clearance(**given.model_dump(exclude={"version"}))
    return answers.json(clearing.clear(store, who, id, clearance, given.version), 201)


@router.post("/quotes/{id}/withdraw", summary="Write down that consent was withdrawn")
def withdraw(store: TheStore, who: Caller, id: Quote, given: Why) -> Response:
    """Wherever just these words are quoted: the next publication of each collection is without them."""
    clearing.withdraw(store, who, id, given.why)
    return answers.json({})


@router.get("/collections/{name}/files/{file}", summary="A file as it would be published now")
def preview(store: TheStore, who: Caller, name: Name, file: str) -> Response:
    """index.html, embed.html, fragment.html, feed.json or feed.atom; nothing is written down."""
    if file not in publishing.MEDIA:
        raise NotFound(f"The files are {', '.join(publishing.MEDIA)}; not {file[:60]!r}.")
    return Response(collecting.preview(store, who, name)[file], media_type=publishing.MEDIA[file])


@router.post("/collections/{name}/publish", summary="Publish a collection")
def publish(store: TheStore, who: Caller, name: Name, format: Literal["json", "zip"] = "json") -> Response:
    """`files` by name, how many `quotes`, and those `withheld` with why; or the files as a ZIP archive."""
    made = collecting.publish(store, who, name)
    if format == "json":
        return answers.json(made)
    headers = {"content-disposition": f"attachment; filename={name}.zip"}
    return Response(publishing.zipped(made["files"]), 200, headers, "application/zip")


@router.get("/collections/{name}/export", summary="The quotes of a collection as a table")
def export(
    store: TheStore,
    who: Caller,
    name: Name,
    format: Literal["csv", "json"] = "csv",
    use: Literal["site", "feed", "print"] | None = None,
) -> Response:
    """In their order, whether cleared or not; with `use`, those cleared for it. CSV has formulas neutralised."""
    rows = collecting.export(store, who, name, use)
    headers = {"content-disposition": f"attachment; filename={name}.{format}"}
    if format == "json":
        answer = answers.json(rows)
        answer.headers.update(headers)
        return answer
    return Response(as_csv(rows), 200, headers, answers.MEDIA["csv"])


def as_csv(rows: Iterable[Mapping[str, Any]]) -> str:
    """Write exported quotes as CSV that a spreadsheet runs nothing of."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(collecting.COLUMNS)
    for row in rows:
        told = {**row, "uses": " ".join(row["uses"])}
        writer.writerow([answers.harmless(value) for value in told.values()])
    return out.getvalue()
