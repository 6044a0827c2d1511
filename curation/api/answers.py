"""Answers: JSON for pages, problem+json for errors, and exports in four formats."""

import csv
import io
from collections.abc import Iterator
from typing import Any, Literal, cast

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from curation import arrow
from curation.errors import Stale, TribuneError, TryAgain
from curation.store import Store
from curation.store.faults import translate

Format = Literal["csv", "jsonl", "parquet", "arrow"]

MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
    "arrow": "application/vnd.apache.arrow.stream",
}

JSON_OPTIONS = orjson.OPT_NAIVE_UTC | orjson.OPT_UTC_Z


def json(value: Any, status: int = 200) -> Response:
    """Answer with JSON; times are UTC and end in Z."""
    return Response(orjson.dumps(value, option=JSON_OPTIONS), status, media_type="application/json")


def problem(request: Request, error: Exception) -> Response:
    """Answer an error as RFC 9457 problem details: type, title, status, detail, and what the error carries."""
    error = cast(TribuneError, error)
    body = {
        "type": f"/api/errors/{type(error).__name__}",
        "title": error.title,
        "status": error.status,
        "detail": str(error),
    }
    headers = {}
    if isinstance(error, Stale):
        body["current"] = error.current
    if isinstance(error, TryAgain) and error.after:
        headers["retry-after"] = str(round(error.after) or 1)
    if error.status == 401:
        headers["www-authenticate"] = "Bearer"
    return Response(
        orjson.dumps(body, option=JSON_OPTIONS), error.status, headers, media_type="application/problem+json"
    )


def invalid(request: Request, error: Exception) -> Response:
    """Answer a request that does not fit its route, naming each value."""
    error = cast(RequestValidationError, error)
    said = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
    body = {"type": "/api/errors/Invalid", "title": "The request is not valid", "status": 422, "detail": said}
    return Response(orjson.dumps(body), 422, media_type="application/problem+json")


def astray(request: Request, error: Exception) -> Response:
    """Answer a request to no route of ours, or with a method it does not take."""
    error = cast(HTTPException, error)
    kind = "NotFound" if error.status_code == 404 else "Invalid"
    said = f"{request.method} {request.url.path} is not part of this API; see /api/docs."
    if error.status_code not in (404, 405):
        said = f"{error.detail}. Is it JSON as /api/docs describes it?"
    body = {"type": f"/api/errors/{kind}", "title": error.detail, "status": error.status_code, "detail": said}
    return Response(
        orjson.dumps(body), error.status_code, error.headers, media_type="application/problem+json"
    )


def fault(request: Request, error: Exception) -> Response:
    """Answer an error nobody foresaw: a fault of the disk by what to do, any other by its kind; the log has it all."""
    store: Store = request.app.state.store
    known = translate(error, store.file)
    if not isinstance(known, TribuneError):
        # The error's own words may quote a customer.
        known = TribuneError(
            f"{type(error).__name__} at {request.method} {request.url.path}; nothing of this request was kept. "
            "It is a fault of Tribune's own: the app's log tells where."
        )
    return problem(request, known)


def exported(reader: pa.RecordBatchReader, format: Format) -> Iterator[bytes]:
    """Write comments in `format`, piece by piece; nothing of it is held whole but Parquet's row group."""
    if format == "arrow":
        yield from arrow.stream(reader, reader.schema)
    elif format == "parquet":
        yield from _parquet(reader)
    else:
        write = _csv if format == "csv" else _jsonl
        first = True
        for batch in reader:
            yield write(batch, first)
            first = False
        if first and format == "csv":
            yield _csv(pa.RecordBatch.from_pylist([], schema=reader.schema), True)


def _jsonl(batch: pa.RecordBatch, first: bool) -> bytes:
    return b"".join(
        orjson.dumps(row, option=JSON_OPTIONS | orjson.OPT_APPEND_NEWLINE) for row in batch.to_pylist()
    )


def _csv(batch: pa.RecordBatch, first: bool) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    if first:
        writer.writerow(batch.schema.names)
    for row in batch.to_pylist():
        row["created_at"] = row["created_at"].isoformat() + "Z"
        row["topics"], row["unsure"] = "|".join(row["topics"]), "|".join(row["unsure"])
        writer.writerow([harmless(value) for value in row.values()])
    return out.getvalue().encode()


def harmless(value: Any) -> Any:
    """Put an apostrophe before what a spreadsheet would run as a formula (OWASP, CSV injection)."""
    if isinstance(value, str) and value.lstrip(" \ufeff\u200b").startswith(
        ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
    ):
        return "'" + value
    return value


def _parquet(reader: pa.RecordBatchReader) -> Iterator[bytes]:
    sink = _Pieces()
    with pq.ParquetWriter(pa.PythonFile(sink, mode="w"), reader.schema, compression="zstd") as writer:
        for batch in reader:
            writer.write_batch(batch)
            yield sink.take()
    yield sink.take()


class _Pieces(io.RawIOBase):
    """A file that is written at one end and taken away piece by piece at the other."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._at = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def write(self, data: Any) -> int:
        piece = bytes(data)
        self._pieces.append(piece)
        self._at += len(piece)
        return len(piece)

    def take(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)
