"""The connector for feeds: mapping, gaps, conditional requests, hostile documents, and a real WordPress's feeds."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from curation.connectors import feeds
from curation.connectors.answers import SETTLED, Answer
from curation.connectors.rss import Rss
from curation.connectors.shapes import packed
from curation.errors import BadRecord, Refused, TribuneError, TryAgain
from curation.models import Comment, Cursor, Gap
from curation.testing import Site, serve
from tests.connectors.stand_ins.rss import Rss as StandIn
from tests.servers.wordpress import (
    Wordpress,
    wordpress,  # noqa: F401 - a fixture
)

RECORDED = Path(__file__).parents[3] / "shared" / "recordings" / "rss-atom"
AT = datetime(2026, 10, 20, 12, tzinfo=UTC)
REVIEW = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:im="http://itunes.apple.com/rss" xml:lang="fr"><title>Reviews</title>
<entry><updated>2026-10-20T05:00:00-07:00</updated><id>1234</id><title>Trop lent</title>
<content type="text">Deux minutes &amp; plus pour &lt;ouvrir&gt;.</content>
<content type="html">&lt;table&gt;&lt;tr&gt;&lt;td&gt;Trop lent&lt;/td&gt;&lt;/tr&gt;&lt;/table&gt;</content>
<im:rating>2</im:rating><im:version>3.1</im:version>
<author><name>Zoé</name><uri>https://store.test/reviews/id9</uri></author>
<link rel="related" href="https://store.test/review/1234"/></entry></feed>"""
DATELESS = """<rss version="2.0"><channel><title>Notes</title>{}</channel></rss>"""


def answer(document: str | bytes, kind: str = "application/xml") -> Answer:
    content = document if isinstance(document, bytes) else document.encode()
    return Answer(200, httpx.Headers({"content-type": kind}), content, httpx.URL("https://site.test/feed"))


def mapped(document: str | bytes, **settings: object) -> list[Comment]:
    source = Rss(**{"url": "https://site.test/feed", **settings})
    found, _ = feeds.read(answer(document))
    return [one for entry in found for one in source.normalise(packed(entry.data, entry.key))]


def test_a_review_is_mapped() -> None:
    (found,) = mapped(REVIEW)
    assert found == Comment(
        key="1234",
        text="Deux minutes & plus pour <ouvrir>.",
        title="Trop lent",
        created_at=AT,
        author="Zoé",
        author_key="https://store.test/reviews/id9",
        language="fr",
        rating=2.0,
        attributes={"im_version": "3.1"},
        url=None,
    )


def test_our_own_authors_are_the_team() -> None:
    assert [one.role for one in mapped(REVIEW, team=("Zoé",))] == ["team"]


def test_a_key_is_the_guid_else_the_link_else_a_sum() -> None:
    said = (
        "<item><guid>g1</guid><link>https://a.test/1</link><title>A</title></item>"
        "<item><link>https://a.test/2</link><title>B</title></item><item><title>C</title></item>"
    )
    first, _ = feeds.read(answer(DATELESS.format(said)))
    again, _ = feeds.read(answer(DATELESS.format("<item><guid>new</guid></item>" + said)))
    keys = [entry.key for entry in first]
    assert keys[:2] == ["g1", "https://a.test/2"]
    assert [entry.key for entry in again][1:] == keys


BOMB = '<!DOCTYPE rss [<!ENTITY a "{}">{}]>' + DATELESS.format("<item><title>&a;</title></item>")


@pytest.mark.parametrize(
    "document",
    [
        BOMB.format("ha" * 10, '<!ENTITY b "&a;&a;&a;&a;">'),
        BOMB.format("x", '<!ENTITY e SYSTEM "file:///etc/hostname">'),
        BOMB.format("ha" * 10, "").encode("utf-16"),
        "<!doctype html><html><title>Sign in</title></html>",
    ],
    ids=["bomb", "file", "utf-16", "page"],
)
def test_what_may_be_a_bomb_or_is_a_page_is_refused(document: str | bytes) -> None:
    with pytest.raises(Refused):
        feeds.read(answer(document))


@pytest.mark.parametrize(
    "document", [REVIEW[:-60], REVIEW[:400], "", "/etc/hostname", "https://site.test/other", "<", "{}", "\0" * 99]
)  # fmt: skip
def test_what_is_no_whole_feed_is_tried_again(document: str) -> None:
    with pytest.raises(TryAgain):
        feeds.read(answer(document))


def test_markup_hostile_or_not_becomes_text() -> None:
    said = "<item><guid>1</guid><pubDate>Tue, 20 Oct 2026 12:00:00 GMT</pubDate><description>{}</description></item>"
    hostile = "&lt;p&gt;Late&lt;script&gt;alert(1)&lt;/script&gt; &lt;b onclick=x&gt;again&lt;/b&gt;&#xD83D;&lt;/p&gt;"
    (found,) = mapped(DATELESS.format(said.format(hostile)))
    assert found.text.startswith("Late again")
    assert "alert" not in found.text
    json.dumps(found.text).encode()


def test_a_malformed_feed_is_read_as_far_as_it_is_whole() -> None:
    (found,) = mapped(DATELESS.format("<item><guid>1</guid><pubDate>2026-10-20T12:00:00Z</pubDate><title>A & B<br></title></item>"))  # fmt: skip
    assert found.text.startswith("A & B")


class Kept:
    def __init__(self, source: Rss) -> None:
        self.source, self.cursor = source, None
        self.comments: dict[str, Comment] = {}
        self.payloads: dict[str, str] = {}
        self.gaps: list[Gap] = []
        self.pages = 0

    def pull(self) -> "Kept":
        self.pages = 0
        with self.source.connect() as connection:
            for page in self.source.pull(connection, "entries", self.cursor):
                self.cursor: Cursor | None = json.loads(json.dumps(page.cursor))
                self.payloads.update((raw.key, raw.payload) for raw in page.raws)
                found = [one for raw in page.raws for one in self.source.normalise(raw)]
                self.comments.update((one.key, one) for one in found)
                self.gaps += [page.gap] if page.gap else []
                self.pages += 1
        return self


@pytest.fixture
def site() -> Iterator[Site]:
    with serve(StandIn()) as site:
        yield site


def kept(site: Site, **more: object) -> Kept:
    return Kept(Rss(**{**site.stand_in.settings(site.base), **more}))


def test_a_feed_that_did_not_change_is_not_sent_again(site: Site) -> None:
    site.stand_in.add("Late", AT)
    got = kept(site).pull()
    assert (got.pages, got.pull().pages) == (1, 0)
    site.stand_in.add("Later", AT + timedelta(hours=1))
    assert len(got.pull().comments) == 2


def test_a_feed_that_moved_on_past_all_that_is_known_is_a_gap(site: Site) -> None:
    site.stand_in.most = 5
    for n in range(5):
        site.stand_in.add(f"Nr {n}", AT + timedelta(minutes=n))
    got = kept(site).pull()
    for n in range(5, 9):
        site.stand_in.add(f"Nr {n}", AT + timedelta(minutes=n))
    assert got.pull().gaps == []
    for n in range(20, 30):
        site.stand_in.add(f"Nr {n}", AT + timedelta(minutes=n))
    (gap,) = got.pull().gaps
    assert "2026-10-20T12:25" in gap.why
    assert gap.cursor is None
    assert got.pull().gaps == [gap]


def test_no_more_pages_are_followed_than_the_settings_allow(site: Site) -> None:
    for n in range(90):
        site.stand_in.add(f"Nr {n}", AT + timedelta(minutes=n))
    assert len(kept(site, pages=2).pull().comments) == 40
    assert len(kept(site).pull().comments) == 90


def test_since_leaves_out_what_is_older(site: Site) -> None:
    for n in range(60):
        site.stand_in.add(f"Nr {n}", AT + timedelta(days=n))
    got = kept(site, since=(AT + timedelta(days=30)).date()).pull()
    assert len(got.comments) == 30


def test_an_entry_without_a_date_keeps_the_time_it_was_first_seen(site: Site) -> None:
    said = ["<item><guid>one</guid><title>First</title></item>"]

    def shown(*_: object) -> tuple[int, dict[str, str], bytes]:
        return 200, {"content-type": "application/rss+xml"}, DATELESS.format("".join(said)).encode()

    site.stand_in.handle = shown
    got = kept(site).pull()
    before = dict(got.payloads)
    said.insert(0, "<item><guid>two</guid><title>Second</title></item>")
    got.pull()
    assert got.payloads["one"] == before["one"]
    assert list(got.comments) == ["one", "two"]
    assert got.comments["two"].created_at > got.comments["one"].created_at


def test_recorded_feeds_are_read_or_refused_with_a_reason() -> None:
    if not RECORDED.exists():
        pytest.skip("the recorded feeds are not here")
    source, count = Rss(url="https://site.test/feed"), 0
    for path in sorted(RECORDED.rglob("*.xml")):
        try:
            found, _ = feeds.read(answer(path.read_bytes()))
        except TribuneError as error:
            assert path.name == "entity_in_doctype.xml", (path, error)
            continue
        for entry in found:
            sight = None if entry.at else AT.isoformat()
            try:
                (one,) = source.normalise(packed({**entry.data, "tribune": sight}, entry.key))
            except BadRecord as error:
                assert str(error) == "The entry has no text.", path
                continue
            assert one.text and one.created_at.tzinfo
            count += 1
    assert count > 50


@pytest.mark.parametrize("path", ["comments/feed/", "comments/feed/atom/"])
def test_a_real_wordpress(wordpress: Wordpress, path: str) -> None:  # noqa: F811
    """Its feeds show ten comments, and answer 304 where nothing changed."""
    wordpress.empty()
    post = wordpress.post()
    wordpress.fill(post, [AT + timedelta(minutes=n) for n in range(8)])
    parent = wordpress.comment(post, "Late <b>again</b>\nand again", date_gmt="2026-10-20T13:00:00")
    got = Kept(Rss(url=f"{wordpress.url}/{path}", private=True, team=("Feedback",))).pull()
    assert len(got.comments) == 9
    newest = max(got.comments.values(), key=lambda one: one.created_at)
    assert (newest.text, newest.author) == ("Late again\nand again", "Ana")
    assert newest.created_at == datetime(2026, 10, 20, 13, tzinfo=UTC)
    assert newest.url and newest.url.endswith(f"#comment-{parent}")
    sent = {"post": post, "parent": parent, "content": "We are sorry."}
    wordpress.call("POST", "comments", "feedback", json=sent).raise_for_status()
    # In the very second in which the post was written, perhaps: its date says nothing then.
    got.pull()
    (ours,) = (one for one in got.comments.values() if one.role == "team")
    assert "We are sorry." in ours.text
    time.sleep(SETTLED.total_seconds() + 1)
    got.pull()
    assert got.pull().pages == 0
    assert got.gaps == []
    wordpress.fill(post, [datetime.now(UTC) + timedelta(minutes=n) for n in range(1, 13)])
    assert len(got.pull().gaps) == 1
