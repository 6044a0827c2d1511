import pytest

from curation.errors import ConfigError
from curation.language.identify import UNDETERMINED, Identifier
from curation.language.words import words

HINTS = {"en": ["great"], "fr": ["merci"]}


@pytest.fixture(scope="module")
def identifier() -> Identifier:
    return Identifier(("en", "fr", "de"), HINTS)


@pytest.mark.parametrize(
    "text", ["", "  ", "ok", "👍👍", "12 34 56", "?!", "https://example.org/bonjour", "@merci a"]
)
def test_under_three_letters_nothing_is_claimed(identifier: Identifier, text: str) -> None:
    assert identifier.identify(words(text)) == (UNDETERMINED, 0.0)


@pytest.mark.parametrize("declared", ["fr", "FR", "fr-CA", " fr_FR "])
def test_a_declared_language_is_taken_as_given(identifier: Identifier, declared: str) -> None:
    assert identifier.identify(words("thank you very much indeed"), declared) == ("fr", 1.0)


@pytest.mark.parametrize("declared", ["sv", "", "klingon", "-"])
def test_a_declared_language_that_is_not_configured_is_not_believed(
    identifier: Identifier, declared: str
) -> None:
    found = words("thank you very much indeed")
    assert identifier.identify(found, declared) == identifier.identify(found)


def test_a_very_common_word_decides_where_a_text_is_too_short(identifier: Identifier) -> None:
    assert identifier.identify(words("Merci !"))[0] == "fr"
    assert identifier.identify(words("Great"))[0] == "en"


def test_answers_are_configured_or_undetermined_with_a_probability(identifier: Identifier) -> None:
    for text in ("Bardzo dobry produkt, polecam wszystkim", "とても良いです", "Ein schöner Tag", "xkcd qwrt"):
        language, sure = identifier.identify(words(text))
        assert language in {"en", "fr", "de", UNDETERMINED}
        assert 0 <= sure <= 1


def test_an_unknown_language_is_refused_by_name() -> None:
    with pytest.raises(ConfigError, match=r"tagging\.languages: xx cannot be told apart"):
        Identifier(("en", "xx"), HINTS)
    with pytest.raises(ConfigError, match="name at least one"):
        Identifier((), HINTS)
