"""The routes of crisis rooms: what each member may, what the answers carry, and what a stale tab is told."""

from collections.abc import Iterator
from datetime import timedelta
from html import escape
from typing import Any

import pytest
from fastapi.testclient import TestClient

from curation import config
from curation.api import create_api
from curation.api.serving import Served
from curation.store import access
from curation.store.connection import now
from curation.store.indexing import catch_up
from tests.api.test_drafts import Team
from tests.conftest import land, notice

ROLES = {
    "ana": ["read", "draft"],
    "bo": ["read", "approve"],
    "cy": ["read", "triage", "send"],
    "dan": ["read"],
}
TEXTS = {"en": "A lorry burnt down. Your parcel leaves tomorrow.", "fr": "Un camion a brûlé."}
HOSTILE = "<script>alert(1)</script> \u202e ![x](https://pixel.example/x.png)"


@pytest.fixture
def team(served: Served, monkeypatch: pytest.MonkeyPatch) -> Iterator[Team]:
    """Four members, and a forum where six people complain about delivery, one of them in two threads, one is pleased."""
    monkeypatch.setenv("TRIBUNE_FORUM_API_KEY", "hush")
    config.save_source("forum", "discourse", {"url": "https://forum.example", "user": "team"})
    with config.edit() as document:
        document["crisis"] = {"approvals": 1}
    at = now() - timedelta(hours=3)
    rows: list[dict[str, Any]] = [
        notice(f"c{n}", f"Late! {HOSTILE}", author=f"Person {n % 6}", author_key=str(n % 6), created_at=at)
        for n in range(7)
    ]
    rows += [
        notice("c0b", "Still late!", thread="c0", author="Person 0", author_key="0", created_at=at),
        notice("ok", "Lovely", author="Zoe", author_key="z", created_at=at),
    ]
    land(served.store, rows, "forum")
    with served.store.write() as con:
        con.execute(
            "update comment set topics = '|delivery.late|', language = case when key = 'c1' then 'fr' else 'en' end,"
            " sentiment = case when key = 'ok' then 'positive' else 'negative' end"
        )
    catch_up(served.store)
    tokens = {who: access.create_token(served.store, "test", who, scopes) for who, scopes in ROLES.items()}
    with TestClient(create_api(served.store, served.token)) as client:
        yield Team(client, tokens)


QUERY = "/crises?topic=delivery&sentiment=negative"


def test_a_room_from_its_opening_to_its_report(team: Team) -> None:
    team("cy", "POST", QUERY, 201, title="  The lorry ")
    room = team("dan", "GET", "/crises/1")
    assert (room["title"], room["noticed"], room["statement"]) == ("The lorry", None, None)
    # One person in two threads is answered in both; two comments in one thread are one.
    assert (room["progress"]["people"], room["progress"]["comments"]) == (7, 8)
    assert [one["who"] for one in room["members"]] == ["token cy"]
    said = team("ana", "PUT", "/crises/1/statement", version=0, texts=TEXTS)
    assert (said["version"], said["approvers"], said["needs"], said["agreed_at"]) == (1, [], 1, None)
    said = team("bo", "POST", "/crises/1/statement/review", version=1, approve=True)
    assert said["approvers"] == ["token bo"] and said["agreed_at"]
    assert team("ana", "POST", "/crises/1/answers", version=1) == {"made": 7, "left": 0, "refused": []}
    assert team("ana", "POST", "/crises/1/answers/ask") == {"done": 7, "refused": []}
    [french] = [one for one in team("dan", "GET", "/crises/1/people") if one["said"]["language"] == "fr"]
    seen = team("bo", "GET", f"/replies/{french['reply']['marker']}/review")
    assert (seen["reply"]["text"], seen["needs"]) == (f"Bonjour Person 1,\n\n{TEXTS['fr']}", 1)
    decision = {"version": seen["reply"]["version"], "digest": seen["digest"], "approve": True}
    team("bo", "POST", f"/replies/{french['reply']['marker']}/review", **decision)
    assert team("cy", "POST", "/crises/1/answers/send") == {"done": 1, "refused": []}
    progress = team("dan", "GET", "/crises/1")["progress"]
    assert progress["states"] == {"queued": 1, "in_review": 6}
    assert [one["comment"] for one in team("dan", "GET", "/crises/1/people", state="queued")] == [
        french["comment"]
    ]
    deeds = team("dan", "GET", "/crises/1")["deeds"]
    assert [one["action"] for one in deeds] == ["open", "gather", "join", "statement", "review statement"]
    closed = team("cy", "POST", "/crises/1/close", version=1, learnt=f"Two lorries. {HOSTILE}")
    assert (closed["status"], closed["closed_by"]) == ("closed", "token cy")
    page = team.client.get(
        "/crises/1/report?format=html&language=fr", headers={"authorization": f"Bearer {team.tokens['dan']}"}
    ).text
    assert "Rapport de crise\u00a0: The lorry" in page and "<script" not in page and "<img" not in page
    assert escape(HOSTILE) in page
    figures = team("dan", "GET", "/crises/1/report")
    assert figures["moods"]["during"] == {"comments": 9, "negative": 8}
    assert figures["lasted"]["to_statement"] >= 0 and figures["lasted"]["to_first_answer"] is None
    assert sum(row["comments"] for row in figures["timeline"]["comments"]) == 9


def test_a_closed_room_is_only_read_until_it_is_opened_again(team: Team) -> None:
    team("cy", "POST", QUERY, 201, title="The lorry")
    team("cy", "POST", "/crises/1/close", version=1, learnt="")
    for who, method, path, value in (
        ("ana", "PUT", "statement", {"version": 0, "texts": TEXTS}),
        ("cy", "POST", "members", {}),
        ("cy", "POST", "leave-out", {"comment": 1}),
        ("cy", "POST", "answers/send", {}),
        ("cy", "POST", "close", {"version": 2, "learnt": "x"}),
    ):
        said = team(who, method, f"/crises/1/{path}", 422, **value)["detail"]
        assert "closed" in said
    assert team("cy", "POST", "/crises/1/reopen", 409, version=1)["current"]["status"] == "closed"
    assert team("cy", "POST", "/crises/1/reopen", version=2)["closed_at"] is None
    team("cy", "POST", "/crises/1/reopen", 422, version=3)
    team("cy", "POST", "/crises/1/members")


def test_a_stale_statement_is_refused_with_the_newest(team: Team) -> None:
    team("cy", "POST", QUERY, 201, title="The lorry")
    team("ana", "PUT", "/crises/1/statement", version=0, texts={"en": "One."})
    refused = team("ana", "PUT", "/crises/1/statement", 409, version=0, texts={"en": "Two."})
    assert refused["current"]["texts"] == {"en": "One."}
    team("ana", "PUT", "/crises/1/statement", version=1, texts={"en": "Three."})
    assert (
        team("bo", "POST", "/crises/1/statement/review", 409, version=1, approve=True)["current"]["version"]
        == 2
    )
    team("bo", "POST", "/crises/1/statement/review", 422, version=2, approve=False)
    said = team("bo", "POST", "/crises/1/statement/review", version=2, approve=False, why="Say when.")
    assert (said["wishes"][0]["why"], said["previous"]) == ("Say when.", {"en": "One."})
    team("ana", "PUT", "/crises/1/statement", 422, version=2, texts={"en": " "})
    team("ana", "PUT", "/crises/1/statement", 422, version=2, texts={"de": "Nein."})
    team("ana", "PUT", "/crises/1/statement", 422, version=2, texts={"en": "x" * 100_001})


def test_a_wish_for_changes_voids_what_has_not_left(team: Team) -> None:
    team("cy", "POST", QUERY, 201, title="The lorry")
    team("ana", "PUT", "/crises/1/statement", version=0, texts=TEXTS)
    team("bo", "POST", "/crises/1/statement/review", version=1, approve=True)
    team("ana", "POST", "/crises/1/answers", version=1, limit=2)
    team("bo", "POST", "/crises/1/statement/review", version=1, approve=False, why="It was two lorries.")
    states = team("dan", "GET", "/crises/1")["progress"]["states"]
    assert states == {"void": 2, "waiting": 5}
    team("ana", "POST", "/crises/1/answers", 422, version=1)


def test_who_is_there_by_mistake_is_left_out(team: Team) -> None:
    team("cy", "POST", QUERY, 201, title="The lorry")
    team("ana", "PUT", "/crises/1/statement", version=0, texts=TEXTS)
    team("bo", "POST", "/crises/1/statement/review", version=1, approve=True)
    team("cy", "POST", "/crises/1/leave-out", comment=1)
    progress = team("dan", "GET", "/crises/1")["progress"]
    assert (progress["people"], progress["states"]) == (6, {"left_out": 1, "waiting": 6})
    assert team("ana", "POST", "/crises/1/answers", version=1)["made"] == 6
    team("cy", "POST", "/crises/1/leave-out", comment=1, out=False)
    assert team("dan", "GET", "/crises/1")["progress"]["people"] == 7
    team("cy", "POST", "/crises/1/leave-out", 422, comment=999)


def test_somebody_else_s_draft_is_never_overwritten(team: Team) -> None:
    team("cy", "POST", QUERY, 201, title="The lorry")
    team("ana", "PUT", "/crises/1/statement", version=0, texts=TEXTS)
    team("bo", "POST", "/crises/1/statement/review", version=1, approve=True)
    own = team("ana", "PUT", "/comments/2/draft", text="My own words.", version=0)
    assert team("ana", "POST", "/crises/1/answers", version=1)["made"] == 6
    assert team("ana", "GET", f"/replies/{own['marker']}")["text"] == "My own words."
    # It falls under the room's review all the same.
    assert team("ana", "GET", "/comments/2/draft")["because"] == "1 approval: crisis true"


def test_each_member_does_only_what_is_theirs(team: Team) -> None:
    team("dan", "POST", QUERY, 403, title="x")
    team("ana", "POST", QUERY, 403, title="x")
    team("cy", "POST", QUERY, 201, title="The lorry")
    team("cy", "PUT", "/crises/1/statement", 403, version=0, texts=TEXTS)
    team("ana", "PUT", "/crises/1/statement", version=0, texts=TEXTS)
    team("ana", "POST", "/crises/1/statement/review", 403, version=1, approve=True)
    team("bo", "POST", "/crises/1/answers", 403, version=1)
    team("bo", "POST", "/crises/1/answers/send", 403)
    team("ana", "POST", "/crises/1/close", 403, version=1, learnt="")
    team("dan", "POST", "/crises/1/members", 403)
    team("dan", "GET", "/crises/2", 404)
    team("dan", "GET", "/crises/2/people", 404)
    team("dan", "GET", "/crises/2/report", 404)


def test_what_a_room_cannot_be_opened_for(team: Team) -> None:
    assert "Narrow" in team("cy", "POST", "/crises", 422, title="All")["detail"]
    assert "No comment" in team("cy", "POST", "/crises?q=nothing-like-it", 422, title="x")["detail"]
    assert "still to come" in team("cy", "POST", f"{QUERY}&until=2100-01-01", 422, title="x")["detail"]
    team("cy", "POST", QUERY, 422, title=" ")
    team("cy", "POST", QUERY, 201, title="The lorry")
    assert "room 1 is about this already" in team("cy", "POST", QUERY, 422, title="Again")["detail"]
    team("cy", "POST", "/crises?q=late", 201, title="By words")
    assert [one["id"] for one in team("dan", "GET", "/crises")] == [2, 1]
