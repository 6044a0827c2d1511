"""GitHub's mapping, on invented payloads and on recordings; what the contract suite does not ask."""

from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from pydantic import SecretStr

from curation.connectors.github import Github
from curation.connectors.http import Http
from curation.connectors.repository import _named, discussions
from curation.errors import BadRecord, Invalid, NotFound, Refused, TryAgain
from curation.models import Raw, Reply
from curation.testing import faults
from curation.testing.running import Kept, pages
from curation.testing.trial import COMMENTS, STEP, tried
from tests.connectors.stand_ins import github

RECORDINGS = Path(__file__).parents[3] / "shared" / "recordings" / "github"
MARKER = "abcdefghijklmnopqrstuvwx01"


@pytest.fixture
def trial():
    with tried(github.Github()) as trial:
        yield trial


@pytest.fixture
def talking():
    with tried(github.GithubDiscussions()) as trial:
        yield trial


def mapped(connector=None, **odd):
    """Map one invented comment, changed by `odd`."""
    comment = {
        "key": "comment-5",
        "thread": "aurora/app#2",
        "number": "2",
        "repository": "aurora/app",
        "id": 5,
        "user": {"login": "ana", "id": 8, "type": "User"},
        "created_at": "2026-03-01T10:00:00Z",
        "author_association": "NONE",
        "html_url": "https://github.test/aurora/app/issues/2#issuecomment-5",
        "body": "The parcel came late.",
        "reactions": {"total_count": 3, "+1": 2},
        **odd,
    }
    connector = connector or Github(
        repositories=("aurora/app",), token=SecretStr("x"), team=("aurora-bot[bot]",)
    )
    (found,) = connector.normalise(Raw(key="comment-5", payload=orjson.dumps(comment).decode()))
    return found


def test_a_comment_belongs_to_its_issue():
    found = mapped()
    assert (found.thread, found.reply_to, found.author, found.author_key) == (
        "aurora/app#2",
        "aurora/app#2",
        "ana",
        "8",
    )
    assert found.counts == {"likes": 2}


def test_who_speaks():
    assert mapped().role == "customer"
    assert mapped(author_association="CONTRIBUTOR").role == "customer"
    assert mapped(author_association="COLLABORATOR").role == "team"
    assert mapped(user={"login": "dependabot[bot]", "type": "Bot"}).role == "automatic"
    assert mapped(user={"login": "aurora-bot[bot]", "type": "Bot"}).role == "team"
    assert mapped(body="I am of the team.\n\n<!-- tribune:x -->").role == "customer"


def test_what_no_reader_sees_is_no_text():
    assert mapped(body="<!-- Describe it here -->\nIt is late.\n<!-- never closed").text == "It is late."
    assert mapped(body="<!-- only -->", title="Late").text == "Late"
    assert mapped(body="<!--" * 25_000 + "x", title="Late").text == "Late"
    with pytest.raises(BadRecord, match="no text"):
        mapped(body=None)


def test_pull_requests_are_left_out(trial):
    trial.fill(4)
    trial.stand_in.add("A pull request.", trial.start + 5 * STEP)
    number = max(trial.stand_in.issues)
    trial.stand_in.issues[number]["pull_request"] = {"url": "https://api.github.test/pulls/3"}
    trial.stand_in._comment(number, "Looks good.", trial.start + 6 * STEP, "bob", what="pull")
    trial.whole(trial.pull())


def test_what_changes_during_a_walk_loses_nothing_else(trial):
    """By page numbers, each change would move up all that follows, and one would be jumped over."""
    trial.fill()
    kept, changed = Kept(), 0
    with trial.connector.connect() as connection:
        for _ in pages(trial.connector, connection, kept):
            trial.stand_in.edit(f"{github.WHERE}#{1 + changed}", "Changed meanwhile.")
            trial.said[f"{github.WHERE}#{1 + changed}"] = "Changed meanwhile."
            changed += 1
    assert changed > 3 and len(kept.comments) == COMMENTS
    trial.whole(trial.pull(kept))


def test_a_spent_limit_is_waited_for_though_it_says_403(trial):
    trial.fill(3)
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-limit": "5000", "x-ratelimit-reset": "900"}
    trial.site.inject(faults.answers(403, b'{"message":"API rate limit exceeded"}', headers))
    error = trial.fails(Kept(), TryAgain)
    assert 800 < error.after <= 900
    trial.site.mend()
    trial.site.inject(faults.answers(403, b'{"message":"secondary rate limit"}', {"retry-after": "60"}))
    assert trial.fails(Kept(), TryAgain).after == 60
    trial.site.mend()
    trial.site.inject(faults.answers(403, b'{"message":"Resource not accessible by personal access token"}'))
    assert trial.fails(Kept(), Refused)


def test_a_reply_carries_its_marker_unseen(trial):
    trial.fill(2)
    kept = trial.pull()
    comment = kept.comments[list(trial.said)[-1]]
    with trial.connector.connect() as connection:
        receipt = trial.connector.send(connection, Reply(marker=MARKER, text="On its way.", to=comment))
    assert MARKER in trial.stand_in.comments[-1]["body"]
    back = trial.pull(kept).comments[receipt.key]
    assert (back.text, back.role, back.thread) == ("On its way.", "team", comment.thread)


def test_a_reply_is_found_pages_down(trial):
    first = trial.say("The parcel came late.", trial.start)
    comment = trial.pull().comments[first]
    for number in range(45):
        trial.stand_in._comment(1, f"Me too, {number}.", trial.start + STEP, "bob")
    reply = Reply(marker=MARKER, text="On its way.", to=comment)
    with trial.connector.connect() as connection:
        assert trial.connector.find_reply(connection, reply) is None
        receipt = trial.connector.send(connection, reply)
        assert trial.connector.find_reply(connection, reply).key == receipt.key


def test_a_discussion_is_read_whole_whatever_its_pages(talking):
    root = talking.say("How late may it be?", talking.start)
    said = {root: None}
    for number in range(7):
        top = talking.stand_in.under(root, f"Comment {number}.", talking.start + STEP)
        said[top] = root
        for other in range(number):
            said[talking.stand_in.under(top, f"Reply {other} to {number}.", talking.start + STEP)] = top
    kept = talking.pull()
    assert {key: one.reply_to for key, one in kept.comments.items()} == said
    assert {one.thread for one in kept.comments.values()} == {root}
    assert {one.title for one in kept.comments.values()} == {"Parcels"}


def test_a_reply_to_a_reply_goes_under_the_comment_above(talking):
    root = talking.say("How late may it be?", talking.start)
    top = talking.stand_in.under(root, "Very.", talking.start + STEP)
    below = talking.stand_in.under(top, "No.", talking.start + STEP)
    kept = talking.pull()
    with talking.connector.connect() as connection:
        reply = Reply(marker=MARKER, text="A day.", to=kept.comments[below])
        receipt = talking.connector.send(connection, reply)
        assert talking.connector.find_reply(connection, reply).key == receipt.key
    back = talking.pull(kept).comments[receipt.key]
    assert (back.reply_to, back.thread, back.role, back.text) == (top, root, "team", "A day.")


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("NOT_FOUND", NotFound),
        ("FORBIDDEN", Refused),
        ("RATE_LIMITED", TryAgain),
        ("undefinedField", Invalid),
    ],
)
def test_graphql_refuses_with_200(talking, kind, error):
    talking.fill(2)
    body = orjson.dumps({"data": None, "errors": [{"type": kind, "message": "No."}]})
    talking.site.inject(faults.says(body))
    assert talking.fails(Kept(), error)


def test_a_server_of_ones_own_has_graphql_beside_its_version():
    asked = []

    class Told(Exception):
        pass

    class Client(Http):
        def query(self, path, value, *, ok=(200,), form=False):
            asked.append(path)
            raise Told

    with pytest.raises(Told):
        discussions(Client("https://git.aurora.test/api/v3"), "aurora/app", None)
    assert asked == ["https://git.aurora.test/api/graphql"]


def test_recordings_of_issues_are_mapped():
    if not RECORDINGS.exists():
        pytest.skip("needs the recordings in shared/recordings/github")
    issues = []
    for name in ("paginate-issues", "search-issues"):
        for one in orjson.loads((RECORDINGS / name / "normalized-fixture.json").read_bytes()):
            issues += one["response"] if isinstance(one["response"], list) else one["response"]["items"]
    connector = Github(repositories=("octo/app",), token=SecretStr("x"))
    found = []
    for issue in issues:
        named = _named("octo/app", issue, True)
        found += connector.normalise(Raw(key=named["key"], payload=orjson.dumps(named).decode()))
    assert len(found) == len(issues) > 13
    assert all(
        one.key.startswith("octo/app#") and one.thread == one.key and not one.reply_to for one in found
    )
    assert {one.created_at for one in found} == {datetime(2017, 10, 10, 16, tzinfo=UTC)}
    assert any(one.text == "Test issue 13" and one.role == "team" for one in found)
    assert any(one.role == "customer" and "no pop" in one.text for one in found)
