"""A signed-in session over XRPC (atproto.com/specs/xrpc): tokens that are renewed, errors by name.

An expired or wrong token is a 400 (ExpiredToken, InvalidToken), not a 401; what is not there is a 400 too.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson

from curation.connectors.answers import Answer
from curation.connectors.atproto.texts import words
from curation.connectors.http import Http
from curation.connectors.rates import Budget
from curation.errors import Invalid, NotFound, Refused, TribuneError, TryAgain, Unknown

PLAIN = {"accept": "application/json"}
STALE = ("ExpiredToken", "InvalidToken")
CLOSED = (
    *STALE,
    "AccountTakedown",
    "AccountDeactivated",
    "RepoTakendown",
    "RepoDeactivated",
    "AuthFactorTokenRequired",
)


@contextmanager
def signed_in(url: str, user: str, password: str, private: bool) -> Iterator["Session"]:
    """Open a session. Raises Refused (password) or TryAgain (unreachable; 300 sign-ins a day are allowed)."""
    with Http(url, headers=PLAIN, secrets=(password,), private=private) as http:
        session = Session(http, user, password)
        session.sign_in()
        yield session


@dataclass(slots=True)
class Session:
    """An account's session. `did`: the account. Not for two threads at once."""

    http: Http = field(repr=False)
    user: str
    password: str = field(repr=False)
    did: str = ""
    renewal: str = field(default="", repr=False)

    def sign_in(self) -> None:
        """Begin anew, with the password."""
        self.http.headers = PLAIN
        value = {"identifier": self.user, "password": self.password}
        answer = self.http.query("xrpc/com.atproto.server.createSession", value, ok=(200, 400))
        if answer.status == 400:
            raise Refused(f"The sign-in of {self.user} fails: {_why(answer, self.http)}")
        self._take(_value(answer))

    def read(self, name: str, **params: Any) -> dict[str, Any]:
        """Ask. Raises NotFound, Invalid, Refused or TryAgain."""
        for last in (False, True):
            answer = self.http.get(f"xrpc/{name}", params, ok=(200, 400))
            if answer.status == 200:
                return _value(answer)
            if _name(answer) not in STALE or last:
                break
            self._renew()
        raise _told(answer, self.http)

    def write(self, name: str, value: Mapping[str, Any]) -> dict[str, Any]:
        """Write once. Raises Unknown where nothing proves what became of it; else as `read`, and it was not done."""
        for last in (False, True):
            answer = self.http.send("POST", f"xrpc/{name}", value, ok=(200, 400))
            if answer.status == 200:
                try:
                    return _value(answer)
                except TribuneError as error:
                    raise Unknown(
                        f"What was sent was taken, and the answer cannot be read: {error}"
                    ) from None
            if _name(answer) not in STALE or last:
                break
            self._renew()
        raise _told(answer, self.http)

    def resolve(self, handle: str) -> str | None:
        """Return a handle's DID, None where nobody has it."""
        try:
            return words(self.read("com.atproto.identity.resolveHandle", handle=handle).get("did"))
        except (NotFound, Invalid):
            return None

    def _renew(self) -> None:
        """Trade the refresh token, which works once, for new ones; sign in again where it has expired too."""
        self.http.headers = {**PLAIN, "authorization": f"Bearer {self.renewal}"}
        answer = self.http.query("xrpc/com.atproto.server.refreshSession", b"", ok=(200, 400, 401))
        if answer.status == 200:
            self._take(_value(answer))
        else:
            self.sign_in()

    def _take(self, said: dict[str, Any]) -> None:
        tokens = [said.get(name) for name in ("did", "accessJwt", "refreshJwt")]
        did, access, renewal = (
            one if isinstance(one, str) and one.isascii() and one.isprintable() else "" for one in tokens
        )
        if not (did and access and renewal):
            raise TryAgain(f"{self.http.base} answers a sign-in without a session.", after=60)
        self.did, self.renewal = did, renewal
        self.http.headers = {**PLAIN, "authorization": f"Bearer {access}"}
        self.http.secrets = (self.password, access, renewal)
        # A sign-in's own limit, 30 in 5 minutes, is not the limit of what follows.
        self.http.budget = Budget()


def _value(answer: Answer) -> dict[str, Any]:
    value = answer.json()
    if not isinstance(value, dict):
        raise TryAgain(f"{answer.url.host} answers something else than it should.", after=60)
    return value


def _said(answer: Answer) -> dict[str, Any]:
    try:
        value = orjson.loads(answer.content)
    except orjson.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}


def _name(answer: Answer) -> str:
    return str(_said(answer).get("error"))


def _why(answer: Answer, http: Http) -> str:
    """Return an error's name and message, shortened, without what is secret."""
    why = f"{_name(answer)}: {_said(answer).get('message')}"
    for secret in http.secrets:
        why = why.replace(secret, "…")
    return why[:200]


def _told(answer: Answer, http: Http) -> TribuneError:
    why = f"{answer.url.host} answers {_why(answer, http)}"
    if _name(answer) in ("NotFound", "RecordNotFound"):
        return NotFound(why)
    return (
        Refused(f"{why}. Check the account and its app password.")
        if _name(answer) in CLOSED
        else Invalid(why)
    )
