"""The stages over the embedded API, with a connector of somebody else's that does everything wrong it may."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from curation import config, pipeline
from curation.api import embedded
from curation.client import Client
from curation.errors import ConfigError, Invalid, Refused, TryAgain
from curation.models import Comment

THEIRS = '''
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, date, datetime

from curation.errors import BadRecord, Refused, TryAgain
from curation.models import Comment, Deleted, Edited, Page, Raw


@dataclass(frozen=True, kw_only=True)
class Parrot:
    """Says what it is told: one raw a word."""

    words: str
    fails_after: int | None = None
    since: date | None = None

    def connect(self):
        if self.words == "locked":
            raise Refused("The parrot does not know this password.")
        return nullcontext([] if self.since and self.since.year > 2026 else self.words.split())

    def streams(self, connection):
        return ["cage"]

    def pull(self, connection, stream, cursor):
        for at in range((cursor or {"at": 0})["at"], len(connection), 2):
            if self.fails_after is not None and at >= self.fails_after:
                raise TryAgain("The parrot sleeps.")
            raws = [Raw(key=str(i), payload=word) for i, word in enumerate(connection[at : at + 2], at)]
            yield Page(stream=stream, raws=raws, cursor={"at": at + 2}, total=len(connection))

    def normalise(self, raw):
        if raw.payload == "bad":
            raise BadRecord("the word is bad")
        if raw.payload == "bug":
            yield Comment(key=raw.key, text="half", created_at=datetime.now(UTC))
            raise KeyError("oops")
        if raw.payload == "naive":
            yield Comment(key=raw.key, text="x", created_at=datetime(2026, 1, 1))
        if raw.payload == "silence":
            return
        if raw.payload.startswith("-"):
            yield Deleted(key=raw.payload[1:])
        elif raw.payload.startswith("="):
            yield Edited(key=raw.payload[1], text=raw.payload[2:])
        else:
            text = "\\ud800 broken" if raw.payload == "surrogate" else raw.payload
            yield Comment(key=raw.key, text=text, created_at=datetime(2026, 11, 1, tzinfo=UTC), author="Polly")
'''


@pytest.fixture
def parrot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: Path) -> Iterator[None]:
    """Install somebody else's package, as pip would leave it."""
    site = tmp_path / "site"
    info = site / "parrot-1.0.dist-info"
    info.mkdir(parents=True)
    (site / "parrot.py").write_text(THEIRS)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: parrot\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[tribune.connectors]\nparrot = parrot:Parrot\n")
    monkeypatch.syspath_prepend(str(site))
    yield
    sys.modules.pop("parrot", None)


def pull(client: Client, **more: object) -> dict[str, int]:
    counts = pipeline.pull(client, config.load(), "bird", **more)  # type: ignore[arg-type]
    return {name: count for name, count in counts.as_dict().items() if count}


def say(words: str, **more: object) -> None:
    if "bird" in config.load().sources:
        config.remove_source("bird")
    config.save_source("bird", "parrot", {"words": words, **more})


def test_a_connector_of_somebody_else_s_is_pulled(parrot: None, home: Path) -> None:
    say("hello there bad surrogate bug silence naive")
    with embedded(config.load()) as client:
        assert pull(client, dry_run=True) == {"pulled": 7, "new": 3, "refused": 3}
        assert pull(client) == {"pulled": 7, "new": 3, "refused": 3}
        assert pull(client) == {}
        reasons = {r["payload"]: r["reason"] for r in client.get("/sources/bird/refused")}
        assert reasons["bad"] == "the word is bad"
        assert "KeyError" in reasons["bug"]
        assert "without a zone" in reasons["naive"]
        texts = {c["text"] for c in client.get("/comments")["comments"]}
        assert texts == {"hello", "there", "? broken"}
        assert client.get("/sources/bird/cursors") == {"cage": {"at": 8}}
        say("hello there bad surrogate bug silence naive -0 =1Here!")
        assert pull(client) == {"pulled": 1, "changed": 1}


def test_what_landed_before_a_failure_stays_and_the_next_run_goes_on(parrot: None, home: Path) -> None:
    say("one two three four five", fails_after=2)
    with embedded(config.load()) as client:
        with pytest.raises(TryAgain, match="sleeps"):
            pull(client)
        assert client.get("/comments/count")["comments"] == 2
        run = client.get("/runs")[0]
        assert "The parrot sleeps." in run["error"]
        assert run["counts"]["new"] == 2
        say("one two three four five")
        assert pull(client) == {"pulled": 3, "new": 3}
        assert client.get("/sources")[0]["error"] is None


def test_a_backfill_does_not_move_the_live_cursor(parrot: None, home: Path) -> None:
    say("one two three four")
    with embedded(config.load()) as client:
        pull(client)
        assert pull(client, since="2026-01-01") == {"pulled": 4}
        cursors = client.get("/sources/bird/cursors")
        assert cursors == {"cage": {"at": 4}}
        assert pull(client, since="2026-01-01") == {"pulled": 4}
        assert pull(client, since="2027-01-01") == {}
        with pytest.raises(Invalid, match="yesterday"):
            pull(client, since="yesterday")


def test_a_mended_mapping_costs_a_replay_not_a_pull(parrot: None, home: Path) -> None:
    say("hello bad")
    with embedded(config.load()) as client:
        pull(client)
        module = sys.modules["parrot"]
        normalise = module.Parrot.normalise
        module.Parrot.normalise = lambda self, raw: iter(
            [
                Comment(
                    key=raw.key,
                    text=raw.payload.upper(),
                    created_at=datetime(2026, 11, 1, tzinfo=UTC),
                    author="Polly",
                )
            ]
        )
        try:
            assert pull(client) == {}
            counts = pipeline.replay(client, config.load(), "bird", only_refused=True)
            assert (counts.new, counts.changed, counts.refused) == (1, 0, 0)
            counts = pipeline.replay(client, config.load(), "bird")
            assert (counts.new, counts.changed) == (0, 1)
        finally:
            module.Parrot.normalise = normalise
        assert {c["text"] for c in client.get("/comments")["comments"]} == {"HELLO", "BAD"}
        assert client.get("/sources/bird/refused") == []


def test_credentials_that_fail_are_said_and_kept_with_the_run(parrot: None, home: Path) -> None:
    say("locked")
    with embedded(config.load()) as client:
        with pytest.raises(Refused, match="password"):
            pull(client)
        assert "password" in client.get("/sources")[0]["error"]


def test_check_and_preview_store_nothing(parrot: None, home: Path) -> None:
    say("hello bad")
    assert pipeline.check(config.load(), "bird") == "reachable; the first comment is from 2026-11-01"
    _, shown = pipeline.preview(config.load(), "bird")
    assert [one.text if isinstance(one, Comment) else one for one in shown] == ["hello", "the word is bad"]
    say("bad bad")
    with pytest.raises(ConfigError, match="the word is bad"):
        pipeline.check(config.load(), "bird")
    with embedded(config.load()) as client:
        assert client.get("/sources")[0]["comments"] == 0


def test_tagging_takes_what_has_no_tags_yet(parrot: None, home: Path) -> None:
    say("awful wonderful")
    with embedded(config.load()) as client:
        pull(client)
        assert pipeline.tag(client, config.load(), dry_run=True).tagged == 2
        assert pipeline.tag(client, config.load()).tagged == 2
        assert pipeline.tag(client, config.load()).tagged == 0
        (comment, *_) = client.get("/comments")["comments"]
        tags = client.get(f"/comments/{comment['id']}")["tags"]
        assert {tag["origin"] for tag in tags} == {"tagger"}
        assert {tag["name"] for tag in tags} >= {"language"}


def test_a_batch_tagged_with_topics_that_changed_meanwhile_is_tagged_again(
    parrot: None, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    say("weather giraffe")
    with embedded(config.load()) as client:
        pull(client)
        send = client.send_batch
        edits = [
            {"action": "add", "id": "zoo", "name": {"en": "Zoo", "fr": "Zoo"}, "phrases": {"en": ["weather"]}}
        ]

        def meanwhile(path: str, *given: object, **more: object) -> object:
            while edits:
                client.post("/taxonomy", edits.pop())
            return send(path, *given, **more)  # type: ignore[arg-type]

        monkeypatch.setattr(client, "send_batch", meanwhile)
        assert pipeline.tag(client, config.load()).tagged == 2
        found = {one["text"]: one["topics"] for one in client.get("/comments")["comments"]}
        assert found["weather"] == ["zoo"]
        assert pipeline.tag(client, config.load()).tagged == 0
