"""Answering by mail through a real Exim into a real Dovecot: sent once, found again, threaded, and never more than one letter."""

import email.policy
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

import orjson
import pytest
from pydantic import SecretStr

from curation.connectors import Answering
from curation.connectors.imap import Imap
from curation.connectors.mails import answer, mail
from curation.errors import ConfigError, Invalid, Refused, TryAgain, Unknown
from curation.models import Comment, Raw, Receipt, Reply
from tests.servers.dovecot import Dovecot, dovecot, free_port
from tests.servers.exim import Exim, exim

__all__ = ["dovecot", "exim"]

MARKER = "abcdefghijklmnopqrstuvwx23"
LETTER = (
    "From: =?utf-8?q?Zo=C3=AB?= <zoe@post.test>\r\nTo: support@widget.test\r\nMessage-ID: <three@post.test>\r\n"
    "Date: {date}\r\nIn-Reply-To: <two@widget.test>\r\nReferences: <one@post.test>\r\n <two@widget.test>\r\n"
    "Subject: RE: Re[2]: =?utf-8?q?Gr=C3=BC=C3=9Fe?= aus Wien\r\n{more}\r\nStill broken.\r\n"
)


def letter(more: str = "", at: datetime | None = None) -> bytes:
    date = email.utils.format_datetime(at or datetime.now(UTC))
    return LETTER.format(date=date, more=more).encode()


def connector(dovecot: Dovecot, exim: Exim, **settings: Any) -> Imap:
    known: dict[str, Any] = {
        "host": dovecot.host,
        "port": dovecot.port,
        "tls": "none",
        "user": dovecot.user,
        "password": SecretStr(dovecot.password),
        "smtp_host": exim.host,
        "smtp_port": exim.port,
        "smtp_tls": "none",
        "smtp_user": exim.user,
        "sender_name": "Widget, Hilfe & Świat",
        "timeout": 10.0,
    }
    return Imap(**(known | settings))


def offline(**settings: Any) -> Imap:
    known: dict[str, Any] = {"host": "localhost", "user": "support@widget.test", "password": SecretStr("-")}
    return Imap(**({**known, "smtp_host": "localhost"} | settings))


def read(imap: Imap, message: bytes) -> Comment:
    payload = {
        "folder": "INBOX",
        "internaldate": datetime.now(UTC).isoformat(),
        "rfc822": message.decode("latin-1"),
    }
    (comment,) = imap.normalise(Raw(key=mail.key(message), payload=orjson.dumps(payload).decode()))
    return comment


def comments(imap: Imap) -> dict[str, Comment]:
    with imap.connect() as connection:
        return {
            comment.key: comment
            for stream in imap.streams(connection)
            for page in imap.pull(connection, stream, None)
            for raw in page.raws
            for comment in imap.normalise(raw)
        }


def send(imap: Imap, reply: Reply) -> Receipt:
    with imap.connect() as connection:
        return imap.send(connection, reply)


def found(imap: Imap, reply: Reply, wait: bool = False) -> Receipt | None:
    for _ in range(100 if wait else 1):
        with imap.connect() as connection:
            if receipt := imap.find_reply(connection, reply):
                return receipt
        time.sleep(0.05)
    return None


def parsed(message: bytes) -> EmailMessage:
    return BytesParser(EmailMessage, policy=email.policy.default).parsebytes(message)


def written(to: Comment, text: str = "Hello", **more: Any) -> EmailMessage:
    given = {"sender": "support@widget.test", "name": "", "quote": False, "address": "zoe@post.test"} | more
    return parsed(answer.written(Reply(marker=MARKER, text=text, to=to), **given))


@pytest.mark.mailbox
def test_a_reply_there_and_back(dovecot: Dovecot, exim: Exim) -> None:
    dovecot.deliver(letter())
    imap = connector(dovecot, exim)
    assert isinstance(imap, Answering)
    to = comments(imap)["three@post.test"]
    text = "Bonjour Zoë 😡,\n\n.\n..dots\nFrom here: it works.\n" + "long " * 300
    reply = Reply(marker=MARKER, text=text, to=to)
    assert imap.rules(to).public is False
    receipt = send(imap, reply)
    assert receipt.key == f"{MARKER}@widget.test"

    (delivered,) = exim.customers()
    message = parsed(delivered)
    assert message["Envelope-To"] == "zoe@post.test"
    assert message["To"] == "zoe@post.test"
    assert message["From"] == '"Widget, Hilfe & Świat" <support@widget.test>'
    assert message["Subject"] == "Re: Grüße aus Wien"
    assert message["Message-ID"] == f"<{receipt.key}>"
    assert message["In-Reply-To"] == "<three@post.test>"
    assert message["References"].split() == ["<one@post.test>", "<two@widget.test>", "<three@post.test>"]
    assert [name for name in ("Auto-Submitted", "Bcc", "Precedence") if name in message] == []
    assert message.get_content_type() == "text/plain"
    said, quoted = message.get_content().split("\nOn ")
    assert said.rstrip("\n") == text.rstrip("\n")
    assert quoted.endswith("wrote:\n\n> Still broken.\n")

    receipt_found = found(imap, reply, wait=True)
    assert receipt_found is not None and receipt_found.key == receipt.key
    back = comments(imap)[receipt.key]
    assert (back.role, back.thread, back.reply_to) == ("team", to.thread, to.key)
    assert back.text.split() == text.split()
    assert found(imap, Reply(marker="z" * 26, text=text, to=to)) is None


@pytest.mark.mailbox
def test_found_where_the_copy_was_moved_to(dovecot: Dovecot, exim: Exim) -> None:
    dovecot.deliver(letter())
    imap = connector(dovecot, exim)
    reply = Reply(marker=MARKER, text="Hello", to=comments(imap)["three@post.test"])
    send(imap, reply)
    assert found(imap, reply, wait=True)
    dovecot.folder("Archive/2025")
    with imap.connect() as connection:
        connection.select_folder("INBOX")
        connection.move(connection.search("ALL"), "Archive/2025")
    assert found(imap, reply)


@pytest.mark.mailbox
def test_found_under_another_message_id(dovecot: Dovecot, exim: Exim) -> None:
    to = read(connector(dovecot, exim), letter())
    dovecot.deliver(f"Message-ID: <0100@mail.test>\r\nTribune-Reply: {MARKER}\r\n\r\nHello".encode())
    receipt = found(connector(dovecot, exim), Reply(marker=MARKER, text="Hello", to=to))
    assert receipt is not None and receipt.key == "0100@mail.test"


@pytest.mark.mailbox
def test_a_copy_in_the_folder_of_sent_mail(dovecot: Dovecot, exim: Exim) -> None:
    imap = connector(dovecot, exim, copy="sent")
    reply = Reply(marker=MARKER, text="Hello", to=read(imap, letter()))
    with pytest.raises(TryAgain, match="proves nothing"):
        found(imap, reply)
    receipt = send(imap, reply)
    again = found(imap, reply)
    assert again is not None and again.key == receipt.key
    send(imap, reply)
    client = dovecot.client()
    assert client.select("Sent", readonly=True) == ("OK", [b"1"])
    client.logout()
    assert comments(imap) == {}
    assert set(comments(connector(dovecot, exim, folders=("Sent",)))) == {receipt.key}


@pytest.mark.mailbox
@pytest.mark.parametrize("tls", ["tls", "starttls"])
def test_encrypted(dovecot: Dovecot, exim: Exim, monkeypatch: pytest.MonkeyPatch, tls: str) -> None:
    port = exim.tls_port if tls == "tls" else exim.port
    imap = connector(dovecot, exim, smtp_tls=tls, smtp_port=port)
    reply = Reply(marker=MARKER, text="Hello", to=read(imap, letter()))
    with pytest.raises(Refused, match=r"certificate of 127\.0\.0\.1 does not hold.*SSL_CERT_FILE"):
        send(imap, reply)
    monkeypatch.setenv("SSL_CERT_FILE", str(dovecot.certificate))
    send(imap, reply)
    assert len(exim.customers()) == 1


@pytest.mark.mailbox
def test_what_exim_says_no_to(dovecot: Dovecot, exim: Exim) -> None:
    cases: list[tuple[dict[str, Any], str, type[Exception], str]] = [
        ({}, "nobody-here@post.test", Invalid, "5.1.1 no such person"),
        ({}, "later@post.test", TryAgain, "4.2.0 come back later"),
        ({}, "zoe@elsewhere.test", Refused, "relay not permitted"),
        ({"sender": "stranger@widget.test"}, "zoe@post.test", Refused, "not your address"),
        ({"sender": "nobody-here@widget.test"}, "zoe@post.test", Refused, "our own address"),
        ({"smtp_password": SecretStr("hush")}, "zoe@post.test", Refused, "`smtp_password`"),
        ({"smtp_user": ""}, "zoe@post.test", Refused, "relay not permitted"),
        ({"smtp_port": free_port()}, "zoe@post.test", TryAgain, "connection to"),
        ({"smtp_tls": "tls"}, "zoe@post.test", Refused, "`smtp_tls`"),
    ]
    for settings, address, error, said in cases:
        imap = connector(dovecot, exim, **settings)
        to = read(imap, letter(f"Reply-To: {address}\r\n"))
        with pytest.raises(error, match=said) as told:
            send(imap, Reply(marker=MARKER, text="Hello", to=to))
        assert "hush" not in repr(told.value) + repr(told.value.__cause__)
    imap = connector(dovecot, exim, quote=False)
    bad = read(imap, letter().replace(b"aus Wien", b"Viagra"))
    with pytest.raises(Invalid, match=r"5\.6\.0"):
        send(imap, Reply(marker=MARKER, text="Hello", to=bad))
    with pytest.raises(Invalid, match="552"):
        send(imap, Reply(marker=MARKER, text="x" * 250_000, to=read(imap, letter())))
    assert comments(imap) == {}
    assert exim.customers(0) == []


@pytest.mark.mailbox
def test_letters_beyond_a_to_z_in_the_address(dovecot: Dovecot, exim: Exim) -> None:
    imap = connector(dovecot, exim)
    to = read(imap, letter("Reply-To: zoë@post.test\r\n"))
    receipt = send(imap, Reply(marker=MARKER, text="Hello", to=to))
    (delivered,) = exim.customers()
    assert "To: zoë@post.test".encode() in delivered
    assert found(imap, Reply(marker=MARKER, text="Hello", to=to), wait=True) is not None
    assert receipt.key in comments(imap)


@contextmanager
def line(answers: Sequence[bytes | None]) -> Iterator[tuple[int, list[bytes]]]:
    """A mail server that gives these answers in turn, None hangs up; the message is one turn."""
    heard: list[bytes] = []

    def serve(listener: socket.socket) -> None:
        peer, _ = listener.accept()
        with peer, peer.makefile("rwb", buffering=0) as wire:
            for number, said in enumerate(answers):
                if number and heard and heard[-1].startswith(b"DATA"):
                    message = b""
                    while not message.endswith(b"\r\n.\r\n") and (more := wire.readline()):
                        message += more
                    heard.append(message)
                elif number:
                    heard.append(wire.readline())
                if said is None:
                    return
                wire.write(said)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        yield listener.getsockname()[1], heard
        thread.join(5)


GREETED = [b"220 hi\r\n", b"250 mail\r\n"]
TAKEN = [*GREETED, b"250 ok\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go on\r\n"]


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ([*TAKEN, None], Unknown),
        ([*TAKEN, b"what?\r\n"], Unknown),
        ([*TAKEN, b"100 hm\r\n"], Unknown),
        ([*TAKEN, b"451 4.3.0 full\r\n"], TryAgain),
        ([*TAKEN, b"421 closing\r\n"], TryAgain),
        ([*TAKEN, b"554 spam\r\n"], Invalid),
        ([*TAKEN[:-1], None], TryAgain),
        ([*TAKEN[:-1], b"421 busy\r\n"], TryAgain),
        ([*TAKEN[:-2], b"550 whose\r\n"], Refused),
        ([*TAKEN[:-2], None], TryAgain),
        ([*GREETED, b"550 no\r\n"], Refused),
        ([b"554 not you\r\n"], Refused),
        ([b"421 busy\r\n"], TryAgain),
        ([None], TryAgain),
    ],
)
def test_every_moment_it_can_go_wrong(answers: list[bytes | None], error: type[Exception]) -> None:
    with line(answers) as (port, _):
        imap = offline(smtp_host="127.0.0.1", smtp_port=port, smtp_tls="none", smtp_user="", timeout=5.0)
        reply = Reply(marker=MARKER, text="Hello", to=read(imap, letter()))
        with pytest.raises(error):
            imap.send(None, reply)  # type: ignore[arg-type]


def test_a_server_that_thinks_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    from curation.connectors.mails import smtp

    monkeypatch.setattr(smtp, "PATIENCE", 0.2)
    with line([*TAKEN, b"", b""]) as (port, _):
        imap = offline(smtp_host="127.0.0.1", smtp_port=port, smtp_tls="none", smtp_user="", timeout=0.2)
        with pytest.raises(Unknown, match="no answer came"):
            imap.send(None, Reply(marker=MARKER, text="Hello", to=read(imap, letter())))  # type: ignore[arg-type]


def test_a_password_that_is_quoted_back_is_not_told() -> None:
    said = b"535 bad AHN1cHBvcnRAd2lkZ2V0LnRlc3QAaHVzaC1odXNo and hush-hush\r\n"
    with line([b"220 hi\r\n", b"250-mail\r\n250 AUTH PLAIN\r\n", said]) as (port, heard):
        imap = offline(
            smtp_host="127.0.0.1", smtp_port=port, smtp_tls="none", smtp_password=SecretStr("hush-hush")
        )
        with pytest.raises(Refused) as told:
            imap.send(None, Reply(marker=MARKER, text="Hello", to=read(imap, letter())))  # type: ignore[arg-type]
    assert b"AHN1cHBvcnRAd2lkZ2V0LnRlc3QAaHVzaC1odXNo" in heard[1]
    assert "hush" not in str(told.value) and "AHN1" not in str(told.value)


def test_starttls_that_is_not_offered_gets_no_password() -> None:
    with line([b"220 hi\r\n", b"250 AUTH PLAIN\r\n", b"221 bye\r\n"]) as (port, heard):
        imap = offline(smtp_host="127.0.0.1", smtp_port=port)
        with pytest.raises(Refused, match="STARTTLS"):
            imap.send(None, Reply(marker=MARKER, text="Hello", to=read(imap, letter())))  # type: ignore[arg-type]
    assert not any(command.upper().startswith(b"AUTH") for command in heard)


@pytest.mark.parametrize(
    "more",
    [
        "Auto-Submitted: auto-replied\r\n",
        "Precedence: bulk\r\n",
        "Return-Path: <>\r\n",
        "List-Unsubscribe: <https://x.test>\r\n",
    ],
)
def test_a_machine_is_not_answered(more: str) -> None:
    imap = offline()
    to = read(imap, letter(more))
    assert "not answered" in imap.rules(to).note
    with pytest.raises(Invalid, match="machine"):
        imap.send(None, Reply(marker=MARKER, text="Hello", to=to))  # type: ignore[arg-type]


def test_who_gets_the_answer() -> None:
    imap = offline(sender="help@widget.test")
    own = {"support@widget.test", "help@widget.test"}
    cases = {
        "": "zoe@post.test",
        "Reply-To: Zoe <z.o.e@post.test>, b@post.test\r\n": "z.o.e@post.test",
        "Reply-To: help@widget.test\r\n": "zoe@post.test",
        "Reply-To: not an address\r\n": "zoe@post.test",
        "Reply-To: zoe@müller.test\r\n": "zoe@xn--mller-kva.test",
    }
    for more, address in cases.items():
        assert answer.recipient(read(imap, letter(more)), own) == address
    ours = (
        letter()
        .replace(b"zoe@post.test", b"HELP@widget.test")
        .replace(b"To: supp", b"To: zoe@post.test, supp")
    )
    to = read(imap, ours)
    assert to.role == "team"
    assert answer.recipient(to, own) == "zoe@post.test"
    nobody = read(imap, b"Message-ID: <1@x>\r\nSubject: Hi\r\n\r\nHello")
    with pytest.raises(Invalid, match="no address"):
        answer.recipient(nobody, own)


EVIL = [
    "x@y.test\r\nBcc: all@y.test",
    "x@y.test>\r\nRCPT TO:<all@y.test",
    "x@y.test, all@y.test",
    "x y@z.test",
    "<x@y.test",
    '"x@y"@z.test',
    "x@y.test\0",
    "x@y.test SIZE=1",
    "@y.test",
    "x@",
    "x@-y.test",
]


@pytest.mark.parametrize("evil", EVIL)
def test_no_address_is_more_than_an_address(evil: str) -> None:
    to = Comment(
        key="1@x", text="Hi", created_at=datetime.now(UTC), author_key=evil, attributes={"answer_to": evil}
    )
    with pytest.raises(Invalid):
        answer.recipient(to, set())


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\u2028", "\x85", "\x0b", "\0", "\ud800"])
def test_no_word_of_a_stranger_makes_a_header(end: str) -> None:
    evil = f"Hi{end}Bcc: all@y.test{end}{end}Body"
    to = Comment(
        key="1@x",
        text=f"Hi{end}.{end}",
        title=evil,
        author=evil,
        created_at=datetime.now(UTC),
        thread=f"a@b>{end}Bcc: x",
        reply_to=evil,
        attributes={"references": [evil, f"a{end}b", 7, "ok@x"]},
    )
    message = written(to, text=evil, name=evil, quote=True)
    assert "Bcc" not in message
    assert sorted(message.keys()) == sorted(set(message.keys()))
    assert message["References"] == "<ok@x> <1@x>"
    assert message["Subject"] == "Re: Hi Bcc: all@y.test Body"
    assert not message.defects
    for marker in ("x" * 25, "x" * 25 + "\n", "X" * 26, "x>" * 13):
        with pytest.raises(Invalid, match="marker"):
            answer.written(Reply(marker=marker, text="x", to=to), "a@b.test", "c@d.test", "", False)


@pytest.mark.parametrize(
    ("title", "subject"),
    [
        ("Broken", "Re: Broken"),
        ("Re: Broken", "Re: Broken"),
        ("RE: AW: re[3]: Sv: Broken re: all", "Re: Broken re: all"),
        ("Réf : Cassé", "Re: Cassé"),
        ("Request: more", "Re: Request: more"),
        (None, "Re:"),
        ("x" * 3_000, "Re: " + "x" * 900),
    ],
)
def test_one_re(title: str | None, subject: str) -> None:
    to = Comment(key="1@x", text="Hi", title=title, created_at=datetime.now(UTC))
    assert written(to)["Subject"].strip() == subject


def test_threading_of_long_and_missing_ids() -> None:
    long = "x" * 300 + "@y.test"
    to = Comment(
        key=long,
        text="Hi",
        created_at=datetime.now(UTC),
        thread="0@y.test",
        reply_to="59@y.test",
        attributes={"references": [f"{number}@y.test" for number in range(60)]},
    )
    message = written(to)
    assert message["In-Reply-To"] == f"<{long}>"
    found = message["References"].split()
    assert (len(found), found[0], found[-2:]) == (21, "<0@y.test>", ["<59@y.test>", f"<{long}>"])
    unnamed = written(Comment(key="sha256:00", text="Hi", created_at=datetime.now(UTC)))
    assert "In-Reply-To" not in unnamed and "References" not in unnamed


def test_the_quote_comes_off_again() -> None:
    imap = offline()
    to = read(imap, letter())
    for text in ("Thank you.\n\nIt works now.", "On Monday, we wrote:\nnothing"):
        message = answer.written(
            Reply(marker=MARKER, text=text, to=to), "zoe@post.test", "support@widget.test", "", True
        )
        assert read(imap, message).text == text


def test_settings_that_cannot_send() -> None:
    with pytest.raises(ConfigError, match="sender"):
        offline(user="support")
    with pytest.raises(ConfigError, match=r"smtp_tls.*in the clear"):
        offline(smtp_host="mail.widget.test", smtp_tls="none")
    silent = offline(smtp_host=None)
    to = read(silent, letter())
    with pytest.raises(Invalid, match="smtp_host"):
        silent.rules(to)
    assert (
        read(
            offline(user="support", sender="Help@Widget.test"), letter().replace(b"zoe@post", b"help@widget")
        ).role
        == "team"
    )
