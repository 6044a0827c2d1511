"""Read Request Tracker's transactions and what hangs on them: who wrote, in which words, on which ticket."""

from base64 import b64decode
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

import orjson

from curation.connectors import markup, shapes
from curation.connectors.http import Http
from curation.errors import BadRecord, NotFound, TryAgain
from curation.models import Raw

PAGE, SHOWN, EMPTY = 25, 100, 10
"""Transactions read for one page of ours; listed at once (RT's most); pages without one that the account may see, after which
there is nothing to see."""
LONGEST = 1_000_000
SAID = "ObjectType = 'RT::Ticket' AND (Type = 'Create' OR Type = 'Correspond')"
# Flat, on purpose: RT 5.0.3 loses conditions of "(a AND (b OR c) OR (d)) AND e", the one on the type among them.
_WANTED = "ObjectType = 'RT::Ticket' AND (Type = 'Create' OR Type = 'Correspond' OR (Type = 'Status' AND NewValue = 'deleted'))"
_FIELDS = {
    "fields": "Type,Created,Creator,ObjectId",
    "fields[Creator]": "id,Name,RealName,EmailAddress",
    "orderby": "id",
}


def wanted(queues: Sequence[str], since: date | None) -> str:
    """Write the search for everything that is pulled: messages, and tickets' deletions."""
    query = _WANTED
    if queues:
        escaped = [queue.replace("\\", "\\\\").replace("'", "\\'") for queue in queues]
        query += " AND (" + " OR ".join(f"TicketQueue = '{queue}'" for queue in escaped) + ")"
    # RT reads the day in its own time zone: a day more holds all of it.
    return query + (f" AND Created >= '{since - timedelta(days=1)}'" if since else "")


def sought(connection: Http, ticket: str, after: int, text: str) -> dict[str, Any] | None:
    """Return the transaction beyond `after` in which staff say this on the ticket, None where there is none."""
    # A ticket that was merged answers with the one it went into, and replies go there.
    merged, known = number(connection.get(f"ticket/{ticket}").json()) or ticket, dict[str, Any]()
    query = f"{SAID} AND (ObjectId = {ticket} OR ObjectId = {merged})"
    for one in of_ticket(connection, query, after):
        if staff(connection, one, known) and words(connection, one).split() == text.split():
            return one
    return None


def listed(connection: Http, query: str, order: str = "ASC", pages: int = EMPTY) -> list[dict[str, Any]]:
    """Return the first page of a search that holds anything, at most so many pages on.

    A superuser gets a total. Others do not, and their pages leave out what they may not see: one may be empty before the end.
    """
    for page in range(1, pages + 1):
        asked = {**_FIELDS, "query": query, "order": order, "per_page": SHOWN, "page": page}
        answer = connection.get("transactions", asked).json()
        found, total = shapes.listed(answer, "items"), shapes.deep(answer, "total")
        if found or (isinstance(total, int) and page * SHOWN >= total):
            return found
    return []


def of_ticket(connection: Http, query: str, after: int = 0) -> Iterator[dict[str, Any]]:
    """Yield what a search within one ticket finds, oldest first: all of it can be seen, or nothing."""
    while found := listed(connection, f"{query} AND id > {after}", pages=1):
        yield from found
        after = beyond(found, after)


def number(transaction: Any) -> int:
    """Return a transaction's number, 0 where it has none."""
    found = shapes.text(transaction, "id", longest=18) or ""
    return int(found) if found.isdecimal() else 0


def beyond(found: list[dict[str, Any]], after: int) -> int:
    """Return the highest number of a page. Raises TryAgain where it does not lead on."""
    highest = max(map(number, found))
    if highest <= after:
        raise TryAgain("Request Tracker lists transactions that were not asked for.", after=300)
    return highest


def read(connection: Http, transaction: dict[str, Any], known: dict[str, Any]) -> Raw | None:
    """Read what `normalise` needs of a transaction; None where it is gone or hidden meanwhile. `known`: tickets and people read before."""
    if transaction.get("Type") not in ("Create", "Correspond", "Status"):
        return None  # Never read what staff say to each other, whatever a search returns.
    key, ticket = number(transaction), shapes.text(transaction, "ObjectId", longest=18)
    if not key or not ticket or not ticket.isdecimal():
        return _raw({"transaction": transaction}, None)
    try:
        if transaction.get("Type") == "Status":
            said = of_ticket(connection, f"{SAID} AND ObjectId = {ticket}")
            return _raw({"deleted": [str(number(one)) for one in said]}, f"deleted-{key}")
        found = _ticket(connection, f"ticket/{ticket}", known)
        about = {name: shapes.deep(found, name) for name in ("Subject", "Queue", "Requestor")}
        payload = {"transaction": transaction, "privileged": staff(connection, transaction, known)}
        return _raw({**payload, "ticket": about, **_words(connection, key)}, str(key))
    except NotFound:
        return None


def staff(connection: Http, transaction: dict[str, Any], known: dict[str, Any]) -> bool:
    """Tell whether a transaction's author is privileged: of the team, not a customer."""
    creator = shapes.text(transaction, "Creator", "id", longest=18) or ""
    if not creator.isdecimal():
        return False
    if (path := f"user/{creator}") not in known:
        known[path] = connection.get(path).json()
    return bool(shapes.deep(known[path], "Privileged"))


def words(connection: Http, transaction: dict[str, Any]) -> str:
    """Return the text of a transaction, quotes and all."""
    return text(_words(connection, number(transaction)).get("part"), quotes=True)


def text(part: Any, *, quotes: bool) -> str:
    """Return the text of an attachment as a reader sees it. Raises BadRecord where it cannot be decoded."""
    try:
        said = b64decode(shapes.text(part, "Content", longest=LONGEST) or "").decode("utf-8", "replace")
    except ValueError as error:
        raise BadRecord("The message's text is no base64.") from error
    html = (shapes.text(part, "ContentType") or "").lower() == "text/html"
    return (markup.text(said, quotes=quotes) if html else said.replace("\r\n", "\n")).strip()[
        : shapes.LONGEST
    ]


def _raw(value: Any, key: str | None) -> Raw:
    # RT writes the fields of an object in another order every time; a raw that differs would be stored again.
    return shapes.packed(orjson.loads(shapes.coded(value, orjson.OPT_SORT_KEYS)), key)


def strings(payload: Any, name: str) -> list[str]:
    """Return the texts of a payload's list."""
    found = shapes.deep(payload, name)
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []


def _words(connection: Http, key: int) -> dict[str, Any]:
    """Return the headers of a message, the attachment that holds its text (plain before HTML), and the names of its files."""
    asked = {"fields": "ContentType,Filename,Headers", "per_page": 100, "orderby": "id"}
    parts = shapes.listed(connection.get(f"transaction/{key}/attachments", asked).json(), "items")
    files = [name for one in parts if (name := shapes.text(one, "Filename", longest=200))]
    found: dict[str, Any] = {"headers": shapes.text(parts, 0, "Headers", longest=20_000), "files": files}
    for kind in ("text/plain", "text/html"):
        for one in parts:
            if one.get("ContentType") == kind and not one.get("Filename") and number(one):
                whole = connection.get(f"attachment/{number(one)}").json()
                content = shapes.text(whole, "Content", longest=LONGEST)
                return {**found, "part": {"ContentType": kind, "Content": content}}
    return found


def _ticket(connection: Http, path: str, known: dict[str, Any]) -> Any:
    if path not in known:
        answer = connection.get(path, ok=(200, 403))
        known[path] = answer.json() if answer.status == 200 else None
    if known[path] is None:
        raise NotFound(f"The account may not see {path}.")
    return known[path]
