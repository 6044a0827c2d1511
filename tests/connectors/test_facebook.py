"""Facebook's and Instagram's connector against its stand-ins."""

from dataclasses import replace
from datetime import timedelta

import orjson
import pytest

from curation.errors import Invalid, NotFound, Refused, TryAgain, Unknown
from curation.testing import Contract
from curation.testing.answering import reply_to
from curation.testing.trial import Trial, hidden, tried
from tests.connectors.stand_ins import facebook


class TestFacebook(Contract):
    stand_in = facebook.Facebook


class TestInstagram(Contract):
    stand_in = facebook.Instagram


@pytest.fixture(params=[facebook.Facebook, facebook.Instagram])
def trial(request: pytest.FixtureRequest):
    with tried(request.param()) as trial:
        yield trial


def test_answers_stand_under_the_first_comment(trial: Trial) -> None:
    stand_in: facebook.Facebook = trial.stand_in  # type: ignore[assignment]
    (root,) = trial.fill(1)
    for number in range(5):
        text = f"Me too {number}"
        trial.said[stand_in.reply(root, text, trial.start + timedelta(minutes=number))] = text
    kept = trial.pull()
    trial.whole(kept)
    to = kept.comments[list(trial.said)[-1]]
    assert (to.thread, to.reply_to) == (root, root)
    with trial.connector.connect() as connection:
        receipt = trial.connector.send(connection, reply_to(to))
        assert trial.connector.find_reply(connection, reply_to(to)) is not None
    back = trial.pull(kept).comments[receipt.key]
    assert (back.role, back.thread) == ("team", root)


def test_hidden_comments_take_no_answer(trial: Trial) -> None:
    stand_in: facebook.Facebook = trial.stand_in  # type: ignore[assignment]
    (key,) = trial.fill(1)
    stand_in.comments[0][stand_in.hidden] = True
    to = trial.pull().comments[key]
    with trial.connector.connect() as connection, pytest.raises(Invalid, match="hidden"):
        trial.connector.send(connection, reply_to(to))


def test_next_addresses_hold_the_token_and_are_not_kept(trial: Trial) -> None:
    trial.fill()
    kept = trial.pull(limit=1)
    hidden(trial.stand_in.secrets, orjson.dumps(kept.cursors).decode())
    trial.whole(trial.pull(kept))


def test_what_leaves_the_window_is_asked_about_once(trial: Trial) -> None:
    old = trial.say("Long ago", trial.start - timedelta(days=2))
    kept = trial.pull()
    trial.connector = replace(trial.connector, reread=1)
    trial.fill(2)
    trial.pull(kept)
    trial.pull(kept)
    asked = [one.target for one in trial.site.asked if "ids=" in one.target]
    assert len(asked) == 1 and old in asked[0]
    trial.pull(kept)
    assert len([one for one in trial.site.asked if "ids=" in one.target]) == 1
    assert not kept.deleted


def test_one_that_is_gone_among_others_that_are_not(trial: Trial) -> None:
    keys = [trial.say(f"Long ago {n}", trial.start - timedelta(days=2, minutes=n)) for n in range(3)]
    kept = trial.pull()
    trial.connector = replace(trial.connector, reread=1)
    trial.fill(1)
    trial.stand_in.delete(keys[1])
    trial.pull(kept)
    assert kept.deleted == {keys[1]}


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (400, 190, Refused),
        (403, 200, Refused),
        (400, 4, TryAgain),
        (403, 32, TryAgain),
        (400, 80001, TryAgain),
        (400, 803, NotFound),
        (400, 100, Invalid),
    ],
)
def test_errors_say_400_for_everything(trial: Trial, status: int, code: int, error: type) -> None:
    refused = orjson.loads(facebook.failed(status, code, "OAuthException")[2])
    trial.stand_in.fails = (status, refused)  # type: ignore[attr-defined]
    with pytest.raises(error):
        trial.pull()


def test_a_duplicate_may_be_our_own_first_try(trial: Trial) -> None:
    (key,) = trial.fill(1)
    to = trial.pull().comments[key]
    refused = orjson.loads(facebook.failed(400, 506, "OAuthException")[2])
    trial.stand_in.fails = (400, refused)  # type: ignore[attr-defined]
    with trial.connector.connect() as connection, pytest.raises(Unknown):
        trial.connector.send(connection, reply_to(to))
