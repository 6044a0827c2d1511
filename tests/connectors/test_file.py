"""The `file` connector, on real files written for each test."""

import csv
import gzip
import io
import json
import os
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import orjson
import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.connectors.file import File
from curation.connectors.tables import dates, lines, reading
from curation.connectors.tables.columns import as_language, as_rating, plain
from curation.connectors.tables.reading import Digest, Occurrences, Reading, resume
from curation.connectors.tables.tabular import look
from curation.errors import BadRecord, ConfigError
from curation.models import Comment, Cursor, Page, Raw

MARCH_4 = datetime(2025, 3, 4, tzinfo=UTC)
SHARED = Path(__file__).parents[2] / "../shared/data"
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file and let it be old, as an export is that lay there for a while."""

    def write(content: str | bytes, name: str = "export.csv", age: float = 60) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        os.utime(path, (time.time() - age,) * 2)
        return path

    return write


def pages(file: File, cursor: Cursor | None = None, stream: str | None = None) -> list[Page]:
    with file.connect() as found:
        names = list(file.streams(found)) if stream is None else [stream]
        return [page for name in names for page in file.pull(found, name, cursor)]


def raws(file: File, cursor: Cursor | None = None) -> list[Raw]:
    return [raw for page in pages(file, cursor) for raw in page.raws]


def comments(file: File) -> list[Comment]:
    return [comment for raw in raws(file) for comment in file.normalise(raw)]


def refusals(file: File) -> list[str]:
    said = []
    for raw in raws(file):
        try:
            file.normalise(raw)
        except BadRecord as reason:
            said.append(str(reason))
    return said


def recognised(file: File) -> dict[str, Any]:
    with file.connect() as found:
        return {each.field: each.column or each.why for each in file.recognise(found)}


# What a row becomes.

ENGLISH = (
    "Review ID,Review,Reviewer,Date,Stars,Language,Link,Subject,Shop\n"
    'r1,"Kind staff, cold tea",Ann,2025-03-04T10:00:00Z,4,en,https://x.test/1,Tea,Leeds\n'
)
FRENCH = (
    "Identifiant;Commentaire;Auteur;Date de création;Note;Langue;Lien;Titre;Boutique\n"
    "r1;Kind staff, cold tea;Ann;04/03/2025 10:00;4;Anglais;https://x.test/1;Tea;Leeds\n"
    "r2;Autre;Bob;31/03/2025 11:30;4,5;français;;;\n"
)


def test_known_names_fill_every_field(write: Write) -> None:
    (comment,) = comments(File(path=str(write(ENGLISH))))
    expected = Comment(
        key="r1",
        text="Kind staff, cold tea",
        created_at=datetime(2025, 3, 4, 10, tzinfo=UTC),
        author="Ann",
        author_key="Ann",
        title="Tea",
        url="https://x.test/1",
        language="en",
        rating=4.0,
        attributes={"Shop": "Leeds"},
    )
    assert comment == expected


def test_french_names_semicolons_and_values(write: Write) -> None:
    first, second = comments(File(path=str(write(FRENCH)), timezone="Europe/Paris"))
    assert (first.key, first.language, first.attributes) == ("r1", "en", {"Boutique": "Leeds"})
    assert first.created_at == datetime(2025, 3, 4, 9, tzinfo=UTC)
    assert (second.language, second.rating, second.url, second.title) == ("fr", 4.5, None, None)
    assert second.created_at == datetime(2025, 3, 31, 9, 30, tzinfo=UTC)


def test_settings_win_and_may_switch_off(write: Write) -> None:
    path = write("id,text,other,date\n7,wrong,right,2025-01-01\n")
    (comment,) = comments(File(path=str(path), text="OTHER", id="", author="text"))
    assert (comment.text, comment.author) == ("right", "wrong")
    assert comment.key != "7"
    assert comment.attributes == {"id": "7"}


def test_a_missing_column_is_named_with_those_there_are(write: Write) -> None:
    file = File(path=str(write("id,body\n1,hello there\n")), text="FFT answer")
    for reading_it in (recognised, pages):
        with pytest.raises(ConfigError, match=r"no column 'FFT answer' for text.*id, body"):
            reading_it(file)


def test_threads_replies_and_people_without_a_name(write: Write) -> None:
    path = write(
        "comment_id,conversation_id,in_reply_to_id,user_id,message,created_at\n"
        "1,t1,,u1,Hello?,2025-01-01\n2,t1,1,u2,Yes,2025-01-02\n3,,1,u2,Me too,2025-01-02\n"
    )
    found = comments(File(path=str(path)))
    assert [(c.thread, c.reply_to, c.author, c.author_key) for c in found] == [
        ("t1", None, "u1", "u1"),
        ("t1", "1", "u2", "u2"),
        ("1", "1", "u2", "u2"),
    ]


def test_what_is_no_rating_or_language_stays_an_attribute(write: Write) -> None:
    path = write(
        "id,text,rating,language\n1,fine,5,en\n2,bad,n/a,klingonese\n3,good,★★★★☆,fr-CA\n4,ok,3/5,de\n"
    )
    found = comments(File(path=str(path)))
    assert [(c.rating, c.language) for c in found] == [(5, "en"), (None, None), (4, "fr"), (3, "de")]
    assert found[1].attributes == {"rating": "n/a", "language": "klingonese"}


def test_an_id_that_repeats_is_not_believed(write: Write) -> None:
    path = write("id,text\n1,one\n1,two\n2,three\n")
    assert len({raw.key for raw in raws(File(path=str(path)))}) == 3
    with File(path=str(path), id="id").connect() as found:
        why = {each.field: each.why for each in File(path=str(path), id="id").recognise(found)}
    assert "repeat" in why["id"]


def test_hostile_text_is_kept_whole(write: Write) -> None:
    texts = [
        "=cmd()",
        "<script>alert(1)</script>",
        "a\0b",
        "\u202eevil",
        "👩‍👩‍👧",
        "$x$ **b**",
        "x" * 1_000_000,
        "a\r\nb",
    ]
    out = io.StringIO()
    csv.writer(out).writerows([["id", "text"], *([n, text] for n, text in enumerate(texts))])
    found = comments(File(path=str(write(out.getvalue()))))
    assert [comment.text for comment in found] == texts


def test_an_empty_text_is_refused_by_name(write: Write) -> None:
    assert refusals(File(path=str(write("id,text\n1,\n2,ok\n3,   \n")))) == [
        "the text column 'text' is empty",
        "the text column 'text' is empty",
    ]


# Keys.


def test_equal_answers_without_an_id_stay_apart_and_keep_their_keys(write: Write) -> None:
    path = write("answer,ward\n" + "Nothing.,A\n" * 300 + "Nothing.,B\n")
    first, second = raws(File(path=str(path))), raws(File(path=str(path)))
    assert first == second
    assert len({raw.key for raw in first}) == 301


@given(
    st.lists(st.sampled_from(["a", "b", "c,d", 'say "x"', "two\nlines", "é"]), min_size=1, max_size=60),
    st.booleans(),
)
@settings(max_examples=40, deadline=None)
def test_a_pull_cut_at_any_page_goes_on_with_the_same_keys(
    tmp_path_factory: Any, texts: list[str], ids: bool
) -> None:
    path = tmp_path_factory.mktemp("cut") / "x.csv"
    out = io.StringIO()
    csv.writer(out).writerows([["id", "text"], *([n if ids else "", text] for n, text in enumerate(texts))])
    path.write_text(out.getvalue(), newline="")
    os.utime(path, (1e9, 1e9))
    shape, _ = look(path, format=None, encoding=None, delimiter=",", header=True, sheet=None)
    size = path.stat().st_size
    begun = Reading(path=path, size=size, mtime_ns=1, shape=shape, id_column="id", digest=Digest(path))
    whole = list(begun.pages("x", 7))
    assert [orjson.loads(raw.payload)["text"] for page in whole for raw in page.raws] == texts
    for number, page in enumerate(whole, 1):
        again = resume(path, size, 1, json.loads(json.dumps(page.cursor)))
        assert again is not None
        assert [later.raws for later in again.pages("x", 7)] == [later.raws for later in whole[number:]]


@pytest.mark.parametrize(
    "name", ["x.csv", "x.csv.gz", "x.jsonl", "x.json", "x.xlsx", "x.parquet", "utf16.csv"]
)
def test_every_format_resumes_and_is_done(write: Write, tmp_path: Path, name: str) -> None:
    made = [{"text": f"Nothing {n % 3}.", "who": "a"} for n in range(reading.PAGE + 5)]
    path = _save(tmp_path / name, made)
    file = File(path=str(path))
    whole = pages(file)
    assert [len(page.raws) for page in whole] == [reading.PAGE, 5]
    assert [c.text for c in comments(file)] == [row["text"] for row in made]
    assert len({raw.key for page in whole for raw in page.raws}) == len(made)
    assert raws(file, whole[0].cursor) == whole[1].raws
    assert pages(file, whole[1].cursor) == []
    os.utime(path, (1e9, 1e9))
    assert pages(file, whole[1].cursor) == []


def _save(path: Path, made: list[dict[str, Any]]) -> Path:
    out = io.StringIO()
    csv.writer(out).writerows([list(made[0]), *(list(row.values()) for row in made)])
    if path.suffix == ".xlsx":
        book = openpyxl.Workbook(write_only=True)
        sheet = book.create_sheet("Answers")
        for row in [list(made[0]), *(list(row.values()) for row in made)]:
            sheet.append(row)
        book.save(path)
    elif path.suffix == ".parquet":
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(made), path)
    elif path.suffix == ".json":
        path.write_bytes(orjson.dumps({"meta": {"n": 1}, "answers": made}))
    elif path.suffix == ".jsonl":
        path.write_bytes(b"\n".join(map(orjson.dumps, made)))
    elif path.suffix == ".gz":
        path.write_bytes(gzip.compress(out.getvalue().encode()))
    else:
        path.write_bytes(out.getvalue().encode("utf-16" if "16" in path.name else "utf-8"))
    os.utime(path, (time.time() - 60,) * 2)
    return path


@given(st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 5), max_size=200))
def test_occurrences_count_as_a_dict_would(digests: list[int]) -> None:
    occurrences, expected = Occurrences(), dict[int, int]()
    for digest in (digest or 1 for digest in digests):
        assert occurrences(digest) == expected.get(digest, 0)
        expected[digest] = expected.get(digest, 0) + 1


def test_occurrences_grow() -> None:
    occurrences = Occurrences()
    digests = [n * 0x9E3779B97F4A7C15 % 2**64 for n in range(1, 20_000)]
    assert [occurrences(digest) for digest in digests] == [0] * 19_999
    assert [occurrences(digest) for digest in digests] == [1] * 19_999


# Files that change.


def test_a_file_that_grew_gives_only_what_is_new(write: Write) -> None:
    for start in ("id,text\n1,one\n2,two\n", "text\nNothing.\nNothing.\n"):
        more = "3,three\n" if start.startswith("id") else "Nothing.\n"
        file = File(path=str(write(start)))
        cursor = pages(file)[-1].cursor
        write(start + more, age=30)
        new = raws(file, cursor)
        assert len(new) == 1
        assert new[0].key == raws(file)[-1].key


def test_a_file_taken_away_while_pulling_is_passed_over(write: Write) -> None:
    path = write("id,text\n1,one\n")
    file = File(path=str(path))
    with file.connect() as found:
        path.unlink()
        assert list(file.pull(found, "export.csv", None)) == []


def test_a_last_line_that_was_cut_is_read_again_in_full(write: Write) -> None:
    file = File(path=str(write("id,text\n1,one\n2,tw")))
    cursor = pages(file)[-1].cursor
    write("id,text\n1,one\n2,two and more\n", age=30)
    assert [c.text for raw in raws(file, cursor) for c in file.normalise(raw)] == ["one", "two and more"]


def test_a_rewritten_file_is_read_again_with_the_same_keys(write: Write) -> None:
    file = File(path=str(write("text,ward\nA,1\nB,2\n")))
    before = pages(file)[-1]
    write("text,ward\nB,2\nA,1\nC,3\n", age=30)
    after = raws(file, before.cursor)
    assert {raw.key for raw in before.raws} < {raw.key for raw in after}
    first = {raw.key: raw for raw in before.raws}
    assert all(first[raw.key] == raw for raw in after if raw.key in first), "a rewrite must change no comment"


def test_other_settings_read_the_file_again(write: Write) -> None:
    path = write("id,text,other\n1,one,eins\n")
    cursor = pages(File(path=str(path)))[-1].cursor
    assert pages(File(path=str(path)), cursor) == []
    assert len(raws(File(path=str(path), text="other"), cursor)) == 1


def test_a_file_still_being_written_is_left_for_next_time(write: Write, tmp_path: Path) -> None:
    path = write("id,text\n1,one\n", age=0)
    file = File(path=str(path))
    with file.connect() as found:
        with path.open("a") as more:
            more.write("2,tw")
        assert list(file.pull(found, "export.csv", None)) == []
    assert len(raws(file)) == 2, "half a second later nothing has changed any more"


def test_rows_that_arrive_while_reading_stay_for_next_time(write: Write) -> None:
    path = write("id,text\n" + "".join(f"{n},row {n}\n" for n in range(3 * reading.PAGE)) + "last,unfin")
    file = File(path=str(path))
    with file.connect() as found:
        pulling = file.pull(found, "export.csv", None)
        first = next(pulling)
        with path.open("a") as more:
            more.write("ished\n")
        rest = list(pulling)
    assert sum(len(page.raws) for page in [first, *rest]) == 3 * reading.PAGE
    last = rest[-1].cursor
    os.utime(path, (time.time() - 10,) * 2)
    (late,) = raws(file, last)
    assert [c.text for c in file.normalise(late)] == ["unfinished"]


def test_an_empty_file_gives_nothing_and_says_so(write: Write) -> None:
    for content in ("", "\n\n", "id,text\n", "\ufeff"):
        file = File(path=str(write(content)))
        assert pages(file) == []
        assert "no rows" in recognised(file)["file"]


# Folders and globs.


def test_a_folder_is_searched_for_tables(write: Write, tmp_path: Path) -> None:
    for name in (
        "in/a.csv",
        "in/sub/b.csv",
        "in/.hidden.csv",
        "in/~$c.xlsx",
        "in/README.txt",
        "in/d.csv.part",
        "out.csv",
    ):
        write("id,text\n" + f"{name},hello there\n", name)
    (tmp_path / "in/link.csv").symlink_to(tmp_path / "out.csv")
    (tmp_path / "in/loop").symlink_to(tmp_path / "in")
    (tmp_path / "in/away").symlink_to(tmp_path)
    file = File(path=str(tmp_path / "in"))
    with file.connect() as found:
        assert sorted(file.streams(found)) == ["a.csv", "sub/b.csv"]
    with File(path=str(tmp_path / "*" / "*.csv")).connect() as found:
        assert sorted(found.files) == ["in/a.csv", "in/link.csv"], "the link stays below the glob's root"
    with File(path=str(tmp_path / "nothing-*.csv")).connect() as found:
        assert list(found.files) == []
    with pytest.raises(ConfigError, match=r"no file or folder"):
        File(path=str(tmp_path / "gone.csv")).connect()


def test_one_unreadable_file_stops_no_other(write: Write, tmp_path: Path) -> None:
    write(b"PK\x03\x04 no workbook", "in/broken.xlsx", age=90)
    write("id,text\n1,hello there\n", "in/good.csv")
    file = File(path=str(tmp_path / "in"))
    (refused,) = refusals(file)
    assert "broken.xlsx: it is not a readable workbook" in refused
    assert len(raws(file)) == 2
    cursor = pages(file, stream="broken.xlsx")[-1].cursor
    assert pages(file, cursor, "broken.xlsx") == []
    with pytest.raises(ConfigError, match="not a readable workbook"):
        pages(File(path=str(tmp_path / "in/broken.xlsx")))


# How files are written.

SAID = "Très déçu de l'accueil : « le café était froid », l'équipe à l'écoute. Où est le reçu ?"


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        *(
            (name, SAID)
            for name in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "mac_roman")
        ),
        ("cp1251", "Очень хорошее обслуживание, спасибо большое вам всем"),
        ("shift_jis", "とても良いサービスでした。ありがとうございます"),
        ("gb18030", "服务很好，谢谢你们的帮助，下次再来"),
    ],
)
def test_encodings_are_found(write: Write, encoding: str, text: str) -> None:
    rows = "".join(f"{n};{text}\r\n" for n in range(20))
    file = File(path=str(write(f"id;text\r\n{rows}".encode(encoding))))
    assert {comment.text for comment in comments(file)} == {text}


def test_accents_beyond_the_first_megabyte_decide(write: Write) -> None:
    plain_rows = "".join(f"{n},nothing to say about this at all\n" for n in range(40_000))
    file = File(path=str(write(("id,text\n" + plain_rows + f'z,"{SAID}"\n').encode("cp1252"))))
    assert comments(file)[-1].text == SAID


def test_one_undecodable_row_is_refused_alone(write: Write) -> None:
    good = "".join(f"{n},café {n}\n" for n in range(5)).encode()
    file = File(path=str(write(b"id,text\n" + good + b"8,caf\xe9\n9,fin\n")))
    assert refusals(file) == ["line 7: it is not utf-8 (byte e9); if the whole file is not, set encoding"]
    assert len(raws(file)) == 7


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends(write: Write, sign: str, ending: str) -> None:
    rows = [
        ["id", "text", "when"],
        ["1", f'a{sign} "b"\nc', "2025-01-01"],
        ["2", "plain, text; so|so", "2025-01-02"],
    ]
    out = io.StringIO()
    csv.writer(out, delimiter=sign, lineterminator=ending).writerows(rows)
    assert [c.text for c in comments(File(path=str(write(out.getvalue()))))] == [rows[1][1], rows[2][1]]


def test_backslash_escapes_excels_hint_and_tabs_with_stray_quotes(write: Write) -> None:
    escaped = 'id,text,shop\n1,"He said \\"no, never\\", twice",x\n2,"fine",y\n'
    assert comments(File(path=str(write(escaped))))[0].text == 'He said "no, never", twice'
    assert comments(File(path=str(write("sep=;\nid;text\n1;a, b\n"))))[0].text == "a, b"
    stray = 'a1\t"unclosed here is it\na2\tsecond row is fine\na3\tthird\n'
    assert [
        c.text for c in comments(File(path=str(write(stray, "x.tsv")), text="column_2", header=False))
    ] == [
        '"unclosed here is it',
        "second row is fine",
        "third",
    ]


def test_one_column_of_prose_is_not_split_at_commas(write: Write) -> None:
    file = File(path=str(write('comment\nhello, world\n"quoted, too"\nplain\n')))
    assert [c.text for c in comments(file)] == ["hello, world", "quoted, too", "plain"]


def test_ragged_rows_are_refused_with_line_and_reason(write: Write) -> None:
    file = File(path=str(write('id,text\n1,one\n2\n3,th,ree\n4,"two\nlines"\n5,five,,\n\n6,six\n')))
    assert refusals(file) == [
        "line 3: it has 1 cells, where 2 are expected",
        "line 4: it has 3 cells, where 2 are expected",
    ]
    assert len(raws(file)) == 6


def test_a_quote_that_never_closes_costs_one_row(write: Write) -> None:
    file = File(path=str(write('id,text\n1,one\n2,"two\n3,three\n4,four\n')))
    assert refusals(file) == ["line 3: a quote opens and never closes"]
    assert [raw.key for raw in raws(file)][2:] == ["3", "4"]


def test_a_line_too_long_is_refused_alone(write: Write) -> None:
    long = '"' + "x" * (lines.LONGEST + 10)
    file = File(path=str(write(f"id,text\n1,one\n2,{long}\n3,three\n")))
    (refused,) = refusals(file)
    assert "line 3: it is longer than 16 MB" in refused
    assert len(raws(file)) == 3


def test_a_bomb_is_stopped(write: Write) -> None:
    rows = b"id,text\n" + b"".join(b"%d,one\n" % n for n in range(10))
    file = File(path=str(write(gzip.compress(rows + b"x,y" + b" " * (70 << 20)), "bomb.csv.gz")))
    (refused,) = refusals(file)
    assert "unpacks to more than 64 MB" in refused
    cut = gzip.compress(rows * 1000)[:-20]
    with pytest.raises(ConfigError, match="cannot be unpacked"):
        pages(File(path=str(write(cut, "cut.csv.gz"))))


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (
            "x1\tpositive\tI like the tea here\nx1\tnegative\tThe cake was dry\nx1\tneutral\tOpen on Monday\n",
            "column_3",
        ),
        ("The tea was good.\t1\nThe cake was dry and old.\t0\n", "column_1"),
        ("2025-01-01,I like the tea here a lot,4\n2025-01-02,The cake was dry,2\n", "column_2"),
    ],
)
def test_a_missing_header_is_noticed(write: Write, content: str, text: str) -> None:
    file = File(path=str(write(content, "x.tsv" if "\t" in content else "x.csv")))
    assert len(comments(file)) == content.count("\n")
    assert recognised(file)["text"] == text
    dated = recognised(file)["created_at"]
    assert (dated == "column_1") == content.startswith("2025")


def test_headers_with_holes_and_twins(write: Write) -> None:
    (comment,) = comments(File(path=str(write("text,,ward,ward\nhello,a,b,c\n"))))
    assert comment.attributes == {"column_2": "a", "ward": "b", "ward_2": "c"}


# JSON, Excel, Parquet.


def test_json_lines_row_by_row(write: Write) -> None:
    content = '{"id":1,"text":"one"}\nnot json\n\n{"text":"half \\ud83d","id":2}\n{"id":3,"title":"no text"}\n[1,2]\n'
    file = File(path=str(write(content, "x.jsonl")))
    first, second, third = refusals(file)
    assert first.startswith("line 2: it is not valid JSON")
    assert second == "there is no column 'text'. The columns are: id, title"
    assert third == "there is no column 'text'. The columns are: column_1, column_2"
    assert [c.text for raw in raws(file)[:1] for c in file.normalise(raw)] == ["one"]
    assert [c.text for c in file.normalise(raws(file)[2])] == ["half \ufffd"]


def test_rows_of_one_file_with_other_columns_keep_its_mapping(write: Write) -> None:
    rows = [
        {"body": "real text", "n": 1},
        {"n": 2, "comment": "an aside"},
        {"body": "more", "comment": "aside"},
    ]
    file = File(path=str(write(orjson.dumps(rows), "x.json")), text="body")
    assert [c.text for raw in (raws(file)[0], raws(file)[2]) for c in file.normalise(raw)] == [
        "real text",
        "more",
    ]
    assert refusals(file) == ["there is no column 'body'. The columns are: n, comment"]


def test_a_document_with_several_lists_asks_which(write: Write) -> None:
    path = write(orjson.dumps({"a": [{"text": "x y"}], "b": [{"text": "z"}]}), "x.json")
    with pytest.raises(ConfigError, match=r"several lists: a, b"):
        pages(File(path=str(path)))
    assert comments(File(path=str(path), sheet="b"))[0].text == "z"


def test_deep_json_is_refused_not_fatal(write: Write) -> None:
    file = File(path=str(write('{"text":"ok"}\n' + "[" * 100_000 + "\n", "x.jsonl")))
    assert len(refusals(file)) == 1


def test_a_payloads_own_reserved_key_is_not_believed(write: Write) -> None:
    content = '{"id":"1","text":"real","@file":{"refused":"gotcha"}}\n'
    assert comments(File(path=str(write(content, "x.jsonl"))))[0].text == "real"


def test_excel_with_a_title_dates_and_numbers(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Survey of spring"])
    book.active.append([])
    for row in (
        ["ID", "Comment", "Date", "Score"],
        [7.0, "Good tea", MARCH_4.replace(tzinfo=None, hour=9, minute=30), 4.5],
        [8, "Dry", date(2025, 3, 5), 2],
    ):
        book.active.append(row)
    book.save(tmp_path / "x.xlsx")
    os.utime(tmp_path / "x.xlsx", (1e9, 1e9))
    first, second = comments(File(path=str(tmp_path / "x.xlsx")))
    assert (first.key, first.text, first.rating) == ("7", "Good tea", 4.5)
    assert first.created_at == datetime(2025, 3, 4, 9, 30, tzinfo=UTC)
    assert second.created_at == datetime(2025, 3, 5, tzinfo=UTC)
    with pytest.raises(ConfigError, match="The sheets are: Sheet"):
        pages(File(path=str(tmp_path / "x.xlsx"), sheet="Other"))


def test_parquet_keeps_types(tmp_path: Path) -> None:
    row = {
        "id": 1,
        "text": "fine",
        "created_at": datetime(2025, 1, 1, tzinfo=UTC),
        "price": Decimal("1.50"),
        "raw": b"\xff",
    }
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist([row]), tmp_path / "x.parquet")
    os.utime(tmp_path / "x.parquet", (1e9, 1e9))
    (comment,) = comments(File(path=str(tmp_path / "x.parquet")))
    assert (comment.key, comment.created_at) == ("1", datetime(2025, 1, 1, tzinfo=UTC))
    assert comment.attributes == {"price": "1.50", "raw": "\\xff"}


def test_what_is_no_table_says_what_it_is(write: Write) -> None:
    with pytest.raises(ConfigError, match="web page"):
        pages(File(path=str(write("<html><body>Log in</body></html>", "x.xls"))))
    with pytest.raises(ConfigError, match="no column reads like text"):
        pages(File(path=str(write("a,b\n1,2\n3,4\n", "x.csv"))))


# Dates.


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        *(
            (value, MARCH_4)
            for value in ("2025-03-04", "04/03/2025", "4.3.25", "03/04/2025 not", "20250304")[:3]
        ),
        *(
            (value, MARCH_4)
            for value in (
                "4 March 2025",
                "March 4th, 2025",
                "04-Mar-25",
                "le mardi 4 mars 2025",
                "4 MARS 2025",
            )
        ),
        *(
            (value, MARCH_4.replace(hour=10, minute=12))
            for value in ("4 mars 2025 à 10h12", "2025-03-04 10:12:00 UTC")
        ),
        *(
            (value, MARCH_4.replace(hour=10, minute=12))
            for value in ("Tue, 04 Mar 2025 12:12:00 +0200", "2025/03/04 10:12")
        ),
        ("Tue Mar 04 10:12:13 +0000 2025", MARCH_4.replace(hour=10, minute=12, second=13)),
        ("04/03/2025 5:06 PM", MARCH_4.replace(hour=17, minute=6)),
        ("March 4th, 2025 5pm", MARCH_4.replace(hour=17)),
        ("1741046400", MARCH_4),
        ("1741046400000", MARCH_4),
    ],
)
def test_dates_are_read(value: str, expected: datetime) -> None:
    assert dates.reader(None, True, UTC)(value) == expected


@pytest.mark.parametrize(
    "value", ["", "soon", "5", "12345", "31/31/2025", "2025-02-30", "1899-12-30", "yesterday", "9" * 5000]
)
def test_what_is_no_date_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        dates.reader(None, True, UTC)(value)


@given(st.integers(0, 3_122_000_000), st.booleans())
def test_written_dates_are_read_back(seconds: int, day_first: bool) -> None:
    moment = datetime.fromtimestamp(seconds // 60 * 60, UTC)
    pattern = "%d/%m/%y %H:%M" if day_first else "%m/%d/%y %H:%M"
    assert dates.reader(None, day_first, UTC)(moment.strftime(pattern)) == moment


def test_the_files_other_dates_decide_what_an_ambiguous_one_means(write: Write) -> None:
    american = File(path=str(write("text,date\nfine,03/04/2025\nbad,03/22/2025\n")))
    assert comments(american)[0].created_at == datetime(2025, 3, 4, tzinfo=UTC)
    assert "03/22/2025 shows" in recognised(american)["dates"]
    unclear = File(path=str(write("text,date\nfine,03/04/2025\n")))
    assert comments(unclear)[0].created_at == datetime(2025, 4, 3, tzinfo=UTC)
    assert "Set day_first" in recognised(unclear)["dates"]
    told = File(path=str(write("text,date\nfine,03/04/2025\n")), day_first=False)
    assert comments(told)[0].created_at == datetime(2025, 3, 4, tzinfo=UTC)


def test_mixed_dates_row_by_row(write: Write) -> None:
    rows = ["2025-03-04", "04/03/2025", "4 mars 2025", "?", "", "2025-03-04T00:00:00Z"]
    file = File(path=str(write("id,text,date\n" + "".join(f"{n},ok,{row}\n" for n, row in enumerate(rows)))))
    assert refusals(file) == [
        "the date column 'date' holds no date that can be read: '?'",
        "the date column 'date' is empty",
    ]


def test_without_a_date_the_files_own_is_kept(write: Write) -> None:
    path = write("id,text\n1,hello\n")
    os.utime(path, (1_700_000_000, 1_700_000_000))
    file = File(path=str(path))
    assert comments(file)[0].created_at == datetime.fromtimestamp(1_700_000_000, UTC)
    assert "file's own date" in recognised(file)["created_at"]


def test_a_pattern_for_dates_is_believed_alone(write: Write) -> None:
    file = File(
        path=str(write("id,text,on\n1,ok,2025.04.03\n2,ok,2025-03-04\n")),
        created_at="on",
        date_format="%Y.%d.%m",
    )
    assert len(refusals(file)) == 1
    assert next(iter(file.normalise(raws(file)[0]))).created_at == MARCH_4


# Settings and small rules.


@pytest.mark.parametrize(
    "wrong", [{"timezone": "Mars/One"}, {"encoding": "utf-99"}, {"delimiter": "ab"}, {"delimiter": '"'}]
)
def test_settings_that_cannot_be_are_refused_by_key(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        File(path="x.csv", **wrong)


def test_names_and_values() -> None:
    assert plain("createdAt") == plain("Created_At") == plain("CRÉATED at") == "created at"
    assert [as_language(v) for v in ("fr_FR", "eng", "Français", "x", "english please")] == [
        "fr",
        "en",
        "fr",
        None,
        None,
    ]
    assert [as_rating(v) for v in ("4", "4,5", "4/5", "8 out of 10", "5 stars", "☆☆☆☆☆", "good", "")] == [
        4, 4.5, 4, 8, 5, 0, None, None,
    ]  # fmt: skip


@pytest.mark.skipif(not SHARED.exists(), reason="the real exports are not beside this checkout")
@pytest.mark.parametrize(
    ("name", "columns", "rows", "refused"),
    [
        ("nhs_pxtextmining/v6.csv", {"text": "FFT answer", "id": "Comment ID", "created_at": "Date"}, 6672, 502),
        ("nhs_pxtextmining/phase1.csv", {"text": "feedback"}, 8451, 32),
        ("cfpb/complaints.csv", {"text": "Consumer complaint narrative", "id": "Complaint ID", "created_at": "Date received"}, 2827, 0),
        ("semeval2017/tweets.tsv", {"text": "column_3"}, 48075, 0),
        ("banking77/train.csv", {"text": "text"}, 10003, 0),
        ("goemotions/dev.tsv", {"text": "text", "id": "id"}, 5426, 0),
    ],
)  # fmt: skip
def test_real_exports(name: str, columns: dict[str, str], rows: int, refused: int) -> None:
    file = File(path=str(SHARED / name))
    found = recognised(file)
    assert {field: found[field] for field in columns} == columns
    pulled = raws(file)
    assert (len(pulled), len({raw.key for raw in pulled}), len(refusals(file))) == (rows, rows, refused)


# Anything at all.


@given(
    st.binary(max_size=300) | st.text('ab,;\t"\\\r\n{}[]:1é', max_size=80).map(str.encode),
    st.sampled_from(["csv", "tsv", "jsonl", "json"]),
)
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_read_or_refused_with_a_reason(
    tmp_path_factory: Any, content: bytes, suffix: str
) -> None:
    path = tmp_path_factory.getbasetemp() / f"any.{suffix}"
    path.write_bytes(content)
    os.utime(path, (1e9, 1e9))
    file = File(path=str(path))
    try:
        first = pages(file)
    except ConfigError:
        return
    assert pages(file) == first
    for page in first:
        for raw in page.raws:
            try:
                file.normalise(raw)
            except BadRecord:
                continue
    if first:
        assert pages(file, first[-1].cursor) == []


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), min_size=1, max_size=20))
@settings(max_examples=150, deadline=None)
def test_written_texts_are_read_back(tmp_path_factory: Any, texts: list[str]) -> None:
    path = tmp_path_factory.getbasetemp() / "back.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out, quoting=csv.QUOTE_ALL).writerows([["id", "text"], *enumerate(texts)])
    os.utime(path, (1e9, 1e9))
    pulled = raws(File(path=str(path), encoding="utf-8", delimiter=",", text="text"))
    assert [orjson.loads(raw.payload)["text"] for raw in pulled] == texts


@pytest.mark.parametrize(
    ("said", "role"),
    [
        ("Customer", "customer"),
        ("end-user", "customer"),
        ("agent", "team"),
        ("outbound", "team"),
        ("Bot", "automatic"),
    ],
)
def test_a_column_may_say_who_speaks(tmp_path: Path, said: str, role: str) -> None:
    file = tmp_path / "talk.csv"
    file.write_text(f"id,text,sender_type\n1,Hello there,{said}\n2,Hello again,{said}\n")
    connector = File(path=str(file))
    with connector.connect() as connection:
        (page,) = connector.pull(connection, "talk.csv", None)
    comments = [comment for raw in page.raws for comment in connector.normalise(raw)]
    assert [comment.role for comment in comments] == [role, role]
    assert comments[0].attributes == {}


def test_a_role_that_is_a_job_stays_an_attribute(tmp_path: Path) -> None:
    file = tmp_path / "staff.csv"
    file.write_text("id,text,role\n1,Hello there,Nurse\n2,Hello again,Porter\n")
    connector = File(path=str(file))
    with connector.connect() as connection:
        (page,) = connector.pull(connection, "staff.csv", None)
    comments = [comment for raw in page.raws for comment in connector.normalise(raw)]
    assert [(comment.role, comment.attributes) for comment in comments] == [
        ("customer", {"role": "Nurse"}),
        ("customer", {"role": "Porter"}),
    ]
