"""A CSV from file to searchable: embedded and served, each stage alone, again unchanged, and dlt beside it."""

import os
import re
import sys
import time
from pathlib import Path

import psutil
import pyarrow as pa

from curation import arrow, connectors, pipeline
from curation.client import find
from curation.config import Config, load, save_source
from curation.store import comments, indexing, landing, open_store
from curation.store.filters import Filter
from tests.bench import invent
from tests.bench.measure import Ran, console, headless, peak, run, show, tribune, verdict, wait_for

ALONE = 200_000
PEER = 100_000
LANDED = "select max(epoch(started_at) + seconds) from run where stage = 'pull'"
RATE, AGAIN, SEARCHABLE, MEMORY, TIMES = 25_000, 100_000, 10.0, 1024.0, 3.0


def measure(folder: Path, count: int, seed: int) -> None:
    """Print what pulling `count` comments costs."""
    file = folder / "comments.csv"
    size = invent.write_csv(file, count, seed)
    console.print(f"{count:,} invented comments, {size / 2**20:.0f} MB of CSV, seed {seed}\n")
    _stages(folder / "stages", file, min(count, ALONE))
    rows, rates = [], []
    for how, measured in (("embedded", _embedded), ("served", _served)):
        home = folder / how
        run(home, tribune(home, "sources", "add", "reviews", "--connector", "file", "--set", f"path={file}"))
        pulled, late, peaks, cpu = measured(home, file, count, seed)
        _expect(pulled, new=count)
        rates.append(count / pulled.seconds)
        rows.append(
            [
                f"pull, {how}",
                f"{count:,}",
                f"{pulled.seconds:.1f}",
                f"{count / pulled.seconds:,.0f} {verdict(count / pulled.seconds, RATE, False)}",
                f"{cpu / count * 1e6:.0f}",
                f"{late:.1f} {verdict(late, SEARCHABLE)}",
                " + ".join(f"{mb:,.0f}" for mb in peaks) + f" {verdict(max(peaks), MEMORY)}",
            ]
        )
    rows += _again(folder / "embedded", file, count)
    columns = [
        "",
        "comments",
        "seconds",
        "comments/s",
        "CPU µs each",
        "searchable after, s",
        "peak MB per process",
    ]
    show(
        f"Pull: at least {RATE:,}/s, searchable in {SEARCHABLE:.0f} s, 1 GB; again: at least {AGAIN:,}/s",
        columns,
        rows,
    )
    _peer(folder, min(count, PEER), seed, rates)


def _stages(home: Path, file: Path, count: int) -> None:
    """Each stage alone, in this process, on the first `count` comments."""
    config = _config(home, file)
    connector = connectors.make(config.source("reviews"))
    begin, pages = time.perf_counter(), []
    with connector.connect() as connection:
        for page in connector.pull(connection, next(iter(connector.streams(connection))), None):
            pages.append(page.raws)
            if sum(map(len, pages)) >= count:
                break
    count = sum(map(len, pages))
    took = {"read": time.perf_counter() - begin}
    begin = time.perf_counter()
    batches = [pipeline.notices(connector, raws) for raws in pages]
    took["normalise"] = time.perf_counter() - begin
    begin = time.perf_counter()
    sent = [arrow.read(b"".join(arrow.dump(batch, {})), arrow.NOTICE)[0] for batch in batches]
    took["send"] = time.perf_counter() - begin
    store = open_store(config)
    begin = time.perf_counter()
    for table in sent:
        landing.land(store, "bench", "reviews", pa.table(table), {"stream": "all"})
    took["land"] = time.perf_counter() - begin
    begin = time.perf_counter()
    indexing.catch_up(store)
    took["index"] = time.perf_counter() - begin
    store.close()
    rows = [[stage, f"{count / seconds:,.0f}"] for stage, seconds in took.items()]
    show(f"Each stage alone, {count:,} comments", ["stage", "comments/s"], rows)


def _config(home: Path, file: Path) -> Config:
    load(home)
    save_source("reviews", "file", {"path": str(file)}, path=home)
    return load(home)


def _embedded(home: Path, file: Path, count: int, seed: int) -> tuple[Ran, float, list[float], float]:
    """The app is stopped. The command ends once all is searchable; the store knows when the last row was there."""
    pulled = run(home, tribune(home, "pull", "--json"))
    store = open_store(load(home))
    try:
        assert comments.page(store, Filter(query=_phrase(count, seed))), "the last comment is not found"
        (landed,) = store.read().execute(LANDED).fetchone() or (0,)
    finally:
        store.close()
    return pulled, max(0.0, pulled.ended_at - landed), [pulled.peak], pulled.cpu


def _served(home: Path, file: Path, count: int, seed: int) -> tuple[Ran, float, list[float], float]:
    """The app runs in its own process."""
    with headless(home) as app:
        pulled = run(home, tribune(home, "pull", "--json"))
        client = find(load(home))
        assert client is not None
        with client:
            late = wait_for(lambda: client.get("/comments", q=_phrase(count, seed))["comments"], 120)
        cpu = pulled.cpu + sum(psutil.Process(app.pid).cpu_times()[:2])
        return pulled, late, [pulled.peak, peak(app.pid)], cpu


def _phrase(count: int, seed: int) -> str:
    """A search that finds the last comment."""
    customers = [
        one for one in invent.rows(count, seed, count - 100).to_pylist() if one["author"][-1].isdigit()
    ]
    said = " ".join(re.findall(r"\w+", customers[-1]["text"]))
    return f'"{said}" author:{customers[-1]["author"].split()[-1]}'


def _expect(pulled: Ran, **counts: int) -> None:
    assert isinstance(pulled.answer, dict), f"the command says {pulled.answer!r}"
    said = {name: pulled.answer[name] for name in counts}
    assert said == counts, f"expected {counts}, the command says {pulled.answer}"


def _again(home: Path, file: Path, count: int) -> list[list[str]]:
    """The same file again: untouched, touched, written anew, and with one row changed in its middle."""
    rows = []
    for how, change in (("unchanged", _leave), ("touched", _touch), ("written anew, one row edited", _edit)):
        changed = change(file)
        ran = run(home, tribune(home, "pull", "--json"))
        _expect(ran, new=0, changed=changed)
        rate = count / ran.seconds
        said = f"{rate:,.0f}" + ("" if changed else f" {verdict(rate, AGAIN, False)}")
        rows.append(
            [
                f"again, {how}: {changed} changes",
                f"{count:,}",
                f"{ran.seconds:.1f}",
                said,
                "",
                f"{ran.peak:,.0f}",
            ]
        )
    return rows


def _leave(file: Path) -> int:
    return 0


def _touch(file: Path) -> int:
    os.utime(file)
    return 0


def _edit(file: Path) -> int:
    """Lengthen the first comment: everything after it stands elsewhere and has to be read again."""
    lines = file.read_bytes().split(b"\n")
    lines[1] = (
        lines[1].rstrip(b'\r"') + (b' Edited."' if lines[1].rstrip().endswith(b'"') else b" Edited.") + b"\r"
    )
    file.write_bytes(b"\n".join(lines))
    return 1


def _peer(folder: Path, count: int, seed: int, rates: list[float]) -> None:
    """The same comments, or a stated fraction of them, through dlt."""
    place = folder / "peer"
    place.mkdir()
    file = place / "comments.csv"
    invent.write_csv(file, count, seed)
    ran = run(place, [sys.executable, "-m", "tests.bench.peer", str(file), str(place)])
    assert ran.answer["comments"] == count
    first, again = (count / seconds for seconds in ran.answer["seconds"])
    ratio = min(rates) / first
    rows = [
        ["dlt, CSV to DuckDB, merged on id", f"{count:,}", f"{first:,.0f}", f"{ran.peak:,.0f}"],
        ["dlt, the same file again", f"{count:,}", f"{again:,.0f}", ""],
        [
            f"ours, the slower way, to dlt's: {ratio:.1f} times {verdict(ratio, TIMES, False)}",
            "",
            f"{min(rates):,.0f}",
            "",
        ],
    ]
    show(
        "The peer, which neither normalises, nor keeps raws, nor indexes",
        ["", "comments", "comments/s", "peak MB"],
        rows,
    )
