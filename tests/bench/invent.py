"""Invent comments in English and French: always the same ones for a seed, and any stretch of them alone."""

import csv
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path
from random import Random
from typing import NamedTuple

HEADER = ("id", "date", "author", "rating", "url", "product", "text")
START = datetime(2019, 1, 1)  # noqa: DTZ001 - the store's times are UTC without a zone
PART = 10_000

_OPENINGS = {
    "en": (
        "The delivery of my {p} came {n} days late",
        "I am very happy with the {p} I bought in {t}",
        "The {p} broke after {n} weeks",
        "Your shop in {t} charged me twice for the {p}",
        "Setting up the {p} took me {n} minutes",
        "The app crashes whenever I open the {p} page",
        "A kind colleague of yours in {t} repaired my {p}",
        "I asked for a refund of my {p} {n} weeks ago",
        "The {p} looks exactly like its picture",
        "I cancelled my subscription to {p} in {t}",
    ),
    "fr": (
        "La livraison de mon {p} est arrivée avec {n} jours de retard",
        "Je suis très contente du {p} acheté à {t}",
        "Le {p} est tombé en panne au bout de {n} semaines",
        "Votre boutique de {t} m'a facturé deux fois le {p}",
        "L'installation du {p} m'a pris {n} minutes",
        "L'application se ferme dès que j'ouvre la page du {p}",
        "Une collègue très aimable à {t} a réparé mon {p}",
        "J'ai demandé le remboursement de mon {p} il y a {n} semaines",
        "Le {p} ressemble tout à fait à sa photo",
        "J'ai résilié mon abonnement à {p} à {t}",
    ),
}
_MIDDLES = {
    "en": (
        "and nobody answered when I called about order {o}",
        "and the packaging was damaged on every side",
        "and I would recommend it to all my friends",
        "but the invoice for order {o} still shows the old address",
        "but the staff were patient and explained everything",
        "and the website gave me no way to track it",
        "while my neighbour in {t} got hers the next morning",
        "and the price went up again the week after",
        "but the battery lasts longer than I expected",
        "and the replacement for {o} was the wrong colour",
    ),
    "fr": (
        "et personne n'a répondu à mon appel pour la commande {o}",
        "et l'emballage était abîmé de tous les côtés",
        "et je le recommande à tous mes amis",
        "mais la facture de la commande {o} porte encore l'ancienne adresse",
        "mais le personnel a été patient et a tout expliqué",
        "et le site ne permet pas de suivre le colis",
        "alors que ma voisine à {t} a reçu le sien le lendemain",
        "et le prix a encore augmenté la semaine suivante",
        "mais la batterie tient plus longtemps que prévu",
        "et l'article de remplacement pour {o} n'avait pas la bonne couleur",
    ),
}
_ENDINGS = {
    "en": (
        "Please sort this out.", "Thank you all!", "Very disappointing.", "Five stars from me.", "It is fine, I suppose.",
        "I will not buy here again.", "Great service.", "What a waste of money.", "Could be better.", "Love it.",
    ),
    "fr": (
        "Merci de régler cela.", "Merci à toute l'équipe !", "Très décevant.", "Cinq étoiles pour moi.", "C'est correct, sans plus.",
        "Je n'achèterai plus ici.", "Service impeccable.", "De l'argent jeté.", "Peut mieux faire.", "Je l'adore.",
    ),
}  # fmt: skip
_TONES = (
    "negative",
    "positive",
    "negative",
    "positive",
    "neutral",
    "negative",
    "positive",
    "negative",
    "neutral",
    "positive",
)
_TOPICS = (
    "delivery.late", "product.quality", "product.broken", "billing.charge", "product.setup",
    "app.crash", "staff.kindness", "billing.refund", "product.quality", "account.cancel",
)  # fmt: skip
_SYLLABLES = (
    "ba",
    "co",
    "di",
    "fe",
    "ga",
    "ho",
    "ju",
    "ki",
    "lo",
    "ma",
    "ne",
    "pi",
    "ro",
    "sa",
    "tu",
    "vel",
    "zan",
)
_WORDS = ["".join(parts).capitalize() for parts in product(_SYLLABLES, repeat=3)]
_FIRST = (
    "Ada",
    "Bruno",
    "Chloé",
    "David",
    "Emma",
    "Farid",
    "Grace",
    "Hugo",
    "Inès",
    "Jack",
    "Karim",
    "Léa",
    "Mia",
)


class Invented(NamedTuple):
    """One comment, with what a tagger would say of it."""

    id: str
    date: datetime
    author: str
    rating: int
    url: str
    product: str
    text: str
    language: str
    sentiment: str
    topic: str


def comments(count: int, seed: int = 1, start: int = 0) -> Iterator[Invented]:
    """Yield comments `start` to `count`, by time but for a few minutes' disorder; each part has its own seed.

    People write four comments each on average.
    """
    for part in range(start // PART, -(-count // PART)):
        rng = Random(f"{seed} {part}")
        for number in range(part * PART, min(count, (part + 1) * PART)):
            found = _one(rng, number, max(count // 4, 1))
            if number >= start:
                yield found


def _one(rng: Random, number: int, people: int) -> Invented:
    chance = rng.random
    language = "en" if chance() < 0.6 else "fr"
    kind, middle, end = int(chance() * 10), int(chance() * 10), int(chance() * 10)
    thing, town = _WORDS[int(chance() * 400)], _WORDS[400 + int(chance() ** 3 * 4000)]
    order = f"{_SYLLABLES[number % 17].upper()}{int(chance() * 1e6):06d}"
    sentence = f"{_OPENINGS[language][kind]}, {_MIDDLES[language][middle]}. {_ENDINGS[language][end]}"
    person = int(chance() * people)
    return Invented(
        id=f"r-{number:08d}",
        date=START + timedelta(seconds=number * 22 + int(chance() * 900)),
        author=f"{_FIRST[person % 13]} {_WORDS[person % 4913]} {person}",
        rating=1 + int(chance() * 5),
        url=f"https://feedback.example/reviews/{number:08d}",
        product=thing,
        text=sentence.replace("{p}", thing)
        .replace("{t}", town)
        .replace("{n}", str(2 + kind))
        .replace("{o}", order),
        language=language,
        sentiment=_TONES[end],
        topic=_TOPICS[kind],
    )


def write_csv(file: Path, count: int, seed: int = 1) -> int:
    """Write `count` invented comments as an export would have them; return the bytes."""
    with file.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(HEADER)
        for one in comments(count, seed):
            writer.writerow((one.id, one.date.isoformat(sep=" "), *one[2:7]))
    return file.stat().st_size
