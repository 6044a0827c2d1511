"""A source is added and removed through the library: checked first, written whole, its secrets in no other place."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pytest

from curation import config, pipeline
from curation.actions import sources as acts
from curation.connectors import proposing
from curation.errors import ConfigError, Forbidden, Invalid, NotFound, TribuneError
from curation.models import LOCAL, Comment
from curation.pipeline import pulling
from curation.store import Store

WEBHOOK: dict[str, Any] = {"fields": {"text": "data.body"}, "tolerance": 60.0}
SECRET = {"secret": "a long secret of ours"}


def rows(store: Store) -> list[tuple[Any, ...]]:
    return store.read().execute('select who, action, subject, before, after from "audit"').fetchall()


def test_a_source_is_written_with_its_secret_apart(store: Store, home: Path) -> None:
    acts.add(store, LOCAL, "hook", "webhook", WEBHOOK, SECRET, {"cron": "*/10 * * * *"})
    made = config.load(home).source("hook")
    assert (made.connector, made.cron, made.settings) == ("webhook", "*/10 * * * *", WEBHOOK)
    assert SECRET["secret"] not in (home / "tribune.toml").read_text()
    assert SECRET["secret"] in (home / "secrets.toml").read_text()
    assert (home / "secrets.toml").stat().st_mode & 0o077 == 0
    [row] = rows(store)
    assert row[:3] == ("local", "add source", "source/hook")
    assert orjson.loads(row[4])["settings"] == ["fields", "tolerance"]
    assert SECRET["secret"] not in str(row)
    acts.remove(store, LOCAL, "hook")
    assert "hook" not in config.load(home).sources
    assert SECRET["secret"] not in (home / "secrets.toml").read_text()
    assert [row[1] for row in rows(store)] == ["add source", "remove source"]
    with pytest.raises(NotFound):
        acts.remove(store, LOCAL, "hook")


@pytest.mark.parametrize(
    ("change", "error", "why"),
    [
        ({"name": "Not A Name"}, Invalid, "has only a-z"),
        ({"name": "taken"}, Invalid, "already there"),
        ({"schedule": {"cron": "often"}}, Invalid, "not a cron line"),
        ({"schedule": {"timezone": "Mars"}}, Invalid, "not a time zone"),
        ({"schedule": {"paused": "yes"}}, Invalid, "has cron and timezone"),
        ({"secrets": {"password": "x"}}, Invalid, "no secret called password"),
        ({"secrets": {}}, ConfigError, "needs 'secret'"),
        ({"settings": {"tolerance": "long"}}, ConfigError, "valid number"),
        ({"settings": {"secret": "x"}}, ConfigError, "a secret does not belong here"),
    ],
)
def test_what_is_not_right_is_not_written(store: Store, home: Path, change, error, why) -> None:
    config.save_source("taken", "webhook", {}, None, home)
    before = (home / "tribune.toml").read_bytes()
    given = {"name": "hook", "connector": "webhook", "settings": {}, "secrets": SECRET, "schedule": {}}
    with pytest.raises(error, match=why):
        acts.add(store, LOCAL, **{**given, **change})
    assert (home / "tribune.toml").read_bytes() == before
    assert not (home / "secrets.toml").exists()
    assert rows(store) == []


def test_only_who_administers_adds_and_removes(store: Store) -> None:
    reader = replace(LOCAL, permissions=frozenset({"read", "curate", "triage"}))
    for act in (acts.add, acts.proposed):
        with pytest.raises(Forbidden, match="administer"):
            act(store, reader, "hook", "webhook", {}, SECRET, {})
    with pytest.raises(Forbidden, match="administer"):
        acts.remove(store, reader, "hook")
    assert acts.gaps(store, reader, "hook") == []


def test_a_source_is_looked_at_before_it_is_there(store: Store, home: Path, tmp_path: Path) -> None:
    file = tmp_path / "export.csv"
    file.write_text("id,text,created_at\n1,Too late,2026-11-01\n2,Fine,2026-11-02\n")
    wanted = acts.proposed(store, LOCAL, "survey", "file", {"path": str(file)}, {}, {})
    recognised, shown = pipeline.preview_of(config.load(home), wanted, {})
    assert "text" in [one.field for one in recognised]
    assert [one.text for one in shown if isinstance(one, Comment)] == ["Too late", "Fine"]
    assert config.load(home).sources == {}
    assert not store.read().execute("from comment").fetchall()


def test_a_secret_that_was_given_goes_before_one_that_is_kept(home: Path) -> None:
    from curation.connectors.webhook import Webhook

    config.save_source("hook", "webhook", {}, None, home)
    config.save_secret("hook", "secret", "kept", home)
    source = config.load(home).source("hook")
    found = config.check_settings(source, Webhook, home, given={"secret": "given"})
    assert found["secret"].get_secret_value() == "given"


def test_a_day_is_kept_as_a_day(store: Store, home: Path) -> None:
    since = {"url": "https://example.org/feed", "since": date(2026, 1, 31)}
    acts.add(store, LOCAL, "feed", "rss", since, {}, {})
    assert config.load(home).source("feed").settings["since"] == date(2026, 1, 31)


def test_a_file_of_secrets_that_is_no_toml_is_told_and_not_quoted(home: Path) -> None:
    config.save_source("hook", "webhook", {}, None, home)
    (home / "secrets.toml").write_text("[hook]\nsecret = hush'hush\n")
    for act in (
        lambda: config.remove_source("hook", home),
        lambda: config.save_secret("hook", "secret", "new", home),
    ):
        with pytest.raises(ConfigError, match="not valid TOML") as told:
            act()
        assert "hush" not in str(told.value)
    assert "hook" in config.load(home).sources


def test_the_command_and_the_form_have_the_same_rules(store: Store, home: Path) -> None:
    with pytest.raises(Invalid, match="'alerts' does not do"):
        proposing.may_be_called("alerts", home)
    source = proposing.proposed("hook", "webhook", WEBHOOK, {}, {}, home, need_secrets=False)
    assert source.settings == WEBHOOK


class Careless:
    """A connector that quotes a secret in an error nobody foresaw."""

    def connect(self) -> Any:
        raise KeyError("a long secret of ours")


def test_what_a_connector_did_not_foresee_is_told_without_its_words() -> None:
    with pytest.raises(TribuneError, match=r"fault \(KeyError at test_adding.py, line \d+\)") as told:
        pulling.look(Careless(), 3)
    assert "a long secret" not in str(told.value)
