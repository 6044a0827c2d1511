"""`python -m tests.bench.taxonomy [--comments N] [--keep DIR]`: changes of the topics, seen before and made, in seconds.

The store is the one `tests.bench` reads from; every change is undone, so that a kept store can be used again.
"""

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

from curation.actions import taxonomy
from curation.actions.editing import Edit
from curation.config import load
from curation.models import LOCAL
from curation.store import Store, open_store
from tests.bench.measure import console, filled, machine, show, verdict

SECONDS = 10.0
"""What a person waits for without asking again."""

NAME = {"en": "Bench", "fr": "Mesure"}
PARTS = [
    {"id": "product.quality-first", "name": NAME},
    {"id": "product.quality-app", "name": NAME, "phrases": {"en": ["exactly like"], "fr": ["tout à fait à"]}},
]
EDITS: list[tuple[str, dict[str, Any]]] = [
    (
        "add, a rare phrase",
        {"action": "add", "id": "bench", "name": NAME, "phrases": {"en": ["cancelled ... subscription"]}},
    ),
    (
        "add, a common word",
        {"action": "add", "id": "bench", "name": NAME, "phrases": {"en": ["deliver*"], "fr": ["livraison"]}},
    ),
    (
        "add, by three examples",
        {"action": "add", "id": "bench", "name": NAME, "examples": [1_000, 2_000, 3_000]},
    ),
    ("rename", {"action": "edit", "id": "product.quality", "name": NAME}),
    ("merge", {"action": "merge", "id": "product.quality", "others": ["product.defect"]}),
    ("split", {"action": "split", "id": "product.quality", "parts": PARTS}),
    ("move", {"action": "move", "id": "billing.refund", "parent": "product"}),
    ("archive", {"action": "archive", "id": "product.quality"}),
]


def measure(home: Path, count: int, seed: int = 1) -> None:
    """Fill a store unless `home` has one, and print what changes of its topics take."""
    store = open_store(load(filled(home, count, seed)))
    try:
        rows = [_row(store, name, Edit.model_validate(wanted)) for name, wanted in EDITS]
    finally:
        store.close()
    columns = ["", "comments changed", "preview s", "change s", "undo s", f"at most {SECONDS:.0f} s"]
    show(f"Topics changed at {count:,} comments", columns, rows)


def _row(store: Store, name: str, wanted: Edit) -> list[str]:
    preview, shown = _timed(store, wanted, dry_run=True)
    change, made = _timed(store, wanted)
    back, _ = _timed(store, Edit(action="undo", version=made["version"]))
    if shown["comments"] != made["comments"]:
        raise AssertionError(f"{name}: {shown['comments']} were shown, {made['comments']} changed")
    slowest = max(preview, change, back)
    seconds = [f"{one:.1f}" for one in (preview, change, back)]
    return [name, f"{made['comments']:,}", *seconds, verdict(slowest, SECONDS)]


def _timed(store: Store, wanted: Edit, dry_run: bool = False) -> tuple[float, dict[str, Any]]:
    begin = time.monotonic()
    found = taxonomy.edit(store, LOCAL, wanted, dry_run)
    return time.monotonic() - begin, found


def main() -> None:
    """Measure, print, and leave nothing behind."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.taxonomy", description=__doc__)
    parser.add_argument("--comments", type=int, default=1_000_000, help="how many the store has")
    parser.add_argument(
        "--keep", type=Path, help="a folder for the store, which stays there and is used again"
    )
    given = parser.parse_args()
    console.print(machine(), "\n")
    with tempfile.TemporaryDirectory(prefix="tribune-bench-") as folder:
        home = given.keep / f"reads-{given.comments}" if given.keep else Path(folder) / "reads"
        measure(home, given.comments)


if __name__ == "__main__":
    main()
