"""How a secret may be quoted: what is told of an error holds none of these."""

import json
from base64 import b64encode
from collections.abc import Sequence
from urllib.parse import quote, quote_plus


def forms(secrets: Sequence[str], auth: tuple[str, str] | None = None) -> tuple[str, ...]:
    """Return every form in which a server, or an error, may quote a secret; the longest first."""
    found = {b64encode(":".join(auth).encode()).decode()} if auth else set()
    for secret in filter(None, [*secrets, *(auth or ())[1:]]):
        quoted = json.dumps(secret)[1:-1]
        found |= {secret, quote(secret, safe=""), quote(secret), quote_plus(secret), repr(secret)[1:-1]}
        found |= {quoted, quoted.replace("/", "\\/")}
    return tuple(sorted(found, key=len, reverse=True))
