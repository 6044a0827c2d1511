"""Google Play's connector against its stand-in: the contract, and what is Google Play's own."""

from datetime import UTC, datetime, timedelta

import orjson
import pytest
from pydantic import SecretStr

from curation.connectors.google_play import GooglePlay
from curation.errors import ConfigError, Refused
from curation.testing import Contract
from curation.testing.answering import reply_to
from curation.testing.trial import Trial, tried
from tests.connectors.stand_ins import google_play


class TestGooglePlay(Contract):
    stand_in = google_play.GooglePlay


@pytest.fixture
def trial():
    with tried(google_play.GooglePlay()) as trial:
        yield trial


def test_a_review_and_the_reply_to_it(trial: Trial) -> None:
    key = trial.say("Livraison\tToujours en retard", trial.start)
    trial.said[key] = "Toujours en retard"
    kept = trial.pull()
    comment = kept.comments[key]
    assert (comment.title, comment.rating, comment.language) == ("Livraison", 2.0, "fr")
    assert comment.attributes and comment.attributes["appVersionName"] == "1.2.3"
    with trial.connector.connect() as connection:
        trial.connector.send(connection, reply_to(comment, "One"))
        trial.connector.send(connection, reply_to(comment, "Two"))
        assert trial.connector.find_reply(connection, reply_to(comment, "One")) is None
    reply = trial.pull(kept).comments[f"{key}:reply"]
    assert (reply.text, reply.thread, reply.role) == ("Two", key, "team")


@pytest.mark.parametrize(("days", "gaps"), [(6, 0), (8, 1)])
def test_more_than_a_week_between_pulls_is_a_gap(trial: Trial, days: int, gaps: int) -> None:
    trial.fill(3)
    kept = trial.pull()
    kept.cursors["reviews"]["at"] = (datetime.now(UTC) - timedelta(days=days)).isoformat()
    trial.pull(kept)
    assert len(kept.gaps) == gaps
    trial.pull(kept)
    assert len(kept.gaps) == gaps, "a gap is told once"


def test_the_limit_is_350(trial: Trial) -> None:
    (key,) = trial.fill(1)
    assert trial.connector.rules(trial.pull().comments[key]).longest == 350


@pytest.mark.parametrize("account", ["hush", "[]", '{"client_email": "a@b.example"}'])
def test_an_account_that_is_none_is_said(account: str) -> None:
    with (
        pytest.raises(ConfigError, match="JSON key file") as raised,
        GooglePlay(package="a", service_account=SecretStr(account)).connect(),
    ):
        pass
    assert "hush" not in str(raised.value)


def test_a_revoked_account_is_refused(trial: Trial) -> None:
    settings = trial.stand_in.settings(trial.site.base)
    account = orjson.loads(settings["service_account"].get_secret_value())
    account["private_key"] = google_play.RSAKey.generate_key(2048).as_pem(private=True).decode()
    settings["service_account"] = SecretStr(orjson.dumps(account).decode())
    with pytest.raises(Refused, match="invalid_grant"), GooglePlay(**settings).connect():
        pass
