"""The contract of a reply: it arrives once, and where nobody knows, it is found or proven not to be there."""

# ruff: noqa: S101 - assertions are what a test suite says.

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import orjson
import pytest

from curation.connectors import Answering as Answers
from curation.connectors import checking
from curation.errors import Invalid, NotFound, Refused, TryAgain, Unknown
from curation.models import Comment, Receipt, Reply, Rules
from curation.testing import faults
from curation.testing.running import Kept
from curation.testing.serving import Answer, Fault, Wire
from curation.testing.trial import STEP, Trial, Tried, hidden, told, tried

TEXT = "Sorry & <b>thanks</b>: 1 < 2, it's on its way ☕"
_TAKEN: dict[str, Fault] = {
    "500": faults.answers(500, taken=True),
    "502": faults.answers(502, b"<html>bad gateway</html>", {"content-type": "text/html"}, taken=True),
    "reset": faults.resets(taken=True),
    "broken": faults.breaks(),
}


def reply_to(comment: Comment, text: str = TEXT, mark: str = "a") -> Reply:
    """Make a reply to a comment as it comes back from the store."""
    stored = orjson.loads(orjson.dumps(dict(comment.attributes or {})))
    return Reply(marker=f"{mark}bcdefghijklmnopqrstuvwx01", text=text, to=replace(comment, attributes=stored))


def once_taken(trial: Trial, fault: Fault) -> Fault:
    """Make a fault that lets everything pass but the request at which the channel takes a reply: there, `fault`."""

    def watch(wire: Wire, honest: Callable[[], Answer]) -> Answer | None:
        before = len(trial.stand_in.posted())
        answer = honest()
        if len(trial.stand_in.posted()) == before:
            return answer
        return fault(wire, lambda: answer)

    return watch


def every(method: str, path: str) -> bool:
    """Take every request."""
    return True


class Answering(Tried):
    """Sending, looking for what was sent, and reading it back."""

    @pytest.fixture
    def asked(self, trial: Trial) -> Iterator[Trial]:
        """A channel where customers wrote."""
        if not trial.stand_in.answers:
            pytest.skip("the channel takes no replies")
        assert isinstance(trial.connector, Answers), "the connector lacks rules, send or find_reply"
        trial.fill(5)
        yield trial

    def comment(self, trial: Trial, nth: int = -1) -> Comment:
        """Pull, and return a customer's comment."""
        key = list(trial.said)[nth]
        return trial.pull().comments[key]

    def send(self, trial: Trial, reply: Reply) -> Receipt:
        """Send over a connection of its own."""
        with trial.connector.connect() as connection:
            receipt: Receipt = trial.connector.send(connection, reply)
        return receipt

    def find(self, trial: Trial, reply: Reply) -> Receipt | None:
        """Look for it over a connection of its own, as another process would."""
        with trial.connector.connect() as connection:
            found: Receipt | None = trial.connector.find_reply(connection, reply)
        return found

    def writing(self) -> int:
        """Return which request of a send makes the channel take the reply, tried on a twin: 1 is the first."""
        with tried(self.stand_in(), self.connector) as twin:
            twin.fill(5)
            comment = self.comment(twin)
            met: list[bool] = []

            def look(wire: Wire, honest: Callable[[], Answer]) -> Answer:
                before = len(twin.stand_in.posted())
                answer = honest()
                met.append(len(twin.stand_in.posted()) > before)
                return answer

            twin.site.inject(look, where=every)
            self.send(twin, reply_to(comment))
        assert True in met, "send made the stand-in take nothing"
        return met.index(True) + 1

    def lost(self, trial: Trial, reply: Reply, *expected: type[Exception]) -> None:
        """Send and assert that it raises one of the errors."""
        wanted = " or ".join(one.__name__ for one in expected)
        try:
            self.send(trial, reply)
        except expected as error:
            hidden(trial.stand_in.secrets, told(error))
        except Exception as error:
            raise AssertionError(f"{wanted} was to be raised, not {told(error)}") from error
        else:
            raise AssertionError(f"{wanted} was to be raised, and send returned as if all was well")

    def test_rules(self, asked: Trial) -> None:
        comment = self.comment(asked)
        rules = asked.connector.rules(comment)
        assert isinstance(rules, Rules)
        assert rules.longest is None or rules.longest > 20
        assert rules.unit in ("characters", "graphemes", "bytes")
        assert rules.window is None or rules.window > timedelta(0)
        assert checking.problems(rules, TEXT, comment, comment.created_at + STEP) == []
        if rules.longest is not None:
            kinds = [
                one.kind
                for one in checking.problems(rules, "x" * (rules.longest + 1), comment, comment.created_at)
            ]
            assert kinds == ["long"]
        hidden(asked.stand_in.secrets, repr(rules))

    def test_a_reply_arrives_once(self, asked: Trial) -> None:
        reply = reply_to(self.comment(asked))
        receipt = self.send(asked, reply)
        (posted,) = asked.stand_in.posted()
        assert receipt.key == posted[0], "the receipt's key is not the one the channel gave"
        assert reply.text in posted[1], f"a reader sees {posted[1]!r}"
        assert self.find(asked, reply) is not None, "a reply that was sent is not found"
        hidden(asked.stand_in.secrets, repr(receipt))

    def test_a_reply_comes_back_as_the_teams(self, asked: Trial) -> None:
        kept = asked.pull()
        to = kept.comments[list(asked.said)[-1]]
        receipt = self.send(asked, reply_to(to))
        for got in (asked.pull(kept), asked.pull()):
            back = got.comments.get(receipt.key)
            assert back is not None, f"the reply {receipt.key!r} does not come back in a pull"
            assert back.role == "team"
            assert TEXT in back.text
            assert (back.thread or back.key) == (to.thread or to.key), "the reply is in another thread"
        asked.whole(kept)

    @pytest.mark.parametrize("kind", _TAKEN)
    def test_a_reply_that_may_have_arrived_is_found(self, asked: Trial, kind: str) -> None:
        reply = reply_to(self.comment(asked))
        asked.site.inject(once_taken(asked, _TAKEN[kind]), where=every)
        self.lost(asked, reply, Unknown)
        asked.site.mend()
        ((key, _),) = asked.stand_in.posted()
        asked.fill(asked.stand_in.page + 5, asked.start + 30 * STEP)
        receipt = self.find(asked, replace(reply, attempts=1))
        assert receipt is not None, "the reply is on the channel, and find_reply does not find it"
        assert receipt.key == key

    def test_a_reply_whose_answer_never_came(self) -> None:
        with tried(self.stand_in(), self.connector, timeout=0.8) as asked:
            if not asked.stand_in.answers:
                pytest.skip("the channel takes no replies")
            asked.fill(5)
            reply = reply_to(self.comment(asked))
            asked.site.inject(once_taken(asked, faults.stalls(8)), where=every)
            self.lost(asked, reply, Unknown)
            asked.site.mend()
            assert self.find(asked, replace(reply, attempts=1)) is not None

    def test_a_reply_that_never_arrived_is_sent_again(self, asked: Trial) -> None:
        reply = reply_to(self.comment(asked))
        asked.site.inject(faults.resets(), nth=self.writing(), times=1, where=every)
        self.lost(asked, reply, Unknown, TryAgain)
        assert asked.stand_in.posted() == []
        again = replace(reply, attempts=1)
        assert self.find(asked, again) is None, "find_reply finds what is not there"
        receipt = self.send(asked, again)
        assert [key for key, _ in asked.stand_in.posted()] == [receipt.key]

    @pytest.mark.parametrize("status", [401, 403, 429])
    def test_a_reply_that_is_not_taken(self, asked: Trial, status: int) -> None:
        reply = reply_to(self.comment(asked))
        headers = {"retry-after": "3600"} if status == 429 else {}
        said = orjson.dumps({"error": " ".join(asked.stand_in.secrets)})
        asked.site.inject(faults.answers(status, said, headers), nth=self.writing(), times=1, where=every)
        self.lost(asked, reply, TryAgain if status == 429 else Refused)
        asked.site.mend()
        assert self.find(asked, reply) is None
        self.send(asked, reply)
        assert len(asked.stand_in.posted()) == 1

    def test_another_reply_is_not_ours(self, asked: Trial) -> None:
        """The same text to somebody else, and a customer who repeats it, are not the reply."""
        kept = asked.pull()
        one, other = (kept.comments[key] for key in list(asked.said)[-2:])
        self.send(asked, reply_to(one, mark="a"))
        assert self.find(asked, reply_to(other, mark="z")) is None
        asked.stand_in.add(TEXT, asked.start + 40 * STEP, "mallory")
        assert self.find(asked, reply_to(other, mark="z")) is None

    @pytest.mark.parametrize("kind", ["500", "403", "login", "cut", "null", "object"])
    def test_not_found_is_certain(self, asked: Trial, kind: str) -> None:
        """While the channel fails, find_reply raises: None would have the reply sent twice."""
        reply = reply_to(self.comment(asked))
        self.send(asked, reply)
        fault = {
            "500": faults.answers(500),
            "403": faults.answers(403),
            "login": faults.says(b"<!doctype html><title>Sign in</title>", "text/html"),
            "cut": faults.halves(),
            "null": faults.says(b"null"),
            "object": faults.says(b"{}"),
        }[kind]
        asked.site.inject(fault, where=every)
        try:
            found = self.find(asked, reply)
        except (TryAgain, Refused, NotFound, Invalid) as error:
            hidden(asked.stand_in.secrets, told(error))
        else:
            assert found is not None, "the channel fails, and find_reply says that the reply is not there"
        asked.site.mend()

    def test_a_reply_survives_pulls_at_every_page(self, asked: Trial) -> None:
        comment = self.comment(asked)
        receipt = self.send(asked, reply_to(comment))
        asked.fill(asked.stand_in.page * 2, asked.start + 30 * STEP)
        kept = Kept()
        asked.pull(kept, limit=1)
        asked.whole(asked.pull(kept))
        assert kept.comments[receipt.key].role == "team"
