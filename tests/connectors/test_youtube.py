"""YouTube's connector against its stand-in and against recorded answers."""

from datetime import timedelta
from pathlib import Path

import orjson
import pytest
from pydantic import SecretStr

from curation.connectors.youtube import Youtube
from curation.errors import Invalid, NotFound, Refused, TryAgain
from curation.models import Comment, Raw
from curation.testing import Contract
from curation.testing.answering import reply_to
from curation.testing.trial import Trial, tried
from tests.connectors.stand_ins import youtube

RECORDED = Path(__file__).parents[3] / "shared" / "recordings" / "youtube"


class TestYoutube(Contract):
    stand_in = youtube.Youtube


@pytest.fixture
def trial():
    with tried(youtube.Youtube()) as trial:
        yield trial


def test_recorded_answers_are_mapped() -> None:
    files = sorted(RECORDED.glob("comment*/*.json"))
    if not files:
        pytest.skip("the recordings are not on this machine")
    connector, seen = Youtube(channel="UCa-vrCLQHviTOVnEKDOdetQ"), []
    for file in files:
        answer = orjson.loads(file.read_bytes())
        for one in answer.get("items", [answer]):
            comment = one.get("snippet", {}).get("topLevelComment", one)
            comments = [comment, *one.get("replies", {}).get("comments", [])]
            for each in comments:
                payload = orjson.dumps({"comment": each, "video": one["snippet"].get("videoId")}).decode()
                (mapped,) = connector.normalise(Raw(key=each["id"], payload=payload))
                assert isinstance(mapped, Comment)
                assert mapped.key == each["id"] and mapped.text and mapped.author_key
                assert mapped.thread == each["snippet"].get("parentId", mapped.key)
                assert each["id"].partition(".")[0] == mapped.thread
                seen.append(mapped)
    assert len(seen) > 20
    assert {one.role for one in seen} == {"customer", "team"}
    assert any(one.url for one in seen)


def test_all_replies_of_a_thread_are_read(trial: Trial) -> None:
    stand_in: youtube.Youtube = trial.stand_in  # type: ignore[assignment]
    (key,) = trial.fill(1)
    for number in range(8):
        at = trial.start + timedelta(minutes=number)
        trial.said[stand_in.reply(key, f"Me too, {number}", at)] = f"Me too, {number}"
    kept = trial.pull()
    trial.whole(kept)
    assert {one.thread for one in kept.comments.values()} == {key}


def test_late_replies_and_their_deletion_are_seen(trial: Trial) -> None:
    stand_in: youtube.Youtube = trial.stand_in  # type: ignore[assignment]
    old = trial.say("Long ago", trial.start - timedelta(days=30))
    trial.fill(3)
    kept = trial.pull()
    key = stand_in.reply(old, "Now it is broken too", trial.start)
    assert key in trial.pull(kept).comments
    stand_in.delete(key)
    trial.pull(kept)
    assert kept.deleted == {key}


@pytest.mark.parametrize(
    ("status", "reason", "error"),
    [
        (403, "quotaExceeded", TryAgain),
        (403, "rateLimitExceeded", TryAgain),
        (403, "forbidden", Refused),
        (400, "keyInvalid", Refused),
        (400, "invalidVideoId", Invalid),
        (404, "videoNotFound", NotFound),
    ],
)
def test_statuses_that_mean_something_else(trial: Trial, status: int, reason: str, error: type) -> None:
    refused = orjson.loads(youtube.failed(status, reason)[2])
    trial.stand_in.refuses = (status, refused)  # type: ignore[attr-defined]
    with pytest.raises(error) as raised:
        trial.pull()
    if reason == "quotaExceeded":
        assert 60 <= raised.value.after <= 25 * 3600


def test_a_key_alone_reads_and_does_not_answer(trial: Trial) -> None:
    trial.fill(1)
    settings = {**trial.stand_in.settings(trial.site.base), "refresh_token": None}
    trial.connector = Youtube(**settings)
    (to,) = trial.pull().comments.values()
    with trial.connector.connect() as connection, pytest.raises(Refused):
        trial.connector.send(connection, reply_to(to))


def test_html_becomes_text_where_there_is_no_original() -> None:
    snippet = {
        "textDisplay": 'See <a href="https://a.example/?x=1">https://a.example/?x=1</a><br>&amp; &#39;this&#39;'
    }
    comment = {"id": "Ug1", "snippet": {**snippet, "publishedAt": "2026-03-01T10:00:00Z"}}
    payload = orjson.dumps({"comment": comment, "video": None}).decode()
    (mapped,) = Youtube(channel="UC1", key=SecretStr("k")).normalise(Raw(key="Ug1", payload=payload))
    assert isinstance(mapped, Comment)
    assert mapped.text == "See https://a.example/?x=1\n& 'this'"
