"""The dashboard's rules: addresses, words, health, figures, headers. No page is drawn here."""

import ast
import asyncio
import socket
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from starlette.requests import Request

from curation.config import Config
from curation.errors import TribuneError
from curation.store import Store, comments, overview, tags
from dashboards import figures, filters, headers, health, inbox, speech
from dashboards.__main__ import listen
from dashboards.filters import Wanted
from dashboards.plain import plain
from dashboards.speech import Speech
from tests.conftest import land, notice

SAY = Speech("en")
AT = datetime(2026, 11, 23, 12, 2, tzinfo=UTC)
KEYWORDS = {"_": None, "text": None, "plural": (1, 2), "forms": (1, 2)}


def test_an_address_says_what_a_page_shows_and_back():
    wanted = Wanted(
        source=("a&b", "c"),
        sentiment=("negative",),
        since=date(2026, 11, 1),
        until=date(2026, 11, 2),
        q="é=1",
        deleted=True,
    )
    params: dict[str, list[str]] = {}
    for name, value in wanted.pairs():
        params.setdefault(name, []).append(value)
    assert filters.read(params) == wanted


def test_the_last_day_is_counted_in():
    wanted = Wanted(until=date(2026, 11, 2))
    assert wanted.filter().until == date(2026, 11, 3)
    assert Wanted(until=date.max).filter().until == date.max


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sentiment", "angry"),
        ("status", "gone"),
        ("since", "tomorrow"),
        ("person", "1; drop"),
        ("deleted", "perhaps"),
        ("source", ""),
    ],
)
def test_what_an_address_gets_wrong_is_left_out(name, value):
    assert filters.read({name: [value]}) == Wanted()


@pytest.mark.parametrize("language", speech.LANGUAGES)
def test_every_text_is_translated_and_none_is_stale(language):
    folder = Path(speech.__file__).parent
    written = {
        m if isinstance(m, str) else m[0]
        for _, _, m, *_ in extract_from_dir(folder, [("**.py", "python")], keywords=KEYWORDS)
    }
    with (speech.LOCALES / language / "LC_MESSAGES" / "tribune.po").open("rb") as file:
        catalogue = {
            m.id if isinstance(m.id, str) else m.id[0]: m for m in read_po(file, locale=language) if m.id
        }
    assert catalogue.keys() == written
    if language != "en":
        assert [
            id
            for id, m in catalogue.items()
            if m.fuzzy or not all([m.string] if isinstance(m.string, str) else m.string)
        ] == []
        assert [
            id
            for id, m in catalogue.items()
            if _fields(id) != _fields(m.string if isinstance(m.string, str) else m.string[1])
        ] == []


def test_no_text_to_translate_hides_in_an_f_string():
    """Before Python 3.12 what is written in braces is not read when texts are gathered."""
    hidden = [
        f"{path.name}:{call.lineno}"
        for path in Path(speech.__file__).parent.rglob("*.py")
        for string in ast.walk(ast.parse(path.read_text()))
        if isinstance(string, ast.JoinedStr)
        for call in ast.walk(string)
        if isinstance(call, ast.Call)
        and (call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")) in KEYWORDS
    ]
    assert hidden == []


def test_a_text_of_others_is_one_line_that_hides_nothing():
    assert plain("  a\r\n\tb ") == "a b"
    assert plain("\u202egnp.exe\u202c\x07") == "[U+202E]gnp.exe[U+202C][U+0007]"
    assert plain("👩\u200d👧 می\u200cخواهم") == "👩\u200d👧 می\u200cخواهم"
    assert plain("a" * 81) == "a" * 80 + "…"
    assert plain("a" * 80) == "a" * 80


def _fields(text: str) -> Counter[str]:
    return Counter(part.split("}")[0] for part in text.split("{")[1:])


def test_the_language_is_what_was_chosen_then_what_the_browser_speaks():
    assert speech.chosen("fr", "en-GB", "en") == Speech("fr")
    assert speech.chosen(None, "fr-CA", "en") == Speech("fr", "CA")
    assert speech.chosen(None, "de-DE", "fr") == Speech("fr")
    assert speech.chosen("xx", "en-XX", "en") == Speech("en")


def test_each_language_writes_numbers_and_times_its_own_way():
    assert Speech("fr").plural("{n} comment", "{n} comments", 1234) == "1\u202f234 commentaires"
    assert Speech("fr").forms("{n} person", "{n} people") == ["{n} personne", "{n} personnes"]
    assert Speech("en", "GB").day(date(2026, 11, 2)) == "2 November 2026"
    assert SAY.ago(datetime.now(UTC) - timedelta(hours=3)) == "3 hours ago"
    assert Speech("fr").language_name("de") == "Allemand"


def source(**more: object) -> dict[str, object]:
    pulled = AT.replace(tzinfo=None) - timedelta(minutes=3)
    about = {
        "name": "s",
        "configured": True,
        "paused": False,
        "error": None,
        "silent": None,
        "comments": 3,
        "cron": "*/5 * * * *",
    }
    times = {"last_pull": pulled, "last_good_pull": pulled, "last_new": pulled, "timezone": "UTC"}
    return {**about, **times, **more}


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({}, "Well"),
        ({"configured": False}, "Not configured any more"),
        ({"paused": True, "error": "no"}, "Paused"),
        ({"error": "no password"}, "Failing"),
        ({"last_pull": None, "last_good_pull": None}, "Waiting for its first pull"),
        ({"last_pull": datetime(2026, 11, 23, 11)}, "Overdue"),  # noqa: DTZ001
        ({"silent": "3 d 1 h"}, "Silent"),
        ({"comments": 0}, "Returns nothing"),
        ({"alerts": [{"kind": "drop"}, {"kind": "gap"}]}, "Far fewer comments"),
        ({"alerts": [{"kind": "fields"}, {"kind": "gap"}]}, "Something was missed"),
        ({"alerts": [{"kind": "reply"}], "error": "no"}, "Failing"),
        ({"configured": False, "last_pull": None}, "Fed by hand"),
        ({"connector": "webhook", "comments": 0}, "Waiting for a first delivery"),
        ({"connector": "webhook", "last_pull": None}, "Well"),
    ],
)
def test_a_source_s_health_is_the_first_thing_that_needs_a_person(more, word):
    assert health.health(SAY, source(**more), AT).word == word


def test_the_next_run_is_read_in_the_source_s_own_time_zone():
    paris = source(cron="0 8 * * *", timezone="Europe/Paris")
    assert health.next_run(paris, AT) == datetime(2026, 11, 24, 7, tzinfo=UTC)
    assert health.next_run(source(paused=True), AT) is None


@pytest.mark.parametrize(
    ("step", "first", "expected"),
    [
        ("day", date(2026, 2, 28), ["2026-02-28", "2026-03-01", "2026-03-02"]),
        ("week", date(2026, 2, 16), ["2026-02-16", "2026-02-23", "2026-03-02"]),
        ("month", date(2026, 1, 1), ["2026-01-01", "2026-02-01", "2026-03-01"]),
    ],
)
def test_steps_without_comments_are_shown_too(step, first, expected):
    assert [day.isoformat() for day in figures.steps(first, date(2026, 3, 2), step)] == expected


def test_every_figure_counts_what_its_address_finds(store: Store):
    days = (datetime(2026, 11, 2 + n, 10) for n in range(10))  # noqa: DTZ001
    land(store, [notice(f"k{n}", "late", author=f"a{n % 3}", created_at=day) for n, day in enumerate(days)])
    for id, topics in ((1, ("delivery.late", "delivery.lost")), (2, ("delivery.late",)), (3, ("price",))):
        tags.correct(store, "test", id, "sentiment", "negative")
        for topic in topics:
            tags.correct(store, "test", id, "topic", topic)
    wanted = Wanted(since=date(2026, 11, 3))
    found = overview.overview(store, wanted.filter())
    for unit in ("comments", "people"):
        shown = [
            *figures.topic_bars(SAY, wanted, found, {}, unit),
            *figures.plain_bars(SAY, wanted, found["by_source"], "source", unit),
            *(part for bar in figures.topic_bars(SAY, wanted, found, {}, unit) for part in bar["segments"]),
            *(
                part
                for column in figures.columns(SAY, wanted, found["by_time"], "week", unit)
                for part in column["segments"]
            ),
        ]
        assert len(shown) > 8
        for figure in shown:
            if figure["to"]:
                params = parse(figure["to"])
                assert figure["value"] == comments.count(store, filters.read(params).filter())[unit], figure


def parse(address: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(address).query)


def test_the_policy_allows_no_script_but_streamlit_s_own():
    script = next(part for part in headers.policy().split("; ") if part.startswith("script-src"))
    assert "unsafe" not in script
    assert script.count("'sha256-") == len(headers._INLINE.findall(headers.INDEX.read_text("utf-8")))


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        ("/overview?a=1", "/overview?a=1"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
    ],
)
def test_choosing_a_language_leads_back_to_this_site_only(to, expected):
    from dashboards.app import language

    about = {
        "type": "http",
        "query_string": f"to={to}".encode(),
        "path_params": {"code": "fr"},
        "headers": [],
    }
    response = asyncio.run(language(Request(about)))
    assert response.headers["location"] == expected
    assert "tribune_language=fr" in response.headers["set-cookie"]


def test_a_taken_port_is_told_with_its_holder(config: Config):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        taken = config.model_copy(
            update={"app": config.app.model_copy(update={"port": holder.getsockname()[1]})}
        )
        with pytest.raises(TribuneError, match=r"is in use by process \d+ .*Stop it, or choose another"):
            listen(taken)


@pytest.mark.parametrize(("spoken", "named"), [("en", "Unknown language"), ("fr", "Langue indéterminée")])
def test_a_language_nobody_could_tell_is_called_so(spoken, named):
    assert inbox.texts(Speech(spoken))["undetermined"] == named
