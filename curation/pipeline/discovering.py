"""Look for themes that no topic covers, and for texts that many post."""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from curation.client import Client
from curation.pipeline.runs import Counts, Progress, kept_run, tell

MOST = 50_000
"""Comments that are looked at, the newest ones."""
WEEKS = 12
_QUOTES = 8
_SHOWN = 40
_FEWEST_COPIES = 3

Row = dict[str, Any]


def discover(client: Client, *, days: int = 90, progress: Progress | None = None) -> Row:
    """Look at the comments of the last `days`; keep and return what was found: `themes` and `campaigns`."""
    from curation.language.copies import copies
    from curation.language.themes import themes

    with kept_run(client, "themes", None, Counts(), dry_run=False):
        since = datetime.now(UTC) - timedelta(days=days)
        tell(progress, "read comments", 0, 3)
        rows = client.table("/comments/recent", since=since.isoformat(), limit=MOST).to_pylist()
        tell(progress, "look for copies", 1, 3)
        groups = copies([row["text"] for row in rows])
        # A text that was posted twenty times is one voice, not a theme.
        copied = {place for group in groups for place in group[1:]}
        free = [place for place, row in enumerate(rows) if row["uncovered"] and place not in copied]
        tell(progress, "look for themes", 2, 3)
        found = themes([rows[place]["text"] for place in free], [rows[place]["language"] for place in free])
        body = {
            "days": days,
            "comments": len(rows),
            "uncovered": sum(row["uncovered"] for row in rows),
            "themes": _named(
                [
                    {
                        "name": theme.name,
                        "language": theme.language,
                        "words": list(theme.words),
                        "phrases": list(theme.phrases),
                        **_told([rows[free[place]] for place in theme.members]),
                    }
                    for theme in found[:_SHOWN]
                ]
            ),
            "campaigns": [
                _campaign([rows[place] for place in group])
                for group in groups
                if len(group) >= _FEWEST_COPIES
            ][:_SHOWN],
        }
        client.post("/themes", body)
        tell(progress, "look for themes", 3, 3)
    return body


def _named(themes: list[Row]) -> list[Row]:
    """Give each theme an id of its own, from its name."""
    met: Counter[str] = Counter()
    for theme in themes:
        plain = unicodedata.normalize("NFKD", theme["name"]).encode("ascii", "ignore").decode().lower()
        id = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:50].strip("-") or "theme"
        met[id] += 1
        theme["id"] = id if met[id] == 1 else f"{id}-{met[id]}"
    return themes


def _told(rows: Sequence[Row]) -> Row:
    """Say how many comments there are, from where, how they feel, and how many a week: the last week is the last."""
    now = max(row["created_at"] for row in rows)
    weeks = Counter((now - row["created_at"]).days // 7 for row in rows)
    moods = Counter(row["sentiment"] for row in rows)
    return {
        "comments": len(rows),
        "sources": dict(Counter(row["source"] for row in rows).most_common(5)),
        "negative": moods["negative"] / len(rows),
        "weeks": [weeks[week] for week in range(WEEKS - 1, -1, -1)],
        "quotes": [row["id"] for row in rows[:_QUOTES]],
    }


def _campaign(rows: Sequence[Row]) -> Row:
    """Tell of copies: how many, by how many people, from where, when."""
    people = {row["author_id"] for row in rows if row["author_id"] is not None}
    times = [row["created_at"] for row in rows]
    return {
        "comments": len(rows),
        "people": len(people),
        "sources": dict(Counter(row["source"] for row in rows).most_common(5)),
        "first": min(times).isoformat(),
        "last": max(times).isoformat(),
        "quotes": [row["id"] for row in rows[:2]],
    }
