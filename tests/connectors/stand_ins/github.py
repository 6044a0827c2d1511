"""A repository's issues and comments, and its discussions, shaped as GitHub answers."""

import json
import re
from datetime import UTC, datetime
from typing import Any

from pydantic import SecretStr

Json = dict[str, Any]
Answer = tuple[int, dict[str, str], bytes]
ME = "aurora-team"
WHERE = "aurora/app"


def shown(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read(body: str) -> str:
    """Return Markdown as a reader sees it, as far as comments go."""
    return re.sub("<!--.*?-->", "", body).strip()


def said(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    known = {"content-type": "application/json; charset=utf-8", "x-ratelimit-remaining": "4999"}
    return status, {**known, "x-ratelimit-limit": "5000", **(headers or {})}, json.dumps(value).encode()


class Github:
    connector = "github"
    secrets = ("hush-token",)
    page = 20
    edits, deletes, answers = True, False, True

    def __init__(self) -> None:
        self.issues: dict[int, Json] = {}
        self.comments: list[Json] = []
        self.count = 0
        self.clock = datetime(2020, 1, 1, tzinfo=UTC)
        self.base = ""

    def settings(self, base: str) -> Json:
        self.base = base
        return {"url": base, "repositories": (WHERE,), "token": SecretStr("hush-token"), "private": True}

    def _now(self, at: datetime) -> str:
        """What changes gets the server's own time, which never goes back, and never lies ahead."""
        self.clock = max(self.clock, min(at, datetime.now(UTC)))
        return shown(self.clock)

    def _common(self, body: str, at: datetime, author: str) -> Json:
        return {
            "id": 9_000 + len(self.issues) + len(self.comments),
            "node_id": "MDA6RW50aXR5MQ==",
            "user": {"login": author, "id": 100 + sum(map(ord, author)), "type": "User", "site_admin": False},
            "created_at": shown(at),
            "updated_at": self._now(at),
            "author_association": "MEMBER" if author == ME else "NONE",
            "body": body,
            "reactions": {"total_count": 0, "+1": 0},
        }

    def add(self, text: str, at: datetime, author: str = "ana") -> str:
        """Every second one is a comment on the issue before."""
        self.count += 1
        if self.count % 2 == 0:
            return self._comment(max(self.issues), text, at, author)
        number = len(self.issues) + 1
        self.issues[number] = self._common(text, at, author) | {
            "url": f"{self.base}/repos/{WHERE}/issues/{number}",
            "html_url": f"https://github.test/{WHERE}/issues/{number}",
            "number": number,
            "title": "Parcels",
            "labels": [],
            "state": "open",
            "locked": False,
            "comments": 0,
        }
        return f"{WHERE}#{number}"

    def _comment(self, number: int, text: str, at: datetime, author: str, what: str = "issues") -> str:
        comment = self._common(text, at, author)
        place = f"https://github.test/{WHERE}/{what}/{number}#issuecomment-{comment['id']}"
        about = {"html_url": place, "issue_url": f"{self.base}/repos/{WHERE}/issues/{number}"}
        self.comments.append(comment | about)
        return f"comment-{comment['id']}"

    def edit(self, key: str, text: str) -> None:
        found = next(
            one
            for one in [*self.issues.values(), *self.comments]
            if key in (f"{WHERE}#{one.get('number')}", f"comment-{one['id']}")
        )
        found |= {"body": text, "updated_at": self._now(datetime.now(UTC))}

    def delete(self, key: str) -> None:
        raise NotImplementedError("GitHub does not tell")

    def posted(self) -> list[tuple[str, str]]:
        mine = [one for one in self.comments if one["user"]["login"] == ME]
        return [(f"comment-{one['id']}", read(one["body"])) for one in mine]

    def listing(self, method: str, path: str) -> bool:
        return method == "GET" and path in (f"/repos/{WHERE}/issues", f"/repos/{WHERE}/issues/comments")

    def handle(
        self, method: str, path: str, query: dict[str, str], headers: dict[str, str], body: bytes
    ) -> Answer:
        if headers.get("authorization") != "Bearer hush-token":
            return said({"message": "Bad credentials", "status": "401"}, 401)
        one = re.fullmatch(rf"/repos/{WHERE}/issues/(\d+)/comments", path)
        if self.listing(method, path):
            found = self.comments if path.endswith("comments") else list(self.issues.values())
            assert query["sort"] == "updated" and query["direction"] == "asc"
            return self._listed(sorted(found, key=lambda one: str(one["updated_at"])), path, query)
        if one is None or int(one[1]) not in self.issues:
            return said({"message": "Not Found", "status": "404"}, 404)
        if method == "POST":
            self._comment(int(one[1]), json.loads(body)["body"], datetime.now(UTC), ME)
            return said(self.comments[-1], 201)
        where = f"/issues/{one[1]}"
        return self._listed([one for one in self.comments if one["issue_url"].endswith(where)], path, query)

    def _listed(self, found: list[Json], path: str, query: dict[str, str]) -> Answer:
        since, number = query.get("since", ""), int(query.get("page", 1))
        most = min(self.page, int(query.get("per_page", 30)))
        found = [one for one in found if one["updated_at"] >= since]
        rest = {name: value for name, value in query.items() if name != "page"}
        asked = "&".join(f"{name}={value}" for name, value in rest.items())
        more = number * most < len(found)
        link = {"link": f'<{self.base}{path}?{asked}&page={number + 1}>; rel="next"'} if more else {}
        return said(found[(number - 1) * most : number * most], 200, link)


class GithubDiscussions:
    connector = "github"
    secrets = ("hush-token",)
    page = 20
    edits, deletes, answers = True, False, True

    def __init__(self) -> None:
        self.talks: list[Json] = []
        self.clock = datetime(2020, 1, 1, tzinfo=UTC)
        self.count = 0

    def settings(self, base: str) -> Json:
        token = SecretStr("hush-token")
        return {
            "url": base,
            "repositories": (WHERE,),
            "token": token,
            "issues": False,
            "discussions": True,
            "private": True,
        }

    def _node(self, kind: str, body: str, at: datetime, author: str) -> Json:
        self.count += 1
        self.clock = max(self.clock, min(at, datetime.now(UTC)))
        return {
            "id": f"{kind}_kwDO{self.count}",
            "body": body,
            "url": f"https://github.test/{WHERE}/discussions/{self.count}",
            "createdAt": shown(at),
            "updatedAt": shown(self.clock),
            "authorAssociation": "NONE",
            "viewerDidAuthor": author == ME,
            "upvoteCount": 1,
            "author": {"login": author, "__typename": "User"},
        }

    def add(self, text: str, at: datetime, author: str = "ana") -> str:
        talk = self._node("D", text, at, author)
        self.talks.append({**talk, "title": "Parcels", "number": len(self.talks) + 1, "comments": []})
        return str(talk["id"])

    def under(self, key: str, text: str, at: datetime, author: str = "ana") -> str:
        """Comment in a discussion, or reply to a comment there."""
        for talk in self.talks:
            if talk["id"] == key:
                talk["comments"].append({**self._node("DC", text, at, author), "replies": []})
                talk["updatedAt"] = shown(self.clock)
                return str(talk["comments"][-1]["id"])
            for comment in talk["comments"]:
                if comment["id"] == key:
                    comment["replies"].append(self._node("DC", text, at, author))
                    talk["updatedAt"] = shown(self.clock)
                    return str(comment["replies"][-1]["id"])
        raise KeyError(key)

    def edit(self, key: str, text: str) -> None:
        self.clock = datetime.now(UTC)
        talk = next(one for one in self.talks if one["id"] == key)
        talk |= {"body": text, "updatedAt": shown(self.clock)}

    def delete(self, key: str) -> None:
        raise NotImplementedError("GitHub does not tell")

    def _all(self) -> list[Json]:
        comments = [one for talk in self.talks for one in talk["comments"]]
        return [*self.talks, *comments, *(one for comment in comments for one in comment["replies"])]

    def posted(self) -> list[tuple[str, str]]:
        return [(one["id"], read(one["body"])) for one in self._all() if one["viewerDidAuthor"]]

    def listing(self, method: str, path: str) -> bool:
        return path == "/graphql"

    def handle(
        self, method: str, path: str, query: dict[str, str], headers: dict[str, str], body: bytes
    ) -> Answer:
        if headers.get("authorization") != "Bearer hush-token":
            return said({"message": "Bad credentials", "status": "401"}, 401)
        if path != "/graphql":
            return said({"message": "Not Found"}, 404)
        asked = json.loads(body)
        text, given = asked["query"], asked["variables"]
        assert text.count("{") == text.count("}") and text.count("(") == text.count(")")
        if text.startswith("mutation"):
            wanted = given["input"]
            key = wanted.get("replyToId") or wanted["discussionId"]
            if key not in {one["id"] for one in self._all()}:
                return self._refused("NOT_FOUND")
            made = self.under(key, wanted["body"], datetime.now(UTC), ME)
            return said(
                {"data": {"addDiscussionComment": {"comment": {"id": made, "url": "https://github.test/d"}}}}
            )
        after = int(given.get("after") or 0)
        if "discussions(" in text:
            found = sorted(self.talks, key=lambda one: str(one["updatedAt"]), reverse=True)
            talks = [{**one, "comments": self._comments(one, 0, 2)} for one in found]
            return said({"data": {"repository": {"discussions": self._cut(talks, after, self.page)}}})
        holder = next((one for one in self._all() if one["id"] == given["id"]), None)
        if holder is None:
            return self._refused("NOT_FOUND")
        if "Discussion{" in text:
            return said({"data": {"node": {"comments": self._comments(holder, after, 3)}}})
        return said({"data": {"node": {"replies": self._cut(holder["replies"], after, 3)}}})

    def _comments(self, talk: Json, after: int, most: int) -> Json:
        shown = [{**one, "replies": self._cut(one["replies"], 0, 2)} for one in talk["comments"]]
        return self._cut(shown, after, most)

    def _cut(self, found: list[Json], after: int, most: int) -> Json:
        end = after + most
        return {
            "nodes": found[after:end],
            "pageInfo": {"hasNextPage": end < len(found), "endCursor": str(end)},
        }

    def _refused(self, kind: str) -> Answer:
        return said({"data": None, "errors": [{"type": kind, "message": "Could not resolve to a node."}]})
