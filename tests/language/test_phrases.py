from hypothesis import given
from hypothesis import strategies as st

from curation.language.phrases import Phrases
from curation.language.taxonomy import expand
from curation.language.words import words


def found(phrase: str, text: str) -> list[str]:
    phrases = Phrases()
    phrases.add("topic", expand(phrase, "test"))
    cut = words(text)
    return [cut.between(match.first, match.last) for match in phrases.find(cut.folded)]


def test_a_beginning_stands_for_every_ending() -> None:
    assert found("rembours*", "Remboursez ! Le REMBOURSEMENT, remords.") == ["Remboursez", "REMBOURSEMENT"]


def test_accents_and_hyphens_do_not_matter() -> None:
    assert found("service apres vente", "Service après-vente nul") == ["Service après-vente"]
    assert found("e-mail", "no e mail, no e-mail, no email") == ["e mail", "e-mail"]


def test_a_number_is_any_number() -> None:
    assert found("# days late", "6 days late, six days late, 1.5 days late") == [
        "6 days late",
        "1.5 days late",
    ]


def test_any_one_word() -> None:
    assert found("in * colours", "in more colours, in colours, in far more colours") == ["in more colours"]


def test_a_gap_is_up_to_three_words_of_one_sentence() -> None:
    assert found("parcel ... late", "parcel late") == ["parcel late"]
    assert found("parcel ... late", "parcel, sadly, was very late") == ["parcel, sadly, was very late"]
    assert found("parcel ... late", "parcel was so very much late") == []
    assert found("parcel ... late", "A parcel. Late again.") == []


def test_words_apart_by_a_comma_are_no_phrase() -> None:
    assert found("quick reply", "quick, reply") == []


def test_overlapping_phrases_are_all_found() -> None:
    assert found("(late|late parcel|parcel)", "late parcel") == ["late", "late parcel", "parcel"]


@given(st.text())
def test_a_phrase_is_found_wherever_it_is_a_sentence(text: str) -> None:
    assert "Missing parts" in found("missing part*", f"{text}\n.Missing parts.{text}")


@given(st.lists(st.sampled_from(["a", "b", ".", ",", "3"]), max_size=30))
def test_matches_lie_inside_the_text(parts: list[str]) -> None:
    phrases = Phrases()
    phrases.add("x", expand("a ... (b|a *|#) ... b", "test"))
    cut = words(" ".join(parts))
    for match in phrases.find(cut.folded):
        assert match.first < match.last < len(cut.folded)
        assert "." not in cut.folded[match.first : match.last]
