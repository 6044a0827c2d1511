"""The contract of a pull where nothing goes wrong: everything once, whenever it is broken off."""

# ruff: noqa: S101 - assertions are what a test suite says.

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from curation.errors import ConfigError, Refused
from curation.testing.running import Kept, pages
from curation.testing.trial import COMMENTS, STEP, Trial, Tried, found, hidden, told

HOUR = timedelta(hours=1)


def _shuffled(trial: Trial) -> list[datetime]:
    times = [trial.start + n * STEP for n in range(COMMENTS)]
    random.Random(7).shuffle(times)
    return times


def _equal(trial: Trial) -> list[datetime]:
    return [trial.start] * (trial.stand_in.page + 5)


def _pairs(trial: Trial) -> list[datetime]:
    return [trial.start + n // 2 * STEP for n in range(COMMENTS)]


class Reading(Tried):
    """Paging, resuming, times, edits and deletions."""

    def test_paging_to_the_end(self, trial: Trial) -> None:
        trial.fill()
        kept = trial.pull()
        trial.whole(kept)
        least = -(-COMMENTS // trial.stand_in.page)
        assert trial.site.listings() >= least, "the stand-in's pages are larger than it says"
        assert not kept.refused and not kept.deleted
        assert not kept.gaps, f"nothing is missing, and a gap is told: {kept.gaps[0].why}"
        stored = orjson.dumps([kept.raws, kept.cursors, sorted(kept.texts)]).decode()
        hidden(trial.stand_in.secrets, stored)

    def test_an_empty_channel(self, trial: Trial) -> None:
        kept = trial.pull()
        trial.whole(kept)
        trial.fill(3)
        trial.whole(trial.pull(kept))

    def test_what_a_comment_says(self, trial: Trial) -> None:
        key = trial.say("The parcel came late.", trial.start, "zoe")
        comment = trial.pull().comments[key]
        assert comment.role == "customer"
        assert comment.created_at.utcoffset() == timedelta(0), "times are UTC"
        assert abs(comment.created_at - trial.start) < timedelta(seconds=1)
        assert "zoe" in f"{comment.author} {comment.author_key}"

    def test_resuming_at_every_page(self, trial: Trial) -> None:
        trial.fill()
        whole = trial.pull()
        for cut in range(1, whole.pages + 1):
            kept = trial.pull(limit=cut)
            trial.whole(trial.pull(kept))

    def test_one_page_at_a_time(self, trial: Trial) -> None:
        trial.fill()
        kept = Kept()
        with trial.connector.connect() as connection:
            for _ in range(COMMENTS + 5):
                for _ in pages(trial.connector, connection, kept, 1):
                    pass
                if len(kept.comments) >= COMMENTS:
                    break
        trial.whole(kept)

    def test_nothing_is_doubled(self, trial: Trial) -> None:
        trial.fill()
        kept = trial.pull()
        raws, comments = dict(kept.raws), dict(kept.comments)
        kept.cursors.clear()
        trial.pull(kept)
        assert kept.comments == comments, "what has not changed is mapped differently the second time"
        assert kept.raws == raws, (
            "what has not changed has another raw the second time: it would be stored again"
        )

    def test_only_what_is_new(self, trial: Trial) -> None:
        trial.fill()
        kept = trial.pull()
        trial.fill(5, trial.start + COMMENTS * STEP)
        trial.whole(trial.pull(kept))
        steady = trial.pull(kept).cursors
        assert trial.pull(kept).cursors == steady, "the cursor moves though nothing was said"

    @pytest.mark.parametrize("times", [_shuffled, _equal, _pairs], ids=["shuffled", "equal", "pairs"])
    def test_times_in_no_order(self, trial: Trial, times: Callable[[Trial], list[datetime]]) -> None:
        for number, at in enumerate(times(trial)):
            trial.say(f"At {number}: the parcel came late.", at)
        kept = trial.pull()
        trial.whole(kept)
        latest = max(times(trial))
        trial.say("Late, and at the same second.", latest)
        trial.say("Late, and a second earlier.", latest - timedelta(seconds=1))
        trial.whole(trial.pull(kept))

    @pytest.mark.parametrize("skew", [-HOUR, HOUR], ids=["behind", "ahead"])
    def test_a_channel_whose_clock_is_wrong(self, trial: Trial, skew: timedelta) -> None:
        at = datetime.now(UTC).replace(microsecond=0) + skew
        for number in range(5):
            trial.say(f"First {number}: late.", at + timedelta(seconds=number))
        kept = trial.pull()
        for number in range(5):
            trial.say(f"Then {number}: late.", at + timedelta(seconds=10 + number))
        trial.whole(trial.pull(kept))

    def test_one_comment_from_the_future(self, trial: Trial) -> None:
        now = datetime.now(UTC).replace(microsecond=0)
        trial.say("From a device whose clock is wrong.", now + HOUR)
        kept = trial.pull()
        trial.say("Then as usual.", now)
        trial.whole(trial.pull(kept))

    def test_comments_arriving_during_a_walk(self, trial: Trial) -> None:
        trial.fill()
        kept = Kept()
        with trial.connector.connect() as connection:
            for number, _ in enumerate(pages(trial.connector, connection, kept)):
                if number < 2:
                    trial.fill(trial.stand_in.page + 3, trial.start + (COMMENTS + 30 * number) * STEP)
        trial.whole(trial.pull(kept))

    def test_edits(self, trial: Trial) -> None:
        if not trial.stand_in.edits:
            pytest.skip("the channel shows no edits")
        key = trial.fill(5)[-1]
        kept = trial.pull()
        trial.stand_in.edit(key, "I was wrong: it came in time.")
        trial.said[key] = "I was wrong: it came in time."
        trial.whole(trial.pull(kept))
        trial.whole(trial.pull())

    def test_deletions(self, trial: Trial) -> None:
        if not trial.stand_in.deletes:
            pytest.skip("the channel shows no deletions")
        key = trial.fill(5)[-1]
        kept = trial.pull()
        trial.stand_in.delete(key)
        trial.pull(kept)
        assert kept.deleted == {key}
        others = {one: text for one, text in trial.said.items() if one != key}
        assert others.keys() <= trial.pull().comments.keys()

    def test_wrong_credentials(self, trial: Trial) -> None:
        settings = self.reached(trial, wrong="not-the-secret")
        if settings == self.reached(trial):
            pytest.skip("the connector has no secrets")
        trial.fill(3)
        wrong = found(self.connector or trial.stand_in.connector)(**settings)
        trial.connector = wrong
        error = trial.fails(Kept(), Refused, ConfigError)
        assert error, "wrong credentials are taken"
        hidden(["not-the-secret"], told(error), repr(wrong))

    def test_nothing_shows_a_secret(self, trial: Trial) -> None:
        trial.fill(3)
        with trial.connector.connect() as connection:
            list(pages(trial.connector, connection, Kept()))
            hidden(trial.stand_in.secrets, repr(trial.connector), str(trial.connector), repr(connection))
