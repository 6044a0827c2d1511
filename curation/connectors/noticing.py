"""Normalise raws into batches; whatever a mapping raises parks its one record."""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
import pyarrow as pa

from curation import arrow
from curation.connectors import Connector
from curation.errors import BadRecord
from curation.models import COUNTS, MOST_COUNTED, Comment, Count, Deleted, Edited, Raw


def notices(connector: Connector, raws: Iterable[Raw]) -> pa.RecordBatch:
    """Normalise raws into one batch of `arrow.NOTICE`: a row for each comment, edit, deletion or refusal.

    Whatever a mapping raises parks its one record with the reason.
    """
    rows: list[tuple[Any, ...]] = []
    for raw in raws:
        payload: str | None = raw.payload
        start = len(rows)
        try:
            for notice in connector.normalise(raw):
                rows.append(_row(notice, raw.key, payload))
                payload = None
        except Exception as error:
            del rows[start:]
            reason = (
                str(error)
                if isinstance(error, BadRecord)
                else f"The mapping failed: {type(error).__name__}: {error}"
            )
            rows.append(("refused", raw.key, raw.payload, reason[:1000], *_NOTHING))
            continue
        if start == len(rows):
            rows.append(("none", raw.key, payload, None, *_NOTHING))
    columns = list(zip(*rows, strict=True)) or [()] * len(arrow.NOTICE)
    try:
        return _batch(columns)
    except UnicodeEncodeError:
        # A lone surrogate is no text: UTF-8 cannot hold it, so it becomes a question mark.
        return _batch([[_encodable(value) for value in column] for column in columns])


_NOTHING = (None,) * (len(arrow.NOTICE) - 4)


def _row(notice: Comment | Edited | Deleted, raw_key: str, payload: str | None) -> tuple[Any, ...]:
    if isinstance(notice, Comment):
        created = notice.created_at
        return (
            "comment",
            raw_key,
            payload,
            None,
            notice.key,
            notice.title,
            notice.text,
            notice.author,
            notice.author_key,
            created if created.tzinfo else _zone_needed(),
            notice.thread,
            notice.reply_to,
            notice.url,
            notice.language,
            notice.rating,
            notice.role,
            orjson.dumps(notice.attributes).decode() if notice.attributes else None,
            _counts(notice.counts) if notice.counts else None,
        )
    if isinstance(notice, Edited):
        return ("edited", raw_key, payload, None, notice.key, None, notice.text, *_NOTHING[3:])
    return ("deleted", raw_key, payload, None, notice.key, *_NOTHING[1:])


def _counts(counts: Mapping[Count, int]) -> dict[Count, int]:
    for name, count in counts.items():
        if name not in COUNTS or type(count) is not int or abs(count) > MOST_COUNTED:
            raise BadRecord(
                f"The connector counted {name!r}: {count!r}. Counts are whole: {', '.join(COUNTS)}."
            )
    return {**counts}


def _zone_needed() -> Any:
    raise BadRecord("The connector gave a time without a zone.")


def _batch(columns: list[Any]) -> pa.RecordBatch:
    arrays = []
    for field, column in zip(arrow.NOTICE, columns, strict=True):
        if field.name == "created_at":
            arrays.append(pa.array(column, pa.timestamp("us", "UTC")).cast(field.type))
        else:
            arrays.append(pa.array(column, field.type))
    return pa.RecordBatch.from_arrays(arrays, schema=arrow.NOTICE)


def _encodable(value: Any) -> Any:
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
