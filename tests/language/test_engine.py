"""The engine: both ways of reading agree, any text is read, and nothing stalls."""

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.errors import ConfigError
from curation.language import heads
from curation.language.components import pipeline
from curation.language.engine import WEIGHTS, Engine
from curation.language.explaining import explain
from curation.language.heads import load_model, save_model
from curation.language.readings import Reading
from curation.language.tokens import TOKEN
from curation.models import INTENTS, SENTIMENTS, URGENCIES
from tests.conftest import grows_evenly
from tests.language.test_tagger import HOSTILE, LONG

TEXTS = [
    "The parcel is three weeks late and nobody answers!",
    "Livraison rapide, mais le vélo a un défaut.",
    "Danke, sehr gut :)",
    "",
    "👍",
    "https://example.org/a",
    "not bad at all",
]


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine.load()


def numbers(reading: Reading) -> list[float]:
    scored = [reading.language, reading.intent, reading.urgency]
    return [*reading.sentiment, *(score for _, score in scored), *(topic.score for topic in reading.topics)]


def labels(reading: Reading) -> list[object]:
    topics = [(topic.id, topic.sentiment) for topic in reading.topics]
    return [reading.language[0], reading.mood[0], reading.intent[0], reading.urgency[0], topics]


def check(reading: Reading) -> None:
    assert reading.mood[0] in SENTIMENTS
    assert reading.intent[0] in INTENTS
    assert reading.urgency[0] in URGENCIES
    assert abs(sum(reading.sentiment) - 1) < 1e-4
    assert all(0 <= number <= 1 + 1e-6 for number in numbers(reading))
    assert reading.unsure <= {"language", "sentiment", "intent", "urgency", "topics"}


def agree(one: Reading, other: Reading) -> None:
    assert labels(one) == labels(other)
    assert np.allclose(numbers(one), numbers(other), atol=1e-6)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.text(st.characters(), max_size=200) | st.sampled_from(HOSTILE + TEXTS), min_size=1, max_size=6
    )
)
def test_spacy_and_the_batch_path_say_the_same(engine: Engine, texts: list[str]) -> None:
    nlp = pipeline()
    nlp.get_pipe("tribune_reader")._engine = engine
    for doc, together, text in zip(nlp.pipe(texts), engine.read(texts), texts, strict=True):
        check(together)
        agree(together, doc._.reading)
        agree(together, engine.read([text])[0])


def test_the_pipeline_is_kept_on_disk_and_read_again(tmp_path: Path) -> None:
    import spacy

    pipeline(["en", "fr"]).to_disk(tmp_path / "nlp")
    nlp = spacy.load(tmp_path / "nlp")
    doc = nlp("Livraison en retard de trois jours, c'est long.")
    assert nlp.get_pipe("tribune_reader").languages == ["en", "fr"]
    assert doc._.language[0] == "fr"
    assert doc._.sentiment == doc._.reading.mood
    assert set(doc.cats) == set(SENTIMENTS)


def test_texts_that_say_nothing_are_unsure(engine: Engine) -> None:
    for reading in engine.read(["", "   ", "https://example.org", "12 34", "@someone", "\x00"]):
        assert reading.silent
        assert {"sentiment", "intent", "urgency", "language"} <= reading.unsure
        assert not reading.topics


@pytest.mark.parametrize("text", LONG.values(), ids=LONG)
def test_a_megabyte_of_anything_is_read_in_bounded_time(engine: Engine, text: str) -> None:
    grows_evenly(lambda part: engine.read([part]), text)
    check(engine.read([text])[0])


def test_explanations_point_into_the_text(engine: Engine) -> None:
    text = "The parcel is three weeks late 😡 and nobody answers!"
    explained = explain(engine, text)
    assert {"sentiment", "intent", "urgency", "topic"} <= {one.head for one in explained}
    tokens = {match.span() for match in TOKEN.finditer(text)}
    for one in explained:
        assert {(start, end) for start, end, _ in one.spans} <= tokens
        weights = [abs(weight) for *_, weight in one.spans]
        assert weights == sorted(weights, reverse=True)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_explained(engine: Engine, text: str) -> None:
    for one in explain(engine, text):
        assert all(0 <= start < end <= len(text) for start, end, _ in one.spans)


def test_the_weights_are_small_and_whole(engine: Engine) -> None:
    assert sum(path.stat().st_size for path in WEIGHTS.glob("*.npz")) < 12e6
    assert load_model(WEIGHTS).digest == engine.digest


def test_a_model_of_other_weights_is_refused(engine: Engine, tmp_path: Path) -> None:
    save_model(tmp_path / "own", {"intent": engine.head("intent")}, base="0123456789abcdef")
    with pytest.raises(ConfigError, match="made on the weights 0123456789abcdef"):
        Engine.load(model=tmp_path / "own")


def test_a_spoilt_model_is_refused_by_name(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is no model"):
        Engine.load(model=tmp_path)
    own = tmp_path / "own"
    save_model(own, {"intent": engine.head("intent")}, base=engine.digest)
    Engine.load(model=own)
    with (own / "intent.npz").open("ab") as file:
        file.write(b"x")
    with pytest.raises(ConfigError, match="are not those"):
        Engine.load(model=own)


@pytest.mark.parametrize(
    "spoilt",
    [
        {"table": np.zeros(8, np.int8)},
        {"table": np.zeros((3, 9), np.int8)},
        {"table": np.zeros((4, 9), np.float32)},
        {"bias": np.full(9, np.nan, np.float32)},
        {"slopes": np.ones(2, np.float32)},
        {"out": np.ones((4, 9), np.float32)},
        {"dense": np.ones((96, 2), np.float16)},
        None,
    ],
)
def test_a_model_that_fits_its_digest_alone_is_refused(
    engine: Engine, tmp_path: Path, spoilt: dict[str, Any] | None
) -> None:
    own = tmp_path / "own"
    save_model(own, {"intent": engine.head("intent")}, base=engine.digest)
    file, manifest = own / "intent.npz", own / "model.json"
    if spoilt is None:
        with zipfile.ZipFile(file, "w") as packed:
            packed.writestr("table.npy", b"no array")
    else:
        with np.load(file) as arrays:
            np.savez(file.with_suffix(".new.npz"), **(dict(arrays) | spoilt))
        file.with_suffix(".new.npz").replace(file)
    about = json.loads(manifest.read_text())
    manifest.write_text(json.dumps(about | {"digest": heads._digest(own, about)}))
    with pytest.raises(ConfigError, match="is not a model that can be read"):
        Engine.load(model=own)


def test_nothing_is_written_over_a_folder_that_is_no_model(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "holiday.txt").write_text("photos")
    with pytest.raises(ConfigError, match="is no model"):
        save_model(tmp_path, {"intent": engine.head("intent")})
    assert (tmp_path / "holiday.txt").read_text() == "photos"
