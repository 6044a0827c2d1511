"""Intercom's connector against its stand-in: the contract, and what is Intercom's own."""

from datetime import UTC, datetime, timedelta

import pytest

from curation.connectors.intercom import Intercom
from curation.testing import Contract
from curation.testing.trial import Trial, tried
from tests.connectors.stand_ins import intercom

ANA = {"type": "user", "id": "u-ana", "name": "ana"}


class TestIntercom(Contract):
    stand_in = intercom.Intercom


@pytest.fixture
def trial():
    with tried(intercom.Intercom()) as trial:
        yield trial


def test_messages_are_read_and_internal_notes_never(trial: Trial) -> None:
    stand_in: intercom.Intercom = trial.stand_in  # type: ignore[assignment]
    (root,) = trial.fill(1)
    now = datetime.now(UTC)
    later = stand_in.part(root, "open", "Still nothing", ANA, now)
    ours = stand_in.part(root, "close", "It left today", intercom.ADMIN, now)
    machine = stand_in.part(root, "comment", "I am Fin", {"type": "bot", "id": "278", "name": "Fin"}, now)
    stand_in.part(root, "note", "She is difficult", intercom.ADMIN, now)
    stand_in.part(root, "conversation_attribute_updated_by_admin", None, intercom.ADMIN, now)
    comments = trial.pull().comments
    assert {key: one.role for key, one in comments.items()} == {
        root: "customer",
        later: "customer",
        ours: "team",
        machine: "automatic",
    }
    assert {one.thread for one in comments.values()} == {root}
    assert comments[later].reply_to == root


def test_a_redacted_part_is_deleted(trial: Trial) -> None:
    stand_in: intercom.Intercom = trial.stand_in  # type: ignore[assignment]
    (root,) = trial.fill(1)
    key = stand_in.part(root, "comment", "My card is 4111", ANA, datetime.now(UTC))
    kept = trial.pull()
    stand_in._newest(root).update(redacted=True, body="<p><i>This message was deleted</i></p>")
    trial.pull(kept)
    assert kept.deleted == {key}


def test_a_conversation_beyond_what_intercom_gives_is_a_gap(trial: Trial) -> None:
    stand_in: intercom.Intercom = trial.stand_in  # type: ignore[assignment]
    (root,) = trial.fill(1)
    for number in range(501):
        stand_in.part(root, "comment", f"And {number}", ANA, datetime.now(UTC))
    kept = trial.pull()
    assert [gap.cursor for gap in kept.gaps] == [None]
    assert root in kept.gaps[0].why


def test_html_and_a_subject(trial: Trial) -> None:
    stand_in: intercom.Intercom = trial.stand_in  # type: ignore[assignment]
    (root,) = trial.fill(1)
    stand_in.conversations[root]["source"] |= {
        "subject": "<p>Broken</p>",
        "body": '<h2>Hello</h2><ul><li>Late</li><li>Wet</li></ul><a href="https://a.example">https://a.example</a>',
    }
    comment = trial.pull().comments[root]
    assert comment.title == "Broken"
    assert comment.text == "Hello\n\n- Late\n- Wet\nhttps://a.example"


def test_a_link_needs_the_workspace(trial: Trial) -> None:
    (root,) = trial.fill(1)
    settings = {**trial.stand_in.settings(trial.site.base), "workspace": "abc"}
    assert trial.pull().comments[root].url is None
    trial.connector = Intercom(**settings)
    assert (
        trial.pull().comments[root].url == f"https://app.intercom.com/a/inbox/abc/inbox/conversation/{root}"
    )


def test_since_leaves_out_what_did_not_change(trial: Trial) -> None:
    trial.say("Old", trial.start - timedelta(days=40))
    new = trial.say("New", trial.start)
    settings = {**trial.stand_in.settings(trial.site.base), "since": (trial.start - timedelta(days=2)).date()}
    trial.connector = Intercom(**settings)
    assert set(trial.pull().comments) == {new}
