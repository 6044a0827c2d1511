"""A support mailbox over IMAP (RFC 9051, RFC 3501). It only reads: folders are opened read-only, nothing becomes seen.

A folder's cursor is {uidvalidity, uid}. Where the server hands out a new UIDVALIDITY the folder is read again from
the start; keys are Message-IDs, so nothing is doubled. What is moved or expunged later stays a comment: clearing a
mailbox is not a customer taking words back.
"""

import ipaddress
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

import orjson
from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError
from pydantic import SecretStr

from curation.connectors.mails import mail, mailbox
from curation.errors import BadRecord, ConfigError
from curation.models import Comment, Cursor, Page, Raw

PAGE = 100
UNREAD = {b"\\noselect", b"\\nonexistent", b"\\sent", b"\\drafts", b"\\trash", b"\\junk"}


@dataclass(frozen=True, kw_only=True)
class Imap:
    """Settings of one mailbox.

    `port`: 993, or 143 where `tls` is not "tls". `folders`: names, or patterns with "*" and "%"; a pattern leaves
    out what the server marks as sent, drafts, trash or junk. `own_addresses`: who speaks for the team, by default
    `user` if that is an address. `since`: leave out what arrived before that day. `timeout`: in seconds.
    """

    host: str
    user: str
    password: SecretStr
    port: int | None = None
    tls: Literal["tls", "starttls", "none"] = "tls"
    folders: tuple[str, ...] = ("INBOX",)
    own_addresses: tuple[str, ...] = ()
    since: date | None = None
    timeout: float = 60.0

    def __post_init__(self) -> None:
        if self.tls == "none" and not _is_loopback(self.host):
            raise ConfigError(
                f'tls = "none" would send the password to {self.host} in the clear. Use "tls" or "starttls".'
            )

    @contextmanager
    def connect(self) -> Iterator[IMAPClient]:
        """Sign in. Raises Refused (password, certificate) or TryAgain (unreachable)."""
        port = self.port or (993 if self.tls == "tls" else 143)
        context = ssl.create_default_context()
        with mailbox.told(self.host):
            client = IMAPClient(
                self.host, port, ssl=self.tls == "tls", ssl_context=context, timeout=self.timeout
            )
        try:
            client.normalise_times = False
            with mailbox.told(self.host):
                if self.tls == "starttls":
                    client.starttls(context)
                mailbox.sign_in(client, self.host, self.user, self.password.get_secret_value())
            yield client
        finally:
            with suppress(OSError, IMAPClientError):
                client.logout()
            with suppress(OSError):
                client.shutdown()

    def streams(self, connection: IMAPClient) -> Iterable[str]:
        """Name the folders to pull, patterns resolved by the server."""
        names: list[str] = []
        for pattern in self.folders:
            if {"*", "%"}.isdisjoint(pattern):
                names.append(pattern)
                continue
            with mailbox.told(self.host, f" while listing {pattern!r}"):
                listed = connection.list_folders("", pattern)
            names += [name for flags, _, name in listed if UNREAD.isdisjoint(flag.lower() for flag in flags)]
        return list(dict.fromkeys(names))

    def pull(self, connection: IMAPClient, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        """Yield what arrived in the folder after `cursor`, by rising UID. Raises TryAgain if the line drops."""
        doing = f" while reading {stream!r}"
        with mailbox.told(self.host, doing):
            validity = int(connection.select_folder(stream, readonly=True)[b"UIDVALIDITY"])
            known = int(cursor["uid"]) if cursor and cursor["uidvalidity"] == validity else 0
            uids = mailbox.uids_after(connection, known, self.since)
        for start in range(0, len(uids), PAGE):
            with mailbox.told(self.host, doing):
                chunks = list(mailbox.chunks(connection, uids[start : start + PAGE]))
            for sizes in chunks:
                with mailbox.told(self.host, doing):
                    raws = mailbox.fetch(connection, stream, sizes)
                reached = {"uidvalidity": validity, "uid": max(sizes)}
                yield Page(stream=stream, raws=raws, cursor=reached, total=len(uids))

    def normalise(self, raw: Raw) -> Iterable[Comment]:
        """Read the message. Raises BadRecord where there is nothing to read in it."""
        try:
            payload = orjson.loads(raw.payload)
            message = mail.read(
                payload["rfc822"].encode("latin-1"), datetime.fromisoformat(payload["internaldate"])
            )
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise BadRecord(
                f"This cannot be read as a message: {type(error).__name__}: {error}"[:300]
            ) from error
        if not (message.text or message.subject):
            raise BadRecord("The message has neither a text nor a subject.")
        team = message.address in {address.lower() for address in self.own_addresses or (self.user,)}
        attributes = {
            "to": message.to,
            "cc": message.cc,
            "folder": payload.get("folder"),
            "attachments": message.attachments,
            "automatic": message.automatic,
            "truncated": message.truncated or bool(payload.get("truncated")),
        }
        yield Comment(
            key=raw.key,
            text=message.text or message.subject or "",
            title=message.subject,
            created_at=message.sent,
            author=message.name,
            author_key=message.address,
            thread=message.root or raw.key,
            reply_to=message.reply_to,
            role="automatic" if message.automatic else "team" if team else "customer",
            attributes={name: value for name, value in attributes.items() if value},
        )


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
