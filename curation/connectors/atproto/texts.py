"""Texts of AT Protocol, whose links and mentions stand beside them as facets: places counted in bytes of UTF-8."""

import hashlib
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from curation.connectors.paging import moment

_ADDRESS = re.compile(r"at://(did:[a-z]+:[\w.:%-]{1,250})/app\.bsky\.feed\.post/([\w.:~-]{1,512})", re.A)
LONGEST = 10_000
FACETS = 50
_SORTED = "234567abcdefghijklmnopqrstuvwxyz"
_FACET = re.compile(
    r"(?P<link>https?://[^\s<>\"]*[^\s<>\".,;:!?)'’”»])|(?<![\w.@/])@(?P<handle>[a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)*\.[a-z]{2,})",
    re.I,
)


def inside(value: Any, *path: str) -> Any:
    """Return what stands at `path` in parsed JSON, None where nothing does."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def listed(value: Any, longest: int = FACETS) -> list[Any]:
    """Return a list's beginning, nothing for what is no list."""
    return value[:longest] if isinstance(value, list) else []


def stamp(at: datetime) -> str:
    """Write a time as the network does."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def address(value: Any) -> re.Match[str] | None:
    """Match a post's address: its author's DID, then its record key."""
    return _ADDRESS.fullmatch(value) if isinstance(value, str) else None


def when(value: Any) -> datetime | None:
    """Read a time, None where there is none."""
    try:
        return moment(value) if isinstance(value, str) else None
    except (ValueError, OverflowError):
        return None


def words(value: Any, longest: int = 1_000) -> str | None:
    """Return a text's beginning, None for what is none."""
    return value[:longest] if isinstance(value, str) and value else None


def language(record: Any) -> str | None:
    """Return the language a post says it is in, where it says one."""
    said = listed(inside(record, "langs"))
    found = re.fullmatch(r"([a-z]{2})(-[\w-]+)?", str(said[0]), re.I | re.A) if len(said) == 1 else None
    return found[1].lower() if found else None


def beside(post: Any, record: Any) -> dict[str, Any]:
    """Return what stands beside a post's text: its cid, handle, root's cid, quoted post, link, descriptions of pictures."""
    embed = inside(record, "embed")
    media = inside(embed, "media") or embed
    pictures = [words(inside(one, "alt")) for one in [*listed(inside(media, "images")), media]]
    found = {
        "cid": words(inside(post, "cid")),
        "handle": words(inside(post, "author", "handle")),
        "root_cid": words(inside(record, "reply", "root", "cid")),
        "quotes": words(inside(embed, "record", "record", "uri")) or words(inside(embed, "record", "uri")),
        "link": words(inside(media, "external", "uri"), 2_000),
        "images": [one for one in pictures if one],
    }
    return {name: value for name, value in found.items() if value}


def readable(record: Any) -> str:
    """Return a post's text with its addresses whole: where an app shows a shortened one, and after other linked words."""
    text = inside(record, "text")
    data = text[:LONGEST].encode() if isinstance(text, str) else b""
    places = []
    for facet in listed(inside(record, "facets")):
        start, end = inside(facet, "index", "byteStart"), inside(facet, "index", "byteEnd")
        addresses = [inside(feature, "uri") for feature in listed(inside(facet, "features"))]
        address = next((one for one in addresses if isinstance(one, str) and len(one) <= 2_000), None)
        if address and type(start) is int and type(end) is int and 0 <= start < end <= len(data):
            places.append((start, end, address))
    following = len(data)
    for start, end, address in sorted(places, reverse=True):
        shown = data[start:end].decode("utf-8", "replace")
        # Overlapping places, and those that cut a character in two, are nobody's but a mistake's.
        if end > following or "\ufffd" in shown or shown == address:
            continue
        bare = shown.strip().removesuffix("…").removesuffix("...").rstrip("/")
        short = bare and re.sub(r"^https?://(www\.)?", "", address).startswith(
            re.sub(r"^(https?://)?(www\.)?", "", bare)
        )
        data = data[:start] + (address if short else f"{shown} ({address})").encode() + data[end:]
        following = start
    return data.decode("utf-8", "replace").strip()[:LONGEST]


def facets(text: str, resolve: Callable[[str], str | None]) -> list[dict[str, Any]]:
    """Return the facets of the links and mentions in `text`; `resolve` knows a handle's DID."""
    found = []
    for match in _FACET.finditer(text):
        handle = match["handle"]
        did = resolve(handle.lower()) if handle else None
        if handle and not did:
            continue
        start, end = (len(text[:at].encode()) for at in match.span())
        kind = {"$type": "app.bsky.richtext.facet#mention", "did": did}
        if not handle:
            kind = {"$type": "app.bsky.richtext.facet#link", "uri": match["link"]}
        found.append({"index": {"byteStart": start, "byteEnd": end}, "features": [kind]})
    return found


def record_key(marker: str) -> str:
    """Return the record key, in a TID's form (atproto.com/specs/tid), that `marker` stands for: 56 bits of it.

    Posts take no other form. The time in it, some day in 2023 to 2025, means nothing.
    """
    bits = int.from_bytes(hashlib.sha256(marker.encode()).digest()[:7], "big")
    # 2^46 microseconds (two years) from 2023-01-01, then ten bits of clock.
    number = ((1_672_531_200_000_000 + (bits >> 10)) << 10) | (bits & 1023)
    return "".join(_SORTED[number >> shift & 31] for shift in range(60, -1, -5))
