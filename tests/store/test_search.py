import signal
import subprocess
import sys
import threading
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.errors import StoreBusy, StoreDamaged
from curation.store.matching import fold
from curation.store.query import Clause, Term, parse
from curation.store.search import RANGE, Index, IndexDamaged, Sums

TEXTS = [
    "The delivery was late and my refund never came",
    "Late again. Where is my delivery?",
    "L'été dernier, la livraison a été très rapide à Œuf-sur-Mer",
    "Die Straße ist groß, alles GUT",
    "東京タワーの配送が遅かったです",
    "สวัสดีครับ บริการดีมาก",
    "배송이 너무 늦었어요",
    "Great 👍🏽 love it ❤️",
    "e\u0301te\u0301 de\u0301compose\u0301, pre\u00adfix",
    "ΚΑΛΗΜΕΡΑ ΚΌΣΜΟΣ и ёлка مُحَمَّد",
    "nul\x00byte \u202ebidi $5 =cmd() <b>bold</b> ｆｕｌｌｗｉｄｔｈ",
    "refunds, refunding and vouchers",
]


def comments(
    *texts: str, first: int = 1, changed: list[int] | None = None, **columns: list[object]
) -> pa.Table:
    ids = list(range(first, first + len(texts)))
    return pa.table(
        {
            "id": pa.array(ids, pa.int64()),
            "changed": pa.array(changed or ids, pa.int64()),
            "rank": pa.array([rank(id) for id in ids], pa.int64()),
            "title": columns.get("title", pa.nulls(len(ids), pa.string())),
            "text": pa.array(texts, pa.string()),
            "author": columns.get("author", ["Zoé Martin"] * len(ids)),
            "source": columns.get("source", ["shop"] * len(ids)),
        }
    )


def rank(id: int) -> int:
    return (1_700_000_000 + id) << 30 | id


def filled(path: Path, table: pa.Table) -> Index:
    index = Index(path)
    index.add(table)
    index.commit()
    return index


def found(index: Index, query: str, **bounds: object) -> list[int]:
    return [id for id, _ in index.search(query, **bounds)]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    return filled(tmp_path_factory.mktemp("index") / "index", comments(*TEXTS))


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("late delivery", [2, 1]),
        ('"late delivery"', []),
        ('"my delivery"', [2]),
        ("ete", [9, 3]),
        ("L’ÉTÉ", [3]),
        ("oeuf", [3]),
        ("strasse", [4]),
        ("STRAßE gross", [4]),
        ("タワー", [5]),
        ("配送", [5]),
        ("送配", []),
        ("บริการ", [6]),
        ("늦었", [7]),
        ("👍", [8]),
        ("👍🏿 ❤", [8]),
        ("décomposé prefix", [9]),
        ("καλημέρα κόσμος елка", [10]),
        ("محمد", [10]),
        ("fullwidth nul byte bidi cmd bold", [11]),
        ("refund*", [12, 1]),
        ('"refunding and vou*"', [12]),
        ('"refunding and vou"*', [12]),
        ("東*", [5]),
        ("r*", []),
        ("refund OR vouchers", [12, 1]),
        ("late -refund", [2]),
        ("late NOT refund", [2]),
        ("(refund OR again) delivery", [2, 1]),
        ("livraison OU vouchers", [12, 3]),
        ("delivery !!!", [2, 1]),
        ("!!!", []),
        ("x" * 300, []),
        ("author:zoe late", [2, 1]),
        ('auteur:"zoe martin" late', [2, 1]),
        ("author:smith late", []),
        ("source:shop -delivery -été lang:fr", [12, 11, 10, 8, 7, 6, 5, 4]),
        ("source:forum source:shop refund", [1]),
        ("-source:shop", []),
    ],
)
def test_finds(index: Index, query: str, ids: list[int]) -> None:
    assert ids == found(index, query)
    assert len(ids) == index.count(query)


def test_pages_by_rank_without_gaps(index: Index) -> None:
    pages, before = [], None
    while page := index.search("", before, 5):
        pages.append([id for id, _ in page])
        before = page[-1][1]
    assert pages == [[12, 11, 10, 9, 8], [7, 6, 5, 4, 3], [2, 1]]
    assert found(index, "", before=rank(6), after=rank(2)) == [5, 4, 3]
    assert found(index, "", ids=[1, 3, 999]) == [3, 1]
    assert found(index, "", source="elsewhere") + found(index, "", limit=0) == []
    assert len(found(index, "", before=1 << 80, after=-(1 << 80))) == 12


def test_a_window_of_common_words_is_exact(tmp_path: Path) -> None:
    texts = ["even odd"[:4] if id % 2 == 0 else "odd" for id in range(1, 5001)]
    index = filled(tmp_path / "index", comments(*texts))
    assert list(range(5000, 4900, -2)) == found(index, "even")
    assert list(range(4998, 4898, -2)) == found(index, "even", before=rank(5000))
    assert list(range(5000, 0, -2)) == found(index, "even", limit=9999)
    assert found(index, "even", before=rank(5)) == [4, 2]


def test_a_title_is_searched_and_an_absent_text_or_author_is_no_trouble(tmp_path: Path) -> None:
    table = comments("body", "", first=1, title=["Heading", None], author=[None, None])
    assert found(filled(tmp_path / "index", table), "heading body") == [1]


def test_a_megabyte_is_searched_to_its_end(tmp_path: Path) -> None:
    index = filled(
        tmp_path / "index", comments("word é " * 150_000 + "finally", "y" * 1_000_000, "字" * 300_000)
    )
    assert found(index, "word finally") == [1]
    assert found(index, "字字字") == [3]
    assert found(index, "y" * 1_000_000) == []


def test_a_change_takes_the_place_of_the_comment(tmp_path: Path) -> None:
    index = filled(tmp_path / "index", comments("old words", "other"))
    index.add(comments("new words", changed=[3]))
    assert index.progress() == 2
    index.commit()
    assert (found(index, "old"), found(index, "new"), index.progress()) == ([], [1], 3)
    assert Sums(2, 3, 5) == index.stats()


def test_coming_again_doubles_nothing(tmp_path: Path) -> None:
    index = filled(tmp_path / "index", comments("a", "b"))
    index.add(comments("a", "b", "c"))
    index.add(comments("c", "d", first=3).to_batches()[0])
    index.commit()
    assert Sums(4, 10, 10) == index.stats()
    index.add(comments("d", "not yet its turn", first=4), replace=True)
    index.commit()
    assert (Sums(4, 10, 10), 4) == (index.stats(), index.progress())


def test_the_doctor_sees_and_mends_a_divergence(tmp_path: Path) -> None:
    index = filled(tmp_path / "index", comments("a", "b", "c", first=RANGE - 1))
    index.remove([RANGE + 1])
    index.commit()
    assert {0: Sums(1, RANGE - 1, RANGE - 1), 1: Sums(1, RANGE, RANGE)} == index.ranges()
    assert index.changes(1) == [(RANGE, RANGE)]
    index.add(comments("b mended", first=RANGE), replace=True)
    index.commit()
    assert found(index, "mended") == [RANGE]
    assert index.stats().documents == 2


def test_an_empty_index_answers(tmp_path: Path) -> None:
    index = Index(tmp_path / "new" / "index")
    assert ([], 0, 0, Sums(0, 0, 0)) == (found(index, "x"), index.count(""), index.progress(), index.stats())
    index.add(comments())
    index.commit()
    assert (index.ranges(), index.changes(0)) == ({}, [])


def test_a_second_writer_is_told_so(tmp_path: Path) -> None:
    index = filled(tmp_path / "index", comments("a"))
    second = Index(tmp_path / "index")
    with pytest.raises(StoreBusy, match="Another process"):
        second.add(comments("b", first=2))
    index.close()
    second.add(comments("b", first=2))
    second.commit()
    assert second.count("") == 2


def test_an_index_that_was_replaced_writes_no_more(tmp_path: Path) -> None:
    old = filled(tmp_path / "index", comments("a"))
    old.close()
    new = Index.anew(tmp_path / "index")
    with pytest.raises(StoreBusy, match="closed"):
        old.add(comments("b", first=2))
    assert (0, [tmp_path / "index"]) == (new.count(""), list(tmp_path.iterdir()))


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StoreDamaged, match=r"file/index.*writable"):
        Index(tmp_path / "file" / "index")


@pytest.mark.parametrize("name", ["meta.json", "*.idx", "*.fast", "*.term"])
@pytest.mark.parametrize("content", [b"", b"{}", bytes(5000)])
def test_damage_is_told_and_repaired_by_an_index_anew(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / "index"
    filled(path, comments(*TEXTS)).close()
    next(path.glob(name)).write_bytes(content)
    with pytest.raises(IndexDamaged, match="rebuild"):
        Index(path).count("late")
    index = Index.anew(path)
    index.add(comments(*TEXTS))
    index.commit()
    assert found(index, "late") == [2, 1]


def test_a_flipped_bit_is_found_by_checksum(tmp_path: Path) -> None:
    path = tmp_path / "index"
    index = filled(path, comments(*TEXTS))
    assert index.damaged() == []
    file = next(path.glob("*.pos"))
    content = bytearray(file.read_bytes())
    content[len(content) // 3] ^= 1
    file.write_bytes(content)
    assert [file.name] == index.damaged()


def test_an_index_of_another_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "index"
    filled(path, comments("a")).close()
    meta = path / "meta.json"
    meta.write_text(meta.read_text().replace("tribune1", "tribune0"))
    with pytest.raises(IndexDamaged):
        Index(path)


def test_threads_search_while_one_writes(tmp_path: Path) -> None:
    index = filled(tmp_path / "index", comments("start"))
    stop, seen, troubles = threading.Event(), [], []

    def read() -> None:
        try:
            while not stop.is_set():
                seen.append(index.count("word"))
                ids = found(index, "word", limit=2000)
                assert sorted(ids, reverse=True) == ids
                index.progress()
        except BaseException as error:
            troubles.append(error)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for first in range(2, 2002, 100):
        index.add(comments(*["a word"] * 100, first=first))
        index.commit()
    stop.set()
    for reader in readers:
        reader.join()
    assert (troubles, index.count("word")) == ([], 2000)
    assert all(count % 100 == 0 for count in seen)


def test_two_threads_that_catch_up_double_nothing(tmp_path: Path) -> None:
    index = Index(tmp_path / "index")

    def follow() -> None:
        while (reached := index.progress()) < 3000:
            index.add(comments(*["text"] * 100, first=reached + 1))
            index.commit()

    threads = [threading.Thread(target=follow) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert index.stats() == Sums(*(index.count(""), 3000 * 3001 // 2, 3000 * 3001 // 2))
    assert index.count("") == 3000


WRITE_FOREVER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_search import comments
from curation.store.search import Index
index = Index(Path(sys.argv[1]))
for first in range(1, 1_000_000, 250):
    index.add(comments(*["some text"] * 250, first=first))
    if first % 1000 == 501:
        index.commit()
    print(first, flush=True)
"""


@pytest.mark.parametrize("after", [3, 14, 45])
def test_kill_9_leaves_a_true_beginning(tmp_path: Path, after: int) -> None:
    path = tmp_path / "index"
    arguments = [sys.executable, "-c", WRITE_FOREVER, str(path), str(Path(__file__).parent)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE) as process:
        assert process.stdout
        for _ in range(after):
            assert process.stdout.readline()
        process.send_signal(signal.SIGKILL)
    index = Index(path)
    reached = index.progress()
    assert reached >= (after // 4) * 1000 - 250
    assert Sums(reached, reached * (reached + 1) // 2, reached * (reached + 1) // 2) == index.stats()
    index.add(comments(*["some text"] * 500, first=reached + 1))
    index.commit()
    assert (reached + 500, reached + 500) == (index.stats().documents, index.progress())
    assert index.damaged() == []


def words(text: str) -> list[str]:
    return [term.text for clause in parse(text).clauses for term in clause.terms]


def test_filters_are_given_back_by_their_names() -> None:
    query = 'lang:fr langue:"en" -topic:billing sujet:"livraison tardive" statut:open depuis:2026-01-01 jusqu’à:2026-02-01 is:deleted id:12 hé'
    parsed = parse(query)
    assert parsed.filters == {
        "lang": ["fr", "en"],
        "topic": ["livraison tardive"],
        "status": ["open"],
        "since": ["2026-01-01"],
        "until": ["2026-02-01"],
        "is": ["deleted"],
        "id": ["12"],
    }
    assert parsed.excluded == {"topic": ["billing"]}
    assert parsed.clauses == (Clause((Term("hé"),)),)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("foo:bar http://x.com/?a=b 12:30", ["foo:bar", "http://x.com/?a=b", "12:30"]),
        ("lang: x", ["lang:", "x"]),
        ("OR", ["OR"]),
        ("a OR", ["a"]),
        ("well-known", ["well-known"]),
        ('"unclosed phrase', ["unclosed phrase"]),
        ("« deux mots »", [" deux mots "]),
        ('"', ['"']),
        ("", []),
        ("  \t", []),
    ],
)
def test_odd_queries_are_read_as_words(text: str, expected: list[str]) -> None:
    assert expected == words(text)


def test_a_pasted_page_is_cut_at_a_word() -> None:
    parsed = parse("word " * 1_000 + " ".join(f"w{n}" for n in range(1_000_000)))
    assert len(parsed.clauses) == 100


TYPED = st.lists(
    st.one_of(
        st.text(max_size=6),
        st.sampled_from(
            ["-", '"', "*", ":", "OR", "NOT", "author:", "source:", "lang:", "(", ")", " ", "'", "’", "\\"]
        ),
        st.sampled_from(
            [
                "refund",
                "é",
                "東京",
                "👍",
                "\x00",
                "\ud800",
                ".*",
                "[a-",
                "{",
                "(?i)",
                "^",
                "re*",
                "~",
                "\u0301",
            ]
        ),
    ),
    max_size=12,
).map("".join)


@given(TYPED)
def test_no_query_raises(index: Index, query: str) -> None:
    hits = index.search(query)
    assert len(hits) == index.count(query) <= len(TEXTS)


@given(st.text())
def test_folding_is_settled(text: str) -> None:
    assert fold(fold(text)).split() == fold(text).split()


@given(st.text(min_size=1, max_size=60).filter(lambda text: any(c.isalnum() and c.isascii() for c in text)))
def test_what_was_written_is_found(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    index = filled(tmp_path_factory.mktemp("found") / "index", comments(text, "something else entirely"))
    quoted = text.translate(dict.fromkeys(map(ord, '"“”„‟«»＂〝〞「」『』'), " "))
    assert 1 in found(index, f'"{quoted}"')
    index.close()
