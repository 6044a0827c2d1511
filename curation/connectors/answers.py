"""What a server answered, read whole, and what can be told from it."""

import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import orjson

from curation.errors import Refused, TryAgain

SETTLED = timedelta(seconds=3)
"""How long ago a page must have changed before its validators are trusted."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, read whole. `url` is the address it came from in the end."""

    status: int
    headers: httpx.Headers
    content: bytes
    url: httpx.URL

    def json(self) -> Any:
        """Parse JSON. Raises Refused where it is a web page (a login, a captcha), TryAgain where it is cut off."""
        try:
            return orjson.loads(self.content)
        except orjson.JSONDecodeError:
            if b"\\ud" in self.content.lower():
                # Half of a surrogate pair, cut or written on purpose: no text, and no reason to read nothing.
                with suppress(ValueError, RecursionError):
                    whole = json.dumps(json.loads(self.content), ensure_ascii=False)
                    return orjson.loads(whole.encode("utf-8", "replace"))
        start = self.content[:2_000].lstrip().lower()
        if start.startswith((b"<!doctype", b"<html")) or b"<html" in start:
            raise Refused(
                f"{self.url.host} answered with a web page instead of JSON ({_title(self.content)}). It may want a new"
                " sign-in, or the address may be wrong. Check the source's settings and credentials."
            )
        raise TryAgain(f"{self.url.host} answered something that is not whole JSON.", after=60)

    def link(self, relation: str = "next") -> str | None:
        """Return the address of a Link header (RFC 8288), None where there is none."""
        # httpx's own parser takes quadratic time on a hostile header.
        value = self.headers.get("link", "")[:8_000]
        links = httpx.Response(200, headers={"link": value}).links
        found = links.get(relation, {}).get("url")
        return str(self.url.join(found)) if found else None

    def validators(self) -> dict[str, str | None]:
        """Return {etag, modified}: what to ask with whether anything changed.

        None where it changed in the seconds before it was asked: what changes in the same second has the same date, and
        often the same tag (RFC 9110, 8.8.2.2).
        """
        modified = self.headers.get("last-modified")
        with suppress(ValueError, TypeError):
            came = (
                parsedate_to_datetime(self.headers["date"]) if "date" in self.headers else datetime.now(UTC)
            )
            if modified and came - parsedate_to_datetime(modified) < SETTLED:
                return {"etag": None, "modified": None}
        return {"etag": self.headers.get("etag"), "modified": modified}


def _title(page: bytes) -> str:
    start = page.lower().find(b"<title")
    end = page.lower().find(b"</title", start)
    if start < 0 or end < 0:
        return "without a title"
    text = page[page.find(b">", start) + 1 : end].decode("utf-8", "replace")
    return f"titled {' '.join(text.split())[:80]!r}"
