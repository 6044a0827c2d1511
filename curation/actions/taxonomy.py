"""The topics a team owns: look at them, and change them; each change can be seen before and undone after."""

from collections.abc import Iterable
from typing import Any

import orjson
import pyarrow as pa

from curation.actions import needs
from curation.actions.editing import Edit, Plan, plan, planned_undo
from curation.config import load
from curation.errors import ConfigError, Invalid
from curation.language.scoring import Scorer
from curation.language.taxonomy import read_taxonomy, taxonomy_tables
from curation.models import Who
from curation.store import Store, retagging, taxonomy
from curation.store.connection import now
from curation.store.retagging import PARTING, SCORED, Work
from curation.store.taxonomy import Table

Row = dict[str, Any]


def active(store: Store) -> dict[str, Table]:
    """Return the topics in use, by id, parents first; before the first use, those of the file in tribune.toml."""
    return {id: table for id, table in _all(store).items() if not table.get("archived")}


def _settled(store: Store) -> tuple[dict[str, Table], int]:
    """Return every topic and the version of exactly these, whoever changes them meanwhile."""
    while True:
        tables, version = _all(store), taxonomy.version(store)
        if tables == taxonomy.tables(store):
            return tables, version


def _all(store: Store) -> dict[str, Table]:
    if not taxonomy.version(store):
        config = load(store.config.home)
        path = config.tagging.taxonomy
        tables = taxonomy_tables(config.home / path if path else None)
        read_taxonomy(tables, str(path or "taxonomy"))
        taxonomy.seed(store, "tribune", tables)
    return taxonomy.tables(store)


@needs("read")
def current(store: Store, who: Who) -> Row:
    """Return `version`, the `topics` in use, as a taxonomy file has them, and those `archived`."""
    tables, version = _settled(store)
    archived = [table for table in tables.values() if table.get("archived")]
    return {
        "version": version,
        "topics": [table for table in tables.values() if table not in archived],
        "archived": archived,
    }


@needs("read")
def changes(store: Store, who: Who, before: int | None = None, limit: int = 100) -> list[Row]:
    """List changes of the taxonomy, newest first."""
    return taxonomy.changes(store, before, limit)


@needs("curate")
def edit(store: Store, who: Who, wanted: Edit, dry_run: bool = False, based_on: int | None = None) -> Row:
    """Change the taxonomy and the tags that follow from it; with `dry_run` only say what would change.

    Returns `version`, `comments` (how many show other topics), `by_source` and ten `examples`. Raises Invalid, and
    Stale where the taxonomy is not at `based_on` any more.
    """
    tables, version = _settled(store)
    if wanted.action == "undo":
        made = planned_undo(store, tables, wanted)
    else:
        made = plan(store, tables, wanted)
    after = {**tables, **made.change.after}
    in_use = [table for table in after.values() if table is not None and not table.get("archived")]
    try:
        scorer = Scorer(
            read_taxonomy(
                [
                    {key: value for key, value in table.items() if key != "archived"}
                    for table in sorted(in_use, key=lambda table: "." in table["id"])
                ],
                "the taxonomy",
            ),
            made.scored,
        )
    except ConfigError as error:
        raise Invalid(str(error)) from error
    cursor = store.new_cursor()
    try:
        begun = now()
        scored = _scored(cursor, scorer, _candidates(store, cursor, made, scorer))
        if dry_run:
            with store.heavy() as heavy:
                retagging.lay_out(heavy, _work(heavy, made, scored))
                return {"version": version, **retagging.shown(heavy)}
        with store.write() as con:
            taxonomy.check(con, version if based_on is None else based_on)
            retagging.register(con)
            # What was tagged or landed while candidates were scored.
            late = retagging.tagged_since(con, begun)
            if late.num_rows and made.scored:
                scored = pa.concat_tables([scored, _scored(con, scorer, late)])
            count = retagging.lay_out(con, _work(con, made, scored))
            number = taxonomy.put(con, who.name, made.change, count)
            shown = retagging.shown(con)
            retagging.write(con, number)
            taxonomy.noted(con, who.name, made.change, number, count)
        return {"version": number, **shown}
    finally:
        cursor.close()


def _candidates(store: Store, con: Any, made: Plan, scorer: Scorer) -> pa.Table:
    """Return the comments that may be about a topic that is scored, as a column id."""
    if not made.scored:
        return pa.table({"id": pa.array([], pa.int64())})
    if made.parts:
        # What no other part may have is the first's, whatever is in it: it need not be read.
        found = pa.concat_tables(
            [store.index.having(scorer.needs(but=made.parts[0])), retagging.unindexed(store, con)]
        )
        return found.join(retagging.having(con, [made.subject]), "id", join_type="left semi")
    if made.restores and made.only_since:
        return retagging.tagged_after(con, made.restores)
    return pa.concat_tables([store.index.having(scorer.needs()), retagging.unindexed(store, con)])


def _scored(con: Any, scorer: Scorer, ids: pa.Table) -> pa.Table:
    """Score comments; return `retagging.SCORED`."""
    batches = [SCORED.empty_table()]
    if not ids.num_rows:
        return batches[0]
    for batch in retagging.texts(con, ids):
        columns = batch.to_pydict()
        found = scorer.score(columns["text"], columns["language"])
        rows = [
            (id, one.id, one.score, _evidence(one.evidence))
            for id, said in zip(columns["id"], found, strict=True)
            for one in said
        ]
        batches.append(_table(rows, SCORED))
    return pa.concat_tables(batches)


def _work(con: Any, made: Plan, scored: pa.Table) -> Work:
    scope = None
    if made.restores and made.only_since:
        scope = retagging.tagged_after(con, made.restores).rename_columns(["comment_id"])
    if not made.parts:
        return Work(
            moves=made.moves,
            leaving=made.leaving,
            rescored=made.rescored,
            restores=made.restores,
            scored=scored,
            scope=scope,
        )
    return Work(leaving=made.leaving, parting=_parting(con, made, scored))


def _parting(con: Any, made: Plan, scored: pa.Table) -> pa.Table:
    """Say which parts each comment of a topic that is split gets: those found in it, else the first.

    Where a person said it is not about the topic, it is about none of the parts.
    """
    old = made.subject
    parts: dict[int, set[str]] = {}
    for id, value in zip(scored["comment_id"].to_pylist(), scored["value"].to_pylist(), strict=True):
        if value in made.parts:
            parts.setdefault(id, set()).add(value)
    whole = retagging.having(con, [old])["id"].to_pylist()
    rows = [(id, old, new) for id in whole for new in sorted(parts.get(id, {made.parts[0]}))]
    rows += [(id, old, new) for id in retagging.denied(con, old) for new in made.parts]
    return _table(rows, PARTING)


def _evidence(words: tuple[str, ...]) -> str | None:
    return orjson.dumps(words).decode() if words else None


def _table(rows: Iterable[tuple[Any, ...]], schema: pa.Schema) -> pa.Table:
    columns = list(zip(*rows, strict=True))
    if not columns:
        return schema.empty_table()
    return pa.Table.from_arrays(
        [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)], schema=schema
    )
