"""Ask a model behind an OpenAI-compatible endpoint, such as that of vLLM, llama.cpp, Ollama or a provider.

What is asked is the caller's, who masks it first. Here it leaves encrypted or not at all, is waited for with patience, and
what comes back is bounded and never trusted.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit

import httpx
import orjson
import stamina

from curation.config import LOOPBACK
from curation.errors import ConfigError, Refused, TryAgain

BUSY = (429, 500, 502, 503, 504)
LARGEST = 1024 * 1024
"""Bytes of an answer, beyond which it is not read."""
LATER = 10.0
"""Seconds after which asking again is worth a try."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where a model is asked, and the words in which errors name it.

    `section` of tribune.toml, and `variable`: where the `key` came from. `seconds` an answer may take; `later`: what a person is
    told where it has no time.
    """

    url: str
    model: str
    key: str
    seconds: float
    section: str
    variable: str
    later: str
    attempts: int = 4


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model said, empty where that is no text, and the tokens it took to ask and to answer."""

    text: str
    tokens_in: int
    tokens_out: int


class Chat:
    """A client of one endpoint, for several threads at once. Raises ConfigError where texts may not go there."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        secure = _checked(endpoint)
        headers = {"authorization": f"Bearer {endpoint.key}"} if endpoint.key else {}
        self._http = httpx.Client(
            base_url=endpoint.url.rstrip("/"),
            # Unpacked, a small answer may be a huge one.
            headers={**headers, "accept-encoding": "identity"},
            timeout=endpoint.seconds,
            follow_redirects=False,
            # A proxy would be handed what is only for this machine.
            trust_env=secure,
        )

    @property
    def server(self) -> str:
        """Its host and port."""
        return urlsplit(self._endpoint.url).netloc

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def ask(self, messages: Sequence[Mapping[str, str]], tokens: int, **more: Any) -> Answer:
        """Have the model answer `messages` (`role`, `content`) in so many tokens at most; `more` goes into the request as it is.

        Raises TryAgain where it does not answer, Refused where it does not want to.
        """
        body = {"model": self._endpoint.model, "max_tokens": tokens, "messages": list(messages), **more}
        return _answer(self._post(body))

    def _post(self, body: Mapping[str, Any]) -> bytes:
        at = self._endpoint
        where = f"The model server on {self.server}"
        try:
            for attempt in stamina.retry_context(on=_Busy, attempts=at.attempts, timeout=60):
                with attempt:
                    status, content = self._once(body)
        except _Busy as error:
            raise TryAgain(f"{where} is busy (it answered {error}). {at.later}", LATER) from error
        except httpx.HTTPError as error:
            raise TryAgain(
                f"{where} does not answer ({type(error).__name__}). Start it, give it more `seconds`, or take [{at.section}]"
                " out of tribune.toml.",
                LATER,
            ) from error
        if not 200 <= status < 300:
            raise Refused(
                f"{where} refused: {status}. Check [{at.section}] url and model, and {at.variable}."
            )
        return content

    def _once(self, body: Mapping[str, Any]) -> tuple[int, bytes]:
        """Ask once. The client's own timeout is for each piece: one that drips would never end."""
        end = time.monotonic() + self._endpoint.seconds
        content = bytearray()
        with self._http.stream("POST", "/chat/completions", json=body) as response:
            if response.status_code in BUSY:
                raise _Busy(response.status_code)
            for piece in response.iter_raw():
                content += piece
                if time.monotonic() > end:
                    raise httpx.ReadTimeout("")
                if len(content) > LARGEST:
                    return response.status_code, b""
        return response.status_code, bytes(content)


class _Busy(Exception):
    """The endpoint asks to come back."""


def _checked(endpoint: Endpoint) -> bool:
    """Return whether the way there is encrypted. Raises ConfigError where it has to be, or is no way."""
    where = f"[{endpoint.section}] url:"
    try:
        url = httpx.URL(endpoint.url)
    except httpx.InvalidURL:
        url = httpx.URL()
    if url.scheme not in ("http", "https") or not url.host or url.userinfo:
        # Not quoted: it may hold a password.
        raise ConfigError(
            f"{where} what stands there is not an address such as http://127.0.0.1:8080/v1. A key goes into {endpoint.variable}."
        )
    if url.scheme == "http" and url.host not in LOOPBACK:
        raise ConfigError(f"{where} what customers wrote is not sent unencrypted to {url.host}. Use https.")
    if not (endpoint.key.isascii() and endpoint.key.isprintable()):
        raise ConfigError(
            f"{endpoint.variable} holds a character no key may, such as a line end. Set it again."
        )
    return url.scheme == "https"


def _answer(content: bytes) -> Answer:
    """Keep of an answer what can be one."""
    try:
        found = orjson.loads(content)
        choice = found["choices"][0]
        # Cut off where it may say no more, it would look finished.
        text = None if choice.get("finish_reason") == "length" else choice["message"]["content"]
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        return Answer("", 0, 0)
    usage = found.get("usage")
    spent = usage if isinstance(usage, dict) else {}
    counts = (_count(spent.get(name)) for name in ("prompt_tokens", "completion_tokens"))
    return Answer(text if isinstance(text, str) else "", *counts)


def _count(value: Any) -> int:
    return value if isinstance(value, int) and 0 <= value < 2**53 else 0
