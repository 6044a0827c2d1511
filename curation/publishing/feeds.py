"""Feeds: JSON Feed 1.1 (jsonfeed.org/version/1.1) and Atom (RFC 4287). Texts are plain in both, never markup."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from xml.etree.ElementTree import Element, SubElement, indent, tostring

import orjson

from curation.publishing.entries import Entry, writable
from curation.publishing.wording import WORDS

Row = Mapping[str, Any]

ATOM = "http://www.w3.org/2005/Atom"
LONGEST_TITLE = 80


def json_feed(collection: Row, shown: Sequence[Entry]) -> str:
    """Write a JSON Feed."""
    address = collection["address"]
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": writable(collection["title"]),
        "description": writable(collection["about"]),
        "home_page_url": address,
        "feed_url": address and f"{address}feed.json",
        "language": collection["language"],
    }
    feed = {name: value for name, value in feed.items() if value}
    return orjson.dumps({**feed, "items": list(map(_one, shown))}, option=orjson.OPT_INDENT_2).decode() + "\n"


def _one(entry: Entry) -> dict[str, Any]:
    about = {
        "id": entry.id,
        "content_text": entry.words,
        "external_url": entry.link,
        "date_published": entry.added_at.isoformat(timespec="seconds"),
        "date_modified": entry.changed_at.isoformat(timespec="seconds"),
        "authors": [{"name": entry.name}] if entry.name else [],
        "language": entry.language,
    }
    return {name: value for name, value in about.items() if value}


def atom(collection: Row, shown: Sequence[Entry]) -> str:
    """Write an Atom feed. What changed last dates it: an entry, or the collection."""
    address, say = collection["address"], WORDS[collection["language"]]
    changed = [entry.changed_at for entry in shown]
    feed = Element("feed", {"xmlns": ATOM, "xml:lang": collection["language"]})
    _add(feed, "id", UUID(collection["id"]).urn)
    _add(feed, "title", collection["title"])
    if collection["about"]:
        _add(feed, "subtitle", collection["about"])
    _add(feed, "updated", max([*changed, collection["changed_at"].replace(tzinfo=UTC)]))
    if address:
        SubElement(feed, "link", {"rel": "self", "href": f"{address}feed.atom"})
        SubElement(feed, "link", {"rel": "alternate", "href": address})
    for entry in shown:
        one = SubElement(feed, "entry", {"xml:lang": entry.language} if entry.language else {})
        _add(one, "id", entry.id)
        _add(one, "title", _title(entry.words))
        _add(one, "published", entry.added_at)
        _add(one, "updated", entry.changed_at)
        _add(SubElement(one, "author"), "name", entry.name or say["anonymous"])
        if entry.link:
            SubElement(one, "link", {"rel": "via", "href": entry.link})
        _add(one, "content", entry.words)
    indent(feed)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{tostring(feed, encoding="unicode")}\n'


def _add(parent: Element, name: str, value: str | datetime) -> None:
    text = value if isinstance(value, str) else value.isoformat(timespec="seconds")
    SubElement(parent, name).text = writable(text)


def _title(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= LONGEST_TITLE else f"{line[:LONGEST_TITLE]}…"
