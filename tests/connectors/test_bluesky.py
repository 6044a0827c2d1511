"""Bluesky: the contract against the stand-in, the rules of mapping, and everything again on Bluesky's own servers."""

import dataclasses
import time
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from pydantic import SecretStr

from curation.connectors.atproto import listing, texts
from curation.connectors.atproto.session import Session
from curation.connectors.bluesky import Bluesky
from curation.connectors.checking import problems
from curation.connectors.paging import newest_first
from curation.errors import BadRecord, Invalid, NotFound, Refused, TryAgain, Unknown
from curation.models import Deleted, Raw, Reply, length
from curation.testing import Contract, Kept, pull, serve
from tests.connectors.stand_ins.bluesky import HANDLE, OWN, POST, stamp
from tests.connectors.stand_ins.bluesky import Bluesky as StandIn
from tests.patience import eventually
from tests.servers.bluesky.network import PASSWORD, Network, network, now, started

__all__ = ["network"]

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
ROOT = f"at://{OWN}/{POST}/3lroot2222222"
KEY = f"at://did:plc:ana/{POST}/3lana22222222"
SOURCE = Bluesky(user=HANDLE, password=SecretStr("hush"))


class TestContract(Contract):
    stand_in = StandIn


def view(text="The export crashes.", **record):
    return {
        "uri": KEY,
        "cid": "bafyreiana",
        "author": {"did": "did:plc:ana", "handle": "ana.test", "displayName": "Ana López"},
        "record": {"$type": POST, "text": text, "createdAt": "2026-03-02T08:00:00.000Z", **record},
        "indexedAt": "2026-03-02T08:00:05.000Z",
        "likeCount": 4,
    }


def mapped(shown):
    [comment] = SOURCE.normalise(listing.raw(shown, OWN))
    return comment


def linked(text, shown, address):
    start = text.encode().index(shown.encode())
    feature = {"$type": "app.bsky.richtext.facet#link", "uri": address}
    place = {"byteStart": start, "byteEnd": start + len(shown.encode())}
    return {"text": text, "facets": [{"index": place, "features": [feature]}]}


def test_what_a_post_says():
    root = {"uri": ROOT, "cid": "bafyreiroot"}
    comment = mapped(view(langs=["pt-BR"], reply={"root": root, "parent": root}))
    assert (comment.key, comment.text, comment.language) == (KEY, "The export crashes.", "pt")
    assert (comment.author, comment.author_key, comment.role) == ("Ana López", "did:plc:ana", "customer")
    assert (comment.thread, comment.reply_to, comment.created_at) == (ROOT, ROOT, START)
    assert comment.url == "https://bsky.app/profile/did:plc:ana/post/3lana22222222"
    assert comment.attributes == {"cid": "bafyreiana", "handle": "ana.test", "root_cid": "bafyreiroot"}
    assert comment.counts == {"likes": 4}


def test_every_listing_gives_the_same_raw():
    shown = view()
    told = {**shown, "reason": "mention", "isRead": True, "viewer": {"like": KEY}}
    assert listing.raw(told, OWN) == listing.raw(shown, OWN)


def test_a_time_from_the_future_is_when_it_was_seen():
    assert mapped(view(createdAt="2031-01-01T00:00:00Z")).created_at == START + timedelta(seconds=5)


def test_who_speaks():
    own = view()
    own["author"]["did"], own["uri"] = OWN, KEY.replace("did:plc:ana", OWN)
    assert mapped(own).role == "team"
    colleague = dataclasses.replace(SOURCE, own_accounts=("ana.test",))
    assert next(iter(colleague.normalise(listing.raw(view(), OWN)))).role == "team"
    bot = view()
    bot["author"]["labels"] = [{"val": "bot", "src": "did:plc:ana"}]
    assert mapped(bot).role == "automatic"
    bot["author"]["labels"] = [{"val": "bot", "src": "did:plc:someone"}]
    assert mapped(bot).role == "customer"


@pytest.mark.parametrize(
    "record, expected",
    [
        (linked("😡 see widget.test/a/b… é", "widget.test/a/b…", "https://widget.test/a/bcd"), "😡 see https://widget.test/a/bcd é"),
        (linked("read this é", "this", "https://widget.test/x"), "read this (https://widget.test/x) é"),
        (linked("https://widget.test", "https://widget.test", "https://widget.test"), "https://widget.test"),
        ({"text": "é", "facets": [{"index": {"byteStart": 1, "byteEnd": 2}, "features": [{"uri": "https://x.test"}]}]}, "é"),
        ({"text": "abc", "facets": [{"index": {"byteStart": 2, "byteEnd": 900}, "features": [{"uri": "https://x.test"}]}]}, "abc"),
        ({"text": "abc", "facets": [{"index": {"byteStart": True, "byteEnd": "2"}, "features": 5}, None, 3]}, "abc"),
        ({"text": "abc", "facets": "none"}, "abc"),
    ],
)  # fmt: skip
def test_links_are_whole(record, expected):
    assert texts.readable(record) == expected


def test_what_stands_beside_a_text():
    picture = {"$type": "app.bsky.embed.images", "images": [{"alt": "A torn box"}, {"alt": ""}, 7]}
    comment = mapped(view("", embed=picture))
    assert (comment.text, comment.attributes["images"]) == ("A torn box", ["A torn box"])
    card = {"$type": "app.bsky.embed.external", "external": {"uri": "https://widget.test/x", "title": "X"}}
    quote = {"record": {"record": {"uri": ROOT, "cid": "c"}}, "media": card}
    assert mapped(view(embed=quote)).attributes["quotes"] == ROOT
    assert mapped(view(embed=quote)).attributes["link"] == "https://widget.test/x"


@pytest.mark.parametrize(
    "payload",
    [
        "", "[]", "{", '"x"', '{"uri": 5}', '{"record": {"text": "x"}}',
        orjson.dumps({"uri": KEY, "at": "yesterday", "record": {"text": "x"}}).decode(),
        orjson.dumps({"uri": KEY, "at": "2026-03-02T08:00:00Z", "record": {"text": ["x"], "facets": {}, "embed": 4}}).decode(),
        orjson.dumps({"uri": KEY + "/../x", "at": "2026-03-02T08:00:00Z", "record": {"text": "x"}}).decode(),
    ],
)  # fmt: skip
def test_what_is_no_post_is_parked(payload):
    with pytest.raises(BadRecord):
        list(SOURCE.normalise(Raw(key="x", payload=payload)))


def test_a_deletion_is_mapped():
    raw = Raw(key=f"{KEY}#deleted", payload=orjson.dumps({"deleted": KEY, "cid": "c"}).decode())
    assert list(SOURCE.normalise(raw)) == [Deleted(key=KEY)]


def test_facets_count_bytes():
    text = "Désolé 😡 @Ana.test, @nobody.test: see https://widget.test/é?a=1#b. mail@ana.test"
    found = texts.facets(text, {"ana.test": "did:plc:ana"}.get)
    shown = [text.encode()[one["index"]["byteStart"] : one["index"]["byteEnd"]].decode() for one in found]
    assert shown == ["@Ana.test", "https://widget.test/é?a=1#b"]
    assert [one["features"][0].get("did") or one["features"][0]["uri"] for one in found] == [
        "did:plc:ana",
        "https://widget.test/é?a=1#b",
    ]


def test_a_marker_is_a_record_key_for_good():
    keys = {texts.record_key(f"marker{number}") for number in range(2_000)}
    assert len(keys) == 2_000
    assert all(len(key) == 13 and key[0] in "234567abcdefghij" for key in keys)
    assert texts.record_key("abcdefghijklmnopqrstuvwxyz") == texts.record_key("abcdefghijklmnopqrstuvwxyz")


def test_rules_count_what_a_reader_sees():
    rules = SOURCE.rules(mapped(view()))
    family = "👨‍👩‍👧‍👦" * 300
    assert length(family, rules.unit) == 300
    assert not problems(rules, family, mapped(view()), START)
    assert [one.kind for one in problems(rules, family + "a", mapped(view()), START)] == ["long"]


def test_expired_tokens_are_renewed():
    stand_in = StandIn()
    key = stand_in.add("The export crashes.", START)
    with serve(stand_in) as site:
        source = Bluesky(**stand_in.settings(site.base))
        with source.connect() as session:
            stand_in.expire()
            kept = Kept()
            for page in source.pull(session, listing.ADDRESSED, None):
                kept.land(source, page)
            reply = Reply(marker="m" * 26, text="Sorry!", to=kept.comments[key])
            stand_in.expire()
            source.send(session, reply)
    assert (stand_in.signs_in, stand_in.refreshes, len(stand_in.posted())) == (1, 2, 1)


def test_an_edit_or_a_deletion_long_after_is_seen_once():
    stand_in = StandIn()
    keys = [stand_in.add(f"No. {n}", START + timedelta(days=n)) for n in range(50)]
    with serve(stand_in) as site:
        source = Bluesky(**stand_in.settings(site.base))
        kept = pull(source)
        stand_in.edit(keys[3], "I was wrong.")
        stand_in.delete(keys[4])
        pull(source, kept)
        assert (kept.comments[keys[3]].text, kept.deleted) == ("I was wrong.", {keys[4]})
        raws, asked = dict(kept.raws), len(site.asked)
        pull(source, kept)
    assert kept.raws == raws
    assert len(site.asked) - asked < 60


def test_posts_of_one_moment_are_not_lost_between_pages():
    stand_in = StandIn()
    keys = {stand_in.add(f"No. {n}", START + timedelta(seconds=n // 3)) for n in range(65)}
    with serve(stand_in) as site:
        kept = pull(Bluesky(**stand_in.settings(site.base)))
    assert kept.comments.keys() == keys


def test_pages_of_likes_alone_end_nothing():
    pages = {
        None: {"notifications": [{"reason": "like"}], "cursor": "2026-03-02T09:00:00.000Z"},
        "2026-03-02T09:00:00.001Z": {"notifications": [], "cursor": "2026-03-02T08:30:00.000Z"},
        "2026-03-02T08:30:00.001Z": {"notifications": [{**view(), "reason": "reply"}]},
    }

    class Likes(StandIn):
        def _list_notifications(self, query):
            return 200, {"content-type": "application/json"}, orjson.dumps(pages[query.get("cursor")])

    stand_in = Likes()
    with serve(stand_in) as site:
        source = Bluesky(**stand_in.settings(site.base))
        with source.connect() as session:
            found = list(source.pull(session, listing.ADDRESSED, None))
            assert [raw.key for page in found for raw in page.raws] == [KEY]
            # What was liked since moves the end of the next walk, so that it does not begin with the first like of all.
            assert found[-1].cursor["until"] == "2026-03-02T09:00:00+00:00"


def test_an_author_who_takes_no_replies():
    stand_in = StandIn()
    key = stand_in.add("The export crashes.", START)
    stand_in.views[key]["viewer"] = {"replyDisabled": True}
    with serve(stand_in) as site:
        source = Bluesky(**stand_in.settings(site.base))
        reply = Reply(marker="m" * 26, text="Sorry!", to=pull(source).comments[key])
        with source.connect() as session:
            with pytest.raises(Invalid, match="does not let"):
                source.send(session, reply)
            stand_in.delete(key)
            with pytest.raises(NotFound, match="gone"):
                source.send(session, reply)


# What follows runs on Bluesky's own servers.


@pytest.fixture
def people(network: Network):
    """A brand, its connector, and a customer; new ones for each test."""
    number = str(time.monotonic_ns())[-8:]
    brand, ana = network.account(f"shop{number}"), network.account(f"ana{number}")
    source = Bluesky(
        user=brand.handle,
        password=SecretStr(brand.app_password),
        search=(f"Zephyr{number}",),
        url=network.url,
        private=True,
    )
    return brand, ana, source


def shown(source, kept, *keys):
    """Pull until all of `keys` are there."""
    return eventually(lambda: kept if pull(source, kept).comments.keys() >= set(keys) else None)


@pytest.mark.channels
def test_real_mentions_replies_quotes_threads_and_searches(people):
    brand, ana, source = people
    [word] = source.search
    root = brand.post("We have something new.")
    mention = ana.mention(brand, "the 😡 export crashes")
    reply = ana.post("When does it come?", to=root)
    quoted = {"$type": "app.bsky.embed.record", "record": {"uri": root["uri"], "cid": root["cid"]}}
    quote = ana.post("Look at this", embed=quoted)
    deeper = ana.post("And for how much?", to=reply)
    heard = ana.post(f"Has anyone tried {word}?")
    ana.post("About something else.")
    kept = Kept()
    keys = [one["uri"] for one in (root, mention, reply, quote, deeper, heard)]
    shown(source, kept, *keys)
    assert sorted(kept.comments) == sorted(keys)
    assert kept.comments[mention["uri"]].text == f"@{brand.handle} the 😡 export crashes"
    assert {key for key, one in kept.comments.items() if one.role == "team"} == {root["uri"]}
    assert kept.comments[deeper["uri"]].thread == root["uri"]
    assert kept.comments[deeper["uri"]].reply_to == reply["uri"]
    assert kept.comments[quote["uri"]].attributes["quotes"] == root["uri"]
    raws, cursors = dict(kept.raws), kept.cursors
    pull(source, kept)
    assert (kept.raws, kept.cursors) == (raws, cursors)
    again = pull(source).raws
    assert again == raws


@pytest.mark.channels
def test_real_edits_and_deletions(people):
    brand, ana, source = people
    [word] = source.search
    root = brand.post("We have something new.")
    heard = ana.post(f"{word} is bad")
    reply = ana.post("I do not like it.", to=root)
    kept = shown(source, Kept(), heard["uri"], reply["uri"])
    ana.edit(heard["uri"], "It is good after all")
    ana.delete(reply["uri"])
    eventually(
        lambda: pull(source, kept).deleted and kept.comments[heard["uri"]].text == "It is good after all"
    )
    assert kept.deleted == {reply["uri"]}
    raws = dict(kept.raws)
    assert pull(source, kept).raws == raws


@pytest.mark.channels
def test_real_blocks_hide_and_do_not_delete(people):
    brand, ana, source = people
    mention = ana.mention(brand, "hello")
    kept = shown(source, Kept(), mention["uri"])
    block = {"$type": "app.bsky.graph.block", "subject": ana.did, "createdAt": now()}
    value = {"repo": brand.did, "collection": "app.bsky.graph.block", "record": block}
    brand.call("com.atproto.repo.createRecord", value)
    eventually(lambda: not brand.call("app.bsky.feed.getPosts", uris=mention["uri"])["posts"])
    assert not pull(source, kept).deleted


@pytest.mark.channels
def test_real_replies_are_there_once(people):
    brand, ana, source = people
    mention = ana.mention(brand, "the export crashes")
    kept = shown(source, Kept(), mention["uri"])
    text = f"Désolé @{ana.handle} 😡 see https://widget.test/fix"
    reply = Reply(marker="q" * 26, text=text, to=kept.comments[mention["uri"]])
    with source.connect() as session:
        assert source.find_reply(session, reply) is None
        receipt = source.send(session, reply)
        assert source.send(session, reply).key == receipt.key
        assert source.find_reply(session, reply).key == receipt.key
        # Beside another sender, which looked before the first one had written:
        record = {"$type": POST, "text": "twice", "createdAt": now()}
        place = {"repo": brand.did, "collection": POST, "rkey": texts.record_key(reply.marker)}
        with pytest.raises(Unknown):
            session.write("com.atproto.repo.createRecord", {**place, "record": record})
    shown(source, kept, receipt.key)
    back = kept.comments[receipt.key]
    assert (back.role, back.text, back.reply_to) == ("team", text, mention["uri"])
    own = brand.call("com.atproto.repo.listRecords", repo=brand.did, collection=POST)["records"]
    assert [one["uri"] for one in own] == [receipt.key]
    facets = own[0]["value"]["facets"]
    assert [one["features"][0].get("did") for one in facets] == [ana.did, None]
    told = eventually(lambda: ana.call("app.bsky.notification.listNotifications")["notifications"])
    assert {one["uri"] for one in told} == {receipt.key}


@pytest.mark.channels
def test_real_refusals(people):
    brand, ana, source = people
    closed = ana.mention(brand, "no replies, please")
    gate = {"$type": "app.bsky.feed.threadgate", "post": closed["uri"], "allow": [], "createdAt": now()}
    place = {
        "repo": ana.did,
        "collection": "app.bsky.feed.threadgate",
        "rkey": closed["uri"].rpartition("/")[2],
    }
    ana.call("com.atproto.repo.createRecord", {**place, "record": gate})
    kept = shown(source, Kept(), closed["uri"])
    to = kept.comments[closed["uri"]]
    eventually(
        lambda: brand.call("app.bsky.feed.getPosts", uris=to.key)["posts"][0]["viewer"].get("replyDisabled")
    )
    with source.connect() as session, pytest.raises(Invalid, match="does not let"):
        source.send(session, Reply(marker="c" * 26, text="Sorry!", to=to))
    free = ana.mention(brand, "reply, please")
    shown(source, kept, free["uri"])
    long = Reply(marker="l" * 26, text="x" * 301, to=kept.comments[free["uri"]])
    with source.connect() as session, pytest.raises(Invalid, match="300"):
        source.send(session, long)
    ana.delete(free["uri"])
    eventually(lambda: not brand.call("app.bsky.feed.getPosts", uris=free["uri"])["posts"])
    with source.connect() as session, pytest.raises(NotFound):
        source.send(session, dataclasses.replace(long, text="Sorry!"))
    wrong = dataclasses.replace(source, password=SecretStr("wrong-pass-word"))
    with pytest.raises(Refused) as refused, wrong.connect():
        pass
    assert "wrong-pass-word" not in str(refused.value)


@pytest.mark.channels
def test_real_tokens_are_renewed(people):
    brand, _, source = people
    with source.connect() as session:
        before = session.renewal
        session.http.headers = {"authorization": "Bearer expired"}
        assert session.read("com.atproto.server.getSession")["did"] == brand.did
        assert session.renewal != before
        # A refresh token that is no good either: sign in again.
        session.renewal, session.http.headers = "used", {"authorization": "Bearer expired"}
        assert session.read("com.atproto.server.getSession")["did"] == brand.did


@pytest.mark.channels
def test_real_posts_of_one_moment_are_not_lost_between_pages(people):
    brand, ana, source = people
    at = stamp(datetime.now(UTC))
    keys = {
        ana.mention(brand, f"No. {number}", createdAt=at if number % 5 else now())["uri"]
        for number in range(10)
    }
    asked = {"reasons": ["mention"], "limit": 9}
    eventually(lambda: len(brand.call("app.bsky.notification.listNotifications")["notifications"]) == 10)

    def walk(session: Session) -> set[str]:
        fetch = listing.pages(session, "app.bsky.notification.listNotifications", "notifications", asked)
        return {
            raw.key for page in newest_first("s", None, fetch, lag=timedelta(hours=1)) for raw in page.raws
        }

    with source.connect() as session:
        first = session.read("app.bsky.notification.listNotifications", **asked)
        rest = session.read("app.bsky.notification.listNotifications", **asked, cursor=first["cursor"])
        assert len(first["notifications"]) + len(rest["notifications"]) < 10, (
            "the server has mended its cursor"
        )
        assert walk(session) - {""} == keys


@pytest.mark.channels
@pytest.mark.usefixtures("network")
def test_real_limits_are_waited_for():
    for limited in started(rate_limits=True):
        account = limited.account("limited-shop")
        source = Bluesky(user=account.handle, password=SecretStr(PASSWORD), url=limited.url, private=True)
        with source.connect() as session:
            session.read("com.atproto.server.getSession")
            assert session.http.budget.limit == 3000
        with pytest.raises(TryAgain, match="429") as asked:
            for _ in range(31):
                with source.connect():
                    pass
        assert asked.value.after > 60
