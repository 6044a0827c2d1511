"""What the connector uses of a Bluesky server, in memory. Shapes are those of the real one; the people are invented."""

import hashlib
import re
from datetime import UTC, datetime
from typing import Any

import orjson
from pydantic import SecretStr

POST = "app.bsky.feed.post"
OWN, HANDLE = "did:plc:nimbusnimbusnimbusnimbu", "nimbus.test"
Answer = tuple[int, dict[str, str], bytes]


def stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def answer(value: Any, status: int = 200) -> Answer:
    return status, {"content-type": "application/json; charset=utf-8"}, orjson.dumps(value)


def failure(name: str, message: str, status: int = 400) -> Answer:
    return answer({"error": name, "message": message}, status)


class Bluesky:
    """A server with one account of ours; everyone else mentions it."""

    connector = "bluesky"
    secrets = ("hush-app-password", "hush-access-0", "hush-refresh-0")
    page = 20
    edits, deletes, answers = True, True, True

    def __init__(self) -> None:
        self.views: dict[str, dict[str, Any]] = {}
        self.signs_in = 0
        self.refreshes = 0
        self.token = 0

    def settings(self, base: str) -> dict[str, Any]:
        return {"user": HANDLE, "password": SecretStr("hush-app-password"), "url": base, "private": True}

    def add(self, text: str, at: datetime, author: str = "ana") -> str:
        return self.publish(f"did:plc:{author}", f"{author}.test", {"text": text, "createdAt": stamp(at)}, at)

    def publish(
        self, did: str, handle: str, record: dict[str, Any], at: datetime, rkey: str | None = None
    ) -> str:
        uri = f"at://{did}/{POST}/{rkey or f'3k{len(self.views):011}'}"
        self.views[uri] = {
            "uri": uri,
            "cid": "",
            "author": {
                "did": did,
                "handle": handle,
                "displayName": handle.split(".")[0].title(),
                "labels": [],
            },
            "record": {"$type": POST, **record},
            "replyCount": 0,
            "likeCount": 0,
            "indexedAt": stamp(at),
            "labels": [],
        }
        self._signed(uri)
        return uri

    def _signed(self, uri: str) -> None:
        record = orjson.dumps(self.views[uri]["record"])
        self.views[uri]["cid"] = "bafyrei" + hashlib.sha256(record).hexdigest()[:52]

    def edit(self, key: str, text: str) -> None:
        self.views[key]["record"]["text"] = text
        self._signed(key)

    def delete(self, key: str) -> None:
        del self.views[key]

    def posted(self) -> list[tuple[str, str]]:
        return [
            (uri, view["record"]["text"])
            for uri, view in self.views.items()
            if uri.startswith(f"at://{OWN}/")
        ]

    def expire(self) -> None:
        """Let the tokens in use expire."""
        self.token += 1

    def listing(self, method: str, path: str) -> bool:
        return method == "GET" and path.rpartition(".")[2] in (
            "listNotifications",
            "getAuthorFeed",
            "searchPosts",
        )

    def handle(
        self, method: str, path: str, query: dict[str, str], headers: dict[str, str], body: bytes
    ) -> Answer:
        given = {name.lower(): value for name, value in headers.items()}.get("authorization", "")
        name = path.removeprefix("/xrpc/").rpartition(".")[2]
        if name == "createSession":
            return self._sign_in(orjson.loads(body))
        if name == "refreshSession":
            if not given.startswith("Bearer hush-refresh"):
                return failure("InvalidToken", "Token could not be verified")
            self.refreshes += 1
            return self._session()
        if not given:
            return failure("AuthMissing", "Authentication Required", 401)
        if given != f"Bearer hush-access-{self.token}":
            old = given.startswith("Bearer hush-access")
            return failure("ExpiredToken" if old else "InvalidToken", "Token has expired")
        found = getattr(self, f"_{re.sub('(?<!^)(?=[A-Z])', '_', name).lower()}", None)
        if found is None:
            return failure("MethodNotImplemented", "Method Not Implemented", 501)
        return found(orjson.loads(body) if method == "POST" else query)

    def _sign_in(self, said: dict[str, Any]) -> Answer:
        if said.get("identifier") != HANDLE or said.get("password") != "hush-app-password":
            return failure("AuthenticationRequired", "Invalid identifier or password", 401)
        self.signs_in += 1
        return self._session()

    def _session(self) -> Answer:
        tokens = {"accessJwt": f"hush-access-{self.token}", "refreshJwt": f"hush-refresh-{self.token}"}
        return answer({"did": OWN, "handle": HANDLE, "active": True, **tokens})

    def _page(
        self, views: list[dict[str, Any]], query: dict[str, str]
    ) -> tuple[list[dict[str, Any]], str | None]:
        """Go on strictly below the cursor, as the real one does."""
        size = min(int(query.get("limit", 50)), self.page)
        cursor = query.get("cursor")
        ordered = sorted(views, key=lambda view: (view["indexedAt"], view["cid"]), reverse=True)
        left = [view for view in ordered if cursor is None or view["indexedAt"] < cursor]
        # A page of one time only has no end that a cursor could name; the real one shows 100 of them, we do not cut them at 20.
        if len(left) > size and left[0]["indexedAt"] == left[size - 1]["indexedAt"]:
            size = sum(view["indexedAt"] == left[0]["indexedAt"] for view in left)
        return left[:size], left[size - 1]["indexedAt"] if len(left) > size else None

    def _list_notifications(self, query: dict[str, str]) -> Answer:
        others = [view for view in self.views.values() if view["author"]["did"] != OWN]
        views, cursor = self._page(others, query)
        fields = ("uri", "cid", "author", "record", "indexedAt", "labels")
        listed = [
            {**{name: view[name] for name in fields}, "reason": "mention", "isRead": False} for view in views
        ]
        return answer({"notifications": listed, "priority": False, **({"cursor": cursor} if cursor else {})})

    def _get_author_feed(self, query: dict[str, str]) -> Answer:
        own = [view for view in self.views.values() if view["author"]["did"] == query["actor"]]
        views, cursor = self._page(own, query)
        return answer({"feed": [{"post": view} for view in views], **({"cursor": cursor} if cursor else {})})

    def _search_posts(self, query: dict[str, str]) -> Answer:
        found = [view for view in self.views.values() if query["q"] in view["record"]["text"]]
        views, cursor = self._page(found, query)
        return answer({"posts": views, **({"cursor": cursor} if cursor else {})})

    def _get_posts(self, query: dict[str, str]) -> Answer:
        return answer({"posts": [self.views[uri] for uri in [query["uris"]] if uri in self.views]})

    def _get_post_thread(self, query: dict[str, str]) -> Answer:
        if query["uri"] not in self.views:
            return failure("NotFound", f"Post not found: {query['uri']}")
        return answer({"thread": self._below(query["uri"], int(query.get("depth", 6)))})

    def _below(self, uri: str, depth: int) -> dict[str, Any]:
        parents = {
            one: view["record"].get("reply", {}).get("parent", {}).get("uri")
            for one, view in self.views.items()
        }
        replies = (
            [self._below(one, depth - 1) for one, parent in parents.items() if parent == uri] if depth else []
        )
        return {"$type": "app.bsky.feed.defs#threadViewPost", "post": self.views[uri], "replies": replies}

    def _get_record(self, query: dict[str, str]) -> Answer:
        uri = f"at://{query['repo']}/{query['collection']}/{query['rkey']}"
        if uri not in self.views:
            return failure("RecordNotFound", f"Could not locate record: {uri}")
        view = self.views[uri]
        return answer({"uri": uri, "cid": view["cid"], "value": view["record"]})

    def _resolve_handle(self, query: dict[str, str]) -> Answer:
        dids = {view["author"]["handle"]: view["author"]["did"] for view in self.views.values()}
        if query["handle"] not in dids:
            return failure("HandleNotFound", "Unable to resolve handle")
        return answer({"did": dids[query["handle"]]})

    def _create_record(self, said: dict[str, Any]) -> Answer:
        record, rkey = said["record"], said["rkey"]
        if not re.fullmatch("[234567a-j][2-7a-z]{12}", rkey):
            return failure("InvalidRequest", f"Invalid record key for {POST}")
        if len(record["text"]) > 300:
            return failure("InvalidRequest", f"Invalid {POST} record: grapheme too big")
        if f"at://{OWN}/{POST}/{rkey}" in self.views:
            return failure("InternalServerError", "Internal Server Error", 500)
        uri = self.publish(OWN, HANDLE, record, datetime.now(UTC), rkey)
        if (root := record.get("reply", {}).get("root", {}).get("uri")) in self.views:
            self.views[root]["replyCount"] += 1
        return answer({"uri": uri, "cid": self.views[uri]["cid"], "validationStatus": "valid"})
