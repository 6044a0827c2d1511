"""The taxonomy's routes: permission, preview, what changed meanwhile."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from curation.api import create_api
from curation.api.serving import Served
from curation.store import access

NAME = {"en": "Pumps", "fr": "Pompes"}
CAMPAIGN = {
    "comments": 1,
    "sources": {},
    "quotes": [1],
    "people": 1,
    "first": "2026-01-01",
    "last": "2026-01-01",
}


@pytest.fixture
def api(served: Served) -> Iterator[TestClient]:
    with TestClient(create_api(served.store, served.token)) as client:
        client.headers["authorization"] = f"Bearer {served.token}"
        yield client


def test_topics_are_read_changed_and_changed_back(api: TestClient) -> None:
    version = api.get("/taxonomy").json()["version"]
    add = {"action": "add", "id": "pumps", "name": NAME, "phrases": {"en": ["pump"]}}
    shown = api.post("/taxonomy", params={"dry_run": True}, json=add).json()
    assert shown == {"version": version, "comments": 0, "by_source": [], "examples": []}
    made = api.post("/taxonomy", params={"based_on": version}, json=add).json()
    assert made["version"] == version + 1
    late = api.post("/taxonomy", params={"based_on": version}, json={"action": "archive", "id": "pumps"})
    assert (late.status_code, late.json()["current"]) == (409, version + 1)
    assert "pumps" in [topic["id"] for topic in api.get("/taxonomy").json()["topics"]]
    api.post("/taxonomy", json={"action": "undo", "version": made["version"]})
    newest, changed, *_ = api.get("/taxonomy/changes").json()
    assert (newest["action"], newest["undoes"], changed["undone_by"]) == (
        "undo",
        made["version"],
        version + 2,
    )


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"action": "add", "id": "x", "name": NAME, "colour": "red"}, 422),
        ({"action": "explode", "id": "x"}, 422),
        ({"action": "archive", "id": "nothing"}, 404),
        ({"action": "add", "id": "x", "name": NAME, "examples": [99]}, 404),
    ],
)
def test_edits_that_are_none_are_refused(api: TestClient, body: dict[str, object], status: int) -> None:
    assert api.post("/taxonomy", json=body).status_code == status


def test_a_reader_sees_topics_and_changes_none(api: TestClient, served: Served) -> None:
    token = access.create_token(served.store, "test", "reader", ["read"])
    api.headers["authorization"] = f"Bearer {token}"
    assert api.get("/taxonomy").status_code == 200
    assert api.post("/taxonomy", json={"action": "archive", "id": "delivery"}).status_code == 403


@pytest.mark.parametrize(
    "wrong",
    [
        {"themes": [{}]},
        {"themes": [{"id": "../x", "name": "n", "words": [], "phrases": [], "quotes": []}]},
        {"campaigns": [{"comments": 1, "quotes": "all"}]},
        {"more": 1},
    ],
)
def test_a_look_that_is_none_is_refused_and_what_was_found_stays(
    api: TestClient, wrong: dict[str, object]
) -> None:
    look = {"days": 1, "comments": 0, "uncovered": 0, "themes": [], "campaigns": []}
    assert api.post("/themes", json=look).status_code == 200
    assert api.post("/themes", json=look | wrong).status_code == 422
    assert api.get("/themes").json()["days"] == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"days": 2**64},
        {"campaigns": [CAMPAIGN | {"quotes": [2**63]}]},
        {"campaigns": [CAMPAIGN | {"people": 2**70}]},
    ],
)
def test_numbers_beyond_all_counting_are_refused(api: TestClient, wrong: dict[str, object]) -> None:
    look = {"days": 1, "comments": 0, "uncovered": 0, "themes": [], "campaigns": []}
    assert api.post("/themes", json=look | wrong).status_code == 422


@pytest.mark.parametrize("since", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_time_that_no_calendar_has_is_refused(api: TestClient, since: str) -> None:
    assert api.get("/comments/recent", params={"since": since}).status_code == 422


def test_a_body_that_cannot_be_read_is_said_to_be_no_json(api: TestClient) -> None:
    answer = api.post("/taxonomy", content=b"[" * 100_000, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert "Is it JSON" in answer.json()["detail"]


def test_who_may_change_what_is_in_force_is_told_so(api: TestClient, served: Served) -> None:
    token = access.create_token(served.store, "test", "curator", ["curate"])
    api.headers["authorization"] = f"Bearer {token}"
    assert api.post("/models/use", json={"name": "shipped"}).json() == {"in_force": "shipped", "models": []}
