"""The routes of drafts and reviews: what each member may, and what the answers carry."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from typer.testing import CliRunner

from curation import config
from curation.actions import replies
from curation.api import create_api, opened
from curation.api.serving import Served
from curation.cli import app
from curation.errors import Invalid, Stale
from curation.models import Who
from curation.store import access, drafts
from tests.conftest import land, notice

ROLES = {
    "ana": ["read", "draft"],
    "bo": ["read", "draft", "approve"],
    "cy": ["read", "send", "draft", "curate"],
    "dan": ["read"],
}


@dataclass
class Team:
    """Members who call the API over one store."""

    client: TestClient
    tokens: dict[str, str]

    def __call__(self, who: str, method: str, path: str, status: int = 200, **value: Any) -> Any:
        headers = {"authorization": f"Bearer {self.tokens[who]}"}
        given = {"params": value} if method in ("GET", "DELETE") else {"json": value}
        answer: Response = self.client.request(method, path, headers=headers, **given)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None


@pytest.fixture
def team(served: Served, monkeypatch: pytest.MonkeyPatch) -> Iterator[Team]:
    """Four members, and a comment on a forum where answers need one approval."""
    monkeypatch.setenv("TRIBUNE_FORUM_API_KEY", "hush")
    config.save_source("forum", "discourse", {"url": "https://forum.example", "user": "team"})
    with config.edit() as document:
        document["review"] = [{"source": "forum"}]
    land(served.store, [notice("q", "Where is it?", thread="t", author="Cleo")], "forum")
    tokens = {who: access.create_token(served.store, "test", who, scopes) for who, scopes in ROLES.items()}
    with TestClient(create_api(served.store, served.token)) as client:
        yield Team(client, tokens)


def test_a_reply_goes_its_whole_way(team: Team) -> None:
    begun = team("ana", "GET", "/comments/1/draft")
    assert (begun["draft"], begun["needs"], begun["because"]) == (None, 1, "1 approval: source forum")
    row = team("ana", "PUT", "/comments/1/draft", text="It left today,\nAna", version=0)
    marker = row["marker"]
    row = team("ana", "POST", f"/replies/{marker}/ask", version=row["version"])
    [waits] = team("bo", "GET", "/mine")
    assert (waits["kind"], waits["marker"]) == ("review", marker)
    seen = team("bo", "GET", f"/replies/{marker}/review")
    decision = {"version": seen["reply"]["version"], "digest": seen["digest"]}
    team("bo", "POST", f"/replies/{marker}/review", 422, approve=False, **decision)
    remark = [{"line": 3, "text": "When?"}]
    team("bo", "POST", f"/replies/{marker}/review", 422, approve=False, lines=remark, **decision)
    remark[0]["line"] = 1
    row = team("bo", "POST", f"/replies/{marker}/review", approve=False, lines=remark, **decision)
    assert [one["kind"] for one in team("ana", "GET", "/mine")] == ["changes"]
    row = team("ana", "PUT", "/comments/1/draft", text="It left at noon,\nAna", version=row["version"])
    row = team("ana", "POST", f"/replies/{marker}/ask", version=row["version"])
    team("bo", "POST", f"/replies/{marker}/review", 409, approve=True, **decision)
    seen = team("bo", "GET", f"/replies/{marker}/review")
    assert (seen["previous"], seen["lines"][0]["text"]) == ("It left today,\nAna", "When?")
    decision = {"version": seen["reply"]["version"], "digest": seen["digest"]}
    row = team("bo", "POST", f"/replies/{marker}/review", approve=True, **decision)
    assert [one["kind"] for one in team("ana", "GET", "/mine")] == ["approved"]
    leave = {"version": row["version"], "digest": seen["digest"]}
    old = team("cy", "POST", f"/replies/{marker}/send", 409, **{**leave, "digest": "1"})
    assert old["current"]["digest"] == seen["digest"]
    row = team("cy", "POST", f"/replies/{marker}/send", **leave)
    assert row["state"] == "queued"
    assert team("cy", "POST", f"/replies/{marker}/withdraw", version=row["version"])["state"] == "withdrawn"
    texts = team("ana", "GET", "/comments/1/draft/texts")
    assert [one["text"] for one in texts] == ["It left at noon,\nAna", "It left today,\nAna"]


def test_another_s_answer_is_shown_before_one_s_own_is_saved(team: Team) -> None:
    ana = team("ana", "PUT", "/comments/1/draft", text="Soon.", version=0)
    refused = team("bo", "PUT", "/comments/1/draft", 409, text="Later.", version=0)
    assert (refused["current"]["text"], refused["current"]["others"][0]["text"]) == ("Later.", "Soon.")
    assert "token ana is answering" in refused["detail"]
    aware = [{"marker": ana["marker"], "version": ana["version"]}]
    team("bo", "PUT", "/comments/1/draft", text="Later.", version=0, aware_of=aware)
    assert [one["text"] for one in team("ana", "GET", "/comments/1/draft")["others"]] == ["Later."]


def test_who_answers_at_once_keeps_to_the_same_rules(team: Team) -> None:
    assert "needs 1 approval" in team("cy", "POST", "/comments/1/replies", 422, text="Soon.")["detail"]
    with config.edit() as document:
        del document["review"]
    ana = team("ana", "PUT", "/comments/1/draft", text="Soon.", version=0)
    team("cy", "POST", "/comments/1/replies", 409, text="Later.")
    aware = [{"marker": ana["marker"], "version": ana["version"]}]
    row = team("cy", "POST", "/comments/1/replies", 201, text="Later.", aware_of=aware)
    assert (row["state"], row["needed"]) == ("queued", 0)


def test_a_command_shows_the_other_s_text_and_takes_note_that_it_was_read(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIBUNE_FORUM_API_KEY", "hush")
    config.save_source("forum", "discourse", {"url": "https://forum.example", "user": "team"})
    with opened(config.load()) as served:
        land(served.store, [notice("q", "Where is it?")], "forum")
        drafts.save(served.store, "ana", 1, "a" * 26, "Soon.", 0, {})
    run, words = CliRunner().invoke, ["reply", "1", "--text", "Later."]
    refused = run(app, words)
    assert isinstance(refused.exception, Stale)
    assert f"ana (draft, --seen {'a' * 26}:1): Soon." in refused.stderr
    assert isinstance(run(app, [*words, "--seen", "a"]).exception, Invalid)
    assert "Queued" in run(app, [*words, "--seen", f"{'a' * 26}:1"]).stdout


def test_each_member_does_only_what_is_theirs(team: Team) -> None:
    row = team("ana", "PUT", "/comments/1/draft", text="Soon.", version=0)
    marker, version = row["marker"], row["version"]
    team("dan", "PUT", "/comments/1/draft", 403, text="x", version=0)
    team("dan", "GET", "/comments/1/draft", 403)
    team("dan", "GET", "/mine", 403)
    team("dan", "POST", f"/replies/{marker}/withdraw", 403, version=version)
    team("bo", "POST", f"/replies/{marker}/withdraw", 403, version=version)
    team("bo", "POST", f"/replies/{marker}/ask", 403, version=version)
    team("ana", "POST", f"/replies/{marker}/send", 403, version=version, digest="1")
    team("cy", "POST", f"/replies/{marker}/review", 403, version=version, digest="1", approve=True)
    team("ana", "PUT", "/canned/late/en", 403, text="Hi")
    team("ana", "GET", "/comments/99/draft", 404)
    team("ana", "POST", f"/replies/{'z' * 26}/ask", 404, version=1)
    assert team("ana", "POST", f"/replies/{marker}/withdraw", version=version)["state"] == "withdrawn"


def test_texts_at_their_limits(team: Team) -> None:
    row = team("ana", "PUT", "/comments/1/draft", text="é" * 100_000, version=0)
    assert row["version"] == 1
    long = team("ana", "PUT", "/comments/1/draft", 422, text="x" * 100_001, version=1)
    assert "at most 100,000 characters" in long["detail"]
    assert "32,000" in team("ana", "GET", "/comments/1/draft")["obstacles"][0]
    for version, text in enumerate(["", "nul \0 and 👩‍🚀", "\u202e <script>"], 1):
        assert team("ana", "PUT", "/comments/1/draft", text=text, version=version)["text"] == text


def test_canned_replies_and_suggestions(team: Team, served: Served) -> None:
    with served.store.write() as con:
        con.execute("update comment set language = 'en'")
    answer = "It is with the courier; you get it tomorrow."
    land(served.store, [
        notice("p", "Where is it? Where is my parcel?", thread="p", author="Dee"),
        notice("r", answer, thread="p", reply_to="p", role="team"),
    ], "forum")  # fmt: skip
    with served.store.write() as con:
        con.execute("update comment set language = 'en'")
    [found] = team("ana", "GET", "/comments/1/suggestions")
    assert (found["suggested"], found["text"], found["comment"]) == (True, answer, 2)
    team("cy", "PUT", "/canned/late/en", text="Dear {author}, sorry. {member}")
    assert "no variable" in team("cy", "PUT", "/canned/late/fr", 422, text="Cher {nom}")["detail"]
    assert team("ana", "POST", "/comments/1/canned/late") == {
        "text": "Dear Cleo, sorry. token ana",
        "missing": [],
    }
    [row] = team("ana", "GET", "/canned", language="en")
    assert row["uses"] == 1
    team("cy", "DELETE", "/canned/late/en", 204, version=1)


def test_a_rule_made_while_a_reply_waits_to_leave_holds_for_it(team: Team, served: Served) -> None:
    with config.edit() as document:
        document["review"] = []
        document["replies"] = {"undo_seconds": 0}
    made = team("cy", "POST", "/comments/1/replies", 201, text="It left today.")
    with config.edit() as document:
        document["review"] = [{"source": "forum"}]
    sender = Who(name="sender", permissions=frozenset({"feed"}))
    with pytest.raises(Stale, match="needs approval by 1 other"):
        replies.begin(served.store, sender, made["marker"], made["version"])
    row = team("cy", "GET", f"/replies/{made['marker']}")
    assert (row["state"], row["needed"]) == ("in_review", 1)
    seen = team("bo", "GET", f"/replies/{made['marker']}/review")
    assert seen["rules"] == [{"source": "forum"}]
    decision = {"version": row["version"], "digest": seen["digest"], "approve": True}
    row = team("bo", "POST", f"/replies/{made['marker']}/review", **decision)
    row = team("cy", "POST", f"/replies/{made['marker']}/send", version=row["version"], digest=seen["digest"])
    assert replies.begin(served.store, sender, made["marker"], row["version"])["state"] == "sending"


def test_replies_are_listed_page_by_page_with_what_they_answer(team: Team) -> None:
    made = [
        team("cy", "POST", "/comments/1/replies/elsewhere", 201, text=f"Told {n}.", via="phone")["marker"]
        for n in range(5)
    ]
    pages = [team("dan", "GET", "/replies", limit=2)]
    while len(pages[-1]) == 2:
        pages.append(team("dan", "GET", "/replies", limit=2, before=pages[-1][-1]["marker"]))
    found = [row["marker"] for page in pages for row in page]
    assert (sorted(found), len(found)) == (sorted(made), 5)
    assert (pages[0][0]["to"]["author"], pages[0][0]["to"]["text"]) == ("Cleo", "Where is it?")
    assert team("dan", "GET", "/replies/writers") == ["token cy"]
    assert team("dan", "GET", "/replies", writer="nobody") == []


def test_a_canned_text_is_tried_and_nothing_is_counted(team: Team) -> None:
    tried = team("ana", "POST", "/comments/1/canned", text="Dear {author}, {order} left.")
    assert tried == {"text": "Dear Cleo, {order} left.", "missing": ["order"]}
    assert "no variable" in team("ana", "POST", "/comments/1/canned", 422, text="{nom}")["detail"]
    team("dan", "POST", "/comments/1/canned", 403, text="x")
    assert team("ana", "GET", "/canned") == []


def test_what_needs_one_is_listed_and_letters_are_for_flows(team: Team) -> None:
    row = team("ana", "PUT", "/comments/1/draft", text="Soon.", version=0)
    team("ana", "POST", f"/replies/{row['marker']}/ask", version=row["version"])
    [one] = team("bo", "GET", "/notices")
    assert (one["kind"], one["by"], one["comment"], one["seen"]) == ("review", "token ana", 1, False)
    assert team("cy", "GET", "/notices") == [], "who may not approve is not asked to"
    choice = team("bo", "GET", "/notices/mail")
    assert (choice["way"], choice["possible"]) == ("off", False)
    chosen = {"way": "daily", "email": "bo@example.org", "language": "fr", "version": 0}
    assert team("bo", "PUT", "/notices/mail", **chosen)["version"] == 1
    assert team("bo", "PUT", "/notices/mail", 409, **chosen)["current"]["way"] == "daily"
    team("bo", "PUT", "/notices/mail", 422, **{**chosen, "way": "hourly"})
    for path, given in (("take", {}), ("give-back", {"member": "bo", "keys": []})):
        team("bo", "POST", f"/notices/{path}", 403, **given)
