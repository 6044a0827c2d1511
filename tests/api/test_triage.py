"""Triage over the API: the same rules for a page and an integration, problems that say what to do."""

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from curation.api import create_api, page_token
from curation.api.serving import Served
from curation.models import PERMISSIONS, Who
from curation.store import comments
from curation.store.connection import now
from tests.conftest import land, notice


@pytest.fixture
def client(served: Served) -> Iterator[TestClient]:
    at = now() - timedelta(hours=1)
    land(served.store, [notice(key, f"Text {key}", author="Zoé", created_at=at + timedelta(minutes=n))
                        for n, key in enumerate("abc")])  # fmt: skip
    with TestClient(create_api(served.store, served.token)) as client:
        yield client


def ask(
    client: TestClient,
    who: str,
    method: str,
    path: str,
    status: int = 200,
    may: tuple[str, ...] = PERMISSIONS,
    **more: Any,
) -> Any:
    token = page_token(Who(name=who, permissions=frozenset(may)))
    answer = client.request(method, path, headers={"authorization": f"Bearer {token}"}, **more)
    assert answer.status_code == status, answer.text
    return answer.json()


def thread(served: Served, key: str) -> str:
    return str(comments.find(served.store, "survey", key)["thread_id"])


def test_two_people_on_one_thread(client: TestClient, served: Served) -> None:
    a = thread(served, "a")
    state = ask(client, "ana", "POST", f"/threads/{a}/claim", json={"version": 0})
    assert state["claimed_until"].endswith("Z") and state["thread"] == a
    refused = ask(client, "bo", "POST", f"/threads/{a}/claim", 409, json={})
    assert refused["current"]["claimed_by"] == "ana" and "ana has this thread until" in refused["detail"]
    refused = ask(
        client, "bo", "POST", f"/threads/{a}/status", 409, json={"status": "resolved", "version": 0}
    )
    assert refused["current"]["version"] == 1
    ask(client, "bo", "POST", f"/threads/{a}/presence", json={"typing": True})
    note = ask(client, "bo", "POST", f"/threads/{a}/notes", 201, json={"text": "Yours, @ana?"})
    opened = ask(client, "ana", "GET", f"/threads/{a}")
    assert opened["others"] == [{"who": "bo", "typing": True}] and opened["notes"][0]["mentions"] == ["ana"]
    needs = ask(client, "ana", "GET", "/needs")
    assert needs["mentions"][0]["note"] == note["id"] and needs["claimed"][0]["claimed_until"]
    assert ask(client, "ana", "POST", "/mentions/seen", json=[note["id"]]) == {"seen": 1}
    [state] = ask(client, "bo", "GET", "/comments")["states"]
    assert (state["thread"], state["claimed_by"]) == (a, "ana")
    ask(client, "ana", "DELETE", f"/threads/{a}/presence", params={"keep": True})
    assert ask(client, "bo", "GET", f"/threads/{a}")["state"]["claimed_by"] == "ana"
    ask(client, "ana", "DELETE", f"/threads/{a}/presence")
    assert ask(client, "bo", "POST", f"/threads/{a}/claim", json={})["claimed_by"] == "bo"


def test_every_deed_has_a_route_and_a_number_that_undoes_it(client: TestClient, served: Served) -> None:
    a, b = thread(served, "a"), thread(served, "b")
    until = (now() + timedelta(hours=1)).isoformat() + "Z"
    for path, given in (
        ("claim", {}),
        ("assign", {"to": "bo"}),
        ("status", {"status": "pending"}),
        ("snooze", {"until": until}),
        ("snooze", {}),
        ("merge", {"others": [b]}),
        ("unmerge", {"others": [b]}),
    ):
        state = ask(client, "ana", "POST", f"/threads/{a}/{path}", json=given)
        ask(client, "bo", "POST", f"/deeds/{state['deed']}/undo")
        ask(client, "bo", "POST", f"/deeds/{state['deed']}/redo")
        assert ask(client, "ana", "GET", "/deeds", params={"mine": True})[0]["id"] == state["deed"]
    assert ask(client, "ana", "GET", "/people") == ["bo"]
    ask(client, "ana", "POST", "/deeds/99/undo", 404)
    ask(client, "ana", "DELETE", f"/threads/{a}/claim")
    first = comments.find(served.store, "survey", "a")["id"]
    corrected = ask(
        client, "ana", "POST", f"/comments/{first}/tags", json={"name": "sentiment", "value": "negative"}
    )
    ask(client, "ana", "POST", f"/deeds/{corrected['deed']}/undo")
    assert comments.get(served.store, first)["sentiment"] is None
    moved = ask(client, "ana", "POST", f"/comments/{first}/status", json={"status": "resolved"})
    assert ask(client, "bo", "POST", f"/deeds/{moved['deed']}/undo")["threads"] == 1


def test_bulk_by_filter_and_by_ids(client: TestClient) -> None:
    act = {"action": "status", "status": "spam"}
    shown = ask(client, "ana", "POST", "/bulk", params={"source": "survey", "dry_run": True}, json=act)
    assert shown["threads"] == len(shown["examples"]) == 3
    done = ask(client, "ana", "POST", "/bulk", params={"source": "survey"}, json={**act, "expected": 3})
    assert done["changed"] == 3
    ask(client, "ana", "POST", f"/deeds/{done['deed']}/undo")
    assert ask(client, "ana", "POST", "/bulk", json={**act, "ids": [1, 2]})["changed"] == 2
    assert "Narrow the filter" in ask(client, "ana", "POST", "/bulk", 422, json=act)["detail"]
    assert ask(client, "ana", "POST", "/bulk", 409, params={"source": "survey"}, json={**act, "expected": 9})[
        "current"
    ]


def test_the_queue_goes_on_where_it_ended(client: TestClient) -> None:
    page = ask(client, "ana", "GET", "/queue", params={"limit": 2})
    assert [row["comment"]["key"] for row in page["threads"]] == ["a", "b"]
    assert page["threads"][0]["why"][0]["code"] == "due" and page["threads"][0]["due_at"].endswith("Z")
    rest = ask(client, "ana", "GET", "/queue", params={"limit": 2, "after": page["next"]})
    assert [row["comment"]["key"] for row in rest["threads"]] == ["c"] and rest["next"] is None
    for wrong in ("x", "1_2", "9999999999999999999_1_1", "1_1_1_1", "253402300799999999_1_1"):
        ask(client, "ana", "GET", "/queue", 422, params={"after": wrong})


def test_another_person_s_change_ends_the_wait(client: TestClient, served: Served) -> None:
    a = thread(served, "a")
    upto = ask(client, "bo", "GET", "/changes")["next"]
    assert ask(client, "bo", "GET", "/changes", params={"after": upto, "thread": a}) == {
        "next": upto, "changes": [], "others": [],
    }  # fmt: skip
    for path, given in ((f"/threads/{a}/presence", {"typing": True}), (f"/threads/{a}/assign", {"to": "bo"})):
        later = threading.Timer(0.2, ask, (client, "ana", "POST", path), {"json": given})
        later.start()
        begin = time.monotonic()
        found = ask(client, "bo", "GET", "/changes", params={"after": upto, "thread": a, "wait": 5})
        assert time.monotonic() - begin < 4
        assert found["others"] == [{"who": "ana", "typing": True}]
        later.join()
    assert found["changes"][0]["subject"] == f"thread/{a}"


def test_a_crowd_waits_longer_but_not_for_an_app_that_stops(client: TestClient, served: Served) -> None:
    a, store = thread(served, "a"), served.store
    upto = ask(client, "bo", "GET", "/changes")["next"]
    store.recent.followers = 1_000
    assert ask(client, "bo", "GET", "/changes", params={"after": upto})["changes"] == []
    assert ask(client, "bo", "GET", "/changes", params={"after": upto, "wait": 0.2})["changes"] == []
    ask(client, "ana", "POST", f"/threads/{a}/claim", json={})
    begin = time.monotonic()
    found = ask(client, "bo", "GET", "/changes", params={"after": upto, "wait": 5})
    assert found["changes"] and time.monotonic() - begin >= 2
    store.leaving.set()
    found = ask(client, "bo", "GET", "/changes", params={"after": found["next"], "wait": 5})
    assert (found["changes"], store.recent.followers) == ([], 1_000)


def test_views_are_kept(client: TestClient) -> None:
    ask(client, "ana", "PUT", "/views/Late ones", json={"query": "topic=delivery.late", "shared": True})
    assert ask(client, "bo", "GET", "/views")[0]["query"] == "topic=delivery.late"
    ask(client, "bo", "DELETE", "/views/Late ones", 403, ("read", "triage"), params={"owner": "ana"})
    ask(client, "ana", "DELETE", "/views/Late ones")
    ask(client, "ana", "DELETE", "/views/Late ones", 404)


def test_who_only_reads_changes_nothing(client: TestClient, served: Served) -> None:
    a = thread(served, "a")
    for method, path, given in (
        ("POST", f"/threads/{a}/claim", {}),
        ("DELETE", f"/threads/{a}/claim", None),
        ("POST", f"/threads/{a}/status", {"status": "open"}),
        ("POST", f"/threads/{a}/assign", {"to": None}),
        ("POST", f"/threads/{a}/snooze", {}),
        ("POST", f"/threads/{a}/merge", {"others": [a]}),
        ("POST", f"/threads/{a}/unmerge", {"others": [a]}),
        ("POST", f"/threads/{a}/notes", {"text": "x"}),
        ("POST", "/bulk", {"action": "assign", "to": None, "ids": [1]}),
        ("POST", "/deeds/1/undo", None),
        ("POST", "/deeds/1/redo", None),
        ("GET", "/people", None),
    ):
        assert "triage" in ask(client, "rex", method, path, 403, ("read",), json=given)["detail"]
    for path in (
        "/queue",
        "/changes",
        "/needs",
        "/deeds",
        "/views",
        f"/threads/{a}",
        f"/threads/{a}/duplicates",
    ):
        ask(client, "rex", "GET", path, may=("read",))
        ask(client, "rex", "GET", path, 403, ("feed",))


@pytest.mark.parametrize("given", ["x", "-", "99999999999999999999", "9223372036854775807", "-5"])
def test_no_such_thread(client: TestClient, given: str) -> None:
    assert client.post(f"/threads/{given}/claim", json={}).status_code == 401
    token = {"authorization": f"Bearer {page_token(Who(name='ana', permissions=frozenset(PERMISSIONS)))}"}
    for path in ("claim", "presence"):
        assert client.post(f"/threads/{given}/{path}", json={}, headers=token).status_code in (404, 422)
