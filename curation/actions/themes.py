"""What people talk about that no topic covers yet, and texts that many post: look, and make a topic of it."""

from datetime import datetime
from typing import Any

import pyarrow as pa

from curation.actions import needs, taxonomy
from curation.actions.editing import Edit
from curation.errors import Invalid, NotFound
from curation.models import Who
from curation.store import Store, themes

Row = dict[str, Any]

QUOTES = 5
OPENING = 8


@needs("read")
def recent(store: Store, who: Who, since: datetime, limit: int) -> pa.Table:
    """Return customers' comments since a time of the store (UTC), newest first. See `store.themes.recent`."""
    return themes.recent(store, since, limit)


@needs("feed")
def save(store: Store, who: Who, body: Row) -> None:
    """Keep what a look found: lists of `themes` and `campaigns`. Raises Invalid."""
    if not all(isinstance(body.get(name), list) for name in ("themes", "campaigns")):
        raise Invalid("A look for themes has lists of themes and campaigns.")
    themes.save(store, who.name, body)


@needs("read")
def found(store: Store, who: Who) -> Row:
    """Return what was found last: `made_at` (None: nobody looked yet), `themes`, `campaigns`, each with `quotes`.

    `topic` of a theme: the one that was made of it. `opening` of a campaign: the words that find it in the inbox.
    """
    body = themes.latest(store) or {
        "made_at": None,
        "days": 0,
        "comments": 0,
        "uncovered": 0,
        "themes": [],
        "campaigns": [],
    }
    texts = themes.quotes(
        store, [id for one in (*body["themes"], *body["campaigns"]) for id in one["quotes"]]
    )
    for one in (*body["themes"], *body["campaigns"]):
        one["quotes"] = [texts[id] for id in one["quotes"] if id in texts][:QUOTES]
    for one in body["campaigns"]:
        said = [quote["text"] for quote in one["quotes"]]
        one["opening"] = " ".join(said[0].replace('"', " ").split()[:OPENING]) if said else ""
    made = {
        (language, phrase): id
        for id, table in taxonomy.active(store).items()
        for language, phrases in table.get("phrases", {}).items()
        for phrase in phrases
    }
    for one in body["themes"]:
        topics = {made.get((one["language"], phrase)) for phrase in one["phrases"]}
        one["topic"] = topics.pop() if len(topics) == 1 else None
    return body


@needs("curate")
def adopt(store: Store, who: Who, theme: str, dry_run: bool = False) -> Row:
    """Make a topic of a theme that was found; return what `taxonomy.edit` returns, and its `id`. Raises NotFound."""
    one = next((one for one in found(store, who)["themes"] if one["id"] == theme), None)
    if one is None:
        raise NotFound(f"No theme {theme[:80]!r} was found last time. List them: tribune themes --last")
    known = taxonomy.current(store, who)
    taken = {table["id"] for table in known["topics"] + known["archived"]}
    id = next(
        name for name in (theme, *(f"{theme}-{number}" for number in range(2, 1000))) if name not in taken
    )
    language = one["language"] if one["language"] != "und" else "en"
    edit = Edit(
        action="add",
        id=id,
        name={"en": one["name"], "fr": one["name"]},
        phrases={language: one["phrases"]},
        examples=[quote["id"] for quote in one["quotes"]],
    )
    return {"id": id, **taxonomy.edit(store, who, edit, dry_run)}
