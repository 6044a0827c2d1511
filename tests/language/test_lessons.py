"""What the network and the sentiment head learn from, short of training them."""

import random

import numpy as np
from scipy import sparse

from curation.language.training.french import version, versions
from curation.language.training.logistic import fit_soft


def test_english_becomes_french_word_by_word_and_keeps_marks_names_and_capitals() -> None:
    made = version("The food was NEVER good @Bistro :( #sad", random.Random(3))
    assert made is not None
    assert "JAMAIS" in made
    assert "@Bistro" in made
    assert "#sad" in made
    assert not {"the", "food", "was", "good"} & set(made.lower().split())


def test_a_text_of_unknown_or_few_words_is_not_put_into_french() -> None:
    texts = [
        "Zwei Flaschen Bier bitte schnell",
        "good food",
        "",
        "\ud800 \x00 !!!",
        "the food was very good today",
    ]
    assert [place for place, _ in versions(texts, random.Random(0))] == [4]


def test_probabilities_are_learnt_and_each_set_keeps_its_bias_to_itself() -> None:
    chance = np.random.default_rng(0)
    points = chance.normal(size=(600, 4)).astype(np.float32)
    sets = np.arange(600) % 2
    scores = points[:, :1] * np.float32([2.0, 0.0, -2.0]) + sets[:, None] * np.float32([0.0, 3.0, 0.0])
    targets = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    weights, bias = fit_soft(sparse.csr_matrix(points), targets, np.ones(600, np.float32), sets, penalty=0.1)
    assert np.allclose(weights[0] - weights[0].mean(), [2.0, 0.0, -2.0], atol=0.1)
    assert np.abs(weights[1:]).max() < 0.1
    assert np.ptp(bias) < 0.2
