"""Chromium for tests of pages: one way to start it, one patience, and a picture that tells who asked for it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.patience import PATIENCE

sync_api = pytest.importorskip("playwright.sync_api")

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
]

is_there = pytest.mark.skipif(
    not CHROMIUM.exists(),
    reason="needs: apt-get install -y chromium fonts-noto-core fonts-noto-color-emoji",
)
in_browser = [pytest.mark.browser, is_there]
expect = sync_api.expect
expect.set_options(timeout=1000 * PATIENCE)  # For every test of the run.


@contextmanager
def launched() -> Iterator["sync_api.Browser"]:
    """Start a browser."""
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def counted_picture(name: str = "pixel.png") -> Iterator[tuple[str, list[str]]]:
    """Give a picture's address, and every request that was made for it."""
    asked: list[str] = []

    class Pixel(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Pixel)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/{name}", asked
    server.shutdown()
    thread.join()
    server.server_close()
