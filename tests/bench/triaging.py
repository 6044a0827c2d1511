"""A hundred comments triaged by keyboard: in the inbox, and with Streamlit's own widgets, by the same decisions.

For each: say its sentiment, add a topic, resolve it, go on. Once the person waits until each is painted, as one who watches
does; once the keys come at a steady pace whatever the screen shows, as of one who knows them by heart. What is right in the
store afterwards is counted.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from curation.client import Client, find
from curation.config import load
from curation.models import SENTIMENTS
from tests.bench.browsing import app, opened, painted, quiet
from tests.bench.measure import show

TOPIC, TYPED = "account.security", "security"
AFTER = 3.0
"""Seconds a page gets to save what was typed ahead."""

Act = tuple[Callable[[], Any], str]


@dataclass(frozen=True)
class Way:
    """One way to do the work: how a page is made ready, what to do for a comment, and how many keys and clicks that takes."""

    name: str
    module: str
    path: str
    acts: Callable[[Page, int, str, int], list[Act]]
    strokes: int


def _inbox(page: Page, id: int, sentiment: str, following: int) -> list[Act]:
    keyboard = page.keyboard
    return [
        (lambda: keyboard.press(str(SENTIMENTS.index(sentiment) + 1)), pressed(f"sentiment-{sentiment}")),
        (lambda: keyboard.press("t"), "bench.$('dialog[open] input') === bench.root.activeElement"),
        (lambda: keyboard.type(TYPED), "bench.all('dialog[open] [role=option]').length < 5"),
        (lambda: keyboard.press("Enter"), f"""bench.$('[data-focus="drop-{TOPIC}"]')"""),
        (lambda: keyboard.press("e"), pressed("status-resolved")),
        (lambda: keyboard.press("j"), f"bench.selected === '{following}'"),
    ]


def pressed(name: str) -> str:
    """Return the JavaScript that tells whether a choice is painted as chosen."""
    return f"bench.$('[data-focus={name}]')?.ariaPressed === 'true'"


def _native(page: Page, id: int, sentiment: str, following: int) -> list[Act]:
    keyboard, field = page.keyboard, page.get_by_role("combobox", name="Add a topic")

    def says(what: str) -> str:
        return f"document.querySelector('.st-key-state')?.textContent.includes('{what}')"

    return [
        (lambda: keyboard.press(str(SENTIMENTS.index(sentiment) + 1)), says(f"{id} {sentiment}")),
        (field.click, "document.querySelector('[role=listbox], [data-baseweb=menu]')"),
        (lambda: keyboard.type(TYPED), "document.querySelectorAll('li[role=option]').length < 5"),
        (lambda: keyboard.press("Enter"), says(TOPIC)),
        (
            lambda: page.evaluate("document.activeElement.blur()") or keyboard.press("e"),
            says(f"{id} {sentiment} resolved"),
        ),
        (lambda: keyboard.press("j"), says(f"{following} ")),
    ]


STROKES = 2 + len(TYPED) + 1 + 1 + 1
INBOX = Way("the inbox", "dashboards", "/?status=new", _inbox, STROKES)
NATIVE = Way("native widgets", "tests.bench.native", "/", _native, STROKES)


def compare(browser: Browser, home: Path, count: int, pace: float) -> None:
    """Do the work both ways on the store in `home`, and print what it takes."""
    rows = []
    for way in (INBOX, NATIVE):
        for waits in (True, False):
            rows.append(
                [
                    f"{way.name}, {'waiting for each' if waits else 'typing ahead'}",
                    *_done(browser, home, way, count, pace, waits),
                ]
            )
    columns = ["", "keys and clicks", "s a comment", "ms until painted", "comments right in the store"]
    show(f"{count} comments triaged by keyboard, {pace:.0f} ms between keys", columns, rows)


def _done(browser: Browser, home: Path, way: Way, count: int, pace: float, waits: bool) -> list[str]:
    with app(home, way.module) as address:
        page = opened(browser, address, way.path)
        ids = _new(home, count + 1)
        wanted = {id: SENTIMENTS[n % 3] for n, id in enumerate(ids[:-1])}
        quiet(page, 1_000)
        begin, took = time.monotonic(), []
        for (id, sentiment), following in zip(wanted.items(), ids[1:], strict=True):
            for act, done in way.acts(page, id, sentiment, following):
                if waits:
                    took.append(painted(page, act, done, 5_000))
                else:
                    act()
                quiet(page, pace)
        seconds = (time.monotonic() - begin) / count
        quiet(page, AFTER * 1e3)
        page.context.close()
        right = _right(home, wanted)
    missing = took.count(None)
    there = [one for one in took if one is not None]
    mean = f"{sum(there) / len(there):.0f}{f', {missing} never' if missing else ''}" if there else "–"
    return [str(way.strokes), f"{seconds:.2f}", mean, f"{right} of {count}"]


def _new(home: Path, count: int) -> list[int]:
    """Return the comments both ways begin with."""
    with _client(home) as client:
        return [one["id"] for one in client.get("/comments", status="new", limit=count)["comments"]]


def _client(home: Path) -> Client:
    client = find(load(home))
    assert client is not None
    return client


def _right(home: Path, wanted: dict[int, str]) -> int:
    with _client(home) as client:
        found = [client.get(f"/comments/{id}") for id in wanted]
    return sum(
        one["sentiment"] == wanted[one["id"]]
        and TOPIC in one["topics"]
        and one["state"]["status"] == "resolved"
        for one in found
    )
