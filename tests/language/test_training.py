"""Heads are fitted to labelled texts; bad label files are explained."""

from pathlib import Path

import numpy as np
import pytest

from curation.errors import Invalid
from curation.language.linear import quantised
from curation.language.tokens import Vocabulary
from curation.language.training.adapt import read_labels
from curation.language.training.fit import Settings, fit

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
