"""A webhook takes what is signed, once, and maps it as its source says."""

import hashlib
import hmac
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from curation import config
from curation.api import hooks
from curation.api.serving import Served
from curation.connectors.webhook import Webhook
from curation.errors import BadRecord, Forbidden
from curation.models import Comment, Deleted, Raw
from curation.store import Store, comments
from curation.store import hooks as remembering
from curation.store.filters import Filter

SECRET = "hush-hush"
FIELDS = {"text": "data.body", "key": "data.id", "author": "data.user.name", "created_at": "data.at"}

Post = Callable[..., Any]


@pytest.fixture
def post(served: Served, monkeypatch: pytest.MonkeyPatch) -> Iterator[Post]:
    """Deliver to the source `shop`; by default as its sender would."""
    monkeypatch.setenv("TRIBUNE_SHOP_SECRET", SECRET)
    config.save_source("shop", "webhook", {"fields": FIELDS, "entries": "events"})

    async def take(request: Any) -> Any:
        return await hooks.take(served.store, request)

    app = Starlette(routes=[Route("/hooks/{source}", take, methods=["POST"])])

    def deliver(
        value: Any, *, at: float = 0, secret: str = SECRET, signature: str = "", source: str = "shop"
    ) -> Any:
        body = value if isinstance(value, bytes) else orjson.dumps(value)
        when = str(int(time.time() + at))
        made = hmac.new(secret.encode(), when.encode() + b"." + body, hashlib.sha256).hexdigest()
        headers = {"x-tribune-signature": signature or f"t={when},v1={made}"}
        return client.post(f"/hooks/{source}", content=body, headers=headers)

    with TestClient(app) as client:
        yield deliver


def event(id: int, body: str, **more: Any) -> dict[str, Any]:
    return {
        "data": {"id": id, "body": body, "user": {"name": "Ana"}, "at": "2026-11-02T10:00:00+01:00"},
        **more,
    }


def test_what_is_signed_is_kept_once(post: Post, store: Store) -> None:
    answer = post({"events": [event(1, "Où est mon colis ?"), event(2, "Merci !")]})
    assert (answer.status_code, answer.json()["new"]) == (200, 2)
    rows = {row["key"]: row for row in comments.page(store, Filter())}
    assert (rows["1"]["text"], rows["1"]["author"]) == ("Où est mon colis ?", "Ana")
    assert rows["1"]["created_at"] == datetime(2026, 11, 2, 9)  # noqa: DTZ001
    edited = post({"events": [event(1, "Où est mon colis, enfin ?")]})
    assert edited.json()["changed"] == 1
    gone = post({"events": [event(2, "", deleted=True)]})
    assert gone.json()["deleted"] == 1


def test_a_delivery_played_again_brings_nothing(post: Post) -> None:
    body = orjson.dumps({"events": [event(1, "Bonjour")]})
    when = str(int(time.time()))
    made = hmac.new(SECRET.encode(), f"{when}.".encode() + body, hashlib.sha256).hexdigest()
    first = post(body, signature=f"t={when},v1={made}")
    second = post(body, signature=f"t={when},v1={made}")
    assert (first.json()["taken"], second.json()) == (True, {"taken": False})


@pytest.mark.parametrize(
    ("more", "status", "said"),
    [
        ({"secret": "another"}, 403, "does not fit"),
        ({"at": -3600}, 403, "too old"),
        ({"at": 3600}, 403, "too old"),
        ({"signature": "nonsense"}, 403, "no signature"),
        ({"signature": "t=1,v1=" + "é" * 64}, 403, "no signature"),
        ({"source": "samples"}, 404, "no such hook"),
        ({"source": "..%2fshop"}, 404, ""),
    ],
)
def test_what_is_not_the_sender_s_is_refused(
    post: Post, more: dict[str, Any], status: int, said: str
) -> None:
    try:
        answer = post({"events": [event(1, "Hello")]}, **more)
    except UnicodeEncodeError:
        return
    assert answer.status_code == status
    assert said in answer.text
    assert SECRET not in answer.text


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b'{"events": 3}', b"null", b"\xff"])
def test_what_is_no_delivery_is_refused(post: Post, body: bytes) -> None:
    assert post(body).status_code == 422


def test_what_is_nested_too_deep_is_refused_and_says_why(post: Post) -> None:
    body = b'{"events": [{"data": {"id": 1, "body": "Hello"}, "more": ' + b"[" * 400 + b"]" * 400 + b"}]}"
    answer = post(body)
    assert answer.status_code == 422
    assert "nested too deep" in answer.text


def test_a_hook_without_its_secret_tells_outsiders_nothing(post: Post, home: Path) -> None:
    config.save_source("bare", "webhook", {})
    answer = post({"text": "Hello"}, source="bare")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "300")
    assert str(home) not in answer.text and "SECRET" not in answer.text


def test_a_delivery_without_a_signature_is_told_which_header_it_lacks() -> None:
    hook = Webhook(secret=SecretStr(SECRET), header="X-Shop")
    with pytest.raises(Forbidden, match="no header X-Shop"):
        hook.verified({}, b"{}", datetime.now(UTC))


def test_a_body_without_end_is_not_read(post: Post) -> None:
    assert "at most" in post(b"x" * (hooks.MOST + 1)).text


def test_an_odd_entry_is_parked_and_the_others_stay(post: Post) -> None:
    answer = post({"events": [event(1, "Hello"), {"data": 3}, event(2, 17), event(3, "x", rating="five")]})
    assert (answer.json()["new"], answer.json()["refused"]) == (2, 2)


def test_a_plain_signature_and_fields_under_their_own_names() -> None:
    hook = Webhook(secret=SecretStr(SECRET), scheme="plain", header="X-Hub-Signature-256", html=True)
    body = orjson.dumps({"id": "a", "text": "<p>Good <b>bread</b></p>"})
    made = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    assert hook.verified({"x-hub-signature-256": f"sha256={made}"}, body, datetime.now(UTC)) == made
    [raw] = hook.raws(body)
    [comment] = hook.normalise(raw)
    assert isinstance(comment, Comment)
    assert (comment.key, comment.text) == ("a", "Good bread")
    assert list(hook.normalise(Raw(key="a", payload='{"deleted": true}'))) == [Deleted(key="a")]
    for no in ("false", 0, "0", "", None, "No"):
        kept = orjson.dumps({"text": "Good bread", "deleted": no, "created_at": 1}).decode()
        assert [type(one) for one in hook.normalise(Raw(key="a", payload=kept))] == [Comment]
    with pytest.raises(BadRecord, match="no text"):
        list(hook.normalise(Raw(key="a", payload="{}")))
    assert SECRET not in repr(hook)


def test_an_entry_without_a_time_keeps_the_one_at_which_it_came() -> None:
    hook = Webhook(secret=SecretStr(SECRET))
    [raw] = hook.raws(b'{"id": "a", "text": "Good bread"}')
    one, again = (next(iter(hook.normalise(raw))) for _ in range(2))
    assert isinstance(one, Comment)
    assert one == again
    assert abs(datetime.now(UTC) - one.created_at) < timedelta(minutes=1)


def test_several_signatures_are_tried_while_a_secret_is_changed() -> None:
    hook, body, at = Webhook(secret=SecretStr(SECRET)), b"{}", datetime.now(UTC)
    when = str(int(at.timestamp()))
    made = hmac.new(SECRET.encode(), f"{when}.".encode() + body, hashlib.sha256).hexdigest()
    said = f"t={when},v1={'0' * 64},v1={made},v0={'1' * 64}"
    assert hook.verified({"x-tribune-signature": said}, body, at) == made
    for odd in (f"t={when},v0={made}", f"t={when},t={when},v1={made}", f"v1={made}", f"t=-{when},v1={made}"):
        with pytest.raises(Forbidden, match="no signature"):
            hook.verified({"x-tribune-signature": odd}, body, at)


@pytest.mark.parametrize(("scheme", "tolerance"), [("timed", 30 * 86_400.0), ("plain", 300.0)])
def test_a_signature_is_remembered_as_long_as_it_holds(store: Store, scheme: Any, tolerance: float) -> None:
    hook = Webhook(secret=SecretStr(SECRET), scheme=scheme, tolerance=tolerance)
    remembering.remember(store, "shop", "one", hook.remembered)
    with store.write() as con:
        con.execute("update seen_hook set seen_at = seen_at - interval 29 day")
    remembering.remember(store, "shop", "two", hook.remembered)
    remembering.remember(store, "other", "three", timedelta(0))
    assert remembering.seen(store, "shop", "one")


@pytest.mark.parametrize("rating", ["nan", "inf", "1e999"])
def test_a_rating_is_a_number(rating: str) -> None:
    hook = Webhook(secret=SecretStr(SECRET))
    [raw] = hook.raws(orjson.dumps({"id": "a", "text": "x", "rating": rating, "created_at": 1}))
    with pytest.raises(BadRecord, match="rating"):
        list(hook.normalise(raw))
