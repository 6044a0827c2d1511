"""Texts a team uses again: one for each key and language, with how often each was used."""

from typing import Any

from curation.errors import NotFound, Stale
from curation.store.access import note
from curation.store.connection import Store, dicts, now

Row = dict[str, Any]

COLUMNS = "key, language, topic, text, version, who, changed_at, uses, used_at"

LISTED = f"""
select {COLUMNS} from canned
where ($language is null or language = $language) and ($topic is null or topic in ('', $topic) or starts_with($topic, topic || '.'))
    and ($key is null or key = $key)
order by uses desc, key, language
"""  # noqa: S608 - the columns are a constant


def listed(
    store: Store, language: str | None = None, topic: str | None = None, key: str | None = None
) -> list[Row]:
    """List canned replies, the most used first; `topic` asks for those that fit it: its own, its parent's, and those without one."""
    return dicts(store.read().execute(LISTED, {"language": language, "topic": topic, "key": key}))


def get(store: Store, key: str, language: str) -> Row:
    """Return one. Raises NotFound."""
    rows = listed(store, language, key=key)
    if not rows:
        raise NotFound(f"There is no canned reply {key[:60]!r} in {language[:20]!r}.")
    return rows[0]


VERSION = "select version, text, topic from canned where key = $key and language = $language"
ADD = "insert into canned values ($key, $language, $topic, $text, 1, $who, $at, 0, null)"
CHANGE = """
update canned set topic = $topic, text = $text, version = version + 1, who = $who, changed_at = $at
where key = $key and language = $language
"""


def save(store: Store, who: str, key: str, language: str, topic: str, text: str, version: int) -> Row:
    """Save a text as it was seen at `version`, 0 for a new one. Raises Stale with the one there is."""
    uses = {"key": key, "language": language}
    with store.write() as con:
        rows = dicts(con.execute(VERSION, uses))
        before = rows[0] if rows else {"version": 0}
        if before["version"] != version:
            raise Stale(f"{key} was changed since you looked. Look at both texts, then save again.", before)
        con.execute(CHANGE if rows else ADD, {**uses, "topic": topic, "text": text, "who": who, "at": now()})
        note(
            con,
            who,
            "canned",
            f"canned/{key}/{language}",
            before if rows else None,
            {"topic": topic, "text": text},
        )
    return get(store, key, language)


DROP = "delete from canned where key = $key and language = $language"


def delete(store: Store, who: str, key: str, language: str, version: int) -> None:
    """Delete a text as it was seen at `version`; the audit keeps it. Raises NotFound, Stale."""
    uses = {"key": key, "language": language}
    with store.write() as con:
        rows = dicts(con.execute(VERSION, uses))
        if not rows:
            raise NotFound(f"There is no canned reply {key[:60]!r} in {language[:20]!r}.")
        if rows[0]["version"] != version:
            raise Stale(f"{key} was changed since you looked.", rows[0])
        con.execute(DROP, uses)
        note(con, who, "delete canned", f"canned/{key}/{language}", rows[0], None)


USE = "update canned set uses = uses + 1, used_at = $at where key = $key and language = $language returning text"


def use(store: Store, who: str, key: str, language: str, comment: int) -> str:
    """Count one use of a text, for a comment, and return it. Raises NotFound."""
    with store.write() as con:
        row = con.execute(USE, {"key": key, "language": language, "at": now()}).fetchone()
        if not row:
            raise NotFound(f"There is no canned reply {key[:60]!r} in {language[:20]!r}.")
        note(con, who, "use canned", f"canned/{key}/{language}", None, {"comment": comment})
    return str(row[0])
