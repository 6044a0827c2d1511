"""What Google's services have in common: tokens for OAuth 2.0, and errors that say 403 where they mean "wait".

Written against "Using OAuth 2.0 for Web Server Applications", "… for Server to Server Applications" and the YouTube
Data API's "Errors" (Google, read in 2026).
"""

import re
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from curation.connectors.answers import Answer
from curation.connectors.oauth import signed, token
from curation.connectors.shapes import body, deep, refusal, text
from curation.errors import ConfigError, NotFound, Refused, TryAgain, Unknown

TOKENS = "https://oauth2.googleapis.com/token"
ASKED = (200, 400, 401, 403)
"""Statuses a caller hands to `checked`."""
_DAY = {"quotaExceeded", "dailyLimitExceeded", "dailyLimitExceededUnreg"}
_SOON = {
    "rateLimitExceeded",
    "userRateLimitExceeded",
    "processingFailure",
    "RATE_LIMIT_EXCEEDED",
    "backendError",
}
_KEY = {"keyInvalid", "keyExpired", "API_KEY_INVALID", "accessNotConfigured", "SERVICE_DISABLED"}
_CODE = re.compile(r"[A-Za-z_]{1,40}")


def checked(answer: Answer) -> Any:
    """Return the JSON of a good answer. Raises TryAgain (a quota too), Refused, NotFound or Invalid."""
    if answer.status in (200, 201):
        return answer.json()
    said = deep(body(answer), "error")
    codes = [text(said, "errors", 0, "reason"), text(said, "details", 0, "reason"), text(said, "status")]
    named = [code for code in codes if code and _CODE.fullmatch(code)]
    if _DAY & set(named):
        after = _until_midnight()
        raise TryAgain(
            f"{answer.url.host}: the day's quota is used up; it is renewed in {after / 3600:.1f} h.",
            after=after,
        )
    if _SOON & set(named) or "RESOURCE_EXHAUSTED" in named:
        raise TryAgain(f"{answer.url.host} asks to wait ({named[0]}).", after=120)
    if _KEY & set(named):
        raise Refused(
            f"{answer.url.host} does not accept the key ({named[0]}). Make a new one and allow it this API."
        )
    if any(code.endswith("NotFound") for code in named):
        raise NotFound(f"{answer.url.host} has nothing there ({named[0]}).")
    raise refusal(answer, named[0] if named else "")


def taken(answer: Answer, *names: str) -> str:
    """Return the text at `names` of what a reply became. Raises Unknown where it cannot be read, else as `checked` does."""
    said = body(answer)
    code, found = text(said, "error", "errors", 0, "reason"), text(said, *names)
    if answer.status < 300 and found:
        return found
    if code in ("processingFailure", "backendError") or answer.status < 300:
        raise Unknown(f"{answer.url.host} did not say what became of the reply.")
    return str(checked(answer))


def _until_midnight() -> float:
    """Return the seconds until quotas are renewed: midnight in California."""
    now = datetime.now(ZoneInfo("America/Los_Angeles"))
    midnight = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), now.tzinfo)
    return max(60.0, midnight.timestamp() - now.timestamp())


def service_token(account: str, scope: str, private: bool) -> str:
    """Trade a service account's key (its JSON file's text) for an access token of an hour. Raises ConfigError, Refused."""
    try:
        key = orjson.loads(account)
    except orjson.JSONDecodeError:
        key = None
    url = text(key, "token_uri") or TOKENS
    email, private_key = text(key, "client_email"), text(key, "private_key")
    if not (email and private_key):
        raise ConfigError("The service account is not the whole text of its JSON key file.")
    assertion = signed("RS256", private_key, {"iss": email, "scope": scope, "aud": url}, 3600)
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion}
    return token(url, form, (assertion, *private_key.splitlines()), private=private)
