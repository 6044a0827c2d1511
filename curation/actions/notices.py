"""What needs a member, in the app and by mail: each thing once, and by mail only to who wishes it."""

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, get_args
from zoneinfo import ZoneInfo

from curation import config
from curation.actions import answering, members, needs
from curation.config import Config
from curation.errors import Invalid
from curation.models import LOCAL, Who
from curation.store import Store, comments, notes, notices, waiting
from curation.store.connection import now
from curation.store.members import name_of

Row = dict[str, Any]

Way = Literal["off", "once", "daily"]
Language = Literal["en", "fr"]

MOST = 100
ENDING = timedelta(minutes=5)
"""A claim that ends so soon needs its owner."""


@needs("read")
def listed(store: Store, who: Who) -> list[Row]:
    """Return what needs oneself, newest first, MOST at the most.

    A row: `key`, `kind` (mention, review, changes, approved, failed, unknown, claim or assigned), `at`, the `comment` it is about,
    `text` (the beginning of what was said there), `by` (who wrote or asked, or None), `note` of a mention, and whether it was `seen`.
    """
    known = notices.known(store, who.name)
    rows = sorted(_waiting(store, who), key=lambda row: row["at"], reverse=True)[:MOST]
    return [{**row, "seen": bool(known.get(row["key"], {}).get("seen_at"))} for row in _quoted(store, rows)]


@needs("read")
def seen(store: Store, who: Who, keys: Sequence[str]) -> int:
    """Remember that one has seen these; return how many were new."""
    return notices.seen(store, who.name, keys, [row["key"] for row in _waiting(store, who)])


def _waiting(store: Store, who: Who) -> list[Row]:
    """Return what waits for `who`; a key says in which state, so that a later one is another notice."""
    return [row for row in (*_replies(store, who), *_threads(store, who)) if row["comment"] is not None]


def _quoted(store: Store, rows: list[Row]) -> list[Row]:
    """Put the beginning of the comment into what has no `text` of its own."""
    said = {one["id"]: one for one in comments.some(store, sorted({row["comment"] for row in rows}))}
    return [
        {**row, "text": row.get("text") or said[row["comment"]]["text"][: answering.SHORT]} for row in rows
    ]


def _replies(store: Store, who: Who) -> Iterator[Row]:
    for row in waiting.needing(store, who.name, "approve" in who.permissions):
        by = row["who"] if row["kind"] == "review" else None
        about = {"comment": row["comment_id"], "by": by, "at": row["since"], "note": None}
        yield {"key": f"{row['kind']}/{row['marker']}/{row['version']}", "kind": row["kind"], **about}


def _threads(store: Store, who: Who) -> Iterator[Row]:
    found = notes.needing(store, who.name)
    for row in found["mentions"]:
        about = {"comment": row["comment"], "by": row["who"], "at": row["at"], "note": row["note"]}
        text = row["text"][: answering.SHORT]
        yield {"key": f"mention/{row['note']}", "kind": "mention", "text": text, **about}
    for row in found["claimed"]:
        if row["claimed_until"] < now() + ENDING:
            about = {"comment": row["comment"], "by": None, "at": row["claimed_until"], "note": None}
            yield {
                "key": f"claim/{row['thread']}/{row['claimed_until']:%Y%m%dT%H%M%S}",
                "kind": "claim",
                **about,
            }
    for row in found["assigned"]:
        about = {"comment": row["comment"], "by": None, "at": row["at"], "note": None}
        yield {"key": f"assigned/{row['thread']}", "kind": "assigned", **about}


@needs("read")
def choice(store: Store, who: Who) -> Row:
    """Return how one wishes to be told by mail: `way`, `email`, `language` and `version` (0: never chosen).

    `possible`: whether a mail server is configured. `fixed`: the address is one's own, and no other can be chosen.
    """
    settings = config.load(store.config.home)
    usual = {"way": "off", "email": _own_address(who), "language": settings.app.language, "version": 0}
    chosen = notices.choices(store, who.name)
    fixed = {"email": usual["email"]} if store.config.sign_in else {}
    told = {"possible": bool(settings.notices.smtp_host), "fixed": bool(fixed)}
    return {**usual, **(chosen[0] if chosen else {}), **fixed, **told}


@needs("read")
def choose(store: Store, who: Who, way: Way, email: str, language: Language, version: int) -> Row:
    """Choose how to be told by mail, as it was seen at `version`; who signs in is told at their own address only.

    Raises Invalid, Stale.
    """
    if way not in get_args(Way) or language not in get_args(Language):
        raise Invalid("Choose off, once or daily, in en or fr.")
    email = _own_address(who) if store.config.sign_in else email.strip()
    if way != "off":
        name_of(email)
    return notices.choose(store, who.name, way, email, language, version)


def _own_address(who: Who) -> str:
    return who.name if "@" in who.name else ""


@needs("feed")
def take(store: Store, who: Who) -> list[Row]:
    """Return the letters to be sent now, and remember what is in them as told.

    A letter: `who`, `email`, `language`, `notices` as in `listed`, oldest first, and `before`, which `give_back` takes.
    """
    settings = config.load(store.config.home)
    letters = [_letter(store, settings, one) for one in notices.choices(store) if one["way"] != "off"]
    return [letter for letter in letters if letter and letter["notices"]]


def _letter(store: Store, settings: Config, one: Row) -> Row | None:
    # Where members sign in, nobody is just local, and an address chosen before that counts no more.
    alone = one["who"] == LOCAL.name and not store.config.sign_in
    permissions = LOCAL.permissions if alone else members.permitted(store, one["who"])
    if not permissions or "read" not in permissions:
        return None
    rows = sorted(_waiting(store, Who(name=one["who"], permissions=permissions)), key=lambda row: row["at"])
    keys = [row["key"] for row in rows]
    if not _due(store, settings, one, keys):
        return None
    taken = notices.take(store, one["who"], keys, MOST)
    told = _quoted(store, [row for row in rows if row["key"] in taken])
    email = one["who"] if store.config.sign_in else one["email"]
    about = {"who": one["who"], "email": email, "language": one["language"]}
    return {**about, "before": one["told_at"], "notices": told}


def _due(store: Store, settings: Config, one: Row, keys: Collection[str]) -> bool:
    """Tell whether a letter may be due: at once where anything is new or over, else once the day's hour has come."""
    if one["way"] == "daily":
        zone = ZoneInfo(settings.flows.timezone)
        return one["told_at"] is None or one["told_at"] < last_digest(now(), settings.notices.daily_at, zone)
    known = notices.known(store, one["who"])
    fresh = [key for key in keys if not (row := known.get(key)) or not (row["told_at"] or row["seen_at"])]
    return bool(fresh or known.keys() - set(keys))


def last_digest(at: datetime, hour: str, zone: ZoneInfo) -> datetime:
    """Return the last moment, up to `at`, when the clock of `zone` showed `hour`; both in UTC, without a zone."""
    hours, minutes = map(int, hour.split(":"))
    here = at.replace(tzinfo=UTC).astimezone(zone)
    moment = here.replace(hour=hours, minute=minutes, second=0, microsecond=0)
    if moment > here:
        moment -= timedelta(days=1)
    return moment.astimezone(UTC).replace(tzinfo=None)


@needs("feed")
def give_back(store: Store, who: Who, member: str, keys: Sequence[str], before: datetime | None) -> None:
    """Take back that a member was told: the letter certainly did not leave."""
    notices.give_back(store, member, keys, before)
