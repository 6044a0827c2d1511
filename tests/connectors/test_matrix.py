"""The matrix connector: its mapping, and all it promises against a real Synapse."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import quote

import orjson
import pytest
from pydantic import SecretStr

from curation.connectors.http import patient
from curation.connectors.matrix import Matrix
from curation.errors import BadRecord, Refused, TryAgain
from curation.models import Comment, Deleted, Raw, Reply
from curation.testing.running import Kept, pages, pull
from tests.servers.synapse import V3, Account, Synapse, room, synapse

__all__ = ["synapse"]

MARKER = "a1b2c3d4e5f6g7h8i9j0k1l2m3"
ROOM = "!support:widget.test"


def connector(**more):
    settings = {
        "url": "https://matrix.widget.test",
        "token": SecretStr("hush"),
        "team": ("@lea:widget.test",),
    }
    return Matrix(**{**settings, **more})


def event(content, **more):
    said = {"event_id": "$one", "type": "m.room.message", "sender": "@ana:widget.test", "content": content}
    return {**said, "origin_server_ts": 1764000000123, "redacted": False, "edit": None, **more}


def mapped(found, *, own=False, root=None, room=ROOM):
    value = {"room": room, "own": own, "root": root, "event": found}
    return list(connector().normalise(Raw(key="$one", payload=json.dumps(value))))


def test_a_message():
    (comment,) = mapped(event({"msgtype": "m.text", "body": "The lamp flickers."}))
    assert comment == Comment(
        key="$one",
        text="The lamp flickers.",
        created_at=datetime(2025, 11, 24, 16, 0, 0, 123000, UTC),
        author="ana",
        author_key="@ana:widget.test",
        thread="$one",
        url="https://matrix.to/#/!support:widget.test/$one",
        attributes={"room": ROOM},
    )


def test_an_answer_loses_the_quotation_and_keeps_its_own_quotes():
    relates = {"m.in_reply_to": {"event_id": "$root"}}
    body = "> <@lea:widget.test> Which lamp?\n> The big one?\n\n> big\nYes."
    (comment,) = mapped(event({"body": body, "m.relates_to": relates}), root="$first")
    assert (comment.text, comment.thread, comment.reply_to) == ("> big\nYes.", "$first", "$root")
    (comment,) = mapped(event({"body": "> big\n\nYes.", "m.relates_to": relates}))
    assert comment.text == "> big\n\nYes."


def test_an_answer_in_a_thread():
    relates = {"rel_type": "m.thread", "event_id": "$root", "m.in_reply_to": {"event_id": "$last"}}
    (comment,) = mapped(event({"body": "And now?", "m.relates_to": relates}))
    assert (comment.thread, comment.reply_to) == ("$root", "$last")
    (comment,) = mapped(event({"body": "And now?", "m.relates_to": {**relates, "is_falling_back": True}}))
    assert (comment.thread, comment.reply_to) == ("$root", "$root")


def test_who_speaks():
    body = {"msgtype": "m.text", "body": "Hello"}
    assert mapped(event(body))[0].role == "customer"
    assert mapped(event(body), own=True)[0].role == "team"
    assert mapped(event(body, sender="@lea:widget.test"))[0].role == "team"
    assert mapped(event({**body, "msgtype": "m.notice"}))[0].role == "automatic"


def test_an_edit_is_what_it_reads_now():
    (comment,) = mapped(event({"body": "Old"}, edit={"msgtype": "m.text", "body": "New"}))
    assert comment.text == "New" and comment.attributes["edited"]


def test_a_redaction_in_every_room_version():
    assert mapped(event({}, type="m.room.redaction", redacts="$gone")) == [Deleted(key="$gone")]
    assert mapped(event({"redacts": "$gone"}, type="m.room.redaction")) == [Deleted(key="$gone")]
    assert mapped(event({}, redacted=True)) == [Deleted(key="$one")]


def test_a_picture_reads_as_its_caption():
    (comment,) = mapped(event({"msgtype": "m.image", "body": "The broken foot", "filename": "foot.png"}))
    assert comment.text == "The broken foot"
    assert comment.attributes == {"room": ROOM, "kind": "m.image", "file": "foot.png"}


def test_html_alone_is_read_too():
    said = "<mx-reply><blockquote>Hi</blockquote></mx-reply><p>One<br>two &amp; three</p>"
    assert mapped(event({"formatted_body": said}))[0].text == "One\ntwo & three"


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (event({}, type="m.room.encrypted"), "encrypted"),
        (event({"body": ""}), "no text"),
        (event({"body": 5.5}), "no text"),
        (event(None), "no text"),
        (event({"body": "x"}, origin_server_ts="1"), "origin_server_ts"),
        (event({"body": "x"}, origin_server_ts=True), "origin_server_ts"),
        (event({"body": "x"}, origin_server_ts=10**30), "origin_server_ts"),
        (event({"body": "x"}, sender=None), "sender"),
        ([], "type"),
        (event({}, type="m.room.redaction"), "redacts"),
    ],
)
def test_what_cannot_be_read_says_why(found, why):
    with pytest.raises(BadRecord, match=why):
        mapped(found)


class Support:
    """A room on a real server, where a customer and our bot are."""

    def __init__(self, synapse: Synapse) -> None:
        if not synapse.accounts:
            cust, bot = synapse.account("cust", admin=True), synapse.account("bot")
            synapse.spare(cust, cust)
            synapse.spare(cust, bot)
        self.server, (self.cust, self.bot) = synapse, synapse.accounts[:2]
        self.room = room(self.cust, self.bot)
        self.matrix = self.connector()

    def connector(self, **more) -> Matrix:
        settings = {"url": self.server.url, "token": SecretStr(self.bot.token), "rooms": (self.room,)}
        return Matrix(**{**settings, "private": True, **more})

    def send(self, reply: Reply):
        with self.matrix.connect() as connection:
            return self.matrix.send(connection, reply)

    def find(self, reply: Reply):
        with self.matrix.connect() as connection:
            return self.matrix.find_reply(connection, reply)

    def comment(self, key: str) -> Comment:
        comment = pull(self.matrix).comments[key]
        return replace(comment, attributes=orjson.loads(orjson.dumps(dict(comment.attributes or {}))))


@pytest.fixture
def support(synapse: Synapse) -> Support:
    return Support(synapse)


def fill(account: Account, place: str, number: int, name: str) -> dict[str, str]:
    return {account.say(place, said): said for said in (f"{name} {n}: é😡" for n in range(number))}


def test_history_then_what_is_new(support):
    said = fill(support.cust, support.room, 130, "first")
    kept = pull(support.matrix, limit=1)
    assert 0 < len(kept.comments) < 130, "one page is not all"
    pull(support.matrix, kept)
    assert kept.texts == said and not kept.refused and not kept.gaps
    cursors = json.dumps(kept.cursors)
    pull(support.matrix, kept)
    assert json.dumps(kept.cursors) == cursors, "nothing was said"
    said |= fill(support.cust, support.room, 3, "then")
    raws = dict(kept.raws)
    pull(support.matrix, kept)
    assert kept.texts == said
    again = pull(support.matrix)
    assert again.texts == said
    assert {key: again.raws[key] for key in raws} == raws, (
        "the same event is the same raw, however it was read"
    )


def test_what_a_limited_sync_leaves_out_is_a_gap_that_is_read(support):
    said = fill(support.cust, support.room, 5, "before")
    kept = pull(support.matrix)
    fresh = fill(support.cust, support.room, 215, "flood")
    old, lost, gone = next(iter(said)), list(fresh)[20], list(fresh)[30]
    with support.matrix.connect() as connection:
        live = Kept(raws=dict(kept.raws), comments=dict(kept.comments), cursors=dict(kept.cursors))
        (page,) = pages(support.matrix, connection, live, 1)
    assert page.gap and page.gap.cursor["until"] == list(said)[-1]
    assert 0 < len(page.raws) <= 100
    support.cust.edit(support.room, lost, "one")
    support.cust.edit(support.room, lost, "two")
    support.cust.redact(support.room, gone)
    support.cust.edit(support.room, old, "three")
    pull(support.matrix, kept)
    assert len(kept.gaps) == 1
    wanted = {**said, **fresh, lost: "two", old: "three"}
    del wanted[gone]
    assert kept.texts == wanted


def test_edits_and_redactions(support):
    edited, gone, others = (support.cust.say(support.room, one) for one in ("edit me", "take me", "mine"))
    kept = pull(support.matrix)
    support.cust.edit(support.room, edited, "edited once")
    support.cust.edit(support.room, edited, "edited twice")
    support.cust.redact(support.room, gone)
    support.bot.edit(support.room, others, "somebody else cannot edit this")
    pull(support.matrix, kept)
    assert kept.texts[edited] == "edited twice" and kept.texts[others] == "mine"
    assert kept.deleted == {gone} and not kept.refused
    anew = pull(support.matrix)
    assert anew.texts.keys() - anew.deleted == {edited, others}
    assert anew.texts[edited] == "edited twice" and anew.texts[others] == "mine"


def test_a_reply_is_sent_once_found_and_comes_back_as_ours(support):
    asked = support.cust.say(support.room, "Is it <b>waterproof</b> & loud?\nAnd heavy?")
    reply = Reply(marker=MARKER, text="Yes & <b>no</b>: 1 < 2\nit's ☕", to=support.comment(asked))
    assert support.find(reply) is None
    receipt = support.send(reply)
    assert support.send(reply).key == receipt.key, "one transaction is one event"
    fill(support.cust, support.room, 20, "later")
    found = support.find(reply)
    assert found.key == receipt.key and abs((found.at - datetime.now(UTC)).total_seconds()) < 60
    kept = pull(support.matrix)
    ours = [one for one in kept.comments.values() if one.role == "team"]
    assert [(one.key, one.text, one.thread, one.reply_to) for one in ours] == [
        (receipt.key, reply.text, asked, asked)
    ]
    content = support.cust.event(support.room, receipt.key)["content"]
    assert content["body"].startswith(
        f"> <{support.cust.user}> Is it <b>waterproof</b> & loud?\n> And heavy?\n\n"
    )
    assert "&lt;b&gt;waterproof" in content["formatted_body"]
    assert content["formatted_body"].endswith(
        "</mx-reply>Yes &amp; &lt;b&gt;no&lt;/b&gt;: 1 &lt; 2<br>it's ☕"
    )
    assert content["m.mentions"] == {"user_ids": [support.cust.user]}
    assert support.find(replace(reply, marker="z" + MARKER[1:])) is None


def test_a_reply_is_rewritten_and_taken_away(support):
    asked = support.cust.say(support.room, "Where is it?")
    reply = Reply(marker="e" + MARKER[1:], text="It comes tomorow.", to=support.comment(asked))
    key = support.send(reply).key
    better = replace(reply, marker=f"{reply.marker}.1", text="> It comes tomorrow.\n<b>Sure</b>.")
    with support.matrix.connect() as connection:
        for _ in range(2):
            support.matrix.change(connection, better, key, gone=False)
        assert pull(support.matrix).comments[key].text == better.text
        assert support.find(reply).key == key
        for _ in range(2):
            support.matrix.change(connection, replace(reply, marker=f"{reply.marker}.2"), key, gone=True)
    assert key in pull(support.matrix).deleted


def test_the_longest_reply_there_may_be_is_taken(support):
    comment = support.comment(support.cust.say(support.room, '&<>"\n' * 400))
    for letter in ("&", "☕", "\n"):
        longest = support.matrix.rules(comment).longest // len(letter.encode())
        text = "a" + letter * (longest - 2) + "b"
        assert support.send(Reply(marker=f"long{ord(letter)}".ljust(26, "x"), text=text, to=comment)).key


def test_conversations_stay_together(support):
    first = support.cust.say(support.room, "It broke.")
    answer = support.send(Reply(marker="c" + MARKER[1:], text="Which one?", to=support.comment(first))).key
    back = support.cust.say(
        support.room, "The red one.", **{"m.relates_to": {"m.in_reply_to": {"event_id": answer}}}
    )
    thread = {"rel_type": "m.thread", "event_id": first, "is_falling_back": True}
    aside = support.cust.say(
        support.room, "Aside", **{"m.relates_to": {**thread, "m.in_reply_to": {"event_id": back}}}
    )
    comments = pull(support.matrix).comments
    assert {one.thread for one in comments.values()} == {first}
    assert comments[back].reply_to == answer and comments[aside].reply_to == first
    inside = support.send(Reply(marker="t" + MARKER[1:], text="I see.", to=support.comment(aside)))
    relates = support.cust.event(support.room, inside.key)["content"]["m.relates_to"]
    assert (relates["rel_type"], relates["event_id"]) == ("m.thread", first)
    assert relates["m.in_reply_to"] == {"event_id": aside}


def test_rooms_by_alias_by_default_and_not_joined(support):
    named = room(support.cust, support.bot, alias=f"help{support.room[1:6].lower()}")
    alias = f"#help{support.room[1:6].lower()}:widget.test"
    closed = room(support.cust)
    with support.matrix.connect() as connection:
        assert list(support.connector(rooms=(alias,)).streams(connection)) == [named]
        assert {named, support.room} <= set(support.connector(rooms=()).streams(connection))
        streams = iter(support.connector(rooms=(closed, support.room)).streams(connection))
        assert next(streams) == support.room
        with pytest.raises(Refused, match="has not joined"):
            next(streams)


def test_a_day_to_begin_at(support):
    support.cust.say(support.room, "today")
    assert len(pull(support.connector(since=datetime.now(UTC).date())).comments) == 1
    assert pull(support.connector(since=datetime(2999, 1, 1, tzinfo=UTC).date())).comments == {}


def test_a_sync_token_the_server_does_not_know(support):
    said = fill(support.cust, support.room, 5, "before")
    kept = pull(support.matrix)
    said |= fill(support.cust, support.room, 120, "after")
    kept.cursors[support.room] = {**kept.cursors[support.room], "since": "of-another-server"}
    pull(support.matrix, kept)
    assert kept.texts == said


def test_encrypted_messages_are_refused_with_a_reason(support):
    secret = {"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "AAAA", "session_id": "s"}
    place = f"{V3}/rooms/{quote(support.room)}/send/m.room.encrypted/e1"
    support.cust.ask("PUT", place, json=secret)
    (why,) = pull(support.matrix).refused.values()
    assert "encrypted" in why


def test_a_wrong_token(support):
    wrong = support.connector(token=SecretStr("hush-wrong"))
    with pytest.raises(Refused, match="401") as raised, wrong.connect() as connection:
        list(wrong.streams(connection))
    assert "hush-wrong" not in str(raised.value)


def test_the_servers_own_limit_says_how_long_to_wait(support):
    """Ten messages at once, then one in five seconds: Synapse's defaults."""
    account = support.server.account("hasty")
    account.ask("POST", f"{V3}/join/{quote(support.room)}", json={})
    matrix = support.connector(token=SecretStr(account.token))
    comment = support.comment(support.cust.say(support.room, "Hello?"))
    replies = [Reply(marker=f"hasty{n:02}".ljust(26, "x"), text=f"Answer {n}", to=comment) for n in range(14)]
    sent, told = [], None
    with matrix.connect() as connection, patient(0.2):
        for reply in replies:
            try:
                sent.append(matrix.send(connection, reply).key)
            except TryAgain as error:
                told = error
                break
        assert told and 0 < told.after <= 10 and "429" in str(told)
        assert len(set(sent)) == len(sent) >= 9
    with matrix.connect() as connection:
        assert matrix.find_reply(connection, replies[len(sent)]) is None, "it was not taken"
        assert matrix.find_reply(connection, replies[0]).key == sent[0]
