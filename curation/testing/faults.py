"""What can go wrong with an answer: each function makes a fault for `Site.inject`."""

import zlib
from collections.abc import Callable, Iterator, Mapping

from curation.testing.serving import Answer, Fault, Wire

GIGABYTE = 1 << 30
_BLOCK = 1 << 16


def answers(
    status: int, body: bytes = b"{}", headers: Mapping[str, str] | None = None, *, taken: bool = False
) -> Fault:
    """Answer this. With `taken`, the channel has done what was asked before it says so."""

    def fault(wire: Wire, honest: Callable[[], Answer]) -> Answer:
        if taken:
            honest()
        return status, {"content-type": "application/json", **(headers or {})}, body

    return fault


def says(body: bytes, kind: str = "application/json") -> Fault:
    """Answer 200 with this body."""
    return answers(200, body, {"content-type": kind})


def moves(address: str) -> Fault:
    """Redirect to an address."""
    return answers(302, b"", {"location": address})


def mangles(mangle: Callable[[bytes, dict[str, str]], tuple[bytes, dict[str, str]]]) -> Fault:
    """Send the honest answer with its body and headers changed; a content-length is made anew."""

    def fault(wire: Wire, honest: Callable[[], Answer]) -> Answer:
        status, headers, body = honest()
        kept = {name: value for name, value in headers.items() if name.lower() != "content-length"}
        body, kept = mangle(body, kept)
        return status, kept, body

    return fault


def breaks() -> Fault:
    """Announce the whole body, send half, and hang up."""

    def fault(wire: Wire, honest: Callable[[], Answer]) -> None:
        status, headers, body = honest()
        wire.part(status, {**headers, "content-length": str(len(body))}, [body[: len(body) // 2]])

    return fault


def halves() -> Fault:
    """Send half the body as if it were whole: JSON that is cut off."""
    return mangles(lambda body, headers: (body[: len(body) // 2], headers))


def stalls(seconds: float, *, taken: bool = True) -> Fault:
    """Send half the body, and nothing more for so long. Without `taken` the channel has done nothing."""

    def fault(wire: Wire, honest: Callable[[], Answer]) -> None:
        status, headers, body = honest() if taken else (200, {}, b"{}")

        def blocks() -> Iterator[bytes]:
            yield body[: len(body) // 2]
            wire.wait(seconds)

        wire.part(status, {**headers, "content-length": str(len(body))}, blocks(), reset=True)

    return fault


def resets(*, taken: bool = False) -> Fault:
    """Reset the connection. With `taken`, the channel has done what was asked; without, it never saw it."""

    def fault(wire: Wire, honest: Callable[[], Answer]) -> None:
        if taken:
            honest()
        wire.reset()

    return fault


def endless(*, gzipped: bool = False) -> Fault:
    """Stream a body of a gigabyte, or one that unpacks to it, as long as somebody reads."""

    def fault(wire: Wire, honest: Callable[[], Answer]) -> None:
        headers = {"content-type": "application/json"} | ({"content-encoding": "gzip"} if gzipped else {})
        wire.part(200, headers, _packed() if gzipped else _plain())

    return fault


def _plain() -> Iterator[bytes]:
    block = b" " * _BLOCK
    for _ in range(GIGABYTE // _BLOCK):
        yield block


def _packed() -> Iterator[bytes]:
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    block = b" " * (1 << 20)
    for _ in range(GIGABYTE >> 20):
        yield packer.compress(block)
    yield packer.flush()
