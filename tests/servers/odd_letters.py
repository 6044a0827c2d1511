"""Letters no client should have sent, letters no person wrote, and every charset."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from tests.servers.dovecot import USER
from tests.servers.letters import START, Letter, envelope, many, part


def charsets() -> Iterator[Letter]:
    """One sentence in many charsets, declared rightly, wrongly, or not at all."""
    cases = [
        ("Größe stimmt nicht, bitte tauschen.", "iso-8859-1", None), ("Ça coûte 20 € de trop.", "windows-1252", "iso-8859-1"),
        ("Où est ma commande ? C'est déjà l'été.", "utf-8", "iso-8859-1"), ("Déçu par le délai de livraison annoncé à Noël.", "iso-8859-1", "utf-8"),
        ("Déjà renvoyé deux fois.", "utf-8", "us-ascii"), ("Le café était froid.", "utf-8", "x-unknown"),
        ("Заказ так и не пришёл.", "koi8-r", None), ("Заказ пришёл разбитым.", "windows-1251", None),
        ("注文がまだ届きません。", "iso-2022-jp", None), ("注文がまだ届きません。", "shift_jis", None), ("包裹还没到，很失望。", "gb18030", "gb2312"),
        ("包裹還沒到。", "big5", None), ("배송이 너무 늦어요.", "euc-kr", "ks_c_5601-1987"), ("Η παραγγελία δεν ήρθε.", "iso-8859-7", None),
        ("الطلب لم يصل بعد", "windows-1256", None), ("Zamówienie nie dotarło.", "iso-8859-2", None), ("Siparişim gelmedi.", "iso-8859-9", None),
        ("Perfect 👍🏽 — merci 😡", "utf-8", None), ("Schön, aber zu groß.", "utf-16", None), ("Öde Qualität.", "utf-8", "'UTF-8'")
    ]  # fmt: skip
    for number, (text, charset, declared) in enumerate(cases):
        at = START + timedelta(days=14, minutes=number)
        head = envelope(
            [
                ("From", "Kim <kim@post.test>"),
                ("To", USER),
                ("Subject", f"Charset {number}"),
                ("Date", format_datetime(at)),
                ("Message-ID", f"<charset.{number}@post.test>"),
            ]
        )
        coding = "base64" if charset in ("utf-16",) else ("8bit", "quoted-printable", "base64")[number % 3]
        yield Letter(rfc822=head + part("plain", text, charset, coding, declared), received=at, text=text)


def machines() -> Iterator[Letter]:
    """What no person wrote."""
    cases = [
        ([("Auto-Submitted", "auto-replied"), ("Subject", "Away until Monday")], "auto-reply"),
        ([("X-Autoreply", "yes"), ("Subject", "Re: your letter")], "auto-reply"),
        ([("Precedence", "auto_reply"), ("Subject", "Thank you for writing")], "auto-reply"),
        ([("Return-Path", "<>"), ("Subject", "Read: your letter")], "auto-reply"),
        ([("Subject", "=?utf-8?q?R=C3=A9ponse_automatique_=3A_absence?=")], "auto-reply"),
        ([("Subject", "Automatic reply: Charged twice")], "auto-reply"),
        ([("X-Failed-Recipients", "gone@post.test"), ("Subject", "Mail delivery failed")], "bounce"),
        ([("List-Unsubscribe", "<https://news.test/u>"), ("Subject", "Our spring catalogue")], "list"),
        ([("Precedence", "bulk"), ("Subject", "Soldes de printemps")], "list"),
    ]
    for number, (extra, kind) in enumerate(cases):
        at = START + timedelta(days=15, minutes=number)
        head = envelope(
            [
                ("From", "Robot <robot@post.test>"),
                ("To", USER),
                ("Date", format_datetime(at)),
                ("Message-ID", f"<machine.{number}@post.test>"),
                *extra,
            ]
        )
        yield Letter(
            rfc822=head + part("plain", "I am away.", "utf-8", "8bit"),
            received=at,
            text="I am away.",
            role="automatic",
            notes={"automatic": kind},
        )
    at = START + timedelta(days=15, hours=1)
    head = envelope(
        [
            ("Return-Path", "<>"),
            ("From", "Mail Delivery System <MAILER-DAEMON@mx.test>"),
            ("To", USER),
            ("Subject", "Undelivered Mail Returned to Sender"),
            ("Date", format_datetime(at)),
            ("Message-ID", "<bounce.1@mx.test>"),
        ]
    )
    status = b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.test\r\n\r\nFinal-Recipient: rfc822; gone@post.test\r\nAction: failed\r\nStatus: 5.1.1\r\n"
    original = b"Content-Type: message/rfc822\r\n\r\nMessage-ID: <answer.3@widget.test>\r\nSubject: Re: Parcel\r\n\r\nHello\r\n"
    body = many(
        'report; report-type="delivery-status"',
        [part("plain", "The address gone@post.test does not exist.", "us-ascii", "7bit"), status, original],
        "bounce",
    )
    yield Letter(
        rfc822=head + body,
        received=at,
        text="The address gone@post.test does not exist.",
        role="automatic",
        thread="answer.3@widget.test",
        notes={"automatic": "bounce"},
    )


def oddities() -> Iterator[Letter]:
    """Odd, broken and hostile ones; each must come out as something, or be refused with a reason."""
    at = START + timedelta(days=20)
    late = format_datetime(at)

    def one(text: str | None, body: bytes, fields: list[tuple[str, str]], **more: object) -> Letter:
        return Letter(rfc822=envelope(fields) + body, received=at, text=text, **more)  # type: ignore[arg-type]

    plain = part("plain", "Short and clear.", "utf-8", "8bit")
    sender = [("From", "odd@post.test"), ("To", USER)]

    def basic(subject: str, key: str) -> list[tuple[str, str]]:
        return [*sender, ("Subject", subject), ("Date", late), ("Message-ID", f"<{key}>")]

    yield one("Short and clear.", plain, [*sender, ("Subject", "No Message-ID"), ("Date", late)])
    yield one(
        "Short and clear.",
        plain,
        [*sender, ("Subject", "No date"), ("Message-ID", "<nodate@post.test>")],
        notes={"created_at": at},
    )
    for number, date in enumerate(
        [
            "Thu, 01 Jan 1970 00:00:00 +0000",
            "Fri, 31 Dec 2099 23:59:59 +0000",
            "mar., 3 mars 2026 10:22:11 +0100",
            "never",
            "Tue, 99 Foo 20266 99:99:99 +9999",
            "x" * 5000,
        ]
    ):
        yield one(
            "Short and clear.",
            plain,
            [*sender, ("Subject", "Odd date"), ("Date", date), ("Message-ID", f"<date.{number}@post.test>")],
            notes={"created_at": at},
        )
    yield one(
        "Short and clear.",
        plain,
        [
            *sender,
            ("Subject", "Received"),
            ("Received", "from a by b;\r\n Sun, 22 Mar 2026 09:30:00 +0100"),
            ("Message-ID", "<received@post.test>"),
        ],
        notes={"created_at": datetime(2026, 3, 22, 8, 30, tzinfo=UTC)},
    )
    twice = basic("Twice", "twice@post.test")
    yield one("Short and clear.", plain, twice)
    yield one("Short and clear.", plain, twice, folder="Archive")
    yield one(
        "Empty but for its subject",
        part("plain", "\n \n", "utf-8", "8bit"),
        basic("Empty but for its subject", "subject@post.test"),
    )
    yield one(
        "> All of it is a quotation",
        part("plain", "> All of it is a quotation", "utf-8", "8bit"),
        basic("Quoted", "quoted@post.test"),
    )
    stub = many(
        "alternative",
        [
            part("plain", "Please view this email as HTML.", "utf-8", "8bit"),
            part("html", "<p>The <b>real</b> words.</p>", "utf-8", "8bit"),
        ],
        "stub",
    )
    yield one("The real words.", stub, basic("Stub", "stub@post.test"))
    footer = many(
        "mixed",
        [
            part("html", "<p>The first part counts.</p>", "utf-8", "8bit"),
            part("plain", "And the second.", "utf-8", "8bit"),
        ],
        "footer",
    )
    yield one("The first part counts.\n\nAnd the second.", footer, basic("Mixed", "mixed@post.test"))
    related = many(
        "related",
        [
            part("html", '<p>Look: <img src="cid:1" alt="😡"></p>', "utf-8", "8bit"),
            b"Content-Type: image/png; name=photo.png\r\nContent-ID: <1>\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n",
        ],
        "rel",
    )
    yield one(
        "Look: 😡",
        related,
        basic("Related", "related@post.test"),
        notes={"attachments": [{"name": "photo.png", "type": "image/png", "size": 8}]},
    )
    unclosed = many("mixed", [plain], "open").removesuffix(b"--open--\r\n")
    yield one("Short and clear.", unclosed, basic("Unclosed", "unclosed@post.test"))
    yield one(
        "One flowed paragraph.\n\nAnother.",
        part("plain", "One flowed \nparagraph.\n\nAnother.", "utf-8", "8bit", extra="; format=flowed"),
        basic("Flowed", "flowed@post.test"),
    )
    wrong = (
        b"Content-Type: multipart/mixed; boundary=wrong\r\n\r\n"
        + many("mixed", [plain], "right").partition(b"\r\n\r\n")[2]
    )
    yield one("Short and clear.", wrong, basic("Wrong boundary", "boundary@post.test"))
    train = "My booking:\nFrom: Paris\nTo: Lyon\nDate: 3 March\n\nThe train never came."
    yield one(train, part("plain", train, "utf-8", "8bit"), basic("A form", "form@post.test"))
    thanks = "Thanks, but it still crashes.\n\nBest of all, on Monday your colleague wrote: it is normal."
    yield one(thanks, part("plain", thanks, "utf-8", "8bit"), basic("No sign-off", "thanks@post.test"))
    for number, text in enumerate(
        [
            "=cmd|' /C calc'!A0",
            "<script>alert(1)</script>",
            "NUL \0 inside",
            "\u202eevil\u202c bidi",
            "$$x$$ [a](javascript:b)",
            "👨‍👩‍👧‍👦🏳️‍🌈",
        ]
    ):
        yield one(
            text,
            part("plain", text, "utf-8", "base64"),
            basic(f"Hostile {number}", f"hostile.{number}@post.test"),
        )
    nested = b"".join(
        f"Content-Type: multipart/mixed; boundary=n{n}\r\n\r\n--n{n}\r\n".encode() for n in range(200)
    )
    yield one("Nested", nested + plain, basic("Nested", "nested@post.test"), notes={"truncated": True})
    yield one(
        "1\n\n" * 298 + "1",
        many("mixed", [b"\r\n1"] * 5000, "p"),
        basic("Parts", "parts@post.test"),
        notes={"truncated": True},
    )
    yield one(
        "Short and clear.",
        plain,
        [
            ("From", "(" * 5000),
            ("Subject", "=?utf-8?q?" * 3000),
            ("References", "<" * 5000),
            ("Date", late),
            ("Message-ID", "<headers@post.test>"),
        ],
    )
    yield one(
        "Short and clear.",
        plain,
        [
            *((f"X-{n}", "y" * 60) for n in range(3000)),
            *sender,
            ("Subject", "Many"),
            ("Date", late),
            ("Message-ID", "<many@post.test>"),
        ],
    )
    long = "It is far too long. " * 50_000
    yield one(
        long.strip(), part("plain", long, "utf-8", "8bit"), basic("A million letters", "long@post.test")
    )
    yield one(
        None, b"\r\n\0\xff\xfe garbage \x80", [("Subject", "Garbage"), ("Message-ID", "<garbage@post.test>")]
    )
