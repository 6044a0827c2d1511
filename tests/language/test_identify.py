import pytest

from curation.errors import ConfigError
from curation.language.engine import Engine
from curation.language.identify import UNDETERMINED


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine.load(languages=("en", "fr", "de"))


def tell(engine: Engine, text: str, declared: str | None = None) -> tuple[str, float]:
    return engine.read([text], [declared])[0].language


@pytest.mark.parametrize(
    "text", ["", "  ", "ok", "👍👍", "12 34 56", "?!", "https://example.org/bonjour", "@merci a"]
)
def test_under_three_letters_nothing_is_claimed(engine: Engine, text: str) -> None:
    assert tell(engine, text) == (UNDETERMINED, 0.0)


@pytest.mark.parametrize("declared", ["fr", "FR", "fr-CA", " fr_FR "])
def test_a_declared_language_is_taken_as_given(engine: Engine, declared: str) -> None:
    assert tell(engine, "thank you very much indeed", declared) == ("fr", 1.0)


@pytest.mark.parametrize("declared", ["sv", "", "klingon", "-"])
def test_a_declared_language_that_is_not_configured_is_not_believed(engine: Engine, declared: str) -> None:
    assert tell(engine, "thank you very much indeed", declared) == tell(engine, "thank you very much indeed")


def test_answers_are_configured_or_undetermined_with_a_probability(engine: Engine) -> None:
    for text in (
        "Bardzo dobry produkt, polecam wszystkim",
        "とても良いです",
        "Ein schöner Tag",
        "xkcd qwrt",
        "\ud800abc",
    ):
        language, sure = tell(engine, text)
        assert language in {"en", "fr", "de", UNDETERMINED}
        assert 0 <= sure <= 1


def test_languages_beyond_the_seven_are_told_too() -> None:
    engine = Engine.load(languages=("en", "sv", "ja"))
    assert tell(engine, "とても良いです、ありがとうございます")[0] == "ja"


def test_an_unknown_language_is_refused_by_name() -> None:
    with pytest.raises(ConfigError, match=r"tagging\.languages: xx cannot be told apart"):
        Engine.load(languages=("en", "xx"))
    with pytest.raises(ConfigError, match="name at least one"):
        Engine.load(languages=())


@pytest.mark.parametrize(
    "text", ["привет, как дела", "مرحبا كيف حالك", "你好，我想退款", "Ça va ? спасибо большое"]
)
def test_other_writing_is_none_of_the_languages_written_in_latin_letters(engine: Engine, text: str) -> None:
    assert tell(engine, text)[0] == UNDETERMINED


def test_other_writing_is_told_where_its_language_is_configured() -> None:
    engine = Engine.load(languages=("en", "ru", "ar"))
    texts = ("привет, как дела", "مرحبا كيف حالك", "ελληνικά ωραία")
    assert [tell(engine, text)[0] for text in texts] == ["ru", "ar", UNDETERMINED]
