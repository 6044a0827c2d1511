"""The pieces letters are made of, byte for byte: the standard library would not write most of them."""

import base64
import quopri
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.header import Header

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Letter:
    """One message and what is to come out of it. `text` None: nothing certain is expected."""

    rfc822: bytes
    received: datetime
    text: str | None
    role: str = "customer"
    thread: str | None = None
    folder: str = "INBOX"
    notes: dict[str, object] = field(default_factory=dict)


def word(value: str, charset: str) -> str:
    return value if value.isascii() else Header(value, charset, maxlinelen=60).encode()


def part(
    kind: str, text: str, charset: str, coding: str, declared: str | None = None, extra: str = ""
) -> bytes:
    data = text.replace("\n", "\r\n").encode(charset, "replace")
    if coding == "base64":
        data = base64.encodebytes(data).replace(b"\n", b"\r\n")
    elif coding == "quoted-printable":
        data = quopri.encodestring(data.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")
    head = f"Content-Type: text/{kind}; charset={declared or charset}{extra}\r\nContent-Transfer-Encoding: {coding}"
    return head.encode() + b"\r\n\r\n" + data


def many(kind: str, parts: list[bytes], boundary: str) -> bytes:
    lines = [
        f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\nFor clients without MIME.\r\n'.encode()
    ]
    lines += [f"--{boundary}\r\n".encode() + part + b"\r\n" for part in parts]
    return b"".join(lines) + f"--{boundary}--\r\n".encode()


def envelope(fields: list[tuple[str, str]]) -> bytes:
    return (
        "".join(f"{name}: {value}\r\n" for name, value in fields).encode("utf-8") + b"MIME-Version: 1.0\r\n"
    )


PDF = b"Content-Type: application/pdf; name*=utf-8''re%C3%A7u.pdf\r\nContent-Disposition: attachment\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjQgaW52ZW50ZWQ=\r\n"
