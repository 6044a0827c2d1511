"""A channel's comments as the YouTube Data API shows them, shaped like its recorded answers."""

import html
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from pydantic import SecretStr

Json = dict[str, Any]
OWN = "UCaurora"


class Youtube:
    connector = "youtube"
    secrets = ("hush-key", "hush-client", "hush-refresh", "hush-bearer")
    page = 20
    edits, deletes, answers = True, True, True

    def __init__(self) -> None:
        self.heads: list[Json] = []
        self.replies: list[Json] = []
        self.refuses: tuple[int, Json] | None = None

    def settings(self, base: str) -> Json:
        return {
            "channel": OWN,
            "key": SecretStr("hush-key"),
            "client_id": "client",
            "client_secret": SecretStr("hush-client"),
            "refresh_token": SecretStr("hush-refresh"),
            "url": base,
            "token_url": f"{base}/token",
            "private": True,
        }

    def comment(self, key: str, text: str, at: datetime, author: str, parent: str | None = None) -> Json:
        said = at.isoformat().replace("+00:00", "Z")
        snippet = {
            "authorDisplayName": author,
            "authorChannelUrl": f"http://www.youtube.com/channel/{author}",
            "authorChannelId": {"value": author},
            "textDisplay": html.escape(text).replace("\n", "<br>"),
            "textOriginal": text,
            "canRate": True,
            "viewerRating": "none",
            "likeCount": 0,
            "publishedAt": said,
            "updatedAt": said,
        }
        snippet |= {"parentId": parent} if parent else {"videoId": "vid1", "channelId": OWN}
        return {"kind": "youtube#comment", "etag": "e", "id": key, "snippet": snippet}

    def add(self, text: str, at: datetime, author: str = "ana") -> str:
        self.heads.append(self.comment(f"Ugy{len(self.heads):04d}AaABAg", text, at, author))
        return str(self.heads[-1]["id"])

    def reply(self, parent: str, text: str, at: datetime, author: str = "ana") -> str:
        """Somebody answers under a head."""
        key = f"{parent}.9iP{len(self.replies):04d}"
        self.replies.append(self.comment(key, text, at, author, parent))
        return key

    def _find(self, key: str) -> Json:
        return next(one for one in [*self.heads, *self.replies] if one["id"] == key)

    def edit(self, key: str, text: str) -> None:
        now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        self._find(key)["snippet"] |= {
            "textOriginal": text,
            "textDisplay": html.escape(text),
            "updatedAt": now,
        }

    def delete(self, key: str) -> None:
        gone = self._find(key)
        (self.replies if "." in key else self.heads).remove(gone)

    def posted(self) -> list[tuple[str, str]]:
        every = [*self.heads, *self.replies]
        ours = [one for one in every if one["snippet"]["authorChannelId"]["value"] == OWN]
        return [(one["id"], one["snippet"]["textOriginal"]) for one in ours]

    def listing(self, method: str, path: str) -> bool:
        return path == "/youtube/v3/commentThreads"

    def handle(
        self, method: str, path: str, query: dict[str, str], headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        assert "key" not in query and "access_token" not in query, "a secret stands in the address"
        if path == "/token":
            form = dict(parse_qsl(body.decode()))
            good = form.get("refresh_token") == "hush-refresh" and form.get("client_secret") == "hush-client"
            if not good:
                return answer({"error": "invalid_grant", "error_description": "Token has been revoked."}, 400)
            return answer({"access_token": "hush-bearer", "expires_in": 3599, "token_type": "Bearer"})
        if headers.get("authorization") != "Bearer hush-bearer":
            if headers.get("x-goog-api-key") != "hush-key":
                return failed(400, "badRequest", details=[{"reason": "API_KEY_INVALID"}])
            if method == "POST":
                return failed(401, "required")
        if self.refuses:
            return self.refuses[0], {"content-type": "application/json"}, json.dumps(self.refuses[1]).encode()
        if path == "/youtube/v3/comments" and method == "POST":
            return self._take(json.loads(body)["snippet"])
        if path == "/youtube/v3/comments":
            if query["parentId"] not in {one["id"] for one in self.heads}:
                return failed(404, "commentNotFound")
            found = [one for one in self.replies if one["snippet"]["parentId"] == query["parentId"]]
            return self._page("comment", found, query, 3)
        if path != "/youtube/v3/commentThreads":
            return failed(404, "notFound")
        if "id" in query:
            wanted = query["id"].split(",")
            assert len(wanted) <= 50
            assert "maxResults" not in query and "order" not in query
            return answer({"items": [self._thread(one) for one in self.heads if one["id"] in wanted]})
        assert query.get("allThreadsRelatedToChannelId") == OWN or query.get("videoId") == "vid1"
        assert query["order"] == "time"
        shown = sorted(self.heads, key=lambda one: str(one["snippet"]["publishedAt"]), reverse=True)
        return self._page("commentThread", [self._thread(one) for one in shown], query, self.page)

    def _thread(self, head: Json) -> Json:
        replies = [one for one in self.replies if one["snippet"]["parentId"] == head["id"]]
        inline = [{**one, "snippet": {**one["snippet"], "videoId": "vid1"}} for one in replies[-2:]]
        snippet = {"channelId": OWN, "videoId": "vid1", "topLevelComment": head, "canReply": True}
        snippet |= {"totalReplyCount": len(replies), "isPublic": True}
        shown = {"kind": "youtube#commentThread", "etag": "e", "id": head["id"], "snippet": snippet}
        return {**shown, "replies": {"comments": inline}} if replies else shown

    def _page(self, kind: str, found: list[Json], query: dict[str, str], size: int) -> Any:
        keys = [one["id"] for one in found]
        token = query.get("pageToken")
        if token is not None and token not in keys:
            return failed(400, "invalidPageToken")
        start = keys.index(token) if token else 0
        part = found[start : start + min(size, int(query["maxResults"]))]
        more = {"nextPageToken": keys[start + len(part)]} if start + len(part) < len(found) else {}
        return answer({"kind": f"youtube#{kind}ListResponse", "etag": "e", **more, "items": part})

    def _take(self, snippet: Json) -> tuple[int, dict[str, str], bytes]:
        if snippet["parentId"] not in {one["id"] for one in self.heads}:
            return failed(404, "parentCommentNotFound")
        return answer(
            self._find(self.reply(snippet["parentId"], snippet["textOriginal"], datetime.now(UTC), OWN))
        )


def answer(value: Any, status: int = 200) -> tuple[int, dict[str, str], bytes]:
    return status, {"content-type": "application/json; charset=UTF-8"}, json.dumps(value).encode()


def failed(status: int, reason: str, **more: Any) -> tuple[int, dict[str, str], bytes]:
    """An error as Google's services write it."""
    error = {"code": status, "message": "No.", "errors": [{"message": "No.", "reason": reason}], **more}
    return answer({"error": error}, status)
