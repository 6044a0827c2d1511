"""Take comments that nobody pulls: entered by hand, or sent in by another program."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import orjson
import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

from curation import arrow, config
from curation.actions import needs
from curation.actions.feed import named
from curation.errors import Forbidden, Invalid
from curation.models import MOST_COUNTED, Count, Role, Who
from curation.store import Store, landing

MOST = 1_000
"""Comments in one call."""


class Entered(BaseModel):
    """A comment as it is given. `key`: its permanent id, by default made of the rest; the same key again is the same comment."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1, max_length=200_000)
    key: str | None = Field(default=None, min_length=1, max_length=500)
    created_at: datetime | None = None
    author: str | None = Field(default=None, max_length=500)
    author_key: str | None = Field(default=None, max_length=500)
    title: str | None = Field(default=None, max_length=2_000)
    thread: str | None = Field(default=None, max_length=500)
    reply_to: str | None = Field(default=None, max_length=500)
    url: str | None = Field(default=None, max_length=2_000)
    language: str | None = Field(default=None, pattern="^[a-z]{2,3}$")
    rating: FiniteFloat | None = None
    role: Role = "customer"
    attributes: dict[str, Any] = {}
    counts: dict[Count, Annotated[int, Field(ge=-MOST_COUNTED, le=MOST_COUNTED)]] = {}


@needs("triage", "feed")
def enter(store: Store, who: Who, source: str, given: Sequence[Entered]) -> dict[str, int]:
    """Keep comments of `source`; return counts. For people ("triage") and programs ("feed"). Who may
    triage is a person, and cannot write over what was read from a channel. Raises Invalid, Forbidden.
    """
    named(source)
    if "triage" in who.permissions and source in config.load(store.config.home).sources:
        raise Forbidden(f"{source!r} is read from its channel. Enter it under another name, such as phone.")
    if len(given) > MOST:
        raise Invalid(f"At most {MOST:,} comments in one call, not {len(given):,}.")
    at = datetime.now(UTC)
    try:
        page = pa.Table.from_pylist([_row(one, at) for one in given], schema=arrow.NOTICE)
    except (OverflowError, TypeError, UnicodeEncodeError) as error:
        raise Invalid(f"A comment holds a time or an attribute that cannot be kept: {error}.") from None
    return landing.land(store, who.name, source, page, {"stream": "entered"})


def _row(given: Entered, at: datetime) -> Mapping[str, Any]:
    created = given.created_at or at
    created = created.astimezone(UTC) if created.tzinfo else created.replace(tzinfo=UTC)
    said = given.model_dump(mode="json", exclude_none=True)
    payload = orjson.dumps({**said, "created_at": created.isoformat()}, option=orjson.OPT_SORT_KEYS).decode()
    key = given.key or hashlib.sha256(payload.encode()).hexdigest()[:32]
    return {
        **{name: value for name, value in said.items() if name not in ("attributes", "language")},
        "kind": "comment",
        "raw_key": key,
        "payload": payload,
        "key": key,
        "created_at": created.replace(tzinfo=None),
        "said_language": given.language,
        "attributes": orjson.dumps(given.attributes).decode() if given.attributes else None,
    }
