"""Tokens: what was granted once is traded for an access token at every connection (OAuth 2.0, RFC 6749), or signed here."""

import re
import time
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from curation.connectors.http import Http
from curation.connectors.shapes import body, text
from curation.errors import ConfigError, Refused

_CODE = re.compile(r"[a-z_]{1,40}")


def signed(
    alg: Literal["ES256", "RS256"], key: str, claims: dict[str, Any], seconds: int, key_id: str = ""
) -> str:
    """Sign claims as a JSON Web Token (RFC 7519) that holds for so long. Raises ConfigError where `key` is no PEM key."""
    now = int(time.time())
    header = {"alg": alg, "typ": "JWT"} | ({"kid": key_id} if key_id else {})
    try:
        private = ECKey.import_key(key) if alg == "ES256" else RSAKey.import_key(key)
        return jwt.encode(header, {**claims, "iat": now, "exp": now + seconds}, private)
    except ValueError:
        raise ConfigError(
            "The private key is not the whole text of the key file as it was downloaded."
        ) from None


def token(
    url: str,
    form: Mapping[str, str],
    secrets: Sequence[str],
    *,
    private: bool,
    auth: tuple[str, str] | None = None,
    agent: Mapping[str, str] | None = None,
) -> str:
    """Post a grant and return the access token. Raises Refused where it is not accepted any more, TryAgain."""
    headers = {"accept": "application/json", **(agent or {})}
    with Http(url, headers, auth, secrets, private) as http:
        answer = http.query("", dict(form), ok=(200, 400, 401), form=True)
        found = text(answer.json(), "access_token", longest=10_000) if answer.status == 200 else None
    if found is None:
        code = text(body(answer), "error") or ""
        named = f" ({code})" if _CODE.fullmatch(code) else ""
        raise Refused(
            f"{answer.url.host} gives no token{named}. Sign in again and store the new credentials."
        )
    return found


def refreshed(url: str, client_id: str, client_secret: str, refresh_token: str, private: bool) -> str:
    """Trade a refresh token, the client's name and secret in the form. Raises Refused, TryAgain."""
    form = {"grant_type": "refresh_token", "client_id": client_id, "client_secret": client_secret}
    form["refresh_token"] = refresh_token
    return token(url, form, (client_secret, refresh_token), private=private)
