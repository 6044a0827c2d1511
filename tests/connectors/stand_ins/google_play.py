"""Google Play's reviews of an app, written after the documentation of the Android Publisher API v3."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, unquote

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from pydantic import SecretStr

Json = dict[str, Any]
KEY = RSAKey.generate_key(2048)
PEM = KEY.as_pem(private=True).decode()
REVIEWS = "/androidpublisher/v3/applications/org.aurora.app/reviews"


class GooglePlay:
    connector = "google_play"
    secrets = ("hush-bearer", PEM.splitlines()[1])
    page = 20
    edits, deletes, answers = True, False, True

    def __init__(self) -> None:
        self.reviews: dict[str, Json] = {}

    def settings(self, base: str) -> Json:
        account = {"type": "service_account", "client_email": "tribune@aurora.example", "private_key": PEM}
        secret = SecretStr(json.dumps({**account, "token_uri": f"{base}/token"}))
        return {"package": "org.aurora.app", "service_account": secret, "url": base, "private": True}

    def add(self, text: str, at: datetime, author: str = "ana") -> str:
        key = f"gp:AOqpTOE{len(self.reviews):04d}"
        user = {
            "text": text,
            "lastModified": {"seconds": str(int(at.timestamp())), "nanos": 913000000},
            "starRating": 2,
            "reviewerLanguage": "fr",
            "device": "trltespr",
            "androidOsVersion": 34,
            "appVersionCode": 12345,
            "appVersionName": "1.2.3",
            "thumbsUpCount": 1,
            "thumbsDownCount": 0,
            "deviceMetadata": {"productName": "Aurora X"},
        }
        self.reviews[key] = {"reviewId": key, "authorName": author, "comments": [{"userComment": user}]}
        return key

    def edit(self, key: str, text: str) -> None:
        user = self.reviews[key]["comments"][0]["userComment"]
        user |= {
            "text": text,
            "lastModified": {"seconds": str(int(datetime.now(UTC).timestamp())), "nanos": 0},
        }

    def delete(self, key: str) -> None:
        raise NotImplementedError

    def posted(self) -> list[tuple[str, str]]:
        found = [(key, one["comments"]) for key, one in self.reviews.items()]
        return [
            (f"{key}:reply", parts[1]["developerComment"]["text"]) for key, parts in found if len(parts) > 1
        ]

    def listing(self, method: str, path: str) -> bool:
        return path == REVIEWS

    def handle(
        self, method: str, path: str, query: dict[str, str], headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        assert "access_token" not in query, "a secret stands in the address"
        if path == "/token":
            return self._grant(dict(parse_qsl(body.decode())))
        if headers.get("authorization") != "Bearer hush-bearer":
            return failed(401, "authError")
        if path == REVIEWS:
            return self._page(query)
        key = unquote(path.removeprefix(f"{REVIEWS}/"))
        if method == "POST" and key.endswith(":reply"):
            return self._take(key.removesuffix(":reply"), json.loads(body)["replyText"])
        return answer(self.reviews[key]) if key in self.reviews else failed(404, "reviewNotFound")

    def _grant(self, form: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        try:
            claims = jwt.decode(form.get("assertion", ""), KEY, ["RS256"]).claims
        except (JoseError, ValueError):
            return answer({"error": "invalid_grant", "error_description": "Invalid JWT Signature."}, 400)
        assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
        assert claims["iss"] == "tribune@aurora.example" and claims["aud"].endswith("/token")
        assert claims["scope"].endswith("/androidpublisher")
        return answer({"access_token": "hush-bearer", "expires_in": 3599, "token_type": "Bearer"})

    def _page(self, query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        shown, token = list(reversed(self.reviews.values())), query.get("token")
        keys = [one["reviewId"] for one in shown]
        if token and token not in keys:
            return failed(400, "invalidValue")
        start = keys.index(token) if token else 0
        part = shown[start : start + min(self.page, int(query["maxResults"]))]
        more = start + len(part)
        paging = {"tokenPagination": {"nextPageToken": keys[more]}} if more < len(shown) else {}
        return answer({"reviews": part, **paging} if part else {})

    def _take(self, key: str, text: str) -> tuple[int, dict[str, str], bytes]:
        if key not in self.reviews:
            return failed(404, "reviewNotFound")
        if len(text) > 350:
            return failed(400, "replyTextTooLong")
        at = {"seconds": str(int(datetime.now(UTC).timestamp())), "nanos": 0}
        self.reviews[key]["comments"][1:] = [{"developerComment": {"text": text, "lastModified": at}}]
        return answer({"result": {"replyText": text, "lastEdited": at}})


def answer(value: Any, status: int = 200) -> tuple[int, dict[str, str], bytes]:
    return status, {"content-type": "application/json; charset=UTF-8"}, json.dumps(value).encode()


def failed(status: int, reason: str) -> tuple[int, dict[str, str], bytes]:
    """An error as Google's services write it."""
    error = {"code": status, "message": "No.", "errors": [{"message": "No.", "reason": reason}]}
    return answer({"error": error}, status)
