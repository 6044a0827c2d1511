"""`tribune up`: the app, the sender, Prefect's server and the flow runner, started, watched and stopped together.

One thread, no shell: it waits on the parts' output, on signals and on the clock. Each part is a session of its
own, so a Ctrl-C reaches only this process, which then stops them in order; should this process be killed
outright, the kernel kills the parts (curation.lifeline), and the runner's death kills the flow runs.
"""

import fcntl
import os
import selectors
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

import httpx
import psutil

from curation.config import Config, load
from curation.errors import ConfigError, StoreBusy, TribuneError
from curation.parts import Part

TICK = 0.2
PATIENCE = 20.0
"""Seconds the other parts wait for the app to answer before they start anyway."""

POLITE = 5.0
"""Seconds a part has to end after SIGTERM."""


def up(config: Config, first: Sequence[str] = (), say: Callable[[str], object] | None = None) -> int:
    """Run Tribune until Ctrl-C or SIGTERM; return an exit code.

    `first`: a command run once, as soon as the dashboard answers, its output in logs/first.log. `say` gets each
    line meant for the person at the terminal. Raises StoreBusy where it already runs on this home, ConfigError
    where a port is taken: nothing was started then.
    """
    say = say or _print
    with _only_one(config):
        check_ports(config)
        try:
            supervisor = _Supervisor(config, first, say)
        except OSError as error:
            raise ConfigError(f"Cannot write in {config.home / 'logs'}: {error.strerror}.") from error
        return supervisor.run()


def addresses(config: Config) -> tuple[str, str]:
    """Where the dashboard and Prefect's own pages answer."""
    return config.app.local, f"http://127.0.0.1:{config.flows.prefect_port}"


def check_ports(config: Config) -> None:
    """Raise ConfigError naming each port that is taken, by whom, and the key that changes it."""
    problems = []
    for host, port, key in (
        (config.app.host, config.app.port, "port under [app]"),
        ("127.0.0.1", config.flows.prefect_port, "prefect_port under [flows]"),
    ):
        family, kind, _, _, target = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(target)
            except OSError as error:
                who = _holder(port) or error.strerror
                problems.append(f"Port {port} is not free ({who}). Stop that, or set {key} in {config.file}.")
    if config.app.port == config.flows.prefect_port:
        problems.append(
            f"Port {config.app.port} is given twice in {config.file}: [app] port, [flows] prefect_port."
        )
    if problems:
        raise ConfigError("\n".join(problems))


def _holder(port: int) -> str:
    """Name the process that listens on `port`, where the system tells."""
    try:
        for held in psutil.net_connections("tcp"):
            if held.status == psutil.CONN_LISTEN and held.laddr.port == port and held.pid:
                return f"process {held.pid}: {' '.join(psutil.Process(held.pid).cmdline())[:80]}"
    except psutil.Error:
        pass
    return ""


@contextmanager
def _only_one(config: Config) -> Iterator[None]:
    """Hold the right to run on this home; the kernel gives it back whatever way this process ends."""
    try:
        file = (config.home / "up.lock").open("a+")
    except OSError as error:
        raise ConfigError(f"Cannot write in {config.home}: {error.strerror}.") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            pid = file.read().strip()
            raise StoreBusy(
                f"Tribune already runs on {config.home} (process {pid}): {addresses(config)[0]}\n"
                f"Stop it with Ctrl-C in its terminal, or with: kill {pid}"
            ) from None
        with suppress(OSError):
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
        yield


def _print(line: str) -> None:
    # The terminal may be gone; what was started has to be stopped all the same.
    with suppress(OSError):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


class _Supervisor:
    def __init__(self, config: Config, first: Sequence[str], say: Callable[[str], object]) -> None:
        self.config, self.say = config, say
        self.dashboard, self.prefect = addresses(config)
        self.selector = selectors.DefaultSelector()
        environment = os.environ | {"TRIBUNE_HOME": str(config.home), "PYTHONUNBUFFERED": "1"}
        python = [sys.executable, "-P", "-m"]
        logs = config.home / "logs"

        def part(
            name: str, title: str, command: Sequence[str], once: bool = False, quiet: bool = False
        ) -> Part:
            return Part(name, title, command, logs, environment, config.home, self.selector, say, once, quiet)

        self.app = part("app", "the app", [*python, "dashboards"])
        self.sender = part("sender", "the sender", [*python, "curation.cli", "send", "--follow"])
        # Prefect reports as errors what it then repeats by itself: nothing a person could act on.
        self.server = part("prefect", "Prefect's server", [*python, "flows", "server"], quiet=True)
        self.runner = part("runner", "the flow runner", [*python, "flows", "runner"])
        self.first = part("first", "the first start's command", first, once=True) if first else None
        self.parts = [one for one in (self.app, self.sender, self.server, self.runner, self.first) if one]
        self.stopping = 0

    def run(self) -> int:
        with self._signals(), httpx.Client(timeout=2, trust_env=False) as http:
            self.started = time.monotonic()
            self.app.start()
            self.say(f"Starting Tribune on {self.config.home} …")
            while not self.stopping:
                self._tick()
                self._next(http)
            self._stop()
        return 0

    def _tick(self) -> None:
        """Wait for output, a signal or the clock; then look after every part."""
        for key, _ in self.selector.select(TICK):
            key.data()
        for part in self.parts:
            part.look_after(restart=not self.stopping)

    def _next(self, http: httpx.Client) -> None:
        """Start what was waiting for another part, and say what answers now."""
        if not self.app.ready and self.app.running and _answers(http, f"{self.dashboard}/healthz"):
            self.app.ready = True
            people = self.config.sign_in.address if self.config.sign_in else self.dashboard
            self.say(f"\n  Dashboard:  {people}\n  Stop with Ctrl-C.\n")
            if not self.sender.asked:
                self.sender.start()
            if self.first and not self.first.asked:
                self.first.start()
        waited = time.monotonic() - self.started > PATIENCE
        if (self.app.ready or waited) and not self.server.asked:
            self.server.start()
        if self.server.running and not self.server.ready and _answers(http, f"{self.prefect}/api/health"):
            self.server.ready = True
            self.say(f"  Schedules and runs (Prefect):  {self.prefect}")
            if not self.runner.asked:
                self.runner.start()

    def _stop(self) -> None:
        """Stop the sender and the runner first, so that they can still say how they ended; then the rest."""
        self.say("Stopping … (Ctrl-C again to stop at once)")
        workers = [self.sender, self.runner]
        for group in (workers, [one for one in self.parts if one not in workers]):
            for part in group:
                part.terminate()
            end = time.monotonic() + POLITE
            while any(part.running for part in group) and time.monotonic() < end and self.stopping < 2:
                self._tick()
            for part in group:
                part.kill()
        self.selector.close()
        self.say("Stopped.")

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """Turn SIGINT, SIGTERM and SIGHUP (the terminal is gone) into a wish to stop; a second one hurries."""
        reader, writer = socket.socketpair()
        writer.setblocking(False)
        self.selector.register(reader, selectors.EVENT_READ, lambda: reader.recv(64))

        def wish(*_: object) -> None:
            self.stopping += 1

        kinds = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {kind: signal.signal(kind, wish) for kind in kinds}
        wakeup = signal.set_wakeup_fd(writer.fileno())
        try:
            yield
        finally:
            signal.set_wakeup_fd(wakeup)
            for kind, old in before.items():
                signal.signal(kind, old)
            reader.close()
            writer.close()


def _answers(http: httpx.Client, url: str) -> bool:
    try:
        return http.get(url).is_success
    except httpx.HTTPError:
        return False


def main(first: Sequence[str]) -> int:
    """Run `up` as a process of its own, for as long as it may take: without what other commands need."""
    try:
        return up(load(), first)
    except TribuneError as error:
        sys.stderr.write(f"{error.title}: {error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
