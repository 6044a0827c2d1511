"""The API as an integration meets it: tokens, errors that say what to do, exports, batches."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from starlette.testclient import TestClient

from curation import arrow
from curation.api import Guard, create_api, page_token
from curation.api.serving import Served
from curation.models import Who
from curation.store import Store
from tests.conftest import land, notice, table


@pytest.fixture
def api(served: Served) -> Iterator[TestClient]:
    with TestClient(create_api(served.store, served.token)) as client:
        client.headers["authorization"] = f"Bearer {served.token}"
        yield client


def batch(rows: list[dict[str, Any]], **about: Any) -> bytes:
    return b"".join(arrow.dump(table(rows).combine_chunks().to_batches()[0], {"stream": "s", **about}))


def problem(response: Any, status: int, kind: str) -> str:
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    said = response.json()
    assert (said["status"], said["type"]) == (status, f"/api/errors/{kind}")
    assert said["title"]
    return str(said["detail"])


def test_a_batch_goes_in_and_comes_out(api: TestClient) -> None:
    body = batch([notice("a", "Hello"), notice("b", "World")], cursor={"n": 1}, after=None)
    assert api.post("/sources/shop/land", content=body).json()["new"] == 2
    assert api.get("/sources/shop/cursors").json() == {"s": {"n": 1}}
    page = api.get("/comments", params={"limit": 1}).json()
    (first,) = page["comments"]
    assert first["created_at"].endswith("Z")
    (second,) = api.get("/comments", params={"limit": 1, "before": page["next"]}).json()["comments"]
    assert {first["text"], second["text"]} == {"Hello", "World"}
    assert api.get(f"/comments/{first['id']}").json()["state"] == {
        "status": "new", "assignee": None, "version": 0, "changed_at": None, "claimed_by": None, "claimed_until": None,
        "snoozed_until": None, "merged": [], "thread": first["thread_id"],
    }  # fmt: skip
    assert json.loads(api.get(f"/comments/{first['id']}/raw").json()["payload"])["text"] == first["text"]
    assert api.get("/comments/find", params={"source": "shop", "key": "b"}).json()["text"] == "World"


def test_two_pulls_of_one_stream_cannot_interleave(api: TestClient) -> None:
    body = batch([notice("a", "x")], cursor={"n": 1}, after=None)
    api.post("/sources/shop/land", content=body)
    said = api.post("/sources/shop/land", content=batch([notice("b", "y")], cursor={"n": 9}, after=None))
    assert "first" in problem(said, 409, "Stale")
    assert said.json()["current"] == {"n": 1}


def test_tags_travel_in_batches(api: TestClient) -> None:
    api.post("/sources/shop/land", content=batch([notice("a", "x"), notice("b", "y")]))
    with pa.ipc.open_stream(api.get("/untagged", params={"version": "v1"}).content) as reader:
        taken = reader.read_all().to_pydict()
    rows = [
        {"comment_id": id, "version": 1, "name": "sentiment", "value": "negative", "score": 0.5}
        for id in taken["id"]
    ]
    tags = pa.RecordBatch.from_pylist(rows, schema=arrow.TAGS)
    body = b"".join(arrow.dump(tags, {}))
    assert api.post("/tags", params={"version": "v1"}, content=body).json() == {"tagged": 2}
    assert api.get("/untagged/count", params={"version": "v1"}).json() == {"comments": 0}
    assert api.get("/comments/count", params={"sentiment": "negative"}).json()["comments"] == 2


def test_a_tag_is_explained_by_words_at_their_places(api: TestClient) -> None:
    api.post("/sources/shop/land", content=batch([notice("a", "😡 The parcel is late again!", title="Late")]))
    with pa.ipc.open_stream(api.get("/untagged", params={"version": "v1"}).content) as reader:
        id = reader.read_all().to_pydict()["id"][0]
    named = [
        ("sentiment", "negative"),
        ("topic", "delivery.late"),
        ("topic", "unheard.of"),
        ("entity", "order:1"),
    ]
    rows = [{"comment_id": id, "version": 1, "name": n, "value": v, "score": 0.5} for n, v in named]
    tags = pa.RecordBatch.from_pylist(rows, schema=arrow.TAGS)
    api.post("/tags", params={"version": "v1"}, content=b"".join(arrow.dump(tags, {})))
    explained = {
        one["value"]: one["weights"] for one in api.get(f"/comments/{id}/explanation").json()["tags"]
    }
    assert explained.keys() == {"negative", "delivery.late", "unheard.of"}
    assert explained["unheard.of"] == []
    parts = {"title": "Late", "text": "😡 The parcel is late again!"}
    for one in explained["negative"] + explained["delivery.late"]:
        assert parts[one["part"]][one["start"] : one["end"]] == one["words"]
    heaviest = sorted(explained["delivery.late"], key=lambda one: -one["weight"])[:3]
    assert "late" in {one["words"].casefold() for one in heaviest}
    assert problem(api.get("/comments/999999/explanation"), 404, "NotFound")


@pytest.mark.parametrize("body", [b"", b"no arrow", b"\xff" * 1000, b"ARROW1\0\0"])
def test_a_body_that_is_no_batch_is_refused(api: TestClient, body: bytes) -> None:
    assert "Arrow" in problem(api.post("/sources/shop/land", content=body), 422, "Invalid")


def test_a_batch_of_other_columns_names_ours(api: TestClient) -> None:
    other = pa.RecordBatch.from_pylist([{"x": 1}])
    said = problem(api.post("/sources/shop/land", content=b"".join(arrow.dump(other, {}))), 422, "Invalid")
    assert "raw_key string" in said


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("/comments/99", 404, "NotFound"),
        ("/comments/-1", 422, "Invalid"),
        ("/comments/99999999999999999999", 422, "Invalid"),
        ("/comments?limit=0", 422, "Invalid"),
        ("/comments?limit=100000", 422, "Invalid"),
        ("/comments?before=x", 422, "Invalid"),
        ("/comments?before=99999999999999999999", 422, "Invalid"),
        ("/comments?sentiment=grumpy", 422, "Invalid"),
        ("/comments?since=yesterday", 422, "Invalid"),
        ("/comments?since=1763596800", 422, "Invalid"),
        ("/comments?q=since:yesterday", 422, "Invalid"),
        ("/comments?person=me", 422, "Invalid"),
        ("/overview?step=hour", 422, "Invalid"),
        ("/sources/x/raws", 404, "NotFound"),
        ("/sources/x/refused?after=a", 422, "Invalid"),
        ("/export?format=doc", 422, "Invalid"),
    ],
)
def test_errors_say_what_is_wrong(api: TestClient, path: str, status: int, kind: str) -> None:
    assert problem(api.get(path), status, kind)


def test_tokens_are_scoped_shown_once_and_revocable(api: TestClient, store: Store) -> None:
    land(store, [notice("a", "x")])
    token = api.post("/tokens", json={"name": "bi", "scopes": ["read"]}).json()["token"]
    assert token not in api.get("/tokens").text
    assert "token" not in [row["action"] for row in api.get("/activity").json()]
    theirs = {"authorization": f"Bearer {token}"}
    assert api.get("/comments", headers=theirs).status_code == 200
    said = api.post("/comments/1/status", json={"status": "open"}, headers=theirs)
    assert "triage" in problem(said, 403, "Forbidden")
    assert problem(api.get("/tokens", headers=theirs), 403, "Forbidden")
    assert problem(api.post("/tokens", json={"name": "bi", "scopes": ["read"]}), 422, "Invalid")
    assert problem(api.post("/tokens", json={"name": "no", "scopes": ["everything"]}), 422, "Invalid")
    api.delete("/tokens/bi")
    assert problem(api.get("/comments", headers=theirs), 401, "Unauthorised")
    assert problem(api.delete("/tokens/bi"), 404, "NotFound")


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer nonsense", "Basic YTpi", "Bearer é"])
def test_without_a_token_nothing_is_answered(api: TestClient, header: str) -> None:
    said = api.get("/comments", headers={"authorization": header.encode()})
    assert problem(said, 401, "Unauthorised")


def test_a_page_s_token_carries_who_looks(api: TestClient, store: Store) -> None:
    land(store, [notice("a", "x")])
    token = page_token(Who(name="ana", permissions=frozenset({"read", "triage"})))
    headers = {"authorization": f"Bearer {token}"}
    assert api.post("/comments/1/status", json={"status": "open"}, headers=headers).json()["version"] == 1
    assert api.get("/activity").json()[0]["who"] == "ana"
    assert problem(api.get("/tokens", headers=headers), 403, "Forbidden")
    assert problem(api.get("/comments", headers={"authorization": f"Bearer {token}x"}), 401, "Unauthorised")


def test_exports_have_one_shape_in_four_formats(api: TestClient, store: Store) -> None:
    land(
        store,
        [
            notice("a", "=cmd()", thread="t"),
            notice("bb", 'two\n"lines"', created_at=None or notice("a")["created_at"]),
        ],
    )
    names = [
        "id",
        "source",
        "key",
        "thread",
        "author",
        "text",
        "created_at",
        "language",
        "sentiment",
        "topics",
        "status",
        "intent",
        "urgency",
        "unsure",
    ]
    lines = [json.loads(line) for line in api.get("/export").text.splitlines()]
    assert [list(line) for line in lines] == [names, names]
    assert {line["text"] for line in lines} == {"=cmd()", 'two\n"lines"'}
    sheet = list(csv.DictReader(io.StringIO(api.get("/export", params={"format": "csv"}).text)))
    assert {row["text"] for row in sheet} == {"'=cmd()", 'two\n"lines"'}
    parquet = pq.read_table(io.BytesIO(api.get("/export", params={"format": "parquet"}).content))
    assert parquet.schema.names == names
    with pa.ipc.open_stream(api.get("/export", params={"format": "arrow"}).content) as reader:
        assert reader.read_all().to_pydict() == parquet.to_pydict()
    assert api.get("/export", params={"format": "csv", "source": "none"}).text.strip() == ",".join(names)


def test_only_our_own_pages_and_programs_get_in(served: Served) -> None:
    guarded = Guard(create_api(served.store, served.token))
    with TestClient(guarded, base_url="http://127.0.0.1:8787") as client:
        client.headers["authorization"] = f"Bearer {served.token}"
        assert client.get("/comments").status_code == 200
        assert client.get("/comments", headers={"origin": "http://127.0.0.1:8787"}).status_code == 200
        assert client.get("/comments", headers={"origin": "https://evil.example"}).status_code == 403
        assert client.get("/comments", headers={"origin": "http://127.0.0.1:9999"}).status_code == 403
        for odd in ("null", "http://[", "127.0.0.1:8787"):
            assert client.get("/comments", headers={"origin": odd}).status_code == 403
        assert client.get("/comments", headers={"host": "evil.example:8787"}).status_code == 421
        assert client.get("/comments", headers={"host": "[::1"}).status_code == 421


def test_the_openapi_page_stands_by_itself(api: TestClient) -> None:
    page = api.get("/docs").text
    assert "https://" not in page
    paths = api.get("/openapi.json").json()["paths"]
    assert {"/comments", "/export", "/sources/{source}/land", "/tags"} <= set(paths)


@pytest.mark.parametrize(
    ("method", "path", "status", "kind"),
    [
        ("GET", "/nothing/here", 404, "NotFound"),
        ("PUT", "/comments", 405, "Invalid"),
        ("GET", f"/sources/shop/raws?after={'9' * 60}", 422, "Invalid"),
        ("GET", f"/sources/shop/refused?after={'9' * 60}", 422, "Invalid"),
        ("GET", f"/export?limit={'9' * 30}", 422, "Invalid"),
        ("GET", "/comments?since=0001-01-01T00:00:00%2B05:00", 422, "Invalid"),
    ],
)
def test_an_odd_request_is_a_problem_and_no_fault(
    api: TestClient, method: str, path: str, status: int, kind: str
) -> None:
    api.post("/sources/shop/land", content=batch([notice("a", "x")]))
    assert problem(api.request(method, path), status, kind)


@pytest.mark.parametrize(
    ("gap", "said"),
    [
        ({"text": None}, "needs text"),
        ({"created_at": None}, "needs created_at"),
        ({"role": None}, "needs role"),
        ({"key": None}, "needs key"),
        ({"payload": None}, "without"),
        ({"kind": "comet"}, "not comet"),
        ({"kind": "refused"}, "needs reason"),
    ],
)
def test_a_batch_with_gaps_is_refused_whole(api: TestClient, gap: dict[str, Any], said: str) -> None:
    answer = api.post("/sources/shop/land", content=batch([notice("a", "fine"), {**notice("b", "x"), **gap}]))
    assert said in problem(answer, 422, "Invalid")
    assert api.get("/comments/count").json()["comments"] == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "mood"},
        {"name": "sentiment", "value": "cross"},
        {"value": None},
        {"value": "a|b"},
        {"score": None},
    ],
)
def test_tags_that_are_none_are_refused(api: TestClient, wrong: dict[str, Any]) -> None:
    api.post("/sources/shop/land", content=batch([notice("a", "Hello")]))
    tag = {"comment_id": 1, "version": 1, "name": "topic", "value": "price", "score": 1.0, "evidence": None}
    rows = pa.RecordBatch.from_pylist([{**tag, **wrong}], schema=arrow.TAGS)
    problem(api.post("/tags?version=v1", content=b"".join(arrow.dump(rows, {}))), 422, "Invalid")
    assert api.get("/comments/1").json()["tags"] == []


def test_a_fault_nobody_foresaw_is_told_without_its_words(served: Served) -> None:
    def break_down() -> None:
        raise ValueError("what a customer wrote")

    app = create_api(served.store, served.token)
    app.get("/broken")(break_down)
    with TestClient(app, raise_server_exceptions=False) as client:
        said = problem(client.get("/broken"), 500, "TribuneError")
    assert "ValueError" in said
    assert "customer" not in said


def test_a_token_s_name_can_stand_in_an_address(api: TestClient) -> None:
    for name in ("a/b", "a?b", "a#b", "..", " "):
        problem(api.post("/tokens", json={"name": name, "scopes": ["read"]}), 422, "Invalid")
    said = problem(api.post("/tokens", json={"name": "a", "scopes": []}), 422, "Invalid")
    assert "needs a scope" in said


def test_a_correction_names_what_there_is(api: TestClient, store: Store) -> None:
    land(store, [notice("a", "x")])
    assert api.post("/comments/1/tags", json={"name": "topic", "value": "delivery.late"}).json()["topics"]
    for name, value in (
        ("topic", "nope.nope"),
        ("language", "Klingon"),
        ("sentiment", "grumpy"),
        ("mood", "x"),
    ):
        assert problem(api.post("/comments/1/tags", json={"name": name, "value": value}), 422, "Invalid")
    gone = {"name": "topic", "value": "no.longer", "holds": False}
    assert api.post("/comments/1/tags", json=gone).status_code == 200
