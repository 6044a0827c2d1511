"""A gap a pull finds is kept with the page that found it, read in the same or the next pull, and closed."""

import pytest

from curation.models import Gap, Page
from curation.pipeline import pulling


def test_a_gap_has_a_stream_of_its_own_and_the_same_name_every_time():
    page = Page(
        stream="room", raws=[], cursor={"at": 2}, gap=Gap(why="The room went faster.", cursor={"at": 1})
    )
    found = pulling._gap("room", page)
    assert found == pulling._gap("room", page)
    assert found["stream"].startswith("gap room #")
    assert found["cursor"] == {"at": 1}


@pytest.mark.parametrize("cursor", [{"at": 1}, None])
def test_a_gap_is_kept_once_and_closed_with_its_cursor(store, cursor):
    from curation.store import landing, sources

    gap = {"stream": "gap room #1", "why": "The room went faster.", "cursor": cursor}
    with store.write() as con:
        number = landing.source_number(con, "chat", landing.now())
        for _ in range(2):
            landing._keep_gap(con, number, gap, landing.now())
    assert [one["why"] for one in sources.gaps(store, "chat")] == ["The room went faster."]
    assert sources.cursors(store, "chat") == ({"gap room #1": cursor} if cursor else {})
    sources.forget_cursors(store, "local", "chat", "gap room #1")
    assert sources.gaps(store, "chat")[0]["closed_at"] is not None
    assert sources.cursors(store, "chat") == {}
