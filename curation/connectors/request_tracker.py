"""Request Tracker 5 over REST2 (docs.bestpractical.com, RT::REST2): what customers and staff wrote to each other on tickets.

A ticket is a thread, a Create or Correspond transaction a comment; comments between staff are never asked for. The cursor is {id,
seen}: transactions go by their rising number, since RT reads dates in a search in its own time zone; the newest `OVERLAP`
numbers are listed again for what was committed late, and only what was not seen is read. Transactions never change, so
there are no edits. A ticket set to `deleted` deletes its comments; what is shredded goes unseen. An account that is not a
superuser gets pages without a total and with holes where it may not look, so the walk goes up to the newest it may see.

RT has no key against sending twice: `find_reply` looks on the ticket for a message of staff's after the comment, with the same
text. Proven on a real RT 5.0.3.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import quote

from pydantic import SecretStr

from curation.connectors import shapes
from curation.connectors.http import Http
from curation.connectors.mails import mail, mime, quoting
from curation.connectors.tickets import transactions
from curation.errors import BadRecord, ConfigError, Invalid, Refused, Unknown
from curation.models import Comment, Cursor, Deleted, Page, Raw, Receipt, Reply, Rules

OVERLAP = 500


@dataclass(frozen=True, kw_only=True)
class RequestTracker:
    """`token`, or `user` and `password`, of a privileged account. `queues`: names; by default all that the account sees."""

    url: str
    token: SecretStr | None = None
    user: str = ""
    password: SecretStr | None = None
    queues: tuple[str, ...] = ()
    since: date | None = None
    private: bool = False

    def connect(self) -> Http:
        """Make the client. Raises ConfigError where the address or the credentials do not do."""
        token, password = (one.get_secret_value() if one else "" for one in (self.token, self.password))
        if not token and not (self.user and password):
            raise ConfigError("Request Tracker needs a token, or a user and a password.")
        return Http(
            f"{self.url.rstrip('/')}/REST/2.0",
            headers={"authorization": f"token {token}"} if token else {},
            auth=None if token else (self.user, password),
            secrets=(token, password),
            private=self.private,
        )

    def streams(self, connection: Http) -> Iterable[str]:
        """Name the one stream. Raises NotFound where a queue is not there: RT would find nothing in it, silently."""
        for queue in self.queues:
            connection.get(f"queue/{quote(queue, safe='')}")
        return ["transactions"]

    def pull(self, connection: Http, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        """Yield what was written after `cursor`, by rising number."""
        before = cursor or {"id": 0, "seen": []}
        reached, seen, known = int(before["id"]), set(before["seen"]), dict[str, Any]()
        after, query = max(0, reached - OVERLAP), transactions.wanted(self.queues, self.since)
        newest = transactions.listed(connection, f"{query} AND id > {after}", "DESC")
        last = max(map(transactions.number, newest), default=0)
        while after < last:
            bounds = f"{query} AND id > {after} AND id <= {last}"
            found = transactions.listed(connection, bounds, pages=last)[: transactions.PAGE]
            fresh = [one for one in found if transactions.number(one) not in seen]
            raws = [raw for one in fresh if (raw := transactions.read(connection, one, known))]
            after = transactions.beyond(found, after) if found else last
            reached = max(reached, after)
            seen.update(map(transactions.number, found))
            kept = sorted(number for number in seen if number > reached - OVERLAP)
            if fresh:
                yield Page(stream=stream, raws=raws, cursor={"id": reached, "seen": kept})

    def normalise(self, raw: Raw) -> Iterable[Comment | Deleted]:
        """Map one message. Raises BadRecord."""
        payload = shapes.payload(raw)
        if "deleted" in payload:
            yield from (Deleted(key=key) for key in transactions.strings(payload, "deleted"))
            return
        said, ticket = shapes.deep(payload, "transaction"), shapes.deep(payload, "ticket")
        number, at = shapes.needed(said, "ObjectId"), shapes.when(said, "Created")
        name, requestor = shapes.needed(said, "Creator", "Name"), shapes.text(ticket, "Requestor", 0, "id")
        headers, _ = mime.split((shapes.text(payload, "headers") or "").encode())
        machine = mail.machine(headers, shapes.text(said, "Creator", "EmailAddress") or "")
        staff, author = bool(shapes.deep(payload, "privileged")), shapes.text(said, "Creator", "RealName")
        if staff and said.get("Type") == "Create" and requestor and requestor != name:
            # Staff or a web form opened it for a customer: these are the customer's words.
            staff, name, author = False, requestor, None
        title = shapes.text(ticket, "Subject", longest=1_000)
        whole = transactions.text(payload.get("part"), quotes=False)
        if not (text := quoting.visible(whole) or whole or title):
            raise BadRecord("The message has neither a text nor a subject.")
        yield Comment(
            key=raw.key,
            text=text,
            title=title,
            created_at=at,
            author=author or name,
            author_key=name,
            thread=f"ticket {number}",
            url=f"{self.url.rstrip('/')}/Ticket/Display.html?id={number}#txn-{raw.key}",
            role="automatic" if machine or name == "RT_System" else "team" if staff else "customer",
            attributes={"ticket": number, "files": transactions.strings(payload, "files")},
        )

    def rules(self, to: Comment) -> Rules:
        """Say what a ticket asks of a reply."""
        return Rules(longest=100_000, public=False, note="RT sends it by mail to the ticket's requestors.")

    def send(self, connection: Http, reply: Reply) -> Receipt:
        """Send once. Raises Unknown where it may have arrived."""
        path = f"ticket/{_ticket(reply)}/correspond"
        try:
            answer = connection.send(
                "POST", path, {"Content": reply.text, "ContentType": "text/plain"}, ok=(201,)
            )
        except Invalid as error:
            if "permission denied" in str(error).lower():
                raise Refused(
                    f"The account may not reply to this ticket: it lacks ReplyToTicket. {error}"
                ) from error
            raise
        key = answer.headers.get("location", "").rpartition("/transaction/")[2]
        if not key.isdecimal():
            raise Unknown("RT took the reply and did not say its number.")
        return Receipt(
            key=key, url=f"{self.url.rstrip('/')}/Ticket/Display.html?id={_ticket(reply)}#txn-{key}"
        )

    def find_reply(self, connection: Http, reply: Reply) -> Receipt | None:
        """Look on the ticket for the text, said by staff after the comment."""
        after = int(reply.to.key) if reply.to.key.isdecimal() else 0
        one = transactions.sought(connection, _ticket(reply), after, reply.text)
        return Receipt(key=str(transactions.number(one)), at=shapes.when(one, "Created")) if one else None


def _ticket(reply: Reply) -> str:
    ticket = str((reply.to.attributes or {}).get("ticket"))
    if not ticket.isdecimal():
        raise Invalid("The comment names no ticket to reply to.")
    return ticket
