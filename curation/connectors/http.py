"""The one outbound HTTP client of every connector.

Patient where waiting helps, thrifty with the other side's rate budget, bounded in bytes and seconds, and careful with
credentials: they go to the source's own host and nowhere else. What goes wrong becomes an error that says what to do.
"""

import math
import random
import ssl
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from typing import Any, Self

import httpx
import orjson

from curation.connectors.answers import Answer
from curation.connectors.hiding import forms
from curation.connectors.network import Addresses
from curation.connectors.rates import Budget, waits
from curation.errors import ConfigError, Invalid, NotFound, Refused, TribuneError, TryAgain, Unknown

AGENT = f"Tribune/{version('tribune')} (customer feedback; self-hosted)"
LARGEST = 32 * 1024 * 1024
"""Bytes of an answer, unpacked, beyond which it is not read."""
PATIENCE = 60.0
"""Seconds a call waits in all before it leaves the waiting to the next run."""
TRIES = 5
_REDIRECTS = 5
_RESERVE = 0.25
_SNIPPET = 160

_considerate: ContextVar[bool] = ContextVar("considerate", default=False)


@contextmanager
def considerate() -> Iterator[None]:
    """Leave a quarter of every host's rate budget to others: what a backfill reads with, beside the live pull."""
    before = _considerate.set(True)
    try:
        yield
    finally:
        _considerate.reset(before)


_patience: ContextVar[tuple[float, float]] = ContextVar("patience", default=(math.inf, math.inf))


@contextmanager
def patient(seconds: float, timeout: float = math.inf) -> Iterator[None]:
    """Wait at most `seconds` in all for a call, and `timeout` for an answer, whatever a client was made with: for tests.

    `timeout` holds for clients that are made within.
    """
    before = _patience.set((seconds, timeout))
    try:
        yield
    finally:
        _patience.reset(before)


@dataclass(slots=True)
class Http:
    """A client of one host. Use it as a context manager; not for two threads at once.

    `headers` and `auth` carry credentials and go to the host of `base` only. `secrets` never appear in an error.
    `private`: whether addresses of a private network or of this machine may be reached. `patience`: seconds.
    Raises ConfigError for an address or a credential that cannot be one.
    """

    base: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    auth: tuple[str, str] | None = field(default=None, repr=False)
    secrets: Sequence[str] = field(default=(), repr=False)
    private: bool = False
    timeout: float = 30.0
    patience: float = PATIENCE
    largest: int = LARGEST
    budget: Budget = field(default_factory=Budget)
    requests: int = 0
    _http: httpx.Client = field(init=False, repr=False)
    _home: httpx.URL = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.timeout = min(self.timeout, _patience.get()[1])
        if "@" in self.base.partition("?")[0].partition("//")[2].partition("/")[0]:
            raise ConfigError(
                "An address holds no user name and no password: they have settings of their own."
            )
        try:
            self._home = httpx.URL(self.base)
        except httpx.InvalidURL as error:
            raise ConfigError(
                f"{self.base[:200]!r} is not an address: {error}. Mend the source's url."
            ) from error
        if self._home.scheme not in ("http", "https") or not self._home.host:
            raise ConfigError(
                f"{self.base[:200]!r} is not an address such as https://example.org. Mend the source's url."
            )
        if odd := [
            name for name, value in self.headers.items() if not (value.isascii() and value.isprintable())
        ]:
            raise ConfigError(
                f"What would be sent as {odd[0]} holds a character no header may, such as a line end. Store the"
                " credentials again."
            )
        credentials = bool(self.auth or self.headers)
        if self._home.scheme == "http" and credentials and not self.private:
            raise ConfigError(
                f"http:// would send the credentials to {self._home.host} in the clear. Use https://, or set private = true"
                " where it is a server of your own network."
            )
        limits = httpx.Limits(max_connections=4, max_keepalive_connections=2)
        self._http = httpx.Client(
            transport=Addresses(self.private, httpx.HTTPTransport(_certificates(), limits=limits)),
            timeout=httpx.Timeout(self.timeout, connect=min(10.0, self.timeout)),
            headers={"user-agent": AGENT, "accept-encoding": "gzip"},
            trust_env=False,
            follow_redirects=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def get(
        self,
        path: str = "",
        params: Mapping[str, Any] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        ok: Sequence[int] = (200,),
    ) -> Answer:
        """Read. Waits and tries again where that helps. Raises Refused, NotFound, Invalid or TryAgain."""
        return self._patiently("GET", path, params, dict(headers or {}), None, ok)

    def query(self, path: str, value: Any, *, ok: Sequence[int] = (200,), form: bool = False) -> Answer:
        """Read with a POST that changes nothing: as patient as `get`."""
        body, kind = _body(value, form)
        return self._patiently("POST", path, None, {"content-type": kind}, body, ok)

    def send(
        self,
        method: str,
        path: str,
        value: Any,
        *,
        headers: Mapping[str, str] | None = None,
        ok: Sequence[int] = (200, 201),
        form: bool = False,
    ) -> Answer:
        """Write, once. Raises Unknown where the request left and nothing proves what became of it.

        Refused, Invalid, NotFound and TryAgain all mean that it was not done.
        """
        body, kind = _body(value, form)
        self._await_budget(self._end())
        try:
            answer = self._once(method, self._at(path), None, {"content-type": kind, **(headers or {})}, body)
        except _Unsent as error:
            raise TryAgain(self._clean(str(error)), after=30) from None
        except (TryAgain, _Unread) as error:
            raise Unknown(
                f"The request to {self._home.host} left, and no whole answer came ({error})."
            ) from None
        if answer.status in ok:
            return answer
        if answer.status < 300:
            raise Unknown(
                f"{self._home.host} answered {answer.status}, which does not say what became of it."
            )
        # What stands before a server, such as a proxy, says 502 or 524 of what the server may have done, and when to
        # come back: only 503 means that nobody began.
        if answer.status >= 500 and not (answer.status == 503 and "retry-after" in answer.headers):
            raise Unknown(f"{self._home.host} failed with {answer.status} after it had the reply.")
        raise self._told(answer)

    def same_host(self, address: str) -> str:
        """Return an address a server handed us, if it is on the source's own host. Raises Refused."""
        try:
            url = self._home.join(address)
        except (httpx.InvalidURL, ValueError) as error:
            raise Refused(f"{self._home.host} names a next page that is no address.") from error
        if _origin(url) != _origin(self._home):
            raise Refused(
                f"{self._home.host} names a next page on another host, {url.host[:100]!r}: it is not followed."
            )
        return str(url)

    def _at(self, path: str) -> httpx.URL:
        if "://" in path:
            return httpx.URL(self.same_host(path))
        base = self.base.rstrip("/")
        try:
            return httpx.URL(f"{base}/{path.lstrip('/')}" if path else self.base)
        except httpx.InvalidURL as error:
            raise Invalid(self._clean(f"{self._home.host} has nothing at {path[:100]!r}: {error}")) from None

    def _patiently(
        self,
        method: str,
        path: str,
        params: Mapping[str, Any] | None,
        headers: dict[str, str],
        body: bytes | None,
        ok: Sequence[int],
    ) -> Answer:
        end = self._end()
        url = self._at(path)
        for attempt in range(TRIES):
            self._await_budget(end)
            try:
                answer = self._once(method, url, params, headers, body)
                if answer.status in ok:
                    return answer
                error = self._told(answer)
            except (TryAgain, _Unsent) as failure:
                error = TryAgain(self._clean(str(failure)), getattr(failure, "after", 0.0))
            if not isinstance(error, TryAgain):
                raise error
            pause = max(error.after, random.uniform(0.5, 1.5) * 2**attempt)
            if attempt == TRIES - 1 or time.monotonic() + pause > end:
                raise TryAgain(str(error), after=max(error.after, 30.0))
            time.sleep(pause)
        raise AssertionError("the last attempt returns or raises")

    def _end(self) -> float:
        return time.monotonic() + min(self.patience, _patience.get()[0])

    def _await_budget(self, end: float) -> None:
        """Wait until the host's own budget allows a request. Raises TryAgain where that takes too long."""
        pause = self.budget.pause(_RESERVE if _considerate.get() else 0.0)
        if pause <= 0:
            return
        if time.monotonic() + pause > end:
            raise TryAgain(f"{self._home.host} allows no more requests for {pause:.0f} s.", after=pause)
        time.sleep(pause)

    def _once(
        self,
        method: str,
        url: httpx.URL,
        params: Mapping[str, Any] | None,
        headers: dict[str, str],
        body: bytes | None,
    ) -> Answer:
        given = {name: value for name, value in (params or {}).items() if value is not None}
        if given:
            url = url.copy_merge_params(given)
        for _ in range(_REDIRECTS + 1):
            at_home = _origin(url) == _origin(self._home)
            # Closed: a connection belongs to an address, and its certificate was checked for another name than ours.
            all_headers = {**self.headers, **headers} if at_home else {"connection": "close"}
            auth = httpx.BasicAuth(*self.auth) if self.auth and at_home else None
            answer = self._exchange(method, url, all_headers, auth, body)
            location = answer.headers.get("location")
            if answer.status not in (301, 302, 303, 307, 308) or not location:
                return answer
            if method != "GET":
                raise Refused(
                    f"{self._home.host} sends the request elsewhere ({answer.status}); it is not followed. Check the address."
                )
            url = url.join(location)
            if url.scheme != "https" and not (self.private and url.scheme == "http"):
                raise Refused(f"{self._home.host} redirects to {url.scheme}://, which is not followed.")
        raise Refused(f"{self._home.host} redirects in a circle.")

    def _exchange(
        self, method: str, url: httpx.URL, headers: dict[str, str], auth: Any, body: bytes | None
    ) -> Answer:
        self.requests += 1
        host, deadline = url.host, time.monotonic() + 4 * self.timeout
        try:
            with self._http.stream(method, url, headers=headers, content=body, auth=auth) as response:
                self.budget.learn(response.headers, response.status_code)
                unpack = _unpacker(response)
                content = bytearray()
                # As it comes in: a size to wait for would let a slow body go on for days.
                for chunk in response.iter_raw():
                    content += unpack(chunk, self.largest + 1 - len(content)) if unpack else chunk
                    if len(content) > self.largest:
                        raise _Unread(
                            f"{host} answers with more than {self.largest >> 20} MB; it is not read."
                        )
                    if time.monotonic() > deadline:
                        raise TryAgain(f"{host} answers too slowly.", after=60)
                return Answer(response.status_code, response.headers, bytes(content), url)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            if isinstance(error.__cause__ and error.__cause__.__cause__, ssl.SSLCertVerificationError):
                raise Refused(f"The certificate of {host} does not hold: {error}.") from None
            raise _Unsent(f"{host} cannot be reached: {error}") from None
        except httpx.TransportError as error:
            raise TryAgain(
                self._clean(f"The connection to {host} broke: {str(error) or type(error).__name__}"), after=5
            ) from None
        except (httpx.HTTPError, zlib.error) as error:
            raise TryAgain(self._clean(f"{host} answers what cannot be read: {error}"), after=60) from None
        except (httpx.InvalidURL, UnicodeError) as error:
            raise Refused(self._clean(f"{host} names an address that is none: {error}")) from None

    def _told(self, answer: Answer) -> TribuneError:
        """Make an answer that is not what was asked for into the error it stands for."""
        host, status = answer.url.host, answer.status
        said = _said(self._clean(answer.content[:2_000].decode("utf-8", "replace")))
        if status == 401:
            return Refused(
                f"{host} does not accept the credentials (401){said}. Make new ones and store them."
            )
        if status == 429 or (status in (400, 403, 503) and waits(answer.headers) is not None):
            after = waits(answer.headers) or self.budget.pause(0.0) or 30.0
            return TryAgain(f"{host} asks to wait {after:.0f} s ({status}).", after=after)
        if status == 403:
            return Refused(f"{host} does not allow this (403){said}. Check what the account or token may do.")
        if status in (404, 410):
            return NotFound(f"{host} has nothing there ({status}){said}.")
        if status == 408 or status >= 500:
            return TryAgain(f"{host} fails at the moment ({status}){said}.", after=15)
        return Invalid(f"{host} does not take the request ({status}){said}.")

    def _clean(self, text: str) -> str:
        # Now, not when it was made: a session's tokens come later.
        for form in forms(self.secrets, self.auth):
            text = text.replace(form, "…")
        return text


@cache
def _certificates() -> ssl.SSLContext:
    """Load the trusted certificates once: it takes 25 ms, and clients are many."""
    return httpx.create_ssl_context()


class _Unsent(Exception):
    """Nothing reached the other side."""


class _Unread(Refused):
    """An answer came and is not read: whoever only reads is refused, and what was written may have arrived."""


def _unpacker(response: httpx.Response) -> Callable[[bytes, int], bytes] | None:
    """Return what unpacks a body, up to so many bytes; None where it is plain.

    httpx unpacks `gzip, gzip` as well, and each chunk whole: 600 bytes that become 300 MB.
    """
    coding = response.headers.get("content-encoding", "").strip().lower()
    if coding in ("", "identity"):
        return None
    if coding not in ("gzip", "x-gzip"):
        raise _Unread(f"{response.url.host} packs its answer as {coding[:40]!r}, which was not asked for.")
    return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress


def _body(value: Any, form: bool) -> tuple[bytes, str]:
    if isinstance(value, bytes):
        return value, "application/octet-stream"
    if form:
        return str(httpx.QueryParams(value)).encode(), "application/x-www-form-urlencoded"
    return orjson.dumps(value), "application/json"


def _said(content: str) -> str:
    """Return what a server says of an error, shortened; nothing of a web page."""
    text = " ".join(content.split())
    return f": {text[:_SNIPPET]}" if text and "<" not in text[:200] else ""


def _origin(url: httpx.URL) -> tuple[str, str, int]:
    return url.scheme, url.host.lower(), url.port or {"http": 80, "https": 443}.get(url.scheme, 0)
