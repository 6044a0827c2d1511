from hypothesis import given
from hypothesis import strategies as st

from curation.language.words import END, PAUSE, clean, fold, words


def test_words_are_folded_without_case_accents_and_ligatures() -> None:
    assert [key for key in words("Déçue, CŒUR Straße").folded if key] == ["decue", PAUSE, "coeur", "strasse"]


def test_french_elisions_are_cut_and_english_contractions_are_not() -> None:
    assert [key for key in words("l'appli n’arrive pas").folded if key] == [
        "l",
        "appli",
        "n",
        "arrive",
        "pas",
    ]
    assert [key for key in words("I don't, it’s John's").folded if key] == ["i", "dont", PAUSE, "it", "john"]


def test_decomposed_accents_stay_in_their_word() -> None:
    assert words("de\u0301c\u0327u").folded == ["decu"]


def test_addresses_mentions_and_single_marks_say_nothing() -> None:
    found = words("@shop see https://example.org/late?refund=1 * www.example.org")
    assert [key for key in found.folded if key] == ["see"]


def test_a_decimal_point_ends_no_sentence() -> None:
    assert END not in words("14.90 for a bell").folded


def test_drawn_out_letters_are_shortened() -> None:
    assert fold("sooooo") == "soo"


def test_between_returns_what_was_written() -> None:
    found = words("Was  it — Late, really?")
    first, last = found.folded.index("late"), found.folded.index("really")
    assert found.between(first, last) == "Late, really"


@given(st.text())
def test_tokens_joined_with_their_spaces_give_the_text_back(text: str) -> None:
    found = words(text)
    joined = "".join(part + " " * space for part, space in zip(found.texts, found.spaces, strict=True))
    assert joined == text


@given(st.text(st.characters(), max_size=50))
def test_clean_text_can_be_written_as_utf8_and_keeps_its_length(text: str) -> None:
    assert len(clean(text, 50)) == len(text)
    clean("\ud800" + text, 51).encode("utf-8")
