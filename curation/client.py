"""The API's client: HTTP to a running app, or to the same API on a private socket."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

import httpx
import orjson
import psutil
import pyarrow as pa

from curation import arrow, errors
from curation.config import Config
from curation.errors import Invalid, Stale, TribuneError, TryAgain

TIMEOUT = httpx.Timeout(600, connect=5)
"""Seconds. A backup of ten million comments answers once it is done."""


class Client:
    """Speak to one API. Every call raises the error the API answers with; TryAgain where it is unreachable."""

    def __init__(self, address: str, token: str, transport: httpx.BaseTransport | None = None) -> None:
        self.address = address
        headers = {"authorization": f"Bearer {token}"}
        self._http = httpx.Client(
            base_url=f"{address}/api" if transport is None else address,
            headers=headers,
            timeout=TIMEOUT,
            transport=transport,
            trust_env=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._http.close()

    def get(self, path: str, **params: Any) -> Any:
        """Ask for JSON. A parameter that is None is left out; a list is repeated."""
        return orjson.loads(self._send("GET", path, params).content)

    def post(self, path: str, value: Any = None, **params: Any) -> Any:
        """Send JSON, get JSON. Raises Invalid for what JSON in UTF-8 cannot hold."""
        try:
            body = orjson.dumps(value)
        except TypeError as error:
            raise Invalid(f"This cannot be sent: {error}.") from error
        return orjson.loads(
            self._send("POST", path, params, body, {"content-type": "application/json"}).content
        )

    def delete(self, path: str, **params: Any) -> Any:
        """Delete, get JSON."""
        return orjson.loads(self._send("DELETE", path, params).content)

    def table(self, path: str, **params: Any) -> pa.Table:
        """Ask for an Arrow stream and read it whole."""
        with pa.ipc.open_stream(self._send("GET", path, params).content) as reader:
            return reader.read_all()

    def send_batch(self, path: str, batch: pa.RecordBatch, about: Mapping[str, Any], **params: Any) -> Any:
        """Send an Arrow batch, get JSON."""
        body = arrow.dump(batch, dict(about))
        return orjson.loads(
            self._send("POST", path, params, body, {"content-type": "application/octet-stream"}).content
        )

    @contextmanager
    def stream(self, path: str, **params: Any) -> Iterator[Iterator[bytes]]:
        """Ask for something large and read it piece by piece."""
        with _reaching(), self._http.stream("GET", path, params=_given(params)) as response:
            if response.is_error:
                response.read()
                raise failure(response)
            yield response.iter_bytes()

    def land(
        self,
        source: str,
        batch: pa.RecordBatch,
        stream: str,
        cursor: Any,
        after: Any,
        dry_run: bool = False,
        gap: Mapping[str, Any] | None = None,
        shape: Mapping[str, Any] | None = None,
    ) -> dict[str, int]:
        """Land a page; safe to send twice: a page that is stored already answers with no change.

        With `dry_run` the store says what would change and keeps nothing. `gap`: {stream, why, cursor}. `shape`:
        which fields the payloads have, see `connectors.fields`.
        """
        about = {"stream": stream, "cursor": cursor, "after": after, "dry_run": dry_run, "gap": gap}
        about["shape"] = shape
        try:
            counts: dict[str, int] = self.send_batch(f"/sources/{source}/land", batch, about)
        except Stale as error:
            if error.current != cursor or cursor == after:
                raise
            return {}
        return counts

    def _send(
        self,
        method: str,
        path: str,
        params: dict[str, Any],
        body: Any = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        with _reaching():
            response = self._http.request(method, path, params=_given(params), content=body, headers=headers)
        if response.is_error:
            raise failure(response)
        return response


def _given(params: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in params.items() if value is not None}


@contextmanager
def _reaching() -> Iterator[None]:
    try:
        yield
    except httpx.TimeoutException as error:
        raise TryAgain("The store did not answer in time. It may be busy; try again.", 10) from error
    except UnicodeEncodeError as error:
        raise Invalid(f"This cannot be sent: {error}.") from error
    except httpx.TransportError as error:
        raise TryAgain(
            f"The connection to the store broke ({error}). Is the app still running?", 5
        ) from error


def failure(response: httpx.Response) -> TribuneError:
    """Turn a problem+json answer back into the error it stands for."""
    try:
        said = orjson.loads(response.content)
        name, detail = said["type"].rpartition("/")[2], said["detail"]
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        return TribuneError(
            f"The store answered {response.status_code} without saying why. See the app's log."
        )
    kind = getattr(errors, name, TribuneError)
    if kind is Stale:
        return Stale(detail, said.get("current"))
    if kind is TryAgain:
        return TryAgain(detail, float(response.headers.get("retry-after", 0)))
    known = isinstance(kind, type) and issubclass(kind, TribuneError) and kind is not errors.NoSuchConnector
    return kind(detail) if known else TribuneError(detail)


def find(config: Config, wait: float = 0) -> Client | None:
    """Return a client of the app running on this home, or None where there is none after `wait` seconds."""
    end = time.monotonic() + wait
    while True:
        try:
            run = orjson.loads((config.home / "run.json").read_bytes())
            if psutil.pid_exists(run["pid"]):
                httpx.get(f"{run['address']}/healthz", timeout=5, trust_env=False).raise_for_status()
                return Client(run["address"], run["token"])
        except (OSError, orjson.JSONDecodeError, KeyError, TypeError, httpx.HTTPError):
            pass
        if time.monotonic() >= end:
            return None
        time.sleep(0.2)


@contextmanager
def running(config: Config, wait: float = 0) -> Iterator[Client]:
    """Give a client of the app running on this home. Raises TryAgain where none runs."""
    client = find(config, wait)
    if client is None:
        raise TryAgain(f"No app is running on {config.home}. Start it with: tribune up", 5)
    with client:
        yield client
