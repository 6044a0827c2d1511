"""What a tagger, and a team that works through its inbox, would have said of invented comments."""

from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from curation.bench import words
from curation.bench.inventing import Drawn, Flags, Floats, Numbers, before, taken
from curation.models import INTENTS, SENTIMENTS, STATUSES, URGENCIES

TOPICS = tuple(dict.fromkeys((*words.TOPICS, *words.SECOND_TOPICS, words.RARE_TOPIC)))
VALUES = (*words.LANGUAGES, *SENTIMENTS, *INTENTS, *URGENCIES, *TOPICS)
HEADS = ("language", "sentiment", "intent", "urgency", "topic", "topic")
DOUBTED = ("intent", "sentiment", "urgency")

UNSURE_BELOW = 0.56
CORRECTED = 0.01
"""How many comments have a sentiment that a person has put right."""

DAY = 86_400
SETTLED = 30 * DAY
"""A thread of this age is done with, where anybody touched it."""

FRESH = ("open", "pending", "snoozed", "resolved", "spam"), (0.30, 0.48, 0.58, 0.95, 1.0)
DONE = ("pending", "resolved", "spam"), (0.02, 0.95, 1.0)
"""Statuses of threads that were touched, and the chance for each or one before it."""


def tagged(drawn: Drawn) -> tuple[dict[str, pa.Array], pa.Table]:
    """Tag what was drawn.

    Returns what a comment shows (language, sentiment, intent, urgency, topics, unsure, and `corrected`: the tagger's sentiment
    where a person said otherwise), and all tags, those of a comment together: place (of the comment), name, value, score,
    evidence, unsure, sentiment.
    """
    said = _said(drawn)
    scores = 0.5 + 0.5 * np.stack([drawn.chance(f"score {n}") for n in range(len(HEADS))], axis=1)
    doubts = (scores < UNSURE_BELOW) & np.isin(np.array(HEADS), DOUBTED)
    corrected = drawn.chance("corrected") < CORRECTED
    held = said.copy()
    sentiments = len(words.LANGUAGES)
    held[:, 1] = np.where(corrected, sentiments + (said[:, 1] - sentiments + 1) % len(SENTIMENTS), said[:, 1])
    shown = {name: taken(VALUES, held[:, place]) for place, name in enumerate(HEADS[:4])}
    shown["topics"] = _topics(said)
    shown["unsure"] = _unsure(doubts & ~(corrected[:, None] & (np.array(HEADS) == "sentiment")))
    shown["corrected"] = pc.if_else(pa.array(corrected), taken(VALUES, said[:, 1]), None)
    return shown, _tags(drawn, said, scores, doubts)


def _said(drawn: Drawn) -> Numbers:
    """Return the tagger's values by comment and head, as places in VALUES; below zero for none."""

    def places(values: tuple[str, ...]) -> Numbers:
        return np.array([VALUES.index(value) for value in values])

    sentiment = places(words.TONES)[drawn.ending]
    urgent = (sentiment == VALUES.index("negative")) & (drawn.chance("urgent") < 0.2)
    urgency = np.where(drawn.chance("calm") < 0.25, VALUES.index("low"), VALUES.index("normal"))
    topic = np.where(drawn.chance("no topic") < 0.05, -1, places(words.TOPICS)[drawn.opening])
    topic[drawn.numbers % words.RARE_EVERY == 7] = VALUES.index(words.RARE_TOPIC)
    more = np.where(drawn.chance("more") < 0.2, places(words.SECOND_TOPICS)[drawn.middle], -1)
    columns = [
        drawn.language,
        sentiment,
        places(words.INTENTS)[drawn.opening],
        np.where(urgent, VALUES.index("high"), urgency),
        topic,
        np.where(topic < 0, -1, more),
    ]
    return np.stack(columns, axis=1)


def _topics(said: Numbers) -> pa.Array:
    """Spell the topics of each comment as the store does, |a|b|."""
    pairs = [(), *((one,) for one in TOPICS), *((a, b) for a in TOPICS for b in TOPICS)]
    spelled = ["".join(f"|{topic}" for topic in sorted(pair)) + "|" * bool(pair) for pair in pairs]
    first, size = len(VALUES) - len(TOPICS), len(TOPICS)
    one, two = said[:, 4] - first, said[:, 5] - first
    single = np.where(one < 0, 0, 1 + one)
    return taken(spelled, np.where(two < 0, single, 1 + size + one * size + two))


def _unsure(doubts: Flags) -> pa.Array:
    spelled = []
    for bits in range(1 << len(DOUBTED)):
        names = [name for n, name in enumerate(DOUBTED) if bits >> n & 1]
        spelled.append("".join(f"|{name}" for name in names) + "|" * bool(names))
    weights = [1 << DOUBTED.index(name) if name in DOUBTED else 0 for name in HEADS]
    return taken(spelled, doubts @ np.array(weights))


def _tags(drawn: Drawn, said: Numbers, scores: Floats, doubts: Flags) -> pa.Table:
    size, heads = said.shape
    there = said.ravel() >= 0
    places = np.repeat(np.arange(size), heads)[there]
    head = np.tile(np.arange(heads), size)[there]
    # Those of sentiment have the words that show it; those of topics the sentiment they are mentioned with.
    endings = [f'["{ending}"]' for some in words.ENDINGS for ending in some]
    ending = (drawn.language * len(words.ENDINGS[0]) + drawn.ending)[places]
    showing = pa.array((head == 1) & drawn.customer[places])
    about = pa.array(head >= HEADS.index("topic"))
    return pa.table(
        {
            "place": places,
            "name": taken(HEADS, head),
            "value": taken(VALUES, said.ravel()[there]),
            "score": scores.ravel()[there].astype(np.float32),
            "evidence": pc.if_else(showing, taken(endings, ending), None),
            "unsure": doubts.ravel()[there],
            "sentiment": pc.if_else(about, taken(VALUES, said[:, 1][places]), None),
        }
    )


def triaged(drawn: Drawn, until: datetime) -> dict[str, pa.Array]:
    """Say how far a team has come with each comment's thread by the moment `until`.

    Columns: status, assignee, claimed_by, claimed_until, snoozed_until, changed_at; of a thread that nobody touched, all but
    the status are null.
    """

    def chance(what: str) -> Floats:
        return drawn.of_thread(what)

    age = drawn.thread_ages()
    touched = chance("touched") < np.minimum(0.75, 0.3 + age / (60 * DAY))
    status = np.where(age < SETTLED, _chosen(FRESH, chance("status")), _chosen(DONE, chance("status")))
    status = np.where(touched, status, STATUSES.index("new"))
    member = taken(words.MEMBERS, (chance("assignee") * len(words.MEMBERS)).astype(np.int64))
    open_ = status == STATUSES.index("open")
    claimed = pa.array(open_ & (age < DAY) & (chance("claimed") < 0.2))
    asleep = pa.array((status == STATUSES.index("snoozed")) & (chance("asleep") < 0.7))
    minutes = (chance("minutes") * 60).astype(np.int64)
    return {
        "status": taken(STATUSES, status),
        "assignee": pc.if_else(pa.array(touched & (chance("assigned") < 0.6)), member, None),
        "claimed_by": pc.if_else(claimed, member, None),
        "claimed_until": pc.if_else(claimed, before(until, -60 * (1 + minutes)), None),
        "snoozed_until": pc.if_else(asleep, before(until, -3600 * (1 + minutes)), None),
        "changed_at": pc.if_else(pa.array(touched), before(until, age // 2), None),
    }


def _chosen(choices: tuple[tuple[str, ...], tuple[float, ...]], chance: Floats) -> Numbers:
    statuses, bounds = choices
    return np.array([STATUSES.index(status) for status in statuses])[np.searchsorted(bounds, chance, "right")]
