"""The real app on a filled store, a real Chromium, and the clock inside its pages."""

import statistics
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import nan
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from curation import config
from tests.bench.measure import wait_for
from tests.dashboards.started import free_port, started

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
]
CLOCK = Path(__file__).with_name("clock.js").read_text()
LIMIT = 20_000
"""ms after which something that is not there is not there."""

Times = list[float]


@contextmanager
def app(home: Path, module: str = "dashboards") -> Iterator[str]:
    """Serve `home` on a free port, by the app or another module, and give its address."""
    port = free_port()
    with config.edit(home) as document:
        document.setdefault("app", {})["port"] = port
    with started(home, port, module) as process:
        wait_for((home / "run.json").exists, 120)
        assert process.poll() is None, "the app did not start"
        yield f"http://127.0.0.1:{port}"


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Debian's Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


def opened(browser: Browser, address: str, path: str = "/") -> Page:
    """Open a page in a window of its own, with nothing in its cache."""
    window = browser.new_context(base_url=address, viewport={"width": 1280, "height": 900}, locale="en-GB")
    window.add_init_script(CLOCK)
    page = window.new_page()
    page.set_default_timeout(3 * LIMIT)
    page.goto(path)
    page.wait_for_selector(".row[aria-selected=true], .st-key-state")
    return page


def ready(page: Page) -> None:
    """Wait until a comment is shown with all that belongs to it."""
    page.wait_for_selector(".row[aria-selected=true]")
    page.wait_for_selector(".detail[aria-busy=false]", state="attached")


def painted(page: Page, act: Callable[[], Any], done: str, limit: int = LIMIT) -> float | None:
    """Do something with keys or the mouse; return the ms from there to the frame of which the JavaScript `done` is true."""
    page.evaluate(f"() => bench.arm(() => {done}, {limit})")
    act()
    return page.evaluate("bench.painted")


def durable(page: Page, limit: int = LIMIT) -> float | None:
    """Return the ms from the last thing timed to the server's word that it is kept."""
    return page.evaluate("limit => bench.saved(limit)", limit)


def quiet(page: Page, ms: float = 250) -> None:
    """Let what a page still does end, as a person who reads does."""
    page.wait_for_timeout(ms)


def percentiles(times: Times) -> tuple[float, float]:
    """Return the median and the 95th percentile; of nothing, no number."""
    if len(times) < 2:
        return (*times, *times) if times else (nan, nan)
    return statistics.median(times), statistics.quantiles(times, n=20)[18]
