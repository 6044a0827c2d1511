"""tribune.toml: every mistake is named by file, line or key, and nothing is lost while it is edited."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from curation import config, connectors
from curation.config import change_schedule, load, remove_source, save_secret, save_source
from curation.errors import ConfigError, NoSuchConnector, NotFound


def written(home: Path, text: str) -> Path:
    load()
    file = home / "tribune.toml"
    file.write_text(text, "utf-8")
    return file


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("[app]\nprot = 1\n", 2, "app.prot: is not a known key"),
        ("[app]\nport = 'x'\n", 2, "app.port: Input should be a valid integer"),
        ("[app]\nhost = '0.0.0.0'\n", 2, "app.host"),
        ("colour = 1\n", 1, "colour: is not a known key"),
        ("# x\n\n[sources.a]\nconnector = 'file'\ncron = '* *'\n", 5, "not a cron line of five fields"),
        ("[sources.a]\nconnector = 'file'\ntimezone = 'Mars/Base'\n", 3, "not a time zone"),
        ("[sources.a]\npath = 'x'\n", 1, "needs a key 'connector'"),
        ("[sources.'A b']\nconnector = 'file'\n", 1, "a source's name has only"),
        ("[app\n", 1, "not valid TOML"),
        ("[replies.model]\nurl = 'http://localhost/v1'\n", 1, "replies.model: needs a key 'model'"),
    ],
)
def test_a_mistake_is_named_with_file_and_line(home: Path, text: str, line: int, said: str) -> None:
    file = written(home, text)
    with pytest.raises(ConfigError) as error:
        load()
    assert str(file) in str(error.value)
    assert f"line {line}" in str(error.value)
    assert said in str(error.value)


def test_a_setting_the_connector_does_not_know_is_named_with_those_it_does(home: Path) -> None:
    written(home, "[sources.a]\nconnector = 'file'\npath = 'x'\ntexd = 'y'\n")
    with pytest.raises(ConfigError, match=r"line 4, sources\.a\.texd.*no setting 'texd'.*text"):
        connectors.make(load().source("a"))


def test_a_missing_setting_is_named(home: Path) -> None:
    written(home, "[sources.a]\nconnector = 'file'\n")
    with pytest.raises(ConfigError, match=r"line 1, sources\.a.*needs 'path'"):
        connectors.make(load().source("a"))


def test_an_unknown_connector_lists_those_installed(home: Path) -> None:
    written(home, "[sources.a]\nconnector = 'pigeon'\n")
    with pytest.raises(NoSuchConnector, match="app_store, bluesky"):
        connectors.make(load().source("a"))


MAILBOX = "[sources.support]\nconnector = 'imap'\nhost = 'imap.example.org'\nuser = 'support@example.org'\n"


def test_a_missing_secret_says_where_to_put_it(home: Path) -> None:
    written(home, MAILBOX)
    with pytest.raises(ConfigError, match=r"TRIBUNE_SUPPORT_PASSWORD.*secrets\.toml"):
        connectors.make(load().source("support"))


def test_a_secret_comes_from_the_environment_or_a_private_file(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(home, MAILBOX)
    save_secret("support", "password", "from file")
    file = home / "secrets.toml"
    assert file.stat().st_mode & 0o777 == 0o600
    assert connectors.make(load().source("support")).password == SecretStr("from file")  # type: ignore[attr-defined]
    monkeypatch.setenv("TRIBUNE_SUPPORT_PASSWORD", "from environment")
    made = connectors.make(load().source("support"))
    assert made.password == SecretStr("from environment")  # type: ignore[attr-defined]
    assert "from" not in repr(made)
    file.chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        connectors.make(load().source("support"))


def test_a_broken_secrets_file_is_not_quoted(home: Path) -> None:
    written(home, MAILBOX)
    save_secret("support", "password", "hunter2")
    (home / "secrets.toml").write_text("[support]\npassword = hunter2\n")
    with pytest.raises(ConfigError) as error:
        connectors.make(load().source("support"))
    assert "hunter2" not in str(error.value)


def test_a_secret_outside_of_any_table_is_named_and_not_quoted(home: Path) -> None:
    written(home, MAILBOX)
    save_secret("support", "password", "x")
    (home / "secrets.toml").write_text("support = 'hunter2'\n")
    with pytest.raises(ConfigError, match="support stands outside") as error:
        connectors.make(load().source("support"))
    assert "hunter2" not in str(error.value)


def test_a_secret_in_the_configuration_is_refused_and_not_quoted(home: Path) -> None:
    written(home, MAILBOX + "password = 'hunter2'\n")
    with pytest.raises(ConfigError, match="does not belong here") as error:
        connectors.make(load().source("support"))
    assert "hunter2" not in str(error.value)


def test_editing_keeps_comments_and_refuses_what_is_not_valid(home: Path) -> None:
    file = written(home, "# my notes\n[sources.a]\nconnector = 'file'  # the survey\npath = 'x'\n")
    change_schedule("a", cron="0 6 * * *", paused=True)
    save_source("b", "file", {"path": "y"}, {"timezone": "Europe/Paris"})
    change_schedule("tag", cron="*/3 * * * *")
    text = file.read_text("utf-8")
    assert "# my notes" in text
    assert "# the survey" in text
    settings = load()
    assert (settings.source("a").cron, settings.source("a").paused) == ("0 6 * * *", True)
    assert str(settings.zone(settings.source("b"))) == "Europe/Paris"
    assert settings.flows.tag.cron == "*/3 * * * *"
    before = file.read_bytes()
    for wrong in ({"cron": "never"}, {"timezone": "Mars/Base"}, {"paused": "perhaps"}):
        with pytest.raises(ConfigError):
            change_schedule("a", **wrong)
    with pytest.raises(ConfigError, match="already there"):
        save_source("a", "file", {"path": "z"})
    with pytest.raises(NotFound, match="Configured: a, b"):
        change_schedule("c", paused=True)
    assert file.read_bytes() == before
    remove_source("a")
    assert list(load().sources) == ["b"]


def test_the_first_use_leaves_the_commented_example(home: Path) -> None:
    assert load().sources == {}
    assert (home / "tribune.toml").read_text("utf-8") == config.shipped("tribune.toml").read_text("utf-8")


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("TRIBUNE_HOME", str(tmp_path / "file" / "home"))
    with pytest.raises(ConfigError, match="TRIBUNE_HOME"):
        load()


def test_removing_a_source_removes_its_secret(home: Path) -> None:
    written(home, MAILBOX)
    save_secret("support", "password", "hunter2")
    save_secret("other", "password", "stays")
    remove_source("support")
    assert (home / "secrets.toml").read_text() == '[other]\npassword = "stays"\n'
    assert (home / "secrets.toml").stat().st_mode & 0o777 == 0o600


def test_an_edited_file_keeps_its_mode_and_its_place(home: Path, tmp_path: Path) -> None:
    file = written(home, "[sources.a]\nconnector = 'file'\npath = 'x'\n")
    elsewhere = tmp_path / "kept in git.toml"
    file.rename(elsewhere)
    elsewhere.chmod(0o640)
    file.symlink_to(elsewhere)
    change_schedule("a", paused=True)
    assert file.is_symlink()
    assert "paused" in elsewhere.read_text()
    assert elsewhere.stat().st_mode & 0o777 == 0o640
