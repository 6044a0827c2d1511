"""Reddit's connector against its stand-in: the contract, and what is Reddit's own."""

from datetime import UTC, datetime, timedelta

import orjson
import pytest

from curation.connectors.reddit import Reddit
from curation.errors import BadRecord, Invalid, NotFound, TryAgain
from curation.models import Comment, Deleted, Raw
from curation.testing import Contract
from curation.testing.answering import reply_to
from curation.testing.trial import Trial, tried
from tests.connectors.stand_ins import reddit


class TestReddit(Contract):
    stand_in = reddit.Reddit


@pytest.fixture
def trial():
    with tried(reddit.Reddit()) as trial:
        yield trial


def raw(kind: str, **data: object) -> Raw:
    shown = {
        "name": f"{kind}_x",
        "created_utc": 1_700_000_000.0,
        "author": "ana",
        "permalink": "/r/a/x/",
        **data,
    }
    return Raw(key=f"{kind}_x", payload=orjson.dumps({"kind": kind, "data": shown}).decode())


def test_a_post_is_a_thread_and_a_comment_names_it(trial: Trial) -> None:
    connector: Reddit = trial.connector
    (post,) = connector.normalise(raw("t3", title="Late again", selftext="", num_comments=3))
    assert isinstance(post, Comment)
    assert (post.text, post.thread, post.url) == ("Late again", "t3_x", "https://www.reddit.com/r/a/x/")
    (comment,) = connector.normalise(raw("t1", body="Same here", link_id="t3_p", parent_id="t1_q"))
    assert isinstance(comment, Comment)
    assert (comment.thread, comment.reply_to) == ("t3_p", "t1_q")
    assert comment.created_at == datetime.fromtimestamp(1_700_000_000, UTC)


@pytest.mark.parametrize("body", ["[deleted]", "[removed]"])
def test_what_is_gone_is_deleted(trial: Trial, body: str) -> None:
    assert list(trial.connector.normalise(raw("t1", body=body, author="[deleted]"))) == [Deleted(key="t1_x")]


def test_an_author_who_left_has_no_name_and_the_words_stay(trial: Trial) -> None:
    (comment,) = trial.connector.normalise(raw("t1", body="Still true", author="[deleted]"))
    assert comment.author is None


def test_nothing_said_is_refused(trial: Trial) -> None:
    with pytest.raises(BadRecord, match="no text"):
        list(trial.connector.normalise(raw("t1", body="")))


def test_a_list_that_ends_too_soon_is_a_gap(trial: Trial) -> None:
    trial.fill(5)
    kept = trial.pull()
    trial.stand_in.most = 30  # type: ignore[attr-defined]
    trial.fill(40, trial.start + timedelta(hours=2))
    trial.pull(kept)
    assert any("shows nothing in between" in gap.why for gap in kept.gaps)


def test_private_messages_are_read_and_answered(trial: Trial) -> None:
    stand_in: reddit.Reddit = trial.stand_in  # type: ignore[assignment]
    key = stand_in.message("Where is my order?", trial.start)
    kept = trial.pull()
    to = kept.comments[key]
    assert to.title == "My order"
    assert not trial.connector.rules(to).public
    with trial.connector.connect() as connection:
        assert trial.connector.find_reply(connection, reply_to(to)) is None
        receipt = trial.connector.send(connection, reply_to(to))
        found = trial.connector.find_reply(connection, reply_to(to))
        assert found is not None and found.key == receipt.key
    back = trial.pull(kept).comments[receipt.key]
    assert (back.role, back.thread) == ("team", key)


def test_errors_come_inside_good_answers(trial: Trial) -> None:
    stand_in: reddit.Reddit = trial.stand_in  # type: ignore[assignment]
    trial.fill(1)
    (to,) = trial.pull().comments.values()
    with trial.connector.connect() as connection:
        stand_in.errors = [["RATELIMIT", "you are doing that too much. try again in 9 minutes.", "ratelimit"]]
        with pytest.raises(TryAgain) as raised:
            trial.connector.send(connection, reply_to(to))
        assert raised.value.after == 540.5
        stand_in.errors = [["THREAD_LOCKED", "that thread is locked", "parent"]]
        with pytest.raises(Invalid, match="THREAD_LOCKED"):
            trial.connector.send(connection, reply_to(to))
        stand_in.errors = []
        stand_in.delete(to.key)
        with pytest.raises(NotFound):
            trial.connector.send(connection, reply_to(to))
    assert stand_in.posted() == []
