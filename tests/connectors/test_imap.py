"""The connector against a real Dovecot: nothing lost, nothing doubled, nothing marked, every failure told."""

import socket
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic import SecretStr

from curation.connectors.imap import PAGE, Imap
from curation.connectors.mails import mailbox as reading
from curation.errors import BadRecord, ConfigError, Refused, TryAgain
from curation.models import Comment, Page, Raw
from tests.servers.dovecot import Dovecot, dovecot, free_port
from tests.servers.mailbox import fill, letters

__all__ = ["dovecot"]
pytestmark = pytest.mark.mailbox


def connector(server: Dovecot, **settings: Any) -> Imap:
    known = {"host": server.host, "port": server.port, "user": server.user, "tls": "none", "timeout": 10.0}
    return Imap(**({**known, "password": SecretStr(server.password)} | settings))


def pull(imap: Imap, cursors: dict[str, Any] | None = None) -> list[Page]:
    with imap.connect() as connection:
        streams = imap.streams(connection)
        return [page for one in streams for page in imap.pull(connection, one, (cursors or {}).get(one))]


def raws(pages: list[Page]) -> list[Raw]:
    return [raw for page in pages for raw in page.raws]


def comments(imap: Imap, pages: list[Page]) -> Iterator[Comment]:
    for raw in raws(pages):
        try:
            yield from imap.normalise(raw)
        except BadRecord:
            continue


def letter(number: int, size: int = 0) -> bytes:
    head = (
        f"From: Kim <kim@post.test>\r\nMessage-ID: <{number}@post.test>\r\nSubject: Number {number}\r\n\r\n"
    )
    return head.encode() + f"Letter {number}.\r\n".encode() + (b"x" * 76 + b"\r\n") * (size // 78)


def test_the_whole_mailbox(dovecot: Dovecot) -> None:
    fill(dovecot)
    imap = connector(dovecot, folders=("*",))
    pages = pull(imap)
    sent = letters()
    assert len(raws(pages)) == len(sent) >= 200
    assert [page.total for page in pages if page.stream == "INBOX"] == [len(sent) - 1] * (
        len(sent) // PAGE + 1
    )
    found = {comment.key: comment for comment in comments(imap, pages)}
    assert len(found) == len({raw.key for raw in raws(pages)}) == len(sent) - 1  # one came into two folders
    expected = {one.text for one in sent if one.text is not None}
    assert expected <= {comment.text for comment in found.values()}
    threads = {
        comment.thread for comment in found.values() if comment.key.startswith(("ask", "answer", "reply"))
    }
    assert len(threads) == 60
    assert {comment.role for comment in found.values()} == {"customer", "team", "automatic"}


def test_pulling_again_gives_nothing_and_then_only_what_is_new(dovecot: Dovecot) -> None:
    imap = connector(dovecot)
    assert pull(imap) == []
    dovecot.deliver(letter(1))
    (first,) = pull(imap)
    assert pull(imap, {"INBOX": first.cursor}) == []
    dovecot.deliver(letter(2))
    (second,) = pull(imap, {"INBOX": first.cursor})
    assert [raw.key for raw in second.raws] == ["2@post.test"]
    assert second.cursor["uid"] > first.cursor["uid"]


def test_resumes_at_every_page(dovecot: Dovecot) -> None:
    for number in range(2 * PAGE + 30):
        dovecot.deliver(letter(number))
    imap = connector(dovecot)
    pages = pull(imap)
    assert [len(page.raws) for page in pages] == [PAGE, PAGE, 30]
    for done in range(len(pages)):
        rest = pull(imap, {"INBOX": pages[done].cursor})
        assert raws(rest) == raws(pages[done + 1 :])


def test_pages_are_bounded_in_bytes(dovecot: Dovecot) -> None:
    for number in range(5):
        dovecot.deliver(letter(number, size=6_000_000))
    pages = pull(connector(dovecot))
    assert [len(page.raws) for page in pages] == [2, 2, 1]
    assert [page.cursor["uid"] for page in pages] == [2, 4, 5]


def test_of_a_very_large_message_the_beginning(dovecot: Dovecot) -> None:
    dovecot.deliver(letter(1, size=reading.WHOLE + 1000))
    dovecot.deliver(letter(2))
    imap = connector(dovecot)
    pages = pull(imap)
    large, small = comments(imap, pages)
    assert large.text.startswith("Letter 1.")
    assert large.attributes is not None and large.attributes["truncated"] is True
    assert len(raws(pages)[0].payload) < 2 * reading.PART
    assert small.text == "Letter 2."


def test_uids_are_asked_for_in_windows(dovecot: Dovecot) -> None:
    for number in range(25):
        dovecot.deliver(letter(number))
    with connector(dovecot).connect() as connection:
        connection.select_folder("INBOX", readonly=True)
        for known in (0, 7, 24, 25, 1000):
            assert reading.uids_after(connection, known, None, window=10) == list(range(known + 1, 26))


def test_nothing_becomes_seen(dovecot: Dovecot) -> None:
    for number in range(3):
        dovecot.deliver(letter(number))
    assert len(raws(pull(connector(dovecot)))) == 3
    client = dovecot.client()
    client.select("INBOX", readonly=True)
    assert client.search(None, "UNSEEN") == ("OK", [b"1 2 3"])
    assert client.search(None, "SEEN") == ("OK", [b""])
    client.logout()


def test_folders_by_pattern(dovecot: Dovecot) -> None:
    for folder in ("INBOX", "Archive", "Archive/2025", "Réclamations", "Sent", "Trash", "Junk", "Drafts"):
        dovecot.deliver(letter(1), folder)
    cases = {
        ("INBOX",): {"INBOX"},
        ("*",): {"INBOX", "Archive", "Archive/2025", "Réclamations"},
        ("Archive*",): {"Archive", "Archive/2025"},
        ("%",): {"INBOX", "Archive", "Réclamations"},
        ("Sent", "Réclamations", "Arch%"): {"Sent", "Réclamations", "Archive"},
    }
    for folders, expected in cases.items():
        imap = connector(dovecot, folders=folders)
        with imap.connect() as connection:
            assert set(imap.streams(connection)) == expected
        assert {page.stream for page in pull(imap)} == expected


def test_a_folder_that_is_not_there(dovecot: Dovecot) -> None:
    with pytest.raises(Refused, match=r"'Nowhere'.*`folders`"):
        pull(connector(dovecot, folders=("Nowhere",)))


def test_since(dovecot: Dovecot) -> None:
    dovecot.deliver(letter(1), received=datetime(2025, 12, 30, 12, tzinfo=UTC))
    dovecot.deliver(letter(2), received=datetime(2026, 1, 2, 12, tzinfo=UTC))
    imap = connector(dovecot, since=date(2026, 1, 1))
    assert [raw.key for raw in raws(pull(imap))] == ["2@post.test"]


def test_new_uidvalidity_reads_again_without_new_keys(dovecot: Dovecot) -> None:
    for number in range(12):
        dovecot.deliver(letter(number))
    imap = connector(dovecot)
    before = pull(imap)
    dovecot.stop()
    dovecot.forget_uids()
    dovecot.start()
    after = pull(imap, {"INBOX": before[-1].cursor})
    assert after[-1].cursor["uidvalidity"] != before[-1].cursor["uidvalidity"]
    assert {raw.key for raw in raws(after)} == {raw.key for raw in raws(before)}
    assert {comment.key: comment for comment in comments(imap, after)} == {
        comment.key: comment for comment in comments(imap, before)
    }


def test_a_message_that_goes_while_we_read_is_simply_gone(dovecot: Dovecot) -> None:
    for number in range(PAGE + 10):
        dovecot.deliver(letter(number))
    imap = connector(dovecot)
    with imap.connect() as connection:
        pages = imap.pull(connection, "INBOX", None)
        first = next(pages)
        other = dovecot.client()
        other.select("INBOX")
        other.uid("STORE", f"{PAGE + 3},{PAGE + 10}", "+FLAGS", r"(\Deleted)")
        other.expunge()
        other.logout()
        (second,) = list(pages)
    assert len(first.raws) == PAGE
    assert len(second.raws) == 8
    assert second.cursor["uid"] == PAGE + 10


def test_internaldate_stands_in_for_an_absurd_date(dovecot: Dovecot) -> None:
    received = datetime(2026, 3, 3, 9, 22, 11, tzinfo=UTC)
    dovecot.deliver(
        b"Date: Fri, 31 Dec 2099 23:59:59 +0000\r\nMessage-ID: <1@x>\r\n\r\nHello", received=received
    )
    imap = connector(dovecot)
    (comment,) = comments(imap, pull(imap))
    assert comment.created_at == received


def test_own_addresses_speak_for_the_team(dovecot: Dovecot) -> None:
    dovecot.deliver(b"From: Help <HELP@widget.test>\r\nMessage-ID: <1@x>\r\n\r\nHello")
    for own, role in {("help@Widget.test",): "team", (): "customer"}.items():
        imap = connector(dovecot, own_addresses=own)
        assert [comment.role for comment in comments(imap, pull(imap))] == [role]


def test_wrong_password(dovecot: Dovecot) -> None:
    for wrong in ("hunter2-secret", 'quo"te\\secret', "gehéim-secret"):
        with pytest.raises(Refused) as refused, connector(dovecot, password=SecretStr(wrong)).connect():
            pass
        said = repr(refused.value) + repr(refused.value.__context__) + repr(refused.value.__cause__)
        assert "Check the user and the password" in said
        assert "secret" not in said


def test_nobody_there() -> None:
    imap = Imap(host="127.0.0.1", port=free_port(), user="u", password=SecretStr("secret"), tls="none")
    with pytest.raises(TryAgain, match=r"connection to 127\.0\.0\.1 failed") as told, imap.connect():
        pass
    assert told.value.after > 0


def test_no_such_host() -> None:
    imap = Imap(host="mail.invalid", user="u", password=SecretStr("secret"))
    with pytest.raises(TryAgain, match=r"mail\.invalid"), imap.connect():
        pass


def test_a_server_that_says_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        imap = Imap(host="127.0.0.1", port=port, user="u", password=SecretStr("s"), tls="none", timeout=0.3)
        with pytest.raises(TryAgain), imap.connect():
            pass


def test_the_server_stops_while_we_read(dovecot: Dovecot) -> None:
    for number in range(4):
        dovecot.deliver(letter(number, size=6_000_000))
    imap = connector(dovecot)
    held: list[Page] = []
    with pytest.raises(TryAgain, match="while reading 'INBOX'"), imap.connect() as connection:
        for page in imap.pull(connection, "INBOX", None):
            held.append(page)
            dovecot.stop()
    assert len(held) == 1
    dovecot.start()
    rest = pull(imap, {"INBOX": held[0].cursor})
    assert [raw.key for raw in raws(held + rest)] == [f"{number}@post.test" for number in range(4)]


@pytest.mark.parametrize("tls", ["tls", "starttls"])
def test_encrypted(dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch, tls: str) -> None:
    dovecot.deliver(letter(1))
    imap = connector(dovecot, tls=tls, port=dovecot.tls_port if tls == "tls" else dovecot.port)
    with (
        pytest.raises(Refused, match=r"certificate of 127\.0\.0\.1 does not hold.*SSL_CERT_FILE"),
        imap.connect(),
    ):
        pass
    monkeypatch.setenv("SSL_CERT_FILE", str(dovecot.certificate))
    assert len(raws(pull(imap))) == 1


def test_tls_where_none_is_spoken(dovecot: Dovecot) -> None:
    with pytest.raises(Refused, match="Check `port` and `tls`"), connector(dovecot, tls="tls").connect():
        pass


def test_a_password_never_leaves_the_machine_in_the_clear() -> None:
    with pytest.raises(ConfigError, match="in the clear"):
        Imap(host="mail.example.test", user="u", password=SecretStr("s"), tls="none")


def test_a_failure_in_the_caller_is_not_ours(dovecot: Dovecot) -> None:
    with pytest.raises(OSError, match="disk"), connector(dovecot).connect():
        raise OSError("disk")


def test_starttls_that_is_not_offered() -> None:
    """A server that strips STARTTLS gets no password."""
    heard: list[bytes] = []

    def serve(listener: socket.socket) -> None:
        peer, _ = listener.accept()
        with peer, peer.makefile("rwb", buffering=0) as line:
            line.write(b"* OK ready\r\n")
            while command := line.readline():
                heard.append(command)
                tag, verb = command.split()[:2]
                if verb.upper() == b"CAPABILITY":
                    line.write(b"* CAPABILITY IMAP4rev1\r\n")
                line.write(tag + b" OK done\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        port = listener.getsockname()[1]
        imap = Imap(
            host="127.0.0.1", port=port, user="u", password=SecretStr("secret"), tls="starttls", timeout=5
        )
        with pytest.raises(Refused, match="STARTTLS"), imap.connect():
            pass
        thread.join(5)
    assert not any(b"secret" in command or b"LOGIN" in command.upper() for command in heard)
