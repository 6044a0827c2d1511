"""Train the shipped heads that are linear: language, intent, urgency and topic.

What seed comments and public data say is joined; each function returns texts, labels and how much each weighs.
"""

import random
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from curation.language.heads import Head
from curation.language.taxonomy import load_taxonomy
from curation.language.tokens import Floats, Vocabulary
from curation.language.training import data
from curation.language.training.fit import Settings, fit
from curation.language.training.teacher import held_out
from curation.models import INTENTS, URGENCIES

LANGUAGES = ("en", "fr", "de", "es", "it", "pt", "nl")
Lessons = tuple[list[str], list[str], list[float]]
"""Texts, a label each (several joined by `|`), weights."""

Dense = Callable[[Sequence[str]], Floats]

_MOST_LINES = 6_000
_FEWEST = 4
_NHS_TOPICS = {
    "Staff manner & personal attributes": "service.staff",
    "Competence & training": "service.staff",
    "Staff responsiveness": "service.response",
    "Contacting services": "service.response",
    "Information provision & guidance": "service.information",
    "Information directly from staff during care": "service.information",
    "Unspecified communication": "service.information",
    "Timeliness of care": "place.waiting",
    "Service location": "place.access",
    "Parking": "place.access",
    "Feeling safe": "product.safety",
    "Patient records": "account.privacy",
    "Positive experience & gratitude": "voice.praise",
}
_NHS_BEGINNINGS = {"Cleanliness": "place.cleanliness", "Being kept informed": "service.information"}
_BANKING_TOPICS = {
    "card_arrival": "delivery.late",
    "card_delivery_estimate": "delivery",
    "extra_charge_on_statement": "billing.charge",
    "card_payment_fee_charged": "billing.charge",
    "transaction_charged_twice": "billing.charge",
    "transfer_fee_charged": "billing.charge",
    "cash_withdrawal_charge": "billing.charge",
    "request_refund": "billing.refund",
    "Refund_not_showing_up": "billing.refund",
    "compromised_card": "account.security",
    "card_payment_not_recognised": "account.security",
    "cash_withdrawal_not_recognised": "account.security",
    "passcode_forgotten": "digital.login",
    "terminate_account": "account.cancellation",
    "virtual_card_not_working": "product.defect",
    "card_not_working": "product.defect",
}
_ASPECTS = {
    "food": "product.quality",
    "staff": "service.staff",
    "service": "service.staff",
    "price": "billing.price",
}
_CFPB_TOPICS = {
    "Charged fees or interest you didn't expect": "billing.charge",
    "Received a loan you didn't apply for": "account.security",
    "Can't contact lender or servicer": "service.response",
    "Money was taken from your bank account on the wrong day or for the wrong amount": "billing.charge",
}
_PRESSING = {
    "lost_or_stolen_card",
    "compromised_card",
    "lost_or_stolen_phone",
    "card_swallowed",
    "pin_blocked",
}
_ASKS = re.compile(
    r"^(please|i want|i need|i'd like|i would like|can you|could you|help me|send|change|order)\b", re.I
)
_PRESSES = re.compile(
    r"evict|foreclos|identity theft|repossess|medical|hospital|court|lawyer|attorney|fraud", re.I
)


def seeds() -> list[dict[str, Any]]:
    """Return the seed comments that are trained on."""
    return [seed for seed in data.seeds() if not held_out(seed["text"], seed=True)]


def languages(root: Path) -> Lessons:
    """Subtitles, news, tweets and seeds in seven languages, whole and cut short."""
    chance = random.Random(0)
    texts, labels = [], []
    for language in LANGUAGES:
        lines = [text for place, (text, _) in enumerate(data.subtitles(root, language)) if place % 7]
        chance.shuffle(lines)
        lines = lines[:_MOST_LINES] + data.sentences(root, language)
        if language == "en":
            lines += [text for text, _ in data.tweets(root)[::8]] + [text for text, _ in data.opinions(root)]
        if language == "pt":
            lines += [text for text, _ in data.portuguese(root)]
        lines += [str(seed["text"]) for seed in data.seeds() if seed["lang"] == language]
        lines += [short for short in (_cut(line, chance) for line in lines) if len(short) > 5]
        lines = list(dict.fromkeys(lines))
        texts += lines
        labels += [language] * len(lines)
    return texts, labels, [1.0] * len(texts)


def _cut(line: str, chance: random.Random) -> str:
    words = line.split()
    size = chance.randint(1, 5)
    first = chance.randint(0, max(0, len(words) - size))
    return " ".join(words[first : first + size])


def intents(root: Path) -> Lessons:
    """Seeds, and what other sets say of the same by their own labels."""
    found = [(str(seed["text"]), str(seed["intent"]), 6.0) for seed in seeds()]
    for text, name in data.intents(root)[::2]:
        if "cancel" in name or "terminate" in name:
            found.append((text, "cancellation", 0.5))
        elif name == "clinc.thank_you":
            found.append((text, "thanks", 1.0))
        elif _ASKS.match(text):
            found.append((text, "request", 0.4))
        elif text.endswith("?"):
            found.append((text, "question", 0.4))
    found += [(text, "complaint", 0.6) for text, _ in list(data.complaints(root))[:1_500]]
    for text, feelings in data.emotions(root)[:20_000]:
        if feelings == ["gratitude"]:
            found.append((text, "thanks", 0.4))
        elif feelings == ["admiration"]:
            found.append((text, "praise", 0.3))
        elif feelings == ["neutral"] and not text.endswith("?"):
            found.append((text, "none", 0.3))
    for text, sentiment, _ in data.patients(root):
        if sentiment == "negative":
            found.append((text, "complaint", 0.8))
        elif sentiment == "positive":
            found.append((text, "thanks" if "thank" in text.lower() else "praise", 0.8))
    found += [
        (text, "none", 0.4)
        for text, label in data.tweets(root)[::12]
        if label == "neutral" and "?" not in text
    ]
    return _unzip(found)


def urgencies(root: Path) -> Lessons:
    """Seeds, and signs of it in other sets: nobody labels urgency."""
    found = [(str(seed["text"]), str(seed["urgency"]), 6.0) for seed in seeds()]
    for text, name in data.intents(root)[::3]:
        found.append((text, "high" if name.split(".")[1] in _PRESSING else "normal", 0.5))
    found += [(text, "low", 0.3) for text, label in data.tweets(root)[::12] if label != "negative"]
    for text, sentiment, _ in data.patients(root):
        found.append((text, "normal" if sentiment == "negative" else "low", 0.5))
    for text, _ in list(data.complaints(root))[:1_500]:
        found.append((text, "high" if _PRESSES.search(text) else "normal", 0.5))
    return _unzip(found)


def topics(root: Path) -> Lessons:
    """Seeds, and the labels of other sets that mean the same as a topic of ours."""
    found = [(str(seed["text"]), "|".join(seed["topics"]), 4.0) for seed in seeds()]
    for text, _, said in data.patients(root):
        ours = {
            _NHS_TOPICS.get(name) or _NHS_BEGINNINGS.get(name.split(",")[0].split("\n")[0], "")
            for name in said
        }
        if "thank" in text.lower() and "voice.praise" in ours:
            ours.add("voice.thanks")
        found.append((text, "|".join(sorted(ours - {""})), 1.0))
    for text, name in data.intents(root)[::2]:
        found.append((text, _BANKING_TOPICS.get(name.removeprefix("banking77."), ""), 0.5))
    for text, aspects in data.aspects(root):
        found.append((text, "|".join(sorted({_ASPECTS[name] for name in aspects if name in _ASPECTS})), 0.7))
    found += [(text, _CFPB_TOPICS.get(issue, ""), 0.5) for text, issue in data.complaints(root)]
    found += [(text, "", 0.5) for text, _ in data.tweets(root)[::10]]
    return _unzip(found)


def _unzip(found: Sequence[tuple[str, str, float]]) -> Lessons:
    kept = {text: (label, weight) for text, label, weight in reversed(found) if text.strip()}
    return list(kept), [label for label, _ in kept.values()], [weight for _, weight in kept.values()]


def train(root: Path, vocabulary: Vocabulary, dense: Dense) -> dict[str, Head]:
    """Train the four heads; `dense` gives the network's features of texts."""
    texts, labels, weights = languages(root)
    settings = Settings(bits=16, penalties=(0.5,), idf=False, folds=2)
    made = {}
    made["language"], _ = fit(
        "language", texts, _numbers(labels, LANGUAGES), LANGUAGES, vocabulary, settings=settings
    )
    settings = Settings(bits=16, penalties=(0.2,), idf=False, folds=3)
    tasks: list[tuple[str, Callable[[Path], Lessons], tuple[str, ...]]] = [
        ("intent", intents, INTENTS),
        ("urgency", urgencies, URGENCIES),
    ]
    for name, read, known in tasks:
        texts, labels, weights = read(root)
        targets, counts = _numbers(labels, known), np.array(weights, np.float32)
        made[name], _ = fit(
            name, texts, targets, known, vocabulary, dense=dense(texts), settings=settings, weights=counts
        )
    texts, labels, weights = topics(root)
    ids = [topic.id for topic in load_taxonomy().topics]
    present = tuple(id for id in ids if sum(id in label.split("|") for label in labels) >= _FEWEST)
    several = np.array([[id in label.split("|") for id in present] for label in labels]).astype(np.int64)
    settings = Settings(bits=16, penalties=(0.3,), folds=3, balanced=False)
    counts = np.array(weights, np.float32)
    made["topic"], _ = fit(
        "topic", texts, several, present, vocabulary, dense=dense(texts), settings=settings, weights=counts
    )
    return made


def _numbers(labels: Sequence[str], known: Sequence[str]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array([known.index(label) for label in labels], np.int64)
