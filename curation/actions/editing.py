"""What each kind of edit means: the topics after it, and what happens to the tags of those before."""

from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from curation.errors import Invalid, NotFound
from curation.language.likeness import weigh
from curation.language.taxonomy import KEYS
from curation.store import Store, comments, taxonomy
from curation.store.query import Clause, Parsed, Term
from curation.store.taxonomy import Change, Table

Action = Literal["add", "edit", "merge", "split", "move", "archive", "unarchive", "undo"]

MOST_EXAMPLES = 50
LONGEST_EXAMPLE = 2_000
LONGEST = {"name": 200, "description": 2_000, "phrases": 500, "except": 500}
"""Characters of each text of a topic."""


class Written(BaseModel):
    """What a topic says of itself, as in a taxonomy file; `examples` are texts, or comments by their id."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    name: dict[str, str] | None = None
    description: dict[str, str] | None = None
    phrases: dict[str, list[str]] | None = None
    excepted: dict[str, list[str]] | None = Field(default=None, alias="except")
    examples: list[int | str] | None = Field(default=None, max_length=MOST_EXAMPLES)


class Part(Written):
    """One of the topics another is split into."""

    id: str


class Edit(Written):
    """One change. `add`: the topic `id` as written. `edit`: what is written replaces what was (renaming: `name`).

    `merge`: `others` become `id`. `split`: `id` becomes the `parts`; what fits none goes to the first. `move`: `id` gets
    another `parent`, or none. `archive`, `unarchive`: `id`. `undo`: the change `version`.
    """

    action: Action
    id: str = ""
    others: list[str] = []
    parts: list[Part] = []
    parent: str = ""
    version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """An edit made ready: see `retagging.Work`. `scored`: topics that candidates are scored for. `parts`: of a split.

    `only_since`: only comments tagged since the change that is restored are scored.
    """

    change: Change
    moves: tuple[tuple[str, str], ...] = ()
    leaving: tuple[str, ...] = ()
    rescored: tuple[str, ...] = ()
    scored: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    restores: int | None = None
    only_since: bool = False

    @property
    def subject(self) -> str:
        """The topic the edit is about."""
        return self.change.subject


def plan(store: Store, tables: dict[str, Table], wanted: Edit) -> Plan:
    """Say what an edit means for the taxonomy `tables`. Raises Invalid, NotFound."""
    makers = {"add": _add, "edit": _edit, "merge": _merge, "split": _split, "move": _move}
    if wanted.action in ("archive", "unarchive"):
        return _archive(tables, wanted) if wanted.action == "archive" else _unarchive(store, tables, wanted)
    return makers[wanted.action](store, tables, wanted)


def _add(store: Store, tables: dict[str, Table], wanted: Edit) -> Plan:
    table = _new(store, tables, wanted)
    change = Change(action="add", subject=wanted.id, before={wanted.id: None}, after={wanted.id: table})
    return Plan(change=change, scored=(wanted.id,))


def _edit(store: Store, tables: dict[str, Table], wanted: Edit) -> Plan:
    before = _used(tables, wanted.id)
    after = _written(store, before, wanted)
    found = any(before.get(key) != after.get(key) for key in ("phrases", "except", "examples"))
    change = Change(
        action="edit" if found else "rename",
        subject=wanted.id,
        before={wanted.id: before},
        after={wanted.id: after},
    )
    ids = (wanted.id,) if found else ()
    return Plan(change=change, rescored=ids, scored=ids)


def _merge(store: Store, tables: dict[str, Table], wanted: Edit) -> Plan:
    into = _used(tables, wanted.id)
    if not wanted.others or wanted.id in wanted.others:
        raise Invalid(
            "A merge needs the topics that become part of another: others, without the topic itself."
        )
    others = [_used(tables, other) for other in dict.fromkeys(wanted.others)]
    for other in others:
        _childless(tables, other["id"], "merge")
    after = _joined(into, others)
    change = Change(
        action="merge",
        subject=wanted.id,
        before={table["id"]: table for table in (into, *others)},
        after={wanted.id: _weighed(store, after), **{other["id"]: None for other in others}},
    )
    ids = tuple(other["id"] for other in others)
    return Plan(change=change, moves=tuple((id, wanted.id) for id in ids), leaving=ids)


def _split(store: Store, tables: dict[str, Table], wanted: Edit) -> Plan:
    before = _used(tables, wanted.id)
    ids = [part.id for part in wanted.parts]
    if len(ids) < 2 or len(set(ids)) < len(ids):
        raise Invalid("A split needs two parts or more, each with an id of its own.")
    stays = all(id.startswith(f"{wanted.id}.") for id in ids)
    if not stays:
        _childless(tables, wanted.id, "split")
    made = {part.id: _new(store, tables, part) for part in wanted.parts}
    first = made[ids[0]]
    given = {
        (language, phrase)
        for part in made.values()
        for language, phrases in part.get("phrases", {}).items()
        for phrase in phrases
    }
    rest = {
        language: [phrase for phrase in phrases if (language, phrase) not in given]
        for language, phrases in before.get("phrases", {}).items()
    }
    first["phrases"] = _added(first.get("phrases", {}), rest)
    for table in made.values():
        table["except"] = _added(table.get("except", {}), before.get("except", {}))
    first["also"] = [wanted.id, *before.get("also", [])]
    scored = tuple(ids)
    bare = {key: value for key, value in before.items() if key in ("id", "name", "description")}
    after = {**made, wanted.id: bare if stays else None}
    change = Change(
        action="split",
        subject=wanted.id,
        before={wanted.id: before, **dict.fromkeys(ids)},
        after=after,
    )
    return Plan(change=change, leaving=(wanted.id,), parts=scored, scored=scored)


def _move(store: Store, tables: dict[str, Table], wanted: Edit) -> Plan:
    before = _used(tables, wanted.id)
    _childless(tables, wanted.id, "move")
    if wanted.parent:
        _used(tables, wanted.parent)
    leaf = wanted.id.rpartition(".")[2]
    new = f"{wanted.parent}.{leaf}" if wanted.parent else leaf
    if new in tables:
        raise Invalid(f"There is a topic {new!r} already. Merge them, or add one with another id.")
    after = {**before, "id": new, "also": [wanted.id, *before.get("also", [])]}
    change = Change(
        action="move",
        subject=wanted.id,
        before={wanted.id: before, new: None},
        after={wanted.id: None, new: after},
    )
    return Plan(change=change, moves=((wanted.id, new),), leaving=(wanted.id,))


def _archive(tables: dict[str, Table], wanted: Edit) -> Plan:
    before = {
        id: table
        for id, table in tables.items()
        if not table.get("archived")
        and (id == _used(tables, wanted.id)["id"] or id.startswith(f"{wanted.id}."))
    }
    after = {id: {**table, "archived": True} for id, table in before.items()}
    change = Change(action="archive", subject=wanted.id, before=before, after=after)
    return Plan(change=change, leaving=tuple(before))


def _unarchive(store: Store, tables: dict[str, Table], wanted: Edit) -> Plan:
    if not tables.get(wanted.id, {}).get("archived"):
        raise NotFound(f"No topic {wanted.id!r} is archived.")
    parent = wanted.id.partition(".")[0]
    if tables.get(parent, {}).get("archived") and parent != wanted.id:
        raise Invalid(f"Its parent {parent!r} is archived. Take that out first.")
    number = taxonomy.last_archived(store, wanted.id)
    ids = [id for id in (taxonomy.change(store, number)["after"] if number else [wanted.id]) if id in tables]
    ids = [id for id in ids if id == wanted.id or id.startswith(f"{wanted.id}.")]
    before = {id: tables[id] for id in ids if tables[id].get("archived")}
    after = {
        id: {key: value for key, value in table.items() if key != "archived"} for id, table in before.items()
    }
    change = Change(action="unarchive", subject=wanted.id, before=before, after=after)
    return Plan(change=change, scored=tuple(after), restores=number)


def planned_undo(store: Store, tables: dict[str, Table], wanted: Edit) -> Plan:
    """Say what undoing a change means. Raises NotFound, and Invalid where a later change builds on it."""
    made = taxonomy.change(store, wanted.version)
    if made["action"] == "import":
        raise Invalid("The first taxonomy cannot be undone; change it instead.")
    if made["undone_by"] is not None:
        raise Invalid(f"Change {wanted.version} was undone already, by change {made['undone_by']}.")
    before, after = made["before"], made["after"]
    for id in after:
        if tables.get(id) != after[id]:
            later = next(
                number
                for number in range(taxonomy.version(store), wanted.version, -1)
                if id in taxonomy.change(store, number)["after"]
            )
            raise Invalid(
                f"Change {later} altered the topic {id!r} after change {wanted.version}. Undo that first."
            )
    for id in [id for id in after if before.get(id) is None]:
        if children := [child for child in tables if child.startswith(f"{id}.") and child not in after]:
            raise Invalid(
                f"The topic {id!r} has topics below it by now: {', '.join(children)}. Move them first."
            )
    change = Change(
        action="undo",
        subject=made["subject"],
        before=after,
        after=before,
        undoes=wanted.version,
    )
    back = {id for id, table in before.items() if table is not None and not table.get("archived")}
    gone = [id for id in after if id not in back]
    # Where a change is made again, what people said meanwhile goes where the change takes it.
    homes = {old: id for id in back for old in before[id].get("also", [])}
    if made["action"] in ("split", "move"):
        homes |= dict.fromkeys(gone, made["subject"])
    return Plan(
        change=change,
        moves=tuple((id, homes[id]) for id in gone if id in homes),
        leaving=tuple(gone),
        rescored=tuple(back),
        scored=tuple(back),
        restores=wanted.version,
        only_since=True,
    )


def _used(tables: dict[str, Table], id: str) -> Table:
    table = tables.get(id)
    if table is None:
        raise NotFound(f"There is no topic {id[:100]!r}. List them: tribune topics list")
    if table.get("archived"):
        raise Invalid(f"The topic {id!r} is archived. Take it out first: tribune topics unarchive {id}")
    return table


def _childless(tables: dict[str, Table], id: str, action: str) -> None:
    if children := [child for child in tables if child.startswith(f"{id}.")]:
        raise Invalid(
            f"You cannot {action} {id!r} with topics below it: {', '.join(children)}. Begin with those."
        )


def _new(store: Store, tables: dict[str, Table], written: Edit | Part) -> Table:
    if written.id in tables:
        state = " (archived)" if tables[written.id].get("archived") else ""
        raise Invalid(f"There is a topic {written.id!r} already{state}. Choose another id.")
    return _written(store, {"id": written.id}, written)


def _written(store: Store, before: Table, written: Written) -> Table:
    """Return a topic with what is written in place of what was."""
    given: dict[str, Any] = written.model_dump(by_alias=True, include={*KEYS, "excepted"}, exclude_none=True)
    for key, longest in LONGEST.items():
        given |= {key: _bounded(given[key], f"{key}.", longest)} if key in given else {}
    if "examples" in given:
        given["examples"] = [_example(store, one) for one in given["examples"]]
    return _weighed(store, {**before, **given})


def _bounded(value: Any, where: str, longest: int) -> Any:
    """Return the texts of a topic, by language, each on one line. Raises Invalid for one that is too long."""
    if isinstance(value, dict):
        return {language: _bounded(one, f"{where}{language}", longest) for language, one in value.items()}
    if isinstance(value, list):
        return [_bounded(one, where, longest) for one in value]
    text = " ".join(value.encode("utf-8", "replace").decode().split())
    if len(text) > longest:
        raise Invalid(f"{where}: {text[:40]!r}… is longer than {longest:,} characters.")
    return text


def _example(store: Store, example: int | str) -> str:
    text = str(comments.get(store, example)["text"]) if isinstance(example, int) else example
    return text.encode("utf-8", "replace").decode()[:LONGEST_EXAMPLE]


def _weighed(store: Store, table: Table) -> Table:
    """Return a topic with the weights of its examples' words; how rare a word is, the search index knows."""
    table = {key: value for key, value in table.items() if key != "words"}
    if table.get("examples"):
        index = store.index
        table["words"] = weigh(
            table["examples"],
            index.count(Parsed()),
            lambda word: index.count(Parsed((Clause((Term(word),)),))),
        )
    return table


def _joined(into: Table, others: list[Table]) -> Table:
    after = dict(into)
    for other in others:
        for key in ("phrases", "except"):
            if joined := _added(after.get(key, {}), other.get(key, {})):
                after[key] = joined
        after["examples"] = list(dict.fromkeys([*after.get("examples", []), *other.get("examples", [])]))
        after["also"] = [*after.get("also", []), other["id"], *other.get("also", [])]
    return after


def _added(phrases: dict[str, list[str]], more: dict[str, list[str]]) -> dict[str, list[str]]:
    return {
        language: list(dict.fromkeys([*phrases.get(language, []), *more.get(language, [])]))
        for language in {**phrases, **more}
    }
