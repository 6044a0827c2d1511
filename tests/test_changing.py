"""Replies that were sent are rewritten or taken away on their channel; and what nobody is sure of is settled by a person."""

import pytest

from curation import config, pipeline
from curation.actions import drafts
from curation.errors import Invalid, Stale
from curation.models import LOCAL
from curation.testing import faults, serving
from tests.test_sending import MARKER, book, later, posts, pulled, send

__all__ = ["book"]


def puts(method: str, path: str) -> bool:
    return method == "PUT"


def test_a_reply_is_rewritten_on_its_channel_and_then_taken_away(book: serving.Site) -> None:
    with pulled(book) as (client, store, [comment]):
        client.post(f"/comments/{comment}/replies", {"text": "It comes tomorow.", "marker": MARKER})
        with pytest.raises(Invalid, match="Only what was sent"):
            client.post(f"/replies/{MARKER}/change", {"version": 1, "text": "It comes tomorrow."})
        send(client)
        sent = client.get(f"/replies/{MARKER}")
        asked = client.post(
            f"/replies/{MARKER}/change", {"version": sent["version"], "text": "It comes tomorrow."}
        )
        with pytest.raises(Stale):
            client.post(f"/replies/{MARKER}/change", {"version": sent["version"], "text": "Never."})
        with pytest.raises(Invalid, match="already"):
            client.post(f"/replies/{MARKER}/change", {"version": asked["version"], "text": "Never."})
        assert drafts.opened(store, LOCAL, comment)["changes"][0]["state"] == "queued"
        assert send(client) == {"changed": 1}
        assert [text for _, text in book.stand_in.posted()] == ["It comes tomorrow."]
        reply = client.get(f"/replies/{MARKER}")
        assert (reply["state"], reply["text"]) == ("sent", "It comes tomorrow.")
        assert [one["text"] for one in drafts.texts(store, LOCAL, comment)] == [
            "It comes tomorrow.",
            "It comes tomorow.",
        ]

        client.post(f"/replies/{MARKER}/change", {"version": reply["version"], "text": None})
        assert send(client) == {"changed": 1}
        assert book.stand_in.posted() == []
        assert client.get(f"/replies/{MARKER}")["state"] == "withdrawn"
        assert drafts.opened(store, LOCAL, comment)["changes"] == []


def test_a_change_that_nobody_is_sure_of_is_made_again_and_one_that_is_refused_says_why(
    book: serving.Site,
) -> None:
    with pulled(book) as (client, store, [comment]):
        client.post(f"/comments/{comment}/replies", {"text": "Soon.", "marker": MARKER})
        send(client)
        version = client.get(f"/replies/{MARKER}")["version"]
        asked = client.post(f"/replies/{MARKER}/change", {"version": version, "text": "Today."})
        book.inject(faults.answers(500, taken=True), where=puts, times=None)
        assert send(client) == {"waiting": 1}
        book.mend()
        with store.write() as con:
            con.execute("update reply_change set not_before = made_at")
        assert send(client) == {"changed": 1}
        assert [text for _, text in book.stand_in.posted()] == ["Today."]

        again = client.post(f"/replies/{MARKER}/change", {"version": asked["version"] + 1, "text": "Never."})
        book.inject(faults.answers(403), where=puts, times=None)
        assert send(client) == {"failed": 1}
        [change] = drafts.opened(store, LOCAL, comment)["changes"]
        assert (change["state"], "403" in change["why"]) == ("failed", True)
        assert client.get(f"/replies/{MARKER}")["text"] == "Today."
        # Having failed, it may be asked for anew.
        client.post(f"/replies/{MARKER}/change", {"version": again["version"], "text": "Now."})


def test_a_new_text_that_needs_approval_is_another_answer(book: serving.Site) -> None:
    with pulled(book) as (client, _store, [comment]):
        client.post(f"/comments/{comment}/replies", {"text": "Soon.", "marker": MARKER})
        send(client)
        version = client.get(f"/replies/{MARKER}")["version"]
        with config.edit() as document:
            document["review"] = [{"approvals": 1}]
        with pytest.raises(Invalid, match="needs 1 approval"):
            client.post(f"/replies/{MARKER}/change", {"version": version, "text": "Today."})
        client.post(f"/replies/{MARKER}/change", {"version": version, "text": None})


@pytest.mark.parametrize("arrived", [True, False])
def test_a_person_settles_what_nobody_is_sure_of(book: serving.Site, arrived: bool) -> None:
    with pulled(book) as (client, store, [comment]):
        client.post(f"/comments/{comment}/replies", {"text": "Soon.", "marker": MARKER})
        book.inject(faults.answers(500), where=posts, times=None)
        assert send(client) == {"unknown": 1}
        version = client.get(f"/replies/{MARKER}")["version"]
        about = {"version": version, "arrived": arrived, "url": "https://book.test/1" if arrived else None}
        if not arrived:
            with pytest.raises(Invalid, match="may still arrive"):
                client.post(f"/replies/{MARKER}/settle", about)
            later(store)
        settled = client.post(f"/replies/{MARKER}/settle", about)
        assert settled["state"] == ("sent" if arrived else "failed")
        assert settled["receipt_url"] == about["url"]
        with pytest.raises((Stale, Invalid)):
            client.post(f"/replies/{MARKER}/settle", {**about, "version": settled["version"]})
        book.mend()
        if not arrived:
            client.post(f"/replies/{MARKER}/again", {"version": settled["version"]})
            assert pipeline.send(client, config.load()).sent == 1
