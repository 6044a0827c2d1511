"""Reviews of an app in Google Play, over the Android Publisher API v3 (developers.google.com/android-publisher, 2026).

Google lists the reviews of the last week that have a text, in an order it does not promise: each pull reads all of them. The
cursor is {at, begun, next}; `at` is when the last whole pull began, to the hour. Where that is more than a week ago a gap is
told, which nothing can read. An edited review shows while it is in the list; a deleted one does not. A review has one time,
of its last change, and one reply: another takes its place. Proven, `send` too, on a stand-in written after the documentation,
not on Google Play. Google allows 200 lists an hour for an app: pull once an hour.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from pydantic import SecretStr

from curation.connectors import google
from curation.connectors.again import alike
from curation.connectors.http import Http
from curation.connectors.paging import Trail
from curation.connectors.shapes import counted, deep, kept, listed, needed, packed, payload, some, text, when
from curation.errors import BadRecord, Invalid, NotFound, TryAgain
from curation.models import Comment, Cursor, Gap, Page, Raw, Receipt, Reply, Rules

SCOPE = "https://www.googleapis.com/auth/androidpublisher"
WEEK = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class GooglePlay:
    """`package`: the app's name, such as org.example.app. `service_account`: the text of the account's JSON key file."""

    package: str
    service_account: SecretStr
    url: str = "https://androidpublisher.googleapis.com"
    private: bool = False

    @contextmanager
    def connect(self) -> Iterator[Http]:
        """Trade the key for a token of an hour. Raises ConfigError, Refused, TryAgain."""
        account = self.service_account.get_secret_value()
        token = google.service_token(account, SCOPE, self.private)
        base = f"{self.url}/androidpublisher/v3/applications/{quote(self.package, safe='')}"
        headers, secrets = {"authorization": f"Bearer {token}"}, (token, account, *account.split("\\n"))
        with Http(base, headers, secrets=secrets, private=self.private) as http:
            yield http

    def streams(self, connection: Http) -> Iterable[str]:
        """Name the only one."""
        return ("reviews",)

    def pull(self, connection: Http, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        """Yield the whole list of the last week."""
        known, trail = cursor or {}, Trail()
        at, begun, token = known.get("at"), known.get("begun"), known.get("next")
        while True:
            begun = begun or datetime.now(UTC).isoformat()
            try:
                raws, following = _page(connection, token)
            except (Invalid, NotFound):
                if token is None:
                    raise
                begun = token = None
                continue
            trail.met((raw.key for raw in raws), following)
            if following is None:
                break
            yield Page(stream=stream, raws=raws, cursor={"at": at, "begun": begun, "next": following})
            token = following
        passed = datetime.fromisoformat(begun) - datetime.fromisoformat(at) if at else timedelta(0)
        why = f"Google Play shows the last week only, and the last whole pull began on {at}. Pull more often."
        ended = at if at and passed < timedelta(hours=1) else begun
        gap = Gap(why=why) if passed > WEEK else None
        yield Page(stream=stream, raws=raws, cursor={"at": ended, "begun": None, "next": None}, gap=gap)

    def normalise(self, raw: Raw) -> Iterable[Comment]:
        """Map a review, and the reply to it."""
        review = payload(raw)
        key, found = needed(review, "reviewId"), []
        for part in some(review, "comments"):
            user, ours = deep(part, "userComment"), deep(part, "developerComment")
            if words := text(user, "text"):
                title, _, rest = words.rpartition("\t")
                stars, language = deep(user, "starRating"), (text(user, "reviewerLanguage") or "")[:2]
                names = ("appVersionName", "androidOsVersion", "device")
                comment = Comment(
                    key=key,
                    text=rest.strip() or title.strip() or words,
                    title=title.strip()[:500] or None,
                    created_at=_at(user),
                    author=text(review, "authorName", longest=200),
                    url=f"https://play.google.com/store/apps/details?id={self.package}&reviewId={key}",
                    language=language.lower() if language.isalpha() and language.isascii() else None,
                    rating=float(stars) if isinstance(stars, int) and 0 < stars < 6 else None,
                    attributes=kept(user, *names),
                    counts=counted(user),
                )
                found.append(comment)
            if words := text(ours, "text"):
                answer = Comment(key=f"{key}:reply", text=words, created_at=_at(ours), role="team")
                found.append(replace(answer, thread=key, reply_to=key))
        if not found:
            raise BadRecord("There is no text.")
        return found

    def rules(self, to: Comment) -> Rules:
        """One reply to a review: another takes its place."""
        return Rules(longest=350, note="Plain text. It replaces a reply that is there already.")

    def send(self, connection: Http, reply: Reply) -> Receipt:
        """Reply once. Raises Unknown, TryAgain (a quota), Refused, NotFound, Invalid."""
        path = f"reviews/{quote(reply.to.key, safe=':')}:reply"
        sent = connection.send("POST", path, {"replyText": reply.text}, ok=google.ASKED)
        google.taken(sent, "result", "replyText")
        return Receipt(key=f"{reply.to.key}:reply")

    def find_reply(self, connection: Http, reply: Reply) -> Receipt | None:
        """Read the review's one reply."""
        said = google.checked(connection.get(f"reviews/{quote(reply.to.key, safe=':')}", ok=google.ASKED))
        if text(said, "reviewId") != reply.to.key:
            raise TryAgain("Google Play answers what is not the review.", after=300)
        replies = [text(one, "developerComment", "text") or "" for one in some(said, "comments")]
        ours = any(alike(one, reply.text) for one in replies)
        return Receipt(key=f"{reply.to.key}:reply") if ours else None


def _page(connection: Http, token: Any) -> tuple[list[Raw], str | None]:
    params = {"maxResults": 100, "token": token}
    said = google.checked(connection.get("reviews", params, ok=google.ASKED))
    if not isinstance(said, dict):
        raise TryAgain("Google Play answers what is no list.", after=300)
    reviews = listed(said, "reviews") if "reviews" in said else []  # None in a week: the name is left out.
    raws = [packed(one, text(one, "reviewId")) for one in reviews]
    return raws, text(said, "tokenPagination", "nextPageToken", longest=5_000)


def _at(comment: Any) -> datetime:
    seconds = text(comment, "lastModified", "seconds", longest=15) or ""
    return when({"lastModified": int(seconds) if seconds.isdecimal() else None}, "lastModified")
