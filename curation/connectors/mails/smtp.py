"""Hand a message to a mail server (RFC 5321), once, and sort everything that can go wrong by what became of the message."""

import re
import smtplib
import ssl
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal, NoReturn

from curation.errors import Invalid, Refused, TribuneError, TryAgain, Unknown

Tls = Literal["tls", "starttls", "none"]
PORTS: dict[Tls, int] = {"tls": 465, "starttls": 587, "none": 25}

PATIENCE = 120.0
"""Seconds a server may think about a whole message: it may look for viruses (RFC 5321 allows ten minutes)."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where mail leaves. `user` empty: without signing in. `timeout`: seconds."""

    host: str
    port: int
    tls: Tls
    user: str
    password: str = field(repr=False)
    timeout: float


def deliver(server: Server, message: bytes, sender: str, address: str, copy: str | None) -> None:
    """Hand the message over, once. `copy`: an address of our own that gets it too, unseen.

    Raises Unknown where the server had it whole and said nothing; Refused, Invalid or TryAgain where it did not take it.
    """
    with _session(server) as smtp:
        wide = not (sender + address).isascii()
        if wide and not smtp.has_extn("smtputf8"):
            raise Invalid(f"{server.host} cannot write to addresses with letters beyond a to z.")
        options = [f"size={len(message)}"] if smtp.has_extn("size") else []
        options += ["SMTPUTF8", "BODY=8BITMIME"] if wide else []
        _expect(server, smtp.mail(sender, options), f"the sender {sender}", Refused)
        _expect(server, smtp.rcpt(address), f"the recipient {address}", Invalid)
        if copy:
            _expect(server, smtp.rcpt(copy), f"our own address {copy} for the copy", Refused)
        _expect(server, smtp.docmd("DATA"), "the message", Invalid, (354,))
        smtp.send(_stuffed(message))
        try:
            if smtp.sock:
                smtp.sock.settimeout(max(server.timeout, PATIENCE))
            # Only this line makes it whole: until here nothing was taken, from here on nobody knows.
            smtp.send(b".\r\n")
            answer = smtp.getreply()
        except (smtplib.SMTPException, OSError) as error:
            why = f"{server.host} had the whole message, and no answer came: {_said(error)}"
            raise Unknown(why) from error
        if not 200 <= answer[0] < 600:
            raise Unknown(f"{server.host} had the whole message, and its answer cannot be understood.")
        _expect(server, answer, "the message", Invalid)


@contextmanager
def _session(server: Server) -> Iterator[smtplib.SMTP]:
    """Greet, encrypt and sign in; what fails inside, before the end of the message, was not taken."""
    context = ssl.create_default_context()
    smtp: smtplib.SMTP | None = None
    try:
        if server.tls == "tls":
            smtp = smtplib.SMTP_SSL(server.host, server.port, timeout=server.timeout, context=context)
        else:
            smtp = smtplib.SMTP(server.host, server.port, timeout=server.timeout)
        if server.tls == "starttls":
            smtp.starttls(context=context)
        if server.user:
            smtp.login(server.user, server.password)
        smtp.ehlo_or_helo_if_needed()
        yield smtp
    except TribuneError:
        raise
    except ssl.SSLCertVerificationError as error:
        raise Refused(
            f"The certificate of {server.host} does not hold: {error.verify_message}. If an authority of your own signed "
            "it, name that authority's file in the environment as SSL_CERT_FILE."
        ) from error
    except ssl.SSLError as error:
        if smtp is None and not isinstance(error, ssl.SSLEOFError):
            raise Refused(
                f"{server.host} does not speak TLS there. Check `smtp_port` and `smtp_tls`."
            ) from error
        raise TryAgain(f"The connection to {server.host} failed: {error}", after=60) from error
    except smtplib.SMTPNotSupportedError as error:
        raise Refused(
            f"{server.host} cannot do what is asked: {error} Check `smtp_port` and `smtp_tls`."
        ) from error
    except smtplib.SMTPResponseException as error:
        said = _said(error, server)
        if 400 <= error.smtp_code < 500 or error.smtp_code < 200:
            raise TryAgain(f"{server.host} does not take mail at the moment: {said}", after=60) from None
        raise Refused(
            f"{server.host} does not let us in: {said} Check `smtp_user` and `smtp_password`."
        ) from None
    except (smtplib.SMTPException, OSError) as error:
        if type(error) is smtplib.SMTPException:  # no way of signing in that both sides know
            raise Refused(f"{server.host} cannot sign us in: {_said(error, server)}") from None
        raise TryAgain(f"The connection to {server.host} failed: {_said(error, server)}", after=60) from None
    except UnicodeError:  # its text would quote the password
        raise Refused("The SMTP user or password holds characters that cannot be sent.") from None
    finally:
        if smtp is not None:
            with suppress(smtplib.SMTPException, OSError):
                smtp.quit()
            smtp.close()


def _expect(
    server: Server,
    answer: tuple[int, bytes],
    what: str,
    final: type[TribuneError],
    ok: Sequence[int] = range(200, 300),
) -> None:
    """Sort an answer (RFC 5321, 4.2; RFC 3463). `final`: what a lasting refusal means here."""
    code, said = answer
    if code not in ok:
        _refuse(server, code, " ".join(said.decode("utf-8", "replace").split())[:200], what, final)


def _refuse(server: Server, code: int, said: str, what: str, final: type[TribuneError]) -> NoReturn:
    text = f"{server.host} does not take {what} ({code} {said})."
    if code < 200 or 400 <= code < 500:
        raise TryAgain(text, after=300)
    if final is Invalid and (code in (530, 535) or said.startswith("5.7.") or "relay" in said.lower()):
        raise Refused(f"{text} Check `smtp_user`, `sender` and the server's rules.")
    raise (Invalid if code == 552 else final)(text)


def _said(error: Exception, server: Server | None = None) -> str:
    """Return what went wrong without the password, also as it travels: a server may quote what it was sent."""
    told = getattr(error, "smtp_error", None)
    text = told.decode("utf-8", "replace") if isinstance(told, bytes) else str(error) or type(error).__name__
    if server and server.password:
        whole = f"\0{server.user}\0{server.password}"
        coded = [b64encode(one.encode()).decode() for one in (whole, server.password)]
        for secret in (*coded, server.password):
            text = text.replace(secret, "…")
    return f"{getattr(error, 'smtp_code', '')} {' '.join(text.split())[:200]}".strip()


def _stuffed(body: bytes) -> bytes:
    """Double the dots that begin a line, and end with a whole line: what is missing is the last line's dot."""
    stuffed = re.sub(rb"(?m)^\.", b"..", re.sub(rb"\r\n|\r|\n", b"\r\n", body))
    return stuffed if stuffed.endswith(b"\r\n") else stuffed + b"\r\n"
