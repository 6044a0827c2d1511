"""Read a mailbox politely: bounded answers, bounded memory, nothing marked, and every failure sorted by what to do."""

import ipaddress
import ssl
from collections.abc import Iterator, Sequence, Set
from contextlib import contextmanager, suppress
from datetime import date
from typing import Any

import orjson
from imapclient import IMAPClient
from imapclient.exceptions import CapabilityError, IMAPClientAbortError, IMAPClientError, LoginError

from curation.connectors.mails import mail
from curation.errors import Refused, TryAgain
from curation.models import Raw

CHUNK = 16 * 1024 * 1024
WHOLE, PART = 25 * 1024 * 1024, 1024 * 1024
"""A message larger than WHOLE bytes is read only as far as PART: its headers, and as a rule its text."""
WINDOW = 50_000
"""UIDs asked for at once: Python's imaplib takes no answer line above a million bytes."""
_LATER = ("UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG", "CONTACTADMIN")


@contextmanager
def told(host: str, doing: str = "") -> Iterator[None]:
    """Turn what the network or the server says into Refused or TryAgain. `doing`: as in " while reading INBOX"."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise Refused(
            f"The certificate of {host} does not hold: {error.verify_message}. If an authority of your own signed "
            "it, name that authority's file in the environment as SSL_CERT_FILE."
        ) from error
    except ssl.SSLError as error:
        if doing or isinstance(error, ssl.SSLEOFError):
            raise TryAgain(f"The connection to {host} failed{doing}: {error}", after=30) from error
        raise Refused(f"{host} does not speak TLS there ({error.reason}). Check `port` and `tls`.") from error
    except (OSError, IMAPClientAbortError) as error:
        raise TryAgain(f"The connection to {host} failed{doing}: {error}", after=30) from error
    except CapabilityError as error:
        raise Refused(f"{host} cannot do what is asked of it: {error}. Check `port` and `tls`.") from error
    except IMAPClientError as error:
        if _passing(str(error)) or not str(error).startswith(("select failed", "list failed")):
            raise TryAgain(f"{host} failed{doing}: {error}", after=60) from error
        raise Refused(f"{host} refused{doing}: {error}. Check the setting `folders`.") from error


@contextmanager
def opened(host: str, port: int, tls: str, user: str, password: str, timeout: float) -> Iterator[IMAPClient]:
    """Connect, encrypt and sign in. `tls`: tls, starttls or none. Raises Refused (password, certificate) or TryAgain."""
    context = ssl.create_default_context()
    with told(host):
        client = IMAPClient(host, port, ssl=tls == "tls", ssl_context=context, timeout=timeout)
    try:
        client.normalise_times = False
        with told(host):
            if tls == "starttls":
                client.starttls(context)
            sign_in(client, host, user, password)
        yield client
    finally:
        with suppress(OSError, IMAPClientError):
            client.logout()
        with suppress(OSError):
            client.shutdown()


def folders(client: IMAPClient, pattern: str = "*", leaving_out: Set[bytes] = frozenset()) -> list[str]:
    """List the folders that can be opened, but those with one of these flags (lower case)."""
    without = leaving_out | {b"\\noselect", b"\\nonexistent"}
    listed = client.list_folders("", pattern)
    return [name for flags, _, name in listed if without.isdisjoint(flag.lower() for flag in flags)]


def sign_in(client: IMAPClient, host: str, user: str, password: str) -> None:
    """Sign in. Raises Refused or TryAgain; the password is in no message."""
    try:
        if (user + password).isascii():
            client.login(user, password)
        else:
            client.plain_login(user, password)
        return
    except LoginError as error:
        said = str(error).replace(password or "\0", "…")
    except (UnicodeError, ValueError):  # their text would quote the password
        said = "the user or the password holds characters that cannot be sent"
    if _passing(said):
        raise TryAgain(f"{host} cannot sign in {user} now: {said}", after=60)
    raise Refused(f"{host} does not let {user} in: {said} Check the user and the password.")


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine: what goes there leaves no wire."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _passing(said: str) -> bool:
    """Tell by its response code (RFC 5530) whether a refusal will pass by itself."""
    return any(f"[{code}]" in said.upper() for code in _LATER)


def uids_after(client: IMAPClient, known: int, since: date | None, window: int = WINDOW) -> list[int]:
    """List the folder's UIDs above `known`, rising. ("UID n:*" holds the last message, however large n is.)"""
    last = max(client.search(["UID", "*"]), default=0)
    day = ["SINCE", since] if since else []
    found: set[int] = set()
    for low in range(known + 1, last + 1, window):
        found.update(client.search(["UID", f"{low}:{min(last, low + window - 1)}", *day]))
    return sorted(uid for uid in found if uid > known)


def chunks(client: IMAPClient, uids: Sequence[int]) -> Iterator[dict[int, int]]:
    """Cut UIDs into runs of at most CHUNK bytes, in order: UID to size in bytes, -1 for what is gone."""
    answer = client.fetch(uids, ["RFC822.SIZE"])
    chunk: dict[int, int] = {}
    taken = 0
    for uid in uids:
        size = int(answer.get(uid, {}).get(b"RFC822.SIZE", -1))
        cost = size if size <= WHOLE else PART
        if chunk and taken + cost > CHUNK:
            yield chunk
            chunk, taken = {}, 0
        chunk[uid] = size
        taken += cost
    yield chunk


def fetch(client: IMAPClient, folder: str, sizes: dict[int, int]) -> list[Raw]:
    """Read these messages, of very large ones the beginning. What vanished meanwhile is left out."""
    whole = [uid for uid, size in sizes.items() if 0 <= size <= WHOLE]
    large = [uid for uid, size in sizes.items() if size > WHOLE]
    raws: dict[int, Raw] = {}
    for uids, body in ((whole, "BODY.PEEK[]"), (large, f"BODY.PEEK[]<0.{PART}>")):
        answer = client.fetch(uids, ["INTERNALDATE", body]) if uids else {}
        for uid in uids:
            found = answer.get(uid, {})
            message = next(
                (value for name, value in found.items() if name.startswith(b"BODY[]") and value), None
            )
            if message is not None:
                raws[uid] = _raw(folder, uid, found[b"INTERNALDATE"].isoformat(), message, uids is large)
    return [raws[uid] for uid in sorted(raws)]


def _raw(folder: str, uid: int, internaldate: str, message: bytes, truncated: bool) -> Raw:
    payload: dict[str, Any] = {"folder": folder, "uid": uid, "internaldate": internaldate}
    payload |= {"truncated": True} if truncated else {}
    payload["rfc822"] = message.decode("latin-1")
    return Raw(key=mail.key(message), payload=orjson.dumps(payload).decode())
