"""A proxy on loopback that cuts connections at random moments, in every way a network does.

A cut falls on something that passes: before it, in its middle or right after it. Both ends may see it at once; or only the
near one does, while the far one still hears what was under way, at once or up to `LATE` seconds later.
"""

import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from random import Random

LATE = 2.0
"""Seconds until the far end hears what was under way, and seconds it then has to answer nobody."""
_CHUNK = 65_536


@dataclass
class Cutting:
    """Hand out ports that lead to other ports. `chance`: that a connection is cut at one thing that passes; 0 lets all through.

    `cuts` counts by what the sender was doing and what became of it at the far end.
    """

    rng: Random
    chance: float = 0.0
    cuts: "Counter[str]" = field(default_factory=Counter)
    _ears: list[socket.socket] = field(default_factory=list)

    def through(self, port: int) -> int:
        """Return a port on loopback whose connections end at `port`."""
        ear = socket.create_server(("127.0.0.1", 0))
        self._ears.append(ear)
        threading.Thread(target=self._listen, args=(ear, port), daemon=True).start()
        return int(ear.getsockname()[1])

    def close(self) -> None:
        """Take no connections any more."""
        for ear in self._ears:
            _end(ear)

    def _listen(self, ear: socket.socket, port: int) -> None:
        with suppress(OSError):
            while True:
                near, _ = ear.accept()
                threading.Thread(target=self._meet, args=(near, port), daemon=True).start()

    def _meet(self, near: socket.socket, port: int) -> None:
        with _closing(near):
            try:
                far = socket.create_connection(("127.0.0.1", port), 10)
            except OSError:
                return
            far.settimeout(None)
            with _closing(far):
                line = _Line(self, near, far)
                line.answering.start()
                line.carry(near, far)
                # Who hung up hears no more, and a server that does not notice is not waited for.
                line.answering.join(LATE)


@dataclass
class _Line:
    """One connection. `near`: the sender's end; `gone`: it has been cut off."""

    proxy: Cutting
    near: socket.socket
    far: socket.socket
    gone: bool = False

    def __post_init__(self) -> None:
        self.answering = threading.Thread(target=self.carry, args=(self.far, self.near), daemon=True)

    def carry(self, source: socket.socket, target: socket.socket) -> None:
        """Pass on what comes, until the connection ends or is cut."""
        with suppress(OSError):
            while chunk := source.recv(_CHUNK):
                if self.gone:
                    continue
                if self.proxy.rng.random() < self.proxy.chance:
                    self.cut(chunk, target)
                    return
                target.sendall(chunk)
            if not self.gone:
                target.shutdown(socket.SHUT_WR)

    def cut(self, chunk: bytes, target: socket.socket) -> None:
        """Cut the connection while `chunk` passes."""
        rng, self.gone = self.proxy.rng, True
        passes = chunk[: rng.choice((0, rng.randrange(len(chunk)), len(chunk)))]
        if rng.random() < 0.5:
            for end in (self.near, self.far):
                _rudely(end)
        if target is self.near:
            self.proxy.cuts["while the server answered"] += 1
            target.sendall(passes)
            _end(self.near)
            return
        how = rng.choice(("at both ends", "heard at once", "heard late"))
        self.proxy.cuts[f"while the sender spoke, {how}"] += 1
        if how != "at both ends":
            _end(self.near)
            time.sleep(rng.uniform(0, LATE) if how == "heard late" else 0)
        self.far.sendall(passes)
        if how == "at both ends":
            _end(self.far)


def _rudely(end: socket.socket) -> None:
    """Have a connection end with a reset and not with a goodbye."""
    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _end(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()


@contextmanager
def _closing(end: socket.socket) -> Iterator[None]:
    try:
        yield
    finally:
        _end(end)
