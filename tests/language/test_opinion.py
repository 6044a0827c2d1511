"""A second opinion from a server that speaks OpenAI's protocol: what is sent, what is taken of the answer, what it costs."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from curation import language
from curation.config import Opinion, Tagging
from curation.errors import ConfigError, Refused, TryAgain
from curation.language import opinion
from curation.language.masking import mask


class Server:
    """Answers every comment with `says`, or with a status; keeps what it was sent."""

    def __init__(self) -> None:
        self.says: Any = {"sentiment": "negative"}
        self.status = 200
        self.got: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                server.got.append(json.loads(body))
                server.keys.append(self.headers["authorization"])
                text = server.says if isinstance(server.says, str) else json.dumps(server.says)
                answer = json.dumps(
                    {
                        "choices": [{"message": {"content": text}}],
                        "usage": {"prompt_tokens": 90, "completion_tokens": 10},
                    }
                ).encode()
                self.send_response(server.status)
                self.send_header("content-length", str(len(answer)))
                self.send_header("location", "http://127.0.0.1:9/")
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: Any) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/v1"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.http.shutdown()
    made.http.server_close()


def tagger(server: Server, home: Path, **more: Any) -> language.Tagger:
    return language.load(Tagging(opinion=Opinion(url=server.url, model="m", **more)), home)


def sentiment(tags: list[Any]) -> tuple[str, bool]:
    tag = next(tag for tag in tags if tag.name == "sentiment")
    return tag.value, tag.unsure


TEXT = "Wonderful, thank you so much, I love it!"


def test_what_it_does_not_share_is_unsure(server: Server, tmp_path: Path) -> None:
    second = tagger(server, tmp_path)
    assert sentiment(second.tag([TEXT], [None])[0]) == ("positive", True)
    assert dict(second.spent) == {"asked": 1, "tokens_in": 90, "tokens_out": 10, "disagreed": 1}
    server.says = {"sentiment": "positive"}
    assert sentiment(second.tag([TEXT], [None])[0]) == ("positive", False)


def test_its_word_can_hold_instead(server: Server, tmp_path: Path) -> None:
    assert sentiment(tagger(server, tmp_path, use="replace").tag([TEXT], [None])[0]) == ("negative", False)


@pytest.mark.parametrize(
    "says",
    ["I cannot", '{"sentiment": "angry"}', '{"sentiment": ["negative"]}', "[]", "{", '{"intent": "praise"}'],
)
def test_anything_but_a_label_is_thrown_away(server: Server, tmp_path: Path, says: str) -> None:
    server.says = says
    second = tagger(server, tmp_path)
    assert sentiment(second.tag([TEXT], [None])[0]) == ("positive", False)
    assert second.spent["disagreed"] == 0


def test_personal_data_stays_here(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(opinion.KEY, "s3cret")
    tagger(server, tmp_path).tag(
        ["Mr John Smith, jo@example.com, +33 6 12 34 56 78: order AB-12345 is late"], [None]
    )
    (sent,) = server.got
    said = sent["messages"][1]["content"]
    assert not any(part in said for part in ("Smith", "jo@", "12 34", "AB-12345"))
    assert "is late" in said
    assert server.keys == ["Bearer s3cret"]


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("see https://shop.example/a?b=c now", "see [address] now"),
        ("ask @anna_b or a.b@c.example", "ask [person] or [mail]"),
        ("call (030) 123-45 67 or 0612345678", "call [number] or [number]"),
        ("IBAN FR76 3000 6000 0112 3456 7890 189 please", "IBAN [account] please"),
        ("Madame Anne Dupont est venue", "[person]est venue"),
        ("my order X-99817 and 2 of 12 pieces", "my order [reference] and 2 of 12 pieces"),
        ("It cost 14.90 in 2026", "It cost 14.90 in 2026"),
        ("AWFUL SERVICE", "AWFUL SERVICE"),
    ],
)
def test_masking(text: str, masked: str) -> None:
    assert mask(text) == masked


def test_masking_takes_no_longer_than_reading() -> None:
    for piece in ("a@", "1 ", "+1(", "FR76 ", "Mr A", "A-1", "www."):
        assert isinstance(mask(piece * 50_000), str)


def test_a_server_that_fails_stops_the_stage_in_words(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import stamina

    with stamina.set_testing(True, attempts=2):
        for status, kind in ((503, TryAgain), (401, Refused), (302, Refused)):
            server.status = status
            with pytest.raises(kind, match="The model server on"):
                tagger(server, tmp_path).tag([TEXT], [None])
    gone = Tagging(opinion=Opinion(url="http://127.0.0.1:9/v1", model="m"))
    with pytest.raises(TryAgain, match="does not answer"):
        language.load(gone, tmp_path).tag([TEXT], [None])


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://models.example/v1", "Use https"),
        ("ftp://127.0.0.1/", "is not an address"),
        ("https://user:secret@models.example/", "is not an address"),
    ],
)
def test_where_texts_may_go(tmp_path: Path, url: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        opinion.load(Opinion(url=url), tmp_path)


def test_none_is_asked_unless_configured(tmp_path: Path) -> None:
    assert opinion.load(Opinion(), tmp_path) is None
    plain = language.load(Tagging(), tmp_path)
    assert set(plain.spent.values()) == {0}
    asked = Tagging(opinion=Opinion(url="http://127.0.0.1:9/v1"))
    assert language.version(asked, tmp_path) != plain.version


def test_a_local_model_of_other_labels_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("transformers", reason="the extra 'transformers' is not installed")
    with pytest.raises(ConfigError, match="holds no model"):
        opinion.load(Opinion(local=tmp_path), tmp_path)
