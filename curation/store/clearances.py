"""Why quotes may be published: consents and decisions, never deleted; and what was handed out."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from curation.errors import NotFound, Stale
from curation.store import collecting
from curation.store.access import note
from curation.store.connection import Store, dicts, now

Row = dict[str, Any]

GIVEN = """
select * from clearance where quote_id in (select unnest($quotes::bigint[])) order by id
"""


def given(store: Store, quotes: Sequence[int]) -> dict[int, list[Row]]:
    """Return the clearances of quotes, by quote, oldest first; the last one counts. `uses` are a list."""
    found: dict[int, list[Row]] = {quote: [] for quote in quotes}
    for row in dicts(store.read().execute(GIVEN, {"quotes": list(quotes)})):
        found[row["quote_id"]].append({**row, "uses": row["uses"].split()})
    return found


CLEAR = """
insert into clearance select coalesce(max(id), 0) + 1, $quote, $kind, $words, $comment_state, $person, $shown, $given_on, $how, $uses,
    $linked, $until, $who, $at, null, null, null
from clearance
"""
NEWEST = "select * from clearance where quote_id = $quote order by id desc limit 1"


def clear(store: Store, who: str, quote: int, clearance: Mapping[str, Any], version: int) -> None:
    """Write down what clears a quote, as it was seen at `version`; the same again is written down already.

    `clearance`: kind, words, comment_state, person, shown, given_on, how, uses (list), linked, until. Raises NotFound, Stale.
    """
    given = {**clearance, "uses": " ".join(clearance["uses"])}
    with store.write() as con:
        found = collecting.quote_in(con, quote)
        if found["version"] != version:
            raise Stale("The quote was changed since you looked. Read its words again, then decide.", found)
        newest = dicts(con.execute(NEWEST, {"quote": quote}))
        if newest and newest[0]["withdrawn_at"] is None and given.items() <= newest[0].items():
            return
        con.execute(CLEAR, {**given, "quote": quote, "who": who, "at": now()})
        note(con, who, "clear quote", f"collection/{found['collection_name']}/{quote}", None, given)


WITHDRAW = """
update clearance set withdrawn_by = $who, withdrawn_at = $at, withdrawn_why = $why
where withdrawn_at is null and quote_id in (
    select same.id from quote same join quote meant using (comment_id, text) where meant.id = $quote)
returning id, quote_id, kind, person
"""


def withdraw(store: Store, who: str, quote: int, why: str) -> None:
    """Write down that whatever cleared a quote was withdrawn, in every collection that has just these words of the comment.

    Again is no change. Raises NotFound where nothing ever cleared it.
    """
    with store.write() as con:
        gone = dicts(con.execute(WITHDRAW, {"quote": quote, "who": who, "at": now(), "why": why}))
        if gone:
            note(con, who, "withdraw clearance", f"quote/{quote}", gone, {"why": why})
        elif not con.execute(GIVEN, {"quotes": [quote]}).fetchone():
            raise NotFound(f"Nothing clears the quote {quote}, so there is nothing to withdraw.")


PUBLISHED = """
insert into publication select coalesce(max(id), 0) + 1, $collection, $who, $at, $quotes from publication
"""


def published(
    store: Store, who: str, collection: Mapping[str, Any], quotes: Sequence[tuple[int, str]]
) -> None:
    """Write down what was handed out: the quotes, each with what stands for its words."""
    with store.write() as con:
        uses = {
            "collection": collection["id"],
            "who": who,
            "at": now(),
            "quotes": orjson.dumps(quotes).decode(),
        }
        con.execute(PUBLISHED, uses)
        after = {"quotes": [quote for quote, _ in quotes]}
        note(con, who, "publish", f"collection/{collection['name']}", None, after)


LAST = """
select who, made_at as "at", quotes from publication where collection = $collection order by id desc limit 1
"""


def last_published(store: Store, collection: str) -> Row | None:
    """Return the newest publication of a collection: who, at, and its `quotes` as [id, digest]; None where there is none."""
    rows = dicts(store.read().execute(LAST, {"collection": collection}))
    return {**rows[0], "quotes": orjson.loads(rows[0]["quotes"])} if rows else None
