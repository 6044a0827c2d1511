"""One deed over many threads: those of a filter, seen before it is done, undone as one."""

from collections.abc import Mapping
from typing import Any

from curation.errors import Invalid, Stale
from curation.store import comments, deeds, threads
from curation.store.access import note
from curation.store.connection import Store, dicts, now
from curation.store.filters import Filter, narrowed
from curation.store.threads import Con, Row

# Of each thread whatever comment is in the filter; what somebody else has is left alone.
MEANT = """
create or replace temp table meant as
select coalesce(t.merged_into, c.thread_id) as id, min(c.id) as comment
from (select id, thread_id from comment where {}) c left join thread t on t.id = c.thread_id group by 1
"""
HELD = """
delete from meant where id in (select id from thread where claimed_by <> $who and claimed_until > $at)
"""
WOULD = """
select coalesce(t.{0}, {1}) as value, count(*) as threads
from meant m left join thread t on t.id = m.id group by 1 order by 2 desc, 1 limit 20
"""
EXAMPLES = "select comment from meant order by id limit 10"


def meant(store: Store, con: Con, who: str, wanted: Filter) -> tuple[int, int]:
    """Lay the threads of a filter beside `con` as `meant`; return how many, and how many more somebody else has."""
    with narrowed(store, con, wanted) as (condition, uses):
        con.execute(MEANT.format(condition), uses)
    held = con.execute(HELD, {"who": who, "at": now()}).fetchall()[0][0]
    return int(con.execute("select count(*) from meant").fetchall()[0][0]), int(held)


def preview(store: Store, who: str, wanted: Filter, sets: Mapping[str, Any]) -> Row:
    """Say what a bulk deed would do: `threads`, `held` (left to who has them), `from` (what they are now), `examples` (ten comments)."""
    with store.heavy() as cursor:
        threads_, held = meant(store, cursor, who, wanted)
        column = "assignee" if "assignee" in sets else "status"
        now_ = WOULD.format(column, "'new'" if column == "status" else "null")
        found = dicts(cursor.execute(now_))
        ids = [id for (id,) in cursor.execute(EXAMPLES).fetchall()]
    return {"threads": threads_, "held": held, "from": found, "examples": comments.some(store, ids)}


def do(
    store: Store, who: str, action: str, wanted: Filter, sets: Mapping[str, Any], expected: int | None = None
) -> Row:
    """Do one deed to all threads of a filter in one transaction; return `deed`, `threads`, `changed` and `held`.

    `expected`: how many the preview said. Raises Stale where there are others by now.
    """
    with store.write() as con:
        count, held = meant(store, con, who, wanted)
        if expected is not None and count != expected:
            raise Stale(
                f"There are {count:,} such threads by now, not {expected:,}. Look again.", {"threads": count}
            )
        if not count:
            raise Invalid("No thread is in this filter, or others have them all.")
        deed = deeds.begin(con, who, action, "bulk")
        changed = threads.change(con, deed, sets)
        if changed:
            told = {
                "deed": deed,
                "threads": changed,
                "set": {name: _plain(value) for name, value in sets.items()},
            }
            note(con, who, action, "bulk", None, told)
        else:
            deeds.forget(con, deed)
    return {"deed": deed if changed else None, "threads": count, "changed": changed, "held": held}


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, str) else f"{value}"
