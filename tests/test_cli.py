"""The command as scripts use it: what it prints, where, and its exit codes."""

import csv
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from curation import language
from tests.patience import PATIENCE, eventually

COLUMNS = [
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


def tribune(*words: str, code: int = 0, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "curation.cli", *words]
    done = subprocess.run(command, capture_output=True, text=True, input=stdin, timeout=PATIENCE)
    assert done.returncode == code, f"{words}: {done.stdout}{done.stderr}"
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture
def export(tmp_path: Path) -> Path:
    file = tmp_path / "answers.csv"
    rows = [
        ["7", "2026-11-02 10:00", "Ana", "The delivery was late and I am furious."],
        ["8", "2026-11-03 11:00", "Bo", "=cmd() is what I typed, thank you, great service!"],
        ["9", "2026-11-04 12:00", "Cléo", "La livraison est arrivée en retard, je suis très déçue."],
        ["10", "2026-11-05 13:00", "Dan", ""],
    ]
    with file.open("w", newline="") as handle:
        csv.writer(handle).writerows([["Nr", "When", "Who", "FFT answer"], *rows])
    return file


def test_a_file_s_whole_way(home: Path, export: Path, tmp_path: Path) -> None:
    added = tribune(
        "sources", "add", "survey", "--connector", "file", "--set", f"path={export}", "--set", "text=FFT answer",
        "--set", "id=Nr", "--set", "created_at=When", "--set", "author=Who",
    )  # fmt: skip
    assert "FFT answer" in added.stdout
    assert "late and I am furious" in added.stdout
    assert not (home / "store.duckdb").exists()

    run = tribune("run", "--json", code=1)
    counts = json.loads(run.stdout)
    assert {name: counts[name] for name in ("pulled", "new", "changed", "refused", "tagged")} == {
        "pulled": 4, "new": 3, "changed": 0, "refused": 1, "tagged": 3,
    }  # fmt: skip
    assert counts["seconds"] > 0
    assert "tribune sources refused" in run.stderr
    again = json.loads(tribune("run", "--source", "survey", "--json").stdout)
    assert (again["new"], again["changed"], again["refused"], again["tagged"]) == (0, 0, 0, 0)

    lines = [json.loads(line) for line in tribune("comments").stdout.splitlines()]
    assert [list(line) for line in lines] == [COLUMNS] * 3
    assert [line["key"] for line in lines] == ["9", "8", "7"]
    assert [line["language"] for line in lines] == ["fr", "en", "en"]
    assert (lines[2]["sentiment"], lines[1]["sentiment"]) == ("negative", "positive")
    assert lines[2]["created_at"] == "2026-11-02T10:00:00Z"

    found = tribune("comments", "--search", "livraison retard", "--limit", "5").stdout.splitlines()
    assert [json.loads(line)["key"] for line in found] == ["9"]
    assert tribune("comments", "--sentiment", "positive", "--source", "survey").stdout.count("\n") == 1
    topic = lines[2]["topics"][0]
    assert "7" in [
        json.loads(line)["key"] for line in tribune("comments", "--topic", topic).stdout.splitlines()
    ]

    sheet = list(csv.reader(tribune("comments", "--format", "csv").stdout.splitlines()))
    assert sheet[0] == COLUMNS
    assert sheet[2][5].startswith("'=cmd()")
    tribune("comments", "--format", "parquet", "--out", str(tmp_path / "out.parquet"))
    assert pq.read_table(tmp_path / "out.parquet").num_rows == 3

    assert json.loads(tribune("doctor", "--json").stdout)["healthy"] is True
    (source,) = json.loads(tribune("sources", "list", "--json").stdout)
    assert (source["comments"], source["refused"]) == (3, 1)
    (refused,) = json.loads(tribune("sources", "refused", "survey", "--json").stdout)
    assert "empty" in refused["reason"]


def test_a_customer_s_text_commands_no_terminal(home: Path, tmp_path: Path) -> None:
    (tmp_path / "odd.jsonl").write_text(json.dumps({"id": "1\x1b[2J", "text": "a\x1b[31mb\0c\u202ed 👩‍👧"}))
    added = tribune("sources", "add", "odd", "--connector", "file", "--set", f"path={tmp_path / 'odd.jsonl'}")
    assert "a<U+001B>[31mb<U+0000>c<U+202E>d 👩‍👧" in added.stdout
    assert not {"\x1b", "\0", "\u202e"} & set(added.stdout)


def test_backup_snapshot_and_restore(home: Path, export: Path, tmp_path: Path) -> None:
    tribune(
        "sources",
        "add",
        "survey",
        "--connector",
        "file",
        "--set",
        f"path={export}",
        "--set",
        "text=FFT answer",
    )
    tribune("pull", code=1)
    copy = tmp_path / "backup.duckdb"
    assert "3 comments" in tribune("backup", str(copy)).stdout
    assert "exists already" in tribune("backup", str(copy), code=2).stderr
    tribune("snapshot", str(tmp_path / "s.parquet"))
    assert pq.read_table(tmp_path / "s.parquet").num_rows == 3
    tribune("snapshot", str(tmp_path / "s.duckdb"))
    (home / "store.duckdb").unlink()
    assert tribune("comments").stdout == ""
    assert "3 comments" in tribune("restore", str(copy)).stdout
    assert tribune("comments", "--search", "livraison").stdout.count("\n") == 1
    assert "not a readable backup" in tribune("restore", str(export), code=1).stderr


def test_tokens(home: Path) -> None:
    token = tribune("tokens", "create", "bi", "--scope", "read", "--scope", "triage").stdout.strip()
    assert token.startswith("tribune_")
    (listed,) = json.loads(tribune("tokens", "list", "--json").stdout)
    assert (listed["name"], listed["scopes"]) == ("bi", ["read", "triage"])
    assert token not in (home / "store.duckdb").read_bytes().decode("latin-1")
    tribune("tokens", "revoke", "bi")
    assert "No token in use" in tribune("tokens", "revoke", "bi", code=1).stderr


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["nonsense"], 2, "No such command"),
        (["comments", "--format", "doc"], 2, "jsonl"),
        (["comments", "--sentiment", "grumpy"], 2, "negative, neutral, positive"),
        (["comments", "--limit", "x"], 2, "valid integer"),
        (["tokens", "create", "x", "--scope", "everything"], 2, "administer"),
        (["sources", "add", "Bad Name", "--connector", "file", "--set", "path=x"], 2, "a-z"),
        (["sources", "add", "a", "--connector", "file", "--set", "path"], 2, "KEY=VALUE"),
        (["sources", "add", "a", "--connector", "pigeon"], 1, "Installed: app_store, bluesky"),
        (["sources", "add", "a", "--connector", "file", "--set", "texd=x"], 1, "no setting 'texd'"),
        (["sources", "add", "a", "--connector", "file"], 1, "needs 'path'"),
        (["sources", "check", "nowhere"], 1, "No source is called 'nowhere'"),
        (["sources", "refused", "nowhere"], 1, "No source is called 'nowhere'"),
        (["run", "--source", "nowhere"], 1, "No source is called 'nowhere'"),
        (["restore", "nowhere.duckdb"], 1, "nowhere.duckdb"),
        (["snapshot", "x.txt"], 2, ".parquet"),
        (["themes", "--days", "999999999"], 2, "less than or equal to"),
    ],
)
def test_what_goes_wrong_is_said_in_a_sentence(home: Path, words: list[str], code: int, said: str) -> None:
    assert said in tribune(*words, code=code).stderr


def test_a_source_that_fails_does_not_stop_the_others(home: Path, export: Path, tmp_path: Path) -> None:
    tribune("sources", "add", "gone", "--connector", "file", "--set", f"path={tmp_path / 'gone.csv'}")
    tribune(
        "sources",
        "add",
        "survey",
        "--connector",
        "file",
        "--set",
        f"path={export}",
        "--set",
        "text=FFT answer",
    )
    done = tribune("pull", "--json", code=1)
    assert "Source gone stopped" in done.stderr
    assert json.loads(done.stdout)["new"] == 3


def test_a_secret_goes_to_the_private_file_only(home: Path) -> None:
    tribune(
        "sources", "add", "mail", "--connector", "imap", "--set", "host=127.0.0.1", "--set", "port=9", "--set", "tls=none",
        "--set", "user=me", "--set", "folders=INBOX,Sales", "--set", "password=hunter2",
    )  # fmt: skip
    written = (home / "tribune.toml").read_text()
    assert "hunter2" not in written
    assert "Sales" in written
    assert "hunter2" in (home / "secrets.toml").read_text()
    done = tribune("sources", "check", "mail", code=1)
    assert "hunter2" not in done.stdout + done.stderr


def test_a_dry_run_keeps_nothing(home: Path, export: Path) -> None:
    tribune(
        "sources",
        "add",
        "survey",
        "--connector",
        "file",
        "--set",
        f"path={export}",
        "--set",
        "text=FFT answer",
    )
    assert json.loads(tribune("run", "--dry-run", "--json", code=1).stdout)["new"] == 3
    assert tribune("comments").stdout == ""


def test_commands_that_do_not_tag_never_import_spacy(home: Path) -> None:
    code = "import sys; sys.argv = ['tribune', 'sources', 'list']\nimport curation.cli\ntry: curation.cli.main()\nexcept SystemExit: pass\nassert 'spacy' not in sys.modules and 'prefect' not in sys.modules and 'streamlit' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_two_commands_at_once_take_turns_or_name_each_other(home: Path, export: Path) -> None:
    hold = "from curation.config import load; from curation.store import open_store; s = open_store(load()); print('in', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert f"process {process.pid}" in tribune("comments", code=1).stderr
        process.kill()


def test_an_export_into_a_closed_pipe_ends_quietly(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "many.csv"
    file.write_text("id,text\n" + "".join(f"{i},{'word ' * 40}\n" for i in range(20_000)))
    tribune("sources", "add", "many", "--connector", "file", "--set", f"path={file}")
    tribune("pull")
    command = f"{sys.executable} -m curation.cli comments | head -1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=PATIENCE)
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""


def test_ctrl_c_ends_a_pull_at_once_and_the_next_goes_on(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "many.csv"
    file.write_text("id,text\n" + "".join(f"{i},comment number {i}\n" for i in range(200_000)))
    tribune("sources", "add", "many", "--connector", "file", "--set", f"path={file}")
    command = [sys.executable, "-m", "curation.cli", "pull"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ) as process:
        try:
            # Two million bytes in the store: it has started and pulls.
            eventually(
                lambda: sum(one.stat().st_size for one in home.glob("store.duckdb*") if one.is_file()) > 2e6
            )
            process.send_signal(signal.SIGINT)
            process.wait(PATIENCE)
        finally:
            process.kill()
    assert process.returncode in (0, 130)
    tribune("pull")
    assert json.loads(tribune("doctor", "--json").stdout)["comments"] == 200_000


def test_what_is_typed_need_not_be_text(home: Path) -> None:
    assert "cannot be sent" in tribune("topics", "merge", "delivery", "\udcff", code=2).stderr
    assert "cannot be sent" in tribune("topics", "undo", "9" * 30, code=2).stderr
    assert "cannot be sent" in tribune("comments", "--search", "\udcff", code=2).stderr


@pytest.mark.parametrize("task", ["topics", "unsure", "error", "encoder", "x" * 61])
def test_a_head_takes_no_name_that_an_answer_has(tmp_path: Path, task: str) -> None:
    words = ("train", "--task", task, "--labels", "none.csv", "--out", str(tmp_path / "model"))
    assert "A task is named by a word" in tribune(*words, code=2).stderr


def test_a_model_is_written_over_a_model_only(tmp_path: Path) -> None:
    labels = tmp_path / "labels.csv"
    labels.write_text("text,label\n" + "late again,a\nso kind,b\n" * 10)
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "model.json").write_text("{}")
    (theirs / "data.npz").write_text("precious")
    for out, said in [
        (theirs, "is no model"),
        (Path(language.__file__).with_name("weights"), "holds the weights"),
        (labels / "below", "cannot be written"),
        (tmp_path / ("n" * 300), "File name too long"),
    ]:
        failed = tribune("train", "--task", "mood", "--labels", str(labels), "--out", str(out), code=1)
        assert said in " ".join(failed.stderr.split())
    assert (theirs / "data.npz").read_text() == "precious"
