import pytest

from curation.language.components import additions
from curation.language.sentiment import Scorer, Sentiment, scorers
from curation.language.words import words

MARKS = {":)": 2.0, "😡": -2.8}


@pytest.fixture(scope="module")
def shipped() -> dict[str, Scorer]:
    return scorers(additions())


@pytest.fixture
def small() -> Scorer:
    return Scorer(
        MARKS,
        {"good": 2.0, "bad": -2.0, "nul": -2.0},
        {"not (too|so) bad": 1.5, "good morning": 0.0},
        {"very": 0.293},
        {"not", "ne plus"},
        {"but"},
    )


def score(scorer: Scorer, text: str) -> Sentiment:
    found = scorer.score(words(text))
    assert found is not None
    return found


def test_a_word_counts_and_is_named(small: Scorer) -> None:
    found = score(small, "A good loaf")
    assert (found.label, found.evidence) == ("positive", ("good",))


def test_a_booster_a_capital_and_an_exclamation_mark_strengthen(small: Scorer) -> None:
    plain = score(small, "A good loaf").compound
    assert score(small, "A very good loaf").compound > plain
    assert score(small, "A GOOD loaf").compound > plain
    assert score(small, "A good loaf!").compound > plain


def test_negation_turns_within_three_words_of_one_sentence(small: Scorer) -> None:
    assert score(small, "not a very good loaf").label == "negative"
    assert score(small, "It is not. Good loaf").label == "positive"
    assert score(small, "not what I would call good").label == "positive"


def test_what_follows_but_weighs_more_in_its_sentence(small: Scorer) -> None:
    assert score(small, "good but bad").label == "negative"
    assert score(small, "bad but good").label == "positive"
    assert score(small, "good but bad. very good").label == "positive"


def test_idioms_count_instead_of_their_words(small: Scorer) -> None:
    assert score(small, "not so bad").label == "positive"
    assert score(small, "not so bad").evidence == ("not so bad",)
    assert score(small, "good morning").label == "neutral"


def test_plus_negates_only_after_ne(small: Scorer) -> None:
    assert score(small, "plus nul").label == "negative"
    assert score(small, "ce n'est plus nul").label == "positive"


def test_drawn_out_words_are_recognised(small: Scorer) -> None:
    assert score(small, "nuuuuul").label == "negative"
    assert score(small, "goooood").label == "positive"


def test_words_without_a_mood_are_neutral_and_no_words_are_nothing(small: Scorer) -> None:
    assert score(small, "the loaf").label == "neutral"
    for silent in ("", " ", "?", "x", "\U0001f697"):
        assert small.score(words(silent)) is None


def test_a_scorer_of_marks_speaks_only_for_marks() -> None:
    marks = Scorer(MARKS)
    assert marks.score(words("Das war gut")) is None
    assert score(marks, "Das war gut :)").label == "positive"
    assert score(marks, "na endlich 😡").label == "negative"


def test_confidence_grows_with_the_score_and_stays_below_one(small: Scorer) -> None:
    few, many = score(small, "good"), score(small, "good " * 50)
    assert 0 < few.confidence < many.confidence < 1


@pytest.mark.parametrize(
    ("language", "text", "label"),
    [
        ("en", "The service was excellent", "positive"),
        ("en", "Never again. Waste of money.", "negative"),
        ("en", "can't fault them", "positive"),
        ("fr", "Très déçue, service client injoignable", "negative"),
        ("fr", "Rien à redire, livraison rapide", "positive"),
        ("fr", "pas terrible", "negative"),
        ("fr", "sans aucun problème", "positive"),
        ("fr", "Je suis sûr que c'est le bon côté du mur", "positive"),
        ("fr", "ce vélo est plus rapide", "positive"),
        ("fr", "ça ne marche plus", "negative"),
    ],
)
def test_the_shipped_lexicons_know_plain_cases(
    shipped: dict[str, Scorer], language: str, text: str, label: str
) -> None:
    assert score(shipped[language], text).label == label


def test_accents_lost_by_folding_give_no_mood(shipped: dict[str, Scorer]) -> None:
    assert score(shipped["fr"], "la pose sur le mur, prise par nos soins à part").evidence == ()
