"""Say why a comment has its tags. The engine is loaded when that is first asked."""

import threading
from typing import Any

from curation import language
from curation.actions import needs
from curation.actions.taxonomy import current
from curation.language import Tagger
from curation.language.taxonomy import read_taxonomy
from curation.models import Who
from curation.store import Store, comments
from curation.store.tags import provenance

Row = dict[str, Any]

_one_at_a_time = threading.Lock()
_loaded: dict[str, Tagger] = {}


@needs("read")
def explained(store: Store, who: Who, comment: int) -> list[Row]:
    """Say of each tag of a comment which words weighed most: `name`, `value` and `weights`, heaviest first.

    A weight has `start` and `end` (characters of the `part`, title or text), the `words` there, and `weight`: above 0 it speaks
    for the tag, below against it. A tag that a person gave is explained as the engine sees it. Raises NotFound.
    """
    row = comments.get(store, comment)
    title = row["title"] or ""
    whole = f"{title}\n{row['text']}" if title else row["text"]
    asked = list(
        dict.fromkeys(
            (tag["name"], tag["value"]) for tag in provenance(store, comment) if tag["name"] != "entity"
        )
    )
    with _one_at_a_time:
        found = _tagger(store, who).explain(whole, asked)
    first = len(title) + 1 if title else 0
    return [
        {
            "name": one.head,
            "value": one.label,
            "weights": [_weight(whole, first, *span) for span in one.spans],
        }
        for one in found
    ]


def _weight(whole: str, first: int, start: int, end: int, weight: float) -> Row:
    part, begin = ("text", first) if start >= first else ("title", 0)
    return {
        "part": part,
        "start": start - begin,
        "end": end - begin,
        "words": whole[start:end],
        "weight": round(weight, 3),
    }


def _tagger(store: Store, who: Who) -> Tagger:
    """Return the tagger in force; it is kept, for this store's configuration."""
    config = store.config
    version = language.version(config.tagging, config.home)
    topics = read_taxonomy(current(store, who)["topics"], "the taxonomy")
    if version not in _loaded:
        _loaded.clear()
        _loaded[version] = language.load(config.tagging, config.home, topics)
    tagger = _loaded[version]
    if tagger.taxonomy != topics:
        tagger.follow(topics)
    return tagger
