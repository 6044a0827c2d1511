"""Routes for the audit: who did what, as JSON for a page and as CSV for a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response, StreamingResponse

from curation.actions import activity
from curation.api import answers
from curation.api.auth import Caller, TheStore
from curation.store.access import Activity

router = APIRouter()

COLUMNS = ("at", "who", "action", "subject", "comment", "before", "after")
Text = Annotated[str | None, Query(max_length=300)]


def wanted(
    by: Annotated[str | None, Query(alias="who", max_length=300)] = None,
    action: Text = None,
    subject: Text = None,
    since: date | None = None,
    until: date | None = None,
) -> Activity:
    """`since` and `until` are days in UTC, the last not included."""
    return Activity(who=by, action=action, subject=subject, since=since, until=until)


Wanted = Annotated[Activity, Depends(wanted)]


@router.get("/activity", summary="Who did what")
def listed(
    store: TheStore,
    who: Caller,
    wanted: Wanted,
    before: Annotated[int | None, Query(ge=0, lt=2**63)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Response:
    """Newest first; the last row's `id` is the `before` of the next page. `before` and `after` of a row are JSON as text."""
    return answers.json(activity.listed(store, who, wanted, before, limit))


@router.get("/activity/actors", summary="Everybody who ever did something, and every action")
def actors(store: TheStore, who: Caller) -> Response:
    """`who` and `action`, for filters."""
    return answers.json(activity.actors(store, who))


@router.get("/activity/export", summary="Who did what, as CSV with no cap")
def export(store: TheStore, who: Caller, wanted: Wanted) -> Response:
    """Newest first; what a spreadsheet would run as a formula has an apostrophe before it. Times are UTC."""
    headers = {"content-disposition": "attachment; filename=activity.csv"}
    pieces = activity.exported(store, who, wanted)
    return StreamingResponse(as_csv(pieces), 200, headers, answers.MEDIA["csv"])


def as_csv(pieces: Iterable[list[dict[str, Any]]]) -> Iterator[str]:
    """Write audit rows for a spreadsheet, piece by piece."""
    yield ",".join(COLUMNS) + "\r\n"
    for rows in pieces:
        out = io.StringIO()
        writer = csv.writer(out)
        for row in rows:
            row = {**row, "at": row["at"].isoformat() + "Z"}
            writer.writerow([answers.harmless(row[name]) for name in COLUMNS])
        yield out.getvalue()
