"""Apple's reviews, twice: the public feed, and App Store Connect's API, written after Apple's documentation."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from pydantic import SecretStr

Json = dict[str, Any]
KEY = ECKey.generate_key("P-256")
PEM = KEY.as_pem(private=True).decode()


class Feed:
    """The customer reviews feed: a country, pages 1 to 10."""

    connector = "app_store"
    secrets = ()
    page = 20
    edits, deletes, answers = True, False, False

    def __init__(self) -> None:
        self.reviews: list[Json] = []

    def settings(self, base: str) -> Json:
        return {"app": "12345", "countries": ("fr",), "feed_url": base, "private": True}

    def add(self, text: str, at: datetime, author: str = "ana") -> str:
        key = str(2_221_577_708 + len(self.reviews))
        self.reviews.append(
            {
                "author": {
                    "uri": {"label": f"https://itunes.apple.com/fr/reviews/id{author}"},
                    "name": {"label": author},
                    "label": "",
                },
                "updated": {"label": at.isoformat()},
                "im:version": {"label": "8.2.1"},
                "im:rating": {"label": "2"},
                "id": {"label": key},
                "title": {"label": "Delivery"},
                "content": {"label": text, "attributes": {"type": "text"}},
                "link": {
                    "attributes": {"rel": "related", "href": "https://itunes.apple.com/fr/review?id=12345"}
                },
                "im:voteSum": {"label": "0"},
                "im:voteCount": {"label": "0"},
            }
        )
        return key

    def edit(self, key: str, text: str) -> None:
        found = next(one for one in self.reviews if one["id"]["label"] == key)
        found["content"]["label"], found["updated"]["label"] = text, datetime.now(UTC).isoformat()

    def delete(self, key: str) -> None:
        raise NotImplementedError

    def posted(self) -> list[tuple[str, str]]:
        return []

    def listing(self, method: str, path: str) -> bool:
        return "/customerreviews/" in path

    def handle(
        self, method: str, path: str, query: dict[str, str], headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        before, _, rest = path.partition("/rss/customerreviews/page=")
        number, _, rest = rest.partition("/")
        if before != "/fr" or rest != "id=12345/sortby=mostrecent/json" or not 1 <= int(number) <= 10:
            return answer({}, 404)
        shown = sorted(self.reviews, key=lambda one: str(one["updated"]["label"]), reverse=True)
        part = shown[(int(number) - 1) * self.page : int(number) * self.page]
        feed: Json = {
            "author": {"name": {"label": "iTunes Store"}},
            "updated": {"label": "2026-01-01T00:00:00-07:00"},
        }
        if part:
            feed["entry"] = part if len(part) > 1 else part[0]
        return answer({"feed": feed})


class Connect:
    """App Store Connect's API: reviews of an app, and the responses to them."""

    connector = "app_store"
    secrets = (PEM, PEM.splitlines()[1])
    page = 20
    edits, deletes, answers = True, False, True

    def __init__(self) -> None:
        self.reviews: dict[str, Json] = {}
        self.responses: dict[str, Json] = {}
        self.base = ""

    def settings(self, base: str) -> Json:
        self.base = base
        key = {"key_id": "ABC", "issuer": "57246542-96fe", "private_key": SecretStr(PEM)}
        return {"app": "12345", **key, "url": base, "private": True}

    def add(self, text: str, at: datetime, author: str = "ana") -> str:
        key = f"00000028-b08c-{len(self.reviews):04d}"
        attributes = {"rating": 2, "title": "Delivery", "body": text, "reviewerNickname": author}
        attributes |= {"createdDate": at.isoformat(), "territory": "FRA"}
        self.reviews[key] = {"type": "customerReviews", "id": key, "attributes": attributes}
        return key

    def edit(self, key: str, text: str) -> None:
        self.reviews[key]["attributes"]["body"] = text

    def delete(self, key: str) -> None:
        raise NotImplementedError

    def posted(self) -> list[tuple[str, str]]:
        found = self.responses.values()
        return [(f"response-{one['id']}", one["attributes"]["responseBody"]) for one in found]

    def listing(self, method: str, path: str) -> bool:
        return path == "/v1/apps/12345/customerReviews"

    def handle(
        self, method: str, path: str, query: dict[str, str], headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        try:
            token = jwt.decode((headers.get("authorization") or "").removeprefix("Bearer "), KEY, ["ES256"])
        except (JoseError, ValueError):
            return failed(401, "NOT_AUTHORIZED")
        assert token.header["kid"] == "ABC" and token.claims["aud"] == "appstoreconnect-v1"
        assert token.claims["exp"] - token.claims["iat"] <= 20 * 60
        if path == "/v1/customerReviewResponses" and method == "POST":
            return self._take(json.loads(body)["data"])
        if path == "/v1/apps/12345/customerReviews":
            return self._page(query)
        start, _, key = path.partition("/v1/customerReviews/")
        key = key.removesuffix("/response")
        if start or key not in self.responses:
            return failed(404, "NOT_FOUND")
        return answer({"data": self.responses[key]})

    def _page(self, query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        assert (
            query["sort"] == "-createdDate" and query["include"] == "response" and int(query["limit"]) <= 200
        )
        shown = sorted(
            self.reviews.values(), key=lambda one: str(one["attributes"]["createdDate"]), reverse=True
        )
        start = int(query.get("cursor", 0))
        part = shown[start : start + self.page]
        data, included = [], []
        for one in part:
            response = self.responses.get(one["id"])
            to = {"type": "customerReviewResponses", "id": response["id"]} if response else None
            data.append({**one, "relationships": {"response": {"data": to, "links": {}}}})
            included += [response] if response else []
        links = {"self": f"{self.base}/v1/apps/12345/customerReviews"}
        if start + self.page < len(shown):
            asked = {**query, "cursor": str(start + self.page)}
            links["next"] = links["self"] + "?" + "&".join(f"{name}={value}" for name, value in asked.items())
            assert dict(parse_qsl(urlsplit(links["next"]).query)) == asked
        return answer(
            {"data": data, "included": included, "links": links, "meta": {"paging": {"total": len(shown)}}}
        )

    def _take(self, data: Json) -> tuple[int, dict[str, str], bytes]:
        assert data["type"] == "customerReviewResponses"
        to = data["relationships"]["review"]["data"]
        assert to["type"] == "customerReviews"
        if to["id"] not in self.reviews:
            return failed(404, "NOT_FOUND")
        attributes = {"responseBody": data["attributes"]["responseBody"], "state": "PENDING_PUBLISH"}
        attributes["lastModifiedDate"] = datetime.now(UTC).isoformat()
        number = self.responses.get(to["id"], {"id": f"77-{len(self.responses)}"})["id"]
        self.responses[to["id"]] = {"type": "customerReviewResponses", "id": number, "attributes": attributes}
        return answer({"data": self.responses[to["id"]]}, 201)


def answer(value: Any, status: int = 200) -> tuple[int, dict[str, str], bytes]:
    return status, {"content-type": "application/json; charset=UTF-8"}, json.dumps(value).encode()


def failed(status: int, code: str) -> tuple[int, dict[str, str], bytes]:
    return answer({"errors": [{"status": str(status), "code": code, "title": "No."}]}, status)
