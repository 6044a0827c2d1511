"""A feed of comments in Atom, behind a password, shaped like WordPress's, with pages as RFC 5005 links them."""

import base64
import hashlib
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

from pydantic import SecretStr

from curation.connectors import rss

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Comments</title>'
)


class Rss:
    connector = rss.Rss
    secrets = ("hush-pass",)
    page = 20
    edits, deletes, answers = True, False, False

    def __init__(self) -> None:
        self.entries: dict[str, dict[str, Any]] = {}
        self.most = 10_000

    def settings(self, base: str) -> dict[str, Any]:
        self.base = base
        return {
            "url": f"{base}/comments/feed/atom/",
            "user": "ana",
            "password": SecretStr("hush-pass"),
            "private": True,
        }

    def add(self, text: str, at: datetime, author: str = "ana") -> str:
        key = f"https://site.test/widget/#comment-{len(self.entries) + 1}"
        self.entries[key] = {"text": text, "at": at, "author": author}
        return key

    def edit(self, key: str, text: str) -> None:
        self.entries[key]["text"] = text

    def delete(self, key: str) -> None:
        del self.entries[key]

    def posted(self) -> list[tuple[str, str]]:
        return []

    def listing(self, method: str, path: str) -> bool:
        return path == "/comments/feed/atom/"

    def handle(
        self, method: str, path: str, query: dict[str, str], headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        if headers.get("authorization") != "Basic " + base64.b64encode(b"ana:hush-pass").decode():
            return 401, {"content-type": "text/plain"}, b"No."
        if path != "/comments/feed/atom/":
            return 404, {"content-type": "text/plain"}, b"No."
        latest = reversed(self.entries.items())
        shown = sorted(latest, key=lambda one: one[1]["at"], reverse=True)[: self.most]
        start = (int(query.get("paged", 1)) - 1) * self.page
        more = (
            f'<link rel="next" href="?paged={start // self.page + 2}"/>'
            if start + self.page < len(shown)
            else ""
        )
        said = HEAD + more + "".join(entry(*one) for one in shown[start : start + self.page]) + "</feed>"
        tag = f'"{hashlib.md5(said.encode(), usedforsecurity=False).hexdigest()}"'
        if headers.get("if-none-match") == tag:
            return 304, {"etag": tag}, b""
        return 200, {"content-type": "application/atom+xml; charset=UTF-8", "etag": tag}, said.encode()


def entry(key: str, one: dict[str, Any]) -> str:
    """One comment as WordPress writes it."""
    at, said = one["at"].isoformat(), escape(escape(one["text"]).replace("\n", "<br />\n"))
    return (
        f'<entry><title>Comment on Widget by {escape(one["author"])}</title><link rel="alternate" href="{key}"/>'
        f"<author><name>{escape(one['author'])}</name></author><id>{key}</id><updated>{at}</updated>"
        f'<published>{at}</published><content type="html">{said}</content></entry>'
    )
