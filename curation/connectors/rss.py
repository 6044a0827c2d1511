"""RSS and Atom feeds of reviews or comments (RSS 0.9 to 2.0, RFC 4287, read by feedparser; more pages by RFC 5005).

The cursor is {etag, modified, newest, seen, walk}: what makes a request conditional, the newest date, the keys a feed
showed (with the time of first sight where there is no date), and the pages of a walk broken off. A feed that changed is
read again: edits show while it holds the entry, deletions never. It keeps its newest entries only: where it meets nothing
known, that is a gap nothing can read. It takes no replies. Proven on a real WordPress's feeds and feedparser's samples.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import blake2b
from typing import Any

from pydantic import SecretStr

from curation.connectors import markup
from curation.connectors.feeds import MOST, published, read
from curation.connectors.http import Http
from curation.connectors.paging import moment
from curation.connectors.shapes import deep, either, kept, packed, payload, some, text, when
from curation.errors import BadRecord, Invalid, NotFound, TryAgain
from curation.models import Comment, Cursor, Gap, Page, Raw

LAG = timedelta(hours=1)
START: Cursor = {"etag": None, "modified": None, "newest": "", "seen": {}, "walk": None}
FIRST: Cursor = {
    "next": "",
    "pages": 0,
    "etag": None,
    "modified": None,
    "newest": "",
    "oldest": "9",
    "seen": {},
}
RATINGS = ("im_rating", "g_rating", "review_rating", "rating")


@dataclass(frozen=True, kw_only=True)
class Rss:
    """Settings: a feed's `url`, `user` and `password` if it asks, `team`: our authors' names, `pages` to follow."""

    url: str
    user: str = ""
    password: SecretStr | None = None
    team: tuple[str, ...] = ()
    pages: int = 10
    since: date | None = None
    private: bool = False

    def connect(self) -> Http:
        """Return a client of the feed's host."""
        auth = (self.user, self.password.get_secret_value()) if self.password else None
        hush = auth[1:] if auth else ()
        return Http(self.url, auth=auth, secrets=hush, private=self.private, largest=4 << 20)

    def streams(self, connection: Http) -> list[str]:
        """Name the one stream."""
        return ["entries"]

    def pull(self, connection: Http, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        """Yield the feed's entries, page by page, down to what was known an hour before the newest."""
        state = {**START, **(cursor or {})}
        known, walk = state["seen"], state["walk"] or FIRST
        floor = self.since.isoformat() if self.since else ""
        edge = (moment(state["newest"]) - LAG).isoformat() if state["newest"] else "9"
        while True:
            asked = {"if-none-match": state["etag"], "if-modified-since": state["modified"]}
            headers = {name: value for name, value in asked.items() if value and not walk["pages"]}
            try:
                answer = connection.get(walk["next"], headers=headers, ok=(200, 304))
            except (Invalid, NotFound):
                if not walk["pages"]:
                    raise
                walk = FIRST
                continue
            if answer.status == 304:
                return
            found, following = read(answer)
            if not walk["pages"]:
                walk = {**FIRST, **answer.validators()}
            seen, raws, mark = dict(walk["seen"]), [], next(iter(known), "")
            marks = [blake2b(one.key.encode(), digest_size=8).hexdigest() for one in found]
            if marks and not set(marks) - seen.keys():
                yield Page(stream=stream, raws=[], cursor={**state, "walk": None})
                raise TryAgain(
                    "The feed's pages lead in a circle. They are read anew at the next pull.", after=600
                )
            for mark, one in zip(marks, found, strict=True):
                sight = None if one.at else known.get(mark) or datetime.now(UTC).isoformat()
                if mark not in seen and (one.at.isoformat() if one.at else sight or "") >= floor:
                    raws.append(packed({**one.data, "tribune": sight}, one.key))
                seen.setdefault(mark, sight)
            dates = [one.at.isoformat() for one in found if one.at]
            oldest, now = min([walk["oldest"], *dates]), datetime.now(UTC).isoformat()
            newest = max([walk["newest"], *(at for at in dates if at <= now)])
            reach = {"oldest": oldest, "newest": newest, "seen": seen}
            walk = {**walk, "next": following, "pages": walk["pages"] + 1, **reach}
            reached = (mark in known and oldest <= edge) or oldest < floor
            if not following or reached or walk["pages"] >= self.pages:
                break
            yield Page(stream=stream, raws=raws, cursor={**state, "walk": walk})
        gap = None
        if known and seen and known.keys().isdisjoint(seen) and oldest > max(state["newest"], floor):
            gap = Gap(
                why=f"The feed begins at {oldest[:16]}, after all that was read before. Pull more often."
            )
        ended = {"newest": max(state["newest"], newest), "etag": walk["etag"], "modified": walk["modified"]}
        ended["seen"] = dict(list({**seen, **known}.items())[:MOST])
        yield Page(stream=stream, raws=raws, cursor=ended, gap=gap)

    def normalise(self, raw: Raw) -> Iterable[Comment]:
        """Map an entry; its text is the first there is of content, summary and title."""
        data = payload(raw)
        title = _plain(deep(data, "title_detail")) or text(data, "title", longest=500)
        bodies = [*some(data, "content"), deep(data, "summary_detail")]
        said = next(filter(None, map(_plain, bodies)), title)
        if not said:
            raise BadRecord("The entry has no text.")
        author, link = text(data, "author", longest=200), text(data, "link", longest=2_000) or ""
        language = re.match("[a-z]{2}(?![a-z])", (text(bodies[0], "language") or "").lower())
        rating = either(data, *RATINGS) or ""
        found = Comment(
            key=raw.key,
            text=said,
            title=title[:500] if title and title != said else None,
            created_at=published(data) or when(data, "tribune"),
            author=author,
            author_key=either(deep(data, "author_detail"), "href", "email"),
            url=link if link.startswith(("https://", "http://")) else None,
            language=language[0] if language else None,
            rating=float(rating) if re.fullmatch(r"\d{1,3}(\.\d{1,3})?", rating) else None,
            role="team" if author and author in self.team else "customer",
            attributes=kept(data, "im_version", "im_votecount") | kept(deep(data, "thr_in-reply-to"), "ref"),
        )
        return [found]


def _plain(one: Any) -> str:
    value, kind = text(one, "value") or "", text(one, "type") or "text/plain"
    if kind == "text/plain":
        return value.strip()
    return markup.text(value) if "html" in kind or "xml" in kind else ""
