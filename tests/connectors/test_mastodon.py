"""Mastodon's mapping, on invented posts and on recordings of a real server; what the contract suite does not ask."""

import re
from datetime import UTC, date, datetime
from pathlib import Path

import orjson
import pytest
from pydantic import SecretStr

from curation.connectors.mastodon import Mastodon
from curation.errors import BadRecord, Invalid, NotFound
from curation.models import Comment, Deleted, Raw, Reply
from curation.testing.running import Kept
from curation.testing.trial import STEP, tried
from tests.connectors.stand_ins import mastodon

RECORDINGS = Path(__file__).parents[3] / "shared" / "recordings" / "mastodon"
MARKER = "abcdefghijklmnopqrstuvwx01"


@pytest.fixture
def trial():
    with tried(mastodon.Mastodon()) as trial:
        yield trial


def mapped(**odd):
    """Map one invented post, changed by `odd`."""
    status = {
        "id": "7001",
        "created_at": "2026-03-01T10:00:00.000Z",
        "content": "<p>The parcel came late.</p>",
        "visibility": "public",
        "account": {
            "id": "5",
            "acct": "ana@far.test",
            "display_name": "Ana",
            "bot": False,
            "followers_count": 1200,
        },
        "favourites_count": 4,
        "reblogs_count": 0,
        "tribune": {"me": "9", "root": "6000"},
        **odd,
    }
    connector = Mastodon(url="https://social.test", token=SecretStr("x"))
    (found,) = connector.normalise(Raw(key="7001", payload=orjson.dumps(status).decode()))
    return found


def test_a_post_becomes_text_with_its_links_and_mentions():
    content = (
        '<p><span class="h-card"><a href="https://social.test/@aurora" class="u-url mention">@<span>aurora</span></a></span>'
        ' it&#39;s late, see <a href="https://far.test/a/long/way"><span class="invisible">https://</span>'
        '<span class="ellipsis">far.test/a/long</span><span class="invisible">/way</span></a></p><p>Again.</p>'
    )
    found = mapped(content=content)
    assert found.text == "@aurora it's late, see https://far.test/a/long/way\n\nAgain."
    assert (found.author, found.author_key, found.thread) == ("Ana", "5", "6000")
    assert found.attributes == {"visibility": "public", "acct": "ana@far.test"}
    assert found.counts == {"likes": 4, "reposts": 0, "followers": 1200}


def test_who_speaks():
    assert mapped().role == "customer"
    assert mapped(tribune={"me": "5"}).role == "team"
    assert mapped(account={"id": "5", "acct": "feed", "bot": True}).role == "automatic"


@pytest.mark.parametrize(
    ("said", "read"), [("en", "en"), ("zh-CN", "zh"), ("fil", None), (None, None), (7, None)]
)
def test_a_language_has_two_letters(said, read):
    assert mapped(language=said).language == read


def test_a_post_without_text_is_refused():
    with pytest.raises(BadRecord, match="no text"):
        mapped(content="<p></p>")


def test_a_private_message_is_answered_privately():
    connector = Mastodon(url="https://social.test", token=SecretStr("x"), longest=1_000)
    rules = connector.rules(mapped(visibility="direct", spoiler_text="Parcels"))
    assert (rules.public, rules.mention, rules.longest) == (False, "@ana@far.test ", 993)
    assert not connector.rules(mapped(visibility=None)).public


def test_a_reply_keeps_visibility_and_content_warning(trial):
    key = trial.say("The parcel came late.", trial.start)
    trial.stand_in.statuses[key] |= {"visibility": "direct", "spoiler_text": "Parcels"}
    comment = trial.pull().comments[key]
    with trial.connector.connect() as connection:
        receipt = trial.connector.send(connection, Reply(marker=MARKER, text="Sorry.", to=comment))
    sent = trial.stand_in.statuses[receipt.key]
    assert (sent["visibility"], sent["spoiler_text"]) == ("direct", "Parcels")
    assert sent["content"].endswith("@<span>ana</span></a></span> Sorry.</p>")


def test_a_later_mention_joins_the_thread_it_answers(trial):
    first = trial.say("The parcel came late.", trial.start)
    kept = trial.pull()
    with trial.connector.connect() as connection:
        reply = Reply(marker=MARKER, text="Where is it now?", to=kept.comments[first])
        ours = trial.connector.send(connection, reply)
    answer = trial.stand_in.add("Still nowhere.", trial.start + STEP, parent=ours.key)
    trial.said[answer] = "Still nowhere."
    trial.pull(kept)
    assert {kept.comments[key].thread for key in (first, ours.key, answer)} == {first}
    assert kept.comments[answer].reply_to == ours.key
    before = len(trial.site.asked)
    trial.pull(kept)
    assert not any("context" in one.target for one in trial.site.asked[before:]), (
        "a known root is asked for again"
    )


def test_a_server_that_ignores_the_idempotency_key_is_asked(trial):
    trial.stand_in.heeds_keys = False
    trial.fill(2)
    comment = trial.pull().comments[next(iter(trial.said))]
    reply = Reply(marker=MARKER, text="See https://aurora.test/help, please.", to=comment)
    with trial.connector.connect() as connection:
        assert trial.connector.find_reply(connection, reply) is None
        receipt = trial.connector.send(connection, reply)
        assert trial.connector.find_reply(connection, reply).key == receipt.key


def test_a_reply_to_what_is_gone_is_told_and_one_that_is_too_long(trial):
    key = trial.say("The parcel came late.", trial.start)
    comment = trial.pull().comments[key]
    with trial.connector.connect() as connection:
        with pytest.raises(Invalid):
            trial.connector.send(connection, Reply(marker=MARKER, text="x" * 600, to=comment))
        trial.stand_in.delete(key)
        with pytest.raises(NotFound):
            trial.connector.send(connection, Reply(marker=MARKER, text="Sorry.", to=comment))


def test_a_hashtag_brings_what_came_late_with_an_older_id(trial):
    late = trial.stand_in
    trial.say("#aurora one", trial.start)
    held = trial.say("#aurora two", trial.start + STEP)
    hidden_away = late.statuses.pop(held)
    late.mentions = [one for one in late.mentions if one[1] != held]
    late.statuses["z"] = {}
    trial.say("#aurora three", trial.start + 2 * STEP)
    kept = trial.pull()
    assert held not in kept.comments
    late.statuses[held] = hidden_away
    trial.whole(trial.pull(kept))


def test_what_the_account_dismissed_is_not_deleted(trial):
    trial.fill(5)
    kept = trial.pull()
    trial.stand_in.mentions.pop()
    trial.pull(kept)
    assert not kept.deleted


def test_since_leaves_out_what_is_older(trial):
    trial.say("Long ago.", datetime(2020, 1, 1, tzinfo=UTC))
    new = trial.say("Now.", trial.start)
    settings = trial.stand_in.settings(trial.site.base)
    trial.connector = Mastodon(**settings, since=date(2026, 1, 1))
    kept: Kept = trial.pull()
    assert list(kept.comments) == [new]


def _recorded() -> list[dict]:
    yaml = pytest.importorskip("yaml")
    statuses = []
    for path in sorted(RECORDINGS.glob("*.yaml")):
        loaded = yaml.load(path.read_text(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        for one in loaded["interactions"]:
            said = one["response"]["body"]["string"]
            if not said or "/api/v1/" not in one["request"]["uri"]:
                continue
            found = orjson.loads(said)
            for entry in found if isinstance(found, list) else [found]:
                status = entry.get("status") if isinstance(entry.get("status"), dict) else entry
                if "content" in status and "visibility" in status:
                    statuses.append(status)
    return statuses


def test_recordings_of_a_real_server_are_mapped():
    if not RECORDINGS.exists():
        pytest.skip("needs the recordings in shared/recordings/mastodon")
    connector = Mastodon(url="http://localhost:3000", token=SecretStr("x"))
    found = []
    for status in _recorded():
        found += connector.normalise(Raw(key=status["id"], payload=orjson.dumps(status).decode()))
    assert len(found) > 20 and not any(isinstance(one, Deleted) for one in found)
    assert all(isinstance(one, Comment) and one.created_at.tzinfo == UTC and one.author_key for one in found)
    assert not any(re.search(r"<[a-z/]", one.text) for one in found)
    assert any(one.text == "@mastodonpy_test hello!" for one in found)
