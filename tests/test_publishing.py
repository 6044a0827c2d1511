"""What is published of a collection: only what is cleared, exactly as it was said, and never as markup."""

import base64
import hashlib
import json
import zipfile
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from io import BytesIO
from typing import Any
from xml.etree import ElementTree

import feedparser
import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as some

from curation import publishing
from curation.errors import Invalid
from curation.publishing import clearing, entries
from tests.dashboards.hostile import TEXTS

TODAY = date(2026, 11, 28)
AT = datetime(2026, 11, 2, 9)  # noqa: DTZ001 - the store's times are UTC without a zone
COLLECTION = {
    "id": "0296d0b0-eb9f-480e-bb8c-c6344282c5a0",
    "name": "voices",
    "title": "What customers say",
    "about": "",
    "language": "en",
    "address": "",
    "changed_at": AT,
}


def cleared(words: str, **more: Any) -> dict[str, Any]:
    return {
        "kind": "consent",
        "words": words,
        "comment_state": "as_quoted",
        "person": "Cleo Martin",
        "shown": "name",
        "given_on": date(2026, 11, 3),
        "how": "by mail",
        "uses": ["site", "feed"],
        "linked": True,
        "until": None,
        "made_at": AT,
        "withdrawn_at": None,
        **more,
    }


def quote(text: str = "It was wonderful.", id: int = 1, **more: Any) -> dict[str, Any]:
    made = {
        "id": id,
        "text": text,
        "url": "https://example.org/p/1",
        "created_at": AT,
        "language": "en",
        "excerpt": False,
        "state": "as_quoted",
        "added_at": AT,
        "clearance": cleared(text),
    }
    return {**made, **more}


def files(*quotes: dict[str, Any], **collection: Any) -> dict[str, str]:
    return publishing.publish({**COLLECTION, **collection}, quotes, TODAY)


def test_words_are_found_where_they_stand() -> None:
    text = "Late again.\nBut support\nwas  wonderful!"
    assert publishing.locate(text, "support was wonderful") == (16, 38, "support\nwas  wonderful")
    assert publishing.locate(text, text) == (0, len(text), text)


@given(some.text(min_size=1, max_size=60), some.data())
def test_whatever_is_marked_in_a_text_is_quoted_exactly(text: str, data: some.DataObject) -> None:
    starts = data.draw(some.integers(0, len(text) - 1))
    words = text[starts : data.draw(some.integers(starts + 1, len(text)))]
    if not words.strip():
        return
    starts += len(words) - len(words.lstrip())
    found = publishing.locate(text, words, starts)
    assert found == (starts, starts + len(words.strip()), words.strip())
    assert text[found.starts : found.ends] == found.words


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("support was great", "What differs: “wonderful!” is there, not “great”."),
        ("support really was wonderful!", "What differs: “really” is not there."),
        ("But was wonderful!", "What differs: “support” was left out."),
        ("nothing of it", "Not one word of it stands there."),
        (" \n", "no words to quote"),
    ],
)
def test_what_a_comment_does_not_say_is_refused_with_what_differs(words: str, said: str) -> None:
    with pytest.raises(Invalid) as error:
        publishing.locate("Late again. But support was wonderful!", words)
    assert said in str(error.value)


def test_of_words_that_stand_twice_the_place_is_asked() -> None:
    with pytest.raises(Invalid, match="2 times, at characters 0, 10"):
        publishing.locate("very good very good", "very good")
    assert publishing.locate("very good very good", "very good", 10).starts == 10
    with pytest.raises(Invalid, match="do not stand at character 3"):
        publishing.locate("very good very good", "very good", 3)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({}, None),
        ({"clearance": None}, "none"),
        ({"clearance": cleared("It was wonderful!")}, "words"),
        ({"clearance": cleared("It was wonderful.", withdrawn_at=AT)}, "withdrawn"),
        ({"clearance": cleared("It was wonderful.", until=date(2026, 11, 28))}, None),
        ({"clearance": cleared("It was wonderful.", until=date(2026, 11, 27))}, "ended"),
        ({"clearance": cleared("It was wonderful.", uses=["print"])}, "use"),
        ({"state": "edited"}, None),
        ({"state": "reworded"}, "reworded"),
        ({"state": "deleted"}, "deleted"),
        ({"state": "deleted", "clearance": cleared("It was wonderful.", comment_state="deleted")}, None),
        (
            {"state": "deleted", "clearance": cleared("It was wonderful.", comment_state="reworded")},
            "deleted",
        ),
    ],
)
def test_only_what_is_cleared_today_is_published(more: dict[str, Any], why: str | None) -> None:
    one = quote(**more)
    assert clearing.obstacle(one, "site", TODAY) == why
    for name, text in files(one).items():
        assert ("wonderful" in text) == (why is None), name


def test_each_use_needs_its_own_consent() -> None:
    made = files(quote(clearance=cleared("It was wonderful.", uses=["feed"])))
    assert {name for name, text in made.items() if "wonderful" in text} == {"feed.json", "feed.atom"}


@pytest.mark.parametrize(
    ("comment", "state"),
    [
        ({"text": "Well. It was wonderful.", "deleted_at": None}, "as_quoted"),
        ({"text": "Well! It was wonderful.", "deleted_at": None}, "edited"),
        ({"text": "It was not.", "deleted_at": None}, "reworded"),
        ({"text": "Well. It was wonderful.", "deleted_at": AT}, "deleted"),
        (None, "deleted"),
    ],
)
def test_what_became_of_a_comment_is_told(comment: dict[str, Any] | None, state: str) -> None:
    one = quote(whole=clearing.digest("Well. It was wonderful."))
    assert clearing.comment_state(one, comment) == state


@pytest.mark.parametrize(
    ("person", "shown", "name"),
    [
        ("Cleo Martin", "name", "Cleo Martin"),
        ("Jean-Luc  moreau", "initials", "J. L. M."),
        ("@cleo", "initials", ""),
        ("نور", "initials", "ن."),
        ("Cleo Martin", "nobody", ""),
    ],
)
def test_a_name_is_shown_as_agreed(person: str, shown: str, name: str) -> None:
    assert publishing.called(cleared("x", person=person, shown=shown)) == name


def test_who_is_not_to_be_known_is_nowhere_in_the_files() -> None:
    for shown in ("initials", "nobody"):
        made = files(quote(clearance=cleared("It was wonderful.", shown=shown, linked=False)))
        for name, text in made.items():
            assert "Martin" not in text and "example.org" not in text and "by mail" not in text, name


class Elements(HTMLParser):
    """The elements of a page, with their attributes, and its texts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


PIXEL = "http://127.0.0.1:9/pixel.png"
HOSTILE = [text.format(pixel=PIXEL) for text in TEXTS]


def hostile() -> list[dict[str, Any]]:
    return [
        quote(
            text,
            n,
            url=f"https://example.org/{'-'.join(text[:80].split())}",
            clearance=cleared(text, person=text[:200]),
        )
        for n, text in enumerate(HOSTILE)
    ]


@pytest.mark.parametrize("name", ["index.html", "embed.html", "fragment.html"])
def test_hostile_texts_are_no_markup_of_a_page(name: str) -> None:
    page = Elements(files(*hostile(), title=HOSTILE[2], about=HOSTILE[3])[name])
    plain = Elements(files(*[quote("plain", n) for n in range(len(HOSTILE))], about="x")[name])
    assert [tag for tag, _ in page.found] == [tag for tag, _ in plain.found]
    assert [sorted(attributes) for _, attributes in page.found] == [sorted(a) for _, a in plain.found]
    for text in HOSTILE:
        assert entries.writable(text) in page.texts


def test_a_page_is_whole_by_itself_and_allows_nothing_else() -> None:
    page = files(quote())["index.html"]
    found = Elements(page)
    tags = [tag for tag, _ in found.found]
    assert not {"script", "img", "iframe", "form", "object", "base"} & set(tags)
    [policy] = [a["content"] for tag, a in found.found if a.get("http-equiv") == "Content-Security-Policy"]
    style = page.split("<style>")[1].split("</style>")[0]
    hashed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{hashed}'; base-uri 'none'; form-action 'none'"
    assert "prefers-color-scheme: dark" in style


@pytest.mark.parametrize(
    ("url", "followed"),
    [
        ("https://example.org/p?a=1&b=2", True),
        ("javascript:alert(1)", False),
        (" https://example.org", False),
        ("https:example.org", False),
        ("http://[", False),
        ("https://example.org@elsewhere.example/", False),
        (None, False),
    ],
)
def test_only_addresses_of_the_web_are_linked(url: str | None, followed: bool) -> None:
    assert entries.link(url) == (url if followed else "")


def test_a_page_speaks_its_language() -> None:
    french = files(quote(excerpt=True, language="fr"), language="fr")["index.html"]
    assert '<html lang="fr">' in french and '<blockquote dir="auto"' in french and 'lang="fr"' in french
    assert "2 novembre 2026" in french and "extrait" in french and "Publié avec l’accord" in french
    assert "Il n’y a rien à lire" in files(language="fr")["index.html"]
    public = files(quote(clearance=cleared("It was wonderful.", kind="quotation")))["index.html"]
    assert "Quoted from a public post" in public and "consent" not in public


@pytest.mark.parametrize("address", ["", "https://example.org/voices/"])
def test_the_atom_feed_is_read_by_a_reader(address: str) -> None:
    text = files(*hostile(), title=HOSTILE[2], address=address)["feed.atom"]
    root = ElementTree.fromstring(text)
    space = {"a": "http://www.w3.org/2005/Atom"}
    for each in (root, *root.findall("a:entry", space)):
        for needed in ("id", "title", "updated"):
            assert len(each.findall(f"a:{needed}", space)) == 1, needed
    assert len({one.text for one in root.findall(".//a:id", space)}) == len(HOSTILE) + 1
    read = feedparser.parse(text.encode())
    assert (read.bozo, read.version, len(read.entries)) == (False, "atom10", len(HOSTILE))
    contents = [one.text for one in root.findall("a:entry/a:content", space)]
    written = [entries.writable(text).replace("\r\n", "\n") for text in HOSTILE]
    assert contents == written
    assert {one.get("type") for one in root.findall(".//a:content", space)} == {None}, "plain text"
    assert bool(read.feed.get("links")) == bool(address)


TEXT, ADDRESS = {"type": "string"}, {"type": "string", "format": "uri", "pattern": "^https?://"}
TIME = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$"}
AUTHORS = {"type": "array", "minItems": 1, "items": {"type": "object", "required": ["name"]}}
JSON_FEED = {
    "type": "object",
    "required": ["version", "title", "items"],
    "additionalProperties": False,
    "properties": {
        "version": {"const": "https://jsonfeed.org/version/1.1"},
        "title": TEXT,
        "description": TEXT,
        "home_page_url": ADDRESS,
        "feed_url": ADDRESS,
        "language": TEXT,
        "items": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id", "content_text"],
                "additionalProperties": False,
                "properties": {
                    "id": TEXT,
                    "content_text": TEXT,
                    "external_url": ADDRESS,
                    "date_published": TIME,
                    "date_modified": TIME,
                    "authors": AUTHORS,
                    "language": TEXT,
                },
            },
        },
    },
}
"""What of jsonfeed.org/version/1.1 concerns our feeds."""


@pytest.mark.parametrize("address", ["", "https://example.org/voices/"])
def test_the_json_feed_keeps_to_its_specification(address: str) -> None:
    feed = json.loads(files(*hostile(), address=address, about="x")["feed.json"])
    jsonschema.validate(feed, JSON_FEED)
    assert [one["content_text"] for one in feed["items"]] == list(map(entries.writable, HOSTILE))
    assert feed.get("feed_url", "") == (address and f"{address}feed.json")


def test_an_entry_is_known_again_and_says_when_it_was_cleared_anew() -> None:
    later = AT.replace(day=20)
    before, after = (
        json.loads(files(one)["feed.json"])["items"][0]
        for one in (quote(), quote(clearance=cleared("It was wonderful.", made_at=later)))
    )
    assert before["id"] == after["id"]
    assert (before["date_modified"], after["date_modified"]) == (
        AT.replace(tzinfo=UTC).isoformat(),
        later.replace(tzinfo=UTC).isoformat(),
    )


def test_a_publication_is_packed_whole() -> None:
    made = files(quote())
    with zipfile.ZipFile(BytesIO(publishing.zipped(made))) as archive:
        assert {name: archive.read(name).decode() for name in archive.namelist()} == made
    assert set(made) == set(publishing.MEDIA)
