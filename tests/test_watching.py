"""A source that goes wrong is noticed, told once with what to do, and told again when it is over."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import orjson
import pytest

from curation import config, pipeline
from curation.actions import watching as acts
from curation.api import embedded
from curation.client import Client
from curation.connectors.fields import fields
from curation.errors import Invalid, Refused
from curation.models import LOCAL, Raw
from curation.store import Store, replies, sources, watching
from curation.store.connection import now
from curation.store.landing import source_number
from tests.conftest import land, notice


@pytest.fixture
def shop(store: Store) -> Store:
    """A configured source that was pulled from once, without trouble."""
    config.save_source("shop", "webhook", {})
    land(store, [notice("first", "Hello")], "shop")
    sources.add_run(store, "pull", "shop", now(), 1.0, {"pulled": 1, "refused": 0}, None)
    return store


def kinds(store: Store) -> list[str]:
    return [one["kind"] for one in acts.watch(store, LOCAL)]


def test_a_source_that_is_well_says_nothing(shop: Store) -> None:
    assert kinds(shop) == []


def test_what_is_wrong_is_told_once_and_again_when_it_is_over(shop: Store) -> None:
    sources.add_run(shop, "pull", "shop", now(), 1.0, {}, "The channel refused us: no right (401).")
    [news] = acts.watch(shop, LOCAL)
    assert news["kind"] == "failing"
    assert "no right (401). The last" in news["why"] and "with: tribune sources check shop" in news["why"]
    assert len(acts.watch(shop, LOCAL)) == 1
    acts.told(shop, LOCAL, [news["id"]])
    assert acts.watch(shop, LOCAL) == []
    sources.add_run(shop, "pull", "shop", now() + timedelta(seconds=1), 1.0, {"pulled": 1}, None)
    [over] = acts.watch(shop, LOCAL)
    assert over["cleared_at"] is not None
    acts.told(shop, LOCAL, [over["id"]])
    assert acts.watch(shop, LOCAL) == []


def test_a_sudden_drop_is_seen_by_the_source_s_own_hours(store: Store) -> None:
    """Four weeks of 5 comments an hour by day, none at night; then a day with three."""
    config.save_source("shop", "webhook", {})
    until = now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
    rows, day = [], until - timedelta(days=29)
    while day < until:
        for hour in range(24):
            at = day + timedelta(hours=hour)
            if 8 <= at.hour < 18 and at < until - timedelta(hours=24):
                rows += [notice(f"{at}{n}", "x", created_at=at + timedelta(minutes=5 * n)) for n in range(5)]
        day += timedelta(days=1)
    land(store, rows, "shop")
    number = source_number(store.read(), "shop")
    assert watching.drop(store, number, until - timedelta(hours=24)) is None
    came, expected = watching.drop(store, number, until) or (0, 0.0)
    assert (came, round(expected)) == (0, 50)
    assert "drop" in kinds(store)


def test_usual_days_after_one_busy_day_are_no_drop(store: Store) -> None:
    """Six weeks of two comments a day at ten, once 120 in one hour; and every week's own busy hour is waited for."""
    until = now().replace(minute=0, second=0, microsecond=0)
    rows = []
    for day in range(1, 43):
        begun = until - timedelta(days=day) + timedelta(hours=10)
        count = 120 if day == 21 else 2
        rows += [notice(f"{day} {n}", "x", created_at=begun + timedelta(seconds=n)) for n in range(count)]
        if day % 7 == 0 and day != 7:
            at = until - timedelta(days=day) + timedelta(hours=24 * 7)
            if at < until:
                rows += [notice(f"w{day} {n}", "x", created_at=at + timedelta(seconds=n)) for n in range(80)]
    land(store, rows, "shop")
    number = source_number(store.read(), "shop")
    found = [watching.drop(store, number, until - timedelta(hours=hour)) for hour in range(24 * 14)]
    assert not any(found)


def test_what_was_not_pulled_is_no_drop(store: Store) -> None:
    """A machine that was off for three days says nothing of a source before it has pulled again."""
    config.save_source("shop", "webhook", {})
    off = now().replace(minute=0, second=0, microsecond=0) - timedelta(days=3)
    rows = [notice(str(n), "x", created_at=off - timedelta(minutes=30 * n)) for n in range(2_000)]
    land(store, rows, "shop")
    sources.add_run(store, "pull", "shop", off, 1.0, {"pulled": 1}, None)
    assert "drop" not in kinds(store)


def test_how_unlikely_a_count_is() -> None:
    assert watching.at_most(0, 5.0) == pytest.approx(0.0067, abs=1e-4)
    assert watching.at_most(10, 5.0) == pytest.approx(0.9863, abs=1e-4)


def test_fields_that_vanish_or_appear_are_noticed_and_can_be_accepted(shop: Store) -> None:
    def page(number: int, value: dict[str, Any]) -> None:
        raws = [Raw(key=f"{number}-{n}", payload=orjson.dumps(value).decode()) for n in range(40)]
        rows = [notice(raw.key, "x", payload=raw.payload) for raw in raws]
        land(
            shop,
            rows,
            "shop",
            cursor={"page": number},
            after={"page": number - 1} if number else None,
            shape=fields(raws),
        )

    for number in range(8):
        page(number, {"id": 1, "text": "x", "user": {"name": "Ana", "2026-01-01": 1}})
    assert kinds(shop) == []
    for number in range(8, 11):
        page(number, {"id": 1, "text": "x", "user": {"handle": "ana"}})
    [news] = acts.watch(shop, LOCAL)
    assert news["kind"] == "fields"
    assert "user.name" in news["why"] and "user.handle" in news["why"] and "2026" not in news["why"]
    assert acts.accept(shop, LOCAL, "shop", "fields")["accepted"] == 1
    acts.told(shop, LOCAL, [news["id"]])
    assert [one["cleared_at"] is not None for one in acts.watch(shop, LOCAL)] == [True]


def test_streams_of_other_shapes_and_rare_fields_are_no_change(shop: Store) -> None:
    """All issues of a repository are read, then its comments; a field that is seldom there stays one."""
    rows = 0

    def page(stream: str, number: int, value: Any) -> None:
        nonlocal rows
        raws = []
        for _ in range(40):
            rows += 1
            raws.append(Raw(key=f"{rows}", payload=orjson.dumps(value(rows)).decode()))
        found = [notice(raw.key, "x", payload=raw.payload) for raw in raws]
        after = {"page": number - 1} if number else None
        land(shop, found, "shop", stream=stream, cursor={"page": number}, after=after, shape=fields(raws))

    for number in range(6):
        page("issues", number, lambda n: {"id": n, "title": "x"})
    for number in range(6):
        page("comments", number, lambda n: {"id": n, "body": "x"})
    assert kinds(shop) == []
    for number in range(6, 66):
        page("issues", number, lambda n: {"id": n, "title": "x"} | ({"edited": 1} if n % 25 == 0 else {}))
    assert kinds(shop) == []
    page("issues", 66, lambda n: {"id": n, "title": "x"})
    assert acts.accept(shop, LOCAL, "shop", "fields")["accepted"] == 0


def test_refusals_lost_gaps_and_tokens_that_end(shop: Store) -> None:
    sources.add_run(
        shop, "pull", "shop", now() + timedelta(seconds=1), 1.0, {"pulled": 10, "refused": 6}, None
    )
    lost = {"stream": "gap s #1", "why": "The list ended too soon.", "cursor": None}
    land(shop, [notice("second", "x")], "shop", cursor={"at": 1}, after=None, gap=lost)
    acts.expires(shop, LOCAL, "shop", now() + timedelta(days=2))
    assert sorted(kinds(shop)) == ["expires", "gap", "refusals"]
    assert acts.accept(shop, LOCAL, "shop", "gap")["accepted"] == 1
    acts.expires(shop, LOCAL, "shop", now() + timedelta(days=60))
    assert [one["kind"] for one in watching.alerts(shop)] == ["refusals", "gap", "expires"]
    assert sorted(kinds(shop)) == ["refusals"]
    with pytest.raises(Invalid, match="has to be mended"):
        acts.accept(shop, LOCAL, "shop", "failing")


def test_payloads_that_are_no_json_have_no_fields() -> None:
    assert fields([Raw(key="a", payload="no json"), Raw(key="b", payload="[1]")]) is None


def test_a_source_that_is_paused_is_not_well_again(shop: Store) -> None:
    sources.add_run(shop, "pull", "shop", now(), 1.0, {}, "The channel refused us: no right (401).")
    acts.told(shop, LOCAL, [one["id"] for one in acts.watch(shop, LOCAL)])
    config.change_schedule("shop", paused=True)
    assert acts.watch(shop, LOCAL) == []
    assert watching.alerts(shop) == []


def test_a_reply_nobody_finds_needs_a_person(shop: Store) -> None:
    row = replies.add(shop, "ana", 1, "a" * 26, "Soon.")
    row = replies.move(shop, "ana", row["marker"], row["version"], "sending")
    replies.move(shop, "ana", row["marker"], row["version"], "unknown", why="No answer came.")
    assert kinds(shop) == []
    with shop.write() as con:
        con.execute("update reply set attempted_at = attempted_at - interval 2 hour")
    [news] = acts.watch(shop, LOCAL)
    assert (news["kind"], "--state unknown" in news["why"]) == ("reply", True)


@pytest.fixture
def listener() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A server that takes JSON notices on loopback, as a team's own webhook would."""
    taken: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            taken.append(orjson.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"json://127.0.0.1:{server.server_address[1]}/hook", taken
    server.shutdown()
    server.server_close()


@pytest.fixture
def failing(home: Any) -> Iterator[Client]:
    """A source that fails."""
    config.save_source("shop", "webhook", {})
    with embedded(config.load()) as client:
        client.post(
            "/runs",
            {"stage": "pull", "source": "shop", "seconds": 1, "error": "The channel refused us: 401."},
        )
        yield client


def test_an_alert_reaches_a_webhook(failing: Client, listener: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    address, taken = listener
    monkeypatch.setenv("TRIBUNE_ALERTS", address)
    assert len(pipeline.watch(failing, config.load())) == 1
    assert pipeline.watch(failing, config.load()) == []
    assert (taken[0]["title"], "401" in taken[0]["message"]) == ("Tribune: shop needs a look", True)
    assert pipeline.try_out(config.load()) == 1


def test_an_alert_that_was_not_delivered_is_told_again(
    failing: Client, listener: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, taken = listener
    monkeypatch.setenv("TRIBUNE_ALERTS", "json://user:hush@127.0.0.1:9/")
    with pytest.raises(Refused) as raised:
        pipeline.watch(failing, config.load())
    assert "hush" not in str(raised.value)
    monkeypatch.setenv("TRIBUNE_ALERTS", address)
    assert len(pipeline.watch(failing, config.load())) == 1
    assert len(taken) == 1


def test_an_address_that_is_none_is_named_by_its_number(
    failing: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIBUNE_ALERTS", "hush-no-such-service://x")
    with pytest.raises(Refused, match="Alert address 1") as raised:
        pipeline.watch(failing, config.load())
    assert "hush" not in str(raised.value)


def test_one_dead_address_does_not_tell_the_others_again(
    failing: Client, listener: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    address, taken = listener
    monkeypatch.setenv("TRIBUNE_ALERTS", f"mailto://me:hush {address} json://me:hush@127.0.0.1:9/")
    with pytest.raises(Refused, match=r"address 1 .* address 3 ") as raised:
        pipeline.watch(failing, config.load())
    assert pipeline.watch(failing, config.load()) == []
    assert len(taken) == 1
    assert "hush" not in f"{raised.value} {caplog.text}"
