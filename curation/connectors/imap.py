"""A support mailbox over IMAP (RFC 9051, RFC 3501), answered over SMTP (RFC 5321, RFC 5322).

Reading marks nothing: folders are opened read-only. A folder's cursor is {uidvalidity, uid}. Where the server hands out a
new UIDVALIDITY the folder is read again from the start; keys are Message-IDs, so nothing is doubled. What is moved or
expunged later stays a comment: clearing a mailbox is not a customer taking words back.

A reply's Message-ID is its marker. That a mail server took it is proven by our own copy in the mailbox. `copy` = "bcc": it
travels with the reply, so that its absence proves the contrary, once mail has had time to arrive (`settles`). `copy` =
"sent": it is put into the folder of sent mail after the server took the reply; its absence proves nothing, and
`find_reply` then never says so. Proven on real Dovecot 2.3 and Exim 4.96.
"""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Literal

from imapclient import IMAPClient
from pydantic import SecretStr

from curation.connectors.mails import answer, mailbox, mapping, smtp
from curation.errors import ConfigError, Invalid
from curation.models import Comment, Cursor, Page, Raw, Receipt, Reply, Rules

PAGE = 100
UNREAD = {b"\\sent", b"\\drafts", b"\\trash", b"\\junk"}


@dataclass(frozen=True, kw_only=True)
class Imap:
    """Settings of one mailbox.

    `port`: 993, or 143 where `tls` is not "tls". `folders`: names, or patterns with "*" and "%"; a pattern leaves
    out what the server marks as sent, drafts, trash or junk. `own_addresses`: who speaks for the team, by default
    `user` if that is an address. `since`: leave out what arrived before that day. `timeout`: in seconds.
    Answers need `smtp_host`; `smtp_port`: 587, or 465 for "tls", 25 for "none". `smtp_user` ("": without signing in) and
    `smtp_password`: by default those of IMAP. `sender`: by default `user`; its mail must arrive in this mailbox.
    """

    host: str
    user: str
    password: SecretStr
    port: int | None = None
    tls: smtp.Tls = "tls"
    folders: tuple[str, ...] = ("INBOX",)
    own_addresses: tuple[str, ...] = ()
    since: date | None = None
    timeout: float = 60.0
    smtp_host: str | None = None
    smtp_port: int | None = None
    smtp_tls: smtp.Tls = "starttls"
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    sender: str | None = None
    sender_name: str = ""
    copy: Literal["bcc", "sent"] = "bcc"
    quote: bool = True
    settles: ClassVar[float] = 900.0

    def __post_init__(self) -> None:
        for key, tls, host in (("tls", self.tls, self.host), ("smtp_tls", self.smtp_tls, self.smtp_host)):
            if tls == "none" and host and not mailbox.is_loopback(host):
                raise ConfigError(
                    f'{key} = "none" would send the password to {host} in the clear. Use "tls" or "starttls".'
                )
        if self.smtp_host and not answer.is_address(self._sender):
            raise ConfigError(f"sender: {self._sender!r} is no address answers can be sent from.")

    @property
    def _sender(self) -> str:
        return answer.plain_domain(self.sender or self.user)

    @property
    def _own(self) -> set[str]:
        sending = (self._sender,) if self.smtp_host else ()
        return {address.lower() for address in (*(self.own_addresses or (self.user,)), *sending)}

    def connect(self) -> AbstractContextManager[IMAPClient]:
        """Sign in. Raises Refused (password, certificate) or TryAgain (unreachable)."""
        port = self.port or (993 if self.tls == "tls" else 143)
        return mailbox.opened(
            self.host, port, self.tls, self.user, self.password.get_secret_value(), self.timeout
        )

    def streams(self, connection: IMAPClient) -> Iterable[str]:
        """Name the folders to pull, patterns resolved by the server."""
        names: list[str] = []
        for pattern in self.folders:
            if {"*", "%"}.isdisjoint(pattern):
                names.append(pattern)
                continue
            with mailbox.told(self.host, f" while listing {pattern!r}"):
                names += mailbox.folders(connection, pattern, UNREAD)
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
        yield mapping.comment(raw, self._own)

    def rules(self, to: Comment) -> Rules:
        """Say what mail asks of a reply. Raises Invalid where the source has no way of sending."""
        self._way()
        return answer.rules(to)

    def send(self, connection: IMAPClient, reply: Reply) -> Receipt:
        """Send once. Raises Unknown where the server had all of it and said nothing, else what stands in the way."""
        return answer.send(self._way(), connection, reply)

    def find_reply(self, connection: IMAPClient, reply: Reply) -> Receipt | None:
        """Look for our own copy in the mailbox. Raises TryAgain where its absence proves nothing."""
        return answer.find(self._way(), connection, self.host, list(self.streams(connection)), reply)

    def _way(self) -> answer.Way:
        if not self.smtp_host:
            raise Invalid(
                "Mail of this source cannot be answered there: it has no smtp_host. Answer another way."
            )
        user = self.user if self.smtp_user is None else self.smtp_user
        password = (self.smtp_password or self.password).get_secret_value()
        port = self.smtp_port or smtp.PORTS[self.smtp_tls]
        return answer.Way(
            server=smtp.Server(self.smtp_host, port, self.smtp_tls, user, password, self.timeout),
            sender=self._sender,
            name=self.sender_name,
            own=self._own,
            bcc=self.copy == "bcc",
            quote=self.quote,
        )
