"""The App Store's connector against its two stand-ins: the public feed, and App Store Connect."""

from datetime import timedelta

import orjson
import pytest
from pydantic import SecretStr

from curation.connectors.app_store import AppStore
from curation.errors import BadRecord, ConfigError, Refused
from curation.models import Comment, Raw
from curation.testing import Contract
from curation.testing.answering import reply_to
from curation.testing.trial import Trial, tried
from tests.connectors.stand_ins import app_store


class TestFeed(Contract):
    stand_in = app_store.Feed


class TestConnect(Contract):
    stand_in = app_store.Connect


@pytest.fixture
def feed():
    with tried(app_store.Feed()) as trial:
        yield trial


@pytest.fixture
def connect():
    with tried(app_store.Connect()) as trial:
        yield trial


def test_a_review_says_its_stars_country_and_version(feed: Trial) -> None:
    (key,) = feed.fill(1)
    comment = feed.pull().comments[key]
    assert (comment.rating, comment.title) == (2.0, "Delivery")
    assert comment.attributes == {"territory": "fr", "version": "8.2.1"}


def test_more_reviews_than_the_feed_shows_are_a_gap(feed: Trial) -> None:
    feed.fill(5)
    kept = feed.pull()
    feed.fill(230, feed.start + timedelta(hours=2))
    feed.pull(kept)
    assert ["shows nothing in between" in gap.why for gap in kept.gaps] == [True]


def test_what_old_feeds_begin_with_is_no_review(feed: Trial) -> None:
    feed.fill(3)
    feed.stand_in.reviews.append(  # type: ignore[attr-defined]
        {
            "im:name": {"label": "Aurora"},
            "id": {"label": "12345"},
            "updated": {"label": feed.start.isoformat()},
        }
    )
    kept = feed.pull()
    assert not kept.refused
    feed.whole(kept)


def test_a_review_without_a_date_is_refused() -> None:
    review = {"id": {"label": "1"}, "title": {"label": "Late"}, "content": {"label": "Again"}}
    raw = Raw(key="1", payload=orjson.dumps({"country": "al", "review": review}).decode())
    with pytest.raises(BadRecord, match="createdDate"):
        AppStore(app="1").normalise(raw)


def test_the_feed_takes_no_responses(feed: Trial) -> None:
    (key,) = feed.fill(1)
    to = feed.pull().comments[key]
    with feed.connector.connect() as connection, pytest.raises(Refused, match="key of App Store Connect"):
        feed.connector.send(connection, reply_to(to))


def test_a_second_response_replaces_the_first(connect: Trial) -> None:
    (key,) = connect.fill(1)
    kept = connect.pull()
    with connect.connector.connect() as connection:
        first = connect.connector.send(connection, reply_to(kept.comments[key], "One"))
        second = connect.connector.send(connection, reply_to(kept.comments[key], "Two"))
        assert connect.connector.find_reply(connection, reply_to(kept.comments[key], "One")) is None
    assert first.key == second.key
    response = connect.pull(kept).comments[first.key]
    assert isinstance(response, Comment)
    assert (response.text, response.thread) == ("Two", key)


def test_a_key_that_is_none_is_said(connect: Trial) -> None:
    settings = {**connect.stand_in.settings(connect.site.base), "private_key": SecretStr("-----BEGIN hush")}
    with pytest.raises(ConfigError) as raised, AppStore(**settings).connect():
        pass
    assert "hush" not in str(raised.value)
