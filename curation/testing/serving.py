"""Serve a stand-in of a channel on loopback, remember what it is asked, and let chosen requests go wrong."""

import socket
import struct
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

MOST = 3_000
"""Requests after which a walk is held to have no end."""

Answer = tuple[int, dict[str, str], bytes]
"""Status, headers and body. `content-length` is put in where it is missing."""


class StandIn(Protocol):
    """A small honest emulation of the endpoints of a channel that a connector uses. It needs no base class.

    `connector`: the connector's name as installed, or its class. `secrets`: values that must never be seen. `page`:
    the most entries on a page of the listing, which a test may lower. `edits`, `deletes`, `answers`: what the channel lets us see or do.
    """

    connector: Any
    secrets: tuple[str, ...]
    page: int
    edits: bool
    deletes: bool
    answers: bool

    def settings(self, base: str) -> dict[str, Any]:
        """Return the connector's settings that lead to `base`; secrets as SecretStr."""

    def add(self, text: str, at: datetime, author: str = "ana") -> str:
        """Let a customer write; return the key the comment will have."""

    def edit(self, key: str, text: str) -> None:
        """Let the customer change what the comment says."""

    def delete(self, key: str) -> None:
        """Let the customer take the comment back."""

    def posted(self) -> list[tuple[str, str]]:
        """Return the replies the channel has taken: key, and the text as a reader sees it."""

    def handle(
        self, method: str, path: str, query: dict[str, str], headers: dict[str, str], body: bytes
    ) -> Answer:
        """Answer one request. `path` is as sent, without its query; the names of `headers` in any case. One at a time."""

    def listing(self, method: str, path: str) -> bool:
        """Say whether such a request reads a page of comments."""


class Headers(dict[str, str]):
    """A request's headers, found under their names in any case."""

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())

    def __contains__(self, name: object) -> bool:
        return super().__contains__(str(name).lower())

    def get(self, name: str, default: Any = None) -> Any:
        """Return a header's value."""
        return super().get(name.lower(), default)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that came. `body` as received."""

    method: str
    target: str
    headers: Headers
    body: bytes

    def shows(self) -> str:
        """Return all of it as text: what to search for a secret."""
        return f"{self.method} {self.target}\n{dict(self.headers)}\n{self.body.decode('latin-1')}"


class Wire(Protocol):
    """The line to the client, for faults below HTTP."""

    def whole(self, answer: Answer) -> None:
        """Write an answer as it should be."""

    def part(
        self, status: int, headers: Mapping[str, str], blocks: Iterable[bytes], *, reset: bool = False
    ) -> None:
        """Write the head with exactly these headers, and blocks while the client reads; then hang up."""

    def reset(self) -> None:
        """Tear the connection down with nothing said."""

    def wait(self, seconds: float) -> None:
        """Say nothing for so long, or until the test is over."""


Fault = Callable[[Wire, Callable[[], Answer]], Answer | None]
"""Answers a request in the stand-in's place. Calling the second argument lets the stand-in act, and returns what it says.

What is returned is sent; None: the fault has written to the wire itself.
"""


@dataclass(slots=True)
class _Injection:
    fault: Fault
    nth: int
    times: int | None
    where: Callable[[str, str], bool]
    met: int = 0

    def hits(self, method: str, path: str) -> bool:
        if not self.where(method, path):
            return False
        self.met += 1
        return self.met >= self.nth and (self.times is None or self.met < self.nth + self.times)


@dataclass(slots=True)
class Site:
    """A stand-in that is being served at `base`. `sent`: bytes of bodies offered by faults."""

    stand_in: StandIn
    base: str = ""
    asked: list[Asked] = field(default_factory=list)
    injured: int = 0
    sent: int = 0
    troubles: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    _injections: list[_Injection] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def inject(
        self,
        fault: Fault,
        *,
        nth: int = 1,
        times: int | None = None,
        where: Callable[[str, str], bool] | None = None,
    ) -> None:
        """Let the `nth` request from now on, and `times` in all (None: for good), go wrong; of those `where` takes.

        `where` takes a method and a path; by default it is a listing.
        """
        self.injured = 0
        self._injections.append(_Injection(fault, nth, times, where or self.stand_in.listing))

    def mend(self) -> None:
        """Take all faults away."""
        self._injections.clear()

    def listings(self) -> int:
        """Count the pages of comments that were asked for."""
        return sum(self.stand_in.listing(one.method, urlsplit(one.target).path) for one in self.asked)

    def honest(self, asked: Asked) -> Answer:
        """Let the stand-in answer."""
        parts = urlsplit(asked.target)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        try:
            with self._lock:
                return self.stand_in.handle(asked.method, parts.path, query, asked.headers, asked.body)
        except Exception as error:
            said = f"The stand-in failed at {asked.method} {parts.path}: {type(error).__name__}: {error}"
            self.troubles.append(said)
            return 500, {"content-type": "text/plain"}, said.encode()

    def fault(self, asked: Asked) -> Fault | None:
        """Return what shall go wrong with this request, None where nothing shall."""
        path = urlsplit(asked.target).path
        with self._lock:
            self.asked.append(asked)
            if len(self.asked) > MOST:
                self.troubles.append(f"More than {MOST:,} requests: the walk has no end.")
                return lambda *_: (508, {}, b"no end")
            hit = [one.fault for one in self._injections if one.hits(asked.method, path)]
            self.injured += bool(hit)
            return hit[0] if hit else None


@contextmanager
def serve(stand_in: StandIn, host: str = "127.0.0.1") -> Iterator[Site]:
    """Serve it on a free port of loopback, named `host`. Raises AssertionError where the stand-in itself failed."""
    site = Site(stand_in)
    server = _Server(site)
    site.base = f"http://{host}:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield site
    finally:
        site.over.set()
        server.shutdown()
        thread.join()
        server.hang_up()
        server.server_close()
    if site.troubles:
        raise AssertionError(site.troubles[0])


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    block_on_close = True
    request_queue_size = 64

    def __init__(self, site: Site) -> None:
        self.site = site
        self.lines: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), _Line)

    def hang_up(self) -> None:
        for line in list(self.lines):
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def shutdown_request(self, request: Any) -> None:
        self.lines.discard(request)
        with suppress(OSError):
            if not request.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER):
                request.shutdown(socket.SHUT_WR)
        self.close_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that hang up."""


class _Line(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.server.lines.add(self.connection)

    def handle(self) -> None:
        with suppress(OSError):
            super().handle()

    def finish(self) -> None:
        with suppress(OSError, ValueError):
            super().finish()

    def _asked(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = Headers({name.lower(): value for name, value in self.headers.items()})
        asked = Asked(self.command, self.path, headers, body)
        site = self.server.site
        fault = site.fault(asked)
        answer = fault(self, lambda: site.honest(asked)) if fault else site.honest(asked)
        if answer:
            self.whole(answer)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _asked

    def whole(self, answer: Answer) -> None:
        status, headers, body = answer
        known = {name.lower() for name in headers}
        self._head(
            status, headers if "content-length" in known else {**headers, "content-length": str(len(body))}
        )
        self.wfile.write(body)

    def part(
        self, status: int, headers: Mapping[str, str], blocks: Iterable[bytes], *, reset: bool = False
    ) -> None:
        self._head(status, {**headers, "connection": "close"})
        for block in blocks:
            self.wfile.write(block)
            self.server.site.sent += len(block)
        if reset:
            self.reset()

    def reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True

    def wait(self, seconds: float) -> None:
        self.server.site.over.wait(seconds)

    def _head(self, status: int, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Keep quiet."""
