"""The connector for WordPress: its rules of mapping, and everything else against a real WordPress."""

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from curation.connectors.wordpress import Wordpress
from curation.errors import BadRecord, Invalid, NotFound, Refused
from curation.models import Comment, Cursor, Deleted, Raw, Reply
from tests.servers.wordpress import Wordpress as Site
from tests.servers.wordpress import wordpress  # noqa: F401 - a fixture

MARKER = "abcdefghijklmnopqrstuvwx01"
AT = datetime(2026, 10, 20, 12, tzinfo=UTC)
WHOLE = {
    "id": 12,
    "post": 3,
    "parent": 0,
    "author": 0,
    "author_name": "L&#8217;Ami",
    "author_email": "Ami@post.test",
    "date_gmt": "2026-10-20T12:00:00",
    "content": {"raw": 'Late <b>again</b>, 3 &lt; 4\r\nsee <a href="https://a.test">this</a>'},
    "link": "https://site.test/widget/#comment-12",
    "status": "hold",
    "tribune": {"me": 7, "root": "12"},
}


def connector(**more: object) -> Wordpress:
    settings = {"url": "https://site.test", "user": "feedback", "password": SecretStr("hush"), **more}
    return Wordpress(**settings)


def mapped(**changed: object) -> Comment | Deleted:
    (found,) = connector().normalise(Raw(key="12", payload=json.dumps({**WHOLE, **changed})))
    return found


def test_a_comment_is_mapped() -> None:
    found = mapped()
    assert isinstance(found, Comment)
    assert found == Comment(
        key="12",
        text="Late again, 3 < 4\nsee this",
        created_at=AT,
        author="L’Ami",
        author_key="ami@post.test",
        thread="12",
        url="https://site.test/widget/#comment-12",
        attributes={"post": 3, "status": "hold"},
    )


def test_replies_name_whom_they_answer_and_their_root() -> None:
    found = mapped(parent=9, author=7, tribune={"me": 7, "root": "4"})
    assert isinstance(found, Comment)
    assert (found.reply_to, found.thread, found.role, found.author_key) == ("9", "4", "team", "user 7")


def test_users_of_the_site_are_customers_unless_the_settings_say_otherwise() -> None:
    raw = Raw(key="12", payload=json.dumps({**WHOLE, "author": 8}))
    roles = [one.role for settings in ({}, {"team": (8,)}) for one in connector(**settings).normalise(raw)]
    assert roles == ["customer", "team"]


@pytest.mark.parametrize(
    "changed", [{"content": {}}, {"content": None}, {"content": {"raw": " <p></p>"}}, {"id": None}]
    + [{"date_gmt": odd} for odd in (None, "-0001-11-30T00:00:00", [], "soon")],
)  # fmt: skip
def test_what_is_no_comment_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises(BadRecord):
        mapped(**changed)


@pytest.fixture
def site(wordpress: Site) -> Site:  # noqa: F811
    wordpress.empty()
    return wordpress


def of(site: Site, user: str = "feedback", **more: object) -> Wordpress:
    secret = SecretStr(site.passwords[user])
    return Wordpress(**{"url": site.url, "user": user, "password": secret, "private": True, **more})


class Kept:
    """What a store would hold of a source: comments by key, and the cursor."""

    def __init__(self, source: Wordpress) -> None:
        self.source, self.cursor = source, None
        self.comments: dict[str, Comment] = {}
        self.gone: set[str] = set()
        self.raws = 0

    def pull(self, pages: int | None = None) -> "Kept":
        with self.source.connect() as connection:
            for number, page in enumerate(self.source.pull(connection, "comments", self.cursor), 1):
                self._land(page.raws)
                self.cursor: Cursor | None = json.loads(json.dumps(page.cursor))
                assert page.gap is None
                if number == pages:
                    break
        return self

    def _land(self, raws: list[Raw]) -> None:
        self.raws += len(raws)
        for raw in raws:
            for found in self.source.normalise(raw):
                if isinstance(found, Comment):
                    self.comments[found.key] = found
                    self.gone.discard(found.key)
                elif isinstance(found, Deleted):
                    self.gone.add(found.key)


def reply(kept: Kept, key: int, text: str) -> Reply:
    return Reply(marker=MARKER, text=text, to=kept.comments[str(key)])


def test_every_page_is_read_and_a_broken_walk_goes_on(site: Site) -> None:
    post = site.post()
    site.fill(post, [AT + timedelta(minutes=n) for n in range(250)])
    kept = Kept(of(site)).pull(pages=1)
    assert len(kept.comments) == 100
    assert len(kept.pull().comments) == 250
    site.comment(post, "One more", date_gmt=f"{AT + timedelta(hours=6):%Y-%m-%dT%H:%M:%S}")
    assert len(kept.pull().comments) == 251


def test_more_comments_of_one_second_than_a_page_holds(site: Site) -> None:
    site.fill(site.post(), [AT] * 230)
    kept = Kept(of(site)).pull(pages=2)
    assert len(kept.pull().comments) == 230


def test_the_hour_that_comes_twice_is_read_whole(site: Site) -> None:
    """Paris puts its clock back on 25 October 2026 at 01:00 UTC, and WordPress compares local times."""
    begin = datetime(2026, 10, 24, 23, 30, tzinfo=UTC)
    site.fill(site.post(), [begin + timedelta(seconds=20 * n) for n in range(600)])
    assert len(Kept(of(site)).pull().comments) == 600


def test_a_date_to_come_hides_nothing(site: Site) -> None:
    post = site.post()
    site.comment(post, "From tomorrow", date_gmt=f"{datetime.now(UTC) + timedelta(days=9):%Y-%m-%dT%H:%M:%S}")
    kept = Kept(of(site)).pull()
    key = site.comment(post, "From today")
    assert str(key) in kept.pull().comments


def test_since_leaves_out_what_is_older(site: Site) -> None:
    site.fill(site.post(), [AT, AT + timedelta(days=2)])
    kept = Kept(of(site, since=(AT + timedelta(days=1)).date())).pull()
    assert [one.created_at for one in kept.comments.values()] == [AT + timedelta(days=2)]


def test_threads_are_found_to_their_root(site: Site) -> None:
    post = site.post()
    first = site.comment(post, "First", date_gmt="2026-01-01T00:00:00")
    second = site.comment(post, "Second", parent=first, date_gmt="2026-02-01T00:00:00")
    third = site.comment(post, "Third", parent=second, date_gmt="2026-11-01T00:00:00")
    kept = Kept(of(site, since=datetime(2026, 10, 1, tzinfo=UTC).date())).pull()
    assert [(one.key, one.reply_to, one.thread) for one in kept.comments.values()] == [
        (str(third), str(second), str(first))
    ]


def test_held_comments_are_read_and_their_approval_is_seen(site: Site) -> None:
    key = site.comment(site.post(), "May I?", status="hold")
    kept = Kept(of(site)).pull()
    assert kept.comments[str(key)].attributes["status"] == "hold"
    site.call("POST", f"comments/{key}", json={"status": "approved"})
    assert kept.pull().comments[str(key)].attributes["status"] == "approved"


def test_who_may_not_edit_the_post_is_shown_no_held_comment_and_no_error(site: Site) -> None:
    post = site.post()
    site.comment(post, "May I?", status="hold")
    key = site.comment(post, "Here I am")
    assert list(Kept(of(site, "reader")).pull().comments) == [str(key)]


def test_edits_and_deletions_are_seen(site: Site) -> None:
    post = site.post()
    site.fill(post, [AT - timedelta(days=n) for n in range(1, 120)])
    edited, trashed, forced, spam = (
        site.comment(post, f"Comment {n}", date_gmt=f"2026-10-{n}T08:00:00") for n in range(10, 14)
    )
    kept = Kept(of(site)).pull()
    site.call("POST", f"comments/{edited}", json={"content": "Changed"}).raise_for_status()
    site.call("DELETE", f"comments/{trashed}").raise_for_status()
    site.call("DELETE", f"comments/{forced}", params={"force": True}).raise_for_status()
    site.call("POST", f"comments/{spam}", json={"status": "spam"}).raise_for_status()
    assert site.call("GET", f"comments/{forced}").status_code == 404
    kept.pull()
    assert kept.comments[str(edited)].text == "Changed"
    assert kept.gone == {str(trashed), str(forced), str(spam)}
    site.call("POST", f"comments/{trashed}", json={"status": "approved"}).raise_for_status()
    assert kept.pull().gone == {str(forced), str(spam)}


def test_a_reply_is_sent_found_and_comes_back(site: Site) -> None:
    key = site.comment(site.post(), "Where is it?")
    source = of(site)
    kept = Kept(source).pull()
    text = "Sorry & <b>thanks</b>: 1 < 2, it's on its way ☕ https://a.test\n<script>alert(1)</script>"
    asked = reply(kept, key, text)
    with source.connect() as connection:
        assert source.find_reply(connection, asked) is None
        receipt = source.send(connection, asked)
        assert source.find_reply(connection, asked) == replace(receipt, at=None)
        assert source.send(connection, replace(asked, marker=MARKER[::-1])).key == receipt.key, (
            "409, told as it is"
        )
        back = kept.pull().comments[receipt.key]
        assert (back.text, back.role, back.reply_to, back.thread) == (text, "team", str(key), str(key))
        shown = site.call("GET", f"comments/{receipt.key}").json()["content"]["rendered"]
        assert "<script" not in shown
        assert "&lt;b&gt;" in shown
        site.change(receipt.key, "A colleague mended it")
        assert source.find_reply(connection, asked) == replace(receipt, at=None), "by its marker"
        site.call("DELETE", f"comments/{receipt.key}").raise_for_status()
        assert source.find_reply(connection, asked) == replace(receipt, at=None), "in the trash"


def test_a_reply_is_rewritten_and_taken_away(site: Site) -> None:
    key = site.comment(site.post(), "Where is it?")
    source = of(site)
    kept = Kept(source).pull()
    asked = reply(kept, key, "It comes tomorow.")
    with source.connect() as connection:
        receipt = source.send(connection, asked)
        better = replace(asked, text="It comes <b>tomorrow</b>\n& not later.")
        for _ in range(2):
            source.change(connection, better, receipt.key, gone=False)
        assert kept.pull().comments[receipt.key].text == better.text
        for _ in range(2):
            source.change(connection, asked, receipt.key, gone=True)
    assert receipt.key in kept.pull().gone


def test_a_reply_is_not_sent_where_it_cannot_stand(site: Site) -> None:
    post = site.post()
    key, closed = site.comment(post, "Hello?"), site.comment(post, "And here?")
    source = of(site)
    kept = Kept(source).pull()
    site.call("DELETE", f"comments/{key}").raise_for_status()
    site.call("POST", f"posts/{post}", json={"comment_status": "closed"}).raise_for_status()
    with source.connect() as connection:
        with pytest.raises(NotFound):
            source.send(connection, reply(kept, key, "Hello."))
        with pytest.raises(Invalid):
            source.send(connection, reply(kept, closed, "Here."))


def refused(source: Wordpress) -> str:
    with pytest.raises(Refused) as raised:
        Kept(source).pull()
    return str(raised.value)


def test_a_wrong_password_and_a_role_without_the_right_are_refused(site: Site) -> None:
    secret = "wrong and hush"
    said = refused(of(site, password=SecretStr(secret)))
    assert "401" in said
    assert secret not in said
    assert base64.b64encode(f"feedback:{secret}".encode()).decode() not in said
    assert "403" in refused(of(site, "answers"))


def test_an_address_that_is_no_wordpress_says_so(site: Site) -> None:
    with pytest.raises((NotFound, Refused)):
        Kept(of(site, url=f"{site.url}/nowhere")).pull()
