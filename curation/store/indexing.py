"""The index follows the store by change number: rows commit first, then it catches up."""

import threading
import time
from typing import Any

from curation.store.connection import Store
from curation.store.faults import translate
from curation.store.search import RANGE, Index, Sums

BATCH = 20_000
LONGEST_PAUSE = 3.0

CHANGES = """
select c.id, c.changed, c.rank, c.title, c.text, c.author, s.name as source
from comment c join source s on s.id = c.source
where c.changed > $after and c.changed <= $upto order by c.changed
"""

SUMS = """
select id // $range, count(*), sum(id)::bigint, sum(changed)::bigint from comment group by all
"""

IN_RANGE = """
select c.id, c.changed, c.rank, c.title, c.text, c.author, s.name as source
from comment c join source s on s.id = c.source
where c.id >= $low and c.id < $high order by c.changed
"""


class Follower:
    """Keep the index at the store's heels in a thread of its own."""

    def __init__(self, store: Store, pause: float = 0.5) -> None:
        """`pause`: seconds between commits at least; longer after large ones, so that segments do not get tiny."""
        self._store = store
        self._pause = pause
        self._stop = threading.Event()
        self._hurry = threading.Event()
        self._thread = threading.Thread(target=self._run, name="index", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._stop.is_set():
            start = time.monotonic()
            try:
                behind = catch_up(self._store, self._stop)
                self._store.trouble = None
            except Exception as error:
                # Whatever it is, the store is whole and only the search is late: go on trying.
                self._store.trouble = str(translate(error, self._store.file))
                self._stop.wait(5)
                continue
            pause = max(self._pause, min(LONGEST_PAUSE, 4 * (time.monotonic() - start)))
            if not behind:
                with self._store.landed:
                    # Asked inside the lock: a word to stop that came before the wait would not be heard.
                    if not self._stop.is_set():
                        self._store.landed.wait(timeout=5)
            self._hurry.wait(pause)

    def close(self, wait: float = 60) -> None:
        """Stop; first let the index catch up, for `wait` seconds at most. What is late then, the next start mends."""
        self._hurry.set()
        end = time.monotonic() + wait
        while lag(self._store) and self._store.trouble is None and time.monotonic() < end:
            with self._store.landed:
                self._store.landed.notify_all()
            time.sleep(0.02)
        self._stop.set()
        with self._store.landed:
            self._store.landed.notify_all()
        self._thread.join()


def lag(store: Store) -> int:
    """How many change numbers the index is behind."""
    return max(0, store.changed - store.index.progress())


def catch_up(store: Store, stop: threading.Event | None = None) -> bool:
    """Bring the index up to the store; return whether there was anything to do.

    Change numbers are taken in order inside the write lock, and a batch is read in one go: what is committed to
    the index is always everything up to its largest number.
    """
    after = store.index.progress()
    upto = store.changed
    if after >= upto:
        return False
    cursor = store.new_cursor()
    try:
        found = cursor.execute(CHANGES, {"after": after, "upto": upto}).to_arrow_reader(BATCH)
        for batch in found:
            store.index.add(batch)
            if stop is not None and stop.is_set():
                break
        store.index.commit()
    finally:
        cursor.close()
    return True


def rebuild(store: Store) -> None:
    """Throw the index away and make it anew from the store."""
    store.index.close()
    store.index = Index.anew(store.index.path)
    catch_up(store)


def divergence(store: Store) -> dict[int, tuple[Sums, Sums]]:
    """Compare store and index by ranges of RANGE ids: {range: (store's sums, index's sums)} where they differ.

    The index catches up first, and nobody writes meanwhile: what is merely late is no difference.
    """
    catch_up(store)
    with store.quiet():
        catch_up(store)
        rows = store.read().execute(SUMS, {"range": RANGE}).fetchall()
        here = {int(number): Sums(*map(int, sums)) for number, *sums in rows}
        there = store.index.ranges()
    none = Sums(0, 0, 0)
    return {
        number: (here.get(number, none), there.get(number, none))
        for number in sorted(here.keys() | there.keys())
        if here.get(number) != there.get(number)
    }


def mend(store: Store) -> list[int]:
    """Bring the index to the store's state where they differ; return the ranges that were mended."""
    ranges = sorted(divergence(store))
    for number in ranges:
        uses: dict[str, Any] = {"low": number * RANGE, "high": (number + 1) * RANGE}
        with store.quiet():
            wanted = store.read().execute(IN_RANGE, uses).to_arrow_table()
            known = set(wanted.column("id").to_pylist())
            store.index.remove({id for id, _ in store.index.changes(number)} - known)
            store.index.add(wanted, replace=True)
            store.index.commit()
    return ranges
