"""Heads are fitted to labelled texts; bad label files are explained."""

from pathlib import Path

import numpy as np
import pytest

from curation.errors import Invalid
from curation.language.engine import Engine
from curation.language.linear import quantised
from curation.language.tokens import Vocabulary
from curation.language.training.adapt import adapt, read_labels, train
from curation.language.training.fit import Settings, fit, likely_threshold

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


def test_a_threshold_is_half_the_best_f1_where_chances_mean_what_they_say() -> None:
    chances = np.linspace(0, 1, 10_001)
    ranked = np.sort(chances)[::-1]
    best = (2 * np.cumsum(ranked) / (np.arange(1, len(ranked) + 1) + ranked.sum())).max()
    assert likely_threshold(chances) == pytest.approx(best / 2, abs=1e-3)
