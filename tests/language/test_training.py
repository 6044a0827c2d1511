"""Heads are fitted to labelled texts; bad label files are explained."""

from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from curation.errors import Invalid
from curation.language.engine import Engine
from curation.language.heads import Head
from curation.language.linear import quantised
from curation.language.tokens import Vocabulary, code
from curation.language.training.adapt import MOST_LABELS, adapt, read_labels, save, train
from curation.language.training.fit import Settings, fit, likely_threshold
from curation.language.training.hidden import fit_hidden
from curation.language.training.own import _design

_LATE = [f"the parcel number {n} came late again" for n in range(20)]
_KIND = [f"so friendly, {n} thanks to all of you" for n in range(20)]
_SETTINGS = Settings(bits=14, penalties=(0.3,), folds=3)


def test_no_weight_is_clipped() -> None:
    weights = np.zeros((2**14, 2), np.float32)
    weights[:, 0] = np.linspace(-1e-3, 1e-3, 2**14)
    weights[7] = 5, -3
    linear = quantised(("a", "b"), weights, np.zeros(2, np.float32))
    assert np.abs(linear.table * linear.scale - weights).max() <= linear.scale.max() / 2 + 1e-6


@pytest.mark.parametrize("several", [False, True])
def test_head_separates_what_it_has_learnt(several: bool) -> None:
    vocabulary = Vocabulary()
    numbers = np.array([0] * 20 + [1] * 20)
    targets = np.eye(2, dtype=np.int64)[numbers] if several else numbers
    head, measured = fit("own", _LATE + _KIND, targets, ("late", "kind"), vocabulary, settings=_SETTINGS)
    batch = vocabulary.batch(_LATE + _KIND)
    chances = head.probabilities(head.raw(vocabulary, batch))
    assert measured == 1
    assert (chances.argmax(axis=1) == numbers).all()
    assert head.kind == ("multi" if several else "single")
    assert ((chances >= 0) & (chances <= 1)).all()


def test_same_seed_same_head() -> None:
    numbers = np.array([0] * 20 + [1] * 20)
    one, two = (
        fit("own", _LATE + _KIND, numbers, ("late", "kind"), Vocabulary(), settings=_SETTINGS)[0]
        for _ in range(2)
    )
    assert (one.linear.table == two.linear.table).all()
    assert (one.slopes == two.slopes).all()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"comment,label\nhi,a\n", "line 1: there is no column 'text'"),
        (b"text,other\nhi,a\n", "line 1: needs a column"),
        (b"text,label\nhi,a\nhello\n", "line 3: has not as many cells"),
        (b"text,label\nhi,a,b\n", "line 2: has not as many cells"),
        (b"text,label\n\xff\xfe,a\n", "is not CSV in UTF-8"),
        (b"", "there is no column 'text'"),
    ],
)
def test_bad_file_is_explained(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "labels.csv"
    path.write_bytes(content)
    with pytest.raises(Invalid, match=said):
        read_labels(path, ("label",))


def test_space_round_labels_is_no_part_of_them(tmp_path: Path) -> None:
    file = tmp_path / "labels.csv"
    file.write_text("text,topics\nLate again, delivery.late | billing \nFine,|\n")
    assert [row["topics"] for row in read_labels(file, ["topics"])] == ["delivery.late|billing", "|"]


def test_labels_that_are_all_alike_teach_nothing() -> None:
    assert adapt(Engine.load(), [{"text": text, "sentiment": "negative"} for text in _LATE]) == ({}, [])


def test_a_head_of_a_teams_own_does_not_lean_on_heads_that_may_know_its_texts() -> None:
    engine = Engine.load()
    rows = [
        {"text": text, "label": label}
        for label, texts in (("late", _LATE), ("kind", _KIND))
        for text in texts
    ]
    head, _ = train(engine, "own", rows)
    assert head.linear.dense is not None
    assert head.linear.dense[: engine.places("sentiment").stop].any()
    assert not head.linear.dense[engine.places("sentiment").stop :].any()


def test_a_column_that_is_no_label_is_refused_before_it_fills_the_memory() -> None:
    rows = [{"text": f"Order {n}", "label": f"id-{n // 2}"} for n in range(2 * MOST_LABELS + 2)]
    with pytest.raises(Invalid, match=f"own has {MOST_LABELS + 1} labels .* Is it the right column"):
        train(Engine.load(), "own", rows)


def test_a_threshold_is_half_the_best_f1_where_chances_mean_what_they_say() -> None:
    chances = np.linspace(0, 1, 10_001)
    ranked = np.sort(chances)[::-1]
    best = (2 * np.cumsum(ranked) / (np.arange(1, len(ranked) + 1) + ranked.sum())).max()
    assert likely_threshold(chances) == pytest.approx(best / 2, abs=1e-3)


def test_hidden_units_tell_what_single_words_do_not() -> None:
    # Either word alone says nothing; both or neither is "same".
    both = [("red red", 1), ("blue blue", 1), ("red blue", 0), ("blue red", 0)] * 1_000
    words = np.array([[text.count("red"), text.count("blue")] for text, _ in both], np.float32)
    targets = np.array([label for _, label in both])
    features = sparse.csr_matrix(words)
    weights, bias, out = fit_hidden(features, targets, 2, seed=0)
    scores = np.maximum(features @ weights.T + bias, 0) @ out[:-1] + out[-1]
    assert (scores.argmax(axis=1) == targets).all()


@pytest.mark.parametrize("several", [False, True])
def test_a_head_of_a_teams_own_says_the_same_when_it_is_read_again(several: bool, tmp_path: Path) -> None:
    engine = Engine.load()
    rows = [
        {"text": text, "label": label + "|mail" * several}
        for label, texts in (("late", _LATE), ("kind", _KIND))
        for text in texts
    ]
    head, _ = train(engine, "own", rows)
    save(tmp_path / "model", engine, {"own": head})
    again = Engine.load(model=tmp_path / "model")
    texts = [row["text"] for row in rows]
    together = again.probabilities("own", texts)
    apart = np.concatenate([again.probabilities("own", [text]) for text in texts])
    np.testing.assert_allclose(together, apart, atol=1e-6)
    given = head.raw(engine.vocabulary, engine.vocabulary.batch(texts), engine.dense(texts))
    np.testing.assert_allclose(together, head.probabilities(given), atol=1e-2)


def test_a_head_with_hidden_units_is_kept_whole(tmp_path: Path) -> None:
    engine, chance = Engine.load(), np.random.default_rng(0)
    linear = quantised(
        ("a", "b", "c"),
        chance.normal(size=(2**14, 5)).astype(np.float32),
        np.zeros(5, np.float32),
        out=chance.normal(size=(6, 3)).astype(np.float32),
    )
    ones = np.ones(3, np.float32)
    save(tmp_path / "model", engine, {"own": Head("own", "single", linear, ones, ones * 0, ones / 2, 0.1)})
    again = Engine.load(model=tmp_path / "model").head("own")
    batch = engine.vocabulary.batch(_LATE)
    found = linear.score(engine.vocabulary, batch)
    assert found.shape == (len(_LATE), 3)
    np.testing.assert_array_equal(again.linear.score(engine.vocabulary, batch), found)


def test_a_word_never_labelled_is_understood_by_its_vector() -> None:
    engine = Engine.load()
    vocabulary = engine.vocabulary
    texts = [
        "the doctor was kind",
        "the doctor was rude",
        "the invoice was wrong",
        "the invoice was high",
    ] * 5
    vocabulary.batch(texts)
    features, spread_out = _design(vocabulary, texts, engine.dense(texts), engine.meanings, 16)
    width = engine.meanings[1].shape[1]
    first = features.shape[1] - engine.dense(texts).shape[1] - width
    weights = np.zeros((1, features.shape[1]), np.float32)
    weights[0, first : first + width] = 1
    table, _ = spread_out(weights)
    learnt = features[:4] @ weights.T
    batch = vocabulary.batch(texts[:4])
    told = batch.sums(vocabulary.weigh(0, table)[batch.rows]) / np.sqrt(batch.lengths)[:, None]
    np.testing.assert_allclose(told, learnt, atol=1e-3)
    assert table[code("w|nurse") & 0xFFFF].any()
