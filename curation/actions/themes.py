"""What people talk about that no topic covers yet, and texts that many post: look, and make a topic of it."""

from datetime import datetime
from typing import Annotated, Any

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field

from curation.actions import needs, taxonomy
from curation.actions.editing import Edit
from curation.errors import NotFound
from curation.models import Who
from curation.store import Store, themes

Row = dict[str, Any]

QUOTES = 5
OPENING = 8

_Count = Annotated[int, Field(ge=0, lt=2**63)]


class _Found(BaseModel):
    model_config = ConfigDict(extra="forbid")

    comments: _Count
    sources: dict[str, _Count]
    quotes: list[_Count] = Field(max_length=20)


class Theme(_Found):
    """A theme as it was found: see `curation.language.themes.Theme`. `weeks`: comments a week, the last one last."""

    id: str = Field(pattern="^[a-z0-9-]{1,60}$")
    name: str = Field(max_length=200)
    language: str = Field(max_length=20)
    words: list[str] = Field(min_length=1, max_length=20)
    phrases: list[str] = Field(min_length=1, max_length=20)
    negative: float = Field(ge=0, le=1)
    weeks: list[_Count] = Field(min_length=1, max_length=100)


class Campaign(_Found):
    """Copies of one text: by how many people, from when to when (ISO 8601)."""

    people: _Count
    first: datetime
    last: datetime


class Look(BaseModel):
    """What a look at the comments of some `days` found; `uncovered` of them had no topic."""

    model_config = ConfigDict(extra="forbid")

    days: int = Field(ge=1, lt=2**63)
    comments: _Count
    uncovered: _Count
    themes: list[Theme] = Field(max_length=200)
    campaigns: list[Campaign] = Field(max_length=200)


@needs("read")
def recent(store: Store, who: Who, since: datetime, limit: int) -> pa.Table:
    """Return customers' comments since a time of the store (UTC), newest first. See `store.themes.recent`."""
    return themes.recent(store, since, limit)


@needs("feed")
def save(store: Store, who: Who, look: Look) -> None:
    """Keep what a look found."""
    themes.save(store, who.name, look.model_dump(mode="json"))


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
