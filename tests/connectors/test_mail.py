"""Every invented letter comes out as a person would expect, and nothing a stranger sends costs more than a moment."""

from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from curation.connectors import markup
from curation.connectors.imap import Imap
from curation.connectors.mails import mail
from curation.connectors.mails.quoting import visible
from curation.errors import BadRecord
from curation.models import Comment, Raw
from tests.conftest import grows_evenly
from tests.servers.dovecot import USER
from tests.servers.letters import Letter
from tests.servers.mailbox import letters

NOW = datetime(2026, 3, 25, tzinfo=UTC)
RECORDINGS = Path(__file__).parents[2] / "../shared/recordings/email-replies/test/emails"
LETTERS = letters()


def normalise(message: bytes, received: datetime = NOW) -> Comment:
    payload = {
        "folder": "INBOX",
        "uid": 7,
        "internaldate": received.isoformat(),
        "rfc822": message.decode("latin-1"),
    }
    raw = Raw(key=mail.key(message), payload=orjson.dumps(payload).decode())
    (comment,) = Imap(host="localhost", user=USER, password=SecretStr("-")).normalise(raw)
    return comment


def test_there_are_enough_letters() -> None:
    assert len(LETTERS) >= 200


@pytest.mark.parametrize("letter", LETTERS, ids=lambda letter: mail.key(letter.rfc822)[:40])
def test_letter(letter: Letter) -> None:
    comment = normalise(letter.rfc822, letter.received)
    if letter.text is not None:
        assert comment.text == letter.text
    assert comment.role == letter.role
    assert comment.thread == (letter.thread or comment.key)
    for name, value in letter.notes.items():
        assert (comment.created_at if name == "created_at" else (comment.attributes or {}).get(name)) == value


def test_a_whole_letter() -> None:
    message = (
        b"From: =?iso-8859-1?Q?Lef=E8vre=2C_Margaux?= <Margaux@Courriel.TEST>\r\nTo: support@widget.test, b@c.test\r\n"
        b"Cc: =?utf-8?b?w4lsaXNl?= <e@f.test>\r\nSubject: =?utf-8?q?Tr=C3=A8s?=\r\n =?utf-8?q?_d=C3=A9=C3=A7ue?=\r\n"
        b"Date: Tue, 3 Mar 2026 10:22:11 +0100\r\nMessage-ID: <c@x>\r\nIn-Reply-To: <b@x>\r\n"
        b"Reply-To: M <M@x>\r\nReferences: <a@x>\r\n <b@x>\r\n\r\nNon."
    )
    expected = Comment(
        key="c@x",
        text="Non.",
        title="Très déçue",
        created_at=datetime(2026, 3, 3, 9, 22, 11, tzinfo=UTC),
        author="Lefèvre, Margaux",
        author_key="margaux@courriel.test",
        thread="a@x",
        reply_to="b@x",
        attributes={
            "to": ["support@widget.test", "b@c.test"],
            "cc": ["e@f.test"],
            "answer_to": "m@x",
            "references": ["a@x", "b@x"],
            "folder": "INBOX",
        },
    )
    assert normalise(message) == expected


def test_without_message_id_the_key_is_of_the_bytes() -> None:
    assert (
        mail.key(b"Subject: a\r\n\r\nx")
        == mail.key(b"Subject: a\r\n\r\nx")
        != mail.key(b"Subject: b\r\n\r\nx")
    )


def test_in_reply_to_alone_makes_the_thread() -> None:
    comment = normalise(b"Message-ID: <b@x>\r\nIn-Reply-To: Your letter of Monday <a@x>\r\n\r\nYes.")
    assert (comment.thread, comment.reply_to) == ("a@x", "a@x")


@pytest.mark.parametrize(
    "payload",
    ["", "[]", "{}", '{"rfc822": 1, "internaldate": "x"}', '{"rfc822": "€", "internaldate": "2026-01-01"}'],
)
def test_what_is_no_message_is_refused(payload: str) -> None:
    with pytest.raises(BadRecord):
        list(
            Imap(host="localhost", user=USER, password=SecretStr("-")).normalise(
                Raw(key="k", payload=payload)
            )
        )


def test_nothing_to_read_is_refused() -> None:
    with pytest.raises(BadRecord, match="neither a text nor a subject"):
        normalise(b"Message-ID: <a@x>\r\nContent-Type: image/png\r\n\r\nxx")


RECORDED = {
    "correct_sig.txt": ("this is an email with a correct -- signature.", None),
    "email_1_1.txt": ("Hi folks", "Java HTTP API."),
    "email_1_2.txt": ("Hi,\n\nYou can list the keys", "delete them all individually.\""),
    "email_1_3.txt": ("Oh thanks.\n\nHaving the function would be great.", None),
    "email_1_4.txt": ("Awesome! I haven't had another problem with it.", None),
    "email_1_5.txt": ("One: Here's what I've got.", "for a while."),
    "email_1_6.txt": ("I get proper rendering as well.", None),
    "email_1_7.txt": (":+1:", None),
    "email_1_8.txt": ("I will reply under this one", "and under this."),
    "email_2_1.txt": ("Outlook with a reply", None),
    "email_2_2.txt": ("Outlook with a reply directly above line", None),
    "email_2_3.txt": ("Outlook with a reply above headers using unusual format", None),
    "email_BlackBerry.txt": ("Here is another email", None),
    "email_bullets.txt": ("test 2 this should list second", "   - how about bullets\n   - and another"),
    "email_gmail.txt": ("This is a test for inbox replying to a github message.", None),
    "email_headers_no_delimiter.txt": ("And another reply!", None),
    "email_iPhone.txt": ("Here is another email", None),
    "email_multi_word_sent_from_my_mobile_device.txt": ("Here is another email", None),
    "email_one_is_not_on.txt": ("Thank, this is really helpful.", "when I run..."),
    "email_partial_quote_header.txt": ("On your remote host you can run:", "the tunnel is not working."),
    "email_sent_from_my_not_signature.txt": ("Here is another email\n\nSent from my desk, is much easier then my mobile phone.", None),
    "email_sig_delimiter_in_middle_of_line.txt": ("Hi there!", "this is not a signature.\n\nkthxbai"),
    "greedy_on.txt": ("On your remote host you can run:", "the tunnel is not working."),
    "pathological.txt": ("I think you're onto something.", "get back to a computer."),
}  # fmt: skip
"""File: the whole visible reply, or how it begins and ends."""


@pytest.mark.parametrize("name", sorted(RECORDED))
def test_recorded_reply(name: str) -> None:
    if not RECORDINGS.exists():
        pytest.skip("the recordings of e-mail replies are not beside the repository")
    whole = (RECORDINGS / name).read_bytes()
    comment = normalise(b"From: a@b.test\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + whole)
    begins, ends = RECORDED[name]
    if ends is None:
        assert comment.text == begins
    else:
        assert comment.text.startswith(begins)
        assert comment.text.endswith(ends)
    assert not any(line.startswith(">") or "wrote:" in line for line in comment.text.splitlines())


def test_every_recording_is_expected() -> None:
    if not RECORDINGS.exists():
        pytest.skip("the recordings of e-mail replies are not beside the repository")
    assert {file.name for file in RECORDINGS.iterdir()} == RECORDED.keys()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Nein.\n\nAm 03.03.2026 um 10:22 schrieb Support:\n> Hallo", "Nein."),
        ("No.\n\nEl mar, 3 mar 2026 a las 10:22, Soporte (<s@w.test>) escribió:\n\n> Hola", "No."),
        ("No.\n\nIl giorno mar 3 mar 2026 alle ore 10:22 S <s@w.test> ha\nscritto:\n> Ciao", "No."),
        ("Nee.\n\nOp di 3 mrt 2026 om 10:22 schreef Support <s@w.test>:\n> Hoi", "Nee."),
        ("Não.\n\nEm ter., 3 de mar. de 2026 às 10:22, S <s@w.test>\nescreveu:\n> Olá", "Não."),
        ("Nein.\n\nMit freundlichen Grüßen\nZoë Müller", "Nein."),
        ("Not yet.\n\nThanks,\nSean", "Not yet."),
        ("Thank you\nvery much for this.", "Thank you\nvery much for this."),
        ("##- Please type your reply above this line -##\n\nHello", "##- Please type your reply above this line -##\n\nHello"),
        ("Fixed!\n\n##- Please type your reply above this line -##\n\nHello", "Fixed!"),
        ("See below.\n\n---------- Forwarded message ---------\nFrom: x", "See below."),
        ("On 3 March your agent wrote:\nwe refund. You did not.", "On 3 March your agent wrote:\nwe refund. You did not."),
        ("Two things --\n- one\n- two", "Two things --\n- one\n- two"),
        ("Bad.\n\nThis e-mail and its attachments are confidential.\nDelete it.", "Bad."),
    ],
)  # fmt: skip
def test_what_is_left(text: str, expected: str) -> None:
    assert visible(text) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>a<p>b", "a\n\nb"),
        ("a<br>b<br/><br>c", "a\nb\n\nc"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("<ul><li>a<li>b</ul>", "- a\n- b"),
        (
            '<style>x</style><script>"</p>"</script><p title="a>b">c &lt;i&gt; &eacute;&nbsp;d</p>',
            "c <i> é d",
        ),
        ('<div style="display: none">preheader</div>shown', "shown"),
        ("<pre>a\n  b</pre>c", "a\n  b\n\nc"),
        ("1 < 2 <3 & so on", "1 < 2 <3 & so on"),
        ("<!-- x --><![if !mso]>a<![endif]>", "a"),
        ("a<blockquote>my own quotation</blockquote>", "a\n\nmy own quotation"),
    ],
)
def test_html(html: str, expected: str) -> None:
    assert markup.text(html) == expected


HOSTILE = [
    "\n",
    "On \n",
    "On 3 wrote x:\n",
    "Le a écrit ",
    "From: a@b\nx\n",
    "> a\n",
    "--\n",
    "-----\n",
    "Cordialement\n",
    "Thanks\n\n",
    "<a@",
    ":",
    "_",
]
HOSTILE_HTML = [
    "<",
    "<a",
    '<a x="',
    "<!--",
    "&",
    "<div>",
    "<blockquote type=cite>a",
    "<style>",
    "<head>",
    "<td>a",
    "<br>",
    "<pre> a",
    "<a'\"",
    "<p style='display",
]
HOSTILE_HEADERS = [b"Subject: " + b"=?a?q?" * 200_000, b"From: " + b"(" * 1_000_000, b"From: " + b'"\\' * 500_000, b"References: " + b"<a" * 500_000, b"Content-Type: multipart/mixed;" + b';"' * 500_000, b"X: y\r\n" * 150_000]  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_million_hostile_letters_take_a_moment(piece: str) -> None:
    grows_evenly(visible, piece * (1_000_000 // len(piece)))


@pytest.mark.parametrize("piece", HOSTILE_HTML)
def test_hostile_html_takes_a_moment(piece: str) -> None:
    grows_evenly(lambda html: markup.text(html, quotes=False), piece * (1_000_000 // len(piece)))


@pytest.mark.parametrize("head", HOSTILE_HEADERS, ids=lambda head: head[:30].decode())
def test_hostile_headers_take_a_moment(head: bytes) -> None:
    grows_evenly(lambda head: mail.read(head + b"\r\n\r\nhello", NOW), head)
    assert mail.read(head + b"\r\n\r\nhello", NOW).text == "hello"


PIECES = st.sampled_from(
    [b"\r\n", b"\r\n\r\n", b"Content-Type: ", b"multipart/mixed; boundary=b", b"--b", b"--b--", b"text/html; charset=", b"utf-7", b"hex", b"idna", b"Subject: ", b"=?utf-8?q?=ff?=", b"=?x?b?a?=", b"From: ", b"<a@b>", b'"', b"(", b"message/rfc822", b"Content-Transfer-Encoding: base64", b"Date: ", b"<blockquote type=cite>", b"On 3 Mar 2026 10:22 x wrote:", b"> ", b"; filename*0*=x''%ff", b"name*=", b"Message-ID: "]
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(st.one_of(PIECES, st.binary(max_size=12)), max_size=40))
def test_no_message_raises(pieces: list[bytes]) -> None:
    message = b"".join(pieces)
    found = mail.read(message, NOW)
    assert found.sent.tzinfo
    found.text.encode()
    assert mail.key(message)
