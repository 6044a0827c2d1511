"""What needs a member: listed, seen, and told by mail once, through a real mail server."""

import email
import email.policy
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from curation import config, pipeline
from curation.actions import drafts, members, notices, reviews, triaging
from curation.api import opened
from curation.api.serving import _socket
from curation.client import Client
from curation.config.signing_in import SignIn
from curation.errors import ConfigError, Invalid, Refused, Stale
from curation.models import LOCAL, PERMISSIONS, Who
from curation.pipeline.letters import shown, written
from curation.store import Store, comments
from tests.conftest import land, notice
from tests.servers.dovecot import dovecot
from tests.servers.exim import Exim, exim

__all__ = ["dovecot", "exim"]

PARIS = ZoneInfo("Europe/Paris")


def member(name: str, *permissions: str) -> Who:
    return Who(name=name, permissions=frozenset(permissions or set(PERMISSIONS) - {"feed"}))


ANA, BO = member("ana@post.test"), member("bo@post.test")


@pytest.fixture
def team(home: Any) -> Iterator[tuple[Client, Store]]:
    """Two members, a customer's question, and a client of the flows."""
    with opened(config.load()) as served, _socket(served) as client, client:
        land(served.store, [notice("q", "Where is\nmy \u202eparcel?", author="Cleo")])
        for who in (ANA, BO):
            members.add(served.store, LOCAL, who.name, ["reviewer"])
        yield client, served.store


def asked(store: Store, text: str = "Soon.") -> dict[str, Any]:
    row = drafts.save(store, ANA, 1, text, 0)
    return reviews.ask(store, ANA, row["marker"], row["version"])


def thread(store: Store) -> int:
    return int(comments.get(store, 1)["thread_id"])


def kinds(store: Store, who: Who) -> list[str]:
    return [row["kind"] for row in notices.listed(store, who)]


def test_what_needs_a_member_is_listed_with_why(team: Any) -> None:
    _, store = team
    row = asked(store)
    triaging.add_note(store, ANA, thread(store), "@bo please look")
    triaging.assign(store, ANA, thread(store), BO.name)
    assert sorted(kinds(store, BO)) == ["assigned", "mention", "review"]
    assert kinds(store, ANA) == []
    found = {one["kind"]: one for one in notices.listed(store, BO)}
    assert (found["review"]["by"], found["review"]["text"]) == (ANA.name, "Where is\nmy \u202eparcel?")
    assert (found["mention"]["text"], found["mention"]["comment"]) == ("@bo please look", 1)
    digest = reviews.dossier(store, BO, row["marker"])["digest"]
    reviews.decide(store, BO, row["marker"], row["version"], digest, False, "Kinder, please.")
    assert kinds(store, ANA) == ["changes"]
    assert "review" not in kinds(store, BO)


def test_a_claim_needs_its_owner_when_it_is_about_to_end(team: Any) -> None:
    _, store = team
    triaging.claim(store, BO, thread(store))
    assert kinds(store, BO) == []
    with store.write() as con:
        con.execute("update thread set claimed_until = claimed_until - interval 12 minute")
    assert kinds(store, BO) == ["claim"]


def test_what_was_seen_stays_until_it_is_done_and_is_new_when_it_comes_again(team: Any) -> None:
    _, store = team
    triaging.assign(store, ANA, thread(store), BO.name)
    [one] = notices.listed(store, BO)
    assert (one["seen"], notices.seen(store, BO, [one["key"]]), notices.seen(store, BO, [one["key"]])) == (
        False,
        1,
        0,
    )
    assert [row["seen"] for row in notices.listed(store, BO)] == [True]
    triaging.assign(store, ANA, thread(store), None)
    notices.seen(store, BO, [])
    triaging.assign(store, ANA, thread(store), BO.name)
    assert [row["seen"] for row in notices.listed(store, BO)] == [False]


def test_a_choice_is_kept_and_a_stale_one_refused(team: Any) -> None:
    _, store = team
    assert notices.choice(store, BO) == {
        "way": "off", "email": BO.name, "language": "en", "version": 0, "possible": False, "fixed": False,
    }  # fmt: skip
    notices.choose(store, BO, "once", BO.name, "fr", 0)
    with pytest.raises(Stale):
        notices.choose(store, BO, "daily", BO.name, "fr", 0)
    with pytest.raises(Invalid, match="not an email address"):
        notices.choose(store, BO, "daily", "bo@post.test\r\nBcc: x@post.test", "fr", 1)
    assert notices.choice(store, BO)["way"] == "once"


def test_each_thing_is_told_once_whatever_becomes_of_the_letter(team: Any) -> None:
    client, store = team
    notices.choose(store, BO, "once", BO.name, "en", 0)
    assert client.post("/notices/take") == []
    asked(store)
    [letter] = client.post("/notices/take")
    assert (letter["email"], [one["kind"] for one in letter["notices"]]) == (BO.name, ["review"])
    assert client.post("/notices/take") == []
    keys = [one["key"] for one in letter["notices"]]
    client.post("/notices/give-back", {"member": BO.name, "keys": keys, "before": letter["before"]})
    assert len(client.post("/notices/take")) == 1
    members.remove(store, LOCAL, BO.name)
    triaging.add_note(store, ANA, thread(store), "@bo again")
    assert client.post("/notices/take") == [], "who is no member any more is told nothing"


def test_more_than_a_letter_holds_is_told_with_the_next(team: Any) -> None:
    client, store = team
    notices.choose(store, BO, "once", BO.name, "en", 0)
    for number in range(notices.MOST + 3):
        triaging.add_note(store, ANA, thread(store), f"@bo {number}")
    told = [
        [one["key"] for one in letter["notices"]] for _ in range(3) for letter in client.post("/notices/take")
    ]
    assert (list(map(len, told)), len({key for keys in told for key in keys})) == (
        [notices.MOST, 3],
        notices.MOST + 3,
    )


def test_only_what_waits_is_remembered_as_seen(team: Any) -> None:
    _, store = team
    triaging.assign(store, ANA, thread(store), BO.name)
    [one] = notices.listed(store, BO)
    assert notices.seen(store, BO, [one["key"], one["key"], "review/another/1"]) == 1


def test_who_signs_in_is_told_at_their_own_address_only(team: Any) -> None:
    client, store = team
    notices.choose(store, BO, "once", "elsewhere@post.test", "en", 0)
    notices.choose(store, LOCAL, "once", "elsewhere@post.test", "en", 0)
    for name in (BO.name, LOCAL.name):
        triaging.add_note(store, ANA, thread(store), f"@{name}")
    sign_in = SignIn(metadata="https://id.post.test/x", client_id="t", address="https://tribune.test")
    store.config = store.config.model_copy(update={"sign_in": sign_in})
    assert [letter["email"] for letter in client.post("/notices/take")] == [BO.name]
    assert (notices.choice(store, BO)["email"], notices.choice(store, BO)["fixed"]) == (BO.name, True)


def test_what_was_seen_in_the_app_needs_no_letter(team: Any) -> None:
    client, store = team
    notices.choose(store, BO, "once", BO.name, "en", 0)
    asked(store)
    notices.seen(store, BO, [one["key"] for one in notices.listed(store, BO)])
    assert client.post("/notices/take") == []


def test_the_day_s_letter_waits_for_its_hour(team: Any) -> None:
    client, store = team
    notices.choose(store, BO, "daily", BO.name, "en", 0)
    asked(store)
    assert len(client.post("/notices/take")) == 1, "the first one has all there is"
    triaging.add_note(store, ANA, thread(store), "@bo please look")
    assert client.post("/notices/take") == []
    with store.write() as con:
        con.execute("update notice_choice set told_at = told_at - interval 1 day")
    [letter] = client.post("/notices/take")
    assert [one["kind"] for one in letter["notices"]] == ["mention"]


@pytest.mark.parametrize(
    ("at", "last"),
    [
        ("2026-07-01T06:00", "2026-07-01T06:00"),
        ("2026-07-01T05:59", "2026-06-30T06:00"),
        ("2026-10-25T07:00", "2026-10-25T07:00"),
        ("2026-10-25T06:59", "2026-10-24T06:00"),
    ],
)
def test_the_hour_is_that_of_the_team_s_clock_also_when_it_changes(at: str, last: str) -> None:
    assert notices.last_digest(datetime.fromisoformat(at), "08:00", PARIS) == datetime.fromisoformat(last)


def test_a_letter_is_plain_text_that_no_text_can_break_out_of() -> None:
    said = "x\r\nBcc: all@post.test\r\n\r\n<img src=http://127.0.0.1/p.png>\u202e" + "y" * 500
    one = {"kind": "mention", "by": "bo\r\nSubject: no", "text": said, "comment": 7}
    letter = written([one], "fr", "https://tribune.test", "tribune@widget.test", BO.name)
    read = email.message_from_bytes(bytes(letter), policy=email.policy.default)
    assert (read.get_content_type(), read["Subject"], read["Bcc"]) == (
        "text/plain",
        "Tribune\u00a0: une chose vous attend",
        None,
    )
    assert read["Auto-Submitted"] == "auto-generated"
    body = read.get_content().replace("\r\n", "\n")
    assert "«\u00a0x Bcc: all@post.test <img src=http://127.0.0.1/p.png>[U+202E]yyy" in body
    assert "bo Subject: no vous mentionne dans une note." in body
    assert "https://tribune.test/?comment=7\n" in body
    assert shown("a" * 300) == "a" * 200 + "…"


def serve(exim: Exim, **more: Any) -> None:
    with config.edit() as document:
        document["notices"] = {
            "smtp_host": exim.host, "smtp_port": exim.port, "smtp_tls": "none", "smtp_user": exim.user,
            "sender": "tribune@widget.test", "address": "https://tribune.test", **more,
        }  # fmt: skip


def test_a_member_is_told_through_a_real_mail_server(
    team: Any, exim: Exim, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, store = team
    monkeypatch.setenv("TRIBUNE_NOTICES_SMTP_PASSWORD", exim.password)
    notices.choose(store, BO, "once", BO.name, "fr", 0)
    asked(store)
    triaging.add_note(store, ANA, thread(store), "@bo regarde, s'il te plaît")
    assert pipeline.tell(client, config.load()) == 0, "no mail server is configured"
    serve(exim)
    assert [pipeline.tell(client, config.load()) for _ in range(2)] == [1, 0]
    [letter] = exim.customers(1)
    read = email.message_from_bytes(letter, policy=email.policy.default)
    assert (read["To"], read["Subject"]) == (BO.name, "Tribune\u00a0: 2 choses vous attendent")
    body = read.get_content()
    assert (
        "ana@post.test vous demande de relire une réponse.\n«\u00a0Where is my [U+202E]parcel?\u00a0»" in body
    )
    assert "«\u00a0@bo regarde, s'il te plaît\u00a0»" in body
    assert exim.password not in body


def test_a_server_that_is_away_is_tried_again_and_no_secret_is_told(
    team: Any, exim: Exim, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, store = team
    monkeypatch.setenv("TRIBUNE_NOTICES_SMTP_PASSWORD", "not the password")
    serve(exim)
    notices.choose(store, BO, "once", BO.name, "en", 0)
    asked(store)
    with pytest.raises(Refused) as raised:
        pipeline.tell(client, config.load())
    assert "not the password" not in str(raised.value)
    exim.stop()
    with pytest.raises(Refused, match=BO.name):
        pipeline.tell(client, config.load())
    exim.start()
    monkeypatch.setenv("TRIBUNE_NOTICES_SMTP_PASSWORD", exim.password)
    assert pipeline.tell(client, config.load()) == 1
    assert len(exim.customers(1)) == 1


def test_an_address_that_is_none_keeps_no_letter_of_others(
    team: Any, exim: Exim, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, store = team
    monkeypatch.setenv("TRIBUNE_NOTICES_SMTP_PASSWORD", exim.password)
    serve(exim)
    for who, address in ((ANA, "ana@post.test"), (BO, BO.name)):
        notices.choose(store, who, "once", address, "en", 0)
        triaging.add_note(store, LOCAL, thread(store), f"@{who.name}")
    with store.write() as con:
        con.execute("update notice_choice set email = '.ana@post.test' where who = $who", {"who": ANA.name})
    with pytest.raises(Refused, match=ANA.name):
        pipeline.tell(client, config.load())
    assert len(exim.customers(1)) == 1
    assert pipeline.tell(client, config.load()) == 0


def test_an_address_nobody_has_is_said_once(team: Any, exim: Exim, monkeypatch: pytest.MonkeyPatch) -> None:
    client, store = team
    monkeypatch.setenv("TRIBUNE_NOTICES_SMTP_PASSWORD", exim.password)
    serve(exim)
    notices.choose(store, BO, "once", "nobody-here@post.test", "en", 0)
    asked(store)
    with pytest.raises(Refused, match="no such person"):
        pipeline.tell(client, config.load())
    assert pipeline.tell(client, config.load()) == 0


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"smtp_host": "mail.test"}, "sender"),
        ({"smtp_host": "mail.test", "sender": "a@b.test", "smtp_tls": "none"}, "in the clear"),
        ({"sender": "a@b.test\nBcc: c@d.test"}, "not an email address"),
        ({"daily_at": "25:00"}, "daily_at"),
    ],
)
def test_a_wrong_setting_is_named(home: Any, given: dict[str, Any], why: str) -> None:
    with pytest.raises(ConfigError, match=why), config.edit() as document:
        document["notices"] = given


def test_letters_need_a_password_where_the_server_wants_a_name(team: Any) -> None:
    client, _ = team
    with config.edit() as document:
        document["notices"] = {"smtp_host": "mail.test", "sender": "a@b.test", "smtp_user": "a"}
    with pytest.raises(ConfigError, match="TRIBUNE_NOTICES_SMTP_PASSWORD"):
        pipeline.tell(client, config.load())
