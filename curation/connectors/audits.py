"""A ticket's comments and audits in Zendesk, read to their end."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from curation.connectors.http import Http
from curation.connectors.paging import Trail
from curation.connectors.shapes import deep, listed, packed, some, text
from curation.errors import NotFound, TryAgain
from curation.models import Raw

CHANGING = ("status", "priority", "type")
"""What changes of a ticket: it stands with its first comment only, so that the others stay as they are."""
_TRACES = ("metadata", "author")


def everything(connection: Http, path: str, name: str, **more: str) -> Iterator[dict[str, Any]]:
    """Yield a list's entries from page to page, each with its `author` where users come with the list.

    Raises Refused for a next page on another host.
    """
    said, users = connection.get(path, {"page[size]": 100, **more}).json(), dict[str | None, Any]()
    trail = Trail()
    while True:
        trail.met(text(one, "id") for one in listed(said, name))
        users |= {
            text(one, "id"): {"name": one.get("name"), "role": one.get("role")} for one in some(said, "users")
        }
        for one in listed(said, name):
            yield {**one, "author": users.get(text(one, "author_id"))}
        link = text(said, "links", "next")
        if deep(said, "meta", "has_more") is not True or not link:
            return
        said = connection.get(connection.same_host(link)).json()


def commented(audit: Any) -> str | None:
    """Return the id of the comment an audit tells of: the event's and the comment's are the same."""
    return next((text(one, "id") for one in some(audit, "events") if one.get("type") == "Comment"), None)


def raws(connection: Http, ticket: dict[str, Any]) -> list[Raw]:
    """Return a ticket's public comments; one raw that says so, where it is deleted.

    The first comment's key is the ticket's, so that a deletion can name it. Notes, and where somebody wrote, are left out.
    """
    number = text(ticket, "id") or ""
    if not number.isdigit():
        return [packed(ticket, None)]
    root, path = f"ticket-{number}", f"api/v2/tickets/{number}"
    if ticket.get("status") == "deleted":
        return [packed({"key": root, "deleted": True}, root)]
    try:
        found = list(everything(connection, f"{path}/comments.json", "comments", include="users"))
    except NotFound:
        # Deleted since the export was made, which will tell; or the answer is wrong.
        with suppress(NotFound):
            connection.get(f"{path}.json")
            raise TryAgain(f"Zendesk shows ticket {number} without its comments.", after=60) from None
        return []
    made = []
    for place, one in enumerate(found):
        if one.get("public") is False:
            continue
        key = text(one, "id") if place else root
        about = {name: ticket.get(name) for name in ("id", "subject", *(() if place else CHANGING))}
        comment = {name: value for name, value in one.items() if name not in _TRACES}
        made.append(packed({"key": key, "ticket": about, "comment": comment, "author": one["author"]}, key))
    return made
