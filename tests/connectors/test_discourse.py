"""Discourse's mapping, on invented posts and on recordings; what the contract suite does not ask."""

from pathlib import Path

import orjson
import pytest
from pydantic import SecretStr

from curation.connectors.discourse import Discourse
from curation.errors import BadRecord, Invalid, NotFound
from curation.models import Comment, Deleted, Raw, Reply
from curation.testing.trial import STEP, tried
from tests.connectors.stand_ins import discourse

RECORDINGS = Path(__file__).parents[3] / "shared" / "recordings" / "discourse" / "fixtures"
MARKER = "abcdefghijklmnopqrstuvwx01"
THANKS = "Thank you, we are looking into it."


@pytest.fixture
def trial():
    with tried(discourse.Discourse()) as trial:
        yield trial


def mapped(**odd):
    """Map one invented post, changed by `odd`."""
    post = {
        "id": 14,
        "name": "Ana",
        "username": "ana",
        "user_id": 8,
        "created_at": "2026-03-01T10:00:00.475Z",
        "cooked": "<p>The parcel came <a href='https://a.test'>late</a>.</p>",
        "raw": "The parcel came [late](https://a.test).",
        "post_number": 3,
        "reply_to_post_number": 1,
        "topic_id": 11,
        "topic_title": "Parcels",
        "version": 2,
        "reply_count": 1,
        "actions_summary": [{"id": 3, "count": 9}, {"id": 2, "count": 5}],
        **odd,
    }
    connector = Discourse(url="https://forum.test/", user="aurora_team", api_key=SecretStr("x"))
    (found,) = connector.normalise(Raw(key="14", payload=orjson.dumps(post).decode()))
    return found


def test_a_post_is_its_markdown():
    found = mapped()
    assert (found.key, found.thread, found.title) == ("14", "topic-11", "Parcels")
    assert found.text == "The parcel came [late](https://a.test)."
    assert found.url == "https://forum.test/t/11/3"
    assert found.attributes["reply_to_post_number"] == 1 and found.attributes["version"] == 2
    assert found.counts == {"likes": 5, "replies": 1}


def test_a_post_without_markdown_is_its_html():
    assert mapped(raw=[{"type": "paragraph"}]).text == "The parcel came late."


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ('[quote="bob, post:1, topic:11"]\nIt was in time.\n[/quote]\n\nIt was not.', "It was not."),
        ('[quote="a"][quote="b"]x[/quote]y[/quote]z', "z"),
        ('[quote="bob"]only this[/quote]', '[quote="bob"]only this[/quote]'),
        ('[quote="bob"] is never closed', '[quote="bob"] is never closed'),
    ],
)
def test_what_others_said_is_not_the_writers_word(raw, said):
    assert mapped(raw=raw).text == said


@pytest.mark.parametrize("raw", ["[quote" * 16_000, "[quote]" * 14_000, "[quote][/quote" * 7_000])
def test_hostile_quotes_take_no_time(raw):
    assert mapped(raw=raw).text


def test_who_speaks():
    assert mapped().role == "customer"
    assert mapped(username="Aurora_Team").role == "team"
    assert mapped(staff=True).role == "team"
    assert mapped(username="system", user_id=-1, staff=True).role == "automatic"


@pytest.mark.parametrize("gone", [{"user_deleted": True}, {"deleted_at": "2026-03-02T00:00:00Z"}])
def test_what_was_taken_back_is_deleted(gone):
    assert mapped(**gone) == Deleted(key="14")


def test_a_post_without_text_is_refused():
    with pytest.raises(BadRecord, match="no text"):
        mapped(raw="", cooked="<p></p>")


def test_an_older_server_whose_pages_overlap(trial):
    trial.stand_in.inclusive = True
    trial.fill()
    kept = trial.pull()
    trial.fill(45, trial.start + 100 * STEP)
    trial.whole(trial.pull(kept))
    assert not kept.deleted


def test_whispers_and_small_actions_are_never_kept(trial):
    for kind in (2, 3, 4):
        trial.stand_in.posts[int(trial.stand_in.add("Internal.", trial.start))]["post_type"] = kind
    trial.fill(3)
    kept = trial.pull()
    trial.whole(kept)
    assert not any("Internal." in payload for payload in kept.raws.values())


def test_other_categories_are_left_out(trial):
    trial.stand_in.posts[int(trial.stand_in.add("Elsewhere.", trial.start))]["category_id"] = 99
    trial.fill(3)
    trial.connector = Discourse(**trial.stand_in.settings(trial.site.base), categories=(3,))
    trial.whole(trial.pull())


def test_views_make_no_new_version(trial):
    trial.fill(3)
    kept = trial.pull()
    raws = dict(kept.raws)
    for post in trial.stand_in.posts.values():
        post["reads"] += 1
    assert trial.pull(kept).raws == raws


def test_a_post_that_is_erased_is_deleted(trial):
    key = trial.fill(5)[2]
    kept = trial.pull()
    del trial.stand_in.posts[int(key)]
    trial.pull(kept)
    assert kept.deleted == {key}


def test_a_post_that_moved_out_of_sight_is_not_deleted(trial):
    key = trial.fill(5)[2]
    kept = trial.pull()
    answer = trial.stand_in.handle

    def closed(method, path, query, headers, body):
        if path == f"/posts/{key}.json":
            return 403, {}, b'{"errors":["You are not permitted"]}'
        return answer(method, path, query, headers, body)

    trial.stand_in.posts[int(key)]["deleted_at"] = "2026-03-02T00:00:00Z"
    trial.stand_in.handle = closed
    trial.pull(kept)
    assert not kept.deleted


def sent(trial, text=THANKS):
    comment = trial.pull().comments[list(trial.said)[-1]]
    with trial.connector.connect() as connection:
        return trial.connector.send(connection, Reply(marker=MARKER, text=text, to=comment))


def test_a_reply_names_the_post_it_answers(trial):
    trial.fill(3)
    receipt = sent(trial)
    assert trial.stand_in.posts[int(receipt.key)]["reply_to_post_number"] == 3
    assert receipt.url == f"{trial.site.base}/p/{receipt.key}"


def test_what_a_forum_does_not_take(trial):
    trial.fill(1)
    with pytest.raises(Invalid, match="too short"):
        sent(trial, "Thanks.")


def test_a_reply_that_waits_for_a_moderator(trial):
    trial.fill(1)
    trial.stand_in.held = True
    assert sent(trial).key == "pending-9"


def test_an_answer_to_what_is_gone_cannot_be_looked_for(trial):
    key = trial.say("The parcel came late.", trial.start)
    comment = trial.pull().comments[key]
    del trial.stand_in.posts[int(key)]
    with trial.connector.connect() as connection, pytest.raises(NotFound):
        trial.connector.find_reply(connection, Reply(marker=MARKER, text=THANKS, to=comment))


def test_a_reply_is_found_among_many(trial):
    key = trial.say("The parcel came late.", trial.start)
    comment = trial.pull().comments[key]
    for number in range(45):
        trial.stand_in._post(f"Me too, {number}.", trial.start, "bob", 11, 1)
    reply = Reply(marker=MARKER, text=THANKS, to=comment)
    with trial.connector.connect() as connection:
        assert trial.connector.find_reply(connection, reply) is None
        receipt = trial.connector.send(connection, reply)
        assert trial.connector.find_reply(connection, reply).key == receipt.key


def test_recordings_are_mapped():
    if not RECORDINGS.exists():
        pytest.skip("needs the recordings in shared/recordings/discourse")
    connector = Discourse(url="https://forum.test", user="aurora_team", api_key=SecretStr("x"))
    posts = [orjson.loads((RECORDINGS / "post.json").read_bytes())]
    for name in ("posts_before.json", "posts_latest.json"):
        posts += orjson.loads((RECORDINGS / name).read_bytes())["latest_posts"]
    for name in ("topic.json", "topic_posts.json"):
        posts += orjson.loads((RECORDINGS / name).read_bytes())["post_stream"]["posts"]
    found, empty = [], []
    for post in posts:
        try:
            found += connector.normalise(Raw(key=str(post["id"]), payload=orjson.dumps(post).decode()))
        except BadRecord:
            empty.append(post)
    assert len(found) > 8 and all("<img" in post["cooked"] for post in empty), "only pictures have no words"
    assert all(isinstance(one, Comment) and one.text and one.thread.startswith("topic-") for one in found)
