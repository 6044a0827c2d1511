"""Collections in the store: words stay as they were said, consent belongs to exactly these, and nothing changes in silence."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from curation import config
from curation.actions import clearing, collecting
from curation.actions.clearing import Clearance
from curation.actions.collecting import About
from curation.errors import Forbidden, Invalid, NotFound, Stale
from curation.models import LOCAL, Who
from curation.store import Store, access
from tests.conftest import land, notice

TEXT = "Late again. But support was wonderful!"
WORDS = "support was wonderful!"
URL = "https://example.org/p/1"
TODAY = datetime.now(UTC).date()


@pytest.fixture
def voices(store: Store) -> Store:
    """A store with one comment, of a source anybody can read, and an empty collection."""
    config.save_source("survey", "file", {"path": "a.csv"})
    land(store, [notice("a", TEXT, author="Cleo Martin", url=URL)])
    collecting.save(store, LOCAL, "voices", About(title="What customers say"))
    return store


def add(store: Store, words: str | None = WORDS, comment: int | str = 1, **more: Any) -> dict[str, Any]:
    return collecting.add(store, LOCAL, "voices", comment, words, **more)


def consent(store: Store, quote: dict[str, Any], **more: Any) -> dict[str, Any]:
    given = {
        "kind": "consent",
        "words": quote["text"],
        "how": "By mail: “yes, you may”",
        "uses": ["site", "feed"],
        "given_on": date(2026, 11, 3),
        **more,
    }
    return clearing.clear(store, LOCAL, quote["id"], Clearance.model_validate(given), quote["version"])


def quotes(store: Store) -> list[dict[str, Any]]:
    return collecting.opened(store, LOCAL, "voices")["quotes"]


def edit(store: Store, text: str) -> None:
    land(store, [notice("a", text, author="Cleo M.", payload=f'{{"now":"{text}"}}', url=URL)])


def delete(store: Store) -> None:
    gone = notice("gone", kind="deleted", key="a", text=None, created_at=None, role=None, payload="{}")
    land(store, [gone])


def test_a_quote_keeps_the_exact_words_and_where_they_stand(voices: Store) -> None:
    quote = add(voices, note="For the report")
    assert quote == quotes(voices)[0]
    kept = (
        "comment_id",
        "comment_version",
        "starts",
        "ends",
        "text",
        "excerpt",
        "author",
        "url",
        "who",
        "note",
    )
    assert [quote[key] for key in kept] == [
        1, 1, 16, 38, WORDS, True, "Cleo Martin", URL, "local", "For the report",
    ]  # fmt: skip
    assert TEXT[quote["starts"] : quote["ends"]] == quote["text"]
    assert not add(voices, None)["excerpt"], "the whole text is no excerpt"
    assert add(voices)["id"] == quote["id"], "a second click adds nothing"
    assert len(quotes(voices)) == 2


def test_a_comment_is_found_by_its_number_or_an_address(voices: Store) -> None:
    for name in (1, "1", " #1 ", "http://127.0.0.1:8787/?comment=1&q=x", URL):
        assert collecting.found(voices, LOCAL, name)["id"] == 1
    with pytest.raises(NotFound, match="No comment has the address"):
        collecting.found(voices, LOCAL, "https://example.org/p/2")
    with pytest.raises(Invalid, match="by its number or an address"):
        collecting.found(voices, LOCAL, "the nice one")
    land(voices, [notice("b", "Again", url=URL)])
    with pytest.raises(Invalid, match="1, 2"):
        collecting.found(voices, LOCAL, URL)


@pytest.mark.parametrize(
    ("now", "state", "uses"),
    [
        (TEXT, "as_quoted", ["site", "feed"]),
        ("Late, late. But support was wonderful!", "edited", ["site", "feed"]),
        ("Support was terrible!", "reworded", []),
    ],
)
def test_an_edit_at_the_channel_is_told_and_changes_no_quote(
    voices: Store, now: str, state: str, uses: list[str]
) -> None:
    consent(voices, add(voices))
    edit(voices, now)
    [quote] = quotes(voices)
    assert (quote["text"], quote["author"], quote["state"], quote["uses"]) == (
        WORDS,
        "Cleo Martin",
        state,
        uses,
    )


def test_what_was_deleted_is_asked_for_again_and_quoted_no_more(voices: Store) -> None:
    quote = add(voices)
    consent(voices, quote)
    delete(voices)
    [found] = quotes(voices)
    assert (found["state"], found["obstacles"]["site"]) == ("deleted", "deleted")
    with pytest.raises(Invalid, match="took back"):
        add(voices, "Late again.")
    assert consent(voices, quote, how="Asked again: yes")["uses"] == ["site", "feed"]


def test_other_words_end_the_consent_and_the_same_words_bring_it_back(voices: Store) -> None:
    quote = consent(voices, add(voices))
    assert (quote["testimonial"], quote["uses"]) == (True, ["site", "feed"])
    changed = collecting.change(voices, LOCAL, quote["id"], quote["version"], words="support was")
    assert (changed["obstacles"]["feed"], changed["testimonial"]) == ("words", False)
    back = collecting.change(voices, LOCAL, quote["id"], changed["version"], words=WORDS)
    assert back["uses"] == ["site", "feed"], "it was given for exactly these"


def test_a_note_is_the_team_s_own_and_ends_no_consent(voices: Store) -> None:
    quote = consent(voices, add(voices))
    noted = collecting.change(voices, LOCAL, quote["id"], quote["version"], note=" Ask for a photo ")
    assert (noted["note"], noted["uses"]) == ("Ask for a photo", ["site", "feed"])
    with pytest.raises(Invalid, match="one at a time"):
        collecting.change(voices, LOCAL, quote["id"], noted["version"])


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"words": "support was great!"}, "“wonderful!” is there, not “great!”"),
        ({"words": "support  was wonderful!"}, "White space differs"),
        ({"given_on": TODAY + timedelta(2)}, "has not come yet"),
        ({"until": date(2026, 11, 2)}, "ends before it was given"),
        ({"linked": True, "shown": "initials"}, "tells whose it is"),
        ({"kind": "quotation", "uses": ["print"]}, "For print, ask for consent"),
        ({"kind": "quotation", "shown": "nobody"}, "Show the name"),
    ],
)
def test_a_consent_that_does_not_hold_is_refused(voices: Store, more: dict[str, Any], said: str) -> None:
    quote = add(voices)
    with pytest.raises(Invalid) as error:
        consent(voices, quote, **more)
    assert said in str(error.value)
    assert quotes(voices)[0]["clearance"] is None


def test_a_public_post_is_quoted_by_a_decision_that_is_recorded(voices: Store) -> None:
    quote = consent(voices, add(voices), kind="quotation", how="The report is about it")
    assert (quote["uses"], quote["testimonial"], quote["clearance"]["linked"]) == (
        ["site", "feed"],
        False,
        True,
    )
    assert (quote["clearance"]["who"], quote["clearance"]["how"]) == ("local", "The report is about it")
    [row] = [one for one in access.activity(voices) if one["action"] == "clear quote"]
    assert '"kind":"quotation"' in row["after"]
    edit(voices, "Something else")
    with pytest.raises(Invalid, match="changed or deleted"):
        consent(voices, quote, kind="quotation", how="Still")


def test_what_only_the_team_can_read_is_neither_linked_nor_quoted_as_public(
    voices: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIBUNE_DESK_TOKEN", "hush")
    config.save_source("desk", "zendesk", {"url": "https://desk.example", "email": "a@example.org"})
    land(voices, [notice("t", TEXT, author="Cleo", url="https://desk.example/agent/tickets/1")], "desk")
    quote = add(voices, comment=2)
    for more in ({"kind": "quotation"}, {"linked": True}):
        with pytest.raises(Invalid, match="Only the team can read 'desk'"):
            consent(voices, quote, **more)
    assert consent(voices, quote)["uses"] == ["site", "feed"]
    land(voices, [notice("n", TEXT, author="Cleo", url=None)])
    with pytest.raises(Invalid, match="no address"):
        consent(voices, add(voices, comment=3), kind="quotation")


def test_a_withdrawal_takes_a_quote_out_of_the_next_publication(voices: Store) -> None:
    quote = add(voices)
    consent(voices, quote)
    consent(voices, quote)
    made = collecting.publish(voices, LOCAL, "voices")
    assert (made["quotes"], made["withheld"]) == (1, [])
    assert all("wonderful" in text for text in made["files"].values())
    clearing.withdraw(voices, LOCAL, quote["id"], "She wrote on Monday")
    clearing.withdraw(voices, LOCAL, quote["id"], "Again")
    found = collecting.opened(voices, LOCAL, "voices")
    assert (found["still_out"], found["quotes"][0]["obstacles"]["site"]) == ([quote["id"]], "withdrawn")
    assert found["quotes"][0]["clearance"]["withdrawn_why"] == "She wrote on Monday"
    assert found["quotes"][0]["before"] == [], "the same consent was recorded once"
    made = collecting.publish(voices, LOCAL, "voices")
    assert made["withheld"] == [
        {"id": 1, "text": WORDS, "obstacles": {"feed": "withdrawn", "site": "withdrawn"}}
    ]
    assert not any("wonderful" in text for text in made["files"].values())
    assert collecting.opened(voices, LOCAL, "voices")["still_out"] == []
    assert consent(voices, quote, how="She agreed after all")["uses"] == ["site", "feed"]
    with pytest.raises(NotFound, match="nothing to withdraw"):
        clearing.withdraw(voices, LOCAL, add(voices, "Late")["id"], "Who knows")


def test_a_withdrawal_holds_in_every_collection_that_has_these_words(voices: Store) -> None:
    collecting.save(voices, LOCAL, "report", About(title="Report"))
    elsewhere = [collecting.add(voices, LOCAL, "report", 1, words) for words in (WORDS, TEXT)]
    for quote in (add(voices), *elsewhere):
        consent(voices, quote)
    assert collecting.publish(voices, LOCAL, "report")["quotes"] == 2
    clearing.withdraw(voices, LOCAL, quotes(voices)[0]["id"], "By phone")
    found = collecting.opened(voices, LOCAL, "report")
    assert [one["obstacles"].get("site") for one in found["quotes"]] == ["withdrawn", None]
    assert found["still_out"] == [elsewhere[0]["id"]]


def test_the_order_is_made_by_hand(voices: Store) -> None:
    ids = [add(voices, words)["id"] for words in ("Late", "again", "support")]
    version = collecting.opened(voices, LOCAL, "voices")["version"]
    collecting.order(voices, LOCAL, "voices", ids[::-1], version)
    collecting.order(voices, LOCAL, "voices", ids[::-1], version)
    assert [quote["text"] for quote in quotes(voices)] == ["support", "again", "Late"]
    with pytest.raises(Stale):
        collecting.order(voices, LOCAL, "voices", ids, version)
    with pytest.raises(Invalid, match="each once"):
        collecting.order(voices, LOCAL, "voices", ids[:2], version + 1)
    assert add(voices, "But")["place"] == 4


def test_a_quote_is_taken_out_and_put_back_in_its_place(voices: Store) -> None:
    first = consent(voices, add(voices, "Late"))
    add(voices, "again")
    out = collecting.take(voices, LOCAL, first["id"], first["version"])
    assert [quote["text"] for quote in quotes(voices)] == ["again"]
    assert collecting.take(voices, LOCAL, first["id"], first["version"])["version"] == out["version"]
    with pytest.raises(NotFound):
        consent(voices, first)
    collecting.take(voices, LOCAL, first["id"], out["version"], out=False)
    assert [(quote["text"], quote["uses"]) for quote in quotes(voices)] == [
        ("Late", ["site", "feed"]),
        ("again", []),
    ]


def test_whoever_decides_on_what_was_changed_meanwhile_is_told(voices: Store) -> None:
    quote = add(voices)
    collecting.change(voices, LOCAL, quote["id"], quote["version"], words="support")
    with pytest.raises(Stale) as error:
        consent(voices, {**quote, "text": "support"})
    assert error.value.current["text"] == "support"
    with pytest.raises(Stale):
        collecting.change(voices, LOCAL, quote["id"], quote["version"], note="x")
    with pytest.raises(Stale):
        collecting.take(voices, LOCAL, quote["id"], quote["version"])


def test_a_collection_says_what_it_is_about(voices: Store) -> None:
    about = About(title=" Voices ", about="Hello", language="fr", address="https://example.org/voix")
    saved = collecting.save(voices, LOCAL, "voices", about, 1)
    assert (saved["title"], saved["address"], saved["version"]) == ("Voices", "https://example.org/voix/", 2)
    assert collecting.save(voices, LOCAL, "voices", about, 1)["version"] == 2, "a second click"
    with pytest.raises(Stale) as error:
        collecting.save(voices, LOCAL, "voices", About(title="Other"), 1)
    assert error.value.current["title"] == "Voices"
    with pytest.raises(Stale, match="is no more"):
        collecting.save(voices, LOCAL, "other", About(title="Other"), 1)
    with pytest.raises(Invalid, match="only a-z"):
        collecting.save(voices, LOCAL, "../x", About(title="Other"))
    with pytest.raises(NotFound):
        collecting.opened(voices, LOCAL, "other")


def test_a_collection_is_put_away_and_taken_out_again_with_all_in_it(voices: Store) -> None:
    quote = consent(voices, add(voices))
    away = collecting.put_away(voices, LOCAL, "voices", 1)
    assert collecting.listed(voices, LOCAL) == []
    with pytest.raises(NotFound):
        collecting.take(voices, LOCAL, quote["id"], quote["version"])
    clearing.withdraw(voices, LOCAL, quote["id"], "A customer may always withdraw")
    collecting.save(voices, LOCAL, "voices", About(title="Another"))
    with pytest.raises(Invalid, match="Another collection"):
        collecting.bring_back(voices, LOCAL, away["id"])
    collecting.put_away(voices, LOCAL, "voices", 1)
    collecting.bring_back(voices, LOCAL, away["id"])
    assert collecting.bring_back(voices, LOCAL, away["id"])["title"] == "What customers say"
    assert [one["obstacles"]["site"] for one in quotes(voices)] == ["withdrawn"]
    with pytest.raises(NotFound):
        collecting.bring_back(voices, LOCAL, "nobody's")


def test_who_may_only_read_changes_nothing(voices: Store) -> None:
    reader = Who(name="dan", permissions=frozenset({"read"}))
    quote = add(voices)
    assert collecting.opened(voices, reader, "voices")["quotes"] == [quote]
    given = Clearance(kind="consent", words=WORDS, how="x", uses=["site"], given_on=TODAY)
    for act in (
        lambda: collecting.add(voices, reader, "voices", 1, "Late"),
        lambda: collecting.save(voices, reader, "other", About(title="x")),
        lambda: collecting.order(voices, reader, "voices", [1], 1),
        lambda: collecting.change(voices, reader, 1, 1, note="x"),
        lambda: collecting.take(voices, reader, 1, 1),
        lambda: clearing.clear(voices, reader, 1, given, 1),
        lambda: clearing.withdraw(voices, reader, 1, "x"),
        lambda: collecting.publish(voices, reader, "voices"),
        lambda: collecting.put_away(voices, reader, "voices", 1),
        lambda: collecting.bring_back(voices, reader, "x"),
    ):
        with pytest.raises(Forbidden, match="'curate'"):
            act()
