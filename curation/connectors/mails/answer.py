"""Answer a mail by mail: write the reply (RFC 5322), send it, find it again in the mailbox.

What proves that a server took a reply is our own copy of it: it goes in the same transaction as the customer's (Bcc), so
a server takes both or neither, and it carries the same Message-ID, made of the reply's marker. Nobody's address, name or
subject is ever able to add a header or a recipient.
"""

import re
import unicodedata
from collections.abc import Sequence, Set
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from curation.connectors.mails import mail, mailbox, smtp
from curation.errors import Invalid, TryAgain
from curation.models import Comment, Receipt, Reply, Rules

MARK = "Tribune-Reply"
"""A header of our own with the marker: some servers (Amazon's, Microsoft's) put another Message-ID in place of ours."""
LINES, WIDTH = 200, 900
_MARKER = re.compile(r"[a-z0-9]{26}")
_ADDRESS = re.compile(
    r"[^\s<>()\[\],;:\\\"@\x00-\x20\x7f]{1,64}@(?!-)[^\s<>()\[\],;:\\\"@/\x00-\x20\x7f]{1,253}"
)
_AGAIN = re.compile(r"(?:(?:re|aw|sv|antw|antwort|réf|rép)\s?(?:\[\d{1,3}\])?\s?[:：]\s*)+", re.I)
_ID = re.compile(r"[^\s<>]{1,500}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How answers leave. `own`: our addresses, lower case. `bcc`: our copy travels with the reply, else it is put into
    the folder of sent mail afterwards. `quote`: what is answered stands below the answer."""

    server: smtp.Server
    sender: str
    name: str
    own: Set[str]
    bcc: bool
    quote: bool


def rules(to: Comment) -> Rules:
    """Say what mail asks of a reply."""
    note = "It goes to the person by mail, with the subject and below the letter it answers."
    if _automatic(to):
        note = "A machine wrote this. It is not answered."
    return Rules(longest=100_000, public=False, note=note)


def send(way: Way, client: IMAPClient, reply: Reply) -> Receipt:
    """Write the reply and hand it over. Raises Unknown, Refused, Invalid or TryAgain."""
    address = recipient(reply.to, way.own)
    message = written(reply, address, way.sender, way.name, way.quote)
    smtp.deliver(way.server, message, way.sender, address, way.sender if way.bcc else None)
    if not way.bcc:
        # It was taken: whatever happens to our own copy is no reason to say otherwise.
        with suppress(OSError, IMAPClientError):
            _keep(client, reply, message, way.sender)
    return Receipt(key=message_id(reply, way.sender), at=datetime.now(UTC))


def find(way: Way, client: IMAPClient, host: str, folders: Sequence[str], reply: Reply) -> Receipt | None:
    """Look for our copy, first in these folders, then in all others. Raises TryAgain where its absence proves nothing."""
    since = (reply.to.created_at - timedelta(days=3)).date()
    with mailbox.told(host, " while looking for a reply"):
        everywhere = dict.fromkeys([*folders, *mailbox.folders(client)])
        if receipt := _found(client, list(everywhere), reply, way.sender, since):
            return receipt
    if not way.bcc:
        raise TryAgain(
            f"{host} holds no copy in its sent mail, which proves nothing: the copy is put there after the mail server"
            " took the reply. Ask the mail server's log, then send it again or record it.",
            after=3600,
        )
    return None


def is_address(address: str) -> bool:
    """Tell whether mail can go to or come from this, with no way for it to be more than an address."""
    return bool(_ADDRESS.fullmatch(address))


def recipient(to: Comment, own: Set[str]) -> str:
    """Return the one address an answer goes to: Reply-To, else From; after a message of our own, whom that went to.

    Raises Invalid for a machine's message, and where there is no address but our own.
    """
    about = to.attributes or {}
    if _automatic(to):
        raise Invalid("This was written by a machine; an answer could go round in circles.")
    named = about.get("to") or [] if to.role == "team" else [about.get("answer_to"), to.author_key]
    for address in named:
        if isinstance(address, str) and is_address(address) and address.lower() not in own:
            return plain_domain(address)
    raise Invalid("The message names no address that could be answered. Answer another way and record that.")


def written(reply: Reply, address: str, sender: str, name: str, quote: bool) -> bytes:
    """Write the message. Raises Invalid."""
    if not _MARKER.fullmatch(reply.marker):
        raise Invalid("A reply's marker has 26 letters a-z and digits.")
    about = reply.to.attributes or {}
    parents = [reply.to.thread, *(about.get("references") or []), reply.to.reply_to, reply.to.key]
    ids = list(dict.fromkeys(f"<{one}>" for one in parents if isinstance(one, str) and _is_id(one)))
    # By hand: Python's email folds a long Message-ID into an encoded word, which is none any more.
    head = [f"Message-ID: <{message_id(reply, sender)}>", f"{MARK}: {reply.marker}"]
    head += [f"In-Reply-To: <{reply.to.key}>"] if _is_id(reply.to.key) else []
    head += ["References: " + "\r\n ".join(ids[:1] + ids[1:][-20:])] if ids else []
    message = EmailMessage(policy=SMTP if (sender + address).isascii() else SMTPUTF8)
    try:
        message["From"] = _address(sender, _line(name))
        message["To"] = _address(address)
    except (ValueError, IndexError, HeaderParseError) as error:
        raise Invalid(f"This address cannot be written to: {error}") from error
    message["Subject"] = f"Re: {_AGAIN.sub('', _line(reply.to.title or ''), count=1)}".strip()
    message["Date"] = format_datetime(datetime.now(UTC))
    message.set_content(_plain(reply.text) + (_quoted(reply.to) if quote else ""), cte="quoted-printable")
    return "".join(f"{line}\r\n" for line in head).encode("ascii") + message.as_bytes()


def message_id(reply: Reply, sender: str) -> str:
    """Return the reply's Message-ID, the same at every attempt: the key it has when it comes back."""
    return f"{reply.marker}@{sender.rpartition('@')[2]}"


def plain_domain(address: str) -> str:
    """Return the address with its domain in ASCII (IDNA), as it travels."""
    local, _, domain = address.rpartition("@")
    with suppress(UnicodeError):
        domain = domain.encode("idna").decode()
    return f"{local}@{domain}"


def _address(address: str, name: str = "") -> Address:
    local, _, domain = address.rpartition("@")
    return Address(name, local, domain)


def _keep(client: IMAPClient, reply: Reply, message: bytes, sender: str) -> None:
    """Put our copy into the folder of sent mail, unless the server did so by itself."""
    sent = client.find_special_folder(b"\\Sent") or "Sent"
    if not client.folder_exists(sent):
        client.create_folder(sent)
    if not _found(client, [sent], reply, sender, datetime.now(UTC).date() - timedelta(days=2)):
        client.append(sent, message, [b"\\Seen"])


def _found(
    client: IMAPClient, folders: Sequence[str], reply: Reply, sender: str, since: date
) -> Receipt | None:
    """Look for the reply in these folders, among what arrived since that day, without marking anything."""
    asked = ["SINCE", since, "OR", "HEADER", "Message-ID", message_id(reply, sender)]
    for folder in folders:
        client.select_folder(folder, readonly=True)
        uids = client.search([*asked, "HEADER", MARK, reply.marker])
        if not uids:
            continue
        about = client.fetch(uids[:1], ["BODY.PEEK[HEADER]", "INTERNALDATE"]).get(uids[0], {})
        if head := about.get(b"BODY[HEADER]"):
            return Receipt(key=mail.key(head), at=about[b"INTERNALDATE"].astimezone(UTC))
    return None


def _automatic(to: Comment) -> bool:
    return to.role == "automatic" or bool((to.attributes or {}).get("automatic"))


def _is_id(key: str) -> bool:
    """Tell a Message-ID from the key of a message that had none."""
    return bool(_ID.fullmatch(key)) and key.isascii() and key.isprintable() and not key.startswith("sha256:")


def _line(value: str) -> str:
    """Make a header's value of what strangers wrote: one line, no control characters, bounded."""
    shown = "".join(
        " " if unicodedata.category(one) in ("Cc", "Cs", "Zl", "Zp") else one for one in value[:2_000]
    )
    return " ".join(shown.split())[:WIDTH]


def _plain(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    return lines.encode("utf-8", "replace").decode().strip("\n") + "\n"


def _quoted(to: Comment) -> str:
    """Quote what is answered below the answer, as mail programs do and as `quoting` takes off again."""
    lines = _plain(to.text).rstrip("\n").split("\n")[:LINES]
    marked = "\n".join(f"> {line[:WIDTH]}".rstrip() for line in lines)
    return (
        f"\nOn {to.created_at:%d %b %Y, at %H:%M} UTC, {_line(to.author or 'you')[:80]} wrote:\n\n{marked}\n"
    )
