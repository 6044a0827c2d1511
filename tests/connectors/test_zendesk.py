"""Zendesk's mapping, on invented tickets and on the published examples; what the contract suite does not ask."""

from pathlib import Path

import orjson
import pytest
from pydantic import SecretStr

from curation.connectors.zendesk import Zendesk
from curation.errors import BadRecord, Invalid, NotFound, TryAgain
from curation.models import Deleted, Raw, Reply
from curation.testing.running import Kept
from curation.testing.trial import STEP, tried
from tests.connectors.stand_ins import zendesk

SPECIFICATION = Path(__file__).parents[3] / "shared" / "specs" / "zendesk-support.yaml"
MARKER = "abcdefghijklmnopqrstuvwx01"


@pytest.fixture
def trial():
    with tried(zendesk.Zendesk()) as trial:
        yield trial


def mapped(key="1274", author=None, ticket=None, **odd):
    """Map one invented comment, changed by `odd`."""
    comment = {
        "id": 1274,
        "author_id": 123,
        "body": "The parcel came late.",
        "public": True,
        "created_at": "2026-03-01T10:00:00Z",
        "via": {"channel": "web"},
        **odd,
    }
    about = {"id": 47, "subject": "Parcels", **(ticket or {})}
    whole = {"key": key, "ticket": about, "comment": comment, "author": author}
    connector = Zendesk(url="https://aurora.zendesk.com/", token=SecretStr("x"))
    (found,) = connector.normalise(Raw(key=key, payload=orjson.dumps(whole).decode()))
    return found


def test_a_comment_belongs_to_its_ticket():
    found = mapped()
    assert (found.key, found.thread, found.reply_to, found.title) == (
        "1274",
        "ticket-47",
        "ticket-47",
        "Parcels",
    )
    assert found.url == "https://aurora.zendesk.com/agent/tickets/47"
    assert found.attributes == {"ticket": "47", "channel": "web"}
    assert mapped(key="ticket-47").reply_to is None


def test_who_speaks():
    assert mapped(author={"name": "Ana", "role": "end-user"}).role == "customer"
    assert mapped(author={"name": "Bo", "role": "agent"}).role == "team"
    assert mapped(author={"name": "Bo", "role": "admin"}).role == "team"
    assert mapped(via={"channel": "rule"}, author={"role": "agent"}).role == "automatic"
    assert mapped(author_id=-1).role == "automatic"


def test_an_internal_note_is_never_mapped():
    for public in (False, None, "yes"):
        with pytest.raises(BadRecord, match="internal"):
            mapped(public=public)


def test_a_comment_with_html_only():
    assert mapped(body="", html_body="<p>Late&nbsp;again</p>").text == "Late again"


def test_notes_and_traces_are_never_kept(trial):
    key = trial.say("The parcel came late.", trial.start)
    number = int(key.removeprefix("ticket-"))
    trial.stand_in.say(number, "He always complains.", trial.start + STEP, 7, public=False)
    trial.stand_in.say(number, "We look into it.", trial.start + 2 * STEP, 7)
    kept = trial.pull()
    stored = orjson.dumps(kept.raws).decode()
    assert len(kept.comments) == 2
    assert not any(
        trace in stored for trace in ("He always", "192.0.2.7", "Somewhere", "@mail.test", "@aurora.test")
    )


def test_a_ticket_opened_by_a_note_keeps_its_thread(trial):
    number = int(trial.stand_in.add("Rang up, angry.", trial.start).removeprefix("ticket-"))
    trial.stand_in.comments[number][0]["public"] = False
    trial.stand_in.say(number, "Any news?", trial.start + STEP, trial.stand_in._user("ana"))
    (comment,) = trial.pull().comments.values()
    assert (comment.text, comment.thread) == ("Any news?", f"ticket-{number}")
    assert comment.key == str(trial.stand_in.comments[number][1]["id"])


def test_a_ticket_that_moves_on_leaves_its_other_comments_as_they_are(trial):
    key = trial.say("The parcel came late.", trial.start)
    number = int(key.removeprefix("ticket-"))
    trial.stand_in.say(number, "Still late.", trial.start + STEP, trial.stand_in._user("ana"))
    kept = trial.pull()
    before = dict(kept.raws)
    trial.stand_in.tickets[number]["status"] = "solved"
    trial.stand_in._changed(number, trial.start + 3 * STEP)
    trial.pull(kept)
    assert [one for one in before if before[one] != kept.raws[one]] == [key]
    assert kept.comments[key].attributes["status"] == "solved"


def test_a_long_ticket_is_read_to_its_end(trial):
    key = trial.say("The parcel came late.", trial.start)
    number = int(key.removeprefix("ticket-"))
    for count in range(7):
        trial.stand_in.say(number, f"Day {count}.", trial.start + STEP, trial.stand_in._user("ana"))
    assert len(trial.pull().comments) == 8


def test_a_ticket_deleted_since_the_export_stops_nothing(trial):
    first, second = trial.fill(2)
    answer = trial.stand_in.handle

    def gone(method, path, query, headers, body):
        if path.startswith(f"/api/v2/tickets/{first.removeprefix('ticket-')}"):
            return 404, {}, b'{"error":"RecordNotFound"}'
        return answer(method, path, query, headers, body)

    trial.stand_in.handle = gone
    assert list(trial.pull().comments) == [second]


def test_an_export_that_does_not_say_where_it_goes_on(trial):
    export = trial.stand_in._export
    trial.fill(2)
    trial.stand_in._export = lambda query: export(query) | {"end_of_stream": False, "after_cursor": None}
    assert trial.fails(Kept(), TryAgain)


def test_a_bearer_token(trial):
    trial.fill(2)
    trial.connector = Zendesk(url=trial.site.base, token=SecretStr("hush-token"), private=True)
    trial.whole(trial.pull())


def answering(trial):
    key = trial.say("The parcel came late.", trial.start)
    return Reply(marker=MARKER, text="We look into it.", to=trial.pull().comments[key])


def test_a_reply_is_public_and_marked(trial):
    reply = answering(trial)
    with trial.connector.connect() as connection:
        receipt = trial.connector.send(connection, reply)
    ((audits),) = trial.stand_in.audits.values()
    assert audits[-1]["metadata"]["custom"] == {"tribune": MARKER}
    assert audits[-1]["events"][0] == {
        "id": int(receipt.key),
        "type": "Comment",
        "body": "We look into it.",
        "public": True,
    }


def test_a_reply_is_found_by_its_marker_pages_down(trial):
    reply = answering(trial)
    number = int(reply.to.key.removeprefix("ticket-"))
    with trial.connector.connect() as connection:
        for _ in range(5):
            trial.stand_in.say(number, "We look into it.", trial.start + STEP, 7)
        assert trial.connector.find_reply(connection, reply) is None
        receipt = trial.connector.send(connection, reply)
        assert trial.connector.find_reply(connection, reply) == receipt.__class__(key=receipt.key)


def test_what_zendesk_does_not_take(trial):
    reply = answering(trial)
    number = int(reply.to.key.removeprefix("ticket-"))
    with trial.connector.connect() as connection:
        trial.stand_in.busy = True
        with pytest.raises(TryAgain, match="Somebody else"):
            trial.connector.send(connection, reply)
        trial.stand_in.busy = False
        trial.stand_in.closed.add(number)
        with pytest.raises(Invalid, match="closed"):
            trial.connector.send(connection, reply)
        trial.stand_in.delete(reply.to.key)
        with pytest.raises(NotFound):
            trial.connector.find_reply(connection, reply)


def test_a_deleted_ticket():
    connector = Zendesk(url="https://aurora.zendesk.com", token=SecretStr("x"))
    raw = Raw(key="ticket-4", payload='{"key":"ticket-4","deleted":true}')
    assert list(connector.normalise(raw)) == [Deleted(key="ticket-4")]


def test_the_published_examples_are_mapped():
    if not SPECIFICATION.exists():
        pytest.skip("needs the specification in shared/specs")
    yaml = pytest.importorskip("yaml")

    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        pass

    Loader.add_constructor("tag:yaml.org,2002:value", lambda loader, node: node.value)
    read = yaml.load(SPECIFICATION.read_text(), Loader=Loader)["components"]
    export = read["schemas"]["CursorBasedExportIncrementalTicketsResponse"]["example"]
    (ticket,) = export["tickets"]
    comments = read["examples"]["TicketCommentsResponseExample"]["value"]["comments"]
    connector = Zendesk(url="https://aurora.zendesk.com", token=SecretStr("x"))
    for comment in comments:
        whole = {"key": str(comment["id"]), "ticket": ticket, "comment": comment, "author": None}
        (found,) = connector.normalise(
            Raw(key=whole["key"], payload=orjson.dumps(whole, default=str).decode())
        )
        assert found.text == comment["body"] and found.thread == f"ticket-{ticket['id']}"
    assert comments
