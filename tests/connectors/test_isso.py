"""The isso connector: its mapping, and all it promises against a real Isso."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import orjson
import pytest

from curation.connectors.isso import Isso
from curation.errors import BadRecord, Invalid, Refused, TryAgain
from curation.models import Comment, Deleted, Raw, Reply
from curation.testing.running import pull
from curation.testing.serving import serve
from tests.connectors.stand_ins.isso import Isso as StandIn
from tests.servers import isso as servers
from tests.servers.isso import isso

__all__ = ["isso"]

START = datetime(2026, 11, 1, tzinfo=UTC)
MARKER = "a1b2c3d4e5f6g7h8i9j0k1l2m3"
EMAIL = "replies-7f3a@widget.test"
URI = "/blog/lamps/?page=1&x=é"
SETTINGS = {"uris": (URI,), "site": "https://widget.test", "name": "Widget & Co", "email": EMAIL}


def mapped(**more):
    found = {
        "id": 7,
        "parent": None,
        "mode": 1,
        "text": "It *flickers*.",
        "author": "Ana &amp; Bo",
        "uri": "/lamp/",
    }
    found |= {
        "website": None,
        "created": 1764000000.25,
        "modified": None,
        "likes": 2,
        "dislikes": 0,
        "hash": "ab",
    }
    raw = Raw(key="7", payload=json.dumps({**found, **more}))
    return list(Isso(url="https://isso.widget.test", **SETTINGS).normalise(raw))


def test_a_comment():
    assert mapped() == [
        Comment(
            key="7",
            text="It *flickers*.",
            created_at=datetime(2025, 11, 24, 16, 0, 0, 250000, UTC),
            author="Ana & Bo",
            author_key="ab",
            thread="7",
            url="https://widget.test/lamp/#isso-7",
            attributes={"uri": "/lamp/"},
            counts={"likes": 2},
        )
    ]


def test_an_answer_an_anonymous_one_and_a_deleted_one():
    (comment,) = mapped(parent=3, author=None)
    assert (comment.thread, comment.reply_to, comment.author) == ("3", "3", None)
    assert mapped(mode=4, text="") == [Deleted(key="7")]


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"text": " "}, "no text"),
        ({"text": {"a": 1}}, "no text"),
        ({"id": None}, "no id"),
        ({"created": None}, "created"),
        ({"created": True}, "created"),
        ({"created": 1e300}, "created"),
    ],
)
def test_what_cannot_be_read_says_why(more, why):
    with pytest.raises(BadRecord, match=why):
        mapped(**more)


def connector(server: servers.Isso, **more) -> Isso:
    return Isso(**{"url": server.url, **SETTINGS, "private": True, **more})


def comment(made: Isso, number: int) -> Comment:
    found = pull(made).comments[str(number)]
    return replace(found, attributes=orjson.loads(orjson.dumps(dict(found.attributes or {}))))


def send(made: Isso, reply: Reply):
    with made.connect() as connection:
        return made.send(connection, reply)


def find(made: Isso, reply: Reply):
    with made.connect() as connection:
        return made.find_reply(connection, reply)


def test_all_pages_of_comments_and_answers(isso):
    said = {}
    for number in range(105):
        said[isso.say(URI, f"First {number}: é😡 <b>x</b> [link](https://widget.test/a)")] = None
    first = next(iter(said))
    for number in range(110):
        said[isso.say(URI, f"Answer {number}", "bo", parent=first)] = first
    isso.say("/other/", "On another page")
    made = connector(isso)
    kept = pull(made, limit=1)
    assert 0 < len(kept.comments) < len(said), "one page is not all"
    pull(made, kept)
    assert kept.comments.keys() == {str(one) for one in said} and not kept.refused and not kept.deleted
    assert all(kept.comments[str(one)].reply_to == (above and str(above)) for one, above in said.items())
    assert kept.comments[str(first)].text == "First 0: é😡 <b>x</b> [link](https://widget.test/a)"
    late = isso.say(URI, "A late answer to the oldest", parent=first)
    cursors = json.dumps(pull(made, kept).cursors)
    assert kept.comments[str(late)].thread == str(first)
    assert json.dumps(pull(made, kept).cursors) == cursors, "nothing was said"
    assert pull(made).raws == kept.raws


def test_edits_and_deletions(isso):
    edited, gone, above = (isso.say(URI, one) for one in ("edit me", "take me", "take me, I was answered"))
    below = isso.say(URI, "an answer", "bo", parent=above)
    made = connector(isso)
    kept = pull(made)
    isso.edit(edited, "edited")
    isso.delete(gone)
    isso.delete(above)
    pull(made, kept)
    assert kept.texts[str(edited)] == "edited"
    assert kept.deleted == {str(gone), str(above)}
    assert kept.comments[str(below)].thread == str(above) and not kept.refused
    assert pull(made).comments.keys() == {str(edited), str(below)}


@pytest.mark.parametrize("website", ["", "https://widget.test/"])
def test_a_reply_is_found_and_comes_back_as_ours(isso, website):
    made = connector(isso, website=website)
    asked = isso.say(URI, "Is it waterproof?")
    nested = isso.say(URI, "And loud?", "bo", parent=asked)
    reply = Reply(marker=MARKER, text="Yes & <b>no</b>: 1 < 2\n\nit's ☕", to=comment(made, nested))
    assert find(made, reply) is None
    isso.say(URI, reply.text, "mallory", parent=asked)
    assert find(made, reply) is None, "who repeats our words is not us"
    receipt = send(made, reply)
    for number in range(101):
        isso.say(URI, f"Later {number}", parent=asked)
    found = find(made, reply)
    assert found == receipt and receipt.url == f"https://widget.test{URI}#isso-{receipt.key}"
    ours = [one for one in pull(made).comments.values() if one.role == "team"]
    assert [(one.key, one.text, one.thread, one.author) for one in ours] == [
        (receipt.key, reply.text, str(asked), "Widget & Co")
    ]
    other = replace(reply, marker="z" + MARKER[1:])
    assert (find(made, other) is None) == bool(website), "without a website the text is all there is"


def test_the_limit_that_is_a_403_asks_to_wait(isso):
    asked = isso.say(URI, "Hello?")
    isso.stop()
    isso.start(limit=2)
    made = connector(isso)
    to = comment(made, asked)
    send(made, Reply(marker=MARKER, text="One.", to=to))
    second = Reply(marker="b" + MARKER[1:], text="Two.", to=to)
    with pytest.raises(TryAgain) as raised:
        send(made, second)
    assert raised.value.after == 60
    assert find(made, second) is None


def test_what_isso_does_not_take(isso):
    made = connector(isso)
    to = comment(made, isso.say(URI, "Hello?"))
    with pytest.raises(Invalid, match="too short"):
        send(made, Reply(marker=MARKER, text="No", to=to))
    with pytest.raises(Invalid, match="no comment"):
        send(made, Reply(marker=MARKER, text="Hello", to=replace(to, key="../7")))
    with pytest.raises(Refused, match="name and email"):
        send(connector(isso, email=""), Reply(marker=MARKER, text="Hello", to=to))
    longest = made.rules(to).longest
    assert send(made, Reply(marker=MARKER, text="é" * longest, to=to)).key
    with pytest.raises(Invalid, match="too long"):
        send(made, Reply(marker=MARKER, text="é" * (longest + 1), to=to))


def test_a_reply_that_waits_for_approval_is_not_said_to_be_missing(isso):
    asked = isso.say(URI, "Hello?")
    isso.stop()
    isso.start(moderated=True)
    made = connector(isso, moderated=True)
    reply = Reply(marker=MARKER, text="Hello.", to=comment(made, asked))
    assert send(made, reply).key == str(asked + 1)
    with pytest.raises(TryAgain, match="queue"):
        find(made, reply)
    assert pull(made).comments.keys() == {str(asked)}


def test_an_address_with_an_odd_sign_is_still_ours(isso):
    made = connector(isso, email="r&d@widget.test")
    to = comment(made, isso.say(URI, "Hello?"))
    receipt = send(made, Reply(marker=MARKER, text="Hello.", to=to))
    assert pull(made).comments[receipt.key].role == "team"
    shown = httpx.get(isso.url, params={"uri": URI, "parent": to.key}).json()["replies"][0]["hash"]
    other = connector(isso, email="", hashes=(shown,))
    assert pull(other).comments[receipt.key].role == "team"


def test_a_page_nobody_commented_and_a_day_to_begin_at(isso):
    assert pull(connector(isso, uris=("/nothing/",))).comments == {}
    isso.say(URI, "today")
    assert len(pull(connector(isso, since=datetime.now(UTC).date())).comments) == 1
    assert pull(connector(isso, since=datetime(2999, 1, 1, tzinfo=UTC).date())).comments == {}


def test_an_isso_that_knows_no_offset_says_so():
    class Old(StandIn):
        def handle(self, method, path, query, headers, body):
            return super().handle(method, path, {**query, "offset": "0"}, headers, body)

    old = Old()
    with serve(old) as site:
        made = Isso(**old.settings(site.base))
        first = old.add("First", START)
        for number in range(30):
            old.add(f"Answer {number}", START, parent=int(first))
        with pytest.raises(Refused, match="same comments on every page"):
            pull(made)
        old.comments.clear()
        for number in range(30):
            old.add(f"First {number}", START)
        with pytest.raises(Refused, match="same comments on every page"):
            pull(made)
