"""`python -m tests.bench.ui [--comments N] [--home DIR]`: what a person feels in the inbox, measured inside a real browser.

Each figure is from the key or click, as the browser stamps it, to the painted frame that shows what it asked for. Then the
inbox and Streamlit's own widgets are used for the same work by the same keys.
"""

import argparse
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Error, Page

from tests.bench import triaging
from tests.bench.browsing import (
    CLOCK,
    LIMIT,
    app,
    chromium,
    durable,
    opened,
    painted,
    percentiles,
    quiet,
    ready,
)
from tests.bench.measure import console, filled, machine, show

TIMES = 40
FEW = 12
REPEATS = 40
REPEAT_MS = 30
WORDS = (
    "refund invoice",
    "battery",
    "livraison emballage",
    "staff delivery",
    "charged twice",
    "application commande",
)

SHOWS = "bench.$('.detail')?.dataset.id === bench.selected"
MOVED = "bench.selected !== bench.before && " + SHOWS


@dataclass
class Measured:
    """One action: its targets in ms (p50, p95), and how long it took each time; None where it did not happen."""

    name: str
    target: tuple[float | None, float | None]
    times: list[float | None] = field(default_factory=list)

    def row(self) -> list[str]:
        """Say it as a row of the table."""
        took = [one for one in self.times if one is not None]
        target = " / ".join("–" if one is None else f"{one:.0f}" for one in self.target)
        if not took:
            return [self.name, "not there", target, "MISSED"]
        found = percentiles(took)
        held = all(limit is None or one <= limit for one, limit in zip(found, self.target, strict=True))
        lost = (
            f", {len(self.times) - len(took)} of {len(self.times)} did not happen"
            if len(took) < len(self.times)
            else ""
        )
        return [
            self.name,
            f"{found[0]:.0f} / {found[1]:.0f}{lost}",
            target,
            "held" if held and not lost else "MISSED",
        ]


def main() -> None:
    """Measure, print, and leave nothing behind unless a home was given."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.ui", description=__doc__)
    parser.add_argument("--comments", type=int, default=1_000_000, help="how many the store has")
    parser.add_argument("--home", type=Path, help="a filled home, which is used again; by default a new one")
    parser.add_argument("--triaged", type=int, default=100, help="how many comments are triaged by keyboard")
    parser.add_argument("--only", choices=("actions", "triage"), help="by default both")
    parser.add_argument("--pace", type=float, default=120, help="ms between a person's keys")
    given = parser.parse_args()
    console.print(machine(), "\n")
    with tempfile.TemporaryDirectory(prefix="tribune-ui-") as folder:
        home = filled(given.home or Path(folder) / "home", given.comments)
        with chromium() as browser:
            if given.only != "triage":
                columns = ["action", "p50 / p95 ms", "target", ""]
                show(f"The inbox at {given.comments:,} comments", columns, measure(browser, home))
            if given.only != "actions":
                triaging.compare(browser, home, given.triaged, given.pace)
    console.print(f"load after: {', '.join(f'{one:.1f}' for one in os.getloadavg())}")


def measure(browser: Browser, home: Path) -> list[list[str]]:
    """Measure every action on the store in `home`, each by itself: one that fails takes nothing from the others."""
    with app(home) as address:
        found = opening(browser, address)
        for act in (keys, repeated, selecting, deciding, filtering, paging, searching):
            page = opened(browser, address, "/?status=new")
            quiet(page, 1_500)
            try:
                found += act(page)
            except (Error, AssertionError) as error:
                found.append([act.__name__, "not there", str(error).splitlines()[0][:60], "MISSED"])
            page.context.close()
        found += another(browser, address)
        return found


def opening(browser: Browser, address: str) -> list[list[str]]:
    """Open the page with an empty cache, and again."""
    cold, warm = Measured("open, cold", (1_500, None)), Measured("open, warm", (400, None))
    for _ in range(5):
        page = opened(browser, address)
        for _ in range(3):
            warm.times.append(_opened(page))
        page.context.close()
    for _ in range(5):
        window = browser.new_context(base_url=address, locale="en-GB")
        window.add_init_script(CLOCK)
        cold.times.append(_opened(window.new_page()))
        window.close()
    return [warm.row(), cold.row()]


def _opened(page: Page) -> float | None:
    page.goto("/")
    return page.evaluate(f"bench.when(() => bench.place >= 0 && {SHOWS}, {LIMIT})")


def keys(page: Page) -> list[list[str]]:
    """Go down and up by key."""
    following, previous = Measured("next by key", (12, 33)), Measured("previous by key", (12, 33))
    for key, one in (("j", following), ("k", previous)):
        for _ in range(TIMES):
            one.times.append(moved(page, lambda key=key: page.keyboard.press(key)))
            quiet(page, 120)
    return [following.row(), previous.row()]


def moved(page: Page, act: Callable[[], Any]) -> float | None:
    """Time a change of the selection."""
    page.evaluate("() => { bench.before = bench.selected }")
    return painted(page, act, MOVED, 3_000)


def repeated(page: Page) -> list[list[str]]:
    """Hold a key down: it repeats every 30 ms, and none may be lost."""
    before = page.evaluate("bench.place")
    for _ in range(REPEATS):
        page.keyboard.press("j")
        page.wait_for_timeout(REPEAT_MS)
    quiet(page)
    lost = REPEATS - (page.evaluate("bench.place") - before)
    return [[f"keys lost of {REPEATS} at {REPEAT_MS} ms", str(lost), "0", "MISSED" if lost else "held"]]


def selecting(page: Page) -> list[list[str]]:
    """Click on rows."""
    one = Measured("select by click", (20, 50))
    rows = page.locator(".row")
    for number in range(TIMES):
        row = rows.nth((number * 7) % 25 + 1)
        row.scroll_into_view_if_needed()
        if row.get_attribute("aria-selected") == "true":
            continue
        one.times.append(moved(page, row.click))
        quiet(page, 120)
    return [one.row()]


def deciding(page: Page) -> list[list[str]]:
    """Claim, tag and resolve; each is painted at once, and durable a little later."""
    wanted = {
        "claim": ("c", "bench.$('.of-claim')?.textContent !== bench.label"),
        "tag": ("1", "bench.$('[data-focus=sentiment-negative]')?.ariaPressed === 'true'"),
        "resolve": ("e", "bench.$('[data-focus=status-resolved]')?.ariaPressed === 'true'"),
    }
    found = []
    for name, (key, done) in wanted.items():
        shown, kept = Measured(f"{name}: painted", (16, None)), Measured(f"{name}: durable", (30, 100))
        for _ in range(TIMES // 2):
            page.keyboard.press("j")
            ready(page)
            quiet(page)
            page.evaluate("() => { bench.label = bench.$('.of-claim')?.textContent }")
            if name == "tag":
                value = page.evaluate("bench.$('.sentiments [aria-pressed=true]')?.dataset.focus")
                key, to = ("3", "positive") if value == "sentiment-negative" else ("1", "negative")
                done = f"bench.$('[data-focus=sentiment-{to}]')?.ariaPressed === 'true'"
            if page.evaluate(f"() => {done}"):
                continue  # another message of a thread that was resolved just now
            shown.times.append(painted(page, lambda key=key: page.keyboard.press(key), done, 3_000))
            kept.times.append(durable(page, 5_000))
        found += [shown.row(), kept.row()]
    return found


def listed_anew(page: Page, act: Callable[[], Any]) -> float | None:
    """Time a change of what is listed."""
    page.evaluate("() => { bench.mark() }")
    return painted(page, act, "bench.renewed")


def filtering(page: Page) -> list[list[str]]:
    """Choose a filter, and another beside it, and take each away again."""
    one = Measured("filter", (50, 120))
    page.keyboard.press("f")
    pills = page.locator(".filtering .of-sentiment").get_by_role("button")
    for number in range(FEW):
        one.times.append(listed_anew(page, pills.nth(number % 3).click))
        quiet(page, 600)
    return [one.row()]


def paging(page: Page) -> list[list[str]]:
    """Ask for the next fifty, again and again."""
    one = Measured("next page", (35, 60))
    more = page.locator(".more")
    for _ in range(FEW):
        page.evaluate("() => { bench.count = bench.all('.row').length }")
        one.times.append(painted(page, more.click, "bench.all('.row').length > bench.count"))
        quiet(page)
    return [one.row()]


def searching(page: Page) -> list[list[str]]:
    """Type words, then Enter; the clock begins with Enter."""
    one = Measured("search", (100, 250))
    field = page.locator(".search")
    for number in range(FEW):
        field.fill(WORDS[number % len(WORDS)])
        one.times.append(listed_anew(page, lambda: page.keyboard.press("Enter")))
        quiet(page, 600)
    return [one.row()]


def another(browser: Browser, address: str) -> list[list[str]]:
    """One person resolves and reopens a thread which another looks at; both clocks are this machine's."""
    one = Measured("another person's change visible", (1_000, 1_000))
    mine, theirs = (opened(browser, address, "/?status=new") for _ in range(2))
    quiet(mine, 1_500)
    try:
        for number in range(FEW):
            status = ("pending", "open")[number % 2]
            done = f"bench.$('[data-focus=status-{status}]')?.ariaPressed === 'true'"
            mine.evaluate(f"() => {{ bench.seen = bench.when(() => {done}, {LIMIT}) }}")
            painted(theirs, theirs.locator(f"[data-focus=status-{status}]").click, done)
            began = theirs.evaluate("performance.timeOrigin + bench.began")
            seen = mine.evaluate("bench.seen.then(at => at && performance.timeOrigin + at)")
            one.times.append(seen and seen - began)
            quiet(mine)
    except Error as error:
        console.print(f"another person's change: {str(error).splitlines()[0]}")
    for page in (mine, theirs):
        page.context.close()
    return [one.row()]


if __name__ == "__main__":
    main()
