"""`tribune tag --stdin` as scripts use it: a line in, a line out, in order, at once."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.patience import PATIENCE

COMMAND = [sys.executable, "-m", "curation.cli", "tag", "--stdin"]
KEYS = ["language", "sentiment", "topics", "intent", "urgency", "unsure"]


def tag(lines: str, *words: str, code: int = 0) -> tuple[list[dict[str, object]], str]:
    done = subprocess.run([*COMMAND, *words], capture_output=True, text=True, input=lines, timeout=PATIENCE)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def test_every_line_is_answered_in_order() -> None:
    lines = "".join(json.dumps({"text": f"refund {n}, please", "id": n}) + "\n" for n in range(1_500))
    answers, said = tag(lines)
    assert len(answers) == 1_500
    assert all(list(answer) == KEYS for answer in answers)
    assert said == ""


def test_a_line_that_cannot_be_read_has_its_error_in_its_place() -> None:
    answers, said = tag('{"text": "merci"}\nnope\n{"text": 3}\n\n{"text": "\\ud83d ok"}', code=1)
    assert [list(answer) == KEYS for answer in answers] == [True, False, False, False, True]
    assert [str(answers[place]["error"]).split(":")[0] for place in (1, 2, 3)] == [
        "line 2",
        "line 3",
        "line 4",
    ]
    assert "3 of 5 lines" in said


def test_nothing_in_nothing_out() -> None:
    assert tag("") == ([], "")


def test_who_waits_for_an_answer_gets_it() -> None:
    with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as running:
        assert running.stdin
        assert running.stdout
        for text in ("the parcel is late", "merci beaucoup"):
            running.stdin.write(json.dumps({"text": text}).encode() + b"\n")
            running.stdin.flush()
            assert list(json.loads(running.stdout.readline())) == KEYS
        running.stdin.close()
        assert running.wait(PATIENCE) == 0


def test_a_reader_that_leaves_is_not_complained_of(tmp_path: Path) -> None:
    lines = tmp_path / "lines.jsonl"
    lines.write_text('{"text": "the parcel is late"}\n' * 5_000)
    with (
        lines.open("rb") as file,
        subprocess.Popen(COMMAND, stdin=file, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running,
    ):
        assert running.stdout
        assert running.stderr
        running.stdout.readline()
        running.stdout.close()
        assert running.stderr.read() == b""
        assert running.wait(PATIENCE) in (0, 1)


@pytest.mark.parametrize(
    ("words", "why"),
    [(("--languages", "en,xx"), "xx cannot be told apart"), (("--model", "nowhere"), "is no model")],
)
def test_what_cannot_be_used_is_said(tmp_path: Path, words: tuple[str, str], why: str) -> None:
    answers, said = tag('{"text": "ok"}\n', *words, code=1)
    assert answers == []
    assert why in " ".join(said.split())


def test_neither_spacy_nor_the_store_is_imported() -> None:
    code = (
        "import sys; from curation.cli import main; sys.argv = ['tribune', 'tag', '--stdin']\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code\n"
        "assert not {'spacy', 'duckdb', 'tantivy', 'sklearn', 'torch'} & set(sys.modules), set(sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=b'{"text": "ok"}\n', capture_output=True, timeout=PATIENCE
    )
    assert done.returncode == 0, done.stderr[-500:]


def test_a_byte_order_mark_is_passed_over() -> None:
    answers, _ = tag('\ufeff{"text": "merci"}\r\n')
    assert list(answers[0]) == KEYS


def test_a_line_without_end_has_its_error_and_the_others_go_on() -> None:
    lines = b'{"text": "ok"}\n' + b"a" * (80 << 20) + b'\n{"text": "merci"}\n'
    done = subprocess.run(COMMAND, capture_output=True, input=lines, timeout=PATIENCE)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [list(answer) == KEYS for answer in answers] == [True, False, True]
    assert answers[1]["error"] == "line 2: is longer than 64 MB."


@pytest.mark.parametrize(("way", "why"), [("<&-", "Bad file descriptor"), (">/dev/full", "No space left")])
def test_what_cannot_be_read_or_written_is_said(way: str, why: str) -> None:
    command = f"echo '{{\"text\": \"ok\"}}' | '{sys.executable}' -m curation.cli tag --stdin {way}"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 1
    assert why in done.stderr
    assert "Traceback" not in done.stderr
