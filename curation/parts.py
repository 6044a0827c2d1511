"""One supervised process: its start, its log, its last words, its restart and its end."""

import logging
import os
import re
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path

from curation.lifeline import tied

QUICK = 30.0
"""A part that ends within so many seconds of its start has failed quickly."""

TRIES = 5
LOG_BYTES, LOG_FILES = 5_000_000, 3
SHOWN, WINDOW = 3, 10.0
"""At most so many errors of a part on the terminal in so many seconds; the log has them all."""

_ERROR = re.compile(rb"\b(ERROR|CRITICAL)\b")


class Part:
    """A process in a session of its own, tied to this one. Only the main thread may start it.

    `once`: its end with code 0 is no fault. `quiet`: its errors go to its log only, until it ends.
    """

    def __init__(
        self,
        name: str,
        title: str,
        command: Sequence[str],
        logs: Path,
        environment: Mapping[str, str],
        home: Path,
        selector: selectors.BaseSelector,
        say: Callable[[str], object],
        once: bool = False,
        quiet: bool = False,
    ) -> None:
        self.title, self.command, self.environment, self.home = title, command, environment, home
        self.selector, self.say = selector, say
        self.once, self.quiet = once, quiet
        self.file = logs / f"{name}.log"
        logs.mkdir(exist_ok=True)
        self.log = _Log(self.file, maxBytes=LOG_BYTES, backupCount=LOG_FILES, encoding="utf-8")
        self.process: subprocess.Popen[bytes] | None = None
        self.asked = self.ready = self.ending = False
        self.quick = 0
        self.due: float | None = None
        self.rest, self.last = b"", ""
        self.shown: list[float] = []

    @property
    def running(self) -> bool:
        """Whether the process is there, its end not yet dealt with."""
        return self.process is not None

    def start(self) -> None:
        """Start the process; its output goes to the log."""
        self.asked, self.due, self.last, self.began = True, None, "", time.monotonic()
        self.output, writer = os.pipe()
        os.set_blocking(self.output, False)
        try:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.home,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=writer,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                # Safe, as this process has one thread.
                preexec_fn=tied(),
            )
        finally:
            os.close(writer)
        self.selector.register(self.output, selectors.EVENT_READ, self._read)

    def look_after(self, restart: bool) -> None:
        """Notice an end, and start again when its time has come."""
        if self.process and self.process.poll() is not None:
            self._ended(self.process, restart)
        elif self.due and restart and time.monotonic() >= self.due:
            self.start()

    def terminate(self) -> None:
        """Ask the process to end."""
        self.ending, self.due = True, None
        if self.process:
            self.process.terminate()

    def kill(self) -> None:
        """End the process and everything it started."""
        self.ending = True
        if self.process:
            _kill_session(self.process.pid)
            self.process.wait()
            self._ended(self.process, restart=False)
        self.log.close()

    def _ended(self, process: "subprocess.Popen[bytes]", restart: bool) -> None:
        _kill_session(process.pid)
        self._read()
        if self.rest:
            self._take([self.rest])
            self.rest = b""
        self.selector.unregister(self.output)
        os.close(self.output)
        self.process, self.ready = None, False
        if not self.ending and not (self.once and process.returncode == 0):
            self._tell_end(process.returncode, restart)

    def _tell_end(self, code: int, restart: bool) -> None:
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
        said = f"{self.title[0].upper()}{self.title[1:]} {how}"
        words = f" Its last words: {self.last}" if self.last else ""
        self.quick = self.quick + 1 if time.monotonic() - self.began < QUICK else 1
        if self.once:
            self.say(f"{said}.{words} See {self.file}")
        elif self.quick >= TRIES:
            self.say(
                f"{said}, {TRIES} times in a row, and is left alone; the rest keeps running.{words} See {self.file}"
            )
        elif restart:
            wait = 2 ** (self.quick - 1)
            self.due = time.monotonic() + wait
            self.say(f"{said}; starting it again in {wait} s.{words}")

    def _read(self) -> None:
        with suppress(BlockingIOError):
            while chunk := os.read(self.output, 65536):
                *lines, self.rest = (self.rest + chunk).split(b"\n")
                self._take(lines)

    def _take(self, lines: list[bytes]) -> None:
        """Put lines into the log, and their errors on the terminal."""
        if not lines:
            return
        self.log.emit(logging.makeLogRecord({"msg": b"\n".join(lines).decode("utf-8", "replace")}))
        self.last = next(filter(None, map(_harmless, reversed(lines))), self.last)
        if self.ending or self.quiet:
            return
        for line in filter(_ERROR.search, lines):
            now = time.monotonic()
            self.shown = [at for at in self.shown if now - at < WINDOW]
            if len(self.shown) < SHOWN:
                self.shown.append(now)
                self.say(f"{self.title}: {_harmless(line)}")


def _harmless(line: bytes) -> str:
    """A log line may hold anything: what reaches the terminal is short and cannot steer it."""
    text = line[:2000].decode("utf-8", "replace")
    return "".join(c if c.isprintable() else " " for c in text).strip()[:300]


class _Log(RotatingFileHandler):
    def handleError(self, record: logging.LogRecord) -> None:
        """Go on: a full disk must not end the supervision."""


def _kill_session(leader: int) -> None:
    """Kill what is left of a part's process group: children that outlived it too."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)
