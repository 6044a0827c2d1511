"""Signatures of what is delivered to us: HMAC-SHA256 over the body, with or without the time at which it was made."""

import hashlib
import hmac
import re
from datetime import datetime
from typing import Literal

from curation.errors import Forbidden

Scheme = Literal["timed", "plain"]

_TIME = re.compile(r"t=([0-9]{1,12})")
_FORMS = {
    "timed": re.compile(r"v1=([0-9a-fA-F]{64})"),
    "plain": re.compile(r"(?:sha256=)?([0-9a-fA-F]{64})"),
}


def verified(said: str, body: bytes, secret: str, scheme: Scheme, tolerance: float, at: datetime) -> str:
    """Return the one of the signatures `said` in a header that is the sender's.

    "timed": `t=<seconds since 1970>,v1=<hex>` signs `<t>.<body>`, at most `tolerance` seconds from `at` (aware); several
    `v1` stand there while a secret is changed, and other things beside them. "plain": `sha256=<hex>`, or the bare hex,
    signs the body. Raises Forbidden.
    """
    timed = scheme == "timed"
    parts = [part.strip() for part in (said.split(",") if timed else [said])]
    times = [found[1] for part in parts if (found := _TIME.fullmatch(part))]
    given = [found[1] for part in parts if (found := _FORMS[scheme].fullmatch(part))]
    if not given or (timed and len(times) != 1):
        raise Forbidden("There is no signature of the form this source expects.")
    signed = body
    if timed:
        if abs(at.timestamp() - int(times[0])) > tolerance:
            raise Forbidden("The signature is too old, or the clocks differ. Sign anew and send again.")
        signed = times[0].encode() + b"." + body
    wanted = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    if not any(hmac.compare_digest(wanted, one.lower()) for one in given):
        raise Forbidden("The signature does not fit the body: is the secret the same on both sides?")
    return wanted
