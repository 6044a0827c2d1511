"""Gather quotes in collections, and publish what is cleared of them."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

from curation import publishing
from curation.actions import needs
from curation.errors import Invalid, NotFound
from curation.models import Who
from curation.publishing import clearing, entries
from curation.store import Store, clearances, collecting, comments

Row = dict[str, Any]

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
LONGEST_WORDS = 5_000


class About(BaseModel):
    """What a collection says of itself. `language`: that of the page around the quotes. `address`: where it will stand, for feeds."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    title: str = Field(min_length=1, max_length=200)
    about: str = Field(default="", max_length=5_000)
    language: Literal["en", "fr"] = "en"
    address: str = Field(default="", max_length=500)

    @field_validator("address")
    @classmethod
    def _address(cls, value: str) -> str:
        address = entries.link(value)
        if value and not address:
            raise ValueError("an address begins with https:// and names a host")
        return f"{address.rstrip('/')}/" if address else ""


@needs("read")
def listed(store: Store, who: Who) -> list[Row]:
    """List collections by title, with how many `quotes` each has."""
    return collecting.listed(store)


@needs("read")
def opened(store: Store, who: Who, name: str) -> Row:
    """Return a collection with its `quotes` as they stand, and its last publication as `published`.

    Of each quote: `state` (what became of its comment), `clearance` (the newest) and `before` (older ones), `uses` it may be
    published for today, and `obstacles` by use. `still_out`: quotes last handed out that may not be published any more.
    """
    collection = collecting.get(store, name)
    quotes = standing(store, collecting.quotes(store, name))
    last = clearances.last_published(store, collection["id"])
    may = {(quote["id"], clearing.digest(quote["text"])) for quote in quotes if set(quote["uses"]) & ONLINE}
    out = [id for id, digest in last["quotes"] if (id, digest) not in may] if last else []
    published = last and {"who": last["who"], "at": last["at"], "quotes": len(last["quotes"])}
    return {**collection, "quotes": quotes, "published": published, "still_out": out}


ONLINE = {"site", "feed"}


def standing(store: Store, quotes: Sequence[Row]) -> list[Row]:
    """Put beside quotes what their comments and clearances say today."""
    said = {row["id"]: row for row in comments.some(store, list({quote["comment_id"] for quote in quotes}))}
    given = clearances.given(store, [quote["id"] for quote in quotes])
    found = []
    for quote in quotes:
        comment = said.get(quote["comment_id"])
        before = given[quote["id"]]
        newest = before.pop() if before else None
        about = {
            "state": clearing.comment_state(quote, comment),
            "source": comment["source"] if comment else None,
            "language": comment["language"] if comment else None,
            "clearance": newest,
            "before": before,
        }
        found.append(clearing.with_clearance({**quote, **about}, today()))
    return found


def today() -> date:
    """The day it is (UTC)."""
    return datetime.now(UTC).date()


@needs("curate")
def save(store: Store, who: Who, name: str, about: About, version: int = 0) -> Row:
    """Save what a collection says of itself, as it was seen at `version`, 0 for a new one. Raises Invalid, Stale."""
    if not NAME.fullmatch(name):
        raise Invalid(f"The name of a collection has only a-z, 0-9 and '-', not {name[:60]!r}.")
    return collecting.save(store, who.name, name, about.model_dump(), version)


@needs("curate")
def put_away(store: Store, who: Who, name: str, version: int) -> Row:
    """Put a collection away, as it was seen at `version`; what was published of it stays where it was put. Raises NotFound, Stale."""
    return collecting.put_away(store, who.name, name, version)


@needs("curate")
def bring_back(store: Store, who: Who, id: str) -> Row:
    """Bring a collection back that was put away, by its `id`. Raises NotFound, Invalid where another has its name by now."""
    return collecting.bring_back(store, who.name, id)


@needs("read")
def found(store: Store, who: Who, comment: int | str) -> Row:
    """Return the comment meant by its number (`42`, `#42`), or an address: the inbox's, or its own at the channel. Raises NotFound, Invalid."""
    return comments.get(store, _number(store, comment))


def _number(store: Store, comment: int | str) -> int:
    if isinstance(comment, int):
        return comment
    text = comment.strip()
    if (digits := text.removeprefix("#")).isdecimal() and len(digits) < 19:
        return int(digits)
    try:
        asked = parse_qs(urlsplit(text).query).get("comment", [""])[-1]
    except ValueError:
        asked = ""
    if asked.isdecimal() and len(asked) < 19:
        return int(asked)
    if not entries.link(text):
        raise Invalid(f"A comment is named by its number or an address, not {text[:80]!r}.")
    ids = collecting.at_address(store, text)
    if not ids:
        raise NotFound(f"No comment has the address {text[:200]}.")
    if len(ids) > 1:
        raise Invalid(
            f"Several comments have this address: {', '.join(map(str, ids))}. Name one by its number."
        )
    return ids[0]


@needs("curate")
def add(
    store: Store,
    who: Who,
    name: str,
    comment: int | str,
    words: str | None = None,
    starts: int | None = None,
    note: str = "",
) -> Row:
    """Quote `words` of a comment, or all of it, at the end of a collection; see `found` and `publishing.locate`.

    The same quote again is there already. Raises NotFound, Invalid with what differs.
    """
    quote = _quoted(comments.get(store, _number(store, comment)), words, starts)
    made = collecting.add(store, who.name, name, {**quote, "note": _noted(note)})
    return standing(store, [made])[0]


def _quoted(comment: Row, words: str | None, starts: int | None) -> Row:
    text = comment["text"]
    if comment["deleted_at"] is not None:
        raise Invalid(
            f"Comment {comment['id']} was deleted at its channel: what its author took back is not quoted."
        )
    span = publishing.locate(text, text.strip() if words is None else words, starts)
    if len(span.words) > LONGEST_WORDS:
        raise Invalid(f"A quote has at most {LONGEST_WORDS:,} characters. Choose the words that matter.")
    return {
        "comment_id": comment["id"],
        "comment_version": comment["version"],
        "starts": span.starts,
        "ends": span.ends,
        "text": span.words,
        "whole": clearing.digest(text),
        "excerpt": span.words != text.strip(),
        **{key: comment[key] for key in ("author", "created_at", "url")},
    }


def _noted(text: str) -> str:
    if len(text) > LONGEST_WORDS:
        raise Invalid(f"A note has at most {LONGEST_WORDS:,} characters.")
    return text.strip()


@needs("curate")
def order(store: Store, who: Who, name: str, ids: Sequence[int], version: int) -> None:
    """Put the quotes of a collection in another order, as it was seen at `version`. Raises NotFound, Invalid, Stale."""
    collecting.order(store, who.name, name, ids, version)


@needs("curate")
def change(
    store: Store,
    who: Who,
    id: int,
    version: int,
    words: str | None = None,
    starts: int | None = None,
    note: str | None = None,
) -> Row:
    """Quote other words of the same comment as it reads now, or write another note, as the quote was seen at `version`.

    Other words end what cleared the old ones. Raises NotFound, Invalid, Stale.
    """
    if (words is None) == (note is None):
        raise Invalid("Give other words, or another note: one at a time.")
    if words is not None:
        before = collecting.quote_in(store.read(), id)
        quote = _quoted(comments.get(store, before["comment_id"]), words, starts)
        row = collecting.reword(store, who.name, id, quote, version)
    else:
        row = collecting.annotate(store, who.name, id, _noted(note or ""), version)
    return standing(store, [row])[0]


@needs("curate")
def take(store: Store, who: Who, id: int, version: int, out: bool = True) -> Row:
    """Take a quote out of its collection, or put it back, as it was seen at `version`. Raises NotFound, Stale."""
    return collecting.take(store, who.name, id, version, out)


@needs("read")
def export(store: Store, who: Who, name: str, use: str | None = None) -> list[Row]:
    """Return the quotes of a collection in their order, flat: what was said, by whom, and what clears it for what.

    With `use`, only those that may be published for it today, each with `byline`, the name to be shown. Raises NotFound.
    """
    collecting.get(store, name)
    quotes = standing(store, collecting.quotes(store, name))
    return [_flat(quote) for quote in quotes if use is None or use in quote["uses"]]


QUOTE_COLUMNS = ("id", "text", "author", "created_at", "source", "url", "comment_id", "state", "note", "uses")
CLEARANCE_COLUMNS = ("kind", "person", "shown", "linked", "given_on", "until", "how", "withdrawn_at")
COLUMNS = (*QUOTE_COLUMNS, "byline", *CLEARANCE_COLUMNS)


def _flat(quote: Row) -> Row:
    given = quote["clearance"]
    byline = publishing.called(given) if given else None
    said = {key: quote[key] for key in QUOTE_COLUMNS} | {"byline": byline}
    return said | {key: given[key] if given else None for key in CLEARANCE_COLUMNS}


@needs("read")
def preview(store: Store, who: Who, name: str) -> dict[str, str]:
    """Return the files of a collection as they would be published now, by name."""
    return publishing.publish(
        collecting.get(store, name), standing(store, collecting.quotes(store, name)), today()
    )


@needs("curate")
def publish(store: Store, who: Who, name: str) -> Row:
    """Publish a collection: `files` by name, how many `quotes` are in them, and which were `withheld` (id, text, obstacles).

    It is written down what was handed out; where the files are put is for the caller.
    """
    collection = collecting.get(store, name)
    quotes = standing(store, collecting.quotes(store, name))
    files = publishing.publish(collection, quotes, today())
    out = [quote for quote in quotes if ONLINE & set(quote["uses"])]
    clearances.published(
        store, who.name, collection, [(one["id"], clearing.digest(one["text"])) for one in out]
    )
    withheld = [
        {
            "id": one["id"],
            "text": one["text"],
            "obstacles": {use: one["obstacles"][use] for use in sorted(lacks)},
        }
        for one in quotes
        if (lacks := ONLINE & set(one["obstacles"]))
    ]
    return {"files": files, "quotes": len(out), "withheld": withheld}
