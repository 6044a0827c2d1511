"""The coaches over the API and on the command line."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from curation.api import create_api
from curation.api.serving import Served
from curation.store import access
from tests.conftest import land, notice
from tests.patience import PATIENCE

GOOD = "Bonjour Anna, nous sommes désolés : nous avons perdu votre colis. Le nouveau part demain. Répondez-nous ici."


@pytest.fixture
def api(served: Served) -> Iterator[TestClient]:
    with TestClient(create_api(served.store, served.token)) as client:
        client.headers["authorization"] = f"Bearer {served.token}"
        yield client


@pytest.fixture
def comment(served: Served) -> int:
    land(
        served.store,
        [notice("a", "Bonjour, quand arrive mon colis ? Et où est mon remboursement ?", said_language="fr")],
    )
    with TestClient(create_api(served.store, served.token)) as client:
        found = client.get("/comments", headers={"authorization": f"Bearer {served.token}"}).json()[
            "comments"
        ]
    return int(found[0]["id"])


def test_a_draft_is_coached_in_the_language_asked_for(api: TestClient, comment: int) -> None:
    for language, sentence in (("en", "Not taken up: "), ("fr", "Reste sans réponse : ")):
        said = api.post(
            f"/comments/{comment}/coach", params={"language": language}, json={"text": GOOD}
        ).json()
        advice = {one["code"]: one for one in said["advice"]}
        assert advice["questions"]["words"].startswith(sentence)
        assert advice["questions"]["values"]["texts"] == ["Et où est mon remboursement ?"]
        assert advice["language"]["met"] and advice["greeting"]["met"] and advice["promises"]["met"]
        apology = {one["code"]: one for one in said["apology"]}
        assert apology["responsibility"]["met"] and not apology["repentance"]["met"]
        assert [GOOD[begin:end] for begin, end in apology["when"]["spans"]] == ["demain"]
        assert 0 < said["score"] < 1


def test_the_team_s_voice_counts_at_once(api: TestClient, served: Served, comment: int) -> None:
    file = served.store.config.home / "tribune.toml"
    file.write_text(file.read_text("utf-8") + '\n[voice]\nformality = "tu"\navoid.fr = ["colis"]\n', "utf-8")
    said = api.post(f"/comments/{comment}/coach", json={"text": GOOD}).json()
    advice = {one["code"]: one for one in said["advice"]}
    assert advice["avoid"]["values"]["words"] == ["colis"]
    assert not advice["formality"]["met"]


def test_who_may_not_draft_is_refused(api: TestClient, served: Served, comment: int) -> None:
    reader = access.create_token(served.store, "test", "reader", ["read"])
    answer = api.post(
        f"/comments/{comment}/coach", json={"text": GOOD}, headers={"authorization": f"Bearer {reader}"}
    )
    assert (answer.status_code, answer.json()["type"]) == (403, "/api/errors/Forbidden")


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/comments/999999/coach", {"text": "Hello"}, 404),
        ("/comments/-1/coach", {"text": "Hello"}, 422),
        ("/comments/{}/coach?language=de", {"text": "Hello"}, 422),
        ("/comments/{}/coach", {"text": "a" * 100_001}, 422),
        ("/comments/{}/coach", {}, 422),
    ],
)
def test_what_is_not_valid_is_refused(
    api: TestClient, comment: int, path: str, body: dict[str, str], status: int
) -> None:
    assert api.post(path.format(comment), json=body).status_code == status


def test_an_odd_draft_is_answered(api: TestClient, comment: int) -> None:
    for text in ("", "🙂\x00\u202e", "a" * 100_000):
        assert api.post(f"/comments/{comment}/coach", json={"text": text}).status_code == 200


def tribune(*words: str, stdin: bytes = b"", code: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "curation.cli", "coach", *words],
        input=stdin,
        capture_output=True,
        timeout=PATIENCE,
        env={**os.environ, "COLUMNS": "300"},
    )
    assert done.returncode == code, done.stderr
    return done.stdout.decode()


def test_the_command_reads_standard_input_and_opens_no_store(home: Path) -> None:
    shown = tribune(
        "--stdin", "--language", "fr", stdin="Désolés si vous êtes déçus !!\x1b[31m \xff".encode("latin-1")
    )
    assert "✗ Il manque une salutation." in shown and "Affaibli par: “Désolés si" not in shown
    shown = tribune("--text", "Hello Anna, we are sorry, but mistakes were made.")
    assert "✓ It greets.  “Hello”" in shown and "Spoilt by: “sorry, but” · “mistakes were made”" in shown
    said = json.loads(tribune("--json", "--text", "Hello"))
    assert said.keys() == {"advice", "apology", "score"}
    assert not (home / "store.duckdb").exists()
    tribune("--text", " ", code=2)
