"""The files of a publication."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from curation.publishing.entries import entries
from curation.publishing.feeds import atom, json_feed
from curation.publishing.pages import page

MEDIA = {
    "index.html": "text/html; charset=utf-8",
    "embed.html": "text/html; charset=utf-8",
    "fragment.html": "text/html; charset=utf-8",
    "feed.json": "application/feed+json",
    "feed.atom": "application/atom+xml",
}
"""Every publication has all of them, so that what was withdrawn is gone from each."""


def publish(
    collection: Mapping[str, Any], quotes: Sequence[Mapping[str, Any]], today: date
) -> dict[str, str]:
    """Return file names and contents: a page, one to frame in another, the quotes alone as markup, and two feeds.

    Only what is cleared for it is in each; see `clearing`.
    """
    site, feed = (entries(collection, quotes, use, today) for use in ("site", "feed"))
    return {
        "index.html": page("page.html", collection, site, today),
        "embed.html": page("embed.html", collection, site, today),
        "fragment.html": page("quotes.html", collection, site, today),
        "feed.json": json_feed(collection, feed),
        "feed.atom": atom(collection, feed),
    }


def zipped(files: Mapping[str, str]) -> bytes:
    """Pack files into a ZIP archive."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return packed.getvalue()
