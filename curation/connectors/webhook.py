"""Comments that another service pushes to `/hooks/<source>`: signed JSON, mapped by dotted paths.

Nothing is pulled, so there is no cursor. What was not delivered cannot be asked for again: the sender has to repeat it, and
may, since a comment is known by its key. An edit is the same key with another text; a deletion is a truthy `deleted` path.

Two signatures are understood (`signatures`): `scheme` "timed", as Stripe and others sign, and "plain", as GitHub does, with
no time in it. Either way a signature is taken once (a plain one: once a year). It only reads: answers go elsewhere and can
be recorded. Proven on a real HTTP server of our own.
"""

import hashlib
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from pydantic import SecretStr

from curation.connectors import markup, signatures
from curation.connectors.paging import moment
from curation.errors import BadRecord, Forbidden, Invalid
from curation.models import Comment, Cursor, Deleted, Page, Raw

LONGEST = 200_000
RECEIVED = "tribune_received_at"
"""Where an entry without a time has the one at which it came: a replay must not make it today's."""
_LANGUAGE = re.compile("[a-z]{2,3}")


@dataclass(frozen=True, kw_only=True)
class Webhook:
    """Settings of one hook.

    `fields`: where each field of a comment lies in an entry, as a dotted path (`data.message.body`); those not named
    are looked for under their own names. `entries`: the path of the list of entries; "" where the body is one entry, or a list.
    `header`: which one holds the signature. `tolerance`: in seconds. `html`: the text is HTML.
    """

    secret: SecretStr
    header: str = "X-Tribune-Signature"
    scheme: signatures.Scheme = "timed"
    tolerance: float = 300.0
    entries: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    html: bool = False

    def connect(self) -> Any:
        """There is nothing to reach."""
        return nullcontext()

    def streams(self, connection: None) -> Iterable[str]:
        """There is nothing to pull."""
        return []

    def pull(self, connection: None, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        """Yield nothing."""
        return iter(())

    def verified(self, headers: Mapping[str, str], body: bytes, at: datetime) -> str:
        """Return the signature of a delivery that is the sender's, made near the time `at` (aware). Raises Forbidden."""
        said = headers.get(self.header.lower(), "")[:2_000]
        if not said:
            raise Forbidden(f"There is no header {self.header}, which is to hold the signature.")
        secret = self.secret.get_secret_value()
        return signatures.verified(said, body, secret, self.scheme, self.tolerance, at)

    @property
    def remembered(self) -> timedelta:
        """How long a signature has to be remembered so that it is taken once."""
        return (
            timedelta(seconds=min(2 * self.tolerance, 1e9)) if self.scheme == "timed" else timedelta(days=366)
        )

    def raws(self, body: bytes) -> list[Raw]:
        """Cut a delivery into entries. Raises Invalid for a body that is not JSON, or has no entries where they should be."""
        try:
            value = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise Invalid(f"The body is not JSON: {error}.") from None
        found = _at(value, self.entries)
        entries = found if isinstance(found, list) else [found]
        if any(not isinstance(entry, dict) for entry in entries):
            raise Invalid(
                f"There are no entries at {self.entries or 'the top'!r}: each is to be a JSON object."
            )
        try:
            return [
                Raw(key=self._key(one), payload=orjson.dumps(self._dated(one)).decode()) for one in entries
            ]
        except orjson.JSONEncodeError as error:
            raise Invalid(f"An entry cannot be kept, it may be nested too deep: {error}.") from None

    def normalise(self, raw: Raw) -> Iterable[Comment | Deleted]:
        """Map an entry by `fields`. Raises BadRecord naming the field that is missing or odd."""
        entry = orjson.loads(raw.payload)
        if str(self._of(entry, "deleted") or "no").lower() not in ("no", "false", "0"):
            yield Deleted(key=raw.key)
            return
        text = self._text(entry, "text")
        if not text:
            raise BadRecord(f"There is no text at {self.fields.get('text', 'text')!r}.")
        role, language = self._text(entry, "role"), self._text(entry, "language")
        rating, at = self._of(entry, "rating"), self._of(entry, "created_at")
        try:
            created = moment(entry.get(RECEIVED) if at is None else at)
            rated = float(rating) if rating is not None else None
            if rated is not None and not math.isfinite(rated):
                raise ValueError(f"{rating!r} is no rating")
        except (ValueError, TypeError, OverflowError, OSError) as error:
            raise BadRecord(f"The entry has a time or a rating that cannot be read: {error}"[:300]) from None
        yield Comment(
            key=raw.key,
            text=(markup.text(text) if self.html else text)[:LONGEST],
            created_at=created,
            author=self._text(entry, "author"),
            author_key=self._text(entry, "author_key"),
            title=self._text(entry, "title"),
            thread=self._text(entry, "thread") or raw.key,
            reply_to=self._text(entry, "reply_to"),
            url=self._text(entry, "url"),
            language=language if language and _LANGUAGE.fullmatch(language) else None,
            rating=rated,
            role="team" if role == "team" else "automatic" if role == "automatic" else "customer",
        )

    def _dated(self, entry: dict[str, Any]) -> dict[str, Any]:
        dated = self._of(entry, "created_at") is not None
        return entry if dated else {**entry, RECEIVED: datetime.now(UTC).isoformat()}

    def _key(self, entry: Any) -> str:
        key = self._text(entry, "key") or self._text(entry, "id")
        return key or hashlib.sha256(orjson.dumps(entry, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]

    def _of(self, entry: Any, name: str) -> Any:
        return _at(entry, self.fields.get(name, name))

    def _text(self, entry: Any, name: str) -> str | None:
        value = self._of(entry, name)
        return str(value)[:LONGEST] if isinstance(value, str | int) and not isinstance(value, bool) else None


def _at(value: Any, path: str) -> Any:
    for part in path.split(".") if path else ():
        value = value.get(part) if isinstance(value, dict) else None
    return value
