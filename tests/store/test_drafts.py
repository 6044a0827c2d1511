"""Drafts, review and sending in the store: no text is lost, and nothing leaves that was not approved as it is."""

from pathlib import Path
from typing import Any

import pytest

from curation import config
from curation.actions import drafts as acts
from curation.api import opened
from curation.config import Config
from curation.errors import Forbidden, Invalid, NotFound, Stale
from curation.models import PERMISSIONS, Who
from curation.store import Store, awareness, canned, care, drafts, replies, reviews, suggestions, waiting
from tests.conftest import land, notice

A, B = "a" * 26, "b" * 26


def save(store: Store, who: str, text: str, version: int = 0, marker: str = A, **more: Any) -> dict[str, Any]:
    known = more.pop("known", {})
    return drafts.save(store, who, more.pop("comment", 1), marker, text, version, known, **more)


def kept(store: Store, who: str, comment: int = 1) -> list[tuple[int | None, str]]:
    return [(row["version"], row["text"]) for row in awareness.texts(store, comment, who)][::-1]


def approved(store: Store, needed: int = 1, text: str = "Soon.") -> dict[str, Any]:
    """A reply of ana's that bo (and cy) approved."""
    row = save(store, "ana", text)
    row = reviews.ask(store, "ana", A, row["version"], needed)
    for who in ("bo", "cy")[:needed]:
        digest = awareness.digest(store.read(), 1)
        row = reviews.decide(store, who, A, row["version"], digest, True, needed=needed)
    return row


def queue(store: Store, row: dict[str, Any], needed: int = 1, **more: Any) -> dict[str, Any]:
    return reviews.queue(
        store, row["who"], row["marker"], row["version"], needed=needed, wait=0, **{"known": {}, **more}
    )


@pytest.fixture
def asked(store: Store) -> Store:
    """A store with a customer's question."""
    land(store, [notice("q", "Where is it?", thread="t", author="Cleo")])
    return store


def test_every_saved_text_is_kept_and_the_same_again_is_saved_already(asked: Store) -> None:
    first = save(asked, "ana", "Hello")
    again = save(asked, "ana", "Hello", 0, B)
    assert (first["state"], first["version"], again["marker"]) == ("draft", 1, A)
    second = save(asked, "ana", "Hello!", 1, suggestion="Hi there")
    assert (second["version"], second["suggestion"]) == (2, "Hi there")
    assert save(asked, "ana", "Hello!", 1)["version"] == 2, "an answer that was lost on its way"
    assert kept(asked, "ana") == [(1, "Hello"), (2, "Hello!")]


def test_a_text_from_a_stale_tab_is_refused_with_both_and_kept(asked: Store) -> None:
    save(asked, "ana", "Hello")
    save(asked, "ana", "From the phone", 1)
    with pytest.raises(Stale, match="another device") as error:
        save(asked, "ana", "From the desk", 1)
    assert (error.value.current["text"], error.value.current["reply"]["text"]) == (
        "From the desk",
        "From the phone",
    )
    with pytest.raises(Stale):
        save(asked, "ana", "From the desk", 1)
    assert kept(asked, "ana") == [(1, "Hello"), (2, "From the phone"), (None, "From the desk")]
    with pytest.raises(Stale, match="no draft"):
        save(asked, "bo", "Hm", 3)
    with pytest.raises(NotFound):
        save(asked, "ana", "Hm", comment=9)


def test_a_tab_of_yesterday_is_told_that_the_reply_was_sent(asked: Store) -> None:
    row = queue(asked, save(asked, "ana", "Hello"), 0)
    with pytest.raises(Stale, match="queued by now") as error:
        save(asked, "ana", "Hello again", 1)
    assert error.value.current["reply"]["marker"] == A
    assert save(asked, "ana", "Hello", 1)["state"] == "queued", "that text is on its way already"
    assert save(asked, "ana", "One more thing", 0, B)["marker"] == B
    assert replies.get(asked, A)["version"] == row["version"]


def test_drafts_survive_a_restart_and_are_in_the_backup(config: Config, tmp_path: Path) -> None:
    with opened(config) as served:
        land(served.store, [notice("q", "Where is it?")])
        save(served.store, "ana", "x" * 100_000)
        counts = care.backup(served.store, "test", tmp_path / "copy.duckdb")
    assert (counts["reply"], counts["reply_text"]) == (1, 1)
    with opened(config) as served:
        row = drafts.mine(served.store, "ana", 1)
        assert row and len(row["text"]) == 100_000


def test_two_people_never_answer_unaware(asked: Store) -> None:
    ana = save(asked, "ana", "It left today.")
    with pytest.raises(Stale, match="ana is answering") as error:
        save(asked, "bo", "We look into it.", 0, B)
    [other] = error.value.current["others"]
    assert (other["text"], error.value.current["text"]) == ("It left today.", "We look into it.")
    assert kept(asked, "bo") == [(None, "We look into it.")]
    known = {other["marker"]: other["version"]}
    bo = save(asked, "bo", "We look into it.", 0, B, known=known)
    ana = save(asked, "ana", "It left at noon.", ana["version"], known={B: bo["version"]})
    bo = save(asked, "bo", "We look into it!", bo["version"], B, known=known)
    with pytest.raises(Stale) as error:
        queue(asked, bo, 0, known=known)
    assert error.value.current["others"][0]["text"] == "It left at noon."
    queue(asked, bo, 0, known={A: ana["version"]})
    with pytest.raises(Stale, match="bo has answered"):
        save(asked, "ana", "It left at one.", ana["version"], known={B: bo["version"]})
    with pytest.raises(Stale, match="bo has answered"):
        queue(asked, ana, 0, known={B: bo["version"]})


def test_what_was_answered_before_the_customer_wrote_again_is_no_news(asked: Store) -> None:
    row = reviews.begin(asked, "sender", A, queue(asked, save(asked, "ana", "Soon."), 0)["version"])
    replies.move(asked, "sender", A, row["version"], "sent")
    with pytest.raises(Stale, match="ana has answered"):
        save(asked, "bo", "Tomorrow.", 0, B)
    land(asked, [notice("q2", "When?", thread="t", author="Cleo")])
    assert save(asked, "bo", "Tomorrow.", 0, B)["state"] == "draft"


def test_a_reply_needs_others_one_or_two_and_never_its_writer(asked: Store) -> None:
    draft = save(asked, "ana", "Soon.")
    with pytest.raises(Invalid, match="approval by 2 others"):
        queue(asked, draft, 2)
    with pytest.raises(Forbidden):
        reviews.ask(asked, "bo", A, draft["version"], 2)
    row = reviews.ask(asked, "ana", A, draft["version"], 2)
    digest = awareness.digest(asked.read(), 1)
    with pytest.raises(Forbidden, match="Another person"):
        reviews.decide(asked, "ana", A, row["version"], digest, True, needed=2)
    row = reviews.decide(asked, "bo", A, row["version"], digest, True, needed=2)
    assert (row["state"], row["needed"]) == ("in_review", 2)
    with pytest.raises(Invalid, match="already"):
        reviews.decide(asked, "bo", A, row["version"], digest, True, needed=2)
    with pytest.raises(Invalid, match="approval by 2"):
        queue(asked, row, 2)
    row = reviews.decide(asked, "cy", A, row["version"], digest, True, needed=2)
    assert row["state"] == "approved"
    assert queue(asked, row, 2)["state"] == "queued"


def test_an_edit_voids_an_approval_and_says_so(asked: Store) -> None:
    row = approved(asked)
    row = save(asked, "ana", "Very soon.", row["version"])
    assert (row["state"], "text changed" in row["why"]) == ("draft", True)
    with pytest.raises(Invalid, match="needs approval"):
        queue(asked, row)
    row = save(asked, "ana", "Soon.", row["version"])
    row = reviews.ask(asked, "ana", A, row["version"], 1)
    assert row["state"] == "in_review", "the old approval of these words was given before they were changed"


@pytest.mark.parametrize("late", [False, True])
def test_a_new_message_voids_an_approval_and_says_so(asked: Store, late: bool) -> None:
    row = approved(asked)
    if late:
        row = queue(asked, row)
    land(asked, [notice("q2", "Forget it, it came.", thread="t", author="Cleo")])
    row = replies.get(asked, A)
    assert (row["state"], "thread changed" in row["why"]) == ("in_review", True)
    assert replies.due(asked) == []
    [waits] = waiting.needing(asked, "bo", approver=True)
    assert (waits["kind"], waits["marker"]) == ("review", A)
    digest = awareness.digest(asked.read(), 1)
    row = reviews.decide(asked, "bo", A, row["version"], digest, True, needed=1)
    assert queue(asked, row)["state"] == "queued"


def test_a_comment_that_is_only_liked_more_voids_nothing(asked: Store) -> None:
    approved(asked)
    land(
        asked,
        [notice("q", "Where is it?", thread="t", author="Cleo", payload="{2}", attributes='{"likes": 9}')],
    )
    assert replies.get(asked, A)["state"] == "approved"


@pytest.mark.parametrize("step", ["approve", "queue", "begin"])
def test_an_approval_is_looked_at_again_at_every_step(asked: Store, step: str) -> None:
    """Also where the thread changed on a way that no landing told of."""
    row = reviews.ask(asked, "ana", A, save(asked, "ana", "Soon.")["version"], 1)
    digest = awareness.digest(asked.read(), 1)
    if step != "approve":
        row = reviews.decide(asked, "bo", A, row["version"], digest, True, needed=1)
    if step == "begin":
        row = queue(asked, row)
    with asked.write() as con:
        con.execute("update comment set text = 'Where was it?'")
    with pytest.raises(Stale, match="thread changed") as error:
        if step == "approve":
            reviews.decide(asked, "bo", A, row["version"], digest, True, needed=1)
        elif step == "queue":
            queue(asked, row)
        else:
            reviews.begin(asked, "sender", A, row["version"])
    assert error.value.current["marker"] == A
    assert replies.get(asked, A)["state"] == "in_review"


def test_what_failed_needs_its_approval_when_it_is_queued_again(asked: Store) -> None:
    row = reviews.begin(asked, "sender", A, queue(asked, approved(asked))["version"])
    row = replies.move(asked, "sender", A, row["version"], "failed", why="too long")
    assert [one["kind"] for one in waiting.needing(asked, "ana", approver=True)] == ["failed"]
    land(asked, [notice("q2", "Hello?", thread="t", author="Cleo")])
    with pytest.raises(Stale, match="reviewed again"):
        queue(asked, row, only="failed", known=None)
    assert replies.get(asked, A)["state"] == "in_review"


def test_a_newer_reply_to_the_same_person_takes_the_place_of_those_that_wait(asked: Store) -> None:
    land(asked, [notice("other", "Me too", thread="t", author="Dee")])
    approved(asked)
    row = save(asked, "dan", "For Dee", 0, "d" * 26, comment=2, known={A: 3})
    reviews.ask(asked, "dan", "d" * 26, row["version"], 1)
    bo = save(asked, "bo", "It is lost, sorry.", 0, B, known={A: 3, "d" * 26: 2})
    bo = reviews.ask(asked, "bo", B, bo["version"], 1)
    reviews.decide(asked, "cy", B, bo["version"], awareness.digest(asked.read(), 1), True, needed=1)
    old, other = replies.get(asked, A), replies.get(asked, "d" * 26)
    assert (old["state"], old["why"]) == ("superseded", "A newer reply by bo was approved.")
    assert other["state"] == "in_review", "it answers somebody else"
    assert [one["marker"] for one in waiting.needing(asked, "bo", approver=False)] == [B]


def test_a_reviewer_sees_what_changed(asked: Store) -> None:
    row = save(asked, "ana", "Soon.\nAna", suggestion="It will come.")
    row = reviews.ask(asked, "ana", A, row["version"], 1)
    digest = awareness.digest(asked.read(), 1)
    row = reviews.decide(
        asked, "bo", A, row["version"], digest, False, needed=1, why="When?", lines=[(1, "vague")]
    )
    assert [one["kind"] for one in waiting.needing(asked, "ana", approver=False)] == ["changes"]
    row = save(asked, "ana", "Tomorrow.\nAna", row["version"])
    reviews.ask(asked, "ana", A, row["version"], 1)
    found = waiting.dossier(asked, A)
    assert (found["reply"]["text"], found["previous"], found["suggestion"]) == (
        "Tomorrow.\nAna",
        "Soon.\nAna",
        "It will come.",
    )
    assert [(one["line"], one["text"], one["who"]) for one in found["lines"]] == [(1, "vague", "bo")]
    assert [one["decision"] for one in found["decisions"]] == ["ask", "changes", "ask"]
    assert (found["approvers"], found["digest"]) == ([], digest)
    assert waiting.needing(asked, "cy", approver=False) == []


def test_who_is_new_to_the_team(asked: Store) -> None:
    assert waiting.days(asked, "ana") == 0
    with asked.write() as con:
        con.execute(
            "insert into member values ('ana', null, 'agent', now()::timestamp - interval 40 day, null)"
        )
    assert 39 < waiting.days(asked, "ana") < 41


def test_the_team_s_own_answers_are_suggested(asked: Store) -> None:
    with asked.write() as con:
        con.execute(
            "update comment set text = 'My parcel never arrived, where is it?', language = 'en', topics = '|delivery|'"
        )
    rows = []
    for n, (text, answer) in enumerate([
        ("Where is my parcel? It never arrived.", "It is with the courier; you get it tomorrow."),
        ("My parcel is late again", "It is with the courier; you get it tomorrow!"),
        ("The parcel arrived broken", "We send you a new one today."),
        ("I love your shop", "Thank you so much!"),
        ("Mon colis n'est jamais arrivé", "Il arrive demain."),
    ]):  # fmt: skip
        rows.append(notice(f"c{n}", text, thread=f"c{n}", author=f"p{n}"))
        rows.append(notice(f"r{n}", answer, thread=f"c{n}", reply_to=f"c{n}", role="team"))
    land(asked, rows)
    with asked.write() as con:
        con.execute("update comment set language = case when text like 'Mon%' then 'fr' else 'en' end")
    found = suggestions.suggest(asked, 1)
    assert [one["text"] for one in found] == [rows[1]["text"], rows[5]["text"]]
    assert all(one["suggested"] and 0 < one["score"] <= 1 for one in found)
    assert found[0]["asked"] == rows[0]["text"]
    row = reviews.begin(asked, "sender", A, queue(asked, save(asked, "ana", "You get it on Monday.", comment=found[0]["comment"]), 0)["version"])  # fmt: skip
    replies.move(asked, "sender", A, row["version"], "sent")
    assert "You get it on Monday." in [one["text"] for one in suggestions.suggest(asked, 1)]


def test_canned_replies_are_filled_in_and_counted(asked: Store) -> None:
    who = Who(name="ana", permissions=frozenset(PERMISSIONS))
    with asked.write() as con:
        con.execute("update comment set language = 'en', author = 'Cleo {member}'")
    with pytest.raises(Invalid, match=r"no variable \{name\}"):
        acts.save_canned(asked, who, "late", "en", "Dear {name}")
    for wrong in ("Dear {author", "{author.__class__}", "{author!r}", "{}", "{0}"):
        with pytest.raises(Invalid):
            acts.save_canned(asked, who, "late", "en", wrong)
    acts.save_canned(asked, who, "late", "en", "Dear {author}, {{order {order}}}. {member}")
    with pytest.raises(Stale):
        acts.save_canned(asked, who, "late", "en", "Hi")
    acts.save_canned(asked, who, "late", "fr", "Bonjour {author}", "delivery")
    filled = acts.use_canned(asked, who, "late", 1)
    assert filled == {"text": "Dear Cleo {member}, {order {order}}. ana", "missing": ["order"]}
    [row] = canned.listed(asked, "en")
    assert (row["uses"], row["used_at"] is None) == (1, False)
    assert [one["language"] for one in canned.listed(asked, topic="delivery.late")] == ["en", "fr"]
    assert [one["language"] for one in canned.listed(asked, topic="price")] == ["en"]
    with pytest.raises(Stale):
        acts.delete_canned(asked, who, "late", "en", 2)
    acts.delete_canned(asked, who, "late", "en", 1)
    with pytest.raises(NotFound):
        acts.use_canned(asked, who, "late", 1)


def test_a_draft_stays_readable_and_says_why_it_cannot_be_sent(asked: Store) -> None:
    who = Who(name="ana", permissions=frozenset({"draft", "send"}))
    acts.save(asked, who, 1, "Soon.", 0)
    land(asked, [notice("gone", kind="deleted", key="q")])
    found = acts.opened(asked, who, 1)
    assert found["draft"]["text"] == "Soon."
    assert "not configured any more" in found["obstacles"][0]
    config.save_source("survey", "file", {"path": "x.csv"})
    assert "only reads" in acts.opened(asked, who, 1)["obstacles"][0]
    with pytest.raises(Invalid, match="at most 100,000 characters, not 100,001"):
        acts.save(asked, who, 1, "x" * 100_001, 1)
