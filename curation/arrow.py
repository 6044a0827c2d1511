"""The shape of batches as they travel between flows and the store: Arrow streams, one record batch a page."""

import io
from collections.abc import Iterable, Iterator
from typing import Any

import orjson
import pyarrow as pa

from curation.models import COUNTS

CHUNK = 256 * 1024
"""Bytes a request body is sent in; one large bytes object travels twenty times slower."""

NOTICE = pa.schema(
    [
        ("kind", pa.string()),
        ("raw_key", pa.string()),
        ("payload", pa.string()),
        ("reason", pa.string()),
        ("key", pa.string()),
        ("title", pa.string()),
        ("text", pa.string()),
        ("author", pa.string()),
        ("author_key", pa.string()),
        ("created_at", pa.timestamp("us")),
        ("thread", pa.string()),
        ("reply_to", pa.string()),
        ("url", pa.string()),
        ("said_language", pa.string()),
        ("rating", pa.float64()),
        ("role", pa.string()),
        ("attributes", pa.string()),
        ("counts", pa.struct([(name, pa.int64()) for name in COUNTS])),
    ]
)
"""What a pull lands: a row for each comment, edited, deleted or refused, beside the raw it came from.

`payload` stands in the raw's first row only; in a replay it tells which raw was read: one replaced since is passed
over. `created_at` is UTC. `attributes` is JSON.
"""

TAGS = pa.schema(
    [
        ("comment_id", pa.int64()),
        ("version", pa.int32()),
        ("name", pa.string()),
        ("value", pa.string()),
        ("score", pa.float32()),
        ("evidence", pa.string()),
        ("unsure", pa.bool_()),
        ("sentiment", pa.string()),
    ]
)
"""What tagging saves. A comment that got no tag at all still has one row, with a null name.

`unsure`: the tagger abstains, null where it does not. `sentiment`: that of a topic, where it is told.
"""


def dump(batch: pa.RecordBatch, about: dict[str, Any]) -> Iterator[bytes]:
    """Yield `batch` as an Arrow stream in CHUNK-sized pieces, `about` (JSON values) riding in its schema."""
    batch = batch.replace_schema_metadata({"tribune": orjson.dumps(about)})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    view = memoryview(sink.getvalue())
    for start in range(0, len(view), CHUNK):
        yield bytes(view[start : start + CHUNK])


def read(body: bytes | bytearray, schema: pa.Schema) -> tuple[pa.Table, dict[str, Any]]:
    """Read a stream that `dump` wrote. Raises ValueError where it is not Arrow or not of that schema."""
    try:
        with pa.ipc.open_stream(io.BytesIO(body)) as reader:
            table = reader.read_all()
        table.validate(full=True)
        about = orjson.loads((table.schema.metadata or {}).get(b"tribune", b"{}"))
    except (pa.ArrowException, OSError, orjson.JSONDecodeError) as error:
        raise ValueError(f"not an Arrow stream: {error}") from error
    if not table.schema.equals(schema):
        raise ValueError(f"the columns must be: {', '.join(f'{f.name} {f.type}' for f in schema)}")
    if not isinstance(about, dict):
        raise ValueError("the metadata 'tribune' must be a JSON object")
    return table, about


def stream(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterator[bytes]:
    """Yield many batches as one Arrow stream without holding more than one."""
    sink = io.BytesIO()
    writer = pa.ipc.new_stream(sink, schema)
    for batch in batches:
        writer.write_batch(batch)
        yield sink.getvalue()
        sink.seek(0)
        sink.truncate()
    writer.close()
    yield sink.getvalue()
