"""Start the dashboard: `python -m dashboards`. It listens where `[app]` in tribune.toml says."""

import contextlib
import errno
import logging
import socket
import sys
from types import FrameType

import psutil
import uvicorn

from curation import config as configuration
from curation.config import Config
from curation.errors import TribuneError
from dashboards import serving

TURN = 0.0005
"""Seconds for which a thread may keep others waiting. Each of a deed's many statements ends with waiting for its turn; Python's
default is ten times as long."""


class Taken(TribuneError):
    """The port is in use; says by whom, and what to do."""

    title = "The port is in use"


def listen(config: Config) -> socket.socket:
    """Take the configured port before anything else starts. Raises Taken."""
    host, port = config.app.host, config.app.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sets TCP_NODELAY only where the protocol is named; without it every answer's body waits 40 ms for an acknowledgement.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        # Already now: two that bind alike on Linux would only find out here.
        listener.listen(1024)
    except OSError as error:
        listener.close()
        if error.errno in (errno.EADDRINUSE, errno.EACCES):
            raise Taken(_taken(config, error.errno)) from error
        raise
    listener.set_inheritable(True)
    return listener


def _taken(config: Config, number: int) -> str:
    port = config.app.port
    change = f"choose another one: port = … under [app] in {config.file}."
    if number == errno.EACCES:
        return f"This user may not listen on port {port}; {change}"
    return f"Port {port} is in use by {_holder(port)}. Stop it, or {change}"


def _holder(port: int) -> str:
    try:
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port and connection.pid:
                command = " ".join(psutil.Process(connection.pid).cmdline())[:120]
                return f"process {connection.pid} ({command})"
    except psutil.Error:
        pass
    return "another process"


def told(record: logging.LogRecord) -> bool:
    """Keep uvicorn from adding a traceback to what is said in a sentence."""
    return serving.failure is None


class Server(uvicorn.Server):
    """Uvicorn, whose end pages that wait for changes do not hold up."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take a signal to stop."""
        serving.leave()
        super().handle_exit(sig, frame)


def main() -> int:
    """Serve until SIGTERM or Ctrl-C; open pages do not hold it up for more than a second."""
    sys.setswitchinterval(TURN)
    try:
        config = configuration.load()
        listener = listen(config)
        from dashboards.app import create

        settings = uvicorn.Config(
            create(config),
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=1,
            server_header=False,
        )
        logging.getLogger("uvicorn.error").addFilter(told)
        server = Server(settings)
        with contextlib.suppress(SystemExit):
            server.run(sockets=[listener])
        if serving.failure:
            raise serving.failure
    except TribuneError as error:
        print(f"{error.title}: {error}", file=sys.stderr)  # noqa: T201 - this is the command's own output
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
