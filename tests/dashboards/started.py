"""A filled store, and the real app started on it in a process of its own."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa

from curation import arrow
from curation.store import Store, sources, tags
from tests.conftest import land, notice
from tests.dashboards.hostile import TEXTS
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[2]
START = datetime(2026, 10, 1, 9)  # noqa: DTZ001 - the store's times are UTC without a zone


def fill(store: Store, pixel: str) -> None:
    """Land what the tests look at: 120 plain comments, one conversation, and everything hostile."""
    plain = [
        notice(
            f"p{n}",
            f"Plain comment number {n}, the delivery was late.",
            author=f"Person {n % 40}",
            created_at=START + timedelta(hours=n),
            rating=float(n % 5 + 1),
            url="https://example.org/p",
        )
        for n in range(120)
    ]
    land(store, plain, "plain")
    land(store, [notice("p-mended", "It was late.", author="Zoe", created_at=START)], "mended")
    talk = [
        ("c1", "customer", "My parcel?"),
        ("c2", "automatic", "We got it."),
        ("c3", "team", "On its way."),
    ]
    land(
        store,
        [
            notice(
                key, text, role=role, thread="T", author=role.title(), created_at=START + timedelta(minutes=n)
            )
            for n, (key, role, text) in enumerate(talk)
        ],
        "talk",
    )
    land(
        store,
        [notice("c1", "My parcel is late?", payload="{} ", thread="T", author="Customer", created_at=START)],
        "talk",
    )
    texts = [text.format(pixel=pixel) for text in TEXTS]
    land(
        store,
        [
            notice(
                f"h{n:02}",
                text,
                title=f"{text[:100]}#",
                author=text[:150],
                url=text[:100] if n % 2 else f"javascript:fetch('{pixel}?url')",
                attributes=json.dumps({text[:50]: text}),
                payload=json.dumps({"text": text}),
                created_at=START + timedelta(seconds=n),
            )
            for n, text in enumerate(texts)
        ],
        f"hostile ![x]({pixel}?source)",
    )
    refused = [notice("bad", payload=texts[2], kind="refused", reason=texts[0], key=None, text=None)]
    land(store, refused, "plain")
    sources.add_run(store, "pull", "plain", START, 1.0, {"pulled": 120, "new": 120}, texts[0] + texts[2])
    ids = store.read().execute("select c.id, c.key from comment c order by c.id").fetchall()
    rows = [
        (id, 1, "sentiment", ("negative", "positive")[id % 2], 0.8, '["late"]', None, None)
        for id, key in ids
        if key[0] == "p"
    ]
    rows += [
        (id, 1, "topic", "delivery.late", 0.7, '["late"]', None, "negative")
        for id, key in ids
        if key[0] == "p"
    ]
    [mended] = [id for id, key in ids if key == "p-mended"]
    rows += [
        (mended, 1, "intent", "complaint", 0.55, None, True, None),
        (mended, 1, "urgency", "high", 0.9, '["It was late"]', False, None),
        (mended, 1, "entity", "order:A-77", 1.0, None, False, None),
    ]
    tags.save_tags(
        store,
        "test",
        "rules-test",
        pa.Table.from_pylist([dict(zip(arrow.TAGS.names, r, strict=True)) for r in rows], arrow.TAGS),
    )
    learned(store, texts, [id for id, key in ids if key[0] == "h"], [id for id, key in ids if key[0] == "p"])


def learned(store: Store, texts: list[str], hostile: list[int], plain: list[int]) -> None:
    """Add what people said of tags, and themes whose every word is hostile."""
    from curation.actions import comments, themes
    from curation.models import LOCAL

    about = {"comments": 3, "sources": {texts[0]: 3}, "quotes": hostile[:3]}
    theme = {
        **about,
        "id": "x",
        "name": texts[2],
        "language": "en",
        "words": [texts[0]],
        "phrases": [texts[0]],
    }
    theme |= {"negative": 0.5, "weeks": [0, 1, 2]}
    campaign = {**about, "people": 2, "first": "2026-11-01", "last": "2026-11-02"}
    body = {"days": 90, "comments": 3, "uncovered": 3, "themes": [theme], "campaigns": [campaign]}
    themes.save(store, LOCAL, themes.Look.model_validate(body))
    comments.confirm(store, LOCAL, plain[2])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def started(home: Path, port: int, module: str = "dashboards") -> Iterator[subprocess.Popen[str]]:
    """Run the app, or another `module` like it, on `home` until the block ends."""
    environment = {**os.environ, "TRIBUNE_HOME": str(home)}
    with subprocess.Popen(
        [sys.executable, "-m", module],
        env=environment,
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        try:
            end = time.monotonic() + PATIENCE
            while time.monotonic() < end and process.poll() is None:
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    if (home / "run.json").exists():
                        break
                except OSError:
                    pass
                time.sleep(0.05)
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            process.communicate(timeout=PATIENCE)
