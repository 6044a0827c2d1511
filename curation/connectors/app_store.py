"""Reviews of an app in Apple's App Store: from App Store Connect's API with a key, else from the public feed.

With a key: `customerReviews` of every country, new to old; each pull reads the last `reread` days again, so that edits and
responses of that time are seen. Without: the customer reviews feed in JSON, a stream per country, two hours again, 500 reviews
at most: a gap is told where it ended too soon. Cursors: {until, walk}. Neither shows deletions, and their keys differ: choose
before the first pull. Proven, `send` too, on stand-ins after Apple's documentation (2026), not on Apple's servers.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from pydantic import SecretStr

from curation.connectors.again import LAG, alike
from curation.connectors.http import Http
from curation.connectors.oauth import signed
from curation.connectors.paging import Entry, newest_first
from curation.connectors.shapes import body, deep, entries, kept, listed, payload, some, text, when
from curation.errors import BadRecord, Refused, TryAgain, Unknown
from curation.models import Comment, Cursor, Page, Raw, Receipt, Reply, Rules


@dataclass(frozen=True, kw_only=True)
class AppStore:
    """`app`: Apple's number. `key_id`, `issuer`, `private_key` (a .p8 file's text): of App Store Connect. `reread`: in days."""

    app: str
    countries: tuple[str, ...] = ("us",)
    key_id: str = ""
    issuer: str = ""
    private_key: SecretStr | None = None
    reread: int = 14
    since: date | None = None
    feed_url: str = "https://itunes.apple.com"
    url: str = "https://api.appstoreconnect.apple.com"
    private: bool = False

    @contextmanager
    def connect(self) -> Iterator[Http]:
        """Sign a token of 19 minutes where there is a key. Raises ConfigError for one that is none."""
        base, headers, secrets = self.feed_url, {}, []
        if self.private_key:
            claims = {"iss": self.issuer, "aud": "appstoreconnect-v1"}
            pem = self.private_key.get_secret_value()
            secrets = [signed("ES256", pem, claims, 19 * 60, self.key_id), pem, *pem.splitlines()]
            base, headers = self.url, {"authorization": f"Bearer {secrets[0]}"}
        with Http(base, headers, secrets=secrets, private=self.private) as http:
            yield http

    def streams(self, connection: Http) -> Iterable[str]:
        """Name the countries of the feed, or the one stream of App Store Connect."""
        return ("reviews",) if self.private_key else self.countries

    def pull(self, connection: Http, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        """Yield reviews from new to old."""

        def feed(token: Any) -> tuple[list[Entry], Any]:
            page = f"page={token or 1}/id={self.app}/sortby=mostrecent/json"
            said = connection.get(f"{stream}/rss/customerreviews/{page}").json()
            if not isinstance(deep(said, "feed"), dict):
                raise TryAgain("The feed of reviews is none.", after=300)
            found = deep(said, "feed", "entry")
            reviews = [found] if isinstance(found, dict) else some(found)
            wrapped = [{"country": stream, "review": one} for one in reviews if "im:name" not in one]
            read = entries(wrapped, ("review", "id", "label"), ("review", "updated", "label"))
            return read, (token or 1) + 1 if found and (token or 1) < 10 else None

        def api(token: Any) -> tuple[list[Entry], Any]:
            path = f"v1/apps/{self.app}/customerReviews?sort=-createdDate&limit=200&include=response"
            said = connection.get(token or path).json()
            responses = {text(one, "id"): one for one in some(said, "included")}
            to = ("relationships", "response", "data", "id")
            found = listed(said, "data")
            wrapped = [{"review": one, "response": responses.get(text(one, *to))} for one in found]
            read = entries(wrapped, ("review", "id"), ("review", "attributes", "createdDate"))
            following = text(said, "links", "next", longest=5_000)
            return read, connection.same_host(following) if following else None

        fetch, lag = (api, timedelta(days=self.reread)) if self.private_key else (feed, LAG)
        yield from newest_first(stream, cursor, fetch, lag=lag, since=self.since)

    def normalise(self, raw: Raw) -> Iterable[Comment]:
        """Map a review, and the response to it."""
        found = payload(raw)
        review = deep(found, "review")
        said, key = deep(review, "attributes"), text(review, "id")
        if "country" in found:
            names = {"title": "title", "body": "content", "createdDate": "updated", "rating": "im:rating"}
            names["version"] = "im:version"
            said = {name: deep(review, there, "label") for name, there in names.items()}
            said |= {
                "reviewerNickname": deep(review, "author", "name", "label"),
                "territory": found["country"],
            }
            key = text(review, "id", "label")
        shown, title = text(said, "body"), text(said, "title", longest=500)
        if not (key and (shown or title)):
            raise BadRecord("There is no text, or no key.")
        rating = text(said, "rating") or ""
        comments = [
            Comment(
                key=key,
                text=shown or title or "",
                title=title,
                created_at=when(said, "createdDate"),
                author=text(said, "reviewerNickname", longest=200),
                author_key=text(review, "author", "uri", "label", longest=500),
                rating=float(rating) if rating in ("1", "2", "3", "4", "5") else None,
                attributes=kept(said, "territory", "version"),
            )
        ]
        answer = deep(found, "response", "attributes")
        if (words := text(answer, "responseBody")) and (number := text(found, "response", "id")):
            at, state = when(answer, "lastModifiedDate"), kept(answer, "state")
            ours = Comment(key=f"response-{number}", text=words, created_at=at, role="team", attributes=state)
            comments.append(replace(ours, thread=key, reply_to=key))
        return comments

    def rules(self, to: Comment) -> Rules:
        """One response to a review: another one takes its place."""
        return Rules(longest=5_970, note="Shown within a day. It replaces a response that is there already.")

    def send(self, connection: Http, reply: Reply) -> Receipt:
        """Respond once. Raises Unknown, TryAgain, Refused, NotFound, Invalid."""
        if not self.private_key:
            raise Refused("The public feed takes no responses. Give the source a key of App Store Connect.")
        review = {"review": {"data": {"type": "customerReviews", "id": reply.to.key}}}
        data = {"type": "customerReviewResponses", "attributes": {"responseBody": reply.text}}
        sent = connection.send(
            "POST", "v1/customerReviewResponses", {"data": {**data, "relationships": review}}
        )
        if not (number := text(body(sent), "data", "id")):
            raise Unknown("Apple did not say what became of the response.")
        return Receipt(key=f"response-{number}")

    def find_reply(self, connection: Http, reply: Reply) -> Receipt | None:
        """Read the review's one response."""
        answer = connection.get(f"v1/customerReviews/{reply.to.key}/response", ok=(200, 404))
        if answer.status == 404:
            return None
        said = answer.json()
        if not isinstance(said, dict) or "data" not in said:
            raise TryAgain("Apple answers what is no response.", after=300)
        number, words = text(said, "data", "id"), text(said, "data", "attributes", "responseBody") or ""
        return Receipt(key=f"response-{number}") if number and alike(words, reply.text) else None
