"""The writing coach: what it sees, where, and that nothing makes it slow."""

import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.config import Voice
from curation.drafting import Advice, apology, coach, report, words
from curation.drafting.advice import plain
from curation.drafting.dates import terms
from curation.drafting.personal import personal
from curation.drafting.questions import questions
from curation.drafting.reading import ease, sentences, syllables
from curation.drafting.tongue import tongue
from curation.models import Rules

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)  # a Wednesday


def coached(text: str, comment: str = "", **more: Any) -> dict[str, Advice]:
    asked: dict[str, Any] = {"language": None, "rules": Rules(), "voice": Voice(), "now": NOW, **more}
    found = coach(text, comment, **asked)
    assert len({one.code for one in found}) == len(found)
    for one in found:
        source = comment if one.code == "questions" else text
        assert all(0 <= begin < end <= len(source) for begin, end in one.spans), one
        assert words(one, "en") and words(one, "fr") and ("{" not in words(one, "en") or "{" in text)
    return {one.code: one for one in found}


def shown(text: str, advice: Advice) -> list[str]:
    return [text[begin:end] for begin, end in advice.spans]


def test_a_good_reply_lacks_nothing() -> None:
    text = "Hello Anna, thank you for asking. Your parcel leaves today, and we will write to you on Friday when it arrives."
    found = coached(text, "Hi, when does my parcel arrive?", language="en")
    assert [one.code for one in found.values() if not one.met] == []


@pytest.mark.parametrize(
    ("unit", "text", "met"),
    [("characters", "é" * 8, True), ("bytes", "é" * 8, False), ("graphemes", "👩‍👩‍👧" * 8, True)],
)
def test_length_is_counted_as_the_channel_does(unit: Any, text: str, met: bool) -> None:
    found = coached(text, rules=Rules(longest=10, unit=unit, mention="@a "[:2]))
    assert found["length"].met is met


def test_what_is_too_long_is_shown_and_said() -> None:
    found = coached("Hello there, friend", rules=Rules(longest=12))["length"]
    assert found.spans == ((12, 19),)
    assert words(found, "en") == "19 characters, and the channel takes 12. Take out 7."
    assert words(found, "fr") == "19 caractères, et le canal en accepte 12. Retirez-en 7."


def test_the_channel_s_window() -> None:
    rules = Rules(window=timedelta(days=1))
    assert coached("Hello", rules=rules, asked_at=NOW - timedelta(hours=23))["window"].met
    late = coached("Hello", rules=rules, asked_at=NOW - timedelta(hours=25))["window"]
    assert words(late, "en") == "The channel took replies until 2026-11-25 08:00 UTC. Answer another way."
    assert "window" not in coached("Hello", rules=rules)


def test_personal_data_is_for_private_channels() -> None:
    text = (
        "Write to jo.doe@example.org or call +33 6 12 34 56 78 about order no. AB-12345; card 4111 1111 1111 1111,"
        " account GB82 WEST 1234 5698 7654 32, home 12 rue des Lilas, 75011 Paris."
    )
    public = coached(text)["personal"]
    assert public.values["kinds"] == ["mail", "phone", "order", "card", "iban", "address"]
    assert shown(text, public)[4] == "GB82 WEST 1234 5698 7654 32"
    private = coached(text, rules=Rules(public=False))["personal"]
    assert private.values["kinds"] == ["card", "iban"]
    ours = Voice(ours=("jo.doe@example.org", "+33612345678"))
    assert coached(text, voice=ours)["personal"].values["kinds"] == ["order", "card", "iban", "address"]


@pytest.mark.parametrize(
    "text",
    [
        "It costs 1,299.90 euros.",
        "We open at 10.30 on 24/12/2026.",
        "Version 2026.11.03 is out, for 12 000 people.",
        "4111 1111 1111 1112 is no card.",
        "On page 12, 3 items remain.",
    ],
)
def test_other_numbers_are_nobody_s(text: str) -> None:
    assert personal(plain(text)) == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Mon numéro : 06 12 34 56 78.", "phone"),
        ("Ring 020 7946 0018", "phone"),
        ("Call (555) 555-0123 or", "phone"),
        ("Votre dossier n° 2026-889", "order"),
        ("She lives at 14 Maple Street", "address"),
        ("SW1A 1AA is where", "address"),
    ],
)
def test_personal_data_as_people_write_it(text: str, kind: str) -> None:
    assert [found for found, _ in personal(plain(text))] == [kind]


def test_questions_that_are_not_taken_up() -> None:
    comment = "My parcel is late. When does it arrive? And can I cancel the second order? Why is nobody answering the phone? Really?"
    reply = "Hello, your parcel arrives tomorrow."
    found = coached(reply, comment)["questions"]
    assert [comment[begin:end] for begin, end in found.spans] == [
        "And can I cancel the second order?", "Why is nobody answering the phone?",
    ]  # fmt: skip
    assert found.values["asked"] == 3
    assert "second order" in words(found, "fr")
    better = reply + " Yes, I have cancelled the other one. We were hard to reach because two of us were ill."
    assert coached(better, comment)["questions"].met


@pytest.mark.parametrize(
    ("comment", "reply", "met"),
    [
        ("Quand vais-je être remboursé ?", "Bonjour, vous serez remboursé vendredi.", True),
        ("Quand vais-je être remboursé ?", "Bonjour, vous serez remboursé.", False),
        ("Combien coûte la réparation ?", "Bonjour, elle coûte 20 €.", True),
        ("Où est la boutique ?", "Bonjour, nous sommes au 3e étage.", True),
        ("Puis-je échanger la lampe ?", "Bonjour, merci de votre message.", False),
        ("Is it waterproof?", "Hello, yes.", True),
        ("can you tell me the opening hours", "Hello, we close at nine.", True),
        ("can you tell me the opening hours", "Hello, thank you for your message.", False),
    ],
)
def test_questions_in_both_languages(comment: str, reply: str, met: bool) -> None:
    assert coached(reply, comment)["questions"].met is met


def test_an_exclamation_is_no_question() -> None:
    assert questions("What? Seriously?? How nice this was!") == []


def test_greeting_and_next_step() -> None:
    found = coached("Your lamp is broken.")
    assert not found["greeting"].met and not found["next_step"].met
    assert coached("@anna.example Hi Anna, please send us a photo.")["greeting"].met
    assert not coached("Sorry, your lamp is broken.")["greeting"].met
    assert coached("Anna, please reply to this message.")["next_step"].met
    assert coached("Chère Anna, répondez-nous quand vous voulez.")["next_step"].met
    assert not coached("La lampe est cassée, cher ami.")["greeting"].met


def test_promises_and_their_days() -> None:
    text = "Hello, we will send a new lamp by Friday. I'll call you. We hope we will see you again."
    found = coached(text)["promises"]
    assert [one["day"] for one in found.values["promises"]] == ["2026-11-27", None]
    assert shown(text, found) == ["we will send a new lamp by Friday", "I'll call you"]
    assert words(found, "en") == 'Promised without a day: "I\'ll call you". Say by when.'
    assert "past_days" in coached("We will refund you on 3 November.")
    assert not coached("We will refund you on 3 November.")["past_days"].met
    french = coached("Bonjour, nous vous rembourserons d'ici le 2 décembre et vous recevrez un mail.")[
        "promises"
    ]
    assert french.met and french.values["promises"][0]["day"] == "2026-12-02"


@pytest.mark.parametrize(
    ("text", "language", "day"),
    [
        ("by 2026-12-01", "en", date(2026, 12, 1)),
        ("le 03/12/2026", "fr", date(2026, 12, 3)),
        ("on 03/12/2026", "en", None),
        ("on 25/12", "en", date(2026, 12, 25)),
        ("on December 3rd", "en", date(2026, 12, 3)),
        ("le 1er janvier", "fr", date(2027, 1, 1)),
        ("next week", "en", date(2026, 12, 6)),
        ("within 48 hours", "en", date(2026, 11, 27)),
        ("sous 3 à 5 jours ouvrés", "fr", date(2026, 11, 30)),
        ("in two weeks", "en", date(2026, 12, 9)),
        ("dans l'heure", "fr", date(2026, 11, 25)),
        ("mercredi", "fr", date(2026, 11, 25)),
        ("tomorrow", "en", date(2026, 11, 26)),
        ("on 31 February", "en", None),
    ],
)
def test_days_in_words(text: str, language: str, day: date | None) -> None:
    (found,) = terms(text, language, NOW.date())
    assert found.day == day


def test_tone_against_the_voice_guide() -> None:
    voice = Voice(
        use={"en": ("happy to help",)}, avoid={"en": ("unfortunately", "as per"), "fr": ("hélas",)}, formality="vous"
    )  # fmt: skip
    text = "Hello, unfortunately this is not possible as PER our terms, is it?"
    found = coached(text, voice=voice)
    assert shown(text, found["avoid"]) == ["unfortunately", "as PER"]
    assert not found["use"].met and "happy to help" in words(found["use"], "en")
    assert coached("Hello, I am Happy to Help you with this.", voice=voice)["use"].met
    french = "Bonjour, tu peux nous écrire quand tu veux, et vous aurez une réponse."
    assert shown(french, coached(french, voice=voice)["formality"]) == ["tu", "tu"]
    assert shown(french, coached(french)["formality"]) == ["vous"]
    assert coached("Bonjour, vous pouvez nous écrire.")["formality"].met


def test_shouting_and_blame() -> None:
    text = "Hello! You should have read the terms. WE TOLD YOU this!! It is in the FAQ of the BBC."
    found = coached(text)
    assert shown(text, found["shouting"]) == ["WE TOLD YOU", "!!"]
    assert shown(text, found["blame"]) == ["You should have read"]
    blamed = "Bonjour, vous auriez dû lire la notice."
    assert not coached(blamed)["blame"].met
    assert coached("Hello, you should have received an email.")["blame"].met


def test_what_only_holds_a_place() -> None:
    text = "Hello [person], see [our page](https://example.org), [it][1], about {order}, [1] [EN] [sic] [AB12] { this }, [person]."
    found = coached(text)["placeholders"]
    assert shown(text, found) == ["[person]", "{order}", "[person]"] and not found.met
    assert words(found, "en") == 'Only holds a place: "[person]", "{order}". Write what belongs there.'
    assert "placeholders" not in coached("Hello, thank you for your message.")


def test_the_customer_s_language() -> None:
    found = coached("Hello, thank you for your message.", "Bonjour, je suis très déçue de votre service.")
    assert words(found["language"], "en") == "The customer wrote in French, and this is English."
    assert not coached("Bonjour et merci de votre message.", "Hallo", language="de")["language"].met
    assert coached("Bonjour et merci de votre message.", "Bof", language="fr")["language"].met
    assert "language" not in coached("Hello, thank you for this.")
    german = coached(
        "Guten Tag, wir haben das und die Lampe ist nicht da!!", "wo ist die Lampe", language="de"
    )
    assert german["language"].met and not german["shouting"].met and "greeting" not in german


def test_links_where_they_cannot_be_followed() -> None:
    text = "Hello, see https://example.org/help"
    assert shown(text, coached(text, rules=Rules(links=False))["links"]) == ["https://example.org/help"]
    assert "links" not in coached(text)


@pytest.mark.parametrize(
    ("word", "language", "count"),
    [
        ("table", "en", 2), ("refund", "en", 2), ("sorry", "en", 2), ("made", "en", 1), ("wanted", "en", 2), ("played", "en", 1),
        ("responsibility", "en", 6), ("the", "en", 1), ("rhythm", "en", 1), ("porte", "fr", 1), ("bonté", "fr", 2),
        ("remboursement", "fr", 4), ("désolée", "fr", 3), ("arrivent", "fr", 2), ("le", "fr", 1),
    ],
)  # fmt: skip
def test_syllables(word: str, language: str, count: int) -> None:
    assert syllables(word, language) == count


def test_reading_ease_tells_plain_from_hard() -> None:
    simple = "We are sorry. The lamp broke on its way to you. A new one will leave today. You can keep the old one. Write to us if it is late."
    hard = "Notwithstanding aforementioned considerations, the organisation's contractual obligations regarding remuneration necessitate comprehensive administrative verification preceding authorisation of exceptional reimbursement applications submitted retrospectively by unsatisfied individuals, notwithstanding applicable jurisdictional regulations concerning intermediaries."
    assert ease(simple, "en") > 90 > 20 > ease(hard, "en")  # type: ignore[operator]
    assert ease("Short.", "en") is None
    found = coached(hard)
    assert not found["ease"].met and not found["sentences"].met


def test_sentences_do_not_end_in_a_title_or_a_number() -> None:
    text = "Dear Mr. Cole, it costs 14.90 euros. Bonjour Mme. Roux !\nVraiment ? Oui…"
    cut = [text[begin:end] for begin, end in sentences(text)]
    assert cut == ["Dear Mr. Cole, it costs 14.90 euros.", "Bonjour Mme. Roux !", "Vraiment ?", "Oui…"]


def test_tongues() -> None:
    assert tongue("We are sorry that this happened") == "en"
    assert tongue("Nous sommes désolés de ce retard") == "fr"
    assert tongue("Wir haben das nicht bekommen und sind traurig") == "de"
    assert tongue("Merci !") == "fr"
    assert tongue("") is tongue("🙂🙂") is tongue("Xyzzy plugh foo bar baz") is None


@pytest.mark.parametrize(
    "text", ["", " \n\t", "🙂" * 50, "\x00\x07\x1b[31m", "\ud800\udfff", "‮txet", "a" * 5_000]
)
def test_odd_texts_are_read_too(text: str) -> None:
    found = coached(text, text, rules=Rules(longest=300, unit="graphemes"))
    assert report(list(found.values()), apology(text), "fr")["score"] == 0


@given(st.text(max_size=300), st.text(max_size=300), st.sampled_from(["en", "fr", "de", None]))
def test_any_text_is_read(text: str, comment: str, language: str | None) -> None:
    coached(text, comment, language=language)
    for one in apology(text, "fr"):
        assert all(0 <= begin < end <= len(text) for begin, end in one.spans + one.spoilers)


PIECES = [
    "a", ".", "!", "? ", "!? ", "sorry ", "we ", "1", "1 ", "A1", "AB ", "a@", "a.", "we will ", "nous ", "'", "l'", "if you ", "é",
    "12 rue ", "désolés si ", "the ", "sorry, a", "order ", "#1", "@a ", "\n", "😀", "can you ", "pouvez-vous ", "3 November ", "+1", "(0", "in the ",
    "FR76 ", "your a ", "you a a ", "vous a a a ", "http://", "Aa ", "M. ", "- ", "could have ", "quand nous ", "so that a ",
]  # fmt: skip


@pytest.mark.parametrize("piece", PIECES)
def test_time_is_linear(piece: str) -> None:
    """A text ten times as long may take some thirty times as long, not a hundred: short measures waver."""

    def seconds(size: int) -> float:
        text = (piece * size)[:size]
        start = time.process_time()  # Others on this machine are not counted.
        for language in ("en", "fr"):
            coach(text, text, language, Rules(), Voice(), NOW)
            apology(text, language)
        return time.process_time() - start

    seconds(100)
    assert seconds(8_000) < 30 * max(seconds(800), 0.01)


def test_a_hundred_thousand_characters_are_read() -> None:
    text = ("Bonjour Anna, nous sommes désolés : votre colis est en retard. When will you write? " * 2_000)[
        :100_000
    ]
    found = coached(text, text, rules=Rules(longest=300))
    assert not found["length"].met and apology(text)[0].met
