"""Tickets' public comments in Zendesk Support (developer.zendesk.com, Support API v2 of 2026).

The incremental ticket export gives each ticket that changed, by its own cursor, which is ours: {after}. Nothing is read
twice. Comments are asked for ticket by ticket. The export leaves out the newest minute, and takes 10 requests a minute. A comment
cannot be edited, only redacted: that shows. A deleted ticket comes as such, and takes back its first comment. Internal notes,
and where and with what somebody wrote, are never kept. Proven: nothing on a real account; mapping on the examples of the published
specification; paging, `send` and `find_reply` on a stand-in after it.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from pydantic import SecretStr

from curation.connectors import audits, markup
from curation.connectors.http import Http
from curation.connectors.shapes import body, deep, kept, listed, needed, payload, text, when
from curation.errors import BadRecord, TryAgain, Unknown
from curation.models import Comment, Cursor, Deleted, Page, Raw, Receipt, Reply, Rules

TEAM = {"agent", "admin"}
MACHINES = {"rule", "system", "trigger", "automation"}


@dataclass(frozen=True, kw_only=True)
class Zendesk:
    """`url`: https://NAME.zendesk.com. `token`: an API token of the agent `email`, or an OAuth token where no `email` is set.

    `since`: leave out tickets that have not changed since.
    """

    url: str
    token: SecretStr
    email: str | None = None
    since: date | None = None
    private: bool = False

    @contextmanager
    def connect(self) -> Iterator[Http]:
        """Make the client; the first request shows whether the token holds."""
        key = self.token.get_secret_value()
        auth = (f"{self.email}/token", key) if self.email else None
        headers = {} if auth else {"authorization": f"Bearer {key}"}
        with Http(self.url, headers, auth, secrets=(key,), private=self.private) as http:
            yield http

    def streams(self, connection: Http) -> Iterable[str]:
        """Name the one export."""
        return ["tickets"]

    def pull(self, connection: Http, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        """Yield the comments of every ticket that changed after the cursor, in the order of the changes."""
        after = (cursor or {}).get("after")
        begin = int(datetime.combine(self.since, time(), UTC).timestamp()) if self.since else 1
        while True:
            where = {"cursor": after} if after else {"start_time": begin}
            said = connection.get("api/v2/incremental/tickets/cursor.json", {**where, "per_page": 50}).json()
            raws = [raw for ticket in listed(said, "tickets") for raw in audits.raws(connection, ticket)]
            following, over = text(said, "after_cursor") or after, deep(said, "end_of_stream") is True
            if raws or following != after:
                yield Page(stream=stream, raws=raws, cursor={"after": following})
            if over:
                return
            if following == after:
                raise TryAgain("The export goes on, and does not say where.", after=60)
            after = following

    def normalise(self, raw: Raw) -> Iterable[Comment | Deleted]:
        """Map a public comment; the first of a ticket is the ticket's own."""
        data = payload(raw)
        key, ticket, said = needed(data, "key"), deep(data, "ticket"), deep(data, "comment")
        if data.get("deleted") is True:
            return [Deleted(key=key)]
        words = text(said, "body") or markup.text(text(said, "html_body") or "")
        if not words.strip():
            raise BadRecord("There is no text.")
        if deep(said, "public") is not True:
            raise BadRecord("This is an internal note, or nothing says that it is not.")
        number, role = needed(ticket, "id"), text(data, "author", "role")
        writer, channel = text(said, "author_id"), text(said, "via", "channel")
        machine = channel in MACHINES or (writer or "").startswith("-")
        found = Comment(
            key=key,
            text=words,
            title=text(ticket, "subject", longest=500),
            created_at=when(said, "created_at"),
            author=text(data, "author", "name", longest=200),
            author_key=writer,
            thread=f"ticket-{number}",
            reply_to=None if key == f"ticket-{number}" else f"ticket-{number}",
            url=f"{self.url.rstrip('/')}/agent/tickets/{number}",
            role="automatic" if machine else "team" if role in TEAM else "customer",
            attributes={
                "ticket": number,
                **kept(ticket, *audits.CHANGING),
                **({"channel": channel} if channel else {}),
            },
        )
        return [found]

    def rules(self, to: Comment) -> Rules:
        """Answers are plain text of 64 KiB at most, and go to the requester by the ticket's own channel."""
        return Rules(longest=65_000, unit="bytes", public=False, note="A closed ticket takes no answer.")

    def send(self, connection: Http, reply: Reply) -> Receipt:
        """Comment once, publicly; the marker stands in the metadata of the ticket's audit."""
        comment = {"body": reply.text, "public": True}
        value = {"ticket": {"comment": comment, "metadata": {"tribune": reply.marker}}}
        answer = connection.send("PUT", f"api/v2/tickets/{_number(reply)}.json", value, ok=(200, 201, 409))
        if answer.status == 409:
            raise TryAgain("Somebody else is changing the ticket.", after=30)
        if key := audits.commented(deep(body(answer), "audit")):
            return Receipt(key=key, url=f"{self.url.rstrip('/')}/agent/tickets/{_number(reply)}")
        raise Unknown("Zendesk did not say what became of the reply.")

    def find_reply(self, connection: Http, reply: Reply) -> Receipt | None:
        """Look for the marker in the ticket's audits. Raises NotFound where the ticket is gone."""
        for audit in audits.everything(connection, f"api/v2/tickets/{_number(reply)}/audits.json", "audits"):
            if text(audit, "metadata", "custom", "tribune") == reply.marker and (
                key := audits.commented(audit)
            ):
                return Receipt(key=key)
        return None


def _number(reply: Reply) -> str:
    return (reply.to.thread or reply.to.key).removeprefix("ticket-")
