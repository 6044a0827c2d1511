"""Bluesky over XRPC (docs.bsky.app: app.bsky.*, com.atproto.*), proven on Bluesky's own servers: @atproto/dev-env 0.6.7, `send` too.

Streams: who mentions, answers or quotes the account; its own posts with the threads below them; one for each search. Each goes
from new to old down to its cursor: {until, walk} of `paging.newest_first`, and `kept`, the newest WATCHED posts with their cids.
Read again: 6 hours, of own posts 7 days. Then those kept are looked up: another cid is an edit, one the network has no more a
deletion; older ones are not seen. Never shown: whom the account blocks or mutes, replies it hid, what moderation holds back,
more than 100 levels of a thread. Counts are those last shown. Nothing is marked as seen.
"""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import orjson
from pydantic import SecretStr

from curation.connectors.atproto import listing, texts
from curation.connectors.atproto.session import Session, signed_in
from curation.connectors.atproto.texts import inside
from curation.connectors.paging import newest_first
from curation.connectors.shapes import counted
from curation.errors import BadRecord, Invalid, NotFound
from curation.models import Comment, Cursor, Deleted, Page, Raw, Receipt, Reply, Rules

FEED, POST = "app.bsky.feed", "app.bsky.feed.post"
WATCHED = 400


def _place(connection: Session, reply: Reply) -> dict[str, str]:
    return {"repo": connection.did, "collection": POST, "rkey": texts.record_key(reply.marker)}


def _receipt(connection: Session, reply: Reply, at: datetime | None) -> Receipt:
    did, rkey = connection.did, texts.record_key(reply.marker)
    return Receipt(key=f"at://{did}/{POST}/{rkey}", url=f"https://bsky.app/profile/{did}/post/{rkey}", at=at)


@dataclass(frozen=True, kw_only=True)
class Bluesky:
    """Settings of one account.

    `user`: handle or DID. `password`: an app password. `search`: words to look for besides. `own_accounts`: handles or DIDs that
    speak for the team too. `since`: leave out what is older. `url`: the account's server; `private`: in one's own network.
    """

    user: str
    password: SecretStr
    search: tuple[str, ...] = ()
    own_accounts: tuple[str, ...] = ()
    since: date | None = None
    url: str = "https://bsky.social"
    private: bool = False

    def connect(self) -> AbstractContextManager[Session]:
        """Sign in. Raises Refused (password) or TryAgain."""
        return signed_in(self.url, self.user, self.password.get_secret_value(), self.private)

    def streams(self, connection: Session) -> Iterable[str]:
        """Name what is read: notifications, own posts, and each search."""
        return [listing.ADDRESSED, listing.OWN, *(listing.SEARCH + words for words in self.search)]

    def pull(self, connection: Session, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        """Yield what is new, then what became of the newest posts seen before. Raises TryAgain, Refused."""
        known, fresh = dict(cursor or {}), set[str]()
        kept: dict[str, str] = known.get("kept") or {}
        lag = timedelta(days=7) if stream == listing.OWN else timedelta(hours=6)
        for page in newest_first(
            stream, cursor, listing.fetching(connection, stream), lag=lag, since=self.since
        ):
            raws = [raw for raw in page.raws if raw.key]
            fresh.update(raw.key for raw in raws)
            kept = listing.newest({**kept, **{raw.key: listing.cid(raw) for raw in raws}}, WATCHED)
            if raws or page.gap or {**page.cursor, "kept": kept} != known:
                known = {**page.cursor, "kept": kept}
                yield replace(page, raws=raws, cursor=known)
        for raws, left in listing.changed(connection, kept, fresh):
            yield Page(stream=stream, raws=raws, cursor={**known, "kept": left})

    def normalise(self, raw: Raw) -> Iterable[Comment | Deleted]:
        """Map a post or its deletion. Raises BadRecord."""
        try:
            post = orjson.loads(raw.payload)
            if isinstance(gone := inside(post, "deleted"), str):
                return [Deleted(key=gone)]
        except ValueError as error:
            raise BadRecord(f"This cannot be read: {error}"[:200]) from error
        found, at = texts.address(inside(post, "uri")), texts.when(inside(post, "at"))
        record = inside(post, "record")
        if not found or not at or not isinstance(record, dict):
            raise BadRecord("This is no post: its address, its time or its content is missing.")
        about = texts.beside(post, record)
        text = texts.readable(record) or "\n".join(about.get("images", ())) or about.get("link")
        if not text:
            raise BadRecord("The post has neither a text nor a described picture nor a link.")
        did, handle = found[1], inside(post, "author", "handle")
        team = not {did, str(handle)}.isdisjoint({str(inside(post, "own")), *self.own_accounts})
        comment = Comment(
            key=found[0],
            text=text,
            created_at=at,
            author=texts.words(inside(post, "author", "displayName")) or texts.words(handle) or did,
            author_key=did,
            thread=texts.words(inside(record, "reply", "root", "uri")) or found[0],
            reply_to=texts.words(inside(record, "reply", "parent", "uri")),
            url=f"https://bsky.app/profile/{did}/post/{found[2]}",
            language=texts.language(record),
            role="team" if team else "automatic" if inside(post, "bot") is True else "customer",
            attributes=about,
            counts=counted(post),
        )
        return [comment]

    def rules(self, to: Comment) -> Rules:
        """Say what Bluesky asks of a reply."""
        note = "Handles and whole addresses become links. A post whose author limits replies may refuse it."
        return Rules(longest=300, unit="graphemes", note=note)

    def send(self, connection: Session, reply: Reply) -> Receipt:
        """Post the reply under a key of its own, so that it cannot be there twice."""
        if there := self.find_reply(connection, reply):
            return there
        view = next(
            iter(texts.listed(connection.read(f"{FEED}.getPosts", uris=[reply.to.key]).get("posts"))), None
        )
        parent = {"uri": reply.to.key, "cid": inside(view, "cid")}
        if not parent["cid"]:
            raise NotFound("The post to be answered is gone, or its author has blocked the account.")
        if inside(view, "viewer", "replyDisabled"):
            raise Invalid("The author does not let this account reply to the post. Answer another way.")
        now = datetime.now(UTC)
        record = {
            "$type": POST,
            "text": reply.text,
            "createdAt": texts.stamp(now),
            "reply": {"root": inside(view, "record", "reply", "root") or parent, "parent": parent},
            "facets": texts.facets(reply.text, connection.resolve),
        }
        connection.write("com.atproto.repo.createRecord", {**_place(connection, reply), "record": record})
        return _receipt(connection, reply, now)

    def find_reply(self, connection: Session, reply: Reply) -> Receipt | None:
        """Look under the reply's key in the account's own posts, which its server knows at once."""
        try:
            said = connection.read("com.atproto.repo.getRecord", **_place(connection, reply))
        except NotFound:
            return None
        return _receipt(connection, reply, texts.when(inside(said, "value", "createdAt")))
