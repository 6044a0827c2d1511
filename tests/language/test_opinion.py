"""A second opinion from a server that speaks OpenAI's protocol: what is sent, what is taken of the answer, what it costs."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from curation import language
from curation.config import Opinion, Tagging
from curation.errors import ConfigError, Refused, TryAgain
from curation.language import opinion
from curation.language.masking import mask
from tests.conftest import grows_evenly
from tests.servers.completions import Server, completions


@pytest.fixture
def server() -> Iterator[Server]:
    with completions({"sentiment": "negative"}) as made:
        yield made


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


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Dear Cleo, Mrs Martin and Cleo Martin-Roux", "Dear [person], [person]and [person]"),
        ("Will you? will (a.*) stay, Willow", "[person] you? [person] stay, Willow"),
        ("anna_b wrote Al", "[person] wrote Al"),
        ("CLEO MARTIN-ROUX wrote; M.\u00a0Dupont too", "[person] wrote; [person]too"),
    ],
)
def test_names_that_are_known_are_masked_too(text: str, masked: str) -> None:
    assert mask(text, ["Cleo Martin-Roux", "Will (a.*)", "anna_b", "Al", None, ""]) == masked


def test_an_address_is_no_less_one_where_a_text_is_cut(server: Server, tmp_path: Path) -> None:
    tagger(server, tmp_path).tag(["late " * 799 + "jo.smith@example.com"], [None])
    assert "smith" not in server.got[0]["messages"][1]["content"]


def test_masking_takes_no_longer_than_reading() -> None:
    for piece in ("a@", "1 ", "+1(", "FR76 ", "Mr A", "A-1", "A-", "-A", "A1-", "@a.", "www."):
        grows_evenly(mask, piece * (200_000 // len(piece)))


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
