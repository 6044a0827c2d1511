"""Suggest answers: the team's own to similar comments, found on this machine."""

import math
import re
from collections import Counter
from typing import Any

from curation.store import comments
from curation.store.access import note
from curation.store.connection import Store, dicts
from curation.store.matching import fold

Row = dict[str, Any]

READ = 2_000
"""Answered comments that are compared, and characters of each: 50 ms."""
LEAST = 0.15
ALIKE = 0.8
_WORD = re.compile(r"[^\W\d_]{3,}")

ANSWERED = """
with ours as (
    select comment_id as id, text, sent_at as "at" from reply where state = 'sent' and via is null
    union all
    select c.id, t.text, t.created_at
    from (select source, reply_to, text, created_at from comment
          where role = 'team' and reply_to is not null and deleted_at is null order by rank desc limit 20000) t
    join comment c on c.uid = md5_number(concat_ws(chr(31), t.source, t.reply_to))
)
select o.text, o.at, c.id as comment, c.text as asked, c.topics, c.status, s.name as source
from ours o join comment c on c.id = o.id join source s on s.id = c.source
where c.role = 'customer' and c.id <> $id and c.deleted_at is null and c.language is not distinct from $language
order by list_has_any(string_split(trim(c.topics, '|'), '|'), $topics::varchar[]) desc, o.at desc limit $limit
"""


def suggest(store: Store, comment: int, limit: int = 5) -> list[Row]:
    """Return up to `limit` answers the team gave to comments like this one, in its language, the most alike first.

    Each has `suggested` (true), `text`, `score` (0 to 1), and where it comes from: `comment`, `asked`, `source`, `at`. Raises
    NotFound.
    """
    about = comments.get(store, comment)
    uses = {"id": comment, "language": about["language"], "topics": about["topics"], "limit": READ}
    with store.heavy() as cursor:
        found = dicts(cursor.execute(ANSWERED, uses))
    heard = [_words(row["asked"]) for row in found]
    weights = _weights(heard)
    mine, topics = _words(about["text"]), set(about["topics"])
    for row, words in zip(found, heard, strict=True):
        row["score"] = round(_score(mine, words, weights, topics, row), 3)
    best = sorted((row for row in found if row["score"] >= LEAST), key=lambda row: -row["score"])
    return [
        {
            "suggested": True,
            **{name: row[name] for name in ("text", "score", "comment", "asked", "source", "at")},
        }
        for row in _distinct(best, limit)
    ]


def asking(store: Store, who: str, comment: int, server: str, model: str, examples: list[int]) -> None:
    """Note that a comment, and `examples` with the answers to them, are about to be shown to a model on `server`."""
    with store.write() as con:
        after = {"server": server, "model": model, "comments": examples}
        note(con, who, "ask model", f"comment/{comment}", None, after)


def _words(text: str) -> set[str]:
    return set(_WORD.findall(fold(text[:READ]).casefold()))


def _weights(heard: list[set[str]]) -> dict[str, float]:
    """Weigh a word by how few of the texts have it, as it is usual (idf)."""
    counts = Counter(word for words in heard for word in words)
    return {word: math.log(1 + len(heard) / count) for word, count in counts.items()}


def _score(mine: set[str], words: set[str], weights: dict[str, float], topics: set[str], row: Row) -> float:
    """Compare by words (the cosine of their weights), by topics, and a little by whether the thread was resolved."""

    def size(some: set[str]) -> float:
        # A word that no answered comment has weighs as one that a single one has.
        return math.sqrt(sum(weights.get(word, math.log(1 + len(weights))) ** 2 for word in some))

    shared = sum(weights[word] ** 2 for word in mine & words)
    alike = shared / (size(mine) * size(words)) if shared else 0.0
    theirs = set(filter(None, row["topics"].split("|")))
    same = len(topics & theirs) / len(topics | theirs) if topics & theirs else 0.0
    return min(1.0, (0.7 * alike + 0.3 * same) * (1.1 if row["status"] == "resolved" else 1.0))


def _distinct(best: list[Row], limit: int) -> list[Row]:
    """Leave out answers that say nearly the same as a better one."""
    chosen: list[tuple[Row, set[str]]] = []
    for row in best:
        words = _words(row["text"])
        if words and all(len(words & other) < ALIKE * len(words | other) for _, other in chosen):
            chosen.append((row, words))
        if len(chosen) == limit:
            break
    return [row for row, _ in chosen]
