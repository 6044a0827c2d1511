"""What a person waits for: pages, filters, searches and single comments in a large store."""

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from curation.actions import comments
from curation.bench.words import RARE_TOPIC
from curation.config import load
from curation.models import LOCAL
from curation.store import Store, open_store
from curation.store import comments as kept
from curation.store.filters import Filter
from tests.bench.measure import filled, show, timed, verdict

CALLS = 40


def measure(home: Path, count: int, seed: int) -> None:
    """Fill a store with `count` comments, unless `home` has one, and print what reading takes."""
    store = open_store(load(filled(home, count, seed)))
    try:
        rows = [_row(*asked) for asked in _questions(store, Random(seed))]
    finally:
        store.close()
    columns = ["", "median ms", "p95 ms", "target ms", ""]
    show(f"Reads at {count:,} comments: the library's call, {CALLS} times each", columns, rows)


def _row(name: str, target: float, calls: list[Callable[[], Any]]) -> list[str]:
    median, p95 = timed(calls)
    return [name, f"{median:.1f}", f"{p95:.1f}", f"{target:.0f}", verdict(median, target)]


def _questions(store: Store, rng: Random) -> list[tuple[str, float, list[Callable[[], Any]]]]:
    top = store.changed

    def page(before: int | None = None, **wanted: Any) -> Callable[[], Any]:
        return lambda: comments.page(store, LOCAL, Filter(**wanted), before)

    def deep(**wanted: Any) -> list[Callable[[], Any]]:
        ranks = [int(comments.opened(store, LOCAL, rng.randint(1, top))["rank"]) for _ in range(CALLS)]
        return [page(rank, **wanted) for rank in ranks]

    three = {"sources": ("mail",), "languages": ("fr",), "topics": ("delivery.late",)}
    negative = {"sources": ("mail",), "languages": ("en",), "sentiments": ("negative",)}
    rarer = {
        "sources": ("forum",),
        "languages": ("fr",),
        "sentiments": ("negative",),
        "topics": ("account.cancellation",),
    }
    rarest = {"sources": ("survey",), "sentiments": ("negative",), "topics": (RARE_TOPIC,)}
    words = (
        "refund invoice",
        "battery Batuki",
        "livraison emballage",
        "charged Baneco",
        "staff delivery",
        "très déçu OR décevant",
    )
    ids = [rng.randint(1, top) for _ in range(CALLS)]
    return [
        ("first page of the inbox", 15, [page()] * CALLS),
        ("source, language, topic (0.6 %)", 15, [page(**three)] * CALLS),
        ("source, language, sentiment (3.6 %)", 15, [page(**negative)] * CALLS),
        ("a page anywhere in the depth", 15, deep()),
        ("the same, three filters", 15, deep(**three)),
        ("two words searched", 50, [page(query=words[n % len(words)]) for n in range(CALLS)]),
        (
            "two words and a filter (15 %)",
            150,
            [page(query=words[n % len(words)], sources=("mail",)) for n in range(CALLS)],
        ),
        ("four filters (0.08 %)", 150, [page(**rarer)] * CALLS),
        ("three filters (0.0004 %)", 150, [page(**rarest)] * CALLS),
        ("one comment by id", 5, [lambda id=id: kept.get(store, id) for id in ids]),
        (
            "one comment with thread, tags and versions",
            150,
            [lambda id=id: comments.opened(store, LOCAL, id) for id in ids],
        ),
    ]
