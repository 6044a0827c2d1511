"""`tribune sources add` at a real terminal: it asks, tries, and writes nothing before that."""

import os
import pty
import select
import sys
import time
from pathlib import Path

import pytest

from curation.cli import answering, sources
from curation.errors import Invalid
from tests.patience import PATIENCE

pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")

CTRL_C, CTRL_D = "\x03", "\x04"


def asked(home: Path, *words: str, answers: tuple[str, ...]) -> tuple[int, str]:
    """Run the command at a terminal and answer its questions in turn; return its exit code and what was to be read."""
    pid, line = pty.fork()
    if pid == 0:
        os.environ |= {"TRIBUNE_HOME": str(home), "COLUMNS": "150"}
        os.execv(sys.executable, [sys.executable, "-m", "curation.cli", "sources", "add", *words])
    left, said, end, met = list(answers), "", time.monotonic() + PATIENCE, 0
    while time.monotonic() < end:
        if not select.select([line], [], [], 0.2)[0]:
            if left and said[met:].rstrip().endswith(":"):
                answer, met = left.pop(0), len(said)
                os.write(line, (answer if answer in (CTRL_C, CTRL_D) else f"{answer}\r").encode())
            continue
        try:
            said += os.read(line, 65_536).decode()
        except OSError:
            break
    os.close(line)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return code, said


def written(home: Path) -> str:
    files = (home / "tribune.toml", home / "secrets.toml")
    return "".join(file.read_text() for file in files if file.exists())


@pytest.fixture
def book(tmp_path: Path) -> Path:
    file = tmp_path / "book.csv"
    file.write_text("id,text,created_at\n1,Too late,2026-11-01\n")
    return file


def test_what_is_missing_is_asked_for_and_tried(home: Path, book: Path) -> None:
    code, said = asked(home, "book", "--connector", "file", answers=("", str(book)))
    assert code == 0
    assert "docs/channels/file.md" in said and said.count("path:") == 2
    assert "Too late" in said and "tribune run --source book" in said
    assert f'path = "{book}"' in written(home)


def test_a_name_that_does_not_do_is_told_before_any_question(home: Path) -> None:
    code, said = asked(home, "Not-A-Name", "--connector", "imap", answers=())
    assert code == 2
    assert "a-z" in said and "password" not in said


@pytest.mark.parametrize("key", [CTRL_C, CTRL_D])
@pytest.mark.parametrize("asking", [1, 4], ids=["a setting", "add it all the same"])
def test_breaking_off_adds_nothing(home: Path, key: str, asking: int) -> None:
    answers = ("127.0.0.1", "me@example.org", "hunter2", "", key)
    code, said = asked(
        home, "mail", "--connector", "imap", "--set", "port=9", answers=(*answers[:asking], key)
    )
    assert (code, said.count("Nothing was added.")) == (130, 1)
    assert "[sources.mail]" not in written(home) and "hunter2" not in written(home) + said


@pytest.mark.parametrize(("answer", "code"), [("n", 1), ("y", 0)])
def test_a_source_that_cannot_be_read_is_added_only_if_wanted(home: Path, answer: str, code: int) -> None:
    answers = ("127.0.0.1", "me@example.org", "hunter2", "", answer)
    ended, said = asked(home, "mail", "--connector", "imap", "--set", "port=9", answers=answers)
    assert ended == code
    assert ("[sources.mail]" in written(home)) is ("hunter2" in written(home)) is (code == 0)
    assert "hunter2" not in said
    assert ("tribune sources check mail" if code == 0 else "Nothing was added.") in said


def test_a_key_of_several_lines_comes_from_its_file(home: Path, tmp_path: Path) -> None:
    given = ("apple", "--connector", "app_store", "--set", "app=1", "--no-preview")
    key = "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n"
    code, said = asked(home, *given, answers=(key.partition("\n")[0],))
    assert code == 2
    assert "--file private_key=PATH" in said and "sources.apple" not in written(home)
    (tmp_path / "key.p8").write_text(key)
    assert asked(home, *given, "--file", f"private_key={tmp_path / 'key.p8'}", answers=())[0] == 0
    assert r"PRIVATE KEY-----\nMIIB\n-----END" in (home / "secrets.toml").read_text()


def test_a_table_is_set_name_by_name_and_a_hook_says_where_to_send(home: Path) -> None:
    fields = ("--set", "fields.text=data.body", "--set", "fields.key=data.id")
    code, said = asked(home, "shop", "--connector", "webhook", *fields, answers=("a long secret of ours",))
    assert code == 0
    assert "http://127.0.0.1:8787/hooks/shop" in said and "tribune run" not in said
    assert 'text = "data.body"' in written(home)
    code, said = asked(home, "other", "--connector", "webhook", "--set", "fields=text", answers=("x",))
    assert code == 2
    assert "fields.NAME=VALUE" in said


def test_a_text_that_is_no_utf_8_is_told() -> None:
    with pytest.raises(Invalid, match="not UTF-8"):
        answering._read("caf\udce9")


@pytest.mark.parametrize(
    ("connector", "comments", "state"),
    [("webhook", 0, "waits for deliveries"), ("webhook", 3, "fine"), ("rss", 0, "not pulled yet")],
)
def test_what_is_pushed_waits_for_no_pull(connector: str, comments: int, state: str) -> None:
    source = {"configured": True, "paused": False, "error": None, "last_pull": None, "silent": None}
    assert sources._state({**source, "connector": connector, "comments": comments}) == state
